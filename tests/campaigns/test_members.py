"""Members: roles for good and for some days, the last admin, and what ends when somebody leaves (threats A10, A12, B8)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from visitor import Visitor
from world import World

from campaigns import members, organisations, sessions
from campaigns.access import Forbidden
from campaigns.members import MemberRefused, Stay
from campaigns.organisations import NotFound
from campaigns.store import LoginSession, Membership, Person, Role
from campaigns.store.session import UnknownActor
from web.app import make_web

TODAY = date(2027, 1, 12)
MAIL = "vikar@4601.example"


def add(
    world: World,
    mail: str = MAIL,
    *,
    stay: Stay = members.FOR_GOOD,
    roles: tuple[Role, ...] = (Role.approver,),
) -> int:
    with world.store.scope(world.actors["4601"]) as session:
        return members.add(session, name="Vikar", mail=mail, roles=roles, stay=stay, now=world.now).id


def adviser(world: World) -> int:
    with world.store.system(write=False) as session:
        return session.scalars(select(Person.id).where(Person.mail == "adviser@4601.example")).one()


def roles_on(world: World, day: date, mail: str = MAIL) -> set[Role]:
    """Return what somebody may be on a day, at the pages and on the command line alike."""
    try:
        acting = set(world.store.actor(mail, "4601", how="test", on=day).roles)
    except UnknownActor:
        acting = set()
    world.now = world.now.replace(year=day.year, month=day.month, day=day.day)
    with world.store.system() as session:
        person = session.scalars(select(Person).where(Person.mail == mail)).one()
        token = sessions.begin(session, person, how="test", device="", now=world.now)
    guest = sessions.recognise(world.store, token.reveal(), now=world.now)
    place = guest.place("4601") if guest else None
    assert (set(place.roles) if place else set()) == acting
    return acting


def test_a_substitutes_roles_count_on_her_days_and_on_no_other(world: World) -> None:
    add(world, stay=Stay(TODAY + timedelta(days=1), TODAY + timedelta(days=3), adviser(world)))
    counted = [bool(roles_on(world, TODAY + timedelta(days=turn))) for turn in range(6)]
    assert counted == [False, True, True, True, False, False]


def test_where_no_day_is_given_a_substitutes_roles_do_not_count(world: World) -> None:
    add(world, stay=Stay(ends_on=TODAY))
    with pytest.raises(UnknownActor):
        world.store.actor(MAIL, "4601", how="test")


def test_a_substitutes_session_opens_nothing_from_the_day_after(world: World) -> None:
    add(world, stay=Stay(ends_on=TODAY))
    visitor = Visitor(make_web(world.settings, world.store, now=lambda: world.now), MAIL)
    assert visitor.get("/for/4601").status_code == 200
    world.now = world.now.replace(hour=22, minute=59)  # 23:59 in Oslo
    late = Visitor(visitor.web, MAIL)
    assert late.get("/for/4601").status_code == 200
    world.now += timedelta(minutes=2)
    assert late.get("/for/4601").status_code == 404


@pytest.mark.parametrize(
    ("stay", "field"),
    [
        (Stay(ends_on=TODAY - timedelta(days=1)), "ends_on"),
        (Stay(begins_on=TODAY), "ends_on"),
        (Stay(TODAY + timedelta(days=2), TODAY + timedelta(days=1)), "ends_on"),
        (Stay(ends_on=TODAY, stands_in_for=999999), "stands_in_for"),
    ],
)
def test_days_that_cannot_be_are_refused(world: World, stay: Stay, field: str) -> None:
    with pytest.raises(MemberRefused) as refused:
        add(world, stay=stay)
    assert set(refused.value.problems) == {field}


@pytest.mark.parametrize(
    "mail", ["", "nobody", "a@b", "a b@c.no", "a@b.no\r\nBcc: x@y.no", "<a@b.no>", "adviser@4601.example"]
)
def test_what_is_no_mail_address_of_somebody_new_is_refused(world: World, mail: str) -> None:
    with pytest.raises(MemberRefused) as refused:
        add(world, mail)
    assert set(refused.value.problems) == {"mail"}


def test_the_last_admin_who_is_there_for_good_stays_one(world: World) -> None:
    mine, other = adviser(world), add(world, roles=(Role.admin,), stay=Stay(ends_on=TODAY))
    for attempt in (
        lambda session: members.remove(session, mine, now=world.now),
        lambda session: members.change(session, mine, roles=[Role.editor], now=world.now),
        lambda session: members.change(
            session, mine, roles=[Role.admin], stay=Stay(ends_on=TODAY), now=world.now
        ),
    ):
        with pytest.raises(MemberRefused), world.store.scope(world.actors["4601"]) as session:
            attempt(session)
    with world.store.scope(world.actors["4601"]) as session:
        members.change(session, other, roles=[Role.admin, Role.reader], now=world.now)
        members.change(session, mine, roles=[Role.editor], now=world.now)
        assert members.member(session, mine).roles == (Role.editor,)


def test_whoever_has_no_organisation_left_is_logged_out_and_others_are_not(world: World) -> None:
    only_here, elsewhere_too = add(world), add(world, "both@4601.example")
    with world.store.system() as session:
        organisations.add_member(session, "4621", name="", mail="both@4601.example", roles=[Role.reader])
        for person_id in (only_here, elsewhere_too):
            person = session.get_one(Person, person_id)
            sessions.begin(session, person, how="test", device="", now=world.now)
    with world.store.scope(world.actors["4601"]) as session:
        members.remove(session, only_here, now=world.now)
        members.remove(session, elsewhere_too, now=world.now)
    with world.store.system(write=False) as session:
        assert set(session.scalars(select(LoginSession.person_id))) == {elsewhere_too}
        assert {
            one.role
            for one in session.scalars(select(Membership).where(Membership.person_id == elsewhere_too))
        } == {Role.reader}


def test_another_organisations_member_is_unknown_here(world: World) -> None:
    voss = world.actors["4621"].person_id or 0
    with world.store.scope(world.actors["4601"]) as session:
        for attempt in (members.remove, members.member):
            with pytest.raises(NotFound):
                attempt(session, voss, **({"now": world.now} if attempt is members.remove else {}))  # type: ignore[operator]


def test_a_county_appoints_nobody_in_a_municipality(world: World) -> None:
    with pytest.raises(Forbidden), world.store.scope(world.actors["46"]) as session:
        organisations.appoint(
            session, "4601", name="Ingrid", mail="ingrid@county.example", roles=[Role.admin], now=world.now
        )
