"""Rehearsals of a stop: they ask the gates' own predicate, hold nothing back, and stay with who rehearsed (D10)."""

from __future__ import annotations

import itertools

import pytest
from world import World

from campaigns import drills, holds, members
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from campaigns.store import Role


def rehearse(world: World, number: str = "46", step: float = 0.01) -> drills.Drill:
    turns = itertools.count()
    found = drills.rehearse(
        world.store, world.actors[number], now=world.now, seconds=lambda: next(turns) * step
    )
    with world.store.scope(world.actors[number], write=False) as session:
        return drills.drill(session, found)


def test_a_county_rehearses_for_each_of_its_municipalities(world: World) -> None:
    world.under_way("4601", "4621")
    found = rehearse(world)
    assert [(one.number, one.waiting, one.reached) for one in found.places] == [
        ("4601", 1, 1),
        ("4621", 1, 1),
        ("4636", 0, 0),
    ]
    assert found.silent
    assert found.seconds == pytest.approx(0.04)
    assert found.written == pytest.approx(0.01)


def test_a_rehearsal_that_takes_longer_than_a_second_says_so(world: World) -> None:
    world.under_way("4601")
    found = rehearse(world, "4601", step=0.6)
    assert not found.silent
    assert found.seconds > drills.WANTED


def test_a_rehearsal_stops_nothing(world: World) -> None:
    world.under_way("4601")
    rehearse(world)
    rehearse(world, "4601")
    with world.store.system(write=False) as session:
        assert holds.open_holds(session) == []
    world.wait(minutes=6)
    world.tick()
    assert world.states() == ["published"]


def test_a_clock_notes_that_it_has_read_the_rehearsal(world: World) -> None:
    before = rehearse(world)
    assert before.clock is None
    world.wait(seconds=2)
    world.tick()
    world.wait(seconds=5)
    world.tick()
    with world.store.scope(world.actors["46"], write=False) as session:
        assert drills.drill(session, before.id).clock == 2.0


def test_a_rehearsal_is_its_organisations_own(world: World) -> None:
    mine = rehearse(world, "4601")
    for number in ("46", "4621"):
        with world.store.scope(world.actors[number], write=False) as session:
            assert drills.own(session) == []
            with pytest.raises(NotFound):
                drills.drill(session, mine.id)


def test_who_may_not_stop_may_not_rehearse(world: World) -> None:
    with world.store.scope(world.actors["4601"]) as session:
        members.add(session, name="Lesar", mail="r@4601.example", roles=[Role.reader], now=world.now)
    reader = world.store.actor("r@4601.example", "4601", how="test")
    with pytest.raises(Forbidden):
        drills.rehearse(world.store, reader, now=world.now, seconds=lambda: 0.0)
