"""Days and times of day as people type them."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from campaigns import timing

_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_CLOCK = re.compile(r"(?:kl\.? ?)?([01]?\d|2[0-3])[.:]?([0-5]\d)?", re.IGNORECASE)


def read_moment(day: str, clock: str, zone: str) -> datetime | None:
    """Return the moment of a day (`2027-01-12`) and a time of day (`18.30`, `18:30`, `1830`, `9`); `None` for nonsense.

    Raises: SpringGap for an hour that summer time skips.
    """
    found = _CLOCK.fullmatch(clock.strip())
    try:
        wanted = date.fromisoformat(day.strip())
    except ValueError:
        return None
    if found is None:
        return None
    return timing.instant(wanted, time(int(found[1]), int(found[2] or 0)), zone)


def read_day(typed: str) -> date | None:
    """Return a day as a browser or a person writes it: `2027-01-12`, or `12.1.2027`; `None` for nonsense."""
    text = typed.strip()
    if found := _DAY.fullmatch(text):
        text = f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
