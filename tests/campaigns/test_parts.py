"""What one message becomes: a thread in order, a first comment, a poll of its own, each a delivery with what it follows."""

from __future__ import annotations

import paper
import pytest
from hypothesis import given
from hypothesis import strategies as some
from world import World

from campaigns.parts import (
    COMMENT,
    FOLLOW_GRACE,
    POLL,
    POST,
    THREAD,
    Part,
    parts,
    poll_stands_apart,
    thread_form,
)
from campaigns.store import Delivery
from connectors.base import Limits

POLLS = {
    "length": 500,
    "pictures": 4,
    "picture_bytes": 1,
    "picture_pixels": 1,
    "picture_kinds": (),
    "alt_length": 1,
}


@given(some.integers(0, 12), some.booleans(), some.booleans())
def test_every_part_follows_one_that_stands_before_it(threads: int, comment: bool, poll: bool) -> None:
    forms = ["full", "short", *(thread_form(number) for number in range(1, threads + 1))]
    found = parts([*forms, *([COMMENT] if comment else [])], poll_apart=poll)
    assert found[0] == Part(POST, 0)
    seen: set[tuple[str, int]] = set()
    for part in found:
        assert part.follows is None or part.follows in seen
        assert (part.kind, part.position) not in seen
        seen.add((part.kind, part.position))
    assert [part.position for part in found if part.kind == THREAD] == list(range(1, threads + 1))
    assert len(found) == 1 + threads + comment + poll


@pytest.mark.parametrize(
    ("polls", "both", "pictures", "apart"),
    [
        (True, False, True, True),
        (True, False, False, False),
        (True, True, True, False),
        (False, False, True, False),
    ],
)
def test_a_poll_stands_apart_only_beside_pictures_where_one_post_cannot_have_both(
    polls: bool, both: bool, pictures: bool, apart: bool
) -> None:
    limits = Limits(**POLLS, polls=polls, poll_and_pictures=both)
    assert poll_stands_apart(limits, poll=True, pictures=pictures) is apart
    assert not poll_stands_apart(limits, poll=False, pictures=pictures)


def long_paper() -> paper.Paper:
    content = paper.paper()
    message = content["messages"][0]
    message["follow_up"] = [
        {"nn": "Del to.", "nb": "Del to."},
        {"nn": "Del tre {lenke}", "nb": "Del tre {lenke}"},
    ]
    message["first_comment"] = {"nn": "Spør oss her.", "nb": "Spør oss her."}
    message["poll"] = {"days": 3, "options": [{"nn": "Ja", "nb": "Ja"}, {"nn": "Nei", "nb": "Nei"}]}
    content["messages"] = [message]
    return content


@pytest.fixture
def thread(world: World) -> World:
    """Bergen has approved a message with a picture, a thread, a first comment and a poll."""
    paper.under_way(world, "4601", content=long_paper())
    return world


def by_kind(world: World, platform: str = "mastodon") -> dict[tuple[str, int], Delivery]:
    return {(one.kind, one.position): one for one in world.deliveries() if one.platform == platform}


def test_a_message_is_planned_with_all_its_parts_and_one_visit_approves_them(thread: World) -> None:
    mastodon, bluesky = by_kind(thread), by_kind(thread, "bluesky")
    assert set(mastodon) == {(POST, 0), (THREAD, 1), (THREAD, 2), (COMMENT, 0), (POLL, 0)}
    assert set(bluesky) == {(POST, 0), (THREAD, 1), (THREAD, 2), (COMMENT, 0)}
    assert mastodon[THREAD, 2].predecessor_id == mastodon[THREAD, 1].id
    assert {mastodon[kind].predecessor_id for kind in ((THREAD, 1), (COMMENT, 0), (POLL, 0))} == {
        mastodon[POST, 0].id
    }
    assert all(one.snapshot_hash for one in thread.deliveries())
    late = mastodon[POST, 0].late_at
    assert late is not None
    assert mastodon[POLL, 0].late_at == late + FOLLOW_GRACE


def test_a_thread_goes_out_in_order_each_part_answering_the_one_before(thread: World) -> None:
    thread.wait(minutes=5)
    for _ in range(4):
        thread.tick()
    assert set(thread.states()) == {"published"}
    for platform in ("mastodon", "bluesky"):
        found = by_kind(thread, platform)
        live = {str(one["id"]): one for one in thread.live(platform=platform)}
        texts = {str(one["text"]).split("\n")[0] for one in live.values()}
        assert texts >= {"Hei Bergen!", "Del to.", "Spør oss her."}
        order = thread.moments(platform)
        for one in found.values():
            if one.predecessor_id is not None:
                assert order.index(one.predecessor_id) < order.index(one.id)


def test_what_follows_a_post_that_never_went_does_not_go_either(thread: World) -> None:
    for platform, path in (("mastodon", "/api/v1/statuses"), ("bluesky", "/xrpc/")):
        thread.fault("status", platform=platform, path=path, times=None, status=422)
    thread.wait(minutes=5)
    thread.tick()
    mastodon = by_kind(thread)
    assert mastodon[POST, 0].state == "failed"
    thread.wait(hours=4)
    thread.tick()
    assert {one.state for one in by_kind(thread).values() if one.kind != POST} == {"missed"}
    assert {one.reason for one in by_kind(thread).values() if one.kind != POST} == {"gate.predecessor"}
    assert thread.live() == []


def test_a_poll_of_its_own_has_the_messages_title_for_its_words(thread: World) -> None:
    thread.wait(minutes=5)
    for _ in range(4):
        thread.tick()
    poll = by_kind(thread)[POLL, 0]
    assert "Bilete" in {one["text"] for one in thread.live() if one["id"] == poll.remote_id}


def test_a_part_the_county_takes_out_is_not_sent(thread: World) -> None:
    new = long_paper()
    new["messages"][0]["follow_up"].pop()
    paper.load(thread, new)
    thread.clock.plan()
    assert by_kind(thread)[THREAD, 2].state == "cancelled"
    assert by_kind(thread)[THREAD, 1].approval_fell_at is None
