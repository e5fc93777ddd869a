"""Working days and reminders: pure rules over days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.reminders import (
    BEFORE,
    asks_for_a_late_fact,
    days_before,
    is_reminder_day,
    reminder_days,
    working_days_left,
)
from campaigns.timing import is_working_day

DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))


def test_working_days_skip_week_ends_and_holidays() -> None:
    assert days_before(date(2027, 3, 30), 1) == date(2027, 3, 24)  # over Easter
    assert days_before(date(2027, 1, 12), 5) == date(2027, 1, 5)
    assert days_before(date(2027, 1, 10), 1) == date(2027, 1, 8)
    assert days_before(date(2027, 1, 10), 0) == date(2027, 1, 10)


@settings(deadline=None)  # the first look loads the calendar
@given(DAYS, st.integers(1, 30))
def test_so_many_working_days_lie_between(day: date, count: int) -> None:
    earlier = days_before(day, count)
    assert is_working_day(earlier)
    between = (earlier + timedelta(days=step) for step in range((day - earlier).days))
    assert sum(is_working_day(each) for each in between) == count


@settings(deadline=None)
@given(DAYS)
def test_people_are_reminded_only_when_they_are_at_work_and_in_time(deadline: date) -> None:
    days = reminder_days(deadline)
    assert len(days) == len(BEFORE)
    assert all(is_working_day(day) and day <= deadline for day in days)
    assert not any(
        is_working_day(days[-1] + timedelta(days=step)) for step in range(1, (deadline - days[-1]).days + 1)
    )


def test_a_deadline_on_a_sunday_is_reminded_of_on_the_friday_before() -> None:
    assert reminder_days(date(2027, 1, 17)) == (date(2027, 1, 8), date(2027, 1, 13), date(2027, 1, 15))


def test_own_days_off_move_a_reminder() -> None:
    winter = {date(2027, 2, 22) + timedelta(days=step) for step in range(5)}
    days = reminder_days(date(2027, 3, 1), working=lambda day: is_working_day(day) and day not in winter)
    assert days == (date(2027, 2, 15), date(2027, 2, 18), date(2027, 3, 1))
    assert is_reminder_day(date(2027, 2, 15), date(2027, 3, 1)) is False


@settings(deadline=None)
@given(DAYS, st.integers(-20, 40))
def test_the_days_left_never_grow_as_time_goes(today: date, ahead: int) -> None:
    deadline = today + timedelta(days=ahead)
    left = working_days_left(today, deadline)
    assert 0 <= working_days_left(today + timedelta(days=1), deadline) <= left
    assert (left == 0) or deadline >= today


@pytest.mark.parametrize(
    ("today", "asked"),
    [
        (date(2027, 1, 13), False), (date(2027, 1, 14), True), (date(2027, 1, 15), True),
        (date(2027, 1, 16), False), (date(2027, 1, 17), True), (date(2027, 1, 18), False),
    ],
)  # fmt: skip
def test_a_late_fact_is_asked_for_from_its_day_until_the_message_goes(today: date, asked: bool) -> None:
    assert asks_for_a_late_fact(today, date(2027, 1, 14), date(2027, 1, 17)) is asked
