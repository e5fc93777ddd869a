"""Organisations from the register, people and their roles, and named groups. Decides nothing about campaigns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from campaigns import audit, register
from campaigns.access import must
from campaigns.definition import model
from campaigns.store import (
    Actor,
    Identity,
    MappedRole,
    Membership,
    Organisation,
    OrganisationGroup,
    OrganisationKind,
    Person,
    Role,
)
from connectors.base import Problem

_KEY: TypeAdapter[str] = TypeAdapter(model.Key)


class NotFound(LookupError):
    """Something that was named does not exist here, or not for this actor; the two are not told apart."""

    def __init__(self, code: str, **values: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class GroupRefused(ValueError):
    """A group that cannot be named so, with every problem by its field; nothing was stored."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems.values()))
        self.problems = problems


def load_register(session: Session) -> int:
    """Bring the counties and municipalities of the register into the store; return how many were new.

    What an organisation decided for itself (its written language, its profile) is left as it is.
    """
    known = {one.number: one for one in session.scalars(select(Organisation))}
    new = 0
    for county in register.counties().values():
        row = known.get(county.number)
        if row is None:
            row = Organisation(
                number=county.number, kind=OrganisationKind.county, name=county.name, form=county.form
            )
            session.add(row)
            known[county.number] = row
            new += 1
        row.population, row.population_year = county.population, county.population_on.year
        row.website, row.language_decision = county.website, county.written_language
        row.profile = {**_county_profile(county), **(row.profile or {})}
    session.flush()
    colours = register.colours()
    for place in register.municipalities().values():
        row = known.get(place.number)
        if row is None:
            row = Organisation(
                number=place.number,
                kind=OrganisationKind.municipality,
                name=place.name_short,
                form=place.form,
            )
            session.add(row)
            new += 1
        row.parent_id = known[place.county_number].id
        row.population, row.population_year = place.population, place.population_on.year
        row.website, row.language_decision = place.website, place.written_language
        row.colour = colours[place.number]
        row.profile = {**_municipal_profile(place), **(row.profile or {})}
    session.flush()
    return new


def _county_profile(county: register.County) -> dict[str, object]:
    names = {"full_name": county.name_official, "names": dict(county.short_names)}
    return {"own_hosts": [county.host], **names}


def _municipal_profile(place: register.Municipality) -> dict[str, object]:
    names = {"names": dict(place.short_names), "full_names": dict(place.full_names)}
    return {"own_hosts": [place.host], **names}


def organisation(session: Session, number: str) -> Organisation:
    """Return the organisation with this number.

    Raises: NotFound.
    """
    found = session.scalar(select(Organisation).where(Organisation.number == number))
    if found is None:
        raise NotFound("organisation.unknown", number=number)
    return found


def number_of(session: Session, organisation_id: int) -> str:
    """Return an organisation's number."""
    return session.get_one(Organisation, organisation_id).number


def below(session: Session) -> Sequence[Organisation]:
    """Return the municipalities of the actor's county, by name."""
    mine = Organisation.parent_id == session.info["actor"].organisation_id
    return session.scalars(select(Organisation).where(mine).order_by(Organisation.name)).all()


def set_group(session: Session, key: str, numbers: Sequence[str], *, now: datetime) -> OrganisationGroup:
    """Name a list of municipalities, for `invite: {group: …}` and a consent's `covers`; the same key is replaced.

    Who is invited already stays invited; a consent covers whom the group had when its document was loaded.

    Raises: Forbidden; GroupRefused for a key that no document can name, and for what is no municipality.
    """
    actor = must(session, "group.set", "own")
    if problems := _group_problems(session, key, numbers):
        raise GroupRefused(problems)
    group = session.scalar(_group(actor.organisation_id, key))
    if group is None:
        group = OrganisationGroup(organisation_id=actor.organisation_id, key=key)
        session.add(group)
    group.numbers = sorted(set(numbers))
    session.flush()
    audit.record(session, actor, "group.set", key, {"numbers": group.numbers}, now=now)
    return group


def _group_problems(session: Session, key: str, numbers: Sequence[str]) -> dict[str, Problem]:
    problems = {}
    try:
        _KEY.validate_python(key)
    except ValidationError:
        problems["key"] = Problem("group.key")
    kind = Organisation.kind == OrganisationKind.municipality
    known = set(session.scalars(select(Organisation.number).where(kind, Organisation.number.in_(numbers))))
    if not numbers:
        problems["place"] = Problem("group.nobody")
    elif elsewhere := [one for one in numbers if one not in known]:
        problems["place"] = Problem("group.elsewhere", {"number": elsewhere[0][:20]})
    return problems


def remove_group(session: Session, key: str, *, now: datetime) -> None:
    """Take a named group away; who is invited already stays invited.

    Raises: Forbidden; NotFound.
    """
    actor = must(session, "group.set", "own")
    group = session.scalar(_group(actor.organisation_id, key))
    if group is None:
        raise NotFound("group.unknown", group=key)
    session.delete(group)
    session.flush()
    audit.record(session, actor, "group.remove", key, {}, now=now)


def groups(session: Session) -> list[OrganisationGroup]:
    """Return the groups of the session's organisation, by name."""
    return list(session.scalars(select(OrganisationGroup).order_by(OrganisationGroup.key)))


def members_of(session: Session, owner_id: int, key: str) -> list[str]:
    """Return the numbers of the municipalities in a group of this owner.

    Raises: NotFound.
    """
    group = session.scalar(_group(owner_id, key))
    if group is None:
        raise NotFound("group.unknown", group=key)
    return list(group.numbers)


def _group(owner_id: int, key: str) -> Select[OrganisationGroup]:
    return select(OrganisationGroup).where(
        OrganisationGroup.organisation_id == owner_id, OrganisationGroup.key == key
    )


def appoint(
    session: Session, number: str, *, name: str, mail: str, roles: Sequence[Role], now: datetime
) -> Person:
    """Give a person roles in an organisation: its own admin's act, or the operator's for its first members (threat A12).

    Stands in the organisation's own audit chain, whoever did it.

    Raises: NotFound; Forbidden, also for an admin of another organisation.
    """
    place = organisation(session, number)
    if session.info.get("system"):
        actor = Actor(None, place.id, place.kind.value, frozenset(), "operator")
    else:
        actor = must(session, "member.add", "own", owner_id=place.id)
    person = add_member(session, number, name=name, mail=mail, roles=roles)
    audit.record(session, actor, "member.add", person.mail, {"roles": sorted(set(roles))}, now=now)
    return person


def add_member(session: Session, number: str, *, name: str, mail: str, roles: Sequence[Role]) -> Person:
    """Store a person's roles in an organisation, asking nobody; `appoint` is the act.

    Raises: NotFound.
    """
    place = organisation(session, number)
    mail = mail.strip().lower()
    person = session.scalar(select(Person).where(Person.mail == mail))
    if person is None:
        person = Person(name=name, mail=mail)
        session.add(person)
        session.flush()
    held = set(
        session.scalars(
            select(Membership.role).where(
                Membership.person_id == person.id, Membership.organisation_id == place.id
            )
        )
    )
    session.add_all(
        Membership(person_id=person.id, organisation_id=place.id, role=role)
        for role in roles
        if role not in held
    )
    session.flush()
    give_by_hand(session, place.id, person.id, roles)
    return person


def give_by_hand(session: Session, organisation_id: int, person_id: int, roles: Collection[Role]) -> None:
    """Write down that a person's roles come from people: a provider's group that has given them before takes them no more."""
    logins = select(Identity.id).where(Identity.person_id == person_id)
    session.execute(
        delete(MappedRole).where(
            MappedRole.organisation_id == organisation_id, MappedRole.role.in_([one.value for one in roles]),
            MappedRole.identity_id.in_(logins),
        )
    )  # fmt: skip
