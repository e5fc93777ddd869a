"""A platform that answers at once, or after a set time, and does nothing else: so that it is not what is measured.

Run as `python -m bench.platform PORT MILLISECONDS`. It speaks as much of Mastodon's client API as publishing needs,
and gives the moments at which publishing calls came in under `/_bench`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import ClassVar


class Platform(asyncio.Protocol):
    """One connection; calls on it are answered in their order."""

    wait: ClassVar[float] = 0.0
    calls: ClassVar[list[tuple[float, str]]] = []
    """Moment (wall clock, seconds) and idempotency key of every publishing call."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        """Answer every call that is complete."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].decode("latin-1")
            fields = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])
            }
            whole = end + 4 + int(fields.get("content-length", 0))
            if len(self.buffer) < whole:
                return
            self.buffer = self.buffer[whole:]
            self._answer(head.split(" ", 2), fields)

    def _answer(self, words: list[str], fields: dict[str, str]) -> None:
        method, path = words[0], words[1]
        if path == "/_bench":
            body = json.dumps(Platform.calls)
            if method == "DELETE":
                Platform.calls = []
        else:
            Platform.calls.append((time.time(), fields.get("idempotency-key", "")))
            number = len(Platform.calls)
            body = json.dumps({"id": str(number), "url": f"http://{fields.get('host')}/@a/{number}"})
        answer = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
        if self.wait and path != "/_bench":
            asyncio.get_running_loop().call_later(self.wait, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def serve(port: int, wait: float) -> None:
    """Answer on a port of this machine until the process ends; every call after `wait` seconds."""
    Platform.wait = wait
    server = await asyncio.get_running_loop().create_server(Platform, "127.0.0.1", port, backlog=512)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2]) / 1000))
