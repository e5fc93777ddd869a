"""The administrative area for Sámi languages: which of those invited lie in it, and which versions a campaign lacks.

What is said particularly to people in the area is to be said in Sámi and Norwegian (sameloven chapter 3, regulation
FOR-2025-09-26-1935; how far the duty reaches for the category of stimulation is not settled here). A warning and no
more: a county may have its reasons, and a version is never replaced by another language.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from campaigns import register
from campaigns.definition.model import Definition, Invite
from connectors.base import Problem

LANGUAGES = ("se", "smj", "sma")
MOST_NAMES = 6
"""Municipalities that a sentence names; of more it says how many."""


def missing_versions(languages: Collection[str], invited: Iterable[str]) -> list[Problem]:
    """Return a warning for each Sámi language that the area of the invited speaks and the campaign lacks.

    `languages` are the campaign's, `invited` the numbers of those it reaches. Where the register does not
    know which language is meant, any of the three will do. Only municipalities are looked at.
    """
    lacking: dict[str, list[str]] = {}
    for number in dict.fromkeys(invited):
        place = register.municipalities().get(number)
        if place is None or place.sami_area is None:
            continue
        if place.sami_language is None and not set(LANGUAGES).isdisjoint(languages):
            continue
        if place.sami_language not in languages:
            lacking.setdefault(place.sami_language or "unknown", []).append(place.name_short)
    return [
        Problem(f"sami.missing_{language}", {"places": _listed(lacking[language])})
        for language in (*LANGUAGES, "unknown")
        if language in lacking
    ]


def missing_in(definition: Definition) -> list[Problem]:
    """Return the warnings about a document, as far as it says itself whom it invites: a group is known to the store."""
    return missing_versions(definition.languages, _named(definition.invite))


def _named(invite: Invite) -> Iterator[str]:
    if invite.county:
        places = register.municipalities().values()
        yield from (one.number for one in places if one.county_number == invite.county)
    yield from invite.municipalities or ()


def _listed(places: list[str]) -> str:
    more = len(places) - MOST_NAMES
    return ", ".join(places[:MOST_NAMES]) + (f" (+{more})" if more > 0 else "")
