"""Rehearsals of the emergency stop: a row like a stop's, read by the gates' own predicate, that holds nothing (D10).

A rehearsal writes what a real stop writes and waits until it is in force; then, for each municipality, in a transaction
of its own as a worker has it, it asks the very predicate that stands in release, claim and note whether it reaches what
waits there. A running clock notes when it has read the row. What that proves, and what not, is in docs/reliability.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import Forbidden
from campaigns.gates import held
from campaigns.holds import widest
from campaigns.organisations import NotFound
from campaigns.states import State
from campaigns.store import (
    Actor,
    Delivery,
    HoldLevel,
    Organisation,
    OrganisationKind,
    Person,
    StopDrill,
    Store,
    views,
)

WANTED = 1.0
"""Seconds within which a stop is to be in force (D10)."""
SEEN_WITHIN = timedelta(minutes=10)
"""So long a clock may take to notice a rehearsal; one that was down longer says nothing about it."""
KEPT = 20
"""Rehearsals shown, the newest."""

Seconds = Callable[[], float]
"""A clock that only goes forward."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a rehearsal came to in one municipality."""

    number: str
    name: str
    seconds: float
    """From the tap until the predicate had reached everything that waits there."""
    waiting: int
    """Deliveries that have not gone, as far as the one who rehearses may see them."""
    reached: int
    under_way: int
    """Calls that had begun: a stop does not take them back."""

    @property
    def silent(self) -> bool:
        """Return whether the stop would have reached everything, and soon enough."""
        return self.reached == self.waiting and self.seconds <= WANTED


@dataclass(frozen=True, slots=True)
class Drill:
    """One rehearsal as it is kept."""

    id: int
    level: str
    at: datetime
    by: str | None
    written: float | None
    clock: float | None
    """Seconds until a clock had read it; `None` while none has."""
    places: tuple[Found, ...]

    @property
    def seconds(self) -> float:
        """Return how long it took to the last municipality."""
        return max((one.seconds for one in self.places), default=self.written or 0.0)

    @property
    def silent(self) -> bool:
        """Return whether all of them would have been silent."""
        return bool(self.places) and all(one.silent for one in self.places)


def level(actor: Actor) -> HoldLevel | None:
    """Return the level of the stop that an actor may rehearse: all of her organisation, or `None`."""
    reach = widest(actor, "drill.run")
    return None if reach == HoldLevel.account else reach


def rehearse(store: Store, actor: Actor, *, now: datetime, seconds: Seconds) -> int:
    """Rehearse a stop of everything the actor's organisation may stop, and return the rehearsal's number.

    Raises: Forbidden.
    """
    began = seconds()
    with store.scope(actor) as session:
        drill_id = begin(session, now=now)
    written = seconds() - began
    with store.scope(actor, write=False) as session:
        places = _places(session)
    found: list[dict[str, object]] = []
    for place in places:
        with store.scope(actor, write=False) as session:
            waiting, reached, under_way = _ask(session, drill_id, place.id)
        found.append(
            {
                "number": place.number, "name": place.name, "seconds": round(seconds() - began, 3),
                "waiting": waiting, "reached": reached, "under_way": under_way,
            }
        )  # fmt: skip
    with store.scope(actor) as session:
        drill = session.get_one(StopDrill, drill_id)
        drill.written, drill.places = round(written, 3), found
    return drill_id


def begin(session: Session, *, now: datetime) -> int:
    """Write the row that a stop would write, and return its number.

    Raises: Forbidden.
    """
    actor = session.info["actor"]
    reach = level(actor)
    if reach is None:
        raise Forbidden("drill.run")
    place = session.get_one(Organisation, actor.organisation_id)
    drill = StopDrill(
        organisation_id=place.id, target_id=place.id, set_at=now, set_by=actor.person_id, level=reach
    )
    session.add(drill)
    session.flush()
    audit.record(
        session, actor, "drill.run", place.number, {}, now=now
    )  # as a stop does: it is part of the time
    return drill.id


def _places(session: Session) -> Sequence[Organisation]:
    own = session.get_one(Organisation, session.info["actor"].organisation_id)
    if own.kind != OrganisationKind.county:
        return [own]
    children = select(Organisation).where(Organisation.parent_id == own.id)
    return session.scalars(children.order_by(Organisation.number)).all()


def _ask(session: Session, drill_id: int, place_id: int) -> tuple[int, int, int]:
    """Return how many deliveries wait in a municipality, how many the stop would reach, and how many calls have begun."""
    begun = and_(Delivery.state == State.publishing, Delivery.noted_at.is_not(None))
    query = (
        select(
            func.count(Delivery.id).filter(~begun),
            func.count(Delivery.id).filter(~begun, held(StopDrill)),
            func.count(Delivery.id).filter(begun),
        )
        .join(StopDrill, StopDrill.id == drill_id)
        .where(
            Delivery.organisation_id == place_id,
            Delivery.state.in_([State.planned, State.queued, State.publishing]),
        )
    )
    row = session.execute(views.own_or_owned(session, query)).one()
    return row[0], row[1], row[2]


def anything_unseen(session: Session, *, now: datetime) -> bool:
    """Return whether there is a rehearsal that no clock has noted."""
    return session.scalar(select(StopDrill.id).where(*_unseen(now)).limit(1)) is not None


def note_seen(session: Session, *, now: datetime) -> None:
    """Note that a clock has read every rehearsal there is. For the clock."""
    session.execute(
        update(StopDrill)
        .where(*_unseen(now))
        .values(clock_saw_at=now)
        .execution_options(synchronize_session=False)
    )


def _unseen(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return StopDrill.clock_saw_at.is_(None), StopDrill.set_at >= now - SEEN_WITHIN


def own(session: Session) -> list[Drill]:
    """Return the organisation's rehearsals, the newest first."""
    return _kept(session, limit=KEPT)


def newest(session: Session) -> Drill | None:
    """Return the organisation's last rehearsal, or `None` before the first."""
    return next(iter(_kept(session, limit=1)), None)


def drill(session: Session, drill_id: int) -> Drill:
    """Return one of the organisation's rehearsals.

    Raises: NotFound.
    """
    for one in _kept(session, StopDrill.id == drill_id, limit=1):
        return one
    raise NotFound("drill.unknown", id=drill_id)


def _kept(session: Session, *conditions: ColumnElement[bool], limit: int) -> list[Drill]:
    rows = session.execute(
        select(StopDrill, Person.name)
        .outerjoin(Person, Person.id == StopDrill.set_by)
        .where(*conditions)
        .order_by(StopDrill.id.desc())
        .limit(limit)
    )
    return [_told(row[0], row[1]) for row in rows]


def _told(row: StopDrill, by: str | None) -> Drill:
    clock = None if row.clock_saw_at is None else max(0.0, (row.clock_saw_at - row.set_at).total_seconds())
    places = tuple(Found(**one) for one in row.places or ())  # type: ignore[arg-type]  # written by rehearse from the same names
    return Drill(row.id, row.level.value, row.set_at, by, row.written, clock, places)
