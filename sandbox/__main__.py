"""Runs both stand-ins in one process until it is told to stop: `python -m sandbox --home FOLDER`.

It prints one line when both are ready, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox import BlueskyStandIn, MastodonStandIn


def main(arguments: list[str] | None = None) -> int:
    """Run until SIGTERM, SIGINT or, when asked to follow it, the end of standard input; return 0."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--home", type=Path, help="folder that keeps accounts, posts and media; memory if left out"
    )
    parser.add_argument("--mastodon-port", type=int, default=0)
    parser.add_argument("--bluesky-port", type=int, default=0)
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
    with (
        MastodonStandIn(given.home, given.mastodon_port, speed=given.speed) as mastodon,
        BlueskyStandIn(given.home, given.bluesky_port, speed=given.speed) as bluesky,
    ):
        sys.stdout.write(f"ready mastodon={mastodon.address} bluesky={bluesky.address}\n")
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
