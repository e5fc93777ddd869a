"""Members of an organisation: who is there, in which roles and for how long. Its own admin's acts; nobody else's (A12).

A substitute's roles count on her days alone, and end by themselves. An organisation keeps at least one admin who is there
for good. Whoever has no organisation left loses her sessions at once (threats A10, B8).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from campaigns import audit, organisations, sessions
from campaigns.access import must
from campaigns.mail_addresses import is_address
from campaigns.organisations import NotFound
from campaigns.store import Actor, Membership, Person, Role, views
from campaigns.timing import NORWAY
from campaigns.wording import hidden_characters
from connectors.base import Problem

LONGEST_NAME = 120


class MemberRefused(ValueError):
    """Something about a member that cannot be, with every problem by its field; nothing was stored."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Stay:
    """How long somebody is a member: for good, or a substitute's days, both included."""

    begins_on: date | None = None
    ends_on: date | None = None
    stands_in_for: int | None = None
    """A member's id."""


FOR_GOOD = Stay()


@dataclass(frozen=True, slots=True)
class Member:
    """One person with her roles in the organisation."""

    person_id: int
    name: str
    mail: str
    roles: tuple[Role, ...]
    begins_on: date | None
    ends_on: date | None
    stands_in_for: int | None
    """A person's id."""
    instead_of: str | None
    """Her name."""

    def counts_on(self, day: date) -> bool:
        """Return whether her roles count on a day."""
        return (self.begins_on is None or self.begins_on <= day) and (
            self.ends_on is None or self.ends_on >= day
        )

    @property
    def is_substitute(self) -> bool:
        """Return whether she is there for some days alone."""
        return self.begins_on is not None or self.ends_on is not None


def listed(session: Session) -> list[Member]:
    """Return everybody in the actor's organisation, by name; also substitutes whose days are over or to come.

    Raises: Forbidden.
    """
    must(session, "member.read", "own")
    instead = aliased(Person)
    rows = session.execute(
        select(Membership, Person, instead.name)
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(instead, instead.id == Membership.stands_in_for)
        .order_by(func.lower(Person.name), Person.id)
    ).all()
    found: dict[int, Member] = {}
    for row, person, name in rows:
        before = found.get(person.id)
        roles = {row.role, *(before.roles if before else ())}
        ordered = tuple(one for one in Role if one in roles)
        found[person.id] = Member(
            person.id, person.name, person.mail, ordered, row.begins_on, row.ends_on, row.stands_in_for, name
        )
    return list(found.values())


def member(session: Session, person_id: int) -> Member:
    """Return one of the organisation's members.

    Raises: Forbidden; NotFound, also for somebody who is one elsewhere.
    """
    found = next((one for one in listed(session) if one.person_id == person_id), None)
    if found is None:
        raise NotFound("member.unknown", id=person_id)
    return found


def add(
    session: Session, *, name: str, mail: str, roles: Sequence[Role], stay: Stay = FOR_GOOD, now: datetime
) -> Person:
    """Make somebody a member of the actor's own organisation.

    Raises: Forbidden; MemberRefused.
    """
    actor = must(session, "member.add", "own")
    name, mail = " ".join(name.split()), mail.strip().lower()
    problems = _problems(session, roles, stay, now)
    if not name or len(name) > LONGEST_NAME or hidden_characters(name):
        problems["name"] = Problem("member.name")
    if not is_address(mail):
        problems["mail"] = Problem("member.mail")
    elif any(one.mail == mail for one in listed(session)):
        problems["mail"] = Problem("member.known")
    if problems:
        raise MemberRefused(problems)
    number = organisations.number_of(session, actor.organisation_id)
    person = organisations.appoint(session, number, name=name, mail=mail, roles=roles, now=now)
    _keep_stay(session, actor, person.id, stay)
    return person


def change(
    session: Session, person_id: int, *, roles: Collection[Role], stay: Stay = FOR_GOOD, now: datetime
) -> None:
    """Give a member these roles and no others, from now on, for so long.

    Raises: Forbidden; NotFound; MemberRefused, also where no admin would be left.
    """
    actor = must(session, "member.change", "own")
    audit.take_turn(session, actor.organisation_id)  # two admins must not take each other's role at once
    before = member(session, person_id)
    problems = _problems(session, roles, stay, now)
    if stay.stands_in_for == person_id:
        problems["stands_in_for"] = Problem("member.stands_in")
    if (Role.admin not in roles or stay.ends_on or stay.begins_on) and is_last_admin(
        session, actor.organisation_id, person_id
    ):
        problems["role"] = Problem("member.last_admin", {"name": before.name})
    if problems:
        raise MemberRefused(problems)
    gone = set(before.roles) - set(roles)
    session.execute(delete(Membership).where(Membership.person_id == person_id, Membership.role.in_(gone)))
    given = set(roles) - set(before.roles)
    session.add_all(
        Membership(organisation_id=actor.organisation_id, person_id=person_id, role=one) for one in given
    )
    session.flush()
    organisations.give_by_hand(session, actor.organisation_id, person_id, given)
    _keep_stay(session, actor, person_id, stay)
    audit.record(session, actor, "member.change", before.mail, {"roles": sorted(set(roles))}, now=now)


def remove(session: Session, person_id: int, *, now: datetime) -> None:
    """Take every role here from a member; without an organisation left, her sessions end with it.

    Raises: Forbidden; NotFound; MemberRefused for the last admin.
    """
    actor = must(session, "member.remove", "own")
    audit.take_turn(session, actor.organisation_id)
    found = member(session, person_id)
    if is_last_admin(session, actor.organisation_id, person_id):
        raise MemberRefused({"role": Problem("member.last_admin", {"name": found.name})})
    session.execute(
        update(Membership).where(Membership.stands_in_for == person_id).values(stands_in_for=None)
    )
    session.execute(delete(Membership).where(Membership.person_id == person_id))
    session.flush()
    if not views.is_member_anywhere(session, person_id):
        sessions.end_all(session, person_id)
    audit.record(session, actor, "member.remove", found.mail, {"roles": sorted(found.roles)}, now=now)


def no_day() -> Problem:
    """Return the problem of a day that cannot be read."""
    return Problem("audit.dates")


def _problems(session: Session, roles: Collection[Role], stay: Stay, now: datetime) -> dict[str, Problem]:
    problems: dict[str, Problem] = {}
    if not roles:
        problems["role"] = Problem("member.no_role")
    if stay.ends_on is not None and stay.ends_on < now.astimezone(NORWAY).date():
        problems["ends_on"] = Problem("member.ended")
    if stay.begins_on is not None and (stay.ends_on is None or stay.ends_on < stay.begins_on):
        problems["ends_on"] = Problem("member.days")
    known = {one.person_id for one in listed(session)}
    if stay.stands_in_for is not None and stay.stands_in_for not in known:
        problems["stands_in_for"] = Problem("member.stands_in")
    return problems


def _keep_stay(session: Session, actor: Actor, person_id: int, stay: Stay) -> None:
    session.execute(
        update(Membership)
        .where(Membership.person_id == person_id, Membership.organisation_id == actor.organisation_id)
        .values(begins_on=stay.begins_on, ends_on=stay.ends_on, stands_in_for=stay.stands_in_for)
        .execution_options(synchronize_session="fetch")
    )


def is_last_admin(session: Session, organisation_id: int, person_id: int) -> bool:
    """Return whether somebody, and nobody else, is an admin of an organisation for good."""
    admins = set(
        session.scalars(
            select(Membership.person_id).where(
                Membership.organisation_id == organisation_id, Membership.role == Role.admin,
                Membership.lasts(None),
            )
        )
    )  # fmt: skip
    return admins == {person_id}
