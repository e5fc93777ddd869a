"""Addresses that people paste: their form and host are checked, their truth is the person's (D32)."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2000
"""Characters of an address that a person pastes."""


def own_address(pasted: str, account_address: str, base: str) -> bool:
    """Return whether a pasted address is a web address on the host of the account's page or server."""
    parts = urlsplit(pasted)
    hosts = {urlsplit(account_address).netloc, urlsplit(base).netloc}
    plain = parts.scheme == "https" or (parts.scheme == "http" and urlsplit(base).scheme == "http")
    return (
        plain and parts.netloc in hosts and len(parts.path) > 1 and not any(sign.isspace() for sign in pasted)
    )


def place_address(pasted: str, base: str) -> bool:
    """Return whether a pasted address can be that of a post in the place at `base`, or anywhere where that is empty.

    Sister names count as the same place: `m.` and `www.` lead to the same group.
    """
    try:
        parts = urlsplit(pasted)
        plain = parts.scheme == "https" and parts.username is None and parts.port is None
    except ValueError:
        return False
    host = parts.hostname or ""
    if not plain or "." not in host or len(pasted) > LONGEST or not pasted.isprintable() or " " in pasted:
        return False
    leads = len(parts.path) > 1 or bool(parts.query)
    return leads and (not base or _house(host) == _house(urlsplit(base).hostname or ""))


def _house(host: str) -> str:
    return ".".join(host.lower().split(".")[-2:])
