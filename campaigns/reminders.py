"""When people are reminded: days counted in working days before a deadline, never more than a day's work at once. Pure.

Half of the municipalities have one part-time generalist (product notes): a reminder that comes on a Sunday, or on the
last day alone, is none. Sends nothing; who asks, is told.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from campaigns import timing

BEFORE = (5, 2, 0)
"""Working days before a deadline on which somebody is reminded: a week, two days, and the last day at work."""

Working = Callable[[date], bool]


def reminder_days(deadline: date, *, working: Working = timing.is_working_day) -> tuple[date, ...]:
    """Return the days, in order and each once, on which to remind of a deadline.

    The last one is the deadline itself where people are at work then, else their last day before it; the others lie
    that many working days before the last.
    """
    last = deadline
    while not working(last):
        last -= timedelta(days=1)
    return tuple(sorted({days_before(last, count, working=working) for count in BEFORE}))


def days_before(day: date, count: int, *, working: Working = timing.is_working_day) -> date:
    """Return the working day that lies `count` working days before `day`; with 0, `day` itself."""
    while count > 0:
        day -= timedelta(days=1)
        count -= working(day)
    return day


def working_days_left(today: date, deadline: date, *, working: Working = timing.is_working_day) -> int:
    """Return how many days at work there are from today on until the deadline, both counted; 0 when it has passed."""
    days = max(0, (deadline - today).days + 1)
    return sum(working(today + timedelta(days=step)) for step in range(days))


def is_reminder_day(today: date, deadline: date, *, working: Working = timing.is_working_day) -> bool:
    """Tell whether somebody who has not done it is reminded today."""
    return today in reminder_days(deadline, working=working)


def asks_for_a_late_fact(
    today: date, known_on: date, needed_on: date, *, working: Working = timing.is_working_day
) -> bool:
    """Tell whether a late fact is asked for today: from its day on, each day at work, until the message goes."""
    return known_on <= today <= needed_on and (working(today) or today == needed_on)
