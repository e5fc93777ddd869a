"""How fast something goes, so that no more of it is begun at once than its time allows."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """Seconds for one, as the last ones went: half of it is the latest, so a platform that turns slow is believed at once.

    It may be shared by threads; that one of them overwrites what another has just learnt does no harm.
    """

    def __init__(self, first: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = first
        self.clock = clock

    def learn(self, begun: float, count: int) -> None:
        """Take it that `count` were done from `begun` until now."""
        if count:
            self.seconds = (self.seconds + (self.clock() - begun) / count) / 2

    def within(self, seconds: float) -> int:
        """Return how many can be done in so many seconds."""
        return int(seconds / max(self.seconds, 1e-4))
