from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics.involvement import (
    Ages,
    Share,
    find_median,
    share_answered,
    share_answers,
    show_ages,
    tell_outcome,
)
from reports.statistics.suppression import HIDDEN, Shown


@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [(7, 12, 0.3560, 0.7800), (0, 9, 0, 0.2311), (20, 20, 0.8808, 1), (45, 180, 0.2009, 0.3065)],
)
def test_the_worked_examples_of_answered_shares(count: int, base: int, low: float, high: float) -> None:
    found = share_answered(count, base)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_none_and_all_are_exact_ends() -> None:
    assert share_answered(0, 9).low == 0
    assert share_answered(20, 20).high == 1


def test_a_share_of_fewer_than_five_has_no_interval() -> None:
    assert share_answered(3, 4) == Share(3, 4, None, None)
    assert share_answered(3, 5).low is not None
    assert share_answered(0, 0) == Share(0, 0, None, None)


def test_no_more_are_answered_than_asked() -> None:
    with pytest.raises(ValueError, match="base"):
        share_answered(5, 4)


@given(st.integers(5, 400).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base))))
def test_the_share_lies_within_its_interval_and_the_unanswered_mirror_it(row: tuple[int, int]) -> None:
    count, base = row
    one, other = share_answered(count, base), share_answered(base - count, base)
    assert one.low is not None
    assert one.high is not None
    assert 0 <= one.low <= count / base <= one.high <= 1
    assert (other.high, other.low) == pytest.approx((1 - one.low, 1 - one.high))


@pytest.mark.parametrize(
    ("answered", "waiting", "median"),
    [
        ([1, 2, 4, 30], [5, 50], 4),
        ([1, 2], [5, 50, 60], "more_than_half_wait"),
        ([2, 3, 3, 8], [], 3),
        ([], [], "no_questions"),
        ([], [5], "more_than_half_wait"),
        ([0], [], 0),
    ],
)
def test_the_worked_examples_of_the_time_to_answer(
    answered: list[float], waiting: list[float], median: float | str
) -> None:
    assert find_median(answered, waiting) == median


def test_at_equal_times_an_answer_comes_before_one_who_still_waits() -> None:
    assert find_median([4, 4], [4, 4]) == 4
    assert find_median([4, 4], [3.9, 3.9]) == 4
    assert find_median([4], [4, 4]) == "more_than_half_wait"


def test_a_half_is_found_exactly() -> None:
    assert find_median([1, 2, 3, 4, 5, 6, 7], [8] * 7) == 7


def test_no_answer_comes_before_its_question() -> None:
    with pytest.raises(ValueError, match="before"):
        find_median([-1], [])


TIMES = st.lists(st.integers(0, 30), max_size=12)


@given(TIMES.filter(bool), st.integers(0, 5))
def test_half_are_answered_by_the_median_and_who_still_waits_makes_it_no_shorter(
    times: list[int], waiting: int
) -> None:
    middle = find_median(times, [])
    assert isinstance(middle, int)
    assert 2 * sum(time <= middle for time in times) >= len(times)
    assert 2 * sum(time < middle for time in times) < len(times)
    longer = find_median(times, [31.0] * waiting)
    assert longer == "more_than_half_wait" or (isinstance(longer, int) and longer >= middle)


@pytest.mark.parametrize(
    ("published", "promised", "outcome"),
    [
        (date(2027, 5, 1), date(2027, 4, 1), "published"),
        (None, date(2027, 5, 9), "missed"),
        (None, date(2027, 5, 10), "not_yet"),
        (None, None, "not_yet"),
        (date(2027, 5, 11), date(2027, 5, 9), "missed"),
        (date(2027, 5, 10), None, "published"),
    ],
)
def test_what_came_of_it_is_published_not_yet_or_missed(
    published: date | None, promised: date | None, outcome: str
) -> None:
    assert tell_outcome(published, promised, date(2027, 5, 10)) == outcome


def shown(*counts: int | None) -> Ages:
    return Ages(*(HIDDEN if count is None else Shown("shown", count) for count in counts))


@pytest.mark.parametrize(
    ("counts", "beside_their_sum", "alone"),
    [
        ((5, 12, 9), shown(5, 7, 9), shown(5, 7, 9)),
        ((4, 12, 9), shown(None, None, None), shown(None, None, 9)),
        ((8, 12, 9), shown(None, None, None), shown(None, None, 9)),
        ((12, 12, 9), shown(None, None, None), shown(None, None, 9)),
        ((5, 12, 4), shown(None, None, None), shown(5, 7, None)),
        ((0, 0, 20), shown(None, None, None), shown(None, None, 20)),
    ],
)
def test_ages_are_shown_with_five_on_either_side(
    counts: tuple[int, int, int], beside_their_sum: Ages, alone: Ages
) -> None:
    assert show_ages(*counts, sum_is_shown=True) == beside_their_sum
    assert show_ages(*counts, sum_is_shown=False) == alone


def test_who_does_not_know_stays_in_the_base() -> None:
    assert share_answers({"yes": 5, "no": 3, "do not know": 2}) == {"yes": 0.5, "no": 0.3, "do not know": 0.2}
    assert share_answers({"yes": 0, "no": 0}) == {"yes": None, "no": None}
    with pytest.raises(ValueError, match="negative"):
        share_answers({"yes": -1})
