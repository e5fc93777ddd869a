"""The measures (a) to (g). Each returns figures; what they are to reach stands in `telling`."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from celery import Celery
from sqlalchemy import select

from bench.crowd import fill
from bench.ground import (
    Ground,
    House,
    Server,
    children,
    end,
    free_port,
    now,
    peak_megabytes,
    platform,
    start,
    until,
)
from campaigns import holds
from campaigns.settings import Settings
from campaigns.states import State
from campaigns.store import Delivery, HoldLevel, Store
from campaigns.vault import open_vault
from samklang.house import migrate

AWAY = timedelta(days=300)
"""Due so far ahead that nothing of it goes before it is made due."""
CRASH_GUARD = 600.0


@dataclass(frozen=True, slots=True)
class Run:
    """One run through the whole pipeline, or of the bare task."""

    setting: str
    rate: float
    """Posts per second, from the common moment to the last call."""
    last: float
    """Seconds from the common moment to the last call."""
    lateness: tuple[float, ...]
    """Seconds, in order."""
    memory: dict[str, float]
    """Peak memory of each process, MB."""

    def at(self, part: float) -> float:
        """Return the lateness that so great a part of the posts does not exceed."""
        return self.lateness[min(len(self.lateness) - 1, int(part * len(self.lateness)))]


@contextmanager
def at_work(
    ground: Ground, server: Server, count: int, *, threads: int, workers: int
) -> Iterator[tuple[House, list[int]]]:
    """Give a house with a clock and warm workers, and `count` deliveries that are not due yet."""
    ground.flush()
    with ground.house(SAMKLANG_THREADS=str(threads)) as house:
        fill(house.store, house.vault, server.base, count + workers * threads, now() + AWAY)
        processes = [
            house.start("clock"),
            *(house.start("worker", "--platform", "mastodon") for _ in range(workers)),
        ]
        try:
            with house.store.system(write=False) as session:
                ids = list(
                    session.scalars(select(Delivery.id).order_by(Delivery.id.desc()).limit(workers * threads))
                )
            house.make_due(now(), ids)  # the first of each: connections are made, modules read
            until(lambda: house.count(State.published) == len(ids), CRASH_GUARD)
            server.forget()
            yield house, [one.pid for one in processes]
        finally:
            end(*processes)


def pipeline(ground: Ground, server: Server, count: int, *, threads: int, workers: int) -> Run:
    """Return how `count` deliveries that are due at one moment go through clock, broker, workers and store."""
    with at_work(ground, server, count, threads=threads, workers=workers) as (house, pids):
        due = now() + timedelta(seconds=2)
        house.make_due(due)
        until(lambda: len(server.calls()) >= count, CRASH_GUARD, every=0.2)
        until(lambda: house.count(State.published) >= count, CRASH_GUARD, every=0.2)
        memory = {"clock": peak_megabytes(pids[0])}
        memory["worker"] = max(peak_megabytes(child) for parent in pids[1:] for child in children(parent))
        return _run(server, due.timestamp(), count, f"{workers} × {threads} threads", memory)


def _run(server: Server, begun: float, count: int, setting: str, memory: dict[str, float]) -> Run:
    late = sorted(at - begun for at, _ in server.calls())
    assert len(late) == count, f"{len(late)} calls for {count} posts"
    return Run(setting, count / late[-1], late[-1], tuple(late), memory)


def bare(ground: Ground, server: Server, count: int, *, pool: str, hands: int, chunk: int) -> Run:
    """Return how a bare Celery task makes the same calls over the same broker."""
    ground.flush()
    environment = {"BENCH_BROKER": ground.broker}
    worker = start(
        ["-m", "celery", "-A", "bench.bare", "worker", "-P", pool, "-c", str(hands), "--without-mingle",
         "--without-gossip", "--without-heartbeat", "-l", "ERROR"], environment,
    )  # fmt: skip
    try:
        app = Celery(broker=ground.broker, set_as_current=False)
        server.forget()
        warm = 4 * hands
        _send(app, server, warm, 1)
        until(lambda: len(server.calls()) >= warm, CRASH_GUARD)
        server.forget()
        begun = time.time()
        _send(app, server, count, chunk)
        until(lambda: len(server.calls()) >= count, CRASH_GUARD, every=0.1)
        memory = {"worker": max(peak_megabytes(one) for one in (worker.pid, *children(worker.pid)))}
        return _run(server, begun, count, f"{pool} {hands}, chunks of {chunk}", memory)
    finally:
        end(worker)


def _send(app: Celery, server: Server, count: int, chunk: int) -> None:
    keys = [str(uuid.uuid4()) for _ in range(count)]
    with app.connection_for_write() as connection, connection.Producer() as producer:
        for at in range(0, count, chunk):
            app.send_task(
                "bare.post", [server.base, keys[at : at + chunk]], producer=producer, ignore_result=True
            )


def single(ground: Ground, server: Server, count: int) -> Run:
    """Return how late single deliveries are on an idle system, one about every second."""
    with at_work(ground, server, count, threads=8, workers=1) as (house, _):
        with house.store.system(write=False) as session:
            planned = select(Delivery.id, Delivery.key).where(Delivery.state == State.planned)
            rows = session.execute(planned.order_by(Delivery.id)).all()
        due = {}
        begin = now() + timedelta(seconds=2)
        for turn, (one, key) in enumerate(rows):
            moment = begin + timedelta(seconds=turn * 1.0 + (turn * 0.37) % 1)
            house.make_due(moment, [one])
            due[key] = moment.timestamp()
        until(lambda: len(server.calls()) >= count, CRASH_GUARD, every=0.5)
        late = tuple(sorted(at - due[key] for at, key in server.calls()))
        return Run("1 × 8 threads", 0.0, late[-1], late, {})


def stop(ground: Ground, server: Server, count: int) -> float:
    """Return the seconds from a stop's commit to the last publishing call that came in, with `count` queued."""
    with at_work(ground, server, count, threads=8, workers=1) as (house, _):
        house.make_due(now())
        until(
            lambda: len(server.calls()) >= count // 20 and house.count(State.queued) > count // 2, CRASH_GUARD
        )
        with house.store.system() as session:
            holds.set_hold(session, HoldLevel.everything, now=now(), reason="bench")
        committed = time.time()
        seen = -1
        while (calls := len(server.calls())) != seen:  # until a whole second brings nothing more
            seen = calls
            time.sleep(1.5)
        return max(0.0, max(at for at, _ in server.calls()) - committed)


def embedded_memory(count: int) -> float:
    """Return the peak memory of `samklang up` on SQLite while it publishes, MB."""
    with platform(0) as server, tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder))
        store = Store(settings.database_url)
        migrate(settings, store)
        fill(store, open_vault(settings.keys_path), server.base, count, now())
        up = start(
            ["-m", "samklang", "up"],
            {"SAMKLANG_HOME": folder, "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1", "SAMKLANG_WEB_PORT": str(free_port()),
             "SAMKLANG_LOG_LEVEL": "ERROR"},
        )  # fmt: skip
        try:
            until(lambda: len(server.calls()) >= count, CRASH_GUARD, every=0.2)
            return peak_megabytes(up.pid)
        finally:
            end(up)
            store.dispose()


def best(settings: Sequence[dict[str, Any]], run: Callable[..., Run]) -> dict[str, Any]:
    """Return the settings with which a run is fastest."""
    return max(settings, key=lambda one: run(**one).rate)


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))
