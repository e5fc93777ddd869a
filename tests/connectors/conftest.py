"""What connector tests share: a scripted server, a wire that may reach it, and a look for leaked secrets."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import pytest
from scripted import CANARY, ScriptedServer

from connectors.wire import Wire, WireLimits


class QuickWire(Wire):
    """A wire whose every call has small limits, so that time-outs take no time."""

    def call(self, method: str, url: str, **named):
        return super().call(method, url, **{"limits": WireLimits(1, 0.15, 0.25, 20_000), **named})


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as running:
        yield running


@pytest.fixture(scope="session")
def wire() -> Iterator[Wire]:
    door = Wire(user_agent="Samklang test", allow_private=True)
    yield door
    door.close()


@pytest.fixture(scope="session")
def quick_wire() -> Iterator[Wire]:
    door = QuickWire(user_agent="Samklang test", allow_private=True, pause=lambda _: None)
    yield door
    door.close()


@pytest.fixture
def leaks(caplog):
    """Return a function that tells whether the canary shows in anything an exception or the log would print."""
    caplog.set_level(logging.DEBUG)

    def look(error: BaseException) -> bool:
        chain, seen = error, []
        while chain is not None:
            seen += [str(chain), repr(chain), repr(vars(chain))]
            chain = chain.__cause__ or chain.__context__
        seen += traceback.format_exception(error)
        seen += [record.getMessage() for record in caplog.records]
        return any(CANARY in text for text in seen)

    return look
