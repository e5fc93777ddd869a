"""What the clock does so that nothing is lost: leases that ran out, lost nudges, missed times, look-ups of the unsure.

Also what follows a look-up and a person's answer. Nothing here talks to a platform, and nothing resends in doubt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import not_, select, update
from sqlalchemy.orm import Session

from campaigns import gates
from campaigns.accounts import limits_of
from campaigns.deliveries import Nudge, confirm, make, nudges
from campaigns.pauses import note_trouble
from campaigns.states import MOVES, State
from campaigns.store import Campaign, Delivery, Snapshot
from connectors.base import Found, Limits, Receipt
from connectors.errors import ConnectorError

NUDGE_AGAIN = timedelta(seconds=10)
"""A nudge older than this is taken for lost; doubling one is harmless."""
LOOK_WAITS = tuple(
    timedelta(seconds=s) for s in (5, 10, 20, 45, 120, 300, 900, 1800, 3600, 3600, 10800, 21600)
)
"""Waits between look-ups, about half a day in all; after the last a person is asked."""
LOOK_LEASE = timedelta(seconds=60)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Looked:
    """What a worker needs to look one unsure delivery up."""

    id: int
    attempt: int
    organisation_id: int
    account_id: int
    platform: str
    key: str
    due_at: datetime
    called_at: datetime
    late_at: datetime
    looks: int
    handle: dict[str, object] | None
    snapshot_hash: str
    snapshot_body: str
    limits: Limits | None
    """The account's own."""


def recover(session: Session, *, now: datetime) -> list[Nudge]:
    """Bring stranded deliveries back into their life and return what to nudge again. Safe to run twice at once."""
    _end_leases(session, now)
    _miss_the_late(session, now)
    return _nudge_again(session, now)


def _end_leases(session: Session, now: datetime) -> None:
    over = [Delivery.lease_until < now]
    stranded = select(Delivery.id).where(Delivery.state == State.publishing, *over).limit(BATCH)
    ids = list(session.scalars(stranded))
    make(
        session,
        "doubt",
        ids,
        now=now,
        actor="clock",
        reason="delivery.worker_lost",
        where=[*over, Delivery.noted_at.is_not(None)],
        changes={"lease_until": None, "next_look_at": now, "looks": 0, "needs_person": False},
    )
    make(
        session,
        "postpone",
        ids,
        now=now,
        actor="clock",
        reason="delivery.worker_lost",
        where=[*over, Delivery.noted_at.is_(None)],  # proof that nothing irreversible was begun
        changes={"lease_until": None, "next_try_at": now},
    )


def _miss_the_late(session: Session, now: datetime) -> None:
    """Miss what is too late; of a closed campaign nothing is missed, since nobody waits for it."""
    late = select(Delivery.id).where(
        Delivery.state.in_([State.planned, State.queued]), Delivery.late_at <= now
    )
    ids = list(session.scalars(late.limit(BATCH)))
    over = select(Campaign.id).where(Campaign.closed_at.is_not(None))
    gone = make(
        session, "cancel", ids, now=now, actor="clock", reason="delivery.campaign_closed",
        where=[Delivery.campaign_id.in_(over)],
    )  # fmt: skip
    ids = [one for one in ids if one not in set(gone)]
    reasons: dict[str, list[int]] = {}
    for delivery_id, closed in gates.closed_gates(session, ids, now).items():
        reasons.setdefault(closed[0] if closed else "delivery.too_late", []).append(delivery_id)
    for reason, group in reasons.items():
        make(session, "miss", group, now=now, actor="clock", reason=reason, where=[Delivery.late_at <= now])


def _nudge_again(session: Session, now: datetime) -> list[Nudge]:
    stale = (
        select(Delivery.id)
        .where(Delivery.state == State.queued, Delivery.nudged_at <= now - NUDGE_AGAIN)
        .order_by(Delivery.nudged_at)
        .limit(BATCH)
    )
    ids = list(session.scalars(stale))
    if not ids:
        return []
    shut = make(session, "recall", ids, now=now, actor="clock", where=[not_(gates.all_open(now))])
    again = [i for i in ids if i not in set(shut)]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(again), Delivery.state == State.queued)
        .values(nudged_at=now)
        .execution_options(synchronize_session=False)
    )
    return nudges(session, again)


def due_looks(session: Session, *, now: datetime, limit: int = BATCH) -> list[Nudge]:
    """Return the unsure deliveries whose look-up is due, but for those that the platform wants to be left alone about."""
    rows = session.execute(
        select(Delivery.id, Delivery.platform)
        .where(Delivery.state == State.unsure, Delivery.next_look_at <= now, Delivery.needs_person.is_(False))
        .where(gates.not_paused(now))
        .order_by(Delivery.next_look_at)
        .limit(limit)
    )
    return [Nudge(*row) for row in rows]


def take_look(session: Session, ids: Sequence[int], *, now: datetime) -> list[Looked]:
    """Reserve due look-ups for a minute and return what is needed for each; a doubled nudge finds nothing."""
    taken = session.scalars(
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == State.unsure, Delivery.next_look_at <= now)
        .values(next_look_at=now + LOOK_LEASE, looks=Delivery.looks + 1)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    rows = session.execute(
        select(Delivery, Snapshot.body)
        .join(Snapshot, Snapshot.hash == Delivery.snapshot_hash)
        .where(Delivery.id.in_(taken))
        .execution_options(populate_existing=True)
    )
    return [
        Looked(
            one.id,
            one.attempt,
            one.organisation_id,
            one.account_id,
            one.platform,
            one.key,
            one.due_at,
            one.called_at or one.due_at,
            one.late_at,
            one.looks,
            one.handle,
            one.snapshot_hash or "",
            body,
            limits_of(one.account),
        )
        for one, body in rows
        if one.due_at is not None and one.late_at is not None
    ]


def settle_look(
    session: Session,
    looked: Looked,
    answer: Found | ConnectorError,
    *,
    trusts_absence: timedelta | None,
    asked_at: datetime,
    now: datetime,
    speed: float = 1.0,
) -> None:
    """Write down what a look-up said: live, not there (if that may be believed), or still unknown.

    An absence is as old as its question, however long the answer took.
    """
    if isinstance(answer, Found) and answer.receipt:
        confirm(
            session, {looked.id: answer.receipt}, at=looked.called_at, now=now, actor="worker",
            attempts=[looked.attempt], speed=speed,
        )  # fmt: skip
    elif (
        isinstance(answer, Found)
        and trusts_absence is not None
        and asked_at >= looked.called_at + trusts_absence
    ):
        _bring_back(
            session, looked.id, late=now >= looked.late_at, now=now, actor="worker", attempts=[looked.attempt]
        )
    else:
        if isinstance(answer, ConnectorError):
            note_trouble(session, looked.account_id, looked.platform, answer, now=now)
        _look_later(session, looked, trusts_absence, now)


def _look_later(session: Session, looked: Looked, trusts_absence: timedelta | None, now: datetime) -> None:
    wait = LOOK_WAITS[min(looked.looks, len(LOOK_WAITS)) - 1]
    next_at = now + wait
    if trusts_absence is not None and now < looked.called_at + trusts_absence:
        next_at = min(next_at, looked.called_at + trusts_absence)
    session.execute(
        update(Delivery)
        .where(Delivery.id == looked.id, Delivery.state == State.unsure, Delivery.attempt == looked.attempt)
        .values(next_look_at=next_at, needs_person=looked.looks >= len(LOOK_WAITS))
        .execution_options(synchronize_session=False)
    )


def _bring_back(
    session: Session,
    delivery_id: int,
    *,
    late: bool,
    now: datetime,
    actor: str,
    attempts: list[int] | None = None,
) -> bool:
    """Plan an unsure delivery that is not live anew, or miss it when its time has passed (D8)."""
    changes: dict[str, object] = {"next_look_at": None, "needs_person": False, "noted_at": None}
    if late:
        return bool(
            make(
                session, "miss", [delivery_id], now=now, actor=actor, attempts=attempts,
                reason="delivery.absent_too_late", changes=changes,
            )
        )  # fmt: skip
    changes["next_try_at"] = now
    return bool(
        make(
            session, "retry", [delivery_id], now=now, actor=actor, attempts=attempts,
            reason="delivery.found_absent", where=[Delivery.state == State.unsure], changes=changes,
        )
    )  # fmt: skip


def answer_unsure(
    session: Session,
    delivery: Delivery,
    *,
    live: bool,
    address: str | None,
    now: datetime,
    actor: str,
    speed: float = 1.0,
) -> bool:
    """Settle an unsure delivery by a person's word; return whether it was still unsure."""
    if live:
        at = delivery.called_at or delivery.due_at or now
        receipt = Receipt(remote_id="", address=address or "")
        confirmed = confirm(
            session, {delivery.id: receipt}, at=at, now=now, actor=actor, speed=speed, stated=True
        )
        return bool(confirmed)
    late = delivery.late_at is not None and now >= delivery.late_at
    return _bring_back(session, delivery.id, late=late, now=now, actor=actor)


def doubt_everything_since(session: Session, *, now: datetime) -> int:
    """Turn all that may have gone since a restored backup was made into unsure, to be looked up; return how many.

    What was never approved in the restored state has no snapshot to look for; its gate is closed anyway.
    """
    due = select(Delivery.id).where(
        Delivery.state.in_(MOVES["doubt"].sources),
        Delivery.due_at <= now,
        Delivery.snapshot_hash.is_not(None),
    )
    ids = list(session.scalars(due))
    moved = make(
        session, "doubt", ids, now=now, actor="clock", reason="delivery.behind_the_mark",
        changes={"next_look_at": now, "looks": 0, "needs_person": False},
    )  # fmt: skip
    return len(moved)
