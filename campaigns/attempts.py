"""A worker's attempts at deliveries: claim, note and settle, for several at a time.

The order of a publication is claim – prepare – note – publish – settle, where prepare and publish happen in the worker
between these transactions. Rendering is nowhere near: what is sent is the snapshot that was approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, not_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from campaigns import gates, pauses
from campaigns.deliveries import confirm, fence, make, may_go, write_each
from campaigns.states import State
from campaigns.store import Attempt, Delivery, Snapshot
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
    parent: str | None = None
    """The platform's id of the predecessor, once that is live."""


Outcome = Receipt | ConnectorError

_FIRST = aliased(Delivery)
_TAKE = (
    select(
        Delivery.id,
        Delivery.attempt + 1,
        Delivery.organisation_id,
        Delivery.account_id,
        Delivery.platform,
        Delivery.key,
        Delivery.due_at,
        Delivery.handle,
        Delivery.snapshot_hash,
        Snapshot.body,
        Delivery.predecessor_id,
        _FIRST.remote_id,
    )
    .join(Snapshot, Snapshot.hash == Delivery.snapshot_hash)
    .outerjoin(_FIRST, _FIRST.id == Delivery.predecessor_id)
    .where(
        Delivery.id.in_(bindparam("ids", expanding=True)),
        Delivery.state == State.queued,
        may_go(gates.LATER),
    )
    .order_by(Delivery.id)
    .with_for_update(key_share=True, of=Delivery)
)
_CLEAR = (
    select(Delivery.id)
    .where(
        fence().in_(bindparam("fence", expanding=True)),
        Delivery.state == State.publishing,
        Delivery.lease_until > gates.LATER.now,
        may_go(gates.LATER),
    )
    .order_by(Delivery.id)
    .with_for_update(key_share=True, of=Delivery)
)

_CLEARED = (
    update(Delivery)
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
    .values(noted_at=bindparam("at"), called_at=bindparam("at"), lease_until=bindparam("until"))
    .execution_options(synchronize_session=False)
)
_THESE = tuple_(Attempt.delivery_id, Attempt.number).in_(bindparam("these", expanding=True))
_NOTED = (
    update(Attempt)
    .where(_THESE)
    .values(noted_at=bindparam("at"))
    .execution_options(synchronize_session=False)
)
_CLOSED = (
    update(Attempt)
    .where(_THESE, Attempt.settled_at.is_(None))
    .values(settled_at=bindparam("at"), outcome=bindparam("how"), diagnostic=bindparam("why"))
    .execution_options(synchronize_session=False)
)


def claim(session: Session, ids: Sequence[int], *, worker: str, now: datetime) -> list[Claimed]:
    """Take queued deliveries under a lease and write their attempts, before anything is sent.

    The gates stand here too, and the lateness limit, since a worker may wake before the clock does: what was held,
    withdrawn or paused since the release, or is too late by now, goes back to planned.
    """
    rows = session.execute(_TAKE, {"ids": ids, **gates.values_at(now)}).all()
    changes = {"attempt": Delivery.attempt + 1, "lease_until": now + CLAIM_LEASE, "noted_at": None}
    moved = set(make(session, "claim", [row[0] for row in rows], now=now, actor="worker", changes=changes))
    rest = [one for one in ids if one not in moved]
    if rest:
        make(session, "recall", rest, now=now, actor="worker", where=[not_(may_go(gates.moment(now)))])
    taken = [Claimed(*row) for row in rows if row[0] in moved]  # type: ignore[arg-type]  # the gates see to it that time and snapshot are there
    if taken:
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
    place = {one: turn for turn, one in enumerate(ids)}
    return sorted(taken, key=lambda one: place[one.id])


def note(
    session: Session, handles: Sequence[tuple[Claimed, Mapping[str, object]]], *, now: datetime
) -> set[int]:
    """Store the platform-side handles and clear these attempts for their irreversible calls; return which may be made.

    What is missing from the answer lost its lease, has a closed gate, or became too late meanwhile: nothing of it may
    be sent.
    """
    pairs = _pairs([one for one, _ in handles])
    cleared = set(session.scalars(_CLEAR, {"fence": pairs, **gates.values_at(now)}))
    if not cleared:
        return cleared
    session.execute(_CLEARED, {"ids": list(cleared), "at": now, "until": now + CALL_LEASE})
    write_each(
        session,
        {
            one.id: {"handle": dict(handle)}
            for one, handle in handles
            if one.id in cleared and one.handle != handle
        },
    )
    _mark_noted(session, [one for one, _ in handles if one.id in cleared], now)
    return cleared


def step_back(session: Session, claimed: Sequence[Claimed], *, now: datetime) -> None:
    """Return claimed deliveries whose calls were not begun: nothing was sent in these attempts, whatever was noted.

    The caller knows that; the fence sees to it that nobody else's attempt is meant.
    """
    called = dict.fromkeys((one.id for one in claimed), None) | _called_before(session, claimed)
    moved = make(
        session,
        "postpone",
        [one.id for one in claimed],
        now=now,
        actor="worker",
        attempts=[one.attempt for one in claimed],
        changes={"next_try_at": now, "lease_until": None, "noted_at": None},
        each={one: {"called_at": at} for one, at in called.items()},
    )
    if moved:
        _mark_noted(session, [one for one in claimed if one.id in moved], None)
    _close_attempts(session, claimed, now=now, outcome="stepped_back")


def _called_before(session: Session, claimed: Sequence[Claimed]) -> dict[int, datetime | None]:
    """Return when an earlier attempt at each delivery was last cleared for its call."""
    rows = session.execute(
        select(Attempt.delivery_id, func.max(Attempt.noted_at))
        .join(Delivery, Delivery.id == Attempt.delivery_id)
        .where(fence().in_(_pairs(claimed)), Attempt.number < Delivery.attempt)
        .group_by(Attempt.delivery_id)
    )
    return {row[0]: row[1] for row in rows}


def settle(
    session: Session, ended: Sequence[tuple[Claimed, Outcome]], *, now: datetime, speed: float = 1.0
) -> set[int]:
    """Write down how attempts ended; return those that were still ours to write (the fence)."""
    live = [one for one, outcome in ended if isinstance(outcome, Receipt)]
    moved = confirm(
        session,
        {one.id: outcome for one, outcome in ended if isinstance(outcome, Receipt)},
        at=now,
        actor="worker",
        attempts=[one.attempt for one in live],
        speed=speed,
    )
    _close_attempts(session, live, now=now, outcome="published")
    for one, outcome in ended:
        if isinstance(outcome, ConnectorError):
            moved += _settle_error(session, one, outcome, now=now)
            _close_attempts(session, [one], now=now, outcome=outcome.code, diagnostic=outcome.diagnostic)
    return set(moved)


def _settle_error(session: Session, claimed: Claimed, error: ConnectorError, *, now: datetime) -> list[int]:
    """Apply the table "errors say what may be done next" of the architecture page."""
    move, changes = _next_step(claimed, error, now)
    moved = make(
        session,
        move,
        [claimed.id],
        now=now,
        actor="worker",
        attempts=[claimed.attempt],
        reason=error.code,
        values=error.values,
        changes={"lease_until": None, **changes},
    )
    pauses.note_trouble(session, claimed.account_id, claimed.platform, error, now=now)
    return moved


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


def _pairs(claimed: Sequence[Claimed]) -> list[tuple[int, int]]:
    return [(one.id, one.attempt) for one in claimed]


def _mark_noted(session: Session, claimed: Sequence[Claimed], at: datetime | None) -> None:
    session.execute(_NOTED, {"these": _pairs(claimed), "at": at})


def _close_attempts(
    session: Session,
    claimed: Sequence[Claimed],
    *,
    now: datetime,
    outcome: str,
    diagnostic: str | None = None,
) -> None:
    if claimed:
        given = {"these": _pairs(claimed), "at": now, "how": outcome, "why": diagnostic}
        session.execute(_CLOSED, given)
