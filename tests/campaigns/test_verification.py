"""Whether the chains are what was written: entries, digests, and ends that are known outside the database (D14)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from forging import forged
from sqlalchemy.orm import Session
from world import World

from campaigns import audit, heads, verification
from campaigns.access import Forbidden
from campaigns.audit import Wanted
from campaigns.heads import Head, read_heads
from campaigns.store import Actor, Role
from campaigns.verification import Verdict


def acted(world: World, *numbers: str, times: int = 5) -> None:
    """Have these organisations' chains grow by so many acts."""
    for number in numbers:
        with world.store.scope(world.actors[number]) as session:
            for turn in range(times):
                audit.record(session, world.actors[number], "test", str(turn), {"turn": turn}, now=world.now)


def advance(world: World) -> None:
    with world.store.system(write=False) as session:
        heads.advance_heads(session, world.settings.heads_path)


def verdict(world: World) -> Callable[[Session], Verdict]:
    """Return what verifies everything against what is known outside."""
    return lambda session: verification.verify_chains(session, read_heads(session, world.settings.heads_path))


def told(world: World, *statements: str) -> list[tuple[str, str]]:
    """Return what does not fit after these statements, which are undone; `:place` is Bergen."""
    found = forged(world, statements, verdict(world), place=world.places["4601"].id)
    return [(one.code, one.number) for one in found.misfits]


def known(world: World, number: str = "4601") -> Head:
    """Return how far a chain is known to have come."""
    with world.store.system(write=False) as session:
        found = read_heads(session, world.settings.heads_path)
    assert found is not None
    return found[world.places[number].id]


MINE = "organisation_id = :place AND sequence"


def test_a_chain_that_was_cut_at_its_end_shows_by_what_is_known_outside(world: World) -> None:
    acted(world, "46", "4601")
    advance(world)
    assert told(world) == []
    assert told(world, f"DELETE FROM audit_entry WHERE {MINE} = 5") == [("audit.end_missing", "4601")]
    assert told(world, f"DELETE FROM audit_entry WHERE {MINE} > 0") == [("audit.end_missing", "4601")]


def test_without_what_is_known_outside_a_cut_does_not_show(world: World) -> None:
    acted(world, "4601")
    assert told(world, f"DELETE FROM audit_entry WHERE {MINE} = 5") == []


def test_a_chain_that_was_written_anew_from_the_start_shows_too(world: World) -> None:
    acted(world, "4601")
    advance(world)
    place = world.places["4601"].id

    def rewrite(session: Session) -> Verdict:
        for turn in range(6):
            audit.record(session, world.actors["4601"], "test", f"another {turn}", {}, now=world.now)
        return verdict(world)(session)

    found = forged(world, [f"DELETE FROM audit_entry WHERE {MINE} > 0"], rewrite, place=place)
    assert [(one.code, one.values["sequence"]) for one in found.misfits] == [("audit.rewritten", 5)]


def test_an_entry_that_does_not_fit_is_told_by_its_number_and_the_others_are_gone_through(
    world: World,
) -> None:
    acted(world, "46", "4601")
    advance(world)
    statement = f"UPDATE audit_entry SET subject = 'x' WHERE {MINE} = 3"
    found = forged(world, [statement], verdict(world), place=world.places["4601"].id)
    (misfit,) = found.misfits
    assert (misfit.code, misfit.values) == (
        "audit.entry_misfits", {"organisation": "Bergen", "sequence": 3},
    )  # fmt: skip
    assert (found.chains, found.entries) == (2, 5 + 2)


def test_what_is_known_outside_moves_on_with_the_chain(world: World) -> None:
    acted(world, "4601")
    advance(world)
    before = world.settings.heads_path.stat().st_mtime_ns
    advance(world)
    assert world.settings.heads_path.stat().st_mtime_ns == before, "nothing new is not written"
    acted(world, "4601", times=2)
    advance(world)
    assert known(world).sequence == 7


def test_what_is_known_outside_stays_where_a_chain_does_not_go_on_from_it(world: World) -> None:
    acted(world, "4601")
    advance(world)
    further = known(world)

    def grown(session: Session) -> None:
        for turn in range(9):
            audit.record(session, world.actors["4601"], "test", str(turn), {}, now=world.now)
        heads.advance_heads(session, world.settings.heads_path)

    forged(world, [f"DELETE FROM audit_entry WHERE {MINE} > 2"], grown, place=world.places["4601"].id)
    assert known(world) == further


def test_a_database_that_a_person_accepts_is_known_from_then_on(world: World) -> None:
    acted(world, "4601")
    place = world.places["4601"].id
    path = world.settings.heads_path
    with world.store.system(write=False) as session:
        name = json.loads(path.read_text())["name"] if path.exists() else None
        assert name is None
        heads.advance_heads(session, path)
    content = json.loads(path.read_text())
    content["heads"][str(place)] = [99, "f" * 64]
    path.write_text(json.dumps(content))
    assert told(world) == [("audit.end_missing", "4601")]
    with world.store.system(write=False) as session:
        assert heads.accept_heads(session, path) == 1
    assert told(world) == []
    assert known(world).sequence == 5


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"name": "another", "heads": {}}', '{"heads": {}}', '{"name": 1, "heads": {"1": 2}}'],
)
def test_a_file_of_another_instance_or_of_nothing_tells_nothing_and_stays(world: World, content: str) -> None:
    acted(world, "4601")
    path = world.settings.heads_path
    path.write_text(content)
    advance(world)
    assert path.read_text() == content
    with world.store.system(write=False) as session:
        assert read_heads(session, path) is None


def test_the_clock_writes_digests_and_ends(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    assert known(world).sequence > 0
    world.wait(days=1)
    world.tick()
    with world.store.system(write=False) as session:
        found = verdict(world)(session)
    assert (found.days, found.misfits) == (1, [])
    with world.store.system(write=False) as session:
        assert heads.present_heads(session)[world.places["4601"].id] == known(world)


def test_a_clock_that_leapt_writes_no_day_before_its_time(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    world.now += timedelta(days=2)
    world.clock.digest()
    world.now -= timedelta(days=2)
    with world.store.system(write=False) as session:
        assert verdict(world)(session).days == 0


def test_people_verify_and_read_their_own_chain_alone_and_not_everybody_may(world: World) -> None:
    acted(world, "46", "4601")
    with world.store.scope(world.actors["4601"], write=False) as session:
        found = verification.verify_chains(session, None)
        assert (found.chains, found.entries) == (1, 5)
        assert {entry.organisation_id for entry, _ in audit.acts(session, limit=99)} == {
            world.places["4601"].id
        }
    reader = Actor(1, world.places["4601"].id, "municipality", frozenset({Role.reader}), "test")
    with world.store.scope(reader, write=False) as session:
        with pytest.raises(Forbidden, match=r"audit\.read"):
            verification.verify_chains(session, None)
        with pytest.raises(Forbidden, match=r"audit\.read"):
            audit.acts(session, limit=1)


def test_acts_come_newest_first_since_a_time_and_no_more_than_asked_for(world: World) -> None:
    acted(world, "4601", times=3)
    later = world.now + timedelta(hours=1)
    with world.store.scope(world.actors["4601"]) as session:
        audit.record(session, world.actors["4601"], "test", "last", {}, now=later)
        assert [one.subject for one, _ in audit.acts(session, limit=2)] == ["last", "2"]
        assert [(one.subject, name) for one, name in audit.acts(session, Wanted(since=later), limit=9)] == [
            ("last", "Adviser 4601")
        ]
