"""Addresses that people paste: their form and host are checked, their truth is the person's (D32)."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_address(pasted: str, account_address: str, base: str) -> bool:
    """Return whether a pasted address is a web address on the host of the account's page or server."""
    parts = urlsplit(pasted)
    hosts = {urlsplit(account_address).netloc, urlsplit(base).netloc}
    plain = parts.scheme == "https" or (parts.scheme == "http" and urlsplit(base).scheme == "http")
    return (
        plain and parts.netloc in hosts and len(parts.path) > 1 and not any(sign.isspace() for sign in pasted)
    )
