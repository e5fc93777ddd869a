"""The timetable of engagement samples: at which ages of a post its counts are taken.

Often while a post is young and rarely when it is old, then never again. It asks no clock and fetches nothing; what is
made of the samples is the business of `reports.figures`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

_HOURS = (
    *range(1, 25),
    *range(30, 169, 6),
    *(24 * day for day in range(8, 31)),
    *(24 * day for day in range(37, 87, 7)),
    24 * 90,
)

FIGURE_AGES = (24, 168, 720, 2160)
"""Hours at which posts are compared: a day, a week, a month, 90 days (statistics specification, section 1)."""
USUAL_AGE = 168

AGES: tuple[timedelta, ...] = tuple(timedelta(hours=hours) for hours in _HOURS)
"""Hourly for a day, every six hours for a week, daily for a month, weekly to day 90: 80 samples, then frozen
(statistics specification, section 1)."""


def which_age(index: int) -> timedelta | None:
    """Return the planned age of the sample at this place in the timetable, from 0; `None` after the last."""
    return AGES[index] if 0 <= index < len(AGES) else None


def next_sample_at(published_at: datetime, taken: int, speed: float = 1.0) -> datetime | None:
    """Return when the next sample is due once `taken` of them are done, or `None` when the post is frozen.

    `speed` divides the ages; 60 shows an hour's course in a minute (the demo, D25).

    Raises: ValueError when `speed` is not positive.
    """
    if speed <= 0:
        raise ValueError("the speed of sampling is a positive number")
    age = which_age(taken)
    return published_at + age / speed if age is not None else None
