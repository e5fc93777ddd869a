"""A delivery's life, written down: the only module that changes a delivery's state.

Each function is one short step inside the caller's transaction; none of them talks to a platform. The order of a
publication is claim – prepare – note – publish – settle, where prepare and publish happen in the worker between the
transactions. Rendering is nowhere near: what is sent is the snapshot that was approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, literal, not_, select, update
from sqlalchemy.orm import Session

from campaigns import gates, pauses, sampling
from campaigns.states import MOVES, State
from campaigns.store import Attempt, Delivery, History, Instance, Snapshot
from connectors.base import Receipt
from connectors.errors import (
    ConnectorError,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    OutOfCredit,
    Refused,
)

CLAIM_LEASE = timedelta(minutes=5)
"""A claim may upload four pictures of up to a minute each before it notes."""
CALL_LEASE = timedelta(seconds=90)
"""The wire ends any call after 60 s in all; whoever still holds a lease may still be talking."""
MAX_ATTEMPTS = 3000
"""A guard against a circle, never the end of an outage: that is the lateness limit, at most seven days of five minutes
each, which are 2,016."""
RETRY_WAITS = tuple(timedelta(seconds=s) for s in (2, 5, 15, 30, 60, 120, 300))
"""Waits after a failure that left nothing behind; the last one repeats until the lateness limit."""
FIRST_LOOK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Nudge:
    """A delivery to look at, and the queue it belongs to."""

    id: int
    platform: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a worker needs for one attempt, read in the transaction that claimed it."""

    id: int
    attempt: int
    organisation_id: int
    account_id: int
    platform: str
    key: str
    due_at: datetime
    handle: dict[str, object] | None
    snapshot_hash: str
    snapshot_body: str
    predecessor_id: int | None


def make(
    session: Session,
    move: str,
    ids: Sequence[int],
    *,
    now: datetime,
    actor: str,
    attempt: int | None = None,
    reason: str | None = None,
    values: Mapping[str, object] | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    changes: Mapping[str, Any] | None = None,
) -> list[int]:
    """Make `move` for each delivery that is where the move may begin, and return those that moved.

    One guarded UPDATE and, in the same transaction, a history row for each. A delivery missing from the answer was
    moved by somebody else first, or `attempt` (the fence) or `where` no longer held; that is no error.

    Raises: KeyError for a move outside the table.
    """
    if not ids:
        return []
    rule = MOVES[move]
    statement = (
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state.in_(rule.sources), *where)
        .values(
            {
                "state": rule.target,
                "reason": reason,
                "reason_values": dict(values) if values else None,
                **(changes or {}),
            }
        )
        .returning(Delivery.id, Delivery.organisation_id, Delivery.attempt)
        .execution_options(synchronize_session=False)
    )
    if attempt is not None:
        statement = statement.where(Delivery.attempt == attempt)
    moved = session.execute(statement).all()
    if moved:
        session.execute(
            insert(History),
            [
                {
                    "delivery_id": row[0],
                    "organisation_id": row[1],
                    "attempt": row[2],
                    "at": now,
                    "move": move,
                    "target": rule.target,
                    "actor": actor,
                    "reason": reason,
                    "reason_values": dict(values) if values else None,
                }
                for row in moved
            ],
        )
    return [row[0] for row in moved]


def release(session: Session, *, now: datetime, limit: int = 1000) -> tuple[list[Nudge], int | None]:
    """Queue what is due and free to go; return what to nudge, and the instance's new generation if anything moved.

    The caller commits, writes the generation to the mark, and only then nudges (D12).
    """
    due = _due(now).order_by(Delivery.next_try_at).limit(limit)
    ids = list(session.scalars(due.with_for_update(skip_locked=True, of=Delivery)))
    moved = make(session, "release", ids, now=now, actor="clock", changes={"nudged_at": now})
    if not moved:
        return [], None
    generation = session.scalar(
        update(Instance).values(generation=Instance.generation + 1).returning(Instance.generation)
    )
    return nudges(session, moved), generation


def _due(now: datetime) -> Select[int]:
    return select(Delivery.id).where(
        Delivery.state == State.planned,
        Delivery.next_try_at <= now,
        _may_go(now),
    )


def _may_go(now: datetime) -> ColumnElement[bool]:
    """Return "every gate is open and it is not too late": the same for release, claim and note."""
    return and_(gates.all_open(now), func.coalesce(Delivery.late_at > now, literal(False)))


def anything_due(session: Session, *, now: datetime) -> bool:
    """Return whether a release would find anything, without taking a lock."""
    return session.scalar(_due(now).limit(1)) is not None


def instance_name(session: Session) -> str:
    """Return the name of the instance that this database belongs to."""
    return session.scalars(select(Instance.name)).one()


def see_clock(session: Session, *, now: datetime) -> None:
    """Write down that a clock runs now."""
    session.execute(update(Instance).values(clock_seen_at=now))


def nudges(session: Session, ids: Sequence[int]) -> list[Nudge]:
    """Return the ids with their queues, in the order of their times."""
    rows = session.execute(
        select(Delivery.id, Delivery.platform).where(Delivery.id.in_(ids)).order_by(Delivery.next_try_at)
    )
    return [Nudge(*row) for row in rows]


def claim(session: Session, ids: Sequence[int], *, worker: str, now: datetime) -> list[Claimed]:
    """Take queued deliveries under a lease and write their attempts, before anything is sent.

    The gates stand here too, and the lateness limit, since a worker may wake before the clock does: what was held,
    withdrawn or paused since the release, or is too late by now, goes back to planned.
    """
    claimed = make(
        session,
        "claim",
        ids,
        now=now,
        actor="worker",
        where=[_may_go(now)],
        changes={"attempt": Delivery.attempt + 1, "lease_until": now + CLAIM_LEASE, "noted_at": None},
    )
    if len(claimed) < len(ids):
        rest = [i for i in ids if i not in set(claimed)]
        make(session, "recall", rest, now=now, actor="worker", where=[not_(_may_go(now))])
    if not claimed:
        return []
    rows = session.execute(
        select(
            Delivery.id,
            Delivery.attempt,
            Delivery.organisation_id,
            Delivery.account_id,
            Delivery.platform,
            Delivery.key,
            Delivery.due_at,
            Delivery.handle,
            Delivery.snapshot_hash,
            Snapshot.body,
            Delivery.predecessor_id,
        )
        .join(Snapshot, Snapshot.hash == Delivery.snapshot_hash)
        .where(Delivery.id.in_(claimed))
        .order_by(Delivery.next_try_at)
    ).all()
    taken = [Claimed(*row) for row in rows]  # type: ignore[arg-type]  # the gates see to it that time and snapshot are there
    session.execute(
        insert(Attempt),
        [
            {
                "organisation_id": one.organisation_id,
                "delivery_id": one.id,
                "number": one.attempt,
                "worker": worker,
                "claimed_at": now,
            }
            for one in taken
        ],
    )
    return taken


def note(session: Session, claimed: Claimed, handle: dict[str, object], *, now: datetime) -> bool:
    """Store the platform-side handle and clear the attempt for its irreversible call; return whether it may be made.

    False when the lease was lost, a gate closed or it became too late meanwhile: then nothing may be sent.
    """
    cleared = session.execute(
        update(Delivery)
        .where(
            Delivery.id == claimed.id,
            Delivery.state == State.publishing,
            Delivery.attempt == claimed.attempt,
            Delivery.lease_until > now,
            _may_go(now),
        )
        .values(handle=handle, noted_at=now, called_at=now, lease_until=now + CALL_LEASE)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).first()
    if cleared is None:
        return False
    session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == claimed.id, Attempt.number == claimed.attempt)
        .values(noted_at=now)
        .execution_options(synchronize_session=False)
    )
    return True


def step_back(session: Session, claimed: Claimed, *, now: datetime) -> None:
    """Return a claimed delivery that could not be noted: no call was begun in this attempt, whatever was noted before.

    The caller knows that; the fence sees to it that nobody else's attempt is meant.
    """
    this = (Attempt.delivery_id == claimed.id, Attempt.number == claimed.attempt)
    earlier = (Attempt.delivery_id == claimed.id, Attempt.number < claimed.attempt)
    called_at = session.scalar(select(func.max(Attempt.noted_at)).where(*earlier))
    moved = make(
        session,
        "postpone",
        [claimed.id],
        now=now,
        actor="worker",
        attempt=claimed.attempt,
        changes={"next_try_at": now, "lease_until": None, "noted_at": None, "called_at": called_at},
    )
    if moved:
        session.execute(
            update(Attempt).where(*this).values(noted_at=None).execution_options(synchronize_session=False)
        )
    _close_attempt(session, claimed.id, claimed.attempt, now=now, outcome="stepped_back")


def settle(
    session: Session,
    claimed: Claimed,
    outcome: Receipt | ConnectorError,
    *,
    now: datetime,
    speed: float = 1.0,
) -> bool:
    """Write down how the attempt ended; return whether it was still ours to write (the fence)."""
    if isinstance(outcome, Receipt):
        moved = confirm(
            session, claimed.id, outcome, at=now, actor="worker", attempt=claimed.attempt, speed=speed
        )
    else:
        moved = _settle_error(session, claimed, outcome, now=now)
    word = "published" if isinstance(outcome, Receipt) else outcome.code
    diagnostic = None if isinstance(outcome, Receipt) else outcome.diagnostic
    _close_attempt(session, claimed.id, claimed.attempt, now=now, outcome=word, diagnostic=diagnostic)
    return moved


def confirm(
    session: Session,
    delivery_id: int,
    receipt: Receipt,
    *,
    at: datetime,
    actor: str,
    attempt: int | None = None,
    speed: float = 1.0,
    stated: bool = False,
    now: datetime | None = None,
) -> bool:
    """Write down that the post is live since `at`, and when to count its engagement first."""
    changes = {
        "remote_id": receipt.remote_id or None,
        "address": receipt.address or None,
        "stated": stated,
        "published_at": at,
        "lease_until": None,
        "next_look_at": None,
        "needs_person": False,
        "samples_taken": 0,
        "next_sample_at": sampling.next_sample_at(at, 0, speed) if receipt.remote_id else None,
    }
    return bool(
        make(session, "confirm", [delivery_id], now=now or at, actor=actor, attempt=attempt, changes=changes)
    )


def _settle_error(session: Session, claimed: Claimed, error: ConnectorError, *, now: datetime) -> bool:
    """Apply the table "errors say what may be done next" of the architecture page."""
    move, changes = _next_step(claimed, error, now)
    moved = make(
        session,
        move,
        [claimed.id],
        now=now,
        actor="worker",
        attempt=claimed.attempt,
        reason=error.code,
        values=error.values,
        changes={"lease_until": None, **changes},
    )
    pauses.note_trouble(session, claimed.account_id, claimed.platform, error, now=now)
    return bool(moved)


def _next_step(claimed: Claimed, error: ConnectorError, now: datetime) -> tuple[str, dict[str, object]]:
    wait = RETRY_WAITS[min(claimed.attempt, len(RETRY_WAITS)) - 1]
    match error:
        case OutcomeUnknown():
            return "doubt", {"next_look_at": now + FIRST_LOOK, "looks": 0, "needs_person": False}
        case Refused():
            return "refuse", {}
        case NotSent() if claimed.attempt >= MAX_ATTEMPTS:
            return "refuse", {}
        case NotSent():
            # never sooner than our own wait, so that a platform saying "0" is not asked in a circle
            later: dict[str, object] = {"next_try_at": now + max(wait, error.wait or wait), "noted_at": None}
            return "postpone", later | ({"handle": None} if error.prepare_again else {})
        case LoginLost() | OutOfCredit():
            return "postpone", {"next_try_at": now + wait, "noted_at": None}
        case _:
            return "doubt", {"next_look_at": now + FIRST_LOOK, "looks": 0, "needs_person": False}


def _close_attempt(
    session: Session,
    delivery_id: int,
    number: int,
    *,
    now: datetime,
    outcome: str,
    diagnostic: str | None = None,
) -> None:
    session.execute(
        update(Attempt)
        .where(Attempt.delivery_id == delivery_id, Attempt.number == number, Attempt.settled_at.is_(None))
        .values(settled_at=now, outcome=outcome, diagnostic=diagnostic)
        .execution_options(synchronize_session=False)
    )
