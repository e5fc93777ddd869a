"""Engagement grows believably: from nothing, never back, with the size of the place but slower than it."""

from __future__ import annotations

from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from sandbox.engagement import HOUR, counts, expected, saturation, typical_followers, votes

WEEK = 7 * 24 * HOUR
ids = st.text("abcdef0123456789", min_size=4, max_size=20)
ages = st.floats(0, 90 * 24 * HOUR)
sizes = st.integers(100, 800_000)


def per_thousand(size: int) -> list[float]:
    return [counts(str(number), WEEK, size).total / size * 1000 for number in range(300)]


@given(ids, ages, ages, sizes)
def test_no_count_ever_falls(post_id: str, one: float, other: float, size: int) -> None:
    young, old = (counts(post_id, age, size) for age in sorted((one, other)))
    assert all(
        getattr(young, kind) <= getattr(old, kind) for kind in ("favourites", "boosts", "replies", "quotes")
    )


@given(ids, sizes)
def test_a_new_post_has_nothing(post_id: str, size: int) -> None:
    assert counts(post_id, 0, size).total == 0
    assert votes(post_id, 0, 4, size) == (0, 0, 0, 0)


@given(ids, ages, sizes, sizes)
def test_a_larger_place_has_no_fewer(post_id: str, age: float, one: int, other: int) -> None:
    small, large = sorted((one, other))
    assert counts(post_id, age, small).total <= counts(post_id, age, large).total


@given(ids, ages, sizes, st.integers(0, 100_000), st.integers(0, 100_000))
def test_more_followers_give_no_fewer(post_id: str, age: float, size: int, one: int, other: int) -> None:
    few, many = sorted((one, other))
    assert counts(post_id, age, size, few).total <= counts(post_id, age, size, many).total


@given(ids, ages, sizes)
def test_the_same_question_has_the_same_answer(post_id: str, age: float, size: int) -> None:
    assert counts(post_id, age, size) == counts(post_id, age, size)


def test_small_places_get_two_to_six_reactions_per_thousand_in_a_week() -> None:
    for size in (1_000, 2_000, 3_500, 5_000):
        assert 2 <= median(per_thousand(size)) <= 6, size


def test_bergen_gets_well_under_one_per_thousand() -> None:
    assert 0.2 < median(per_thousand(294_860)) < 0.8


def test_posts_of_one_place_differ_by_luck() -> None:
    figures = sorted(per_thousand(5_000))
    assert figures[270] > 2 * figures[30]


def test_another_seed_gives_other_figures() -> None:
    assert [counts(str(n), WEEK, 5_000, seed=1) for n in range(20)] != [
        counts(str(n), WEEK, 5_000) for n in range(20)
    ]


def test_most_of_the_growth_lies_between_hours_and_days() -> None:
    assert 0.05 < saturation(HOUR) < 0.2
    assert 0.6 < saturation(24 * HOUR) < 0.8
    assert saturation(WEEK) > 0.97


def test_followers_alone_stand_in_for_a_size() -> None:
    assert abs(expected(None, typical_followers(5_000)) / expected(5_000) - 1) < 0.02
    assert expected(None) > 0


def test_votes_spread_over_the_options() -> None:
    cast = votes("poll", WEEK, 3, 30_000)
    assert len(cast) == 3
    assert len(set(cast)) > 1
    assert sum(cast) > counts("poll", WEEK, 30_000).total
