"""What every stand-in shares: starting and stopping, accounts, faults, the log of calls, and the public pages.

A platform's own file adds its routes, its error shapes and its way of seeing a post. Nothing here knows a platform.
"""

from __future__ import annotations

import ipaddress
import re
import sys
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

from sandbox import control, engagement, pages
from sandbox.dress import Dress
from sandbox.exchange import Declined, Refusal, Request, Response, Unreadable, answer
from sandbox.faults import Faults, Rule, status_response
from sandbox.server import Listener
from sandbox.storage import Account, Post, Store

CALLS_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom a token says it belongs to."""

    handle: str
    inhabitants: int | None = None


TokenRule = Callable[[str], Claim | None]
"""Decides whom a token or app password belongs to; `None` refuses it."""

Route = tuple[str, str, Callable[..., Response]]
"""Method, pattern that the whole path matches, and the function; named groups become its arguments."""


def demo_token(token: str) -> Claim | None:
    """Take `demo-<handle>` and `demo-<handle>-<inhabitants>`; nothing else is let in."""
    found = re.fullmatch(r"demo-([a-z0-9][a-z0-9_.-]{0,60}?)(?:-(\d{1,9}))?", token)
    return Claim(found[1], int(found[2]) if found[2] else None) if found else None


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it was met. `status` is `None` where no answer was sent."""

    method: str
    path: str
    handle: str
    key: str
    """Idempotency key, or record key."""
    at: float
    carried_out: bool
    """The stand-in did what was asked and was content with it, whatever the client heard."""
    status: int | None
    fault: str | None


class StandIn(ABC):
    """A platform on a loopback port. Use it as a context manager, or `start`, `stop` and start again on the same port."""

    platform: ClassVar[str]
    """The platform's name as people write it."""
    dress: ClassVar[Dress] = Dress()
    """How its pages are laid out."""
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Modes and the values they can have; the first is the default."""

    def __init__(
        self,
        folder: Path | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        speed: float = 1.0,
        token_rule: TokenRule = demo_token,
        *,
        clock: Callable[[], float] = time.time,
        seed: int = 0,
    ) -> None:
        """Prepare a stand-in that keeps its things in `folder`, or in memory when that is `None`.

        `speed` makes engagement grow that many times faster than the clock. `clock` gives unix seconds.

        Raises: ValueError when `host` is not loopback.
        """
        if host != "localhost" and not _is_loopback(host):
            raise ValueError(f"a stand-in binds to loopback only, not to {host}")
        self._file = folder / f"{self.platform.lower()}.sqlite" if folder else None
        self._place = ("127.0.0.1" if host == "localhost" else host, port)
        self._name = host
        self.speed, self.token_rule, self.clock, self.seed = speed, token_rule, clock, seed
        self.modes = {name: values[0] for name, values in self.choices.items()}
        self.faults = Faults()
        self.calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self.stopping = threading.Event()
        self._kept: bytes | None = None
        self._listener: Listener | None = None
        self._thread: threading.Thread | None = None
        self.store: Store
        routes = [*control.routes(self), *self.routes(), *pages.routes(self)]
        self._routes = [(method, re.compile(pattern), act) for method, pattern, act in routes]

    # Life

    def start(self) -> Self:
        """Open the store and listen; a second start takes the same port."""
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        self.stopping.clear()
        self.store = Store(self._file, self._kept)
        try:
            self._listener = Listener(self._place, self)
        except OSError:
            self.store.close()
            raise
        self._place = (self._place[0], self._listener.server_port)
        self._thread = threading.Thread(
            target=self._listener.serve_forever,
            kwargs={"poll_interval": 0.05},
            name=f"{self.platform} stand-in",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Cut every connection and close; what is in memory is there again after the next start."""
        if self._listener is None or self._thread is None:
            return
        self.stopping.set()
        self._listener.shutdown()
        self._listener.cut_all()
        self._listener.server_close()
        self._thread.join()
        self._listener = self._thread = None
        self._kept = self.store.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *ending: object) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """Return the base address, without a slash at the end; the port is known once started."""
        return f"http://{self._name}:{self._place[1]}"

    @property
    def port(self) -> int:
        """Return the port, 0 before the first start if none was chosen."""
        return self._place[1]

    # What the server asks

    def open_early(self, request: Request) -> Rule | None:
        """Return a rule that cuts this call before its body is read, and note the call."""
        if control.is_control(request.path):
            return None
        handle = self.caller(request)
        rule = self.faults.take_early(request.method, request.path, handle)
        if rule:
            self._note(request, False, None, rule)
        return rule

    def exchange(self, request: Request) -> tuple[Response | None, Rule | None]:
        """Carry a request out unless a fault stands before it; return the answer and the rule for delivering it."""
        if control.is_control(request.path):
            return self.carry_out(request), None
        wait, rule = self.faults.take(request.method, request.path, self.caller(request))
        if wait and self.stopping.wait(wait):
            return None, rule
        response = self._instead(rule) if rule else None
        carried_out = False
        if response is None and not (rule and rule.kind == "hang" and not rule.setting("carry_out", False)):
            response = self.carry_out(replace(request, hidden=rule.hidden if rule else 0.0))
            carried_out = response.status < 400
        if rule and rule.kind == "status_after":
            response = status_response(rule, 502)
        silent = response is None or (rule is not None and rule.kind in ("hang", "drop_after"))
        self._note(request, carried_out, None if silent or response is None else response.status, rule)
        return response, rule

    def _instead(self, rule: Rule) -> Response | None:
        """Return the answer that stands in place of carrying out, if the rule is of that sort."""
        if rule.kind == "status":
            return status_response(rule, 503)
        if rule.kind in ("rate_limit", "expired_login", "reject"):
            return self.refusal(rule)
        return None

    def carry_out(self, request: Request) -> Response:
        """Do what was asked and return the platform's answer."""
        try:
            return self._route(request)
        except Refusal as refusal:
            return refusal.response
        except Declined as declined:
            return self.declined(declined)
        except Unreadable as error:
            return self.unreadable(str(error))
        except Exception:  # a real server answers 500 too; the trace on stderr shows a mistake of ours
            if self.stopping.is_set():
                return answer({"error": "stopping"}, 503)
            traceback.print_exc(file=sys.stderr)
            return self.broken()

    def _route(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        for wanted, pattern, act in self._routes:
            found = pattern.fullmatch(request.path) if wanted == method else None
            if found:
                return act(request, **found.groupdict())
        return self.unknown(request)

    def _note(self, request: Request, carried_out: bool, status: int | None, rule: Rule | None) -> None:
        fault = rule.kind if rule else None
        handle, key = self.caller(request), self.key_of(request)
        self.calls.append(
            Call(request.method, request.path, handle, key, self.clock(), carried_out, status, fault)
        )

    # Accounts and counts

    def welcome(self, claim: Claim) -> Account:
        """Return the account of a claim, made on the spot when it is new."""
        with self.store.writing():
            known = self.store.account(claim.handle)
            if known and (known.inhabitants or not claim.inhabitants):
                return known
            return control.write_profile(self, claim.handle, {"inhabitants": claim.inhabitants})

    def followers(self, account: Account) -> int:
        """Return the account's followers, told or typical for the size of the place."""
        if account.followers is not None:
            return account.followers
        return engagement.typical_followers(account.inhabitants or 3_000)

    def age(self, post: Post) -> float:
        """Return how old a post is for its readers, in seconds: real age times speed."""
        return max(0.0, self.clock() - post.created_at) * self.speed

    def counts(self, post: Post) -> engagement.Counts:
        """Return what readers have made of a post by now, apart from what is stored under it."""
        account = self.store.account(post.handle)
        size = (account.inhabitants, account.followers) if account else (None, None)
        return engagement.counts(post.id, self.age(post), *size, self.seed)

    # What a platform adds

    @abstractmethod
    def routes(self) -> list[Route]:
        """Return the platform's own routes."""

    @abstractmethod
    def account_id(self, handle: str) -> str:
        """Return the platform's id for a handle, the same every time."""

    def plain_handle(self, named: str) -> str:
        """Return a handle as the stand-in keeps it."""
        return named.removeprefix("@")

    @abstractmethod
    def caller(self, request: Request) -> str:
        """Return the handle that a request says it comes from, believed or not; empty if none."""

    @abstractmethod
    def key_of(self, request: Request) -> str:
        """Return the idempotency key or record key of a request; empty if none."""

    @abstractmethod
    def refusal(self, rule: Rule) -> Response:
        """Return the platform's answer for a `rate_limit`, `expired_login` or `reject` rule."""

    @abstractmethod
    def declined(self, why: Declined) -> Response:
        """Return the platform's answer to something that it does not accept."""

    @abstractmethod
    def unreadable(self, why: str) -> Response:
        """Return the platform's answer to a body that cannot be read."""

    @abstractmethod
    def broken(self) -> Response:
        """Return the platform's answer when it fails inside."""

    @abstractmethod
    def unknown(self, request: Request) -> Response:
        """Return the platform's answer to a path it does not have."""

    @abstractmethod
    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""


def _is_loopback(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.version == 4 and address.is_loopback
