"""A server on a bare socket that does exactly what a test tells it, well-mannered or not.

Each request met takes the next act from the script; an act writes what it likes and says whether the connection
stays open. It knows no platform and checks nothing.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

CANARY = "canary-9b1f-secret"
"""Stands for every secret in these tests; it may show nowhere but on the wire."""

Act = Callable[[socket.socket, "Request"], bool]


@dataclass
class Request:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class Script:
    """The server's acts to come and the requests it has seen; an empty script answers 200 `{}`."""

    acts: list[Act] = field(default_factory=list)
    seen: list[Request] = field(default_factory=list)
    connections: int = 0
    before_reading: Callable[[socket.socket], bool] | None = None
    """Runs when a connection opens; true ends it there."""


class ScriptedServer:
    """Listens on 127.0.0.1; use it as a context manager."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.script = Script()
        self._tls = tls
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._ending = threading.Event()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []

    @property
    def base(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def then(self, *acts: Act) -> None:
        self.script.acts.extend(acts)

    @property
    def seen(self) -> list[Request]:
        return self.script.seen

    def __enter__(self) -> ScriptedServer:
        self._start(self._accept)
        return self

    def __exit__(self, *ending: object) -> None:
        self._ending.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for one in self._open:
            one.close()

    def wait(self, seconds: float) -> None:
        """Let time pass on the server's side, cut short when the test ends."""
        self._ending.wait(seconds)

    def _start(self, act: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=act, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            self.script.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            if self.script.before_reading and self.script.before_reading(connection):
                return
            with connection.makefile("rb") as reader:
                while request := _read(reader):
                    self.script.seen.append(request)
                    act = self.script.acts.pop(0) if self.script.acts else reply({})
                    if not act(connection, request):
                        connection.shutdown(socket.SHUT_RDWR)
                        return


def _read(reader) -> Request | None:
    first = reader.readline().decode("latin-1").split()
    if len(first) < 3:
        return None
    headers = {}
    while (row := reader.readline().decode("latin-1").strip()) != "":
        name, _, value = row.partition(":")
        headers[name.lower()] = value.strip()
    return Request(first[0], first[1], headers, reader.read(int(headers.get("content-length", "0"))))


def head(status: int, headers: dict[str, str]) -> bytes:
    rows = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} Word\r\n{rows}\r\n".encode()


def reply(body: object = None, status: int = 200, headers: dict[str, str] | None = None) -> Act:
    """Answer properly, with JSON unless bytes are given."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    usual = {"Content-Type": "application/json", "Content-Length": str(len(raw))}

    def act(connection: socket.socket, request: Request) -> bool:
        connection.sendall(head(status, {**usual, **(headers or {})}) + raw)
        return True

    return act


def html(status: int) -> Act:
    """Answer as a proxy in front does."""
    return reply(b"<html><h1>Sorry</h1></html>", status, {"Content-Type": "text/html"})


def raw(data: bytes) -> Act:
    """Write exactly this and close."""

    def act(connection: socket.socket, request: Request) -> bool:
        connection.sendall(data)
        return False

    return act


def close(connection: socket.socket, request: Request) -> bool:
    """Close without a word after reading."""
    return False


def reset(connection: socket.socket, request: Request | None = None) -> bool:
    """Break the connection hard."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return True


def reset_unread(connection: socket.socket) -> bool:
    """Break the connection hard once a request has arrived, without having read any of it.

    A reset any sooner may end the client's connecting itself, which proves that nothing left.
    """
    connection.recv(1, socket.MSG_PEEK)
    return reset(connection)


def silence(server: ScriptedServer) -> Act:
    """Say nothing until the test is over."""

    def act(connection: socket.socket, request: Request) -> bool:
        server.wait(10)
        return False

    return act


def trickle(server: ScriptedServer, opening: bytes, drop: bytes = b"a", every: float = 0.03) -> Act:
    """Send an opening and then a drop now and then, for ever."""

    def act(connection: socket.socket, request: Request) -> bool:
        connection.sendall(opening)
        for _ in range(400):
            connection.sendall(drop)
            server.wait(every)
        return False

    return act


def cut(connection: socket.socket, request: Request) -> bool:
    """Promise more than is sent."""
    connection.sendall(
        head(200, {"Content-Type": "application/json", "Content-Length": "400"}) + b'{"id": "1"'
    )
    return False


def cut_chunked(connection: socket.socket, request: Request) -> bool:
    """End in the middle of a chunk."""
    connection.sendall(head(200, {"Transfer-Encoding": "chunked"}) + b"ff\r\n{}")
    return False


def endless(connection: socket.socket, request: Request) -> bool:
    """Send without end."""
    connection.sendall(head(200, {"Content-Type": "application/json"}))
    for _ in range(4000):
        connection.sendall(b" " * 65536)
    return False


def large(size: int) -> Act:
    """Send a proper answer of so many bytes, as far as anybody reads it."""

    def act(connection: socket.socket, request: Request) -> bool:
        connection.sendall(head(200, {"Content-Type": "application/json", "Content-Length": str(size)}))
        for _ in range(size // 65536 + 1):
            connection.sendall(b" " * 65536)
        return False

    return act


@cache
def bomb() -> bytes:
    return gzip.compress(b" " * 50_000_000)


def gzip_bomb(connection: socket.socket, request: Request) -> bool:
    """Send 50 MB as 48 kB, unasked."""
    packed = bomb()
    headers = {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    connection.sendall(head(200, headers) + packed)
    return False


def redirect(to: str, status: int = 302) -> Act:
    """Point elsewhere."""
    return reply({}, status, {"Location": to})


def echo(status: int) -> Act:
    """Say everything that was received back in the error, as a careless or hostile server does."""

    def act(connection: socket.socket, request: Request) -> bool:
        said = json.dumps(
            {
                "error": f"{request.headers} {request.body!r}",
                "error_description": request.headers.get("authorization"),
            }
        ).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(said))}
        connection.sendall(head(status, headers) + said)
        return True

    return act
