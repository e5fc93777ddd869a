"""Links that let somebody in once: to set a password, to accept an invitation, and between a password and a code.

What a link carries is 256 random bits, of which the store has the digest alone. Each is for one purpose, ends soon, is
used once, and dies with every other of its kind when one of them was used (threats B1, B13).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import audit, organisations
from campaigns.access import must
from campaigns.mail_addresses import must_be_address
from campaigns.organisations import NotFound
from campaigns.store import Actor, EntryLink, Membership, Organisation, OrganisationKind, Person, Role
from connectors.base import Problem
from connectors.secret import Secret

LIVES = {
    "code": timedelta(minutes=5),
    "password": timedelta(minutes=10),
    "invitation": timedelta(days=7),
    "first_admin": timedelta(days=1),
}
"""How long each kind of link lives."""


class InvitationRefused(ValueError):
    """An invitation that cannot be sent."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def make(
    session: Session, purpose: str, *, mail: str, person: Person | None = None, name: str = "",
    place: Organisation | None = None, roles: Sequence[Role] = (), made_by: int | None = None, now: datetime,
) -> Secret:  # fmt: skip
    """Make a link for one purpose and return what its address ends with."""
    token = Secret(secrets.token_urlsafe(32))
    session.add(
        EntryLink(
            token_hash=_digest(token.reveal()), purpose=purpose, person_id=person.id if person else None,
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
            EntryLink.token_hash == _digest(token),
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


def invite(session: Session, *, mail: str, name: str, roles: Sequence[Role], now: datetime) -> Secret:
    """Invite somebody to the actor's organisation; she is a member when she has accepted.

    Raises: Forbidden; InvitationRefused; AddressRefused for what is no plain mail address.
    """
    actor = must(session, "member.add", "own")
    place = session.get_one(Organisation, actor.organisation_id)
    if not roles:
        raise InvitationRefused(Problem("invitation.no_role"))
    if not name.strip():
        raise InvitationRefused(Problem("invitation.no_name"))
    address = must_be_address(mail.strip())
    token = make(
        session, "invitation", mail=address, name=" ".join(name.split())[:120], place=place, roles=roles,
        made_by=actor.person_id, now=now,
    )  # fmt: skip
    audit.record(session, actor, "member.invite", address.lower(), {"roles": sorted(set(roles))}, now=now)
    return token


def accept(session: Session, link: EntryLink, *, now: datetime) -> Person:
    """Make whoever accepts an invitation a member, and return her. For a session that sees everything.

    The mailbox was proven by the link; what she may from now on follows from the invitation alone.

    Raises: NotFound for a first admin where there is one by now.
    """
    place = session.get_one(Organisation, link.place_id or 0)
    if link.purpose == "first_admin" and has_admin(session, place):
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


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
