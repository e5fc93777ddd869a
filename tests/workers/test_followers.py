"""Followers of accounts: once a day each, at its own time of day, and never made up."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from world import World

from campaigns import followers
from campaigns.store import FollowerCount


def counted(world: World) -> list[tuple[int, str, int | None]]:
    with world.store.system(write=False) as session:
        rows = session.query(FollowerCount).order_by(FollowerCount.account_id, FollowerCount.day)
        return [(one.account_id, f"{one.day:%d.%m.}", one.followers) for one in rows]


def test_every_account_is_counted_once_a_day_and_a_second_look_asks_nobody(world: World) -> None:
    accounts = world.connect("4601", ["mastodon", "bluesky", "facebook", "x"])
    for _ in range(26):
        world.wait(hours=1)
        world.clock.count_followers()
    found = counted(world)
    first = [one for one in found if one[1] == "12.01."]
    assert {one[0] for one in first} == set(accounts)
    assert all(one[2] for one in first)
    before = len(world.nudged)
    world.clock.count_followers()
    assert len(world.nudged) == before


def test_an_account_whose_platform_does_not_tell_is_unknown_and_not_zero(world: World) -> None:
    world.connect("4601", ["linkedin"])
    world.wait(hours=13)
    world.clock.count_followers()
    assert [one[2] for one in counted(world)] == [None]


def test_a_platform_that_is_away_is_asked_again_and_leaves_no_row_meanwhile(world: World) -> None:
    world.connect("4601", ["mastodon"])
    world.wait(hours=13)
    world.fault("status", status=503, path="/api/v1/accounts/verify_credentials", method="GET", times=1)
    world.clock.count_followers()
    assert counted(world) == []
    world.wait(minutes=30)
    world.clock.count_followers()
    assert len(counted(world)) == 1


def test_accounts_lie_apart_in_the_day() -> None:
    turns = sorted(followers.turn(number) for number in range(1, 1001))
    assert all(timedelta() <= one < followers.SPREAD for one in turns)
    assert max(after - before for before, after in pairwise(turns)) < timedelta(minutes=5)
