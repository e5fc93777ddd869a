"""What the page tests share: a migrated store, the web application on it, and a browser without a screen."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update
from stage import NOW

from campaigns.settings import Settings
from campaigns.store import Instance, Store
from web.app import make_web

Browse = Callable[..., httpx.Response]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory) -> Path:
    """Return an empty, migrated database to copy: migrating for each test would be slow."""
    file = tmp_path_factory.mktemp("web") / "empty.db"
    store = Store(f"sqlite:///{file}")
    store.migrate()
    with store.system() as session:
        session.execute(update(Instance).values(clock_seen_at=NOW))
    store.dispose()
    return file


@pytest.fixture
def store(migrated: Path, tmp_path: Path) -> Iterator[Store]:
    file = tmp_path / "samklang.db"
    shutil.copy(migrated, file)
    opened = Store(f"sqlite:///{file}")
    yield opened
    opened.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, open_status=True)


@pytest.fixture
def browser_of(store: Store):
    """Return a function that opens the pages under other settings, another store or another clock."""

    def make(settings: Settings, *, on: Store = store, now=lambda: NOW) -> Browse:
        web = make_web(settings, on, now=now)

        def browse(path: str = "/status", *, method: str = "GET", **request: object) -> httpx.Response:
            async def ask() -> httpx.Response:
                transport = httpx.ASGITransport(web, raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8046") as client:
                    return await client.request(method, path, **request)

            return asyncio.run(ask())

        return browse

    return make


@pytest.fixture
def browse(browser_of, settings: Settings) -> Browse:
    """Return a browser of the page that names things, as in the demo."""
    return browser_of(settings)


@pytest.fixture
def browse_unnamed(browser_of, settings: Settings) -> Browse:
    return browser_of(settings.model_copy(update={"open_status": False}))
