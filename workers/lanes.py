"""Lanes: at most so many threads for one errand on one platform, so that a slow platform holds no more than its own.

A lane's backlog is nothing but nudges held in memory; losing it costs seconds. Knows neither Celery nor the store.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from itertools import islice

from workers.pace import Pace

MOST_WAITING = 2000
WITHIN = 2.0
"""Seconds that a handful is to take: what costs once for all is shared, and nothing waits long in one hand."""


class Lane:
    """Runs `work` for offered ids on the threads that offer them, never on more than `hands` at once.

    Who offers while all hands are busy leaves the ids behind and goes; the busy ones take them along. A hand takes as
    many at a time as it can do `WITHIN` at the pace so far, up to `most`, and no more than its share. What does not
    fit is forgotten, and `more` asks the store for it once there is room.
    """

    def __init__(
        self,
        hands: int,
        work: Callable[[Sequence[int]], None],
        more: Callable[[], Sequence[int]],
        *,
        most: int = 1,
        pace: Pace | None = None,
    ) -> None:
        self.hands = hands
        self._work = work
        self._more = more
        self._most = most
        self._pace = pace or Pace(WITHIN)
        self._lock = threading.Lock()
        self._waiting: dict[int, None] = {}
        self._busy = 0
        self._overflowed = False
        self._closed = False

    def offer(self, ids: Sequence[int]) -> None:
        """Add ids, and work on the lane until nothing waits if a hand is free."""
        with self._lock:
            for one in ids:
                if len(self._waiting) >= MOST_WAITING:
                    self._overflowed = True
                    break
                self._waiting.setdefault(one)
            if self._busy >= self.hands or self._closed:
                return
            self._busy += 1
        self._run()

    def close(self) -> None:
        """Forget what waits; whoever is at work finishes the one in hand."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def _run(self) -> None:
        idle = False
        try:
            while some := self._next():
                begun = self._pace.clock()
                self._work(some)
                self._pace.learn(begun, len(some))
            idle = True
        finally:
            if not idle:
                with self._lock:
                    self._busy -= 1

    def _next(self) -> list[int]:
        """Return the next ids, or none after giving the hand back, in one step with finding nothing."""
        while True:
            with self._lock:
                if self._waiting and not self._closed:
                    some = list(islice(self._waiting, self._handful()))
                    for one in some:
                        del self._waiting[one]
                    return some
                if not self._overflowed or self._closed:
                    self._busy -= 1
                    return []
                self._overflowed = False
            found = self._more()
            with self._lock:
                self._waiting.update(dict.fromkeys(found))
                self._overflowed = len(found) > 0

    def _handful(self) -> int:
        share = math.ceil(len(self._waiting) / self.hands)
        return max(1, min(self._most, share, self._pace.within(WITHIN)))
