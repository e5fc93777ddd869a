"""Samples of engagement: what is due to be counted, and writing the counts down. Missing is not zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import gates, sampling
from campaigns.deliveries import make
from campaigns.states import State
from campaigns.store import Delivery, Sample
from campaigns.store.base import insert
from connectors.base import Absence, Counts, Metric

SECOND_LOOK = timedelta(hours=1)
"""A post that seems to be gone is looked at once more at least this much later before it counts as removed (D8)."""
MEASURE_LEASE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Due:
    """A live post whose next count is due."""

    id: int
    organisation_id: int
    account_id: int
    platform: str
    remote_id: str
    published_at: datetime
    taken: int


_DUE = (
    Delivery.id,
    Delivery.organisation_id,
    Delivery.account_id,
    Delivery.platform,
    Delivery.remote_id,
    Delivery.published_at,
    Delivery.samples_taken,
)


def due_counts(session: Session, *, now: datetime, limit: int = 500) -> list[Due]:
    """Return live posts to be counted now, account by account, so that batches form; a pause keeps them waiting."""
    rows = session.execute(
        select(*_DUE)
        .where(
            Delivery.next_sample_at.is_not(None),
            Delivery.next_sample_at <= now,
            Delivery.state == State.published,
            Delivery.remote_id.is_not(None),
            gates.not_paused(now),
        )
        .order_by(Delivery.account_id, Delivery.next_sample_at)
        .limit(limit)
    )
    return [Due(*row) for row in rows]  # type: ignore[arg-type]  # a live post has id and time


def take_counts(session: Session, ids: Sequence[int], *, now: datetime) -> list[Due]:
    """Reserve posts for counting and return them; a doubled nudge finds nothing."""
    taken = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == State.published, Delivery.next_sample_at <= now)
        .values(next_sample_at=now + MEASURE_LEASE)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    rows = session.execute(select(*_DUE).where(Delivery.id.in_(taken)).order_by(Delivery.account_id))
    return [Due(*row) for row in rows]  # type: ignore[arg-type]  # a live post has id and time


def keep_counts(
    session: Session,
    due: Due,
    counts: Counts,
    *,
    metrics: Sequence[Metric],
    version: int,
    now: datetime,
    speed: float,
) -> None:
    """Write one sample per metric and plan the next; a post seen missing twice, an hour apart, is removed."""
    if counts.gone:
        _see_missing(session, due, metrics=metrics, version=version, now=now, speed=speed)
        return
    _keep(session, due, counts, metrics=metrics, version=version, now=now, speed=speed)
    _plan_next(session, due, now=now, speed=speed, missing=None)


def keep_failure(
    session: Session, due: Due, *, metrics: Sequence[Metric], version: int, now: datetime, speed: float
) -> None:
    """Write down that no proper answer came for this count: unknown, for the stated reason."""
    absent: dict[Metric, Absence] = dict.fromkeys(metrics, "fetch_failed")
    counts = Counts(known={}, absent=absent)
    _keep(session, due, counts, metrics=metrics, version=version, now=now, speed=speed)
    _plan_next(session, due, now=now, speed=speed, missing=None)


def _keep(
    session: Session,
    due: Due,
    counts: Counts,
    *,
    metrics: Sequence[Metric],
    version: int,
    now: datetime,
    speed: float,
) -> None:
    age = (now - due.published_at).total_seconds() / 3600 * speed
    rows = [
        {
            "organisation_id": due.organisation_id,
            "delivery_id": due.id,
            "planned": due.taken,
            "metric": metric,
            "at": now,
            "age": age,
            "value": counts.known.get(metric),
            "absent": None if metric in counts.known else counts.absent.get(metric, "hidden"),
            "version": version,
        }
        for metric in metrics
    ]
    if rows:
        session.execute(insert(session, Sample).on_conflict_do_nothing(), rows)


def _plan_next(session: Session, due: Due, *, now: datetime, speed: float, missing: datetime | None) -> None:
    """Set the next planned age that still lies ahead: an outage leaves a gap, never a burst of late samples."""
    taken = due.taken + 1
    at = sampling.next_sample_at(due.published_at, taken, speed)
    while at is not None and at <= now:
        taken += 1
        at = sampling.next_sample_at(due.published_at, taken, speed)
    session.execute(
        update(Delivery)
        .where(Delivery.id == due.id, Delivery.samples_taken == due.taken)
        .values(samples_taken=taken, next_sample_at=at, seen_missing_at=missing)
        .execution_options(synchronize_session=False)
    )


def _see_missing(
    session: Session, due: Due, *, metrics: Sequence[Metric], version: int, now: datetime, speed: float
) -> None:
    first = session.scalar(select(Delivery.seen_missing_at).where(Delivery.id == due.id))
    wait = SECOND_LOOK / speed
    if first is not None and now >= first + wait:
        absent: dict[Metric, Absence] = dict.fromkeys(metrics, "removed")
        counts = Counts(known={}, absent=absent)
        _keep(session, due, counts, metrics=metrics, version=version, now=now, speed=speed)
        make(
            session, "remove", [due.id], now=now, actor="worker", reason="delivery.seen_missing",
            changes={"next_sample_at": None},
        )  # fmt: skip
        return
    session.execute(
        update(Delivery)
        .where(Delivery.id == due.id)
        .values(seen_missing_at=first or now, next_sample_at=(first or now) + wait)
        .execution_options(synchronize_session=False)
    )
