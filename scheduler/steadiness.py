"""Whether the wall clock may be believed: it is compared with a clock that nobody can set (D12, threat E15)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

LEAP = timedelta(seconds=30)


def steady_seconds() -> float:
    """Return seconds of a clock that never leaps, and that goes on while the machine sleeps where there is one."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


@dataclass(slots=True)
class Steadiness:
    """Adds up how far the wall clock has leapt since the process began; a slow drift is no leap."""

    wall: datetime
    steady: float
    leapt: timedelta = timedelta(0)

    def agrees(self, wall: datetime, steady: float) -> bool:
        """Take one more reading of both clocks and return whether releases may go on.

        A step of more than a second between two readings counts; a wall clock set back right again cancels out.
        """
        step = (wall - self.wall) - timedelta(seconds=steady - self.steady)
        if abs(step) > timedelta(seconds=1):
            self.leapt += step
        self.wall, self.steady = wall, steady
        return abs(self.leapt) <= LEAP
