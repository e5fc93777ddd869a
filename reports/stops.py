"""Emergency stops as people see them: what is stopped, by whom, what it kept back, and what slipped out. Renders nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import holds, timing
from campaigns.access import may
from campaigns.gates import held
from campaigns.organisations import NotFound
from campaigns.states import State
from campaigns.store import Account, AccountState, Actor, Delivery, Hold, Organisation, Person, views


@dataclass(frozen=True, slots=True)
class Stop:
    """An emergency stop in force."""

    id: int
    level: str
    since: datetime
    target: str | None
    """The organisation or account it stops; `None` for everything."""
    set_by: str | None
    """The organisation that set it; `None` is the instance or its operator."""
    reason: str
    """A code of the catalogue, a person's own words, or nothing."""
    own: bool
    """Set by the organisation that looks: it alone can lift it (D11)."""


@dataclass(frozen=True, slots=True)
class Slipped:
    """A post that went out, or may have, just before a stop or while it took hold."""

    delivery_id: int
    place: str
    platform: str
    at: datetime
    address: str | None
    after: bool
    """Its call began before the stop and ended after it."""
    sure: bool


@dataclass(frozen=True, slots=True)
class StopReport:
    """One stop with what it came to."""

    stop: Stop
    lifted_at: datetime | None
    by: str | None
    """The person's name, for her own organisation alone."""
    today: int
    """Deliveries it keeps back that were to go today."""
    later: int
    next_at: datetime | None
    slipped: tuple[Slipped, ...]


def in_force(session: Session) -> tuple[Stop, ...]:
    """Return the stops in force that concern the actor, the widest first; one question where there is none."""
    return _named(session, holds.open_holds(session))


def kept_back(session: Session, *, now: datetime) -> tuple[int, int]:
    """Return how many deliveries that have not gone a stop of all the actor may stop would keep back: today, and later."""
    today, later, _ = _counts(session, [], now)
    return today, later


def stop_report(session: Session, hold_id: int, *, now: datetime) -> StopReport:
    """Return one stop that concerns the actor, lifted or not.

    Raises: NotFound, also for a stop elsewhere.
    """
    hold = session.get(Hold, hold_id)
    concerned = hold is not None and (
        hold.organisation_id == _actor(session).organisation_id
        or any(one.id == hold_id for one in holds.open_holds(session))
    )
    if hold is None or not concerned:
        raise NotFound("hold.unknown", id=hold_id)
    (stop,) = _named(session, [hold])
    today, later, next_at = _counts(session, [hold], now)
    by = session.scalar(select(Person.name).where(Person.id == hold.set_by)) if stop.own else None
    return StopReport(stop, hold.lifted_at, by, today, later, next_at, _slipped(session, hold))


@dataclass(frozen=True, slots=True)
class Choices:
    """What an actor may stop besides everything of her own: municipalities of a county, accounts of a municipality."""

    places: tuple[tuple[str, str], ...]
    """Numbers and names."""
    accounts: tuple[tuple[int, str, str], ...]
    """Ids, platforms and handles."""


def choices(session: Session) -> Choices:
    """Return what the actor may stop more narrowly."""
    actor = _actor(session)
    places = (
        select(Organisation.number, Organisation.name)
        .where(Organisation.parent_id == actor.organisation_id)
        .order_by(Organisation.name)
    )
    accounts = (
        select(Account.id, Account.platform, Account.handle)
        .where(Account.state != AccountState.disconnected, Account.base != "")
        .order_by(Account.platform, Account.handle)
    )
    return Choices(
        tuple((row[0], row[1]) for row in session.execute(places))
        if may(actor, "hold.set", "parent")
        else (),
        tuple((row[0], row[1], row[2]) for row in session.execute(accounts))
        if may(actor, "hold.set", "own")
        else (),
    )


def own_hold(session: Session, hold_id: int) -> Hold:
    """Return a stop that the actor's organisation set and that is in force.

    Raises: NotFound, also for one that reaches it but was set elsewhere.
    """
    hold = session.get(Hold, hold_id)
    if hold is None or hold.organisation_id != _actor(session).organisation_id or hold.lifted_at is not None:
        raise NotFound("hold.unknown", id=hold_id)
    return hold


def _actor(session: Session) -> Actor:
    actor = session.info["actor"]
    assert isinstance(actor, Actor)  # noqa: S101  # pages are opened by people
    return actor


def _named(session: Session, found: Sequence[Hold]) -> tuple[Stop, ...]:
    if not found:
        return ()
    ids = {one.organisation_id for one in found} | {one.target_id for one in found}
    names = {
        row[0]: row[1]
        for row in session.execute(
            select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids - {None}))
        )
    }
    accounts = {one.account_id for one in found} - {None}
    handles = {
        row[0]: row[1]
        for row in session.execute(select(Account.id, Account.handle).where(Account.id.in_(accounts)))
    } if accounts else {}  # fmt: skip
    order = ("everything", "county", "municipality", "account")
    own = _actor(session).organisation_id
    told = [
        Stop(
            one.id, one.level.value, one.set_at,
            names.get(one.target_id or 0) or handles.get(one.account_id or 0),
            names.get(one.organisation_id or 0), one.reason, one.organisation_id == own,
        )
        for one in found
    ]  # fmt: skip
    return tuple(sorted(told, key=lambda one: order.index(one.level)))


def _counts(session: Session, found: Sequence[Hold], now: datetime) -> tuple[int, int, datetime | None]:
    day = timing.local(now, "Europe/Oslo").date()
    tomorrow = timing.instant(day + timedelta(days=1), time(), "Europe/Oslo")
    waiting = select(
        func.count(Delivery.id).filter(Delivery.due_at < tomorrow),
        func.count(Delivery.id).filter(Delivery.due_at >= tomorrow),
        func.min(Delivery.due_at).filter(Delivery.due_at >= tomorrow),
    ).where(Delivery.state.in_([State.planned, State.queued]))
    if found:
        waiting = waiting.join(Hold, held()).where(Hold.id.in_([one.id for one in found]))
    row = session.execute(views.own_or_owned(session, waiting)).one()
    return row[0], row[1], row[2]


def _slipped(session: Session, hold: Hold) -> tuple[Slipped, ...]:
    rows = holds.slipped_out(session, hold)
    names = {
        row[0]: row[1]
        for row in session.execute(
            select(Organisation.id, Organisation.name).where(
                Organisation.id.in_({one.organisation_id for one in rows})
            )
        )
    }
    return tuple(
        Slipped(
            one.id, names[one.organisation_id], one.platform, one.published_at or one.called_at or hold.set_at,
            one.address, bool(one.published_at and one.published_at > hold.set_at),
            one.state == State.published,
        )
        for one in rows
    )  # fmt: skip
