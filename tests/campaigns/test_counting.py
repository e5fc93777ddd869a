"""Counting a whole account at once, what is unknown, what seems gone, and whom a pause leaves alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from passing import let_pass
from sqlalchemy import select
from world import World

from campaigns import engagement, pauses
from campaigns.engagement import SECOND_LOOK
from campaigns.states import State
from campaigns.store import Sample
from connectors.errors import RateLimited

LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
LISTS = {"mastodon": "/api/v1/statuses", "bluesky": "/xrpc/app.bsky.feed.getPosts"}
EMPTY: dict[str, object] = {"mastodon": [], "bluesky": {"posts": []}}
"""A proper answer in which no post of ours is."""


def samples(world: World) -> list[Sample]:
    with world.store.system(write=False) as session:
        return list(session.scalars(select(Sample).order_by(Sample.id)))


def asked(world: World, platform: str) -> int:
    return len(world.calls(LISTS[platform], "GET", platform=platform))


@LITE
def test_forty_five_posts_of_an_account_are_counted_in_as_few_calls_as_each_platform_allows(
    world: World,
) -> None:
    both = "mastodon, bluesky"
    messages = [World.message(f"m{turn}", to=both, words=f"Nummer {turn}:") for turn in range(45)]
    world.under_way("4601", to=both, messages=messages)
    let_pass(world, minutes=6)
    assert world.states() == ["published"] * 90
    let_pass(world, hours=1)
    assert {platform: asked(world, platform) for platform in LISTS} == {"mastodon": 3, "bluesky": 2}
    assert len({one.delivery_id for one in samples(world)}) == 90
    assert all((one.value is None) == (one.absent is not None) for one in samples(world))


@LITE
@pytest.mark.parametrize("platform", LISTS)
def test_a_post_that_seemed_gone_once_and_is_there_again_is_live_and_the_doubt_forgotten(
    world: World, platform: str
) -> None:
    world.under_way("4601", to=platform)
    let_pass(world, minutes=6)
    world.fault(
        "status", platform=platform, path=LISTS[platform], method="GET", status=200, body=EMPTY[platform]
    )
    let_pass(world, hours=1)
    first = world.delivery()
    assert (first.state, first.seen_missing_at is not None) == (State.published, True)
    assert samples(world) == []
    let_pass(world, hours=1)
    assert world.delivery().seen_missing_at is None
    assert {one.value is None for one in samples(world)} == {False}
    world.fault(
        "status", platform=platform, path=LISTS[platform], method="GET", status=200, body=EMPTY[platform]
    )
    let_pass(world, hours=1, minutes=30)
    assert world.delivery().state == State.published, "one look more, an hour later, and not before"


@LITE
def test_an_answer_that_fails_between_two_looks_is_no_second_look(world: World) -> None:
    world.under_way("4601")
    let_pass(world, minutes=6)
    world.tell_as_owner("DELETE", f"/api/v1/statuses/{world.delivery().remote_id}")
    let_pass(world, hours=1)
    assert world.delivery().seen_missing_at is not None
    world.fault("status", status=503, method="GET", times=3)
    let_pass(world, minutes=61)
    assert world.delivery().state == State.published
    let_pass(world, hours=4)
    assert world.delivery().state == State.removed


@LITE
def test_a_platform_whose_every_answer_is_empty_needs_an_hour_to_take_anything_from_us(world: World) -> None:
    world.under_way("4601", "4621")
    let_pass(world, minutes=6)
    match = {"method": "GET", "path": LISTS["mastodon"]}
    rule = {"match": match, "times": None, "do": "status", "status": 200, "body": []}
    world.tell("mastodon", "PUT", "/_sandbox/faults", [rule])
    let_pass(world, seconds=(SECOND_LOOK + timedelta(minutes=55)).total_seconds())
    assert set(world.states()) == {"published"}
    let_pass(world, minutes=10)
    assert set(world.states()) == {"removed"}


def test_a_pause_leaves_the_platform_alone_with_counting_too(world: World) -> None:
    world.under_way("4601")
    let_pass(world, minutes=6)
    one = world.delivery()
    with world.store.system() as session:
        slow = RateLimited(wait=timedelta(hours=3), scope="instance")
        pauses.note_trouble(session, one.account_id, one.platform, slow, now=world.now)
    let_pass(world, hours=2)
    assert asked(world, "mastodon") == 0
    let_pass(world, hours=2)
    assert asked(world, "mastodon") == 2
    assert sorted({round(one.age) for one in samples(world)}) == [3, 4], "a gap, and no burst"


@LITE
def test_counting_a_lost_login_closes_its_gate_and_says_unknown(world: World) -> None:
    world.under_way("4601")
    let_pass(world, minutes=6)
    world.fault("expired_login", method="GET")
    let_pass(world, hours=1)
    assert {(one.value, one.absent) for one in samples(world)} == {(None, "fetch_failed")}
    assert world.account(world.delivery().account_id).state == "login_lost"
    assert world.states() == ["published"]


@LITE
def test_what_is_reserved_for_counting_is_counted_again_when_the_counter_is_lost(world: World) -> None:
    world.under_way("4601")
    let_pass(world, minutes=6)
    world.wait(hours=1)
    with world.store.system() as session:
        assert len(engagement.take_counts(session, [world.delivery().id], now=world.now)) == 1
    world.tick()
    assert samples(world) == []
    let_pass(world, minutes=3)
    assert len(samples(world)) == 3
