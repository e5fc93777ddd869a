"""Stand-ins on free loopback ports with a clock that a test can move, and clients for them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator

import pytest
import requests

from sandbox import BlueskyStandIn, MastodonStandIn
from sandbox.standin import StandIn

START = 1_795_446_000.0  # 23 November 2026, 15:00 UTC


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Client:
    """Calls one stand-in as one account."""

    def __init__(self, standin: StandIn, token: str = "") -> None:
        self.standin = standin
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **named: object) -> requests.Response:
        return self.session.request(method, self.standin.address + path, timeout=10, **named)

    def get(self, path: str, **named: object) -> requests.Response:
        return self.call("GET", path, **named)

    def post(self, path: str, **named: object) -> requests.Response:
        return self.call("POST", path, **named)

    def put(self, path: str, **named: object) -> requests.Response:
        return self.call("PUT", path, **named)

    def delete(self, path: str, **named: object) -> requests.Response:
        return self.call("DELETE", path, **named)

    def break_with(self, *rules: dict[str, object]) -> None:
        assert self.put("/_sandbox/faults", json=list(rules)).status_code == 200

    def calls(self) -> list[dict]:
        return self.get("/_sandbox/calls").json()

    def posts(self) -> list[dict]:
        return self.get("/_sandbox/posts").json()


def png(width: int = 4, height: int = 3, shade: int = 120) -> bytes:
    """Return a small grey PNG."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        checked = kind + content
        return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))

    rows = (b"\0" + bytes([shade]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def picture() -> Callable[..., bytes]:
    return png


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mastodon(clock: Clock) -> Iterator[MastodonStandIn]:
    with MastodonStandIn(clock=clock) as standin:
        yield standin


@pytest.fixture
def bluesky(clock: Clock) -> Iterator[BlueskyStandIn]:
    with BlueskyStandIn(clock=clock) as standin:
        yield standin


@pytest.fixture
def client() -> Iterator[Callable[..., Client]]:
    """Return a maker of clients; their connections are closed after the test."""
    made: list[Client] = []

    def make(standin: StandIn, token: str = "") -> Client:
        made.append(Client(standin, token))
        return made[-1]

    yield make
    for one in made:
        one.session.close()


@pytest.fixture
def aure(mastodon: MastodonStandIn, client: Callable[..., Client]) -> Client:
    """Return Aure's client on Mastodon."""
    return client(mastodon, "demo-aure-3450")


class Repo(Client):
    """Calls the Bluesky stand-in as one logged-in account."""

    did = ""
    refresh = ""

    def xrpc(self, method: str, nsid: str, **named: object) -> requests.Response:
        return self.call(method, f"/xrpc/{nsid}", **named)

    def log_in(self, handle: str) -> None:
        given = {"identifier": handle, "password": "demo-pass"}
        session = self.xrpc("POST", "com.atproto.server.createSession", json=given).json()
        self.did, self.refresh = session["did"], session["refreshJwt"]
        self.session.headers["Authorization"] = f"Bearer {session['accessJwt']}"

    def write(
        self, method: str, rkey: str | None, record: dict | None = None, **named: object
    ) -> requests.Response:
        body = {"repo": self.did, "collection": "app.bsky.feed.post", **named}
        body |= {} if rkey is None else {"rkey": rkey}
        body |= {} if record is None else {"record": record}
        return self.xrpc("POST", f"com.atproto.repo.{method}", json=body)

    def read(self, rkey: str) -> requests.Response:
        params = {"repo": self.did, "collection": "app.bsky.feed.post", "rkey": rkey}
        return self.xrpc("GET", "com.atproto.repo.getRecord", params=params)


@pytest.fixture
def osen(bluesky: BlueskyStandIn) -> Iterator[Repo]:
    """Return Osen's logged-in client on Bluesky."""
    repo = Repo(bluesky)
    repo.log_in("osen.test")
    yield repo
    repo.session.close()
