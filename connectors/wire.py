"""The one door out of the house: every call to a platform goes through `Wire.call`.

It reads the address strictly, resolves it once, refuses anything that is not plainly public, connects to that very
address, verifies who answers, limits time and size as a whole, follows no redirect, reads no environment, attaches the
login last, and sorts every ending into the classes of `errors`. It is the only module that imports `requests`, of which
it uses the encoding of requests; sessions, with their redirects, cookies, `.netrc` and proxy variables, are not used at
all. It knows no platform, retries nothing and judges no status code. The time a name takes to resolve is the system's
own affair and not limited here.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from requests import PreparedRequest, RequestException
from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.exceptions import HTTPError

from connectors.addresses import Target, is_plain_public, parse
from connectors.answers import Answer
from connectors.errors import ConnectorError, LoginLost, NotSent, OutcomeUnknown
from connectors.lines import Line, Switchboard
from connectors.secret import Secret

Files = Mapping[str, tuple[str, bytes, str]]
"""Multipart files: field name to file name, bytes and media type."""
Params = Mapping[str, str | int | Sequence[str]] | Sequence[tuple[str, str]]
Resolve = Callable[..., Sequence[tuple[object, object, object, object, Sequence[object]]]]

_BEARER = re.compile(r"[\x21-\x7e]{1,8192}\Z")
_MOST_ADDRESSES = 3
"""Addresses of one name that are tried, one after the other; each may cost a whole connect time-out."""


@dataclass(frozen=True, slots=True)
class WireLimits:
    """What one call may cost (threats C10)."""

    connect: float = 5.0
    """Seconds to open a connection."""
    read: float = 20.0
    """Seconds for one read or write."""
    total: float = 60.0
    """Seconds from first to last byte, whatever happens."""
    answer: int = 1_000_000
    """Bytes of the answer's body, counted after decoding."""


@cache
def _trusting(ca_file: str | None) -> ssl.SSLContext:
    """Return what demands a certificate of the usual authorities, or of an own one too; reading them takes 25 ms."""
    # Not `create_default_context`: it reads SSLKEYLOGFILE from the environment. This protocol alone already demands a
    # certificate and its host name.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


class Wire:
    """The door. One instance serves many threads."""

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: bool = False,
        ca_file: str | None = None,
        resolve: Resolve = socket.getaddrinfo,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open no connection yet.

        `allow_private` is for the demo and tests: it admits this machine and its net. `ca_file` adds an own
        authority to the usual ones; nothing switches verification off. `wall` dates answers, so that a waiting time
        given as a date can be read. `pause` waits so many seconds, for whoever asks again until something is ready.
        """
        self.pause = pause
        self.allow_private = allow_private
        self._user_agent = user_agent
        self._resolve = resolve
        self._clock = clock
        self._wall = wall
        self._tls = _trusting(ca_file)
        self._lines = Switchboard(clock)

    def now(self) -> datetime:
        """Return the present by the clock that dates answers."""
        return self._wall()

    def close(self) -> None:
        """Close idle connections; the wire may be used again afterwards."""
        self._lines.close()

    def call(
        self,
        method: str,
        url: str,
        *,
        login: Secret | None = None,
        user: Secret | None = None,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        data: bytes | None = None,
        hosts: Collection[str] | None = None,
        limits: WireLimits = WireLimits(),
        irreversible: bool = False,
    ) -> Answer:
        """Make one call and return whatever the server answers, whatever its status.

        `login` goes out as a bearer token, or with `user` as that user's password (RFC 7617). `hosts` names the hosts this call may go to; it must be given for every
        address that a platform's answer contained (threats C8).

        Raises: Refused for an address we do not go to at all; NotSent when nothing was taken, and for every lost
        answer of a repeatable call; OutcomeUnknown when an irreversible call left and no whole answer came.
        """
        until = self._clock() + limits.total
        target = parse(url, allow_private=self.allow_private)
        if hosts is not None and target.host not in hosts:
            note = f"{target.host} is not a host of this account"
            raise NotSent("connector.address_foreign", diagnostic=note, host=target.host)
        credentials = None if login is None else _bearer(login) if user is None else _basic(user, login)
        request = _prepare(method, url, target, self._user_agent, headers, params, json, form, files, data)
        line = self._lines.take(target) or self._connect(target, limits, until)
        if credentials is not None:
            request.headers["Authorization"] = credentials
        return self._send(line, target, request, until, limits, irreversible)

    def _send(
        self,
        line: Line,
        target: Target,
        request: PreparedRequest,
        until: float,
        limits: WireLimits,
        irreversible: bool,
    ) -> Answer:
        """Send a request over an open connection and return the answer; keep the connection if it stays good.

        Raises: NotSent or, for an irreversible call, OutcomeUnknown: from here on something may have arrived.
        """
        ending: ConnectorError
        try:
            status, received, body = _exchange(line, request, until, limits)
        except (OSError, HTTPError, http.client.HTTPException, ValueError, _TooLarge) as error:
            line.close()
            ending = _lost(error, str(request.method), target.host, irreversible)
        else:
            if line.http.sock is None:
                line.close()
            else:
                self._lines.give(target, line)
            took = self._clock() - (until - limits.total)
            return Answer(status, received, body, target.host, self._wall(), irreversible, took)
        # Raised outside the except block: the library's exceptions, which may quote addresses and headers, must not
        # hang on ours as its context.
        raise ending

    def _connect(self, target: Target, limits: WireLimits, until: float) -> Line:
        """Open a connection to the first of the target's addresses that takes one.

        Raises: NotSent; nothing has left yet.
        """
        why = "no address"
        code = "connector.unreachable"
        for address in self._addresses(target):
            seconds = min(limits.connect, until - self._clock())
            if seconds <= 0:
                break
            try:
                return Line.open(target, address, self._tls, seconds, self._clock)
            except (ssl.SSLCertVerificationError, ssl.CertificateError) as error:
                why, code = type(error).__name__, "connector.certificate"
            except (OSError, HTTPError) as error:
                why = type(error).__name__
        raise NotSent(code, diagnostic=f"{target.host}: {why}", host=target.host)

    def _addresses(self, target: Target) -> list[str]:
        """Return the target's addresses, every one of them judged.

        Raises: NotSent when the name does not resolve, or when any of its addresses is not plainly public.
        """
        found: list[str] = []
        try:
            answers = self._resolve(target.host, target.port, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(answer[4][0]) for answer in answers))
        except (OSError, UnicodeError):
            pass
        if not found:
            raise NotSent(
                "connector.unreachable", diagnostic=f"{target.host}: no such name", host=target.host
            )
        for address in found:
            allowed = is_plain_public(address, allow_private=self.allow_private)
            if not allowed or (target.scheme == "http" and not ipaddress.ip_address(address).is_loopback):
                raise NotSent(
                    "connector.address_closed",
                    diagnostic=f"{target.host}: not a public address",
                    host=target.host,
                )
        return found[:_MOST_ADDRESSES]


class _TooLarge(Exception):
    """The answer went on beyond its limit."""


def _prepare(
    method: str,
    url: str,
    target: Target,
    user_agent: str,
    headers: Mapping[str, str] | None,
    params: Params | None,
    json: object,
    form: Mapping[str, str] | None,
    files: Files | None,
    data: bytes | None,
) -> PreparedRequest:
    """Encode a request; the address decides nothing any more, only its path and query are used from here on."""
    request = PreparedRequest()
    own = {
        "Host": target.origin.partition("://")[2],
        "User-Agent": user_agent,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    failed = ""
    try:
        request.prepare(
            method=method,
            url=url,
            headers={**own, **(headers or {})},
            params=params,
            json=json,
            data=form if data is None else data,
            files=files,
        )
    except (RequestException, ValueError) as error:
        failed = type(error).__name__
    if failed:
        raise NotSent("connector.address_odd", diagnostic=f"{target.host}: cannot be encoded, {failed}")
    return request


def _exchange(
    line: Line, request: PreparedRequest, until: float, limits: WireLimits
) -> tuple[int, Mapping[str, str], bytes]:
    """Send the request and read the whole answer within its time and size."""
    line.timed.begin(until, limits.read)
    # A server may answer "too large" and close while we still send; its answer is worth reading.
    with contextlib.suppress(BrokenPipeError):
        line.http.request(
            str(request.method),
            request.path_url,
            body=request.body,
            headers=dict(request.headers),
            preload_content=False,
        )
    response = line.http.getresponse()
    pieces: list[bytes] = []
    size = 0
    try:
        while piece := response.read1(65536):
            size += len(piece)
            if size > limits.answer:
                raise _TooLarge
            pieces.append(piece)
    finally:
        response.close()
    return response.status, response.headers, b"".join(pieces)


def _lost(error: Exception, method: str, host: str, irreversible: bool) -> ConnectorError:
    """Return the error for a call that left and whose answer did not come whole."""
    diagnostic = f"{method} {host}: {type(error).__name__}"
    if irreversible:
        return OutcomeUnknown(diagnostic=diagnostic, host=host)
    if isinstance(error, _TooLarge):
        return NotSent("connector.bad_answer", diagnostic=diagnostic, host=host)
    return NotSent("connector.no_answer", diagnostic=diagnostic, host=host)


def _bearer(login: Secret) -> str:
    """Return the header's value, if the token can stand in one.

    Raises: LoginLost for anything with spaces, line ends or letters beyond ASCII.
    """
    token = login.reveal()
    if not _BEARER.match(token):
        raise LoginLost("connector.login_odd", diagnostic="token is not printable ASCII")
    return f"Bearer {token}"


def _basic(user: Secret, password: Secret) -> str:
    """Return the header's value for a user and a password.

    Raises: LoginLost for a user with a colon, which would end the name, or for signs that cannot be encoded.
    """
    if ":" in user.reveal():
        raise LoginLost("connector.login_odd", diagnostic="a colon in the user's name")
    try:
        pair = f"{user.reveal()}:{password.reveal()}".encode()
    except UnicodeEncodeError:
        raise LoginLost("connector.login_odd", diagnostic="not encodable") from None
    return f"Basic {b64encode(pair).decode('ascii')}"
