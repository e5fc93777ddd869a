"""Every way a publishing call can go wrong, on both kinds of platform: one live post, and no status that lies."""

from __future__ import annotations

import random

import pytest
from passing import POSTING, let_pass, lies
from world import World

from campaigns.sentences import LANGUAGES, sentence
from campaigns.states import State
from campaigns.store import AccountState
from reports.campaign_report import report

BEFORE = {
    "drop_before": {},
    "drop_before, orderly": {"how": "close"},
    "hang": {"seconds": 0.2},
    "status": {"status": 503},
    "status, 500 in words": {"status": 500, "body": {"error": "InternalServerError"}},
    "status, 504": {"status": 504},
    "status, a wall": {"status": 403},
    "status, too early": {"status": 425},
}
"""Nothing was taken, whatever the sender can know about it."""
AFTER = {
    "drop_after": {},
    "drop_after, orderly": {"how": "close"},
    "hang": {"seconds": 0.2, "carry_out": True},
    "status_after": {"status": 502},
    "status_after, 500": {"status": 500},
    "truncate": {},
}
"""The platform has the post, and its answer is lost or a lie."""

MEETINGS = [
    pytest.param(
        ("sqlite", "postgresql")[turn // 2 % 2], platform, when, name, settings,
        id=f"{platform}-{when}-{name}", marks=[pytest.mark.slow] if (turn + shift) % 2 else [],
    )
    for shift, platform in enumerate(POSTING)
    for when, faults in (("before", BEFORE), ("after", AFTER))
    for turn, (name, settings) in enumerate(faults.items())
]  # fmt: skip
"""Each fault on each platform, on the two databases in turn; every other one is among the slow tests."""


def about_to_send(world: World, platform: str) -> None:
    """Have Bergen's one message due at 10:05 on this platform, and let the clock stand a second before."""
    world.under_way("4601", to=platform)
    let_pass(world, minutes=4, seconds=59)


@pytest.mark.parametrize(
    ("database", "platform", "when", "name", "settings"), MEETINGS, indirect=["database"]
)
def test_a_fault_in_the_publishing_call_costs_time_and_nothing_else(
    world: World, platform: str, when: str, name: str, settings: dict[str, object]
) -> None:
    about_to_send(world, platform)
    world.fault(name.partition(",")[0], platform=platform, path=POSTING[platform], **settings)
    let_pass(world, seconds=2)
    assert lies(world) == []
    let_pass(world, minutes=20)
    assert world.states() == ["published"]
    assert len(world.live(platform=platform)) == 1
    assert lies(world) == []
    carried_out = [one["carried_out"] for one in world.calls(POSTING[platform], platform=platform)]
    assert carried_out == ([True] if when == "after" else [False, True])


@pytest.mark.parametrize(
    ("database", "seed"),
    [
        ("postgresql", 1),
        *(
            pytest.param(one, seed, marks=pytest.mark.slow)
            for one in ("sqlite", "postgresql")
            for seed in (2, 3, 4)
        ),
    ],
    indirect=["database"],
)
def test_a_storm_of_faults_on_every_call_ends_with_one_live_post_each(world: World, seed: int) -> None:
    chance = random.Random(seed)
    places = ("4601", "4621", "4636")
    both = "mastodon, bluesky"
    world.under_way(*places, to=both, late_after=1440, messages=[World.message(to=both)])
    for platform in POSTING:
        rules = []
        for number in places:
            for _ in range(10):
                name, settings = chance.choice([*BEFORE.items(), *AFTER.items()])
                match = {"path": chance.choice(["", POSTING[platform]]), "handle": world.handle(number)}
                rules.append({"match": match, "do": name.partition(",")[0], **settings})
        world.tell(platform, "PUT", "/_sandbox/faults", rules)
    for _ in range(5):
        let_pass(world, minutes=4)
        assert lies(world) == []
    let_pass(world, hours=9)
    assert set(world.states()) == {"published"}
    assert len(world.states()) == 6
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_refusal_is_final_and_said_in_three_languages(world: World) -> None:
    about_to_send(world, "mastodon")
    world.fault("reject")
    let_pass(world, hours=2)
    found = world.delivery()
    assert (found.state, found.reason) == (State.failed, "connector.refused")
    assert len({sentence(found.reason, found.reason_values, language) for language in LANGUAGES}) == 3
    assert len(world.calls()) == 1
    assert lies(world) == []


@pytest.mark.parametrize("platform", POSTING)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_login_revoked_a_second_before_nine_closes_the_gate_and_says_why(
    world: World, platform: str
) -> None:
    world.now = world.now.replace(hour=7, minute=30)
    world.under_way("4601", "4621", to=platform, messages=[World.message(at="09:00", to=platform)])
    let_pass(world, minutes=29, seconds=59)
    world.tell(platform, "POST", f"/_sandbox/revoke/{world.handle('4601')}", {})
    let_pass(world, seconds=10)
    waiting = world.delivery()
    assert waiting.state == State.planned
    assert waiting.reason in {"connector.login_lost", "connector.login_refused"}
    assert "{" not in sentence(waiting.reason, waiting.reason_values, "nn")
    assert world.account(waiting.account_id).state == AccountState.login_lost
    with world.store.scope(world.actors["4601"], write=False) as session:
        (mine,) = report(session, world.campaign(), age=None, now=world.now).places
    assert mine.closed_gates == {"gate.account_not_connected": 1}
    assert world.delivery("4621").state == State.published
    calls = len(world.calls(POSTING[platform], platform=platform))
    let_pass(world, minutes=58)
    assert len(world.calls(POSTING[platform], platform=platform)) == calls, "nobody knocks at a closed door"
    assert world.delivery().state == State.planned
    let_pass(world, minutes=3)
    assert (world.delivery().state, world.delivery().reason) == (State.missed, "gate.account_not_connected")
    world.tell(platform, "DELETE", f"/_sandbox/revoke/{world.handle('4601')}")
    world.connect("4601", [platform])
    let_pass(world, hours=3)
    assert world.delivery().state == State.missed, "never sent late by surprise"
    assert lies(world) == []


@pytest.mark.parametrize("platform", POSTING)
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_login_given_back_in_time_sends_what_waited(world: World, platform: str) -> None:
    about_to_send(world, platform)
    world.tell(platform, "POST", f"/_sandbox/revoke/{world.handle('4601')}", {})
    let_pass(world, minutes=20)
    assert world.delivery().state == State.planned
    world.tell(platform, "DELETE", f"/_sandbox/revoke/{world.handle('4601')}")
    world.connect("4601", [platform])
    let_pass(world, seconds=5)
    assert world.delivery().state == State.published
    assert lies(world) == []


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_account_told_to_slow_down_pauses_alone_and_goes_on_by_itself(world: World) -> None:
    two = [World.message("ein", at="10:05"), World.message("to", at="10:06", words="To:")]
    world.under_way("4601", "4621", messages=two)
    let_pass(world, minutes=4, seconds=59)
    world.fault("rate_limit", wait=600, style="retry_after_seconds")
    let_pass(world, minutes=5)
    assert [one.state for one in world.deliveries("4601")] == [State.planned, State.planned]
    assert [one.state for one in world.deliveries("4621")] == [State.published, State.published]
    assert len(world.calls()) == 1, "a paused account is left alone"
    let_pass(world, minutes=4, seconds=50)
    assert len(world.calls()) == 1
    let_pass(world, seconds=15)
    assert set(world.states()) == {"published"}
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_server_told_to_slow_down_pauses_for_everybody_on_it(world: World) -> None:
    two = [
        World.message("ein", at="10:05", to="bluesky"),
        World.message("to", at="10:08", to="bluesky", words="To:"),
    ]
    world.under_way("4601", "4621", to="bluesky", messages=two)
    look_up, mine = "/xrpc/com.atproto.repo.getRecord", world.handle("4601")
    rules = [
        {"match": {"path": POSTING["bluesky"], "handle": mine}, "do": "drop_after"},
        {"match": {"path": look_up, "handle": mine}, "do": "rate_limit", "wait": 600},
    ]
    world.tell("bluesky", "PUT", "/_sandbox/faults", rules)
    let_pass(world, minutes=5, seconds=20)
    assert [one.state for one in world.deliveries("4601")] == [State.unsure, State.planned]
    assert [one.state for one in world.deliveries("4621")] == [State.published, State.planned]
    let_pass(world, minutes=9, seconds=30)
    assert len(world.calls(look_up, "GET", platform="bluesky")) == 1, "a paused server is asked nothing"
    assert world.deliveries("4621")[1].state == State.planned
    let_pass(world, minutes=5)
    assert set(world.states()) == {"published"}
    assert lies(world) == []


@pytest.mark.parametrize("platform", POSTING)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_waiting_time_given_as_a_moment_is_read_by_our_own_clock(world: World, platform: str) -> None:
    about_to_send(world, platform)
    world.fault("rate_limit", platform=platform, path=POSTING[platform], wait=600)
    let_pass(world, minutes=9, seconds=50)
    assert world.delivery().state == State.planned
    let_pass(world, seconds=30)
    assert world.delivery().state == State.published
