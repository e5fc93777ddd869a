"""The house as it runs in earnest: clock and workers as processes, Valkey between them, PostgreSQL below."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from broker import Broker
from passing import POSTING, grow_older, lies, make_due
from processes import Process, running, until
from world import World

from campaigns.states import State
from workers.broker import make_app, nudge

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

Environment = dict[str, str]


@pytest.fixture
def environment(present: World, broker: Broker) -> Environment:
    return {
        "SAMKLANG_HOME": str(present.settings.home),
        "SAMKLANG_DATABASE": present.store.url.render_as_string(hide_password=False),
        "SAMKLANG_BROKER": broker.url,
        "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1",
    }


@pytest.fixture
def start(environment: Environment, tmp_path: Path) -> Iterator[object]:
    """Starts a part of the house by its name."""
    with ExitStack() as parts:

        def start_part(name: str) -> Process:
            return parts.enter_context(running(["-m", "samklang", name], environment, tmp_path / "logs"))

        yield start_part


def are(world: World, state: State) -> bool:
    """Return whether every delivery is in this state."""
    return set(world.states()) == {state}


@pytest.mark.parametrize("platform", ["mastodon", pytest.param("bluesky", marks=pytest.mark.slow)])
def test_a_worker_killed_in_its_call_is_started_again_and_the_post_is_found(
    present: World, start, platform: str
) -> None:
    present.under_way("4601", to=platform)
    present.fault("hang", platform=platform, path=POSTING[platform], seconds=60, carry_out=True)
    worker = start("worker")
    start("clock")
    make_due(present)
    until(lambda: present.live(platform=platform))
    (child,) = worker.children()
    os.kill(child, signal.SIGKILL)
    until(lambda: worker.children() not in ([], [child]))
    assert present.states() == ["publishing"]
    grow_older(present, seconds=91)
    until(lambda: are(present, State.published))
    assert present.history(present.delivery().id) == ["release", "claim", "doubt", "confirm"]
    assert len(present.calls(POSTING[platform], platform=platform)) == 1
    assert lies(present) == []
    assert worker.ask_to_end() == 0


@pytest.mark.slow
def test_a_flushed_and_a_restarted_broker_cost_seconds_and_nothing_else(
    present: World, broker: Broker, start
) -> None:
    messages = [World.message(word, words=f"{word}:") for word in ("ein", "to")]
    present.under_way("4601", "4621", messages=messages)
    clock = start("clock")
    make_due(present)
    until(lambda: are(present, State.queued))
    until(lambda: broker.client().llen("samklang.mastodon"))
    broker.client().flushall()
    worker = start("worker")
    grow_older(present, seconds=11)
    until(lambda: are(present, State.published))
    broker.kill()
    present.load(present.definition(*messages, World.message("tre", words="tre:")))
    until(lambda: len(present.states()) == 6)
    for number in ("4601", "4621"):
        present.approve(number)
    make_due(present)
    until(lambda: present.states().count("queued") == 2)
    assert clock.popen.poll() is None
    until(lambda: broker.start() or True)
    grow_older(present, seconds=11)
    until(lambda: are(present, State.published))
    assert len(present.calls()) == len(present.calls(number="4621")) == 3
    assert lies(present) == []
    assert clock.ask_to_end() == 0
    assert worker.ask_to_end() == 0


@pytest.mark.slow
def test_a_killed_clock_leaves_everything_to_the_next_one(present: World, broker: Broker, start) -> None:
    present.under_way("4601", "4621")
    first = start("clock")
    make_due(present)
    until(lambda: are(present, State.queued))
    first.kill()
    broker.client().flushall()
    start("worker")
    start("clock")
    grow_older(present, seconds=11)
    until(lambda: are(present, State.published))
    assert len(present.calls()) == len(present.calls(number="4621")) == 1
    assert lies(present) == []


@pytest.mark.slow
def test_two_clocks_two_workers_and_every_nudge_doubled_send_each_post_once(
    present: World, broker: Broker, start
) -> None:
    both = "mastodon, bluesky"
    messages = [World.message(f"m{turn}", to=both, words=f"Nummer {turn}:") for turn in range(10)]
    present.under_way("4601", "4621", "4636", to=both, messages=messages)
    parts = [start(name) for name in ("worker", "worker", "clock", "clock")]
    until(lambda: all(part.children() for part in parts[:2]))
    forged = make_app(broker.url)
    ids = [one.id for one in present.deliveries()]
    make_due(present)
    until(lambda: "queued" in present.states() or "published" in present.states())
    for platform in both.split(", "):
        for _ in range(3):
            assert nudge(forged, "publish", platform, ids, hands=8)
    until(lambda: are(present, State.published), seconds=120)
    assert len(present.states()) == 60
    for platform in both.split(", "):
        path = POSTING[platform]
        for number in ("4601", "4621", "4636"):
            assert len(present.calls(path, platform=platform, number=number)) == 10
    for one in present.deliveries():
        assert present.history(one.id) == ["release", "claim", "confirm"]
    assert lies(present) == []
    assert [part.ask_to_end() for part in parts] == [0, 0, 0, 0]
