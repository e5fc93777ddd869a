"""Tokens of the Bluesky stand-in: JWT-shaped, signed with the stand-in's own secret, with real ends of life.

It decides nothing about accounts; it makes tokens and says whether one is genuine, of the right kind and alive.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Literal

from sandbox.bluesky_records import Wrong
from sandbox.exchange import Doc

Kind = Literal["access", "refresh"]

ACCESS_LIFE = 120 * 60.0
REFRESH_LIFE = 90 * 86_400.0
OLD_REFRESH_LIFE = 2 * 3_600.0
"""Seconds; a rotated refresh token stays usable for two hours. Figures of the reference server, read 2026-11."""

_SCOPES = {"access": "com.atproto.appPassPrivileged", "refresh": "com.atproto.refresh"}
_TYPES = {"access": "at+jwt", "refresh": "refresh+jwt"}


def sign(secret: bytes, kind: Kind, did: str, issued_at: float, life: float, token_id: str) -> str:
    """Return a signed token. Times are unix seconds, `life` is seconds."""
    head = {"typ": _TYPES[kind], "alg": "HS256"}
    claims = {
        "scope": _SCOPES[kind],
        "sub": did,
        "aud": "did:web:localhost",
        "iat": int(issued_at),
        "exp": int(issued_at + life),
        "jti": token_id,
    }
    body = f"{_coded(head)}.{_coded(claims)}"
    return f"{body}.{_based(_signature(secret, body))}"


def claims(token: str) -> Doc:
    """Return what a token says, believed or not; empty for what is no token."""
    try:
        body = token.split(".")[1]
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def verify(secret: bytes, token: str, kind: Kind, now: float) -> Doc:
    """Return the claims of a genuine, living token of this kind.

    Raises: Wrong with `AuthMissing`, `InvalidToken` or `ExpiredToken`.
    """
    if not token:
        raise Wrong("Authentication Required", "AuthMissing", 401)
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_based(_signature(secret, body)).encode(), signature.encode()):
        raise Wrong("Token could not be verified", "InvalidToken")
    found = claims(token)
    if found.get("scope") != _SCOPES[kind]:
        raise Wrong("Bad token scope", "InvalidToken")
    if found["exp"] <= now:
        raise Wrong("Token has expired", "ExpiredToken")
    return found


def _signature(secret: bytes, body: str) -> bytes:
    return hmac.new(secret, body.encode(), hashlib.sha256).digest()


def _coded(value: Doc) -> str:
    return _based(json.dumps(value, separators=(",", ":")).encode())


def _based(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
