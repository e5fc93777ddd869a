"""What every address of the LinkedIn stand-in needs: who asks, the version that is asked for, and refusals with codes.

It has no address of its own; those are in `sandbox.linkedin`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox import pages
from sandbox.dress import Dress
from sandbox.exchange import Declined, Refusal, Request, Response, answer
from sandbox.faults import Rule, rate_limit_response
from sandbox.standin import StandIn
from sandbox.storage import Account

PEOPLE = re.compile(r"people-([a-z0-9_.]+(?:-and-[a-z0-9_.]+)*)\Z")
"""A token of somebody who administers these pages."""


class LinkedInServer(StandIn):
    """The ground that the addresses stand on."""

    platform = "LinkedIn"
    dress = Dress(accent="#0a5fb4", ground="#f4f2ee", column=35, sign="square", pictures="edge")
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "processing": ("quick", "slow", "failing"),
        "role": ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "ANALYST"),
        "versions": ("living", "ended"),
        "partner": ("no", "yes"),
        "locale": ("en", "ja"),
    }

    # Who, what, and no

    def account_id(self, handle: str) -> str:
        """Return an organisation's number that follows from its handle."""
        return str(10_000_000 + int.from_bytes(hashlib.sha256(handle.encode()).digest()[:4], "big"))

    def caller(self, request: Request) -> str:
        """Return the handle that the token names."""
        claim = self.token_rule(request.bearer)
        return claim.handle if claim else ""

    def key_of(self, request: Request) -> str:
        """Return nothing: there are no keys."""
        del request
        return ""

    def _login(self, request: Request, urn: str | None = None) -> Account:
        """Return the page whose administrator asks, which must be the named one; the version must be one that lives."""
        claim = self.token_rule(request.bearer)
        if claim is None:
            raise self._refusal(401, "INVALID_ACCESS_TOKEN", "Invalid access token")
        account = self.welcome(claim)
        if account.revoked:
            raise self._refusal(401, "REVOKED_ACCESS_TOKEN", "The token used in the request has been revoked")
        if request.path.startswith("/rest/"):
            self._version(request)
        if urn is not None and urn != urn_of(account):
            raise self._refusal(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE")
        return account

    def _version(self, request: Request) -> None:
        version = request.headers.get("LinkedIn-Version", "")
        if not version:
            raise self._refusal(400, "VERSION_MISSING", "A version must be present.")
        if self.modes["versions"] == "ended" or not re.fullmatch(r"20\d{4}", version):
            raise self._refusal(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")

    def _error(self, status: int, code: str, words: str, **more: Any) -> Response:
        said = words if self.modes["locale"] == "en" or "urn:li" in words else "エラーが発生しました"
        return answer({"status": status, "code": code, "message": said, **more}, status)

    def _refusal(self, status: int, code: str, words: str, **more: Any) -> Refusal:
        return Refusal(self._error(status, code, words, **more))

    def refusal(self, rule: Rule) -> Response:
        """Return the platform's answer for a rule that refuses."""
        if rule.kind == "rate_limit":
            error = self._error(429, "TOO_MANY_REQUESTS", "Resource level throttle limit is reached.")
            style = rule.setting("style", "retry_after_seconds")
            if style == "none":
                return error
            return rate_limit_response(rule, str(style), self.clock(), {"status": 429})
        if rule.kind == "expired_login":
            return self._error(401, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired")
        return self._error(422, "UNPROCESSABLE_ENTITY", "The request is not acceptable")

    def declined(self, why: Declined) -> Response:
        """Return the answer to content that breaks a rule."""
        return self._error(400, "INVALID_VALUE_FOR_FIELD", str(why))

    def unreadable(self, why: str) -> Response:
        """Return the answer to a body that cannot be read."""
        return self._error(400, "BAD_REQUEST", why)

    def broken(self) -> Response:
        """Return what it answers when a request fails inside."""
        return self._error(500, "INTERNAL_SERVER_ERROR", "Internal Server Error")

    def unknown(self, request: Request) -> Response:
        """Return the answer to a path that is not there."""
        if request.path.startswith("/rest/"):
            return self._error(404, "RESOURCE_NOT_FOUND", "No virtual resource found")
        return pages.missing(self)


def urn_of(account: Account) -> str:
    """Return a page's id as the API writes it."""
    return f"urn:li:organization:{account.id}"
