"""Roles that come from a provider's groups: given at a login that shows the group, and taken when one does not (B19)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import audit, members
from campaigns.id_tokens import Claims
from campaigns.organisations import add_member
from campaigns.providers import Provider
from campaigns.store import Actor, Identity, MappedRole, Membership, Organisation, Person, Role


def follow(
    session: Session, provider: Provider, identity: Identity, claims: Claims, *, now: datetime
) -> None:
    """Bring a person's roles in line with what her provider says and the file lists; other roles are left alone.

    A role that a person has taken from her comes back with no login as long as she is in the group, and one that was
    given by a person is taken by none. The last admin for good keeps her role.
    """
    wanted = _wanted(session, provider, claims)
    rows = session.scalars(select(MappedRole).where(MappedRole.identity_id == identity.id)).all()
    held = {(one.organisation_id, Role(one.role)): one for one in rows}
    person = session.get_one(Person, identity.person_id)
    for place_id, role in sorted(set(wanted) - set(held)):
        if _has(session, person.id, place_id, role):
            continue  # given here by a person, and taken by one
        place = wanted[place_id, role]
        add_member(session, place.number, name=person.name, mail=person.mail, roles=[role])
        session.add(MappedRole(organisation_id=place_id, identity_id=identity.id, role=role.value))
        _record(session, provider, "member.add", place, person, role, now)
    for place_id, role in sorted(set(held) - set(wanted)):
        audit.take_turn(session, place_id)  # two admins must not lose their groups at once
        if role == Role.admin and members.is_last_admin(session, place_id, person.id):
            continue  # kept until there is another one: this is asked at every login
        session.delete(held[place_id, role])
        if not _has(session, person.id, place_id, role):
            continue  # taken by a person before
        session.execute(
            delete(Membership).where(
                Membership.person_id == person.id,
                Membership.organisation_id == place_id,
                Membership.role == role,
            )
        )
        place = session.get_one(Organisation, place_id)
        _record(session, provider, "member.group_left", place, person, role, now)
    session.flush()


def _wanted(session: Session, provider: Provider, claims: Claims) -> dict[tuple[int, Role], Organisation]:
    found = {}
    for one in provider.roles:
        if one.group in claims.groups and one.tenant == claims.tenant:
            place = session.scalar(select(Organisation).where(Organisation.number == one.organisation))
            if place is not None:
                found[place.id, one.role] = place
    return found


def _has(session: Session, person_id: int, place_id: int, role: Role) -> bool:
    own = select(Membership.id).where(
        Membership.person_id == person_id, Membership.organisation_id == place_id, Membership.role == role
    )
    return session.scalar(own) is not None


def _record(
    session: Session, provider: Provider, action: str, place: Organisation, person: Person, role: Role, now: datetime
) -> None:  # fmt: skip
    actor = Actor(None, place.id, place.kind.value, frozenset(), f"group at {provider.key}")
    audit.record(session, actor, action, person.mail, {"roles": [role.value]}, now=now)
