"""Connections to judged addresses, kept open for a few seconds and used by one call at a time.

A `Line` is one TCP or TLS connection to one pinned address; `Switchboard` lends idle ones to the next call to the
same origin. It resolves no names and judges nothing: `wire` hands it addresses that may be used.
"""

from __future__ import annotations

import io
import socket
import ssl
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from connectors.addresses import Target

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

IDLE = 3.0
"""Seconds an unused connection is kept. Node (PDS) and uvicorn close after 5 s: a shorter life of ours keeps the
case rare in which a request goes into a connection that the server is just closing, which cannot be told from a
lost answer."""
MOST_IDLE = 64
"""Idle connections kept in all."""


class TimedSocket:
    """A connected socket whose every read and write gets only the time that is left of the call.

    A read time-out alone counts per read: a server that drips a byte now and then outlasts it (threats C10).
    """

    def __init__(self, sock: socket.socket, clock: Callable[[], float]) -> None:
        self._sock = sock
        self._clock = clock
        self._until = 0.0
        self._each = 0.0

    def begin(self, until: float, each: float) -> None:
        """Start a call that ends at clock time `until` and may wait `each` seconds for one read or write."""
        self._until, self._each = until, each

    def arm(self) -> None:
        """Set the time limit of the next read or write.

        Raises: TimeoutError when no time is left.
        """
        left = self._until - self._clock()
        if left <= 0:
            raise TimeoutError("the call's whole time is used up")
        self._sock.settimeout(min(left, self._each))

    def sendall(self, data: ReadableBuffer) -> None:
        """Send everything, piece by piece, within the time that is left."""
        view = memoryview(data).cast("B")
        while view:
            self.arm()
            view = view[self._sock.send(view) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a reader as `http.client` asks for it; `mode` is always `rb`."""
        del mode
        return io.BufferedReader(_TimedReader(self._sock.makefile("rb", buffering=0), self.arm))

    def settimeout(self, seconds: float | None) -> None:
        """Do nothing: the time limits are ours, not the library's."""

    def fileno(self) -> int:
        """Return the descriptor, for the look whether the server has closed."""
        return self._sock.fileno()

    def close(self) -> None:
        """Close the socket once its reader is closed too."""
        self._sock.close()


class _TimedReader(io.RawIOBase):
    """The reading side of a `TimedSocket`."""

    def __init__(self, raw: io.RawIOBase, arm: Callable[[], None]) -> None:
        super().__init__()
        self._raw = raw
        self._arm = arm

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._arm()
        return cast("int | None", self._raw.readinto(buffer))

    def close(self) -> None:
        self._raw.close()
        super().close()


class Line:
    """One open connection: the HTTP side of it, and the socket that keeps time."""

    def __init__(self, http: HTTPConnection, timed: TimedSocket) -> None:
        self.http = http
        self.timed = timed
        self.idle_since = 0.0

    @classmethod
    def open(
        cls, target: Target, address: str, tls: ssl.SSLContext, seconds: float, clock: Callable[[], float]
    ) -> Line:
        """Connect to `address`, and for https prove that whoever answers there is `target.host`.

        Raises: OSError and urllib3's HTTPError; nothing of a request has left in either case.
        """
        http: HTTPConnection
        if target.scheme == "https":
            http = HTTPSConnection(
                address, target.port, timeout=seconds, ssl_context=tls, server_hostname=target.host
            )
        else:
            http = HTTPConnection(address, target.port, timeout=seconds)
        try:
            http.connect()
        except BaseException:
            http.close()
            raise
        timed = TimedSocket(cast("socket.socket", http.sock), clock)
        http.sock = cast("socket.socket", timed)
        return cls(http, timed)

    def close(self) -> None:
        """Close the connection."""
        self.http.close()


class Switchboard:
    """Idle connections by origin, shared by many threads; a lent one belongs to one call alone."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: dict[Target, list[Line]] = {}

    def take(self, target: Target) -> Line | None:
        """Return a connection to `target` that was used moments ago and is still open, or `None`."""
        while True:
            with self._lock:
                lines = self._idle.get(target)
                line = lines.pop() if lines else None
                if not lines:
                    self._idle.pop(target, None)
            if line is None:
                return None
            if self._clock() - line.idle_since < IDLE and line.http.is_connected:
                return line
            line.close()

    def give(self, target: Target, line: Line) -> None:
        """Keep a connection for the next call and close those that have waited too long."""
        line.idle_since = self._clock()
        with self._lock:
            self._idle.setdefault(target, []).append(line)
            stale = self._sweep(line.idle_since)
        for old in stale:
            old.close()

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            lines = [line for lines in self._idle.values() for line in lines]
            self._idle.clear()
        for line in lines:
            line.close()

    def _sweep(self, now: float) -> list[Line]:
        """Take out, under the lock, every line past its time, and the oldest beyond the most that is kept."""
        kept = sorted(
            ((line.idle_since, target, line) for target, lines in self._idle.items() for line in lines),
            key=lambda entry: entry[0],
        )
        overfull = max(0, len(kept) - MOST_IDLE)
        stale = [entry for n, entry in enumerate(kept) if n < overfull or now - entry[0] >= IDLE]
        for _, target, line in stale:
            self._idle[target].remove(line)
            if not self._idle[target]:
                del self._idle[target]
        return [line for _, _, line in stale]
