from datetime import UTC, datetime, timedelta

import pytest

from campaigns.sampling import AGES, next_sample_at, which_age

LIVE = datetime(2027, 1, 12, 17, 16, 36, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_there_are_eighty_ages_that_only_grow() -> None:
    assert len(AGES) == 80
    assert list(AGES) == sorted(set(AGES))


def test_ages_are_hourly_then_six_hourly_then_daily_then_weekly() -> None:
    assert AGES[:24] == tuple(HOUR * hour for hour in range(1, 25))
    assert AGES[24:48] == tuple(HOUR * hour for hour in range(30, 169, 6))
    assert AGES[48:71] == tuple(DAY * day for day in range(8, 31))
    assert AGES[71:] == tuple(DAY * day for day in (37, 44, 51, 58, 65, 72, 79, 86, 90))


def test_figures_can_be_asked_for_at_planned_ages() -> None:
    assert {DAY, 7 * DAY, 30 * DAY, 90 * DAY} <= set(AGES)


def test_the_next_sample_is_at_the_next_age_and_none_after_the_last() -> None:
    assert next_sample_at(LIVE, 0) == LIVE + HOUR
    assert next_sample_at(LIVE, 24) == LIVE + 30 * HOUR
    assert next_sample_at(LIVE, 79) == LIVE + 90 * DAY
    assert next_sample_at(LIVE, 80) is None
    assert (which_age(0), which_age(79), which_age(80), which_age(-1)) == (HOUR, 90 * DAY, None, None)


def test_a_demo_may_hurry() -> None:
    assert next_sample_at(LIVE, 0, 60) == LIVE + timedelta(minutes=1)
    assert next_sample_at(LIVE, 79, 60) == LIVE + timedelta(hours=36)


@pytest.mark.parametrize("speed", [0, -1])
def test_time_does_not_stand_still_or_run_backwards(speed: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        next_sample_at(LIVE, 0, speed)
