"""Whether the instance does its work: a few yes-or-no questions for a supervisor, without a name in them.

Each is read from the rows alone, since the row is the truth: a dead clock leaves due deliveries unreleased, dead
workers leave queued ones unclaimed. It mends nothing; that is `campaigns.recovery`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campaigns import gates
from campaigns.states import State
from campaigns.store import Delivery, History, Store

log = structlog.get_logger()

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
            return _ask(session, now - PATIENCE, now)
    except SQLAlchemyError as error:
        log.error("health_unknown", error=type(error).__name__)
        return Health(database=False)


def _ask(session: Session, then: datetime, now: datetime) -> Health:
    def none(*conditions: ColumnElement[bool]) -> bool:
        return session.scalar(select(Delivery.id).where(*conditions).limit(1)) is None

    newly_released = exists().where(
        History.delivery_id == Delivery.id, History.move == "release", History.at > then
    )
    return Health(
        database=True,
        migrated=True,
        released=none(
            Delivery.state == State.planned,
            Delivery.next_try_at <= then,
            Delivery.late_at > now,
            gates.all_open(now),
        ),
        claimed=none(Delivery.state == State.queued, ~newly_released),
        settled=none(Delivery.state == State.publishing, Delivery.lease_until <= then),
    )
