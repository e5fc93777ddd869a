"""The table of moves, and that the database obeys it: what may not begin somewhere moves nothing there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from world import World

from campaigns.deliveries import make
from campaigns.states import BEFORE_SENDING, MEANING, MOVES, SETTLED, UNDER_WAY, State, diagram
from campaigns.store import Delivery, History

LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def delivery(world: World) -> Delivery:
    """One delivery; its state is the test's to set."""
    world.under_way("4601")
    return world.delivery()


def put(session: Session, delivery: Delivery, state: State, attempt: int = 3) -> None:
    """Put a delivery into a state without any move, as no code of the house may."""
    session.execute(update(Delivery).where(Delivery.id == delivery.id).values(state=state, attempt=attempt))


def state_of(session: Session, delivery: Delivery) -> State:
    found = session.scalar(select(Delivery.state).where(Delivery.id == delivery.id))
    assert found is not None
    return found


def histories(session: Session, delivery: Delivery) -> int:
    return session.scalar(select(func.count(History.id)).where(History.delivery_id == delivery.id)) or 0


def test_a_move_from_a_state_that_is_no_source_moves_nothing_and_writes_nothing(
    world: World, delivery: Delivery
) -> None:
    with world.store.system() as session:
        for name, move in MOVES.items():
            for state in set(State) - move.sources:
                put(session, delivery, state)
                before = histories(session, delivery)
                assert make(session, name, [delivery.id], now=world.now, actor="test") == []
                assert state_of(session, delivery) == state
                assert histories(session, delivery) == before


def test_a_move_from_each_of_its_sources_reaches_its_target_and_writes_one_line(
    world: World, delivery: Delivery
) -> None:
    with world.store.system() as session:
        for name, move in MOVES.items():
            for state in move.sources:
                put(session, delivery, state)
                before = histories(session, delivery)
                moved = make(
                    session, name, [delivery.id], now=world.now, actor="test", reason="delivery.too_late", values={"a": 1}
                )  # fmt: skip
                assert moved == [delivery.id]
                assert state_of(session, delivery) == move.target
                assert histories(session, delivery) == before + 1
                line = session.scalars(select(History).order_by(History.id.desc()).limit(1)).one()
                assert (line.move, line.target, line.attempt) == (name, move.target, 3)
                assert (line.actor, line.at, line.organisation_id) == (
                    "test",
                    world.now,
                    delivery.organisation_id,
                )
                assert (line.reason, line.reason_values) == ("delivery.too_late", {"a": 1})


@LITE
def test_a_move_of_many_moves_those_that_may_and_names_them(world: World) -> None:
    world.under_way("4601", "4621", "4636")
    first, second, third = world.deliveries()
    with world.store.system() as session:
        put(session, second, State.published)
        moved = make(session, "release", [first.id, second.id, third.id], now=world.now, actor="test")
        assert sorted(moved) == [first.id, third.id]
        assert [histories(session, one) for one in (first, second, third)] == [1, 0, 1]
        assert make(session, "release", [], now=world.now, actor="test") == []


@LITE
def test_the_fence_lets_only_the_attempt_it_names_move(world: World, delivery: Delivery) -> None:
    with world.store.system() as session:
        put(session, delivery, State.publishing, attempt=2)
        assert make(session, "confirm", [delivery.id], now=world.now, actor="worker", attempts=[1]) == []
        assert make(session, "confirm", [delivery.id], now=world.now, actor="worker", attempts=[3]) == []
        assert state_of(session, delivery) == State.publishing
        assert make(session, "confirm", [delivery.id], now=world.now, actor="worker", attempts=[2]) == [
            delivery.id
        ]


@LITE
def test_a_condition_that_no_longer_holds_moves_nothing(world: World, delivery: Delivery) -> None:
    with world.store.system() as session:
        late = [Delivery.due_at < world.now - timedelta(days=1)]
        assert make(session, "miss", [delivery.id], now=world.now, actor="clock", where=late) == []
        assert state_of(session, delivery) == State.planned


@LITE
def test_a_word_that_is_no_move_is_an_error(world: World, delivery: Delivery) -> None:
    with world.store.system() as session, pytest.raises(KeyError):
        make(session, "publish", [delivery.id], now=world.now, actor="test")


@LITE
def test_a_move_and_its_line_are_undone_together(world: World, delivery: Delivery) -> None:
    with pytest.raises(ZeroDivisionError), world.store.system() as session:
        assert make(session, "release", [delivery.id], now=world.now, actor="test") == [delivery.id]
        raise ZeroDivisionError
    with world.store.system(write=False) as session:
        assert state_of(session, delivery) == State.planned
        assert histories(session, delivery) == 0


def test_every_state_is_explained_and_belongs_to_one_part_of_life() -> None:
    assert set(MEANING) == set(State)
    assert set(State) == BEFORE_SENDING | UNDER_WAY | SETTLED
    assert not BEFORE_SENDING & UNDER_WAY
    assert not UNDER_WAY & SETTLED
    assert not BEFORE_SENDING & SETTLED


def test_every_state_can_be_reached_and_only_removed_is_an_end() -> None:
    reached = {State.planned} | {move.target for move in MOVES.values()}
    assert reached == set(State)
    left = frozenset().union(*(move.sources for move in MOVES.values()))
    assert set(State) - left == {State.removed}


def test_nothing_that_is_live_or_may_be_is_ever_planned_again_but_by_a_proof_of_absence() -> None:
    to_planned = {
        source for move in MOVES.values() if move.target == State.planned for source in move.sources
    }
    assert State.published not in to_planned
    assert State.removed not in to_planned
    assert {
        name for name, move in MOVES.items() if move.target == State.planned and State.unsure in move.sources
    } == {"retry"}


def test_the_diagram_draws_every_move() -> None:
    drawn = diagram()
    for name, move in MOVES.items():
        for source in move.sources:
            assert f"    {source} --> {move.target}: {name}" in drawn
