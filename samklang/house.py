"""Everything in one process: store, clock, workers and web on SQLite and an in-memory broker; and each part alone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import structlog
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler
from celery.worker import WorkController
from sqlalchemy.exc import SQLAlchemyError

from campaigns import mark
from campaigns.settings import Settings, SettingsProblem
from campaigns.store import Store
from reports import doctor
from samklang.rehearsal import apart
from scheduler.clock import Clock
from web.app import make_web
from workers.broker import EMBEDDED, answers, make_app, sender
from workers.desk import Desk
from workers.tasks import Workshop

log = structlog.get_logger()


def open_store(settings: Settings) -> Store:
    """Return the store of these settings, brought up to date when it is the embedded one.

    Raises: SettingsProblem when its home is no folder that can be used.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as trouble:
        raise SettingsProblem(
            f"SAMKLANG_HOME ({settings.home}) cannot be used as a folder ({trouble.strerror}). Name another."
        ) from None
    store = Store(settings.database_url)
    if store.embedded:
        migrate(settings, store)
    return store


def migrate(settings: Settings, store: Store) -> None:
    """Bring the store up to date; a new one gets its mark at once, so that its absence later means something."""
    if store.migrate():
        with store.system(write=False) as session:
            own = mark.standing(session, settings.mark_path)[1]
        mark.write_mark(settings.mark_path, own)


@contextmanager
def as_found(settings: Settings, now: Callable[[], datetime], *, demo: bool) -> Iterator[doctor.Subject]:
    """Give the instance as the doctor looks at it: nothing is made, migrated or begun for it."""
    store = _store_as_found(settings)
    broker = "embedded" if settings.broker_url == EMBEDDED else _ask_broker(settings.broker_url)
    machine = doctor.look_around(settings, store, now)
    try:
        yield doctor.Subject(settings, store, now(), machine, broker, demo)
    finally:
        if store is not None:
            store.dispose()


def _store_as_found(settings: Settings) -> Store | None:
    """Return the store, or `None` where its address is none; the folder of an embedded one is not made."""
    try:
        return Store(settings.database_url, make_folder=False)
    except SQLAlchemyError:
        return None


def _ask_broker(address: str) -> doctor.Broker:
    return "answers" if answers(make_app(address)) else "silent"


class House:
    """Clock, workers and web of one process, started and ended together."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.desk = Desk(settings, store)
        self.app = make_app(settings.broker_url)
        self.workshop = Workshop(self.app, self.desk, player=apart.player())
        self.clock = Clock(self.desk, sender(self.app, hands=settings.threads))
        self.scheduler = BackgroundScheduler(timezone="UTC")
        self._worker: WorkController | None = None
        self._threads: list[threading.Thread] = []
        self._server: uvicorn.Server | None = None

    def start(self, *, web: bool = True) -> None:
        """Start every part; returns when all of them run.

        Raises: AssetsMissing; KeysProblem; PortTaken. Nothing has been started then.
        """
        _ = self.desk.vault  # without its keys it would burn attempts, and say so nowhere
        server = web_server(self.settings, self.store) if web else None
        door = listen(self.settings.web_host, self.settings.web_port) if web else None
        self.clock.begin()
        self._worker = self.workshop.controller()
        self._run("worker", self._worker.start)
        if server is not None and door is not None:
            self._server = server
            self._run("web", lambda: server.run(sockets=[door]))
        self.clock.schedule(self.scheduler)
        self.scheduler.start()

    def stop(self) -> None:
        """End in the order in which nothing is left half done: no new ticks, then the workers, then the pages."""
        if self.scheduler.running:
            self.scheduler.shutdown(wait=True)
        self.workshop.close()
        if self._worker is not None:
            self._worker.stop(in_sighandler=False)
        if self._server is not None:
            self._server.should_exit = True
        for thread in self._threads:
            thread.join(timeout=15)
        self.desk.close()
        self.store.dispose()

    def _run(self, name: str, work: Callable[[], object]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        thread.start()
        self._threads.append(thread)


class PortTaken(Exception):
    """The port is another process', or may not be used by this one; the text says which and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens where the pages are to be: from now on nobody else has it.

    Raises: PortTaken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen()  # two may be bound to a port as long as neither listens
    except OSError as trouble:
        door.close()
        raise PortTaken(
            f"Port {port} on {host} cannot be had ({trouble.strerror}). End what uses it, or choose another port: "
            "SAMKLANG_WEB_PORT, and for the demo --port 9046."
        ) from None
    return door


def web_server(
    settings: Settings, store: Store, *, now: Callable[[], datetime] | None = None
) -> uvicorn.Server:
    """Return the web process' server, not yet running; `now` is the clock, for a rehearsal."""
    config = uvicorn.Config(
        make_web(settings, store, now=now),
        host=settings.web_host,
        port=settings.web_port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
        loop="asyncio",
        lifespan="off",
    )
    return uvicorn.Server(config)
