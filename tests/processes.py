"""Real processes for tests: started, waited for with a deadline, and always ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parent.parent
Seen = TypeVar("Seen")


def until(ask: Callable[[], Seen], seconds: float = 60.0) -> Seen:
    """Return what `ask` gives as soon as it is true; a hang guard of ten times and more of what it should take.

    Raises: AssertionError with the last answer.
    """
    deadline = time.monotonic() + seconds
    while not (seen := ask()):
        assert time.monotonic() < deadline, f"still {seen!r} after {seconds} s"
        time.sleep(0.02)
    return seen


class Process:
    """A running command, its lines in a file."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / f"{len(list(folder.iterdir()))}.log"
        plain = {name: value for name, value in os.environ.items() if not name.startswith("SAMKLANG_")}
        with self.log.open("w") as log:
            self.popen = subprocess.Popen(
                [sys.executable, *arguments],
                env={**plain, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
                cwd=folder, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self.popen.pid

    @property
    def output(self) -> str:
        """Return what it has printed so far."""
        return self.log.read_text("utf-8", "replace")

    def children(self) -> list[int]:
        """Return the ids of its own children."""
        tasks = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(one) for one in tasks.read_text().split()]

    def ask_to_end(self, seconds: float = 60.0) -> int:
        """Send SIGTERM and return the exit code."""
        self.popen.terminate()
        return self.popen.wait(timeout=seconds)

    def kill(self) -> None:
        """End it and everything it began, without a chance to say goodbye."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()


@contextlib.contextmanager
def running(arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[Process]:
    """Run `python ARGUMENTS` and end it afterwards, whatever happens."""
    process = Process(arguments, environment, folder)
    try:
        yield process
    finally:
        process.kill()
        print(f"--- {' '.join(arguments)}\n{process.output}")  # shown when the test fails
