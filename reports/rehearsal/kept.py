"""Rehearsals as they are kept, for their pages: how far each has come, how it ended, and what it came to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import register, rehearsals
from campaigns.participation import owned_campaign, relations
from campaigns.states import State
from campaigns.store import Cast, Ending, Person, Rehearsal
from reports.rehearsal.outcome import Outcome, unpack

PATIENCE = timedelta(seconds=20)
"""After so long it is told that nobody has taken a rehearsal up; the clock asks every two seconds."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One rehearsal of a campaign."""

    id: int
    version: int
    cast: Cast
    begun_at: datetime
    by: str | None
    ended_at: datetime | None
    ending: Ending | None
    """`None` while it is under way."""
    code: str | None
    values: Mapping[str, object]
    """The sentence of a refusal, and its values."""
    attempt: int
    share: int
    moment: datetime | None
    live: int
    planned: int
    unclaimed: bool
    """Whether it has waited longer than it should for somebody to play it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The rehearsals of a campaign, and what a page about them says of it."""

    key: str
    title: Mapping[str, str]
    version: int
    kept: tuple[Kept, ...]
    takes_part: bool
    """The owner is one of the invited (D15)."""

    @property
    def under_way(self) -> Kept | None:
        """Return the one that is being played."""
        return next((one for one in self.kept if one.ending is None), None)


@dataclass(frozen=True, slots=True)
class Place:
    """What a rehearsal came to in one municipality."""

    number: str
    name: str
    behaviour: str
    live: int
    planned: int
    blocked: int
    """Messages that a check keeps back."""


def shown(session: Session, key: str, *, now: datetime) -> Shown:
    """Return a campaign's rehearsals, the newest first.

    Raises: Forbidden; NotFound.
    """
    rows = rehearsals.of_campaign(session, key)
    campaign = owned_campaign(session, key)
    people = select(Person.id, Person.name).where(Person.id.in_({one.begun_by for one in rows}))
    names = {row[0]: row[1] for row in session.execute(people)}
    kept = tuple(_kept(one, names, now) for one in rows)
    takes_part = "invited" in relations(session, key)
    return Shown(campaign.key, campaign.title, campaign.version, kept, takes_part)


def outcome_of(session: Session, key: str, rehearsal_id: int) -> Outcome | None:
    """Return what a rehearsal came to; `None` where it came to nothing, or not yet.

    Raises: Forbidden; NotFound.
    """
    packed = rehearsals.one(session, key, rehearsal_id).outcome
    return None if packed is None else unpack(packed)


def places(outcome: Outcome) -> list[Place]:
    """Return the municipalities of a rehearsal by name, those in which something stands in the way first."""
    known = register.municipalities()
    found = []
    for number, behaviour in outcome.behaviours.items():
        mine = [one for one in outcome.sent if one.number == number]
        blocked = {one.message for one in outcome.blocked if one.number == number}
        live = sum(one.state == State.published for one in mine)
        found.append(
            Place(
                number,
                known[number].name if number in known else number,
                behaviour.value,
                live,
                len(mine),
                len(blocked),
            )
        )
    return sorted(found, key=lambda one: (-one.blocked, one.name, one.number))


def _kept(row: Rehearsal, names: Mapping[int, str], now: datetime) -> Kept:
    unclaimed = row.ending is None and row.attempt == 0 and now - row.begun_at > PATIENCE
    return Kept(
        row.id, row.version, row.cast, row.begun_at, names.get(row.begun_by or 0), row.ended_at, row.ending, row.code,
        row.details or {}, row.attempt, row.share, row.moment, row.live, row.planned, unclaimed,
    )  # fmt: skip
