"""Elections: when Norway votes, and what official accounts keep away from in the weeks before.

No law forbids a municipality to post before an election; practice is that the administration stays neutral and holds
back what is not needed (domain notes, section 3.5). So everything here is a warning. The days that the King in Council
has set are a table; others are expected by the rule that all of them have followed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from campaigns.language.prose import words

Kind = Literal["storting", "local"]
"""The Sami Parliament votes together with the Storting."""

DECIDED: Mapping[int, date] = {
    2023: date(2023, 9, 11),  # regjeringen.no, "Valgdagen blir 11. september 2023", set on 22 April 2022
    2025: date(2025, 9, 8),
}
"""To be carried on when the King in Council has set the next day; 2027 was not yet to be found (2026-11)."""

WINDOW = timedelta(weeks=4)
"""How long before election day the guard begins: the rule of the demo campaign on participation. No law says so."""
POLLS_CLOSE = time(21)
"""The latest on election day; no results before (regjeringen.no, on the local elections)."""

_VOTER_INFORMATION = (
    "røyst", "førehandsrøyst", "forhåndsstem", "stemmerett", "stemmeseddel", "valdag", "valgdag", "vallokal",
    "valglokal", "lokalval", "førstegongsvelj", "førstegangsvelg", "polling", "vote", "voting",
)  # fmt: skip
_ELECTION = frozenset({"val", "valet", "valg", "valget", "stemme", "election"})
_POLITICS = (
    "ordfør", "varaordfør", "fylkesordfør", "listetopp", "listekandidat", "ordførarkandidat", "ordførerkandidat",
    "byrådsleiar", "byrådsleder", "fylkesrådsleiar", "fylkesrådsleder", "partileiar", "partileder", "valkamp",
    "valgkamp", "valløfte", "valgløfte", "arbeidarparti", "arbeiderparti", "framstegsparti", "fremskrittsparti",
    "senterparti", "venstreparti", "folkeparti", "miljøparti", "mayor",
)  # fmt: skip
_PARTIES = frozenset({"Høgre", "Høyre", "Venstre", "Raudt", "Rødt", "Frp", "FrP", "KrF", "MDG"})
"""Parties whose names are words, too: only with a capital inside a sentence."""
_RESULTS = (
    "valdeltak", "valgdeltak", "valgdeltag", "valresultat", "valgresultat", "oppslutnad", "oppslutning", "turnout",
    "frammøteprosent", "fremmøteprosent",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Election:
    """An election and its day."""

    day: date
    kind: Kind
    decided: bool
    """The King in Council has set the day; otherwise it is expected."""


def election_in(year: int) -> Election | None:
    """Return the election of a year; `None` in even years, which have none."""
    if year % 2 == 0:
        return None
    first = date(year, 9, 1)
    second_monday = first + timedelta(days=-first.weekday() % 7 + 7)
    kind: Kind = "storting" if year % 4 == 1 else "local"
    return Election(DECIDED.get(year, second_monday), kind, year in DECIDED)


def election_near(at: datetime, zone: str) -> Election | None:
    """Return the election before which this moment is to be quiet, until polls close; `None` at other times."""
    local = at.astimezone(ZoneInfo(zone))
    election = election_in(local.year)
    if election is None or not election.day - WINDOW <= local.date() <= election.day:
        return None
    return None if local.date() == election.day and local.time() >= POLLS_CLOSE else election


def is_voter_information(text: str) -> bool:
    """Tell whether a text speaks of how, when or where to vote."""
    return any(
        word.text.lower() in _ELECTION or word.text.lower().startswith(_VOTER_INFORMATION)
        for word in words(text)
    )


def political_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that name parties, candidates or those who lead, each once, in order."""
    parties = (word.text for word in words(text) if word.text in _PARTIES and not word.opens)
    return tuple(dict.fromkeys((*_begin(text, _POLITICS), *parties)))


def result_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that speak of turnout or results, each once, in order."""
    return _begin(text, _RESULTS)


def _begin(text: str, beginnings: tuple[str, ...]) -> tuple[str, ...]:
    found = (word.text for word in words(text) if word.text.lower().startswith(beginnings))
    return tuple(dict.fromkeys(found))
