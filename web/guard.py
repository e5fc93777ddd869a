"""The outermost door of the web process: which host names it answers to, whose forms it takes, and the headers on every answer.

A pure ASGI layer around everything else, so that no page, error or file leaves without the headers (threat D3) and
no handler ever sees a foreign host name (threats B6, G7). Forwarded headers are not read at all (threat G9).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from campaigns.settings import LOOPBACK, Settings
from web.assets import BELOW

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "object-src 'none'",
    )
)
"""What a page may load: nothing but our own, and small pictures inside the style sheet."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SECURE_FOR = "max-age=31536000; includeSubDomains"
"""A year, the least that ASVS 5.0 (V3.4.1) takes."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?", re.IGNORECASE)


class Guard:
    """Refuses foreign hosts and puts the headers on whatever `app` answers; only a static file says itself how long."""

    def __init__(self, app: ASGIApp, settings: Settings, refusal: Callable[[Request, int], ASGIApp]) -> None:
        self.app = app
        self.hosts = allowed_hosts(settings)
        self.headers = headers(settings)
        self.refusal = refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    if not (name == "Cache-Control" and scope["path"].startswith(BELOW) and name in answer):
                        answer[name] = value
            await send(message)

        headers = Headers(scope=scope)
        answering = self.app
        if host_of(headers) not in self.hosts:
            answering = self.refusal(Request(scope), 400)
        elif scope["method"] not in SAFE and is_from_elsewhere(headers):
            answering = self.refusal(Request(scope), 403)
        await answering(scope, receive, send_guarded)


def is_from_elsewhere(headers: Headers) -> bool:
    """Return whether a browser says that another site made it send this (threat B10): a sibling host is another one.

    A browser says so in Sec-Fetch-Site, an old one in Origin; whoever says neither is no browser on a page.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def host_of(headers: Headers) -> str | None:
    """Return the one host name a request names, without its port; `None` for none, several or nonsense."""
    named = headers.getlist("host")
    found = _HOST.fullmatch(named[0]) if len(named) == 1 else None
    return found[1].strip("[]").lower() if found else None


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Return the names we answer to: this machine, and the public address unless the page names everybody (G7)."""
    public = urlsplit(settings.public_url or "").hostname
    return LOOPBACK if settings.open_status or settings.demo_login or not public else LOOPBACK | {public}


def headers(settings: Settings) -> dict[str, str]:
    """Return the headers of every answer; the browser is told to stay on https where that is our address."""
    secure = urlsplit(settings.public_url or "").scheme == "https"
    return {**HEADERS, **({"Strict-Transport-Security": SECURE_FOR} if secure else {})}
