"""Publishing now what did not go or still waits, and moving what is planned: what is touched, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from test_rescheduling import STORM, WINDOW, at, bergen, code
from world import World

from campaigns import holds, participation, rescheduling
from campaigns.rescheduling import NotThen
from campaigns.states import State
from campaigns.store import Account, AccountState, Answer, Delivery, HoldLevel


def publish(world: World, message: str = "vindauge", *, planned: bool = False) -> int:
    with bergen(world, message) as (session, mine, row):
        return rescheduling.publish(session, mine, row, planned=planned, now=world.now)


def move_planned(world: World, when: datetime, message: str = "vindauge") -> int:
    with bergen(world, message) as (session, mine, row):
        return rescheduling.move_planned(session, mine, row, when, now=world.now)


def two(world: World) -> None:
    """Let Bergen have a message with a window on two accounts, and let its window begin."""
    world.under_way(
        "4601", to="mastodon, bluesky", messages=[WINDOW.replace("mastodon", "mastodon, bluesky")]
    )
    with world.store.system() as session:
        for one in session.query(Delivery):  # the end of the window, wherever the spread has put it
            one.due_at = one.next_try_at = at(15, 59)
            one.late_at = at(16, 59)
    world.now = at(12, 1)
    world.wait()


def lose(world: World, platform: str) -> None:
    """Let the login of one of Bergen's accounts be lost."""
    with world.store.system() as session:
        session.query(Account).filter_by(platform=platform).one().state = AccountState.login_lost


def test_what_waits_for_its_time_goes_now_and_once(world: World) -> None:
    two(world)
    assert publish(world, planned=True) == 2
    world.tick()
    assert set(world.states()) == {"published"}
    world.now = at(16)
    world.wait()
    world.tick()
    assert (len(world.live()), len(world.live(platform="bluesky"))) == (1, 1)


def test_what_cannot_go_now_keeps_its_own_time(world: World) -> None:
    two(world)
    lose(world, "bluesky")
    assert publish(world, planned=True) == 1
    world.tick()
    kept = next(one for one in world.deliveries() if one.platform == "bluesky")
    assert (kept.state, kept.due_at, kept.by_person) == (State.planned, at(15, 59), False)
    assert "published" in world.states()


@pytest.mark.parametrize("planned", [True, False])
def test_a_stop_and_a_missing_approval_refuse_it_and_say_so(world: World, planned: bool) -> None:
    two(world)
    if not planned:
        world.now = at(18)
        world.wait()
        world.tick()
        assert set(world.states()) == {"missed"}
    before = [(one.due_at, one.late_at, one.state) for one in world.deliveries()]
    with world.store.scope(world.actors["4601"]) as session:
        holds.set_hold(session, HoldLevel.municipality, target=world.places["4601"], now=world.now)
    with pytest.raises(NotThen) as told:
        publish(world, planned=planned)
    assert code(told) == "gate.held"
    assert [(one.due_at, one.late_at, one.state) for one in world.deliveries()] == before


def test_what_nobody_approved_is_not_published_by_asking_for_it_now(world: World) -> None:
    world.connect("4601", ["mastodon"])
    world.load(world.definition(WINDOW))
    world.invite()
    world.join("4601")
    world.now = at(12, 1)
    world.wait()
    with pytest.raises(NotThen) as told:
        publish(world, planned=True)
    assert code(told) == "gate.not_approved"


def test_nobody_is_ahead_of_the_others(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    with pytest.raises(NotThen) as told:
        publish(world, planned=True)
    assert code(told) == "timing.own_time.too_early"


@pytest.mark.parametrize(
    ("message", "key", "expected"),
    [
        ("", "ein", "timing.own_time.together"),
        (STORM, "storm", "rescheduling.waits_to_be_started"),
    ],
)
def test_what_goes_with_everybodys_or_waits_to_be_started_is_neither_published_nor_moved(
    world: World, message: str, key: str, expected: str
) -> None:
    world.under_way("4601", messages=[message or world.message()])
    for refused in (
        lambda: publish(world, key, planned=True),
        lambda: move_planned(world, at(14), key),
        lambda: _move(world, at(14), key),
    ):
        with pytest.raises(NotThen) as told:
            refused()
        assert code(told) == expected
    assert world.states() == ["planned"]


def _move(world: World, when: datetime, message: str) -> None:
    with bergen(world, message) as (session, mine, row):
        rescheduling.move(session, mine, row, when, now=world.now)


def test_a_started_message_is_given_another_time(world: World) -> None:
    world.under_way("4601", messages=[STORM])
    world.wait(hours=13)  # at night, so that it waits for the morning
    with bergen(world, "storm") as (session, mine, row):
        rescheduling.start(session, mine, row, now=world.now)
    assert move_planned(world, at(14, day=13), "storm") == 1
    assert world.delivery().due_at == at(14, day=13)


def test_moving_what_is_planned_is_a_time_of_ones_own_and_brings_nothing_back(world: World) -> None:
    two(world)
    lost = next(one for one in world.deliveries() if one.platform == "bluesky").id
    with world.store.system() as session:
        session.get_one(Delivery, lost).state = State.failed
    assert move_planned(world, at(15)) == 1
    due = {one.platform: (one.due_at, one.state) for one in world.deliveries()}
    assert due["mastodon"] == (at(15), State.planned)
    assert due["bluesky"] == (at(15, 59), State.failed)
    with bergen(world, "vindauge") as (session, mine, row):
        assert [one.own_time_at for one in mine.choices if one.message_id == row.id] == [at(15)]


def test_what_a_plan_did_not_want_is_not_brought_back_by_a_move(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        participation.answer(session, mine, Answer.out, now=world.now)
    assert world.states() == ["cancelled"]
    with bergen(world, "vindauge") as (session, mine, row):
        assert rescheduling.move(session, mine, row, at(14), now=world.now) == 0
    assert publish(world) == 0
    assert world.states() == ["cancelled"]


def test_what_is_unsure_is_neither_published_nor_moved_in_doubt(world: World) -> None:
    world.under_way("4601", messages=[WINDOW])
    with world.store.system() as session:
        row = session.query(Delivery).one()
        row.state, row.called_at, row.attempt = State.unsure, world.now, 1
    world.now = at(12, 1)
    world.wait()
    for planned in (True, False):
        assert publish(world, planned=planned) == 0
    assert move_planned(world, at(14)) == 0
    assert world.states() == ["unsure"]


def test_a_hand_keeps_its_own_patience_when_it_is_given_another_time(world: World) -> None:
    world.load(world.definition(WINDOW))
    world.invite()
    world.join("4601")
    world.approve("4601")
    world.now = at(18, day=13)
    world.wait()
    world.tick()
    assert world.states() == ["missed"]
    assert publish(world) == 1
    assert world.delivery().late_at == at(18, day=13) + timedelta(hours=24)
