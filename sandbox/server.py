"""The socket side of a stand-in: reads requests, hands them on, and breaks connections where a fault says so.

It knows HTTP and faults, and nothing of any platform. What a request means is decided by the `Host` it is given.
"""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.exchange import Request, Response, answer
from sandbox.faults import Rule

LARGEST_BODY = 20_000_000
"""Bytes; above the largest picture that either platform takes."""
IDLE = 300.0
"""Seconds that a kept-alive connection may say nothing."""
_PIECES_PER_SECOND = 20
"""How finely a trickle drips."""


class Host(Protocol):
    """What the server asks of a stand-in."""

    stopping: threading.Event

    def open_early(self, request: Request) -> Rule | None:
        """Return a rule that cuts this call before its body is read."""

    def exchange(self, request: Request) -> tuple[Response | None, Rule | None]:
        """Carry the request out, or not, and return the answer and the rule for delivering it."""


class Listener(ThreadingHTTPServer):
    """Listens on loopback and remembers its connections, so that stopping cuts the kept-alive ones too."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, place: tuple[str, int], host: Host) -> None:
        self.host = host
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(place, Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[0], self.server_address[1]  # type: ignore[assignment]  # IPv4 only

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection and serve it in its own thread."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def cut_all(self) -> None:
        """End every open connection at once."""
        with self._open_lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away, nor of what stopping cut short; report everything else."""
        if not isinstance(sys.exc_info()[1], OSError) and not self.host.stopping.is_set():
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection: requests one after another until somebody hangs up."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE
    server: Listener

    def answer(self) -> None:
        """Read one request, let the stand-in carry it out, and deliver the answer the way it says."""
        host = self.server.host
        split = urlsplit(self.path)
        query = tuple(parse_qsl(split.query, keep_blank_values=True))
        # servers take a slash at the end for nothing, and clients put one there
        path = unquote(split.path).rstrip("/") or "/"
        request = Request(self.command, path, query, self.headers)
        early = host.open_early(request)
        if early is not None:
            self._cut(early)
            return
        body = self._read_body()
        if body is None:
            return
        response, rule = host.exchange(Request(request.method, request.path, query, self.headers, body))
        self._deliver(response, rule)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

    def _read_body(self) -> bytes | None:
        """Return the body, or answer why not and return `None`."""
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdecimal():
            self._refuse(411, "Length Required")
            return None
        if int(length) > LARGEST_BODY:
            self._refuse(413, "request entity too large")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):  # the client left in the middle; nothing was asked
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: int, why: str) -> None:
        self.close_connection = True
        self._send(answer({"error": why, "message": why}, status, {"Connection": "close"}))

    def _deliver(self, response: Response | None, rule: Rule | None) -> None:
        """Send the answer whole, or break it as the rule says; no answer at all ends the connection."""
        kind = rule.kind if rule else None
        if rule and kind == "hang":
            self.server.host.stopping.wait(rule.setting("seconds", 30.0))
            self._close()
        elif response is None or (rule and kind == "drop_after"):
            self._cut(rule)
        elif kind == "truncate":
            sent = self._bytes(response)
            self.wfile.write(sent[: len(sent) - (len(response.body) + 1) // 2])
            self._close()
        elif rule and kind == "trickle":
            self._trickle(self._bytes(response), float(rule.setting("bytes_per_second", 20)))
        else:
            self._send(response)

    def _send(self, response: Response) -> None:
        self.wfile.write(self._bytes(response))

    def _bytes(self, response: Response) -> bytes:
        """Return the answer as it goes over the wire, in one piece so that it leaves in one packet."""
        phrase = self.responses.get(response.status, ("",))[0]
        lines = [f"HTTP/1.1 {response.status} {phrase}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in response.headers.items()]
        lines += [f"Content-Length: {len(response.body)}", "", ""]
        body = b"" if self.command == "HEAD" else response.body
        return "\r\n".join(lines).encode("latin-1", "replace") + body

    def _trickle(self, content: bytes, rate: float) -> None:
        """Send at `rate` bytes per second, and stop early when the stand-in stops."""
        step = max(1, int(rate / _PIECES_PER_SECOND))
        for start in range(0, len(content), step):
            self.wfile.write(content[start : start + step])
            if self.server.host.stopping.wait(step / rate):
                break

    def _cut(self, rule: Rule | None) -> None:
        """End the connection without an answer: by a reset, or an orderly close where the rule's `how` says so."""
        if rule is None or rule.setting("how", "reset") == "reset":
            # Linger 0 makes the kernel send RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        self.close_connection = True

    def _close(self) -> None:
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent; `/_sandbox/calls` tells what was called."""
