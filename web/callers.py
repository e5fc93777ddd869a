"""Where a request comes from, as far as it can be known: the peer, or whom a proxy of our own speaks for (threat G9); and what it asked for."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from starlette.requests import Request

from campaigns.settings import LOOPBACK, Settings


def address_of(request: Request, settings: Settings) -> str:
    """Return the address that a request comes from; empty where only a proxy is known that nobody named.

    `X-Forwarded-For` is read from the right, and from named proxies alone: what stands further left anybody may have
    written.
    """
    peer = request.client.host if request.client else ""
    proxies = settings.proxy_list
    if peer in proxies:
        named = [one.strip() for one in request.headers.get("x-forwarded-for", "").split(",")]
        farthest = next((one for one in reversed(named) if one not in proxies), "")
        return farthest if _is_address(farthest) else ""
    public = urlsplit(settings.public_url or "").hostname
    if peer in LOOPBACK and public and public not in LOOPBACK:
        return ""  # everybody comes through this one: slowing it would slow all (threat B11)
    return peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def asked_for(request: Request) -> str:
    """Return what was asked for, with what stood behind the question mark, as a value of an address to come back by."""
    return quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe="/")
