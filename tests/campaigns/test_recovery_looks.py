"""Look-ups: what may be believed, when, and what is put before a person."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from passing import let_pass, lies
from world import World

from campaigns import recovery
from campaigns.recovery import LOOK_WAITS, Looked
from campaigns.states import State
from connectors.base import Found, Receipt
from connectors.errors import ConnectorError, NotSent

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
TRUSTS = timedelta(seconds=60)


@pytest.fixture
def unsure(world: World) -> World:
    """A world whose one delivery was called at 10:05 and got no answer."""
    world.under_way("4601")
    world.fault("drop_before")
    let_pass(world, minutes=5, seconds=1)
    assert world.states() == ["unsure"]
    return world


def take(world: World) -> Looked:
    world.wait(seconds=max(0.0, (_next_look(world) - world.now).total_seconds()))
    with world.store.system() as session:
        (one,) = recovery.take_look(session, [world.delivery().id], now=world.now)
        assert recovery.take_look(session, [one.id], now=world.now) == [], "a doubled nudge finds nothing"
    return one


def _next_look(world: World) -> datetime:
    at = world.delivery().next_look_at
    assert at is not None
    return at


def settle(
    world: World,
    one: Looked,
    answer: Found | ConnectorError,
    *,
    trusts: timedelta | None = TRUSTS,
    asked: float = 0.0,
) -> None:
    """Settle a look that was asked so many seconds ago."""
    asked_at = world.now - timedelta(seconds=asked)
    with world.store.system() as session:
        recovery.settle_look(session, one, answer, trusts_absence=trusts, asked_at=asked_at, now=world.now)


def test_an_absence_is_believed_only_when_it_was_asked_for_late_enough(unsure: World) -> None:
    one = take(unsure)
    unsure.now = one.called_at + TRUSTS
    settle(unsure, one, Found(None), asked=1)
    assert unsure.states() == ["unsure"], "the answer came in time, the question did not"
    again = take(unsure)
    settle(unsure, again, Found(None))
    assert unsure.states() == ["planned"]


def test_where_absence_is_never_believed_a_person_is_asked(unsure: World) -> None:
    for _ in LOOK_WAITS:
        assert not unsure.delivery().needs_person
        settle(unsure, take(unsure), Found(None), trusts=None)
    assert unsure.delivery().needs_person
    with unsure.store.system(write=False) as session:
        assert recovery.due_looks(session, now=unsure.now + timedelta(days=2)) == []


def test_no_proper_answer_is_neither_yes_nor_no(unsure: World) -> None:
    for _ in range(5):
        settle(unsure, take(unsure), NotSent())
    assert unsure.states() == ["unsure"]
    assert len(unsure.calls()) == 1


def test_the_first_look_after_the_trusted_time_is_not_put_off(unsure: World) -> None:
    one = take(unsure)
    while one.looks < 4:
        settle(unsure, one, Found(None))
        one = take(unsure)
    assert unsure.now <= one.called_at + TRUSTS


def test_found_absent_in_time_is_sent_again_and_found_absent_too_late_is_missed(unsure: World) -> None:
    unsure.wait(hours=2)
    settle(unsure, take(unsure), Found(None))
    assert (unsure.delivery().state, unsure.delivery().reason) == (State.missed, "delivery.absent_too_late")
    assert lies(unsure) == []


def test_a_look_that_began_before_a_newer_attempt_settles_nothing(unsure: World) -> None:
    old = take(unsure)
    unsure.now = old.called_at + TRUSTS
    settle(unsure, old, Found(None))
    unsure.fault("drop_before")
    let_pass(unsure, seconds=1)
    assert (unsure.delivery().state, unsure.delivery().attempt) == (State.unsure, 2)
    unsure.wait(minutes=2)
    settle(unsure, old, Found(None))
    settle(unsure, old, Found(Receipt("1", "http://x")))
    assert unsure.states() == ["unsure"]


@pytest.mark.parametrize("live", [True, False])
def test_a_persons_answer_settles_what_nobody_else_can(unsure: World, live: bool) -> None:
    one = unsure.delivery()
    for turn in range(2):
        with unsure.store.system() as session:
            answered = recovery.answer_unsure(
                session,
                one,
                live=live,
                address="http://x/1" if live else None,
                now=unsure.now,
                actor="person:1",
            )
        assert answered == (turn == 0), "the second answer comes too late"
    found = unsure.delivery()
    if live:
        assert (found.state, found.stated, found.address) == (State.published, True, "http://x/1")
        assert found.next_sample_at is None
    else:
        assert found.state == State.planned
