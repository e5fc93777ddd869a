from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.planning import ExistingDelivery, Identity, Move, Plan, WantedDelivery, plan
from campaigns.states import State

DUE = datetime(2027, 1, 12, 17, tzinfo=UTC)
LATE = DUE + timedelta(hours=1)
WISH = WantedDelivery(1, 10, "post", 0, DUE, LATE)
THERE = ExistingDelivery(7, 1, 10, "post", 0, DUE, LATE, State.planned)
OTHER = DUE + timedelta(hours=2)


def test_what_is_wanted_and_not_there_is_created() -> None:
    assert plan([WISH], []) == Plan(create=(WISH,))


def test_what_is_there_as_wanted_needs_nothing() -> None:
    assert not plan([WISH], [THERE])


def test_a_new_time_changes_a_planned_delivery() -> None:
    wish = replace(WISH, due_at=OTHER, late_at=OTHER + timedelta(hours=1))
    assert plan([wish], [THERE]) == Plan(change=(Move(7, OTHER, OTHER + timedelta(hours=1)),))


def test_a_new_lateness_limit_is_a_change_too() -> None:
    assert plan([replace(WISH, late_at=OTHER)], [THERE]).change == (Move(7, DUE, OTHER),)


def test_a_planned_delivery_nobody_wants_is_cancelled() -> None:
    assert plan([], [THERE]) == Plan(cancel=(7,))


@pytest.mark.parametrize("state", [state for state in State if state not in (State.planned, State.cancelled)])
def test_what_is_queued_or_later_is_never_touched(state: State) -> None:
    there = replace(THERE, state=state)
    for wanted in ([], [WISH], [replace(WISH, due_at=OTHER)]):
        assert not plan(wanted, [there])


def test_what_a_plan_cancelled_is_taken_up_again_when_it_is_wanted() -> None:
    there = replace(THERE, state=State.cancelled)
    assert plan([replace(WISH, due_at=OTHER)], [there]) == Plan(revive=(Move(7, OTHER, LATE),))
    assert not plan([], [there])


def test_what_a_person_cancelled_stays_cancelled() -> None:
    assert not plan([WISH], [replace(THERE, state=State.cancelled, by_person=True)])


def test_what_a_person_moved_keeps_its_time_and_goes_when_it_is_not_wanted() -> None:
    moved = replace(THERE, due_at=OTHER, by_person=True)
    assert not plan([WISH], [moved])
    assert plan([], [moved]) == Plan(cancel=(7,))


def test_thread_parts_and_comments_are_deliveries_of_their_own() -> None:
    parts = [replace(WISH, kind="part", position=1), replace(WISH, kind="comment"), WISH]
    assert set(plan(parts, [THERE]).create) == set(parts[:2])


def test_a_delivery_cannot_stand_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        plan([WISH, replace(WISH, due_at=OTHER)], [])
    with pytest.raises(ValueError, match="twice"):
        plan([], [THERE, replace(THERE, id=8)])


IDENTITIES = st.builds(
    Identity, st.integers(1, 3), st.integers(1, 6), st.sampled_from(["post", "part"]), st.integers(0, 1)
)
TIMES = st.none() | st.integers(0, 3).map(lambda hours: DUE + timedelta(hours=hours))
WANTED = st.dictionaries(IDENTITIES, TIMES, max_size=12).map(
    lambda found: [WantedDelivery(*identity, due_at=at, late_at=at) for identity, at in found.items()]
)
EXISTING = st.dictionaries(
    IDENTITIES, st.tuples(TIMES, st.sampled_from(list(State)), st.booleans()), max_size=12
).map(
    lambda found: [
        ExistingDelivery(number, *identity, due_at=at, late_at=at, state=state, by_person=person)
        for number, (identity, (at, state, person)) in enumerate(found.items(), start=1)
    ]
)


def carried_out(steps: Plan, existing: Iterable[ExistingDelivery]) -> list[ExistingDelivery]:
    """Return what there is after the steps, as the store would have it."""
    moves = {move.id: move for move in (*steps.change, *steps.revive)}
    rows = []
    for row in existing:
        if row.id in moves:
            row = replace(
                row, due_at=moves[row.id].due_at, late_at=moves[row.id].late_at, state=State.planned
            )
        if row.id in steps.cancel:
            row = replace(row, state=State.cancelled)
        rows.append(row)
    new = (
        ExistingDelivery(1000 + number, *wish.identity, wish.due_at, wish.late_at, State.planned)
        for number, wish in enumerate(steps.create)
    )
    return [*rows, *new]


@given(WANTED, EXISTING)
def test_a_plan_that_was_carried_out_leaves_nothing_to_plan(
    wanted: list[WantedDelivery], existing: list[ExistingDelivery]
) -> None:
    after = carried_out(plan(wanted, existing), existing)
    assert not plan(wanted, after)
    assert {wish.identity for wish in wanted} <= {there.identity for there in after}


@given(WANTED, EXISTING)
def test_the_order_of_the_lists_does_not_matter(
    wanted: list[WantedDelivery], existing: list[ExistingDelivery]
) -> None:
    steps = plan(wanted, existing)
    again = plan(reversed(wanted), reversed(existing))
    assert steps == again


@given(WANTED, EXISTING, st.integers(1, 6))
def test_joining_and_leaving_of_one_account_touches_no_other(
    wanted: list[WantedDelivery], existing: list[ExistingDelivery], leaving: int
) -> None:
    before = plan(wanted, existing)
    after = plan([wish for wish in wanted if wish.account_id != leaving], existing)
    own = {there.id for there in existing if there.account_id == leaving}

    def others(steps: Plan) -> tuple[object, ...]:
        return (
            [wish for wish in steps.create if wish.account_id != leaving],
            [move for move in steps.change if move.id not in own],
            [number for number in steps.cancel if number not in own],
            [move for move in steps.revive if move.id not in own],
        )

    assert others(before) == others(after)


@given(WANTED, EXISTING)
def test_only_planned_rows_are_changed_or_cancelled_and_only_cancelled_ones_revived(
    wanted: list[WantedDelivery], existing: list[ExistingDelivery]
) -> None:
    steps = plan(wanted, existing)
    state = {there.id: there.state for there in existing}
    assert {state[move.id] for move in steps.change} | {state[number] for number in steps.cancel} <= {
        State.planned
    }
    assert {state[move.id] for move in steps.revive} <= {State.cancelled}
