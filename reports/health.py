"""Whether the instance does its work: a few yes-or-no questions for a supervisor, without a name in them.

Each is read from the rows alone, since the row is the truth: a dead clock leaves due deliveries unreleased and its own
row unwritten, dead workers leave queued ones unclaimed. It mends nothing; that is `campaigns.recovery`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campaigns import gates
from campaigns.states import State
from campaigns.store import Delivery, History, Instance, Store

log = structlog.get_logger()

Condition = ColumnElement[bool]
Silent = Literal["clock", "workers"]
PATIENCE = timedelta(seconds=60)
"""How long a delivery may stand where the next process should have taken it; release and claim take under a second."""


@dataclass(frozen=True, slots=True)
class Health:
    """The answers; `None` where it could not be asked."""

    database: bool
    """The database answers."""
    migrated: bool | None = None
    """It has our tables."""
    released: bool | None = None
    """Nothing that is due and free to go has waited for the clock for over a minute.

    A gate that opens late (a hold lifted, the end of quiet hours) shows as `False` until the clock's next tick.
    """
    claimed: bool | None = None
    """Nothing has stood in the queue for over a minute without a worker taking it."""
    ticking: bool | None = None
    """A clock said within the last minute that it runs."""
    settled: bool | None = None
    """No worker's lease ran out over a minute ago without the clock ending it."""

    @property
    def well(self) -> bool:
        """Whether every question was asked and answered with yes."""
        return all(asdict(self).values())

    def as_json(self) -> dict[str, object]:
        """Return the word for all, and each answer."""
        return {"status": "ok" if self.well else "trouble", "checks": asdict(self)}


def health(store: Store, *, now: datetime) -> Health:
    """Return how the instance is; an unreachable database is an answer, not an error."""
    try:
        if not store.is_migrated():
            return Health(database=True, migrated=False)
        with store.system(write=False) as session:
            return _ask(session, now)
    except SQLAlchemyError as error:
        log.error("health_unknown", error=type(error).__name__)
        return Health(database=False)


def _ask(session: Session, now: datetime) -> Health:
    def none(*conditions: Condition) -> bool:
        return session.scalar(select(Delivery.id).where(*conditions).limit(1)) is None

    seen = clock_seen_at(session)
    return Health(
        database=True,
        migrated=True,
        ticking=_ticks(seen, now),
        released=none(*unreleased(now)),
        claimed=none(*unclaimed(now)),
        settled=none(*unsettled(now)),
    )


def silence(store: Store, *, now: datetime) -> tuple[tuple[Silent, ...], datetime | None]:
    """Return which processes are not there, and when a clock was last seen, for the person who asks why nothing goes."""
    with store.system(write=False) as session:
        seen = clock_seen_at(session)
        return silent(session, now, seen), seen


def silent(session: Session, now: datetime, seen: datetime | None) -> tuple[Silent, ...]:
    """Return which processes are not there to do what waits for them; `seen` is when a clock last was."""
    found: list[Silent] = [] if _ticks(seen, now) else ["clock"]
    if session.scalar(select(Delivery.id).where(*unclaimed(now)).limit(1)) is not None:
        found.append("workers")
    return tuple(found)


def _ticks(seen: datetime | None, now: datetime) -> bool:
    return seen is not None and seen > now - PATIENCE


def clock_seen_at(session: Session) -> datetime | None:
    """Return when a clock last said that it runs; `None` when none ever has."""
    return session.scalar(select(Instance.clock_seen_at))


def unreleased(now: datetime) -> tuple[Condition, ...]:
    """Return "it is due and free to go, and has waited for the clock for too long"."""
    return (
        Delivery.state == State.planned,
        Delivery.next_try_at <= now - PATIENCE,
        Delivery.late_at > now,
        gates.all_open(now),
    )


def unclaimed(now: datetime) -> tuple[Condition, ...]:
    """Return "it has stood in the queue for too long without a worker taking it"."""
    newly_released = exists().where(
        History.delivery_id == Delivery.id, History.move == "release", History.at > now - PATIENCE
    )
    return Delivery.state == State.queued, ~newly_released


def unsettled(now: datetime) -> tuple[Condition, ...]:
    """Return "a worker's lease on it ran out long ago, and the clock has not ended it"."""
    return Delivery.state == State.publishing, Delivery.lease_until <= now - PATIENCE
