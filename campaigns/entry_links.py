"""Links that let somebody in once: to set a password, to accept an invitation, and between a password and a code.

What a link carries is 256 random bits, of which the store has the digest alone. Each is for one purpose, ends soon, is
used once, and dies with every other of its kind when one of them was used (threats B1, B13).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import audit, organisations, tickets
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.store import Actor, EntryLink, Membership, Organisation, OrganisationKind, Person, Role
from connectors.secret import Secret

LIVES = {
    "code": timedelta(minutes=5),
    "password": timedelta(minutes=10),
    "invitation": timedelta(days=7),
    "first_admin": timedelta(days=1),
}
"""How long each kind of link lives."""


def make(
    session: Session, purpose: str, *, mail: str, person: Person | None = None, name: str = "",
    place: Organisation | None = None, roles: Sequence[Role] = (), made_by: int | None = None, now: datetime,
) -> Secret:  # fmt: skip
    """Make a link for one purpose and return what its address ends with."""
    token = tickets.new_token()
    session.add(
        EntryLink(
            token_hash=tickets.digest(token.reveal()), purpose=purpose, person_id=person.id if person else None,
            mail=mail.strip().lower(), name=name, place_id=place.id if place else None,
            roles=[one.value for one in roles], made_at=now, made_by=made_by, ends_at=now + LIVES[purpose],
        )
    )  # fmt: skip
    session.flush()
    return token


def find(session: Session, token: str, *purposes: str, now: datetime) -> EntryLink | None:
    """Return the link that a token opens for one of these purposes, or `None` whatever the reason."""
    return session.scalar(
        select(EntryLink)
        .where(
            EntryLink.token_hash == tickets.digest(token),
            EntryLink.purpose.in_(purposes),
            EntryLink.used_at.is_(None),
            EntryLink.ends_at > now,
        )
        .with_for_update()
    )


def use(session: Session, link: EntryLink, *, now: datetime) -> None:
    """Spend a link, and every other of its kind for the same mail address."""
    session.execute(
        update(EntryLink)
        .where(
            EntryLink.purpose == link.purpose,
            EntryLink.mail == link.mail,
            EntryLink.used_at.is_(None),
            EntryLink.place_id.is_not_distinct_from(link.place_id),
        )
        .values(used_at=now)
    )


def void(
    session: Session, person_id: int, *purposes: str, place_id: int | None = None, now: datetime
) -> None:
    """Take back every link of a person for these purposes, or those of one organisation."""
    mine = update(EntryLink).where(
        EntryLink.person_id == person_id, EntryLink.purpose.in_(purposes), EntryLink.used_at.is_(None)
    )
    if place_id is not None:
        mine = mine.where(EntryLink.place_id == place_id)
    session.execute(mine.values(used_at=now))


def invite(session: Session, person: Person, *, now: datetime) -> Secret:
    """Return a link with which a new member of the actor's organisation chooses her password.

    It gives no role: those she has are the membership's, so what was taken from her meanwhile stays taken.

    Raises: Forbidden.
    """
    actor = must(session, "member.add", "own")
    place = session.get_one(Organisation, actor.organisation_id)
    return make(
        session, "invitation", mail=person.mail, person=person, name=person.name, place=place,
        made_by=actor.person_id, now=now,
    )  # fmt: skip


def accept(session: Session, link: EntryLink, *, now: datetime) -> Person:
    """Return whom a link is for; the first admin of a municipality becomes its member by it.

    The mailbox was proven by the link. For a session that sees everything.

    Raises: NotFound for a first admin where there is one by now.
    """
    if link.person_id is not None:
        use(session, link, now=now)
        return session.get_one(Person, link.person_id)
    place = session.get_one(Organisation, link.place_id or 0)
    if has_admin(session, place):
        raise NotFound("organisation.unknown", number=place.number)
    person = organisations.add_member(
        session, place.number, name=link.name, mail=link.mail, roles=[Role(one) for one in link.roles]
    )
    actor = Actor(person.id, place.id, place.kind.value, frozenset(), link.purpose)
    audit.record(session, actor, "member.add", person.mail, {"roles": sorted(link.roles)}, now=now)
    use(session, link, now=now)
    return person


def has_admin(session: Session, place: Organisation) -> bool:
    """Return whether anybody is the organisation's admin."""
    found = select(Membership.id).where(Membership.organisation_id == place.id, Membership.role == Role.admin)
    return session.scalar(found.limit(1)) is not None


def first_admin(session: Session, number: str, *, mail: str, name: str, now: datetime) -> Secret | None:
    """Return a link for the first admin of a municipality: for a mailbox in its registered domain, where there is none yet.

    The county never appoints in a municipality (threat A12). `None` where that cannot be; who asks is told the same either
    way. For a session that sees everything.
    """
    place = session.scalar(select(Organisation).where(Organisation.number == number))
    if place is None or place.kind != OrganisationKind.municipality or has_admin(session, place):
        return None
    domain = mail.strip().lower().rpartition("@")[2]
    hosts = {str(one).removeprefix("www.").lower() for one in place.profile.get("own_hosts", [])}
    if domain not in hosts:
        return None
    roles = [Role.admin, Role.editor, Role.approver]
    return make(session, "first_admin", mail=mail, name=name, place=place, roles=roles, now=now)
