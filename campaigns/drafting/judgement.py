"""A draft as it is judged while it is written: what is wrong and where, how long each text is, and how it will look.

Unless one is chosen, the example is the invited municipality with the longest name, since a text that fits there fits
nearly everywhere. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import foresight, timing
from campaigns.definition.model import Definition
from campaigns.drafting.outcome import Outcome, Told, blocks, make
from campaigns.drafting.showing import Remark, Showing, Stage, remarks
from campaigns.drafting.tree import OPTIONS, Kind, Tree
from campaigns.language import foreign_words
from campaigns.organisations import NotFound, members_of, organisation
from campaigns.store import Organisation, OrganisationKind
from campaigns.wording import written_language
from connectors.base import Connector

READ: Mapping[Kind, tuple[str, ...]] = {"paragraph": ("text",), "picture": ("alt",), "message": OPTIONS}
"""The fields with words that readers see."""


@dataclass(frozen=True, slots=True)
class View:
    """For whom a message is shown, and in which language; what is empty or unknown is chosen here."""

    place: str = ""
    """The number of an invited municipality."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Length:
    """How long a post is on a platform, in each language, as the platform counts."""

    platform: str
    """The platform's name."""
    kind: str
    position: int
    form: str
    """The form that was taken where it is longest; empty where none fits."""
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
class Judgement:
    """Everything that can be said of a draft as it stands."""

    told: tuple[Told, ...]
    definition: Definition | None
    document: str
    pictures: Mapping[str, str]
    places: tuple[Organisation, ...]
    """The invited municipalities, by their names."""
    place: Organisation
    """The one that serves as the example; without a name where nobody is invited yet."""
    language: str
    showings: Mapping[str, tuple[Showing, ...]]
    """By message."""
    remarks: Mapping[str, tuple[Remark, ...]]
    """By message: what the example would be told before it approves."""

    @property
    def ready(self) -> bool:
        """Whether nothing stands in the way of loading it."""
        return self.definition is not None and not blocks(self.told)

    @property
    def remarked(self) -> frozenset[str]:
        """The messages of which the example would be told something."""
        return frozenset(key for key, those in self.remarks.items() if those)

    def about(self, parts: Sequence[str]) -> tuple[Told, ...]:
        """Return what is said about some parts, errors first."""
        found = [one for one in self.told if one.part in parts]
        return tuple(sorted(found, key=lambda one: one.severity != "error"))

    def looks(self, message: str) -> tuple[Showing, ...]:
        """Return a message's posts in the language that is looked at."""
        return tuple(one for one in self.showings.get(message, ()) if one.language == self.language)

    def lengths(self, message: str) -> tuple[Length, ...]:
        """Return how long a message's posts are."""
        groups: dict[tuple[str, str, int], list[Showing]] = {}
        for one in self.showings.get(message, ()):
            groups.setdefault((one.platform, one.kind, one.position), []).append(one)
        return tuple(
            Length(
                platform, kind, position, max(those, key=lambda one: one.length).form,
                {one.language: one.length for one in those}, those[0].limit,
            )
            for (platform, kind, position), those in groups.items()
        )  # fmt: skip


def judge(
    session: Session, tree: Tree, connectors: Mapping[str, Connector], owner: str, *, now: datetime,
    messages: Sequence[str] | None = None, view: View | None = None,
) -> Judgement:  # fmt: skip
    """Return what is to be said of a draft; these messages are rendered, or all."""
    outcome = make(tree, owner, platforms=frozenset(connectors))
    owned_by = organisation(session, owner)
    places = _invited(session, tree, owned_by)
    place = _example(places, view or View())
    told = (*outcome.told, *_doubts(tree, outcome, connectors, now), *_language(tree))
    stage = Stage(session, tree, owned_by, place, connectors)
    showings = {
        one.id: tuple(stage.showings(one)) for one in tree.messages if messages is None or one.id in messages
    }
    said = {key: frozenset(one.code for one in told if one.part == key) for key in showings}
    return Judgement(
        told, outcome.reading.definition, outcome.document, outcome.pictures, places, place,
        _looked_at(tree, place, view or View()), showings,
        {key: remarks(those, said[key]) for key, those in showings.items()},
    )  # fmt: skip


def _invited(session: Session, tree: Tree, owner: Organisation) -> tuple[Organisation, ...]:
    """Return the municipalities that a draft invites, by their names."""
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
    return tuple(session.scalars(municipal.order_by(Organisation.name, Organisation.number)))


def _group(session: Session, owner: Organisation, key: str) -> list[str]:
    try:
        return members_of(session, owner.id, key) if key else []
    except NotFound:
        return []


def _example(places: Sequence[Organisation], view: View) -> Organisation:
    """Return the chosen municipality, or the one with the longest name."""
    chosen = next((one for one in places if one.number == view.place), None)
    return chosen or max(places, key=lambda one: (len(one.name), one.name), default=_nowhere())


def _nowhere() -> Organisation:
    """Return a municipality that says nothing of itself, for a draft that invites nobody yet."""
    return Organisation(
        id=None, number="", name="", form="", kind=OrganisationKind.municipality, parent_id=None, website=None,
        timezone=timing.ZONES[0], quiet_hours=True, colour=0, profile={}, language=None, language_decision=None,
    )  # fmt: skip


def _looked_at(tree: Tree, place: Organisation, view: View) -> str:
    """Return the chosen language, or the example's own, or the campaign's first."""
    own = written_language(place.language_decision, place.language) or ""
    wished = (one for one in (view.language, own) if one in tree.languages)
    return next(wished, next(iter(tree.languages), ""))


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
    """Yield words of the other written language where they stand, in everything that readers see."""
    for part in tree.parts:
        if part.kind not in READ or not tree.find(part.id):
            continue
        for language in tree.languages:
            for name in (f"{one}.{language}" for one in READ[part.kind]):
                if foreign := foreign_words(part[name], language):
                    shown = ", ".join(f"«{one}»" for one in foreign[:5])
                    yield Told(f"checks.mixed_{language}", {"words": shown}, "warning", part.id, name)
