"""What every address of the Mastodon stand-in needs: logins, refusals, limits in headers, and posts as JSON and pages.

It has no address of its own; those are in `sandbox.mastodon`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from sandbox import engagement, pages, text
from sandbox import mastodon_oauth as oauth
from sandbox import mastodon_shapes as shapes
from sandbox.allowance import Allowance
from sandbox.dress import Dress
from sandbox.exchange import Declined, Doc, Refusal, Request, Response, answer
from sandbox.faults import Rule, rate_limit_response
from sandbox.standin import Claim, StandIn
from sandbox.storage import Account, Media, Post

_REALM = 'Bearer realm="Doorkeeper", error="invalid_token", error_description='

_JAPANESE = {
    "The access token is invalid": "アクセストークンは無効です。",
    "The access token was revoked": "アクセストークンは取り消されています。",
    "Record not found": "見つかりません",
    "Too many requests": "リクエストが多すぎます",
    "Validation failed": "バリデーションに失敗しました",
    "There was a temporary problem serving your request, please try again": "一時的な問題が発生しました",
}
_SOME_JAPANESE = "入力内容に問題があります"
"""For every other text: what matters is that a client which reads English words finds none."""


class MastodonServer(StandIn):
    """The ground that the addresses stand on."""

    platform = "Mastodon"
    dress = Dress(accent="#4b3bb3", ground="#f7f6fb", column=37, posts="lines", sign="square")
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "idempotency": ("proper", "replay_500", "none"),
        "locale": ("en", "ja"),
        "discovery": ("offered", "none"),
        "software": tuple(shapes.SOFTWARE),
        "guard": ("none", "silent"),
    }

    def __init__(self, *given: Any, **named: Any) -> None:
        """Prepare as every stand-in does."""
        self._allowance = Allowance()
        super().__init__(*given, **named)

    @property
    def software(self) -> shapes.Software:
        """Return which of the servers that speak this API it plays."""
        return shapes.SOFTWARE[self.modes["software"]]

    @property
    def is_mastodon(self) -> bool:
        """Return whether it plays Mastodon itself, with what only that offers."""
        return self.software is shapes.MASTODON

    # Who, what, and no

    def account_id(self, handle: str) -> str:
        """Return a numeric id that follows from the handle."""
        return str(
            110_000_000_000_000_000 + int.from_bytes(hashlib.sha256(handle.encode()).digest()[:6], "big")
        )

    def caller(self, request: Request) -> str:
        """Return the handle that the token names."""
        claim = self._claim(request.bearer)
        return claim.handle if claim else ""

    def _claim(self, bearer: str) -> Claim | None:
        """Return whom a token belongs to: one that was given out here, or one that the rule takes."""
        given = self.store.kept("token", bearer)
        return Claim(given["handle"]) if given and given["handle"] else self.token_rule(bearer)

    def key_of(self, request: Request) -> str:
        """Return the idempotency key."""
        return str(request.headers.get("Idempotency-Key", ""))

    def carry_out(self, request: Request) -> Response:
        """Do what was asked; answers of the API carry the rate limit headers."""
        response = super().carry_out(request)
        if not request.path.startswith("/api/"):
            return response
        return replace(response, headers={**self._limits(request), **response.headers})

    def _limits(self, request: Request) -> dict[str, str]:
        """Return the headers of the window nearest to its end: 300 posts in 3 hours, or 300 calls in 5 minutes."""
        posting_now = request.method in ("POST", "PUT") and request.path.startswith("/api/v1/statuses")
        family, limit, window = ("statuses", 300, 10_800) if posting_now else ("calls", 300, 300)
        left, ends_at = self._allowance.use(family, self.caller(request), limit, window, self.clock())
        reset = datetime.fromtimestamp(ends_at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset,
        }

    def refusal(self, rule: Rule) -> Response:
        """Return Mastodon's answer for a rule that refuses."""
        if rule.kind == "rate_limit":
            error = {"error": self._said("Too many requests")}
            return rate_limit_response(rule, "mastodon", self.clock(), error)
        if rule.kind == "expired_login":
            return self._unauthorized("The access token is invalid")
        return self._error(422, "Validation failed: Text is not accepted here")

    def declined(self, why: Declined) -> Response:
        """Return the answer to content that breaks a rule."""
        return self._error(self.software.refuses_with, str(why))

    def unreadable(self, why: str) -> Response:
        """Return the answer to a body that cannot be read."""
        return self._error(400, f"The body could not be read: {why}")

    def broken(self) -> Response:
        """Return what Rails answers when a request fails inside."""
        return answer({"status": 500, "error": "Internal Server Error"}, 500)

    def unknown(self, request: Request) -> Response:
        """Return the answer to a path that is not there."""
        return self._error(404, "Not Found") if request.path.startswith("/api/") else pages.missing(self)

    def _said(self, words: str) -> str:
        """Return an error text in the server's language."""
        return words if self.modes["locale"] == "en" else _JAPANESE.get(words, _SOME_JAPANESE)

    def _error(self, status: int, words: str) -> Response:
        return answer({"error": self._said(words)}, status)

    def _refusal(self, status: int, words: str) -> Refusal:
        return Refusal(self._error(status, words))

    def _unauthorized(self, words: str) -> Response:
        return answer({"error": self._said(words)}, 401, {"WWW-Authenticate": f'{_REALM}"{words}"'})

    def _login(self, request: Request) -> Account:
        """Return the account of the request's token."""
        claim = self._claim(request.bearer)
        if claim is None:
            raise Refusal(self._unauthorized("The access token is invalid"))
        given = self.store.kept("token", request.bearer)
        if given and not oauth.may(given["scopes"].split(), request.method, request.path):
            raise self._refusal(403, "This action is outside the authorized scopes")
        account = self.welcome(claim)
        if account.revoked:
            raise Refusal(self._unauthorized("The access token was revoked"))
        return account

    def _account_by_id(self, account_id: str) -> Account:
        account = self.store.account_by_id(account_id)
        if account is None:
            raise self._refusal(404, "Record not found")
        return account

    def _may_see(self, request: Request, post: Post) -> bool:
        return post.doc["visibility"] in ("public", "unlisted") or self.caller(request) == post.handle

    def _post(self, request: Request, post_id: str) -> Post:
        if request.bearer:
            self._login(request)
        post = self.store.post(post_id, self.clock())
        if post is None or not self._may_see(request, post):
            raise self._refusal(404, "Record not found")
        return post

    def _own_post(self, request: Request, post_id: str) -> Post:
        account, post = self._login(request), self._post(request, post_id)
        if post.handle != account.handle:
            raise self._refusal(404, "Record not found")
        return post

    def _loose_media(self, request: Request, media_id: str) -> Media:
        media = self.store.media(self._login(request).handle, media_id)
        if media is None or media.post:
            raise self._refusal(404, "Record not found")
        return media

    # As JSON, and as a page

    def _account(self, account: Account) -> Doc:
        newest = self.store.posts(handle=account.handle, limit=1)
        last_at = newest[0].created_at if newest else None
        followers, posts = self.followers(account), self.store.count_of(account.handle)
        return shapes.account(self.address, account, followers, posts, last_at)

    def _status(self, post: Post) -> Doc:
        account = self.store.account(post.handle)
        found = [self.store.media(post.handle, media_id) for media_id in post.doc["media"]]
        return shapes.status(
            self.address,
            post,
            by=self._account(account) if account else {},
            counts=self.counts(post),
            replies=self.store.count_under(post.id),
            pictures=[shapes.attachment(self.address, media) for media in found if media],
            poll_now=shapes.poll(post, self._votes(post), self.clock()) if post.doc["poll"] else None,
        )

    def _votes(self, post: Post) -> tuple[int, ...]:
        """Return the votes for a poll's options; none come after its end."""
        account, poll = self.store.account(post.handle), post.doc["poll"]
        size = (account.inhabitants, account.followers) if account else (None, None)
        age = min(self.age(post), (poll["expires_at"] - post.created_at) * self.speed)
        return engagement.votes(post.id, age, len(poll["options"]), *size, self.seed)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, media_id) for media_id in post.doc["media"]]
        poll, parent = post.doc["poll"], self.store.post(post.parent) if post.parent else None
        words = f"{post.doc['spoiler_text']}\n\n{post.text}" if post.doc["spoiler_text"] else post.text
        return pages.Entry(
            address=f"{self.address}/@{post.handle}/{post.id}",
            title=account.title if account else post.handle,
            handle=f"@{post.handle}",
            profile=f"/@{post.handle}",
            body=text.linked(words),
            language=post.language,
            created_at=post.created_at,
            edited_at=post.edited_at,
            counts=(
                (counts.favourites, "favourite", "favourites"),
                (counts.boosts, "boost", "boosts"),
                (counts.replies + self.store.count_under(post.id), "reply", "replies"),
                (counts.quotes, "quote", "quotes"),
            ),
            pictures=[pages.shown(media) for media in found if media],
            options=list(zip(poll["options"], self._votes(post), strict=True)) if poll else (),
            answers=f"{self.address}/@{parent.handle}/{parent.id}" if parent else None,
        )
