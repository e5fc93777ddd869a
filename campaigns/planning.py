"""What is wanted against what there is: which deliveries to create, to change, to cancel and to take up again.

`plan` compares two lists of plain values and touches nothing. Whoever calls it decides what is wanted: which messages
go out on which accounts, and when.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from campaigns.states import State


class Identity(NamedTuple):
    """What makes a delivery the same delivery across plans (D7)."""

    message_id: int
    account_id: int
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class WantedDelivery:
    """A delivery as the documents and the answers would have it.

    `due_at` is `None` while it waits to be released; once a person has started it, its time is part of what is wanted.
    """

    message_id: int
    account_id: int
    kind: str
    position: int
    due_at: datetime | None
    late_at: datetime | None

    @property
    def identity(self) -> Identity:
        """What it is compared by."""
        return Identity(self.message_id, self.account_id, self.kind, self.position)


@dataclass(frozen=True, slots=True)
class ExistingDelivery:
    """A delivery that is there."""

    id: int
    message_id: int
    account_id: int
    kind: str
    position: int
    due_at: datetime | None
    late_at: datetime | None
    state: State
    by_person: bool = False
    """A person cancelled this very delivery, or gave it a time of its own; planning leaves it alone."""

    @property
    def identity(self) -> Identity:
        """What it is compared by."""
        return Identity(self.message_id, self.account_id, self.kind, self.position)


@dataclass(frozen=True, slots=True)
class Move:
    """New times for a delivery that is there."""

    id: int
    due_at: datetime | None
    late_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be done so that what is wanted is what there is; empty when nothing has."""

    create: tuple[WantedDelivery, ...] = ()
    change: tuple[Move, ...] = ()
    """Planned deliveries whose times are others now."""
    cancel: tuple[int, ...] = ()
    """Ids of planned deliveries that nobody wants any more."""
    revive: tuple[Move, ...] = ()
    """Deliveries that an earlier plan cancelled and that are wanted again; an identity has one row for ever."""

    def __bool__(self) -> bool:
        return bool(self.create or self.change or self.cancel or self.revive)


def plan(wanted: Iterable[WantedDelivery], existing: Iterable[ExistingDelivery]) -> Plan:
    """Return the steps from `existing` to `wanted`; carried out, a second plan is empty.

    Only planned deliveries are changed or cancelled: what is queued or later stays as it is, and what is missed,
    failed or removed is never sent again by a plan. A cancelled one comes back only if no person cancelled it. What
    a person gave a time of its own keeps it, and is cancelled when it is no longer wanted.

    Raises: ValueError when an identity stands twice in either list.
    """
    wanted, existing = list(wanted), list(existing)
    by_identity = {there.identity: there for there in existing}
    wishes = {wish.identity: wish for wish in wanted}
    if len(by_identity) < len(existing) or len(wishes) < len(wanted):
        raise ValueError("a delivery stands twice in a plan")
    pairs = [
        (by_identity[identity], wish) for identity, wish in sorted(wishes.items()) if identity in by_identity
    ]
    return Plan(
        create=tuple(wish for identity, wish in sorted(wishes.items()) if identity not in by_identity),
        change=tuple(
            _moved(there, wish)
            for there, wish in pairs
            if there.state is State.planned and _differs(there, wish)
        ),
        cancel=tuple(
            sorted(
                there.id
                for identity, there in by_identity.items()
                if identity not in wishes and there.state is State.planned
            )
        ),
        revive=tuple(
            _moved(there, wish)
            for there, wish in pairs
            if there.state is State.cancelled and not there.by_person
        ),
    )


def _differs(there: ExistingDelivery, wish: WantedDelivery) -> bool:
    return not there.by_person and (there.due_at, there.late_at) != (wish.due_at, wish.late_at)


def _moved(there: ExistingDelivery, wish: WantedDelivery) -> Move:
    return Move(there.id, wish.due_at, wish.late_at)
