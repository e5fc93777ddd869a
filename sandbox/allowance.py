"""Counts calls in fixed windows so that answers can carry believable rate limit headers. It refuses nothing."""

from __future__ import annotations

import threading


class Allowance:
    """Calls left in the current window, per family of calls and caller."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._used: dict[tuple[str, str], tuple[int, int]] = {}

    def use(self, family: str, caller: str, limit: int, window: int, now: float) -> tuple[int, int]:
        """Count one call; return how many are left, never below 1, and the window's end in unix seconds.

        Never below 1 because nothing is enforced here: a client that believed in 0 would pause for no reason.
        """
        current = int(now // window)
        with self._lock:
            started, used = self._used.get((family, caller), (current, 0))
            used = used + 1 if started == current else 1
            self._used[family, caller] = (current, used)
        return max(1, limit - used), (current + 1) * window
