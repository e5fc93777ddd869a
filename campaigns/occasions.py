"""Days on which a post is out of place, or finds nobody at home, though no quiet hour forbids it.

School holidays are not among them: each municipality sets its own, and there is no national list (domain notes,
section 6). The test of the warning system and holidays are `timing`'s.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Occasion = Literal["july_22", "common_holiday"]

_COMMON_HOLIDAY = range(28, 31)
"""ISO weeks in which most of Norway is on holiday (domain notes, section 6)."""


def occasion(at: datetime, zone: str) -> Occasion | None:
    """Return what speaks against posting on this day, or `None`."""
    local = at.astimezone(ZoneInfo(zone))
    if (local.month, local.day) == (7, 22):
        return "july_22"  # the country remembers the attacks of 2011
    return "common_holiday" if local.isocalendar().week in _COMMON_HOLIDAY else None
