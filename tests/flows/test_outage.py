"""A platform out for two hours: what still may go goes out afterwards, what is too late is missed and listed, never both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from passing import POSTING, let_pass, lies
from world import World

from campaigns.states import State
from reports.campaign_report import Truth, report
from sandbox import STAND_INS, StandIn

StandIns = dict[str, StandIn]
Outage = Callable[[World, StandIns, str], Callable[[], None]]


@pytest.fixture
def own(world: World) -> Iterator[StandIns]:
    """Stand-ins of this test alone, which it may stop and start again."""
    with ExitStack() as open_ones:
        platforms = {
            name: open_ones.enter_context(kind(clock=lambda: world.now.timestamp()))
            for name, kind in STAND_INS.items()
        }
        everybodys, world.bases = world.bases, {name: one.address for name, one in platforms.items()}
        yield platforms
        world.bases = everybodys


def unplugged(world: World, own: StandIns, platform: str) -> Callable[[], None]:
    """Nobody answers at the address."""
    own[platform].stop()
    return lambda: own[platform].start() and None


def failing(world: World, own: StandIns, platform: str) -> Callable[[], None]:
    """Every call is answered with 503 and nothing is done."""
    world.tell(platform, "PUT", "/_sandbox/faults", [{"match": {}, "times": None, "do": "status"}])
    return lambda: world.tell(platform, "DELETE", "/_sandbox/faults") and None


def hanging_up(world: World, own: StandIns, platform: str) -> Callable[[], None]:
    """Every connection is cut before the call is read."""
    world.tell(platform, "PUT", "/_sandbox/faults", [{"match": {}, "times": None, "do": "drop_before"}])
    return lambda: world.tell(platform, "DELETE", "/_sandbox/faults") and None


def mute(world: World, own: StandIns, platform: str) -> Callable[[], None]:
    """Every call is carried out, and every answer says 502."""
    world.tell(platform, "PUT", "/_sandbox/faults", [{"match": {}, "times": None, "do": "status_after"}])
    return lambda: world.tell(platform, "DELETE", "/_sandbox/faults") and None


def outages(fast: list[tuple[Outage, str]]) -> list[object]:
    """Return every outage on every platform; all but those named `fast` are among the slow tests."""
    pairs = [(outage, platform) for outage in (unplugged, failing, hanging_up) for platform in POSTING]
    return [pytest.param(*pair, marks=[] if pair in fast else [pytest.mark.slow]) for pair in pairs]


def truth(world: World) -> Truth:
    """Return what the county reads."""
    with world.store.scope(world.actors["46"], write=False) as session:
        return report(session, world.campaign(), age=None, now=world.now).truth


@pytest.mark.parametrize(
    ("outage", "platform"), outages(fast=[(unplugged, "mastodon"), (failing, "bluesky")])
)
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_what_an_outage_kept_back_goes_out_afterwards_if_it_is_not_too_late(
    world: World, own: StandIns, outage: Outage, platform: str
) -> None:
    world.under_way("4601", to=platform, late_after=240)
    over = outage(world, own, platform)
    let_pass(world, hours=2, minutes=5)
    assert world.delivery().state in {State.planned, State.unsure}
    over()
    let_pass(world, hours=1)
    assert world.delivery().state == State.published
    let_pass(world, hours=4)
    assert truth(world).live == 1
    assert len(world.live(platform=platform)) == 1
    assert lies(world) == []


@pytest.mark.parametrize(
    ("outage", "platform"), outages(fast=[(unplugged, "bluesky"), (failing, "mastodon")])
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_an_outage_made_too_late_is_missed_and_listed_and_never_sent(
    world: World, own: StandIns, outage: Outage, platform: str
) -> None:
    world.under_way("4601", to=platform, late_after=60)
    over = outage(world, own, platform)
    let_pass(world, hours=2, minutes=5)
    over()
    let_pass(world, hours=4)
    assert world.delivery().state == State.missed
    assert truth(world).missed == 1
    assert world.live(platform=platform) == []
    assert lies(world) == []


@pytest.mark.parametrize(
    ("database", "platform", "late_after"),
    [("sqlite", "mastodon", 60), ("postgresql", "bluesky", 60), ("postgresql", "mastodon", 240)],
    indirect=["database"],
)
def test_what_a_mute_platform_took_is_found_when_it_speaks_again(
    world: World, own: StandIns, platform: str, late_after: int
) -> None:
    world.under_way("4601", to=platform, late_after=late_after)
    over = mute(world, own, platform)
    let_pass(world, hours=2, minutes=5)
    assert world.delivery().state == State.unsure, "live or not, nobody can know"
    over()
    let_pass(world, hours=4)
    assert world.delivery().state == State.published
    assert truth(world).live == 1
    assert len(world.calls(POSTING[platform], platform=platform)) == 1
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_outage_beyond_all_look_ups_is_put_before_a_person(world: World, own: StandIns) -> None:
    world.under_way("4601")
    mute(world, own, "mastodon")
    let_pass(world, hours=30)
    found = world.delivery()
    assert (found.state, found.needs_person) == (State.unsure, True)
    assert len(world.calls()) == 1
    looks = found.looks
    let_pass(world, hours=30)
    assert world.delivery().looks == looks
