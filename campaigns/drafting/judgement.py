"""A draft as it is judged while it is written: what is wrong and where, how long each text is, and how it will look.

The example is the invited municipality with the longest name, since a text that fits there fits everywhere. Stores
nothing; what a municipality's own words and facts will be is not known here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import documents, foresight, values, wording
from campaigns.definition.model import Definition, FactKind, ParagraphKind
from campaigns.definition.moments import Date
from campaigns.definition.shape import KINDS
from campaigns.drafting.outcome import Outcome, Told, blocks, make
from campaigns.drafting.tree import Part, Tree
from campaigns.facts import format_fact
from campaigns.language import HARD_TEXT, foreign_words, readability
from campaigns.organisations import NotFound, members_of
from campaigns.store import Organisation, OrganisationKind
from connectors.base import Connector

_DATE: TypeAdapter[date] = TypeAdapter(Date)


@dataclass(frozen=True, slots=True)
class Length:
    """How long a message's text is on a platform, in each language, as the platform counts."""

    platform: str
    """The platform's name."""
    form: str
    """`text`, `short`, or `platform` for one of its own."""
    lengths: Mapping[str, int]
    limit: int

    @property
    def longest(self) -> int:
        """The length in the language in which it is longest."""
        return max(self.lengths.values(), default=0)

    @property
    def fits(self) -> bool:
        """Whether it fits in every language."""
        return self.longest <= self.limit


@dataclass(frozen=True, slots=True)
class Look:
    """A message as it will look on a platform, in one language."""

    platform: str
    language: str
    parts: tuple[tuple[str, str], ...]
    """Each paragraph with its kind."""
    missing: tuple[str, ...]
    """Facts that the municipality gives, whose names stand in the text in braces."""
    filled: tuple[str, ...]
    """What was put in, to be shown as such."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """Everything that can be said of a draft as it stands."""

    told: tuple[Told, ...]
    definition: Definition | None
    document: str
    pictures: Mapping[str, str]
    place: str
    """The municipality that serves as the example; empty where nobody is invited yet."""
    lengths: Mapping[str, tuple[Length, ...]]
    """By message."""
    looks: Mapping[str, tuple[Look, ...]]
    """By message."""

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way of loading it."""
        return self.definition is not None and not blocks(self.told)

    def about(self, parts: Sequence[str]) -> tuple[Told, ...]:
        """Return what is said about some parts, errors first."""
        found = [one for one in self.told if one.part in parts]
        return tuple(sorted(found, key=lambda one: one.severity != "error"))


def judge(
    session: Session, tree: Tree, connectors: Mapping[str, Connector], owner: str, *, now: datetime,
    messages: Sequence[str] | None = None,
) -> Judgement:  # fmt: skip
    """Return what is to be said of a draft; texts are measured for these messages, or for all."""
    outcome = make(tree, owner, platforms=frozenset(connectors))
    place = _example(session, tree, owner)
    county = session.get(Organisation, place.parent_id) if place and place.parent_id else None
    lengths, looks = {}, {}
    for message in tree.messages:
        if messages is not None and message.id not in messages:
            continue
        text = _Text(tree, message, place, county)
        lengths[message.id] = tuple(_lengths(text, connectors))
        looks[message.id] = tuple(_looks(text, connectors))
    told = (*outcome.told, *_doubts(tree, outcome, connectors, now), *_language(tree))
    return Judgement(
        told, outcome.reading.definition, outcome.document, outcome.pictures, place.name if place else "",
        lengths, looks,
    )  # fmt: skip


def _example(session: Session, tree: Tree, owner: str) -> Organisation | None:
    """Return the invited municipality with the longest name."""
    campaign = tree.campaign
    municipal = select(Organisation).where(Organisation.kind == OrganisationKind.municipality)
    if campaign["invite.county"]:
        county = select(Organisation.id).where(Organisation.number == campaign["invite.county"])
        municipal = municipal.where(Organisation.parent_id == county.scalar_subquery())
    else:
        numbers = campaign["invite.municipalities"].split() or _group(
            session, owner, campaign["invite.group"]
        )
        municipal = municipal.where(Organisation.number.in_(numbers))
    return max(session.scalars(municipal), key=lambda one: (len(one.name), one.name), default=None)


def _group(session: Session, owner: str, key: str) -> list[str]:
    owner_id = session.scalar(select(Organisation.id).where(Organisation.number == owner))
    try:
        return members_of(session, owner_id or 0, key) if key else []
    except NotFound:
        return []


class _Text:
    """One message's texts, filled in for the example."""

    def __init__(
        self, tree: Tree, message: Part, place: Organisation | None, county: Organisation | None
    ) -> None:
        self.tree = tree
        self.message = message
        self.forms = tree.forms(message)
        own = place.language if place else None
        self.language = own if own in tree.languages else next(iter(tree.languages), "")
        """The language of the example."""
        self.values = {language: _values(tree, place, county, language) for language in tree.languages}

    def fill(self, form: str, language: str) -> wording.Rendered | None:
        """Return a form of the text in a language; `None` where no paragraph of it has words in it."""
        written = [
            wording.Paragraph(
                cast("ParagraphKind", one["kind"] if one["kind"] in KINDS else "fill"),
                {language: one[f"text.{language}"]},
            )
            for one in self.forms.get(form, [])
            if one[f"text.{language}"]
        ]
        return wording.render(written, language, self.values[language]) if written else None

    def chosen(self, connector: Connector, language: str) -> tuple[str, wording.Rendered] | None:
        """Return the form that a platform takes, and its text: its own, or the first that fits."""
        own = self.fill(f"platform:{connector.name}", language)
        if own:
            return "platform", own
        found = [(form, text) for form in ("text", "short") if (text := self.fill(form, language))]
        if connector.prefers_short:
            found.reverse()
        fits = [one for one in found if connector.length(one[1].text) <= connector.limits.length]
        return next(iter(fits), min(found, key=lambda one: connector.length(one[1].text), default=None))


def _values(
    tree: Tree, place: Organisation | None, county: Organisation | None, language: str
) -> dict[str, str]:
    """Return what the placeholders stand for where the example is."""
    profile = values.profile_of(place, county, language) if place else {}
    known = dict(profile)
    for fact in tree.facts:
        kept = _fact(tree, fact, profile)
        if kept:
            known[fact["name"]] = format_fact(cast("FactKind", fact["kind"]), kept, language)
    return known


def _fact(tree: Tree, fact: Part, profile: Mapping[str, str]) -> str | None:
    """Return what a fact is where nobody says anything else; `None` where it is asked for, or wrong."""
    written = fact["value"] or fact["default"]
    if not written:
        return None
    if written.startswith("profile."):
        return values.from_profile(fact["kind"], written, profile)
    try:
        anchor = _DATE.validate_python(tree.campaign["anchor"]) if tree.campaign["anchor"] else None
        return documents.kept_value(cast("FactKind", fact["kind"]), written, anchor)
    except (ValueError, KeyError, ValidationError):
        return None


def _platforms(text: _Text, connectors: Mapping[str, Connector]) -> Iterator[Connector]:
    return (connectors[name] for name in dict.fromkeys(text.message["to"].split()) if name in connectors)


def _lengths(text: _Text, connectors: Mapping[str, Connector]) -> Iterator[Length]:
    for connector in _platforms(text, connectors):
        found = {one: chosen for one in text.tree.languages if (chosen := text.chosen(connector, one))}
        if found:
            measured = {one: connector.length(made.text) for one, (_, made) in found.items()}
            longest = max(measured, key=lambda one: measured[one])
            yield Length(connector.name, found[longest][0], measured, connector.limits.length)


def _looks(text: _Text, connectors: Mapping[str, Connector]) -> Iterator[Look]:
    language = text.language
    for connector in _platforms(text, connectors):
        if language and (found := text.chosen(connector, language)):
            filled = tuple(dict.fromkeys(text.values[language].values()))
            yield Look(connector.name, language, found[1].parts, found[1].missing, filled)


def _doubts(
    tree: Tree, outcome: Outcome, connectors: Mapping[str, Connector], now: datetime
) -> Iterator[Told]:
    """Yield what is no error and yet goes out other than one might think, where it is written."""
    if outcome.reading.definition is None:
        return
    by_key = {one["key"]: one.id for one in tree.messages}
    for one in foresight.doubts(outcome.reading.definition, connectors, now=now):
        part = by_key.get(str(one.values.get("message", "")), tree.campaign.id)
        yield Told(one.code, one.values, "warning", part)


def _language(tree: Tree) -> Iterator[Told]:
    """Yield words of the other written language, and texts that are hard to read, where they stand."""
    for part in tree.parts:
        if part.kind != "paragraph" or not tree.find(part.id):
            continue
        for language in tree.languages:
            if language not in ("nn", "nb"):
                continue
            name, text = f"text.{language}", part[f"text.{language}"]
            if foreign := foreign_words(text, language):
                shown = ", ".join(f"«{one}»" for one in foreign[:5])
                yield Told(f"checks.mixed_{language}", {"words": shown}, "warning", part.id, name)
            measured = readability(text)
            if measured.hard:
                told = {"lix": measured.lix, "limit": HARD_TEXT}
                yield Told("checks.hard_to_read", told, "warning", part.id, name)
