"""The small parent that starts a worker again: one poison item on a queue ends a Celery worker."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

import structlog

log = structlog.get_logger()

LONGEST_WAIT = 10.0
"""Seconds between two starts when the worker keeps ending; what waits is in the store."""


def supervise(platforms: Sequence[str]) -> int:
    """Start a worker for these platforms' queues, or for all, whenever it ends by itself; return 0 once asked to end."""
    ended = threading.Event()
    child: subprocess.Popen[bytes] | None = None

    def end(*_: object) -> None:
        ended.set()
        if child is not None and child.poll() is None:
            child.terminate()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    wait = 0.5
    while not ended.is_set():
        started = time.monotonic()
        child = subprocess.Popen([sys.executable, "-m", "samklang.worker_process", *platforms])  # noqa: S603  # our own command
        if ended.is_set():
            child.terminate()
        code = child.wait()
        if ended.is_set():
            break
        log.error("worker_ended", code=code, again_in=wait)
        ended.wait(wait)
        wait = 0.5 if time.monotonic() - started > 60 else min(2 * wait, LONGEST_WAIT)
    return 0
