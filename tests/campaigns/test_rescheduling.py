"""Own times, starting what waits, moving, dropping and taking back: what a person may do, and that planning respects it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy.orm import Session
from world import START, World

from campaigns import holds, participation, plans, rescheduling, timing
from campaigns.access import Forbidden
from campaigns.rescheduling import NotThen
from campaigns.store import HoldLevel, Message, Participation
from campaigns.timing import Rule

WINDOW = """
  - key: vindauge
    title: {nn: Vindauge, nb: Vindu}
    send: {on: T, between: "12:00-16:00"}
    to: [mastodon]
    text: {nn: "Hei {kommune}. {lenke}", nb: "Hei {kommune}. {lenke}"}
"""
STORM = """
  - key: storm
    title: {nn: Storm, nb: Storm}
    send: {when: released}
    to: [mastodon]
    text: {nn: "Storm i {kommune}. {lenke}", nb: "Storm i {kommune}. {lenke}"}
"""


@contextmanager
def bergen(world: World, message: str) -> Iterator[tuple[Session, Participation, Message]]:
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        yield session, mine, participation.message_in(session, mine, message)


def at(hour: int, minute: int = 0, day: int = 12) -> datetime:
    """Return a moment of January 2027, given as Oslo wall time."""
    return START.replace(day=day, hour=hour - 1, minute=minute)


def own_time(world: World, when: datetime | None, message: str = "vindauge") -> None:
    with bergen(world, message) as (session, mine, row):
        rescheduling.set_own_time(session, mine, row, when, now=world.now)


def move(world: World, when: datetime, message: str = "ein") -> int:
    with bergen(world, message) as (session, mine, row):
        return rescheduling.move(session, mine, row, when, now=world.now)


def code(told: pytest.ExceptionInfo[NotThen]) -> str:
    return told.value.problem.code


# -- a time of its own


def test_a_message_goes_out_at_the_municipalitys_own_time_and_planning_keeps_it(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    planned = world.delivery().due_at
    own_time(world, at(15, 30))
    assert world.delivery().due_at == at(15, 30)
    with bergen(world, "vindauge") as (session, mine, _):
        assert not plans.plan_participation(session, mine, now=world.now)
    world.wait(hours=5, minutes=31)
    world.tick()
    assert world.states() == ["published"], "the approval holds: the time is no part of it"
    assert planned != at(15, 30)


def test_taking_the_own_time_back_gives_the_campaigns_time_again(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    planned = world.delivery().due_at
    own_time(world, at(15, 30))
    own_time(world, None)
    assert world.delivery().due_at == planned


def test_what_was_missed_and_moved_is_moved_again_by_a_new_own_time(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    world.wait(hours=7)
    world.tick()
    assert world.states() == ["missed"]
    move(world, at(12, day=13), "vindauge")
    own_time(world, at(13, day=14))
    assert world.delivery().due_at == at(13, day=14)
    assert world.delivery().late_at == at(14, day=14)
    world.now = at(13, 1, day=14)
    world.wait()
    world.tick()
    assert world.states() == ["published"]


def test_what_was_taken_back_no_own_time_brings_back(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    with bergen(world, "vindauge") as (session, mine, row):
        rescheduling.withdraw(session, mine, row, now=world.now)
    own_time(world, at(13, day=14))
    assert world.states() == ["cancelled"]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (at(11, 59), "timing.own_time.too_early"),
        (at(22, 0), "timing.quiet.night"),
        (at(12, 0, day=17), "timing.quiet.sunday"),
        (at(12, 0, day=31) + timedelta(days=12), "timing.own_time.after_end"),
        (at(9, 0), "timing.own_time.past"),
    ],
)
def test_a_time_that_may_not_be_is_refused_and_nothing_changes(
    world: World, when: datetime, expected: str
) -> None:
    world.under_way("4601", messages=[WINDOW])
    planned = world.delivery().due_at
    with pytest.raises(NotThen) as told:
        own_time(world, when)
    assert code(told) == expected
    assert world.delivery().due_at == planned


def test_what_goes_together_has_no_time_of_its_own(world: World) -> None:
    world.under_way("4601")
    with pytest.raises(NotThen) as told:
        own_time(world, at(11), "ein")
    assert code(told) == "timing.own_time.together"


def test_an_own_time_that_a_correction_made_impossible_gives_way_to_the_campaigns(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    own_time(world, at(13))
    world.load(world.definition(WINDOW.replace("12:00-16:00", "14:00-16:00")))
    world.clock.plan()
    due = world.delivery().due_at
    assert due is not None
    assert at(14) <= due < at(16)


@given(
    some.integers(0, 60 * 24 * 60).map(
        lambda minutes: START - timedelta(days=10) + timedelta(minutes=minutes)
    ),
    some.booleans(),
)
def test_an_allowed_time_is_never_before_the_others_and_never_after_the_end(
    when: datetime, together: bool
) -> None:
    rule = Rule(START.date(), at(12).time(), at(16).time(), together)
    ends = START.date() + timedelta(days=30)
    if timing.own_time_problem(rule, when, "Europe/Oslo", ends) is None:
        window = timing.span(rule, "Europe/Oslo")
        assert window is not None
        assert not together
        assert window[0] <= when
        assert timing.local(when, "Europe/Oslo").date() <= ends


# -- started by a person


def test_what_waits_to_be_released_goes_when_an_approver_starts_it(world: World) -> None:
    world.under_way("4601", messages=[STORM])
    world.wait(hours=2)
    world.tick()
    assert world.states() == ["planned"]
    with bergen(world, "storm") as (session, mine, row):
        assert rescheduling.start(session, mine, row, now=world.now) == world.now
    world.tick()
    assert world.states() == ["published"]


def test_started_at_night_it_waits_for_the_morning_unless_it_is_loud(world: World) -> None:
    loud = STORM.replace("to: [mastodon]", "to: [mastodon]\n    quiet: {override: Fare for liv}").replace(
        "storm", "fare"
    )
    world.under_way("4601", messages=[STORM, loud])
    world.wait(hours=13)  # 23:00
    for key in ("storm", "fare"):
        with bergen(world, key) as (session, mine, row):
            rescheduling.start(session, mine, row, now=world.now)
    world.tick()
    assert sorted(world.states()) == ["planned", "published"]
    world.wait(hours=8, minutes=1)
    world.tick()
    assert world.states() == ["published", "published"]


def test_it_is_started_once_and_only_if_it_waits(world: World) -> None:
    world.under_way("4601", messages=[STORM, world.message()])
    with bergen(world, "storm") as (session, mine, row):
        rescheduling.start(session, mine, row, now=world.now)
    for key, expected in (("storm", "rescheduling.already_started"), ("ein", "rescheduling.has_a_time")):
        with pytest.raises(NotThen) as told, bergen(world, key) as (session, mine, row):
            rescheduling.start(session, mine, row, now=world.now)
        assert code(told) == expected
    with pytest.raises(NotThen) as told:
        own_time(world, at(15), "storm")
    assert code(told) == "rescheduling.waits_to_be_started"


# -- what did not go


@pytest.fixture
def missed(world: World) -> World:
    """A message that a stop kept back until it was too late; the stop is lifted."""
    world.under_way("4601", to="mastodon, bluesky")
    world.wait(hours=3)
    world.tick()
    assert set(world.states()) == {"missed"}
    return world


def test_what_was_missed_is_moved_and_goes_once(missed: World) -> None:
    assert move(missed, at(14)) == 2
    assert set(missed.states()) == {"planned"}
    missed.wait(hours=1, minutes=1)
    missed.tick()
    assert set(missed.states()) == {"published"}
    assert (len(missed.live()), len(missed.live(platform="bluesky"))) == (1, 1)


def test_what_was_moved_is_missed_again_when_its_new_time_passes(missed: World) -> None:
    move(missed, at(14))
    missed.wait(hours=3)
    missed.tick()
    assert set(missed.states()) == {"missed"}


def test_what_was_dropped_asks_nobody_and_no_plan_brings_it_back(missed: World) -> None:
    with bergen(missed, "ein") as (session, mine, row):
        assert rescheduling.drop(session, mine, row, now=missed.now) == 2
        assert rescheduling.drop(session, mine, row, now=missed.now) == 0
    missed.load(missed.definition(missed.message(to="mastodon, bluesky", at="15:00")))
    missed.clock.plan()
    missed.tick()
    assert set(missed.states()) == {"cancelled"}


def test_what_still_goes_together_with_everybodys_is_not_moved_alone(world: World) -> None:
    world.under_way("4601")
    planned = world.delivery().due_at
    with pytest.raises(NotThen) as told:
        move(world, at(14))
    assert code(told) == "timing.own_time.together"
    assert world.delivery().due_at == planned
    world.wait(hours=3)
    world.tick()
    assert move(world, at(14)) == 1
    assert move(world, at(15)) == 1, "it goes alone now, and may be moved again"


def test_what_is_live_is_not_moved(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    assert move(world, at(14)) == 0
    assert world.states() == ["published"]


def test_a_message_is_taken_back_until_it_goes_and_brought_back_by_a_move(world: World) -> None:
    world.under_way("4601")
    with bergen(world, "ein") as (session, mine, row):
        assert rescheduling.withdraw(session, mine, row, now=world.now) == 1
    world.wait(minutes=5)
    world.tick()
    assert (world.states(), world.calls()) == (["cancelled"], [])
    move(world, at(14))
    world.wait(hours=4)
    world.tick()
    assert world.states() == ["published"]


def test_a_stop_holds_what_a_person_moved_to_now(missed: World) -> None:
    with missed.store.scope(missed.actors["4601"]) as session:
        holds.set_hold(session, HoldLevel.municipality, target=missed.places["4601"], now=missed.now)
    move(missed, missed.now)
    missed.tick()
    assert set(missed.states()) == {"planned"}
    assert missed.calls() == []


def test_the_county_moves_nothing_of_a_municipality(missed: World) -> None:
    with bergen(missed, "ein") as (_, mine, row):
        pass
    with pytest.raises(Forbidden), missed.store.scope(missed.actors["46"]) as session:
        rescheduling.drop(session, mine, row, now=missed.now)
