"""Delivery history in the audit chain: each finished day once, and whatever is changed in it afterwards shows (D14)."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from forging import forged
from sqlalchemy import select
from sqlalchemy.orm import Session
from world import World

from campaigns import audit, digests, verification
from campaigns.digests import ACTION, SETTLED
from campaigns.states import State
from campaigns.store import AuditEntry, History

MORNING = datetime(2027, 1, 13, 9, tzinfo=UTC)
"""The day after the world's own."""


def write(world: World, number: str = "4601", *, now: datetime = MORNING) -> int:
    with world.store.system() as session:
        return digests.write_digests(session, world.places[number].id, now=now)


def entries(world: World, number: str = "4601") -> list[AuditEntry]:
    with world.store.system(write=False) as session:
        own = AuditEntry.organisation_id == world.places[number].id
        chosen = select(AuditEntry).where(own, AuditEntry.action == ACTION).order_by(AuditEntry.sequence)
        return list(session.scalars(chosen))


def misfits(session: Session) -> list[tuple[str, str]]:
    return [(one.code, one.number) for one in verification.verify_chains(session, None).misfits]


def lived(world: World) -> World:
    """Let a day pass in which two municipalities' posts went out."""
    world.under_way("4601", "4621")
    world.wait(minutes=5)
    world.tick()
    assert world.states() == ["published", "published"]
    return world


def move(world: World, delivery_id: int, at: datetime, *, number: str = "4601") -> None:
    """Write a row of history as a move does."""
    with world.store.system() as session:
        session.add(
            History(
                organisation_id=world.places[number].id, delivery_id=delivery_id, at=at, move="confirm",
                target=State.published, attempt=1, actor="worker", reason=None, reason_values={"number": 3, "a": "å"},
            )
        )  # fmt: skip


def test_a_finished_day_is_written_into_the_chain_once(world: World) -> None:
    lived(world)
    rows = len(world.history(world.delivery("4601").id))
    assert [write(world), write(world), write(world, now=MORNING + timedelta(days=3))] == [1, 0, 0]
    (entry,) = entries(world)
    assert (entry.person_id, entry.how, entry.subject) == (None, "clock", "2027-01-12")
    assert (entry.details["rows"], entry.details["after"]) == (rows, 0)
    with world.store.system(write=False) as session:
        assert misfits(session) == []


def test_a_day_that_is_not_over_waits_and_so_do_its_last_stragglers(world: World) -> None:
    lived(world)
    midnight = datetime(2027, 1, 13, tzinfo=UTC)
    assert write(world, now=midnight) == 0
    assert write(world, now=midnight + SETTLED - timedelta(seconds=1)) == 0
    assert write(world, now=midnight + SETTLED) == 1


def test_each_day_has_a_digest_of_its_own_and_a_quiet_one_has_none(world: World) -> None:
    lived(world)
    one = world.delivery("4601").id
    for day in (14, 16):
        move(world, one, datetime(2027, 1, day, 12, tzinfo=UTC))
    assert write(world, now=datetime(2027, 1, 20, 12, tzinfo=UTC)) == 3
    told = entries(world)
    assert [entry.subject for entry in told] == ["2027-01-12", "2027-01-14", "2027-01-16"]
    assert [entry.details["after"] for entry in told] == [0, *(entry.details["last"] for entry in told[:-1])]


def test_a_row_that_a_slow_clock_dated_into_a_written_day_is_covered_by_the_next(world: World) -> None:
    lived(world)
    assert write(world) == 1
    one = world.delivery("4601").id
    move(world, one, datetime(2027, 1, 12, 23, 59, tzinfo=UTC))
    move(world, one, datetime(2027, 1, 13, 12, tzinfo=UTC))
    assert write(world, now=MORNING + timedelta(days=1)) == 2
    assert [entry.details["rows"] for entry in entries(world)][1:] == [1, 1]
    with world.store.system(write=False) as session:
        assert misfits(session) == []


def test_two_clocks_at_once_write_a_day_once(world: World) -> None:
    lived(world)
    with ThreadPoolExecutor(2) as pool:
        written = [done.result() for done in [pool.submit(write, world) for _ in range(2)]]
    assert sorted(written) == [0, 1]
    with world.store.system(write=False) as session:
        assert misfits(session) == []


THEIRS = "organisation_id = :place AND id = (SELECT max(id) FROM history WHERE organisation_id = :place)"
FORGERIES = {
    "altered": "UPDATE history SET target = 'failed' WHERE " + THEIRS,
    "dated otherwise": "UPDATE history SET at = '2027-01-12 09:05:01.000000' WHERE " + THEIRS,
    "another actor": "UPDATE history SET actor = 'person:1' WHERE " + THEIRS,
    "a reason added": "UPDATE history SET reason = 'delivery.too_late' WHERE " + THEIRS,
    "deleted": "DELETE FROM history WHERE " + THEIRS,
    "given to another": "UPDATE history SET organisation_id = :other, delivery_id = :theirs WHERE " + THEIRS,
    "added where it is covered": (
        "INSERT INTO history (id, organisation_id, delivery_id, at, move, target, attempt, actor) "
        "SELECT -1, organisation_id, delivery_id, at, move, target, attempt, actor FROM history WHERE " + THEIRS
    ),
}  # fmt: skip


def test_history_that_was_changed_afterwards_does_not_fit_its_digest(world: World) -> None:
    lived(world)
    for number in ("4601", "4621"):
        write(world, number)
    place, other = world.places["4601"].id, world.places["4621"].id
    theirs = world.delivery("4621").id
    for how, statement in FORGERIES.items():
        found = forged(world, [statement], misfits, place=place, other=other, theirs=theirs)
        assert ("audit.day_misfits", "4601") in found, how
    with world.store.system(write=False) as session:
        assert misfits(session) == []


def test_a_digest_comes_out_the_same_however_the_rows_are_read(world: World) -> None:
    lived(world)
    one = world.delivery("4601").id
    minutes = random.Random(14).sample(range(60), 30)
    for minute in sorted(minutes):
        move(world, one, datetime(2027, 1, 12, 12, minute, tzinfo=UTC))
    write(world)
    before, audit.AT_ONCE = audit.AT_ONCE, 7
    try:
        with world.store.system(write=False) as session:
            assert misfits(session) == []
    finally:
        audit.AT_ONCE = before
