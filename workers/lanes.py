"""Lanes: at most so many threads for one errand on one platform, so that a slow platform holds no more than its own.

A lane's backlog is nothing but nudges held in memory; losing it costs seconds. Knows neither Celery nor the store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

MOST_WAITING = 2000


class Lane:
    """Runs `work` for offered ids on the threads that offer them, never on more than `hands` at once.

    Who offers while all hands are busy leaves the ids behind and goes; the busy ones take them along. What does not
    fit is forgotten, and `more` asks the store for it once there is room.
    """

    def __init__(self, hands: int, work: Callable[[int], None], more: Callable[[], Sequence[int]]) -> None:
        self.hands = hands
        self._work = work
        self._more = more
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
            while (one := self._next()) is not None:
                self._work(one)
            idle = True
        finally:
            if not idle:
                with self._lock:
                    self._busy -= 1

    def _next(self) -> int | None:
        """Return the next id, or `None` after giving the hand back, in one step with finding nothing."""
        while True:
            with self._lock:
                if self._waiting and not self._closed:
                    one = next(iter(self._waiting))
                    del self._waiting[one]
                    return one
                if not self._overflowed or self._closed:
                    self._busy -= 1
                    return None
                self._overflowed = False
            found = self._more()
            with self._lock:
                self._waiting.update(dict.fromkeys(found))
                self._overflowed = len(found) > 0
