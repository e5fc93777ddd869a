"""What every address of the Bluesky stand-in needs: sessions, refusals, limits in headers, and posts as JSON and pages.

It has no address of its own; those are in `sandbox.bluesky`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from sandbox import bluesky_records as records
from sandbox import bluesky_sessions as sessions
from sandbox import bluesky_shapes as shapes
from sandbox import pages
from sandbox.allowance import Allowance
from sandbox.dress import Dress
from sandbox.exchange import Declined, Doc, Request, Response, Unreadable, answer
from sandbox.faults import Rule, rate_limit_response
from sandbox.standin import StandIn
from sandbox.storage import Account, Post

_WRITES = ("createRecord", "putRecord", "deleteRecord")


class BlueskyServer(StandIn):
    """The ground that the addresses stand on."""

    platform = "Bluesky"
    dress = Dress(accent="#0a5fc2", ground="#ffffff", column=37, posts="lines", is_indented=True)

    def __init__(self, *given: Any, access_life: float = sessions.ACCESS_LIFE, **named: Any) -> None:
        """Prepare as every stand-in does. `access_life` is how many seconds an access token lives."""
        self.access_life = access_life
        self._allowance = Allowance()
        super().__init__(*given, **named)

    def account_id(self, handle: str) -> str:
        """Return the account's DID."""
        return records.did(handle)

    def plain_handle(self, named: str) -> str:
        """Return a handle as the stand-in keeps it."""
        return short_handle(named)

    def caller(self, request: Request) -> str:
        """Return the handle that the token names, or the one that logs in."""
        if request.bearer:
            account = self.store.account_by_id(str(sessions.claims(request.bearer).get("sub", "")))
            return account.handle if account else ""
        if request.path.endswith("server.createSession") and request.body:
            return short_handle(str(_body(request).get("identifier", "")))
        return ""

    def key_of(self, request: Request) -> str:
        """Return the record key."""
        return str(_body(request).get("rkey") or request.asked("rkey"))

    def carry_out(self, request: Request) -> Response:
        """Do what was asked; answers of the API carry the rate limit headers."""
        response = super().carry_out(request)
        if not request.path.startswith("/xrpc/"):
            return response
        return replace(response, headers={**self._limits(request), **response.headers})

    def refusal(self, rule: Rule) -> Response:
        """Return Bluesky's answer for a rule that refuses."""
        if rule.kind == "rate_limit":
            error = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
            return rate_limit_response(rule, "bluesky", self.clock(), error)
        if rule.kind == "expired_login":
            return self.error("ExpiredToken", "Token has expired")
        return self.error("InvalidRequest", f"Invalid {records.POST} record: not accepted here at $.record")

    def declined(self, why: Declined) -> Response:
        """Return the answer to what is not accepted, under the error's own name."""
        if isinstance(why, records.Wrong):
            return self.error(why.name, str(why), why.status)
        return self.error("InvalidRequest", str(why))

    def unreadable(self, why: str) -> Response:
        """Return the answer to a body that cannot be read."""
        return self.error("InvalidRequest", f"Invalid request body: {why}")

    def broken(self) -> Response:
        """Return the answer to a failure inside; its cause is always hidden."""
        return self.error("InternalServerError", "Internal Server Error", 500)

    def unknown(self, request: Request) -> Response:
        """Return the answer to a path that is not there."""
        if request.path.startswith("/xrpc/"):
            return self.error("MethodNotImplemented", "Method Not Implemented", 501)
        return pages.missing(self)

    def error(self, name: str, message: str, status: int = 400) -> Response:
        """Return an error as XRPC shapes it."""
        return answer({"error": name, "message": message}, status)

    def _limits(self, request: Request) -> dict[str, str]:
        """Return the headers of the tightest limit: points for writes per hour, or calls per five minutes."""
        writing = request.path.endswith(_WRITES)
        family, limit, window = ("writes", 5_000, 3_600) if writing else ("calls", 3_000, 300)
        left, ends_at = self._allowance.use(family, self.caller(request), limit, window, self.clock())
        return {
            "RateLimit-Limit": str(limit),
            "RateLimit-Remaining": str(left),
            "RateLimit-Reset": str(ends_at),
            "RateLimit-Policy": f"{limit};w={window}",
        }

    # Sessions

    def login(self, request: Request) -> Account:
        """Return the account of the access token.

        Raises: Wrong. A revoked account's token counts as expired at once, where the real server would let it live
        out its two hours: a rehearsal does not wait for that.
        """
        claims = sessions.verify(self.store.secret("jwt"), request.bearer, "access", self.clock())
        account = self.store.account_by_id(claims["sub"])
        if account is None:
            raise records.Wrong("Could not find account", "AccountNotFound", 403)
        if account.revoked:
            raise records.Wrong("Token has expired", "ExpiredToken")
        return account

    def session(self, account: Account, refresh_id: str) -> Doc:
        """Return a session with a fresh pair of tokens."""
        now, secret = self.clock(), self.store.secret("jwt")
        return {
            "accessJwt": sessions.sign(
                secret, "access", account.id, now, self.access_life, f"{refresh_id}-{now}"
            ),
            "refreshJwt": sessions.sign(
                secret, "refresh", account.id, now, sessions.REFRESH_LIFE, refresh_id
            ),
            **self.identity(account),
        }

    def identity(self, account: Account) -> Doc:
        """Return what a session tells about its account."""
        return {
            "handle": shapes.full_handle(account.handle),
            "did": account.id,
            "didDoc": shapes.did_document(self.address, account),
            "email": f"{account.handle}@example.test",
            "emailConfirmed": True,
            "emailAuthFactor": False,
            "active": True,
        }

    # Accounts and posts

    def actor(self, named: str) -> Account | None:
        """Return the account with this DID or handle."""
        if named.startswith("did:"):
            return self.store.account_by_id(named)
        return self.store.account(short_handle(named))

    def view(self, post: Post) -> Doc | None:
        """Return a post as readers see it."""
        by = self.store.account(post.handle)
        stored = {
            "replies": self.store.count_under(post.id),
            "likes": self.store.count_under(post.id, "app.bsky.feed.like"),
            "reposts": self.store.count_under(post.id, "app.bsky.feed.repost"),
        }
        return shapes.post_view(self.address, post, by, self.counts(post), stored) if by else None

    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""
        account, view, record = self.store.account(post.handle), self.view(post) or {}, post.doc["record"]
        card = (record.get("embed") or {}).get("external")
        parent = self.store.post(post.parent) if post.parent else None
        return pages.Entry(
            address=self.post_address(post),
            title=account.title if account else post.handle,
            handle=f"@{shapes.full_handle(post.handle)}",
            profile=f"/profile/{shapes.full_handle(post.handle)}",
            body=shapes.body_html(record),
            language=post.language,
            created_at=post.created_at,
            edited_at=post.edited_at,
            counts=(
                (view.get("likeCount", 0), "like", "likes"),
                (view.get("repostCount", 0), "repost", "reposts"),
                (view.get("replyCount", 0), "reply", "replies"),
                (view.get("quoteCount", 0), "quote", "quotes"),
            ),
            pictures=self._pictures(post),
            card=pages.Card(card["uri"], card["title"], card["description"]) if card else None,
            answers=self.post_address(parent) if parent else None,
        )

    def post_address(self, post: Post) -> str:
        """Return a post's public address, with the DID since a handle may change."""
        return f"{self.address}/profile/{records.did(post.handle)}/post/{post.doc['rkey']}"

    def _pictures(self, post: Post) -> list[pages.Shown]:
        embed = post.doc["record"].get("embed") or {}
        images = (embed.get("media") or embed).get("images") or []
        found = [
            (image["alt"], self.store.media(post.handle, image["image"]["ref"]["$link"])) for image in images
        ]
        return [replace(pages.shown(media), alt=alt) for alt, media in found if media]

    def use_blobs(self, account: Account, record: Doc, post_id: str) -> None:
        """Tie a record's blobs to it.

        Raises: Wrong when one is not there, or was altered since its upload.
        """
        for blob in records.blobs(record):
            cid = str(blob.get("ref", {}).get("$link"))
            media = self.store.media(account.handle, cid)
            if media is None:
                raise records.Wrong(f"Could not find blob: {cid}", "BlobNotFound")
            if media.mime != blob.get("mimeType"):
                raise records.Wrong(
                    f"Referenced Mimetype does not match stored blob. Expected: {media.mime}",
                    "InvalidMimeType",
                )
            if media.size != blob.get("size"):
                raise records.Wrong(
                    f"Referenced Size does not match stored blob. Expected: {media.size}", "InvalidSize"
                )
            self.store.attach_media(account.handle, cid, post_id)

    def new_refresh_id(self, account: Account) -> str:
        """Return an id for a refresh token that nobody can guess and no other has."""
        number = self.store.next_number(self.clock())
        return hashlib.sha256(self.store.secret("jwt") + f"{account.id} {number}".encode()).hexdigest()[:32]


def short_handle(named: str) -> str:
    """Return a handle as the stand-in keeps it: lower case, without `@` and without `.test`."""
    return named.strip().lower().removeprefix("@").removesuffix(".test")


def _body(request: Request) -> Doc:
    """Return a JSON body, or nothing."""
    if request.mime != "application/json" or not request.body:
        return {}
    try:
        return request.object()
    except Unreadable:
        return {}
