"""A worker as it runs in earnest, below a broker that anybody on its network may write to (threats E10 to E12)."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from broker import Broker
from celery import Celery
from passing import lies, make_due
from processes import Process, running, until
from world import World

from workers.broker import CHUNK, make_app, nudge, queue_name

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

Start = Callable[..., Process]


@pytest.fixture
def start(present: World, broker: Broker, tmp_path: Path) -> Iterator[Start]:
    """Starts a worker on the world's store, and returns once its child takes work."""
    environment = {
        "SAMKLANG_HOME": str(present.settings.home),
        "SAMKLANG_DATABASE": str(present.store.url),
        "SAMKLANG_BROKER": broker.url,
        "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1",
    }
    with ExitStack() as parts:

        def start_worker(**more: str) -> Process:
            process = parts.enter_context(
                running(["-m", "samklang", "worker"], {**environment, **more}, tmp_path / "logs")
            )
            until(lambda: consumes(broker))
            return process

        yield start_worker


def consumes(broker: Broker) -> bool:
    """Return whether a worker waits on a queue of the broker."""
    return any(one["cmd"] == "brpop" for one in broker.client().client_list())


def release(world: World, app: Celery) -> list[int]:
    """Release what is due at the present, nudge through the broker, and return what was released."""
    sent: list[int] = []
    world.deliver = lambda errand, platform, ids: (
        sent.extend(ids) or nudge(app, errand, platform, ids, hands=8)
    )
    world.now = datetime.now(UTC)
    world.wait()
    world.clock.release()
    return sent


FORGED = (
    ("samklang.publish", ["mastodon", "7"], {}),
    ("samklang.publish", ["mastodon", [True]], {}),
    ("samklang.publish", ["mastodon", list(range(1, CHUNK + 2))], {}),
    ("samklang.publish", ["elsewhere", [1, 2]], {}),
    ("samklang.publish", ["mastodon", {"ids": [1, 2]}], {}),
    ("samklang.publish", ["mastodon", {"__type__": "datetime", "__value__": "2027-01-12T09:00:00"}], {}),
    ("samklang.publish", [], {"platform": "mastodon", "ids": [1, 2]}),
    ("samklang.publish", ["mastodon", [1, 2, 10**9, 2**62]], {}),
    ("samklang.look", ["mastodon", [1, 2]], {}),
    ("samklang.measure", ["mastodon", [1, 2]], {}),
    ("celery.map", [{"task": "samklang.publish"}, [["mastodon", [1]]]], {}),
    ("celery.chord", [[], {}], {}),
    ("os.system", ["true"], {}),
)
"""What a forger may send: every word of it names the deliveries of Bergen and Voss, which are not due."""


def send_pickled(app: Celery, canary: Path) -> None:
    """Send a message that would write a file if anybody unpickled it."""

    class Canary:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (canary,))

    with app.connection_for_write() as connection, connection.Producer() as producer:
        producer.publish(
            pickle.dumps(Canary()), content_type="application/x-python-serialize", content_encoding="binary",
            routing_key=queue_name("mastodon"), exchange="", headers={"task": "samklang.publish", "id": "x"},
        )  # fmt: skip


@pytest.mark.slow
def test_forged_messages_are_ignored_and_a_poisoned_one_costs_a_restart(
    present: World, broker: Broker, start: Start, tmp_path: Path
) -> None:
    messages = [World.message("ein"), World.message("to", at="10:06", words="To:")]
    present.under_way("4601", messages=messages)
    worker = start()
    app = make_app(broker.url)
    (child,) = worker.children()
    for task, arguments, named in FORGED:
        app.send_task(task, args=arguments, kwargs=named, queue=queue_name("mastodon"))
    send_pickled(app, tmp_path / "canary")
    app.control.broadcast("shutdown")
    app.control.broadcast("pool_restart", arguments={"modules": ["os"]})
    until(lambda: broker.client().llen(queue_name("mastodon")) == 0)
    assert present.states() == ["planned", "planned"]
    assert present.calls() == []
    assert not (tmp_path / "canary").exists()

    first, second = present.deliveries()
    make_due(present, message="ein")
    assert release(present, app) == [first.id]
    until(lambda: present.states() == ["published", "planned"])

    assert worker.children() == [child]

    for poison in ("no JSON", "{}", '{"body": 7, "properties": []}'):
        broker.client().lpush(queue_name("mastodon"), poison)
    until(lambda: worker.children() not in ([], [child]))
    make_due(present)
    assert release(present, app) == [second.id]
    until(lambda: present.states() == ["published", "published"])
    assert lies(present) == []
    assert worker.ask_to_end() == 0


@pytest.mark.slow
def test_a_platform_that_hangs_holds_up_no_other(present: World, broker: Broker, start: Start) -> None:
    messages = [World.message(f"m{turn}", to="bluesky", words=f"{turn}:") for turn in range(4)]
    messages.append(World.message("toot", to="mastodon"))
    present.under_way("4601", "4621", "4636", to="mastodon, bluesky", messages=messages)
    match = {"method": "POST", "path": "/xrpc/com.atproto.repo.putRecord"}
    present.tell(
        "bluesky", "PUT", "/_sandbox/faults", [{"match": match, "times": None, "do": "hang", "seconds": 15}]
    )
    start(SAMKLANG_THREADS="2")
    app = make_app(broker.url)
    make_due(present)
    assert len(release(present, app)) == 15

    def of(platform: str) -> list[str]:
        return [one.state.value for one in present.deliveries() if one.platform == platform]

    until(lambda: of("bluesky").count("publishing") == 2)
    until(lambda: of("mastodon") == ["published"] * 3, seconds=14)
    assert of("bluesky").count("publishing") == 2, "never more at once than it has hands"
    assert of("bluesky").count("queued") == 10


@pytest.mark.parametrize("state", ["gone", pytest.param("frozen", marks=pytest.mark.slow)])
def test_a_broker_that_does_not_answer_costs_a_nudge_and_seconds(
    present: World, broker: Broker, state: str
) -> None:
    app = make_app(broker.url)
    assert nudge(app, "publish", "mastodon", [1], hands=8)
    if state == "gone":
        broker.kill()
    else:
        broker.freeze()
    began = time.monotonic()
    assert not nudge(app, "publish", "mastodon", [1], hands=8)
    assert time.monotonic() - began < 60
