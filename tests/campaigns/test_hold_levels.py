"""Emergency stops, level by level and role by role (D11), and what is said to have slipped out."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from passing import let_pass, lies
from processes import until
from sqlalchemy import select
from sqlalchemy.orm import Session
from stepping import SteppingDesk
from world import World

from campaigns import holds
from campaigns.access import Forbidden
from campaigns.gates import why_not_yet
from campaigns.organisations import NotFound, add_member, organisation
from campaigns.states import State
from campaigns.store import Account, Actor, Delivery, Hold, HoldLevel, Role
from workers.publish import publish

LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PEOPLE: dict[str, tuple[str, tuple[Role, ...]]] = {
    "editor": ("4601", (Role.editor,)),
    "approver": ("4601", (Role.approver,)),
    "admin": ("4601", (Role.admin,)),
    "reader": ("4601", (Role.reader,)),
    "neighbour": ("4621", (Role.editor, Role.approver, Role.admin)),
    "coordinator": ("46", (Role.coordinator,)),
    "county admin": ("46", (Role.admin,)),
    "county reader": ("46", (Role.reader,)),
}
OWN = {"editor", "approver", "admin"}
COUNTY = {"coordinator", "county admin"}
MAY_SET = {
    "account": OWN,
    "municipality": OWN | COUNTY,
    "county": COUNTY,
    "everything": set[str](),
}
"""Who may stop Bergen's account, Bergen, Vestland, and everything; the operator may do all four."""
MAY_LIFT = {"approver", "admin", "coordinator", "county admin"}
"""Who may lift a stop of the own organisation (threat model, section 4)."""


@pytest.fixture
def people(world: World) -> dict[str, Actor]:
    world.under_way("4601", "4621")
    with world.store.system() as session:
        for name, (number, roles) in PEOPLE.items():
            add_member(
                session, number, name=name, mail=f"{name.replace(' ', '.')}@x.example", roles=list(roles)
            )
    return {
        name: world.store.actor(f"{name.replace(' ', '.')}@x.example", number, how="test")
        for name, (number, _) in PEOPLE.items()
    }


def stop(session: Session, world: World, level: str) -> Hold:
    """Set a hold on what is Bergen's, at this level."""
    wanted = HoldLevel(level)
    if wanted == HoldLevel.account:
        account = session.scalars(
            select(Account).where(Account.organisation_id == world.places["4601"].id)
        ).first()
        return holds.set_hold(session, wanted, now=world.now, account=account)
    number = {"municipality": "4601", "county": "46"}.get(level)
    target = organisation(session, number) if number else None
    return holds.set_hold(session, wanted, now=world.now, target=target)


def held(world: World) -> list[bool]:
    """Return for Bergen and Voss whether they are held."""
    with world.store.system(write=False) as session:
        return [why_not_yet(session, one.id, world.now) == ["gate.held"] for one in world.deliveries()]


@LITE
@pytest.mark.parametrize("level", MAY_SET)
def test_a_level_is_set_by_those_who_answer_for_it_and_by_nobody_else(
    world: World, people: dict[str, Actor], level: str
) -> None:
    for name, actor in people.items():
        try:
            with world.store.scope(actor) as session:
                number = stop(session, world, level).id
        except (Forbidden, NotFound):
            assert name not in MAY_SET[level], name
            assert held(world) == [False, False], name
        else:
            assert name in MAY_SET[level], name
            assert held(world) == [True, level == "county"], name
            with world.store.system() as session:
                session.get_one(Hold, number).lifted_at = world.now


@LITE
@pytest.mark.parametrize("setter", ["editor", "coordinator", "operator"])
def test_a_stop_is_lifted_at_the_level_that_set_it_and_nowhere_else(
    world: World, people: dict[str, Actor], setter: str
) -> None:
    def set_one() -> int:
        if setter == "operator":
            with world.store.system() as session:
                return stop(session, world, "everything").id
        with world.store.scope(people[setter]) as session:
            return stop(session, world, "municipality").id

    own = {"editor": "4601", "coordinator": "46", "operator": ""}[setter]
    allowed = {name for name in MAY_LIFT if PEOPLE[name][0] == own}
    for name, actor in people.items():
        number = set_one()
        try:
            with world.store.scope(actor) as session:
                holds.lift_hold(session, session.get_one(Hold, number), now=world.now)
        except Forbidden:
            assert name not in allowed, name
            assert held(world)[0], name
            with world.store.system() as session:
                session.get_one(Hold, number).lifted_at = world.now
        else:
            assert name in allowed, name
            assert held(world) == [False, False], name


def test_the_operator_reaches_all_four_levels_and_each_holds_what_it_names(world: World) -> None:
    world.under_way("4601", "4621")
    reached = {
        "account": [True, False], "municipality": [True, False], "county": [True, True], "everything": [True, True]
    }  # fmt: skip
    for level, expected in reached.items():
        with world.store.system() as session:
            number = stop(session, world, level).id
        assert held(world) == expected
        with world.store.system() as session:
            holds.lift_hold(session, session.get_one(Hold, number), now=world.now)
        assert held(world) == [False, False]


@LITE
def test_a_stop_that_would_stop_nothing_is_refused_and_not_believed(world: World) -> None:
    world.under_way("4601")
    bergen, vestland = world.places["4601"], world.places["46"]
    with world.store.system() as session:
        for level, target in (
            ("account", None),
            ("municipality", None),
            ("county", None),
            ("county", bergen),
        ):
            with pytest.raises(NotFound):
                holds.set_hold(session, HoldLevel(level), now=world.now, target=target)
    with world.store.scope(world.actors["46"]) as session, pytest.raises(NotFound):
        holds.set_hold(session, HoldLevel.county, now=world.now, target=bergen)
    with world.store.scope(world.actors["4621"]) as session:
        foreign = world.account(world.delivery().account_id)
        with pytest.raises(NotFound):
            holds.set_hold(session, HoldLevel.account, now=world.now, account=foreign)
        with pytest.raises(Forbidden):
            holds.set_hold(session, HoldLevel.municipality, now=world.now, target=bergen, account=foreign)
        with pytest.raises(Forbidden):
            holds.set_hold(session, HoldLevel.county, now=world.now, target=vestland)


@LITE
def test_a_session_of_nobody_neither_stops_nor_lifts(world: World) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        number = stop(session, world, "everything").id
    with Session(world.store.engine) as session:
        with pytest.raises(Forbidden):
            holds.lift_hold(session, session.get_one(Hold, number), now=world.now)
        with pytest.raises(Forbidden):
            stop(session, world, "municipality")


@pytest.mark.parametrize("level", MAY_SET)
@LITE
def test_a_stop_of_any_level_between_claim_and_note_lets_nothing_out(world: World, level: str) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    desk = SteppingDesk(world.settings, world.store, now=lambda: world.now)
    numbers: list[int] = []

    def stop_now() -> None:
        assert world.delivery().state == State.publishing
        with world.store.system() as session:
            numbers.append(stop(session, world, level).id)

    desk.between = stop_now  # type: ignore[method-assign]
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    publish(desk, [world.delivery().id])
    desk.close()
    assert world.calls() == []
    assert world.states() == ["planned"]
    with world.store.system() as session:
        assert holds.slipped_out(session, session.get_one(Hold, numbers[0])) == []


@LITE
def test_what_was_under_way_when_the_stop_came_is_listed_and_so_is_what_went_just_before(
    world: World,
) -> None:
    world.under_way("4601", "4621", "4636")
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    bergen, voss, solund = (one.id for one in world.deliveries())
    publish(world.desk, [voss])
    world.fault("rate_limit", number="4636", wait=5, style="retry_after_seconds")
    publish(world.desk, [solund])
    world.fault("hang", seconds=1, carry_out=True)
    under_way = threading.Thread(target=publish, args=(world.desk, [bergen]))
    under_way.start()
    until(lambda: world.live("4601"))
    with world.store.system() as session:
        number = stop(session, world, "county").id
    with world.store.system(write=False) as session:
        listed = holds.slipped_out(session, session.get_one(Hold, number))
        assert {one.id for one in listed} == {bergen, voss}
    under_way.join(60)
    assert not under_way.is_alive()
    world.deliver = world.carry_out
    let_pass(world, minutes=2)
    with world.store.system(write=False) as session:
        assert {one.address for one in holds.slipped_out(session, session.get_one(Hold, number))} == {
            world.live("4601")[0]["address"], world.live("4621")[0]["address"]
        }  # fmt: skip
    assert lies(world) == []


@LITE
def test_what_went_long_before_the_stop_did_not_slip_out(world: World) -> None:
    world.under_way("4601")
    let_pass(world, minutes=5, seconds=1)
    world.now += holds.SLIPPED + timedelta(seconds=2)
    with world.store.system() as session:
        assert holds.slipped_out(session, stop(session, world, "everything")) == []


@LITE
@pytest.mark.parametrize("hours", [0.5, 3])
def test_lifting_sends_what_is_still_in_time_and_nothing_that_went_stale(world: World, hours: float) -> None:
    messages = [World.message("ein"), World.message("seint", at="15:00", words="Seint:")]
    world.under_way("4601", "4621", messages=messages)
    with world.store.system() as session:
        number = stop(session, world, "county").id
    let_pass(world, hours=hours)
    assert world.calls() == []
    with world.store.system() as session:
        holds.lift_hold(session, session.get_one(Hold, number), now=world.now)
    let_pass(world, hours=8)
    first = [one for one in world.deliveries() if one.due_at and one.due_at.hour == 9]
    later = [one for one in world.deliveries() if one.due_at and one.due_at.hour == 14]
    assert {one.state for one in first} == {State.published if hours < 1 else State.missed}
    assert {one.state for one in later} == {State.published}, "later times go as planned"
    assert lies(world) == []


def test_a_stop_does_not_keep_a_post_from_being_missed_nor_its_reason_from_being_told(world: World) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        stop(session, world, "municipality")
    let_pass(world, hours=2)
    with world.store.system(write=False) as session:
        assert session.scalars(select(Delivery.reason)).all() == ["gate.held"]


# -- all that one may stop


@LITE
@pytest.mark.parametrize("number", ["46", "4601"])
@pytest.mark.parametrize("role", Role)
def test_the_widest_stop_is_one_that_this_role_may_really_set(world: World, number: str, role: Role) -> None:
    with world.store.system() as session:
        add_member(session, number, name="X", mail="x@x.example", roles=[role])
    actor = world.store.actor("x@x.example", number, how="test")
    widest = holds.widest(actor)
    assert widest == {
        ("46", Role.coordinator): HoldLevel.county,
        ("46", Role.admin): HoldLevel.county,
        ("46", Role.editor): HoldLevel.account,
        ("46", Role.approver): HoldLevel.account,
        ("4601", Role.admin): HoldLevel.municipality,
        ("4601", Role.editor): HoldLevel.municipality,
        ("4601", Role.approver): HoldLevel.municipality,
    }.get((number, role))
    if widest in (None, HoldLevel.account):
        with pytest.raises(Forbidden), world.store.scope(actor) as session:
            holds.hold_widest(session, now=world.now)
    else:
        with world.store.scope(actor) as session:
            assert holds.hold_widest(session, now=world.now).level == widest
