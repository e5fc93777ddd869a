"""Devices that may set the emergency stop without a fresh login, and can do nothing else (threat E9).

Made by a person while she is logged in, for one organisation in which she may stop. What the browser keeps is 256
random bits; here is only their digest. Her roles are read at every use: whoever may not stop any more has no device.
It lifts nothing, and it is no session: nothing but `stop` takes its token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaigns import audit, holds, timing
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from campaigns.sessions import LONGEST_DEVICE, Guest
from campaigns.store import (
    Actor,
    Hold,
    HoldLevel,
    Membership,
    Organisation,
    Person,
    StopDevice,
    Store,
)
from campaigns.tickets import digest, new_token
from connectors.secret import Secret

LASTS = timedelta(days=90)
"""So long a device may stop; then it is made anew, by somebody who has logged in."""
HOW = "stop device"
"""How its person got in, as the audit chain has it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever is behind a device, as things stand in this request."""

    device_id: int
    name: str
    language: str | None
    actor: Actor
    ends_at: datetime


def may_keep(actor: Actor) -> bool:
    """Return whether a person may stop all of her organisation, and so may keep a device for it."""
    return holds.widest(actor) in (HoldLevel.county, HoldLevel.municipality)


def make(session: Session, device: str, *, now: datetime, instead_of: str = "") -> Secret:
    """Make this browser a device for the actor's organisation, and return what it keeps; the one it was ends.

    Raises: Forbidden.
    """
    actor: Actor = session.info["actor"]
    if not may_keep(actor):
        raise Forbidden("hold.set")
    session.execute(delete(StopDevice).where(StopDevice.ends_at <= now))
    if instead_of:
        session.execute(delete(StopDevice).where(StopDevice.token_hash == digest(instead_of)))
    token = new_token()
    row = StopDevice(
        organisation_id=actor.organisation_id, token_hash=digest(token.reveal()), person_id=actor.person_id or 0,
        device=device[:LONGEST_DEVICE], made_at=now, ends_at=now + LASTS,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(session, actor, "device.make", row.device, {"days": LASTS.days}, now=now)
    return token


def own(store: Store, guest: Guest, *, now: datetime) -> Sequence[tuple[StopDevice, str]]:
    """Return a person's devices with the names of the organisations that they stop, the newest first."""
    mine = (
        select(StopDevice, Organisation.name)
        .join(Organisation, Organisation.id == StopDevice.organisation_id)
        .where(StopDevice.person_id == guest.person_id, StopDevice.ends_at > now)
        .order_by(StopDevice.id.desc())
    )
    with store.system(write=False) as session:
        return [(row[0], row[1]) for row in session.execute(mine)]


def end(store: Store, guest: Guest, device_id: int, *, now: datetime) -> None:
    """End one of a person's own devices; it stops nothing from now on.

    Raises: NotFound.
    """
    with store.system() as session:
        row = session.scalar(
            select(StopDevice).where(StopDevice.id == device_id, StopDevice.person_id == guest.person_id)
        )
        if row is None:
            raise NotFound("device.unknown", id=device_id)
        place = session.get_one(Organisation, row.organisation_id)
        actor = Actor(guest.person_id, place.id, place.kind.value, frozenset(), guest.how, place.name)
        audit.record(session, actor, "device.end", row.device, {}, now=now)
        session.delete(row)


def recognise(store: Store, token: str, *, now: datetime) -> Holder | None:
    """Return who is behind a device's token, or `None` where nobody is who may still stop."""
    with store.system(write=False) as session:
        row = session.execute(
            select(StopDevice, Person, Organisation)
            .join(Person, Person.id == StopDevice.person_id)
            .join(Organisation, Organisation.id == StopDevice.organisation_id)
            .where(StopDevice.token_hash == digest(token), StopDevice.ends_at > now)
        ).one_or_none()
        if row is None:
            return None
        device, person, place = row
        roles = session.scalars(
            select(Membership.role).where(
                Membership.person_id == person.id,
                Membership.organisation_id == place.id,
                Membership.lasts(now.astimezone(timing.NORWAY).date()),
            )
        )
        actor = Actor(person.id, place.id, place.kind.value, frozenset(roles), HOW, place.name)
    if not may_keep(actor):
        return None
    return Holder(device.id, person.name, person.language, actor, device.ends_at)


def stop(session: Session, device_id: int, *, now: datetime) -> Hold:
    """Stop everything in the organisation of the device's person; in force as soon as it is committed.

    Raises: Forbidden.
    """
    hold = holds.hold_widest(session, now=now)
    session.execute(update(StopDevice).where(StopDevice.id == device_id).values(used_at=now))
    return hold
