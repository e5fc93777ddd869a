"""The product in a real browser: Debian's Chromium, three widths, and nothing that goes wrong on the way unseen."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
from engines import fresh_postgresql
from looking import DESK, Open, Watch
from playwright.sync_api import Browser, Page
from ports import free_ports
from processes import until
from world import World

from bench.chromium import NoChromium, chromium
from campaigns import sessions
from campaigns.settings import Settings
from campaigns.store import Person, Store
from samklang.house import listen, web_server

HERE = Path(__file__).parent
WIDTHS = (1280, 390, 320)
Serve = Callable[..., str]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave everything here to `make test-slow`."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """SQLite, as a browser does not see which engine it is; the journeys ask for both."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path = tmp_path / "samklang.db"
        shutil.copy(request.getfixturevalue("_sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    with fresh_postgresql(request.getfixturevalue("postgresql")) as address:
        yield address


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Return a function that serves the pages of a store, as `samklang web` does, and gives their address."""
    running = []

    def start(store: Store, now: Callable[[], datetime], settings: Settings | None = None) -> str:
        port = free_ports()
        chosen = (settings or Settings(home=tmp_path, open_status=True)).model_copy(update={"web_port": port})
        server = web_server(chosen, store, now=now)
        door = listen(chosen.web_host, port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        running.append((server, thread))
        until(lambda: server.started)
        return f"http://127.0.0.1:{port}"

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(timeout=20)
        if "desk" in vars(server.config.app):
            server.config.app.desk.close()  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for one module: it has an event loop in this very thread, where other modules start their own."""
    with ExitStack() as open_ones:
        try:
            started = open_ones.enter_context(chromium())
        except NoChromium as missing:
            pytest.fail(str(missing))
        yield started


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}px")
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page of each width; what nobody may see fails the test at its end."""
    context = browser.new_context(viewport={"width": request.param, "height": 900}, locale="nn-NO")
    watch = Watch()
    context.on("page", watch.follow)
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    yield opened
    context.close()
    assert watch.troubles == []


@pytest.fixture
def open_as(world: World, address: str, browser: Browser) -> Iterator[Open]:
    """Return a function that gives a page on which somebody is logged in; what nobody may see fails the test."""
    opened: list[tuple[object, Watch]] = []

    def opener(number: str, *, size: dict[str, int] = DESK, language: str = "nn", **more: object) -> Page:
        mail = "ingrid@county.example" if number == "46" else f"adviser@{number}.example"
        with world.store.system() as session:
            person = session.query(Person).where(Person.mail == mail).one()
            token = sessions.begin(session, person, how="test", device="test", now=world.now, factor=True)
        context = browser.new_context(viewport=size, base_url=address, locale=f"{language}-NO", **more)
        context.add_cookies(
            [
                {"name": "samklang", "value": token.reveal(), "url": address},
                {"name": "language", "value": language, "url": address},
            ]
        )
        watch = Watch()
        context.on("page", watch.follow)  # also what a page opens beside itself
        page = context.new_page()
        page.set_default_timeout(20_000)
        opened.append((context, watch))
        return page

    yield opener
    for context, watch in opened:
        context.close()  # type: ignore[attr-defined]
        assert watch.troubles == []
