"""A county whose posts have been out for a week, served for a look at its reports: the demo is too young for that."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from bench import county, engaged
from campaigns.settings import Settings
from campaigns.store import Organisation
from samklang.house import listen, open_store, web_server
from workers.desk import Desk

UNNAMED_EVERY = 11
"""One municipality of so many has not said that it may be named."""


@contextmanager
def figured(port: int, *, places: int = 43, messages: int = 3) -> Iterator[str]:
    """Serve such a county on this port, with the page on which one chooses a person, and give its address."""
    with tempfile.TemporaryDirectory(prefix="samklang-figured-") as folder:
        settings = Settings(home=Path(folder), web_port=port, demo_login=True)
        store = open_store(settings)
        desk = Desk(settings, store)
        now = datetime.now(UTC)
        county.fill(store, desk, places=places, messages=messages, today=now.date())
        with store.system() as session:
            for turn, one in enumerate(session.scalars(select(Organisation).order_by(Organisation.number))):
                one.named = turn % UNNAMED_EVERY != 3
            engaged.engage(session, now=now, seed=5)
        server = web_server(settings, store, now=lambda: now)
        door = listen(settings.web_host, port)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            desk.close()
            store.dispose()
