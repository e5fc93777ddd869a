"""Servers of one kind that keep their word differently: one live post on each, and nothing told that is not so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from passing import let_pass, lies
from world import World

from campaigns.states import State

LOOKS = "/api/v1/accounts/"
USUAL = {"idempotency": "proper", "software": "mastodon", "guard": "none"}

pytestmark = pytest.mark.slow


@pytest.fixture
def played(world: World) -> Iterator[Callable[..., World]]:
    """Return what has Bergen's one message about to go to a server that plays what it is told."""

    def play(late_after: int = 60, **modes: str) -> World:
        world.tell("mastodon", "PUT", "/_sandbox/modes", modes)
        world.under_way("4601", late_after=late_after)
        let_pass(world, minutes=4, seconds=59)
        return world

    yield play
    world.tell("mastodon", "PUT", "/_sandbox/modes", USUAL)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_server_that_fails_at_a_key_it_knows_is_looked_through_until_the_post_is_seen(
    played: Callable[..., World],
) -> None:
    world = played(idempotency="replay_500")
    world.fault("drop_after", hidden=150)
    let_pass(world, minutes=20)
    assert world.states() == ["published"]
    assert [one["status"] for one in world.calls()] == [None, 500, 500]
    assert len(world.live()) == 1
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_post_on_a_server_without_keys_is_kept_single_by_looking_longer(
    played: Callable[..., World],
) -> None:
    world = played(software="gotosocial")
    world.fault("drop_after", hidden=300)
    let_pass(world, minutes=20)
    assert world.states() == ["published"]
    assert len(world.calls()) == 1
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_a_server_without_keys_never_took_goes_out_after_ten_minutes_of_looking(
    played: Callable[..., World],
) -> None:
    world = played(software="gotosocial")
    world.fault("drop_before")
    let_pass(world, minutes=9)
    assert world.states() == ["unsure"]
    let_pass(world, minutes=3)
    assert world.states() == ["published"]
    assert len(world.calls(LOOKS, "GET")) >= 5, "several looks have said no"
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_key_that_may_be_forgotten_is_never_sent_again_before_a_look(
    played: Callable[..., World],
) -> None:
    world = played(late_after=360)
    world.fault("drop_after", path="/api/", method="", times=None)
    let_pass(world, hours=2)
    assert world.states() == ["unsure"]
    world.tell("mastodon", "DELETE", "/_sandbox/faults")
    let_pass(world, hours=2)
    assert world.states() == ["published"]
    assert len(world.calls()) == 1
    assert lies(world) == []


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_post_that_a_spam_guard_dropped_in_silence_is_seen_missing(played: Callable[..., World]) -> None:
    world = played(guard="silent")
    let_pass(world, seconds=2)
    assert (world.states(), world.live()) == (["published"], []), "the server said so"
    let_pass(world, hours=4)
    assert world.delivery().state == State.removed


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_text_is_as_long_as_the_accounts_own_server_allows(played: Callable[..., World]) -> None:
    world = played(software="gotosocial")
    limits = world.account(world.delivery().account_id).limits
    assert limits is not None
    assert (limits["length"], limits["pictures"], limits["keeps_keys"]) == (5000, 6, False)
    let_pass(world, seconds=2)
    assert world.states() == ["published"]
    let_pass(world, hours=2)
    assert world.delivery().state == State.published, "counted one by one where there is no list"
