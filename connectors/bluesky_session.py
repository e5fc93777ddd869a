"""Bluesky's session: its tokens, when they end, and on which server the account lives.

The third file of this platform; it makes no call and verifies no signature.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors.addresses import base_address
from connectors.answers import items, line, mapping
from connectors.errors import Refused
from connectors.secret import Secret

_RENEW_BEFORE = timedelta(minutes=10)
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}\Z")


def is_did(text: str) -> bool:
    """Return whether a text is an account's lasting id."""
    return bool(_DID.match(text))


def tokens(session: Mapping[str, object]) -> dict[str, Secret]:
    """Return the two tokens of a session."""
    return {
        "access": Secret(line(session.get("accessJwt"), 8192)),
        "refresh": Secret(line(session.get("refreshJwt"), 8192)),
    }


def home_server(session: Mapping[str, object], base: str, allow_private: bool) -> str:
    """Return the server that the account's own document names, else the one that was asked."""
    for service in items(mapping(session.get("didDoc")).get("service")):
        if line(service.get("id")).endswith("#atproto_pds"):
            try:
                return base_address(line(service.get("serviceEndpoint")), allow_private=allow_private)
            except Refused:
                return base
    return base


def ends_soon(token: Secret, now: datetime) -> bool:
    """Return whether a token ends within ten minutes, or does not tell when."""
    ends = expiry(token)
    return ends is None or ends - now <= _RENEW_BEFORE


def expiry(token: Secret) -> datetime | None:
    """Return when a JWT says it ends, unverified: it is our own token, and only tells when to ask for the next."""
    try:
        middle = token.reveal().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
        return datetime.fromtimestamp(claims["exp"], UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None
