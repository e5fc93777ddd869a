"""What every address of the X stand-in needs: who asks, credit, allowances in headers, and problems in its form.

It has no address of its own; those are in `sandbox.x`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

from sandbox import pages
from sandbox.allowance import Allowance
from sandbox.exchange import Declined, Doc, Refusal, Request, Response, answer
from sandbox.faults import Rule, rate_limit_response
from sandbox.standin import Claim, StandIn
from sandbox.storage import Account

EPOCH = 1_288_834_974_657
"""Milliseconds of unix time at which the numbers of posts begin."""
_QUARTER = 900
_POSTS = 100
_CODE_LIFE = 30.0


class XServer(StandIn):
    """The ground that the addresses stand on."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """Prepare as every stand-in does."""
        self._allowance = Allowance()
        super().__init__(*given, **named)

    def account_id(self, handle: str) -> str:
        """Return an account's number that follows from its handle."""
        return str(10**17 + int.from_bytes(hashlib.sha256(handle.encode()).digest()[:6], "big"))

    def caller(self, request: Request) -> str:
        """Return the handle that the token names."""
        claim = self._claim(request)
        return claim.handle if claim else ""

    def key_of(self, request: Request) -> str:
        """Return nothing: there are no keys."""
        del request
        return ""

    def _claim(self, request: Request) -> Claim | None:
        kept = self.store.kept("access", request.bearer)
        if kept is None:
            return self.token_rule(request.bearer)
        return Claim(kept["handle"]) if self.clock() < kept["ends"] else None

    def _login(self, request: Request, number: str | None = None) -> Account:
        claim = self._claim(request)
        if claim is None:
            raise self._problem(401, "Unauthorized")
        account = self.welcome(claim)
        if account.revoked:
            raise self._problem(401, "Unauthorized")
        if number is not None and number != account.id:
            raise self._problem(404, "Could not find user", kind="resource-not-found")
        return account

    def _pay(self) -> None:
        if self.modes["credit"] == "none":
            detail = "Your enrolled account [7] does not have any credits to fulfill this request."
            raise self._problem(402, detail, kind="credits", title="CreditsDepleted")
        if self.modes["credit"] == "capped":
            raise self._problem(429, "Usage cap exceeded: Monthly product cap", kind="usage-capped")

    def _proves(self, kept: Doc, params: dict[str, Any]) -> bool:
        """Return whether a code is fresh and its verifier fits its challenge."""
        digest = hashlib.sha256(str(params.get("code_verifier", "")).encode()).digest()
        shown = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        return bool(shown == kept["challenge"] and self.clock() - kept["at"] < _CODE_LIFE)

    def carry_out(self, request: Request) -> Response:
        """Do what was asked; answers tell what is left of a quarter of an hour's posts."""
        posting = request.method == "POST" and request.path == "/2/tweets"
        if not posting:
            return super().carry_out(request)
        left, reset = self._allowance.use("posts", self.caller(request), _POSTS, _QUARTER, self.clock())
        told = {
            "x-rate-limit-limit": str(_POSTS),
            "x-rate-limit-remaining": str(left),
            "x-rate-limit-reset": str(reset),
        }
        response = super().carry_out(request)
        return replace(response, headers={**told, **response.headers})

    def _error(self, status: int, detail: str, *, kind: str = "", title: str = "") -> Response:
        told = {
            "title": title or ("Unauthorized" if status == 401 else "Forbidden"),
            "detail": detail,
            "type": f"https://api.twitter.com/2/problems/{kind}" if kind else "about:blank",
            "status": status,
        }
        return answer(told, status, {"Content-Type": "application/problem+json"})

    def _problem(self, status: int, detail: str, *, kind: str = "", title: str = "") -> Refusal:
        return Refusal(self._error(status, detail, kind=kind, title=title))

    def _token_problem(self) -> Refusal:
        words = "Value passed for the token was invalid."
        return Refusal(answer({"error": "invalid_request", "error_description": words}, 400))

    def refusal(self, rule: Rule) -> Response:
        """Return the platform's answer for a rule that refuses."""
        if rule.kind == "rate_limit":
            error = self._error(429, "Too Many Requests", kind="rate-limit-exceeded")
            if "style" in rule.settings:
                return rate_limit_response(rule, "retry_after_seconds", self.clock(), {"status": 429})
            until = str(int(self.clock() + float(rule.setting("wait", 60))) + 1)
            told = {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": until}
            return replace(error, headers={**error.headers, **told, "x-rate-limit-remaining": "7"})
        if rule.kind == "expired_login":
            return self._error(401, "Unauthorized")
        return self._error(403, "You are not permitted to perform this action.")

    def declined(self, why: Declined) -> Response:
        """Return the answer to content that breaks a rule."""
        told = {"errors": [{"message": str(why)}], "title": "Invalid Request", "detail": str(why)}
        return answer({**told, "type": "https://api.twitter.com/2/problems/invalid-request"}, 400)

    def unreadable(self, why: str) -> Response:
        """Return the answer to a body that cannot be read."""
        return self.declined(Declined(why))

    def broken(self) -> Response:
        """Return what it answers when a request fails inside."""
        return answer({"title": "Internal Server Error", "type": "about:blank", "status": 500}, 500)

    def unknown(self, request: Request) -> Response:
        """Return the answer to a path that is not there."""
        if not request.path.startswith("/2/"):
            return pages.missing(self)
        return self._error(404, "Not Found")
