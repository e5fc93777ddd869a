import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures import AGES, How, Sample, Value, clean, interpolate, value_at, whole

Row = tuple[float, int | None, int]


def samples(*rows: Row) -> list[Sample]:
    return [Sample(*row) for row in rows]


@pytest.mark.parametrize(
    ("rows", "age", "post_age", "value", "how"),
    [
        ([(144.2, 61, 1), (150.1, 62, 1), (171.9, 66, 1)], 168, 200, 65, "interpolated"),
        ([(167.8, 64, 1), (174, 66, 1)], 168, 200, 64, "exact"),
        ([(144, 61, 1), (155, 63, 1)], 168, 400, 63, "carried"),
        ([(48, 40, 1), (150, 63, 1)], 168, 400, None, "gap"),
        ([(60, 40, 1), (150, 63, 1)], 100, 400, None, "gap"),
        ([(162, 40, 1), (174, 63, 2)], 168, 400, None, "gap"),
        ([(156, 60, 1), (162, 0, 1), (174, 63, 1)], 168, 400, 62, "interpolated"),
        ([(162, 70, 1), (174, 64, 1)], 168, 400, 67, "interpolated"),
        ([(162, 0, 1), (174, 0, 1)], 168, 400, 0, "interpolated"),
        ([(162, None, 1), (174, None, 1)], 168, 400, None, "none"),
        ([(1.9, 12, 1)], 1, 5, 8, "interpolated"),
        ([(2.5, 12, 1)], 1, 5, None, "gap"),
        ([], 168, 400, None, "none"),
        ([(24, 9, 1)], 168, 100, None, "too_young"),
    ],
)
def test_the_worked_examples(
    rows: list[Row], age: float, post_age: float, value: int | None, how: How
) -> None:
    found = value_at(samples(*rows), age, post_age=post_age)
    assert (found.value, found.how) == (value, how)


def test_the_worked_example_of_a_removed_post() -> None:
    found = value_at(samples((48, 31, 1), (52, 33, 1)), 168, post_age=400, removed_at_age=53)
    assert found == Value(33, "removed")
    assert not found.compared


@pytest.mark.parametrize(
    ("before", "after", "age", "value"),
    [
        (Sample(150.1, 62), Sample(171.9, 66), 168, 65.32),
        (Sample(156, 60), Sample(174, 63), 168, 62.04),
        (Sample(162, 70), Sample(174, 64), 168, 66.95),
        (Sample(0, 0), Sample(1.9, 12), 1, 7.812),
    ],
)
def test_growth_is_followed_on_a_logarithmic_time_axis(
    before: Sample, after: Sample, age: float, value: float
) -> None:
    assert interpolate(before, after, age) == pytest.approx(value, rel=1e-4)


def test_a_post_that_is_removed_after_the_age_counts_as_any_other() -> None:
    rows = samples((24, 9, 1), (48, 12, 1))
    assert value_at(rows, 24, post_age=400, removed_at_age=30) == Value(9, "exact")
    assert value_at(rows, 24, post_age=400, removed_at_age=24) == Value(9, "exact")


def test_a_post_that_was_removed_before_its_first_count_has_none() -> None:
    assert value_at([], 168, post_age=400, removed_at_age=0.5) == Value(None, "removed")
    assert value_at(samples((1, 3, 1)), 168, post_age=400, removed_at_age=0.5) == Value(None, "removed")


def test_a_young_post_is_never_extrapolated_even_with_a_sample_close_by() -> None:
    assert value_at(samples((167.9, 64, 1)), 168, post_age=167.95).how == "too_young"


def test_of_two_samples_equally_near_the_earlier_is_taken() -> None:
    assert value_at(samples((168.5, 70, 1), (167.5, 60, 1)), 168, post_age=400) == Value(60, "exact")


@pytest.mark.parametrize(("last", "how"), [(648, "carried"), (647.9, "gap")])
def test_the_last_count_stands_in_for_a_tenth_of_the_age(last: float, how: str) -> None:
    assert value_at(samples((last, 60, 1)), 720, post_age=900).how == how


@pytest.mark.parametrize(("later", "how"), [(187.0, "interpolated"), (187.1, "gap")])
def test_neighbours_may_be_half_the_age_apart(later: float, how: str) -> None:
    assert value_at(samples((103, 50, 1), (later, 60, 1)), 168, post_age=400).how == how


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([60, 0, 63], [60, 63]),  # an API's fault
        ([60, 0, None, 63], [60, 63]),
        ([60, 0, 4], [60, 0, 4]),  # confirmed
        ([60, 0, 0, 63], [60, 0, 0, 63]),
        ([60, 0], [60]),  # nothing confirms the last one
        ([4, 0], [4, 0]),  # too small a fall to be suspected
        ([5, 0], [5]),
        ([0, 0, 3], [0, 0, 3]),
        ([60, 40, 63], [60, 40, 63]),  # other falls are as reported
        ([None, None], []),
    ],
)
def test_an_unconfirmed_fall_to_zero_is_left_out(values: list[int | None], kept: list[int]) -> None:
    rows = [Sample(float(hour), value) for hour, value in enumerate(values, start=1)]
    assert [sample.value for sample in clean(reversed(rows))] == kept


@pytest.mark.parametrize(
    ("first", "second", "fell"),
    [(20, 15, False), (20, 14, True), (100, 80, False), (100, 79, True), (10, 30, False)],
)
def test_a_fall_by_more_than_five_and_a_fifth_is_noted(first: int, second: int, fell: bool) -> None:
    assert value_at(samples((162, first, 1), (174, second, 1)), 168, post_age=400).fell is fell


def test_a_fall_after_the_age_is_not_noted() -> None:
    assert not value_at(samples((168, 60, 1), (174, 60, 1), (180, 10, 1)), 168, post_age=400).fell


@pytest.mark.parametrize(("number", "rounded"), [(64.49, 64), (64.5, 65), (65.5, 66), (0.5, 1), (0.0, 0)])
def test_halves_are_rounded_up(number: float, rounded: int) -> None:
    assert whole(number) == rounded


ROWS = st.lists(
    st.builds(
        Sample,
        age=st.floats(0.01, 2400),
        value=st.none() | st.integers(0, 10**6),
        version=st.integers(1, 2),
    ),
    max_size=12,
)


@given(ROWS, st.sampled_from(AGES), st.floats(0, 3000), st.none() | st.floats(0, 3000))
def test_a_count_lies_between_known_counts_and_unknown_is_never_zero(
    rows: list[Sample], age: int, post_age: float, removed: float | None
) -> None:
    found = value_at(rows, age, post_age=post_age, removed_at_age=removed)
    known = [row.value for row in rows if row.value is not None]
    assert (found.value is None) == (found.how in ("too_young", "none", "gap")) or found.how == "removed"
    if found.value is not None:
        assert known
        assert min(0, *known) <= found.value <= max(known)
    assert found == value_at(list(reversed(rows)), age, post_age=post_age, removed_at_age=removed) or len(
        {row.age for row in rows}
    ) < len(rows)
