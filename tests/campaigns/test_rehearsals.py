"""Rehearsals as rows: one at a time, taken up by one worker, taken over from one that died, told when nobody plays."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from world import World

from campaigns import audit, rehearsals
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from campaigns.rehearsals import LEASE, TRIES, WAITS, Progress, Refused, Script
from campaigns.store import Cast, Ending, Rehearsal
from workers.broker import REHEARSALS


@pytest.fixture(autouse=True)
def campaign(world: World) -> None:
    world.load(world.definition(world.message("ein", at="10:05")))


def begin(world: World, number: str = "46") -> int:
    with world.store.scope(world.actors[number]) as session:
        return rehearsals.begin(session, "prove", Cast.everybody, now=world.now)


def claim(world: World, rehearsal: int) -> Script | None:
    with world.store.system() as session:
        return rehearsals.claim(session, rehearsal, now=world.now)


def taken(world: World, rehearsal: int) -> Script:
    script = claim(world, rehearsal)
    assert script is not None
    return script


def row(world: World, rehearsal: int) -> Rehearsal:
    with world.store.scope(world.actors["46"], write=False) as session:
        return rehearsals.one(session, "prove", rehearsal)


def due(world: World) -> list[int]:
    with world.store.system(write=False) as session:
        return rehearsals.due(session, now=world.now)


def test_what_is_played_is_the_stored_document_and_whom_it_invites(world: World) -> None:
    script = taken(world, begin(world))
    assert script.document == world.campaign().document
    assert script.numbers == ("4601", "4621", "4636")
    assert (script.attempt, script.cast) == (1, Cast.everybody)


def test_a_rehearsal_is_written_into_the_audit_chain_and_touches_nothing_else(world: World) -> None:
    begin(world)
    with world.store.scope(world.actors["46"], write=False) as session:
        entry, who = audit.acts(session)[0]
    assert (entry.action, entry.subject, entry.details) == (
        "campaign.rehearse", "prove", {"version": 1, "cast": "everybody"},
    )  # fmt: skip
    assert who == "Ingrid"
    assert world.deliveries() == []
    assert world.campaign().active_at is None


def test_one_rehearsal_of_a_campaign_is_under_way_at_a_time(world: World) -> None:
    first = begin(world)
    with pytest.raises(Refused, match="under_way"):
        begin(world)
    with world.store.scope(world.actors["46"]) as session:
        assert rehearsals.stop(session, "prove", first, now=world.now)
    assert begin(world) > first


def test_the_newest_are_kept(world: World) -> None:
    made = []
    for _ in range(rehearsals.KEPT + 2):
        made.append(begin(world))
        with world.store.scope(world.actors["46"]) as session:
            rehearsals.stop(session, "prove", made[-1], now=world.now)
    with world.store.scope(world.actors["46"], write=False) as session:
        kept = [one.id for one in rehearsals.of_campaign(session, "prove")]
    assert kept == made[: -rehearsals.KEPT - 1 : -1]


def test_one_worker_takes_a_rehearsal_and_the_next_one_finds_nothing(world: World) -> None:
    made = begin(world)
    assert due(world) == [made]
    assert claim(world, made)
    assert claim(world, made) is None
    assert due(world) == []


def test_a_worker_that_dies_is_followed_by_another_and_cannot_write_any_more(world: World) -> None:
    made = begin(world)
    dead = taken(world, made)
    with world.store.system() as session:
        assert rehearsals.note(session, dead, Progress(40, world.now, 3, 9), now=world.now)
    assert (row(world, made).share, row(world, made).live) == (40, 3)
    world.wait(seconds=LEASE.total_seconds())
    assert due(world) == [made]
    second = taken(world, made)
    assert (second.attempt, row(world, made).share) == (2, 0)
    with world.store.system() as session:
        assert not rehearsals.note(session, dead, Progress(50), now=world.now)
        assert not rehearsals.settle(session, dead, b"old", now=world.now)
        assert rehearsals.settle(session, second, b"new", now=world.now)
    ended = row(world, made)
    assert (ended.ending, ended.under_way, ended.ended_at) == (Ending.played, None, world.now)
    with world.store.system(write=False) as session:
        assert session.scalars(select(Rehearsal.outcome)).one() == b"new"


def test_what_its_players_do_not_survive_is_told_and_stands_in_nobodys_way(world: World) -> None:
    made = begin(world)
    for _ in range(TRIES):
        script = taken(world, made)
        with world.store.system() as session:
            assert rehearsals.give_back(session, script, now=world.now)
    assert due(world) == []
    world.clock.rehearse()
    assert row(world, made).ending == Ending.broken
    assert begin(world)


def test_what_nobody_takes_up_is_told(world: World) -> None:
    made = begin(world)
    world.wait(seconds=WAITS.total_seconds() - 1)
    world.clock.rehearse()
    assert row(world, made).ending is None
    world.wait(seconds=1)
    world.clock.rehearse()
    assert row(world, made).ending == Ending.untaken


def test_a_person_ends_a_rehearsal_and_whoever_plays_it_hears_of_it(world: World) -> None:
    made = begin(world)
    script = taken(world, made)
    with world.store.scope(world.actors["46"]) as session:
        assert rehearsals.stop(session, "prove", made, now=world.now)
        assert not rehearsals.stop(session, "prove", made, now=world.now)
    with world.store.system() as session:
        assert not rehearsals.note(session, script, Progress(1), now=world.now)
        assert not rehearsals.settle(session, script, b"x", now=world.now)
    assert row(world, made).ending == Ending.stopped


def test_a_rehearsal_that_would_be_too_large_is_left_to_the_command(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsals, "MOST_POSTS", 2)
    with pytest.raises(Refused, match="too_large") as refused:
        begin(world)
    assert refused.value.values == {"number": 3, "most": 2}


def test_a_municipality_neither_rehearses_the_countys_campaign_nor_sees_it_rehearsed(world: World) -> None:
    made = begin(world)
    world.invite()
    for number in ("4601", "4621"):
        with pytest.raises((Forbidden, NotFound)):
            begin(world, number)
        with world.store.scope(world.actors[number], write=False) as session:
            assert session.scalars(select(Rehearsal)).all() == []
            with pytest.raises((Forbidden, NotFound)):
                rehearsals.one(session, "prove", made)


def test_the_clock_nudges_whoever_plays(world: World) -> None:
    made = begin(world)
    world.clock.rehearse()
    assert ("rehearse", REHEARSALS, [made]) in world.nudged
