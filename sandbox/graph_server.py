"""What every address of a Graph API needs: logins, refusals in its form, allowances in headers.

It has no address of its own; those are in the files of the platforms that speak it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from sandbox import pages
from sandbox.allowance import Allowance
from sandbox.exchange import Declined, Doc, Refusal, Request, Response, answer
from sandbox.faults import Rule, rate_limit_response
from sandbox.standin import StandIn
from sandbox.storage import Account

VERSION = r"/v\d+\.\d+"
_TRANSIENT = {1, 2}


class GraphServer(StandIn):
    """The ground that the addresses stand on."""

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"locale": ("en", "ja")}

    def __init__(self, *given: Any, **named: Any) -> None:
        """Prepare as every stand-in does."""
        self._allowance = Allowance()
        super().__init__(*given, **named)

    # Who, what, and no

    def account_id(self, handle: str) -> str:
        """Return a Page's id that follows from its handle."""
        return str(100_000_000_000_000 + int.from_bytes(hashlib.sha256(handle.encode()).digest()[:5], "big"))

    def caller(self, request: Request) -> str:
        """Return the handle that the token names."""
        claim = self.token_rule(self._token(request))
        return claim.handle if claim else ""

    def key_of(self, request: Request) -> str:
        """Return nothing: there are no keys."""
        del request
        return ""

    def _token(self, request: Request) -> str:
        return request.bearer or request.asked("access_token")

    def _login(self, request: Request, page: str | None = None) -> Account:
        """Return the Page whose token it is, which must be the one in the address."""
        claim = self.token_rule(self._token(request))
        if claim is None:
            raise self._refusal(190, "Invalid OAuth access token - Cannot parse access token", subcode=467)
        account = self.welcome(claim)
        if account.revoked:
            raise self._refusal(190, "Error validating access token: The session is invalid", subcode=460)
        if page is not None and page != account.id:
            raise self._refusal(
                200, "(#200) The user hasn't authorized the application to perform this action"
            )
        return account

    def carry_out(self, request: Request) -> Response:
        """Do what was asked; answers tell how much of the allowance is used once some of it is."""
        response = super().carry_out(request)
        if not re.match(VERSION, request.path):
            return response
        left, _ = self._allowance.use("calls", self.caller(request), 4_800, 86_400, self.clock())
        used = 100 * (4_800 - left) // 4_800
        told = {"call_count": used, "total_time": used, "total_cputime": used}
        return (
            replace(response, headers={"X-App-Usage": json.dumps(told), **response.headers})
            if used
            else response
        )

    def refusal(self, rule: Rule) -> Response:
        """Return the platform's answer for a rule that refuses."""
        if rule.kind == "rate_limit":
            minutes = max(1, round(float(rule.setting("wait", 60)) / 60))
            page = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}]
            told = {"X-Business-Use-Case-Usage": json.dumps({"1": page})}
            error = self._error(80001, "There have been too many calls to this Page account", status=400)
            if rule.setting("style", "graph") == "graph":
                return replace(error, headers={**error.headers, **told})
            return rate_limit_response(rule, "retry_after_seconds", self.clock(), json.loads(error.body))
        if rule.kind == "expired_login":
            return self._error(190, "Error validating access token: Session has expired", subcode=463)
        return self._error(368, "The action attempted has been deemed abusive or is otherwise disallowed")

    def declined(self, why: Declined) -> Response:
        """Return the answer to content that breaks a rule."""
        return self._error(100, f"(#100) {why}")

    def unreadable(self, why: str) -> Response:
        """Return the answer to a body that cannot be read."""
        return self._error(100, f"(#100) {why}")

    def broken(self) -> Response:
        """Return what it answers when a request fails inside."""
        return self._error(
            2, "An unexpected error has occurred. Please retry your request later.", status=500
        )

    def unknown(self, request: Request) -> Response:
        """Return the answer to a path that is not there."""
        if not re.match(VERSION, request.path):
            return pages.missing(self)
        return self._error(2500, "Unknown path components")

    def _error(self, code: int, words: str, *, subcode: int = 0, status: int = 400) -> Response:
        error: Doc = {
            "message": words if self.modes["locale"] == "en" else "エラーが発生しました",
            "type": "OAuthException",
            "code": code,
            "is_transient": code in _TRANSIENT,
            "fbtrace_id": "AbCdEfGhIjK",
        }
        if subcode:
            error["error_subcode"] = subcode
        return answer({"error": error}, status)

    def _refusal(self, code: int, words: str, *, subcode: int = 0) -> Refusal:
        return Refusal(self._error(code, words, subcode=subcode))

    def _missing(self) -> Refusal:
        return self._refusal(
            100, "Unsupported request. Object does not exist or cannot be loaded", subcode=33
        )
