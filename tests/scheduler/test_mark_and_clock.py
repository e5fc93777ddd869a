"""Rolled back means held, and a leaping clock releases nothing (D12)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import World

from campaigns import holds, mark
from campaigns.mark import Mark
from campaigns.store import Hold, Store
from scheduler.clock import NOT_LEVEL, Clock
from scheduler.steadiness import LEAP, Steadiness

START = datetime(2027, 1, 12, 9, tzinfo=UTC)


@pytest.fixture(params=["sqlite"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The embedded engine alone: a copy of its file is a backup."""
    path = tmp_path / "samklang.db"
    shutil.copy(request.getfixturevalue("_sqlite_template"), path)
    return f"sqlite:///{path}"


def _copy(world: World, to: Path) -> None:
    with world.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(str(world.store.url.database), to)


def _restore(world: World, backup: Path) -> None:
    """Put a backup in the store's place, as an operator would with everything stopped."""
    world.store.dispose()
    path = Path(str(world.store.url.database))
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    shutil.copy(backup, path)
    world.store = Store(str(world.store.url))
    world.desk.store = world.store
    world.clock = Clock(world.desk, world._carry)


def _held(world: World) -> bool:
    with world.store.system(write=False) as session:
        return any(holds.is_held(session, reason) for reason in NOT_LEVEL.values())


def test_a_restored_backup_is_held_and_what_was_due_is_looked_up_and_never_sent_again(
    world: World, tmp_path: Path
) -> None:
    world.under_way("4601", "4621")
    backup = tmp_path / "backup.db"
    _copy(world, backup)
    world.wait(minutes=5)
    world.tick()
    assert world.states() == ["published", "published"]
    _restore(world, backup)
    assert world.states() == ["planned", "planned"]
    world.clock.begin()
    assert _held(world)
    for _ in range(4):
        world.wait(minutes=2)
        world.tick()
    assert world.states() == ["published", "published"]
    assert len(world.calls()) == 1
    assert len(world.live()) == 1


def test_what_a_restored_database_plans_later_waits_until_a_person_accepts_it(
    world: World, tmp_path: Path
) -> None:
    messages = [world.message("ein"), world.message("to", at="12:00", words="Sjå her:")]
    world.under_way("4601", messages=messages)
    backup = tmp_path / "backup.db"
    _copy(world, backup)
    world.wait(minutes=5)
    world.tick()
    _restore(world, backup)
    world.clock.begin()
    world.wait(minutes=30)
    world.tick()
    world.wait(hours=1, minutes=26)
    world.tick()
    assert world.states() == ["published", "planned"]
    with world.store.system() as session:
        for hold in holds.open_holds(session):
            holds.lift_hold(session, hold, now=world.now)
        own = mark.standing(session, world.settings.mark_path)[1]
    mark.write_mark(world.settings.mark_path, own)
    world.tick()
    assert world.states() == ["published", "published"]
    assert len(world.live()) == 2


def test_another_instances_database_is_held(world: World) -> None:
    world.under_way("4601")
    mark.write_mark(world.settings.mark_path, Mark("another", 0))
    world.clock.begin()
    with world.store.system(write=False) as session:
        assert [one.reason for one in holds.open_holds(session)] == ["hold.mark_other"]
    world.wait(minutes=5)
    world.tick()
    assert world.live() == []


def test_a_missing_mark_beside_a_database_that_has_deliveries_is_held_once(world: World) -> None:
    world.under_way("4601")
    world.settings.mark_path.unlink()
    world.clock.begin()
    world.clock.begin()
    with world.store.system(write=False) as session:
        assert [one.reason for one in session.query(Hold)] == ["hold.mark_absent"]


def test_a_mark_that_cannot_be_read_holds_like_one_that_is_gone(world: World) -> None:
    world.under_way("4601")
    world.settings.mark_path.write_text("{nonsense", "utf-8")
    world.clock.begin()
    with world.store.system(write=False) as session:
        assert [one.reason for one in holds.open_holds(session)] == ["hold.mark_absent"]


def test_a_level_database_is_not_held(world: World) -> None:
    world.under_way("4601")
    world.clock.begin()
    world.wait(minutes=5)
    world.tick()
    world.clock.begin()
    assert not _held(world)
    found = mark.read_mark(world.settings.mark_path)
    assert found is not None
    assert found.generation == 1


def test_the_mark_is_further_before_anything_is_nudged(world: World) -> None:
    world.under_way("4601")
    seen: list[int] = []

    def note(errand: str, platform: str, ids: object) -> None:
        found = mark.read_mark(world.settings.mark_path)
        seen.append(found.generation if found else -1)

    world.deliver = note
    world.wait(minutes=5)
    world.clock.release()
    assert seen == [1]


def test_the_slower_of_two_clocks_does_not_take_the_mark_back(tmp_path: Path) -> None:
    path = tmp_path / "mark.json"
    mark.advance_mark(path, Mark("one", 6))
    mark.advance_mark(path, Mark("one", 5))
    assert mark.read_mark(path) == Mark("one", 6)
    mark.write_mark(path, Mark("one", 5))
    assert mark.read_mark(path) == Mark("one", 5)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"name": "one"}', '{"name": "one", "generation": "x"}'])
def test_a_mark_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mark.json"
    path.write_text(content)
    assert mark.read_mark(path) is None


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_leaps_releases_nothing_until_it_agrees_again(world: World, hours: int) -> None:
    world.under_way("4601", late_after=240)
    world.wait(minutes=5)
    world.now += timedelta(hours=hours)
    world.clock.release()
    assert world.states() == ["planned"]
    world.now -= timedelta(hours=hours)
    world.clock.release()
    assert world.states() == ["published"]


@given(st.lists(st.floats(-0.9, 0.9), max_size=200))
def test_a_slow_drift_is_no_leap(drifts: list[float]) -> None:
    clock = Steadiness(START, 0.0)
    wall, steady = START, 0.0
    for drift in drifts:
        steady += 1.0
        wall += timedelta(seconds=1.0 + drift)
        assert clock.agrees(wall, steady)


@given(st.floats(31, 10**7), st.booleans())
def test_a_leap_stays_a_leap_until_it_is_taken_back(seconds: float, forward: bool) -> None:
    leap = timedelta(seconds=seconds if forward else -seconds)
    clock = Steadiness(START, 0.0)
    assert abs(leap) > LEAP
    assert not clock.agrees(START + leap, 0.0)
    assert not clock.agrees(START + leap + timedelta(seconds=1), 1.0)
    assert clock.agrees(START + timedelta(seconds=2), 2.0)


def test_two_clocks_release_each_delivery_once(world: World) -> None:
    world.under_way("4601", "4621", "4636", to="mastodon, bluesky")
    other = Clock(world.desk, world._carry)
    world.wait(minutes=5)
    other.steadiness.wall = world.now
    for clock in (world.clock, other, world.clock, other):
        clock.release()
        clock.recover()
    assert world.states() == ["published"] * 6
    released = [one for errand, _, ids in world.nudged if errand == "publish" for one in ids]
    assert sorted(released) == sorted(set(released))
    assert len(world.live("4601")) == len(world.live("4601", "bluesky")) == 1
