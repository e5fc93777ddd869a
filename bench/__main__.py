"""`make bench`: measures everything side by side in one run, prints it, and writes it to `docs/performance.md`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from bench import pages, reporting, storm
from bench.ground import Ground, Server, now, platform
from bench.measures import Run, bare, best, embedded_memory, pipeline, single, stop
from bench.store_costs import planning, step_cost
from bench.telling import Figure, table, write

POSTS = 1500
SAMPLE = 750
"""Posts for finding out which setting is the best."""
QUEUED = 10_000
GREAT = 1_000_000


PLACES = ("4601", "4602", "4611", "4621", "4626", "4636", "4640", "4651")
"""Eight municipalities from 760 inhabitants to 294,860."""
MESSAGES = 30
"""Of the campaign whose pages are opened; each goes out on four accounts of every municipality."""
WEATHER = 2026
"""The seed; another gives another storm, and should give the same three noughts."""


def main() -> None:
    """Run every measure, half an hour; or one part alone: `figures`, `pages`, `reports` or `storm`."""
    parts: dict[str, Callable[[], str]] = {
        "figures": figures,
        "pages": opened,
        "reports": told,
        "storm": weather,
    }
    for part in sys.argv[1:] or parts:
        begun = time.monotonic()
        found = parts[part]()
        print(f"\n{found}\n\n{part}: {time.monotonic() - begun:.0f} s", flush=True)
        write(part, found, f"{now():%Y-%m-%d}")


def figures() -> str:
    """Return what was measured of clock, workers and store, as a table."""
    found: list[Figure] = []
    with closing(Ground()) as ground:
        for figure in measure(ground):
            print(figure.row, flush=True)
            found.append(figure)
    return table(sorted(found, key=lambda one: one.letter))


def opened() -> str:
    """Return what every page costs in a county of today's size, and in one that has the whole country."""
    found: list[pages.Opened] = []
    with closing(Ground()) as ground:
        for places in (43, 357):
            found.append(pages.opened(ground, places, MESSAGES))
            print(pages.table(found[-1:]), flush=True)
    return pages.table(found)


def told() -> str:
    """Return what reports cost."""
    with closing(Ground()) as ground:
        return reporting.table(reporting.reporting(ground))


def weather() -> str:
    """Return what became of the posts of five campaigns that went through the storm."""
    return storm.table(storm.whole(PLACES, WEATHER))


def measure(ground: Ground) -> Iterator[Figure]:
    """Yield every figure as soon as it is there."""
    for wait in (0, 200):
        with platform(wait) as server:
            yield from rates(ground, server, wait)
    with platform(0) as server:
        yield from moments(ground, server)
    small, great = step_cost(ground, 1000, 200), step_cost(ground, GREAT, 200)
    yield Figure(
        "d", f"release, claim, note and settle with {GREAT:,} deliveries stored, against 1,000",
        f"{great / small:.2f} ({great:.1f} ms and {small:.1f} ms)", "≤ 1.2", great / small <= 1.2,
    )  # fmt: skip
    stored, planned, raw = planning(ground, 30)
    yield Figure(
        "e", f"planning {stored:,} deliveries against a raw insert of the same rows",
        f"{planned / raw:.1f} ({planned:.1f} s and {raw:.1f} s)", "≤ 3", planned / raw <= 3,
    )  # fmt: skip
    up = embedded_memory(SAMPLE)
    yield Figure("g", "peak memory of `up` while it publishes", f"{up:.0f} MB", "≤ 200 MB", up <= 200)


def rates(ground: Ground, server: Server, wait: int) -> Iterator[Figure]:
    """Yield (a), (b) and the memory of clock and worker, against a platform that answers after `wait` milliseconds."""
    many, few = ((16, 32), (16, 32)) if wait else ((4, 8), (1, 2, 4))
    pools = [("threads", hands) for hands in many] + [("prefork", hands) for hands in (2, 8 if wait else 4)]
    rivals = [{"pool": pool, "hands": hands, "chunk": chunk} for pool, hands in pools for chunk in (1, 10)]
    own = [{"threads": threads, "workers": workers} for threads in few for workers in (1, 2)]
    rival = best(rivals, partial(bare, ground, server, SAMPLE))
    ours = best(own, partial(pipeline, ground, server, SAMPLE))
    alone = bare(ground, server, POSTS, **rival)
    at_once = pipeline(ground, server, POSTS, **ours)
    yield Figure(
        "a", f"posts per second through everything, against a bare task; platform answers after {wait} ms",
        f"{at_once.rate / alone.rate:.2f} ({at_once.rate:.0f} with {at_once.setting}; {alone.rate:.0f} with {alone.setting})",
        "≥ 1.0" if not wait else "–", None if wait else at_once.rate >= alone.rate,
    )  # fmt: skip
    yield Figure(
        "b", f"{POSTS} due at one instant: time to the last, against the bare task's; {wait} ms",
        f"{at_once.last / alone.last:.1f} ({at_once.last:.1f} s and {alone.last:.1f} s; lateness p50 {at_once.at(0.5):.1f} s, "
        f"p95 {at_once.at(0.95):.1f} s, p99 {at_once.at(0.99):.1f} s)",
        "≤ 1.3", at_once.last <= 1.3 * alone.last,
    )  # fmt: skip
    if not wait:
        yield from _memory(at_once)


def _memory(run: Run) -> Iterator[Figure]:
    worker, clock = run.memory["worker"], run.memory["clock"]
    yield Figure(
        "g", "peak memory of a worker while it publishes", f"{worker:.0f} MB", "≤ 150 MB", worker <= 150
    )
    yield Figure("g", "peak memory of the clock", f"{clock:.0f} MB", "–", None)


def moments(ground: Ground, server: Server) -> Iterator[Figure]:
    """Yield (c) and (f)."""
    alone = single(ground, server, 100)
    late = alone.at(0.5), alone.at(0.99)
    yield Figure(
        "c", "lateness of single posts on an idle system", f"p50 {late[0]:.2f} s, p99 {late[1]:.2f} s",
        "p50 ≤ 0.3 s, p99 ≤ 1 s", late[0] <= 0.3 and late[1] <= 1,
    )  # fmt: skip
    seconds = stop(ground, server, QUEUED)
    yield Figure(
        "f", f"a stop's commit to the last publishing call that starts, {QUEUED:,} queued", f"{seconds:.2f} s",
        "≤ 1 s", seconds <= 1,
    )  # fmt: skip


if __name__ == "__main__":
    main()
