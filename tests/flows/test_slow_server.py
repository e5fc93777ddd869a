"""One server that answers nothing holds up no other: it is left alone for a while, and asked again."""

from __future__ import annotations

import pytest
from passing import POSTING, let_pass, lies
from world import World

from campaigns.gates import why_not_yet
from campaigns.pauses import UNCLEAR
from campaigns.states import State

PLACES = ("4601", "4621", "4636")


def about_to_send(world: World) -> None:
    """Have nine posts due on the first platform and one for each place on the second, all at 10:05."""
    messages = [World.message(f"m{turn}", words=f"Nr. {turn}:") for turn in range(3)]
    messages.append(World.message("sist", to="bluesky", words="Sist:"))
    world.under_way(*PLACES, to="mastodon, bluesky", late_after=240, messages=messages)
    let_pass(world, minutes=4, seconds=59)


def doubt(world: World, *, times: int | None) -> None:
    match = {"method": "POST", "path": POSTING["mastodon"]}
    rules = [
        {"match": {**match, "handle": world.handle(one)}, "times": times, "do": "drop_after"}
        for one in PLACES
    ]
    world.tell("mastodon", "PUT", "/_sandbox/faults", rules)


def calls(world: World) -> int:
    return sum(len(world.calls(number=one)) for one in PLACES)


def test_a_server_with_five_posts_in_doubt_gets_no_sixth_and_another_platform_goes_on(world: World) -> None:
    about_to_send(world)
    doubt(world, times=None)
    world.wait(seconds=2)
    world.tick()
    assert calls(world) == UNCLEAR == 5
    states = [(one.platform, one.state) for one in world.deliveries()]
    assert states.count(("bluesky", State.published)) == 3
    waiting = [one.id for one in world.deliveries() if one.state == State.planned]
    assert len(waiting) == 4
    with world.store.system(write=False) as session:
        assert {tuple(why_not_yet(session, one, world.now)) for one in waiting} == {("gate.paused",)}
    assert lies(world) == []


@pytest.mark.slow
def test_it_is_asked_again_after_a_minute_and_everything_goes_out_once(world: World) -> None:
    about_to_send(world)
    doubt(world, times=2)
    let_pass(world, minutes=30)
    assert set(world.states()) == {"published"}
    assert [len(world.live(one)) for one in PLACES] == [3, 3, 3]
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.slow
def test_what_came_into_doubt_long_ago_pauses_nothing(world: World) -> None:
    about_to_send(world)
    match = {"path": "/api/", "handle": world.handle("4601")}
    rule = {"match": match, "times": None, "do": "drop_after"}
    world.tell("mastodon", "PUT", "/_sandbox/faults", [rule])
    let_pass(world, minutes=10)
    assert [one.state for one in world.deliveries("4601")].count(State.unsure) == 3
    assert {one.state for one in world.deliveries("4621")} == {State.published}
