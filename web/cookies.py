"""Cookies: the session's, the language's, and the sentence for the next page; and the tokens of forms.

Where the public address is https they carry the `__Host-` prefix, so that no neighbouring host can set them (threat
B9); the plain name is for plain http on this machine alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from campaigns.settings import Settings
from connectors.secret import Secret

SESSION = "samklang"
LANGUAGE = "language"
SAID = "said"
STOP = "stop"
"""What makes a browser a device that may stop and nothing else."""
WAY = "way"
"""What only this browser has while somebody is at an identity provider."""
CONNECTING = "connecting"
"""Where somebody is connecting an account, while she is at the platform; she may have to prove herself meanwhile."""
A_YEAR = 365 * 24 * 3600
_LINK = re.compile(r"[A-Za-z0-9_-]{43}")
_SALT = 16
"""Characters of a form token that differ on every page, so that compression gives nothing away (BREACH)."""


@dataclass(frozen=True, slots=True)
class Jar:
    """Names and properties of our cookies under these settings."""

    secure: bool

    @classmethod
    def of(cls, settings: Settings) -> Jar:
        """Return the jar for these settings: secure unless the public address is http on this machine."""
        return cls(secure=(settings.public_url or "").startswith("https://"))

    def name(self, cookie: str) -> str:
        """Return a cookie's whole name."""
        return f"__Host-{cookie}" if self.secure else cookie

    def read(self, request: Request, cookie: str) -> str:
        """Return a cookie's value; empty where there is none."""
        return request.cookies.get(self.name(cookie), "")

    def put(self, response: Response, cookie: str, value: str, *, lasts: int | None = None) -> None:
        """Set a cookie that no script and no other site sees."""
        response.set_cookie(
            self.name(cookie),
            value,
            max_age=lasts,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response, cookie: str) -> None:
        """Take a cookie back."""
        response.delete_cookie(self.name(cookie), path="/", secure=self.secure, httponly=True, samesite="lax")


def is_link(text: str) -> bool:
    """Return whether a text has the form of our tokens."""
    return _LINK.fullmatch(text) is not None


def form_token(session: Secret, scope: str) -> str:
    """Return a token for forms of one session and one organisation (threats A11, B10); another on every call."""
    salt = secrets.token_hex(_SALT // 2)
    return salt + _sign(session, scope, salt)


def is_form_token(given: str, session: Secret, scope: str) -> bool:
    """Return whether a token was made for this session and organisation."""
    return hmac.compare_digest(given[_SALT:].encode(), _sign(session, scope, given[:_SALT]).encode())


def _sign(session: Secret, scope: str, salt: str) -> str:
    return hmac.new(session.reveal().encode(), f"{salt}|{scope}".encode(), hashlib.sha256).hexdigest()


def pack(code: str, values: Mapping[str, object]) -> str:
    """Return a sentence's code and values as a cookie takes them."""
    plain = json.dumps([code, {name: str(value) for name, value in values.items()}])
    return base64.urlsafe_b64encode(plain.encode()).decode()


def unpack(packed: str) -> tuple[str, dict[str, str]] | None:
    """Return code and values again; `None` for anything that is not ours."""
    try:
        code, values = json.loads(base64.urlsafe_b64decode(packed.encode()))
        told = {str(name): str(value) for name, value in values.items()}
    except (ValueError, TypeError, AttributeError):
        return None
    return (code, told) if isinstance(code, str) and code.startswith("done.") else None
