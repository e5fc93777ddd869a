"""Runs every stand-in in one process until it is told to stop: `python -m sandbox --home FOLDER`.

It prints one line when all are ready, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from sandbox import STAND_INS


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM, SIGINT or, when asked to follow it, the end of standard input; return 0."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--home", type=Path, help="folder that keeps accounts, posts and media; memory if left out"
    )
    for platform in STAND_INS:
        parser.add_argument(f"--{platform}-port", type=int, default=0)
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how many times faster than the clock reactions come"
    )
    parser.add_argument("--follow-stdin", action="store_true", help="stop when standard input is closed")
    given = parser.parse_args(arguments)
    # A pipe, since an event that is waited for may not be set from a signal handler of the same thread.
    told, tell = os.pipe()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: os.write(tell, b"."))
    if given.follow_stdin:
        threading.Thread(target=_follow, args=(tell,), daemon=True).start()
    with ExitStack() as open_ones:
        there = {
            name: open_ones.enter_context(kind(given.home, getattr(given, f"{name}_port"), speed=given.speed))
            for name, kind in STAND_INS.items()
        }
        sys.stdout.write(f"ready {' '.join(f'{name}={one.address}' for name, one in there.items())}\n")
        sys.stdout.flush()
        os.read(told, 1)
    return 0


def _follow(tell: int) -> None:
    """Wait for the end of standard input: whoever held the other end is gone."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.write(tell, b".")


if __name__ == "__main__":
    sys.exit(main())
