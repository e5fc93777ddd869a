"""A delivery's life, written down: the only module that changes a delivery's state.

Each function is one short step inside the caller's transaction; none of them talks to a platform. What a worker does
between release and the end of an attempt stands in `attempts`, what follows when it does not end in `recovery`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Tuple,
    and_,
    bindparam,
    func,
    insert,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from campaigns import gates, sampling
from campaigns.states import MOVES, State
from campaigns.store import Delivery, History, Instance
from connectors.base import Receipt


@dataclass(frozen=True, slots=True)
class Nudge:
    """A delivery to look at, and the queue it belongs to."""

    id: int
    platform: str


_WRITE_HISTORY = insert(History)


@cache
def _moving(move: str, columns: tuple[str, ...], is_fenced: bool) -> ReturningUpdate[int, int, int]:
    """Return the guarded UPDATE of a move; kept, since building it costs more than carrying it out."""
    rule = MOVES[move]
    which: BindParameter[Any] = bindparam("ids", expanding=True)
    return (
        update(Delivery)
        .where(fence().in_(which) if is_fenced else Delivery.id.in_(which), Delivery.state.in_(rule.sources))
        .values({"state": rule.target, **_new(columns)})
        .returning(Delivery.id, Delivery.organisation_id, Delivery.attempt)
        .execution_options(synchronize_session=False)
    )


def _new(columns: Sequence[str]) -> dict[str, BindParameter[Any]]:
    return {name: bindparam(f"new_{name}", type_=getattr(Delivery, name).type) for name in columns}


def write_each(session: Session, rows: Mapping[int, Mapping[str, object]]) -> None:
    """Write the same columns of several deliveries, each its own values; the caller has them locked. Never the state."""
    if rows:
        session.execute(update(Delivery), [{"id": one, **new} for one, new in rows.items()])


def fence() -> Tuple:
    """Return a delivery with its attempt: who names both moves nobody else's attempt."""
    return tuple_(Delivery.id, Delivery.attempt)


def make(
    session: Session,
    move: str,
    ids: Sequence[int],
    *,
    now: datetime,
    actor: str,
    attempts: Sequence[int] | None = None,
    reason: str | None = None,
    values: Mapping[str, object] | None = None,
    where: Sequence[ColumnElement[bool]] = (),
    changes: Mapping[str, Any] | None = None,
    each: Mapping[int, Mapping[str, Any]] | None = None,
) -> list[int]:
    """Make `move` for each delivery that is where the move may begin, and return those that moved.

    One guarded UPDATE and, in the same transaction, a history row for each. `changes` are written to all of them,
    `each` has what is written to one alone. A delivery missing from the answer was moved by somebody else first, or
    its attempt (the fence: one for each id) or `where` no longer held; that is no error.

    Raises: KeyError for a move outside the table.
    """
    if not ids:
        return []
    _lock(session, ids)
    computed = {name: value for name, value in (changes or {}).items() if isinstance(value, ColumnElement)}
    plain = {name: value for name, value in (changes or {}).items() if name not in computed}
    plain |= {"reason": reason, "reason_values": dict(values) if values else None}
    statement = _moving(move, tuple(plain), attempts is not None)
    if where or computed:  # a statement that is added to is a new one
        statement = statement.where(*where).values(computed)
    given = {f"new_{name}": value for name, value in plain.items()}
    given["ids"] = ids if attempts is None else list(zip(ids, attempts, strict=True))
    moved = session.execute(statement, given).all()
    if not moved:
        return []
    if each is not None:
        write_each(session, {row[0]: each[row[0]] for row in moved})
    session.execute(
        _WRITE_HISTORY,
        [
            {
                "delivery_id": row[0],
                "organisation_id": row[1],
                "attempt": row[2],
                "at": now,
                "move": move,
                "target": MOVES[move].target,
                "actor": actor,
                "reason": reason,
                "reason_values": dict(values) if values else None,
            }
            for row in moved
        ],
    )
    return [row[0] for row in moved]


def _lock(session: Session, ids: Sequence[int]) -> None:
    """Lock several rows in the order of their ids, so that no two who move some of the same wait in a circle."""
    if len(ids) > 1:
        session.execute(
            select(Delivery.id)
            .where(Delivery.id.in_(ids))
            .order_by(Delivery.id)
            .with_for_update(key_share=True)
        )


def may_go(now: gates.Moment) -> ColumnElement[bool]:
    """Return "every gate is open and it is not too late": the same for release, claim and note."""
    return and_(gates.all_open(now), func.coalesce(Delivery.late_at > now.now, literal(False)))


_DUE = (
    select(Delivery.id)
    .where(Delivery.state == State.planned, Delivery.next_try_at <= gates.LATER.now, may_go(gates.LATER))
    .order_by(Delivery.next_try_at)
    .limit(bindparam("most"))
)
_TAKE_DUE = _DUE.with_for_update(skip_locked=True, key_share=True, of=Delivery)


def release(session: Session, *, now: datetime, limit: int = 1000) -> tuple[list[Nudge], int | None]:
    """Queue what is due and free to go; return what to nudge, and the instance's new generation if anything moved.

    The caller commits, writes the generation to the mark, and only then nudges (D12).
    """
    ids = list(session.scalars(_TAKE_DUE, {"most": limit, **gates.values_at(now)}))
    moved = make(session, "release", ids, now=now, actor="clock", changes={"nudged_at": now})
    if not moved:
        return [], None
    generation = session.scalar(
        update(Instance).values(generation=Instance.generation + 1).returning(Instance.generation)
    )
    return nudges(session, moved), generation


def anything_due(session: Session, *, now: datetime) -> bool:
    """Return whether a release would find anything, without taking a lock."""
    return session.scalar(_DUE, {"most": 1, **gates.values_at(now)}) is not None


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


def confirm(
    session: Session,
    receipts: Mapping[int, Receipt],
    *,
    at: datetime,
    actor: str,
    attempts: Sequence[int] | None = None,
    speed: float = 1.0,
    stated: bool = False,
    move: str = "confirm",
    now: datetime | None = None,
) -> list[int]:
    """Write down that these posts are live since `at`, and when to count their engagement first.

    Return those that were still to be confirmed; `attempts` is the fence, one for each receipt. `move` is `attest` for
    what a person put out by hand.
    """
    changes = {
        "stated": stated,
        "published_at": at,
        "lease_until": None,
        "next_look_at": None,
        "needs_person": False,
        "samples_taken": 0,
    }
    first_count = sampling.next_sample_at(at, 0, speed)
    each = {
        delivery_id: {
            "remote_id": receipt.remote_id or None,
            "address": receipt.address or None,
            "next_sample_at": first_count if receipt.remote_id else None,
        }
        for delivery_id, receipt in receipts.items()
    }
    return make(
        session,
        move,
        list(receipts),
        now=now or at,
        actor=actor,
        attempts=attempts,
        changes=changes,
        each=each,
    )
