"""Deliveries that a person carries out: what she is given, and how she says that it is out (D32).

When its time has come such a delivery waits behind a gate of its own, for a day; it is approved like any other, and
what she is given is the snapshot that was approved, never a draft. Her word is marked as hers: form and host of the
address are checked, and nobody is asked whether anything is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit, gates
from campaigns.access import must
from campaigns.addresses import place_address
from campaigns.deliveries import confirm
from campaigns.organisations import NotFound
from campaigns.snapshots import ApprovedSnapshot
from campaigns.states import MOVES, State
from campaigns.store import Account, Delivery, Organisation, Participation, Snapshot
from connectors import HAND
from connectors.base import Receipt
from connectors.post import Post

GATE = "gate.by_hand"
AHEAD = timedelta(days=7)
"""How far ahead of its time a delivery is handed out; a person may want to put it into the place's own timetable."""


class NotByHand(ValueError):
    """What a person says cannot be taken: a code of the catalogue and its values say why, and what to do."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


@dataclass(frozen=True, slots=True)
class Task:
    """A delivery as it is handed to a person."""

    id: int
    campaign_id: int
    message: str
    place: str
    """Where it is to be put out, as people there call it."""
    address: str
    """Address of the place, empty where that is the person's to know."""
    due_at: datetime | None
    late_at: datetime | None
    post: Post | None
    """What was approved; `None` while something but the person's hand is awaited."""
    awaits: tuple[str, ...] = ()
    """Codes of the gates that are closed besides the person's own."""


def stopgap(session: Session, place: Organisation, *, now: datetime) -> Account:
    """Return the account for a municipality that has none: its posts are handed to it, and it puts them out where it can."""
    there = select(Account).where(
        Account.organisation_id == place.id, Account.platform == HAND.name, Account.base == ""
    )
    account = session.scalar(there)
    if account is None:
        account = Account(
            organisation_id=place.id, platform=HAND.name, base="", remote_id=place.number, handle=place.name,
            title=place.name, address="", connected_at=now,
        )  # fmt: skip
        session.add(account)
        session.flush()
    return account


def is_stopgap(account: Account) -> bool:
    """Return whether an account stands in for accounts that a municipality does not have."""
    return account.platform == HAND.name and not account.base


def put_out(session: Session, participation: Participation) -> set[int]:
    """Return the messages that the municipality has put out by hand for want of an account: they go on none any more."""
    rows = select(Delivery.message_id).where(
        Delivery.participation_id == participation.id,
        Delivery.platform == HAND.name,
        Delivery.state.in_([State.published, State.removed]),
        Delivery.account.has(Account.base == ""),
    )
    return set(session.scalars(rows))


def tasks(session: Session, *, now: datetime) -> list[Task]:
    """Return what the organisation's people put out by hand within the next week, and what they still may, soonest first.

    Raises: Forbidden.
    """
    must(session, "delivery.answer", "own")
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.platform == HAND.name,
            Delivery.state == State.planned,
            Delivery.due_at <= now + AHEAD,
        )
        .order_by(Delivery.due_at, Delivery.id)
    ).all()
    closed = gates.closed_gates(session, [one.id for one in rows], now)
    return [_task(session, one, closed.get(one.id, ())) for one in rows]


def task(session: Session, delivery_id: int, *, now: datetime) -> Task:
    """Return one delivery as it is handed to a person, whenever it is due.

    Raises: Forbidden; NotFound.
    """
    must(session, "delivery.answer", "own")
    found = _delivery(session, delivery_id)
    return _task(session, found, gates.closed_gates(session, [found.id], now).get(found.id, ()))


def _task(session: Session, delivery: Delivery, closed: Sequence[str]) -> Task:
    awaits = tuple(one for one in closed if one not in (GATE, "gate.quiet_hours"))
    account = delivery.account
    post = None
    if not awaits and delivery.snapshot_hash:
        body = session.scalars(
            select(Snapshot.body).where(
                Snapshot.hash == delivery.snapshot_hash, Snapshot.organisation_id == delivery.organisation_id
            )
        ).one()
        post = ApprovedSnapshot(body, delivery.snapshot_hash).post
    return Task(
        delivery.id, delivery.campaign_id, delivery.message.key, account.handle, account.address,
        delivery.due_at, delivery.late_at, post, awaits,
    )  # fmt: skip


def mark_published(session: Session, delivery_id: int, address: str, *, now: datetime) -> None:
    """Take a person's word that she has put a delivery out, and where it is to be seen.

    Also within a hold, and after it was missed: what is out is out. What was never approved was never handed out.

    Raises: Forbidden; NotFound; NotByHand for an address that is none, or not the place's, or another post's, and for a
    delivery that was not approved or is settled already.
    """
    actor = must(session, "delivery.answer", "own")
    delivery = _delivery(session, delivery_id)
    account, address = delivery.account, address.strip()
    if not place_address(address, account.base):
        raise NotByHand("hand.bad_address", place=account.handle)
    other = select(Delivery.id).where(Delivery.address == address, Delivery.id != delivery.id).limit(1)
    if session.scalar(other) is not None:
        raise NotByHand("hand.address_given", place=account.handle)
    if delivery.state not in MOVES["attest"].sources:
        raise NotByHand("hand.settled", id=delivery.id)
    if "gate.not_approved" in gates.closed_gates(session, [delivery.id], now).get(delivery.id, ()):
        raise NotByHand("hand.not_approved", id=delivery.id)
    receipts = {delivery.id: Receipt("", address)}
    if not confirm(session, receipts, at=now, actor=actor.label, stated=True, move="attest"):
        raise NotByHand("hand.settled", id=delivery.id)
    audit.record(session, actor, "delivery.attest", str(delivery.id), {"address": address}, now=now)


def due_now(session: Session, *, now: datetime) -> list[tuple[str, int]]:
    """Return for each message how many of its deliveries wait for a hand now, as far as nothing else keeps them."""
    rows = session.execute(
        select(Delivery.id, Delivery.message_id).where(
            Delivery.platform == HAND.name, Delivery.state == State.planned, Delivery.due_at <= now
        )
    ).all()
    closed = gates.closed_gates(session, [row[0] for row in rows], now)
    ready = [row[0] for row in rows if not set(closed.get(row[0], ())) - {GATE, "gate.quiet_hours"}]
    found: dict[str, int] = {}
    for delivery in session.scalars(select(Delivery).where(Delivery.id.in_(ready)).order_by(Delivery.id)):
        found[delivery.message.key] = found.get(delivery.message.key, 0) + 1
    return list(found.items())


def _delivery(session: Session, delivery_id: int) -> Delivery:
    found = session.scalar(select(Delivery).where(Delivery.id == delivery_id, Delivery.platform == HAND.name))
    if found is None:
        raise NotFound("delivery.unknown", id=delivery_id)
    return found
