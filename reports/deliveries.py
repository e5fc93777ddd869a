"""Deliveries as people look at them: lists by what is the matter with them, and one with its whole history.

A municipality sees its own, the owner of a campaign those of its campaigns: where they stand, never a text that nobody
approved (threat A13). Lists are counted in the store and read a page at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session

from campaigns import gates, rescheduling, timing
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Actor,
    Approval,
    Attempt,
    Campaign,
    Delivery,
    History,
    Hold,
    Message,
    Organisation,
    Person,
    Snapshot,
    views,
)
from connectors.post import Post

Columns = TypeVarTuple("Columns")
AT_ONCE = 50
"""Rows on one page of a list."""
KINDS = ("unsure", "stranded", "held", "login_lost", "unapproved", "waiting", "live", "removed", "cancelled")
"""What a list may be about, the most pressing first; `stranded` is what was missed or has failed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery in a list."""

    id: int
    place: str
    campaign: str
    campaign_title: Mapping[str, str]
    message: str
    title: Mapping[str, str]
    platform: str
    account: str
    state: str
    due_at: datetime | None
    address: str | None
    reason: str | None
    reason_values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    kind: str
    counts: Mapping[str, int]
    campaigns: tuple[tuple[str, Mapping[str, str]], ...]
    """What the list may be narrowed to: keys and titles."""
    rows: tuple[Row, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a delivery, and who made it."""

    at: datetime
    move: str
    target: str
    who: str | None
    """A person's name; `None` is the clock or a worker, or a person of another organisation."""
    reason: str | None
    reason_values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to publish."""

    number: int
    at: datetime
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One delivery with everything that became of it."""

    row: Row
    acts: tuple[str, ...]
    """What may be chosen: `publish`, `move` or `drop` what did not go, was taken back or is still planned."""
    own: bool
    """It belongs to the organisation that looks, which alone may act on it."""
    needs_person: bool
    stated: bool
    kind: str
    post: Post | None
    """What was approved, where anything was."""
    approved_by: tuple[tuple[str, datetime], ...]
    account_address: str
    gates: tuple[str, ...]
    """What keeps it back."""
    late_at: datetime | None
    next_look_at: datetime | None
    looks: int
    published_at: datetime | None
    history: tuple[Step, ...]
    attempts: tuple[Try, ...]

    @property
    def shown(self) -> str:
        """Return its state as people see it: what is planned may be stopped, or wait for an approval."""
        if self.row.state == "planned" and "gate.held" in self.gates:
            return "held"
        waits = self.row.state == "planned" and "gate.not_approved" in self.gates
        return "unapproved" if waits else self.row.state


def listing(session: Session, kind: str, *, campaign: str = "", page: int = 1) -> Listing:
    """Return one page of a list of deliveries; a bounded number of questions.

    Raises: Forbidden.
    """
    counted = counts(session, campaign)
    total = counted.get(kind, 0)
    pages = max(1, -(-total // AT_ONCE))
    page = min(max(1, page), pages)
    query = (
        joined(
            select(
                Delivery,
                Organisation.name,
                Campaign.key,
                Campaign.title,
                Message.key,
                Message.title,
                Account.handle,
            )
        )
        .where(is_kind(kind), of_campaign(campaign))
        .order_by(Delivery.due_at, Delivery.id)
        .limit(AT_ONCE)
        .offset((page - 1) * AT_ONCE)
    )
    rows = [_row(*one) for one in session.execute(views.own_or_owned(session, query))]
    if kind in ("held", "unapproved"):
        rows = [replace(one, state=kind) for one in rows]
    return Listing(kind, counted, campaigns(session), tuple(rows), page, pages)


def first_kind(session: Session, campaign: str) -> str:
    """Return the kind of list to begin with: what is planned, else the most pressing of which there is anything."""
    counted = counts(session, campaign)
    if counted["waiting"]:
        return "waiting"
    return next((kind for kind in KINDS if counted[kind]), "waiting")


def detail(session: Session, delivery_id: int, *, now: datetime) -> Detail:
    """Return one delivery of one's own, or of a campaign that one's organisation owns.

    Raises: NotFound.
    """
    query = joined(
        select(
            Delivery,
            Organisation.name,
            Campaign.key,
            Campaign.title,
            Message.key,
            Message.title,
            Account.handle,
        ).add_columns(Account.address)
    ).where(Delivery.id == delivery_id)
    found = session.execute(views.own_or_owned(session, query)).one_or_none()
    if found is None:
        raise NotFound("delivery.unknown", id=delivery_id)
    delivery: Delivery = found[0]
    actor = session.info["actor"]
    own = isinstance(actor, Actor) and delivery.organisation_id == actor.organisation_id
    must(session, "delivery.read", "own" if own else "owner")
    post, approved_by = _approved(session, delivery)
    closed = _closed(session, delivery, now) if own else ()
    return Detail(
        row=_row(*found[:7]), acts=_acts(session, delivery, closed, now) if own else (), own=own, needs_person=delivery.needs_person, stated=delivery.stated,
        kind=delivery.kind, post=post, approved_by=approved_by if own else (), account_address=found[7],
        gates=closed,
        late_at=delivery.late_at, next_look_at=delivery.next_look_at, looks=delivery.looks,
        published_at=delivery.published_at, history=_history(session, delivery, own=own),
        attempts=_attempts(session, delivery),
    )  # fmt: skip


def own_undecided(session: Session, delivery_id: int) -> tuple[str, bool] | None:
    """Return the message, as `campaign/message`, of one's own delivery about which one may decide, and whether it is planned.

    `None` for one that is under way, live or gone.

    Raises: NotFound for a delivery that is not one's own (threat A1).
    """
    query = select(Delivery, Campaign.key, Message.key)
    found = session.execute(joined(query).where(Delivery.id == delivery_id)).one_or_none()
    if found is None:
        raise NotFound("delivery.unknown", id=delivery_id)
    planned = found[0].state == State.planned
    return (f"{found[1]}/{found[2]}", planned) if planned or _is_stranded(found[0]) else None


def has_own_time(delivery: Delivery, message: Message) -> bool:
    """Return whether a person gave it its time; what waits to be started has one once it was."""
    started = timing.rule_of(message.send).released and delivery.due_at is not None
    return delivery.by_person or started


def _is_stranded(delivery: Delivery) -> bool:
    """Return whether a person says what becomes of it: also of what a person took back, not of what a plan did."""
    return delivery.state in rescheduling.DID_NOT_GO or (
        delivery.state == State.cancelled and delivery.by_person
    )


def _closed(session: Session, delivery: Delivery, now: datetime) -> tuple[str, ...]:
    """Return what keeps a planned delivery, and what would keep one that did not go whatever its time."""
    if delivery.state == State.planned:
        return tuple(gates.why_not_yet(session, delivery.id, now))
    if not _is_stranded(delivery):
        return ()
    closed = gates.why_not_yet(session, delivery.id, now)
    return tuple(one for one in closed if one not in rescheduling.PASSING)


def _acts(session: Session, delivery: Delivery, closed: Sequence[str], now: datetime) -> tuple[str, ...]:
    planned = delivery.state == State.planned
    if not planned and not _is_stranded(delivery):
        return ()
    message, place = delivery.message, session.get_one(Organisation, delivery.organisation_id)
    found = rescheduling.offered(
        message.send, planned=planned, own_time=has_own_time(delivery, message),
        free=rescheduling.can_go(closed), zone=place.timezone,
        ends_on=session.get_one(Campaign, delivery.campaign_id).ends_on, now=now,
    )  # fmt: skip
    return tuple(one for one in found if one != "drop" or delivery.state != State.cancelled)


def joined(query: Select[*Columns]) -> Select[*Columns]:
    """Return a query on deliveries together with their places, campaigns, messages and accounts."""
    return (
        query.join(Organisation, Organisation.id == Delivery.organisation_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .join(Message, Message.id == Delivery.message_id)
        .join(Account, Account.id == Delivery.account_id)
    )


def _row(
    delivery: Delivery, place: str, campaign: str, campaign_title: Mapping[str, str], message: str,
    title: Mapping[str, str], account: str,
) -> Row:  # fmt: skip
    return Row(
        delivery.id, place, campaign, campaign_title, message, title, delivery.platform, account,
        delivery.state.value, delivery.due_at,
        delivery.address if delivery.state == State.published else None,
        delivery.reason, delivery.reason_values or {},
    )  # fmt: skip


def of_campaign(campaign: str) -> ColumnElement[bool]:
    """Return "a delivery is of the campaign with this key"; of any without one."""
    return Campaign.key == campaign if campaign else Delivery.id.is_not(None)


def is_kind(kind: str) -> ColumnElement[bool]:
    """Return "a delivery is of this kind of list"."""
    unapproved = Delivery.snapshot_hash.is_(None) | Delivery.approval_fell_at.is_not(None)
    waits = Delivery.state.in_([State.planned, State.queued, State.publishing])
    kinds: Mapping[str, ColumnElement[bool]] = {
        "unsure": Delivery.state == State.unsure,
        "stranded": Delivery.state.in_(rescheduling.DID_NOT_GO),
        "missed": Delivery.state == State.missed,
        "failed": Delivery.state == State.failed,
        "held": waits & exists().where(Hold.lifted_at.is_(None), gates.held()),
        "login_lost": waits & (Account.state == AccountState.login_lost),
        "unapproved": and_(Delivery.state == State.planned, unapproved),
        "waiting": and_(waits, or_(Delivery.state != State.planned, ~unapproved)),
        "live": Delivery.state == State.published,
        "removed": Delivery.state == State.removed,
        "cancelled": Delivery.state == State.cancelled,
    }
    return kinds.get(kind, false())


def campaigns(session: Session) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return keys and titles of the campaigns of which the actor sees any delivery, the newest first."""
    seen = views.own_or_owned(session, select(Delivery.campaign_id).distinct())
    ids = session.scalars(seen).all()
    rows = session.execute(
        select(Campaign.key, Campaign.title).where(Campaign.id.in_(ids)).order_by(Campaign.id.desc())
    )
    return tuple((row[0], row[1]) for row in rows)


def counts(session: Session, campaign: str) -> dict[str, int]:
    """Return how many deliveries each kind of list has."""
    columns = [func.count(Delivery.id).filter(is_kind(kind)) for kind in (*KINDS, "missed", "failed")]
    query = joined(select(*columns)).where(of_campaign(campaign))
    row = session.execute(views.own_or_owned(session, query)).one()
    return dict(zip((*KINDS, "missed", "failed"), row, strict=True))


def _approved(session: Session, delivery: Delivery) -> tuple[Post | None, tuple[tuple[str, datetime], ...]]:
    """Return what was approved and by whom; for the owner of a campaign, too: it is no draft any more."""
    if not delivery.snapshot_hash:
        return None, ()
    read = select(Snapshot.body).where(
        Snapshot.hash == delivery.snapshot_hash, Snapshot.organisation_id == delivery.organisation_id
    )
    body = session.scalar(views.of_delivery(session, delivery, read))
    if body is None:
        return None, ()
    try:
        post = ApprovedSnapshot(body, delivery.snapshot_hash).post
    except Tampered:
        return None, ()
    said = (
        select(Person.name, Approval.at)
        .join(Person, Person.id == Approval.person_id)
        .where(Approval.snapshot_hash == delivery.snapshot_hash, Approval.withdrawn_at.is_(None))
        .order_by(Approval.at)
    )
    return post, tuple((row[0], row[1]) for row in session.execute(said))


def _history(session: Session, delivery: Delivery, *, own: bool) -> tuple[Step, ...]:
    query = select(History).where(History.delivery_id == delivery.id).order_by(History.id.desc())
    moves = session.scalars(views.of_delivery(session, delivery, query)).all()
    ids = {int(one.actor.removeprefix("person:")) for one in moves if one.actor.startswith("person:")}
    names: dict[int, str] = {}
    if own and ids:
        rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
        names = {row[0]: row[1] for row in rows}
    return tuple(
        Step(
            one.at, one.move, one.target.value,
            names.get(int(one.actor.removeprefix("person:"))) if one.actor.startswith("person:") else None,
            one.reason, one.reason_values or {},
        )
        for one in moves
    )  # fmt: skip


def _attempts(session: Session, delivery: Delivery) -> tuple[Try, ...]:
    query = select(Attempt).where(Attempt.delivery_id == delivery.id).order_by(Attempt.number.desc())
    rows: Sequence[Attempt] = session.scalars(views.of_delivery(session, delivery, query)).all()
    return tuple(Try(one.number, one.claimed_at, one.outcome) for one in rows)
