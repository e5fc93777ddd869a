"""The clock's jobs: what a leap, a lost mark, a slow broker and a second clock may do to them, and what not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from passing import let_pass, lies
from processes import ROOT, until
from sqlalchemy import text
from world import START, World

from campaigns import mark
from campaigns.recovery import NUDGE_AGAIN
from campaigns.states import State
from campaigns.store import Store
from scheduler.clock import Clock
from scheduler.steadiness import Steadiness
from workers.desk import Desk

LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@LITE
@pytest.mark.parametrize("hours", [2, -2])
def test_a_leaping_clock_makes_nothing_missed_unsure_or_gone(world: World, hours: int) -> None:
    messages = [World.message("ein"), World.message("to", at="10:06", words="To:")]
    world.under_way("4601", messages=messages)
    world.fault("drop_after")
    let_pass(world, minutes=5, seconds=1)
    before = [(one.state, one.looks, one.next_look_at, one.next_try_at) for one in world.deliveries()]
    assert [one[0] for one in before] == [State.unsure, State.planned]
    world.now += timedelta(hours=hours)
    for _ in range(3):
        world.tick()
    assert [(one.state, one.looks, one.next_look_at, one.next_try_at) for one in world.deliveries()] == before
    world.now -= timedelta(hours=hours)
    world.tick()
    let_pass(world, minutes=5)
    assert world.states() == ["published", "published"]
    assert lies(world) == []


@LITE
def test_what_is_queued_is_not_called_too_late_by_a_leap(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)

    def leap(errand: str, platform: str, ids: list[int]) -> None:
        world.now += timedelta(hours=2)
        world.clock.recover()
        assert world.states() == ["queued"]
        world.now -= timedelta(hours=2)

    world.deliver = leap
    world.clock.release()
    assert world.states() == ["queued"]


def test_several_small_leaps_add_up_and_a_sleeping_machine_is_no_leap() -> None:
    clock = Steadiness(START, 0.0)
    wall = START + timedelta(hours=8)
    assert clock.agrees(wall, 8 * 3600.0), "both clocks went on while it slept"
    answers = []
    for turn in range(1, 5):
        wall += timedelta(seconds=11)
        answers.append(clock.agrees(wall, 8 * 3600.0 + turn))
    assert answers == [True, True, True, False]


def test_readings_from_many_threads_are_no_leap(world: World) -> None:
    desk = Desk(world.settings, world.store)
    clock = Clock(desk, lambda errand, platform, ids: None)
    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(job) for _ in range(20) for job, _ in clock.jobs()]:
            done.result()
    assert clock.steady
    assert clock.steadiness.leapt == timedelta(0)
    desk.close()


@LITE
def test_nothing_is_nudged_before_the_mark_is_written_not_even_later(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    kept = world.settings.mark_path.read_text()
    world.settings.mark_path.unlink()
    world.settings.mark_path.mkdir()  # a mark that cannot be written
    with pytest.raises(OSError, match="mark"):
        world.clock.release()
    assert world.states() == ["queued"]
    world.wait(seconds=NUDGE_AGAIN.total_seconds() + 1)
    with pytest.raises(OSError, match="mark"):
        world.clock.recover()
    assert world.nudged == []
    world.settings.mark_path.rmdir()
    world.settings.mark_path.write_text(kept)
    world.wait(seconds=NUDGE_AGAIN.total_seconds() + 1)
    world.clock.recover()
    assert world.states() == ["published"]
    found = mark.read_mark(world.settings.mark_path)
    assert found is not None
    assert found.generation == 1


def test_two_clocks_at_once_release_recover_and_look_each_thing_once(world: World) -> None:
    both = "mastodon, bluesky"
    world.under_way("4601", "4621", "4636", to=both, messages=[World.message(to=both)])
    world.fault("drop_after")
    world.wait(minutes=5)
    clocks = [Clock(world.desk, world._carry) for _ in range(2)]
    for _ in range(4):
        gate = threading.Barrier(len(clocks))

        def run(clock: Clock, gate: threading.Barrier = gate) -> None:
            gate.wait(60)
            for job, _ in clock.jobs():
                job()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(run, clock) for clock in clocks]:
                done.result()
        world.now += timedelta(seconds=20)
        for clock in clocks:
            clock.steadiness.wall = world.now
    assert set(world.states()) == {"published"}
    for number in ("4601", "4621", "4636"):
        assert len(world.calls(number=number)) == 1
    assert lies(world) == []


@LITE
def test_the_scheduler_runs_every_job_and_survives_a_store_that_is_away(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    scheduler = BackgroundScheduler(timezone="UTC")
    with world.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hold RENAME TO lost"))
    world.clock.schedule(scheduler)
    scheduler.start()
    try:
        assert len(scheduler.get_jobs()) == len(world.clock.jobs())
        until(lambda: all(job.next_run_time for job in scheduler.get_jobs()))
        assert world.states() == ["planned"]
        with world.store.engine.begin() as connection:
            connection.execute(text("ALTER TABLE lost RENAME TO hold"))
        until(lambda: world.states() == ["published"])
    finally:
        scheduler.shutdown(wait=True)


@LITE
@pytest.mark.slow
def test_one_command_accepts_a_restored_database_and_then_it_sends(world: World, tmp_path: Path) -> None:
    later = World.message("seint", at="12:00", words="Seint:")
    world.under_way("4601", messages=[World.message(), later], late_after=120)
    with world.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = shutil.copy(str(world.store.url.database), tmp_path / "backup.db")
    let_pass(world, minutes=6)
    assert world.states() == ["published", "planned"]
    calls = len(world.calls())
    world.store = Store(f"sqlite:///{backup}")
    world.desk.store = world.store
    world.clock = Clock(world.desk, world._carry)
    world.clock.begin()
    let_pass(world, hours=2, minutes=5)
    assert world.states() == ["published", "planned"]
    assert len(world.calls()) == calls
    said = subprocess.run(
        [sys.executable, "-m", "samklang", "--json", "release", "--everything"],
        env={"PYTHONPATH": str(ROOT), "SAMKLANG_HOME": str(world.settings.home), "SAMKLANG_DATABASE": f"sqlite:///{backup}"},
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert len(json.loads(said.stdout)["lifted"]) == 1
    with world.store.system(write=False) as session:
        assert mark.standing(session, world.settings.mark_path)[0] == "level"
    let_pass(world, minutes=1)
    assert world.states() == ["published", "published"]
    assert lies(world) == []
    world.store.dispose()
