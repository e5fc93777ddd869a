"""A world that several tests of a module look at, for tests that leave no change behind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from engines import fresh_postgresql
from world import World

from campaigns.store import Store


@contextmanager
def lasting_world(request: pytest.FixtureRequest, home: Path) -> Iterator[World]:
    """Give a world on the engine that the module's fixture is parametrized with."""
    stand_ins = request.getfixturevalue("_stand_ins")
    with _database(request, home) as address:
        store = Store(address)
        bases = {name: one.address for name, one in stand_ins.by_name.items()}
        world = World(store, home / "home", bases, stand_ins.gallery.address)
        stand_ins.live_in(world)
        yield world
        world.close()
        store.dispose()


@contextmanager
def _database(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("_sqlite_template"), home / "samklang.db")
        yield f"sqlite:///{home / 'samklang.db'}"
        return
    with fresh_postgresql(request.getfixturevalue("postgresql")) as address:
        yield address
