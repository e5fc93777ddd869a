"""The address at which the worlds of tests show pictures to the stand-ins, as the web process does for the platforms."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Look = Callable[[str], bytes | None]
"""Returns the picture behind what an address ends with."""


class Gallery(ThreadingHTTPServer):
    """Shows whatever the test at hand shows."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.look: Look = lambda _: None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Gallery

    def do_GET(self) -> None:
        content = self.server.look(self.path.rpartition("/")[2].removesuffix(".jpg"))
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "image/jpeg" if content else "text/plain")
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running() -> Iterator[Gallery]:
    """Give a gallery that is open."""
    with Gallery() as gallery:
        threading.Thread(target=gallery.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield gallery
        gallery.shutdown()
