"""A stand-in for X: posts that cost credit, weighted length, shortened links, duplicates that are refused, rotating tokens.

A token `demo-<handle>` is that of the account; consent gives tokens that live two hours, of which each refresh token can be
spent once.
"""

from __future__ import annotations

import hashlib
import html
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from sandbox import pages, pictures, text
from sandbox.dress import Dress
from sandbox.exchange import Declined, Doc, Request, Response, Upload, answer
from sandbox.standin import Claim, Route
from sandbox.storage import Account, Media, Post
from sandbox.x_server import EPOCH, XServer

LENGTH, LINK = 280, 23
MOST_PICTURES = 4
_URL = re.compile(r"https?://[^\s<>\"]+")
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_DAY = 86_400.0
TWO_HOURS = 7_200.0


class XStandIn(XServer):
    """Accounts on a loopback port."""

    platform = "X"
    dress = Dress(accent="#0b5c9e", ground="#ffffff", column=37, posts="lines", is_indented=True)
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "credit": ("enough", "none", "capped"),
        "replies": ("free", "mentioned"),
        "locale": ("en",),
    }

    def routes(self) -> list[Route]:
        """Return the addresses of the API and of the pages that people read."""
        number = r"(?P<number>\d+)"
        return [
            ("GET", r"/2/users/me", self.show_me),
            ("POST", r"/2/tweets", self.take_post),
            ("GET", r"/2/tweets", self.show_posts),
            ("GET", r"/2/tweets/search/recent", self.search),
            ("DELETE", rf"/2/tweets/{number}", self.remove_post),
            ("GET", rf"/2/users/{number}/tweets", self.show_timeline),
            ("POST", r"/2/media/upload", self.take_upload),
            ("POST", r"/2/media/metadata", self.describe_upload),
            ("POST", r"/2/oauth2/token", self.give_token),
            ("POST", r"/2/oauth2/revoke", self.revoke_token),
            ("GET", r"/i/oauth2/authorize", self.show_consent),
            ("GET", r"/i/status/(?P<number>\d+)", self.show_page_of_post),
            ("GET", r"/t/(?P<code>[0-9a-f]+)", self.follow),
            ("GET", r"/(?P<handle>[A-Za-z]\w*)", self.show_profile),
        ]

    def show_me(self, request: Request) -> Response:
        """Return the account of a token."""
        account = self._login(request)
        return answer({"data": self._user(account)})

    def _user(self, account: Account) -> Doc:
        return {
            "id": account.id, "username": account.handle, "name": account.title,
            "public_metrics": {"followers_count": self.followers(account)},
        }  # fmt: skip

    # Writing

    def take_post(self, request: Request) -> Response:
        """Publish; the same words again are refused for a day, and it costs credit."""
        account, body = self._login(request), request.object()
        self._pay()
        unknown = set(body) - {"text", "media", "poll", "reply", "reply_settings", "quote_tweet_id"}
        if unknown:
            raise Declined(f"$.{min(unknown)}: is not defined in the schema")
        words = str(body.get("text") or "")
        media = self._attached(account, body.get("media"))
        if weight(words) > LENGTH or not (words.strip() or media):
            raise self._problem(403, "You are not permitted to perform this action.")
        parent = self._parent(body.get("reply"))
        poll = self._poll(body.get("poll"), media)
        with self.store.writing():
            self._no_duplicate(account, words, media, parent)
            now = self.clock()
            number = self.store.next_number(now)
            post = Post(
                number, number_of(number, now), account.handle, "post", words, "", parent, now, now + request.hidden, None,
                {"media": media, "poll": poll},
            )  # fmt: skip
            self.store.keep_post(post)
            for one in media:
                self.store.attach_media(account.handle, one, post.id)
        told = {"id": post.id, "text": self._shortened(post)[0], "edit_history_tweet_ids": [post.id]}
        return answer({"data": told}, 201)

    def _attached(self, account: Account, given: object) -> list[str]:
        wanted = given.get("media_ids", []) if isinstance(given, dict) else []
        if len(wanted) > MOST_PICTURES:
            raise Declined("Too many media ids: a maximum of 4 items")
        for one in wanted:
            media = self.store.media(account.handle, str(one))
            if media is None or self.clock() - media.created_at > _DAY:
                raise Declined("Your media IDs are invalid.")
        return [str(one) for one in wanted]

    def _parent(self, given: object) -> str | None:
        wanted = given.get("in_reply_to_tweet_id") if isinstance(given, dict) else None
        if wanted is None:
            return None
        if self.store.post(str(wanted), self.clock()) is None:
            raise self._problem(
                403, "You attempted to reply to a Post that is deleted or not visible to you."
            )
        if self.modes["replies"] == "mentioned":
            raise self._problem(
                403, "Reply to this conversation is not allowed because you have not been mentioned."
            )
        return str(wanted)

    def _poll(self, given: object, media: list[str]) -> Doc | None:
        if not isinstance(given, dict):
            return None
        options, minutes = given.get("options", []), given.get("duration_minutes", 0)
        fits = (
            2 <= len(options) <= 4 and all(1 <= len(one) <= 25 for one in options) and 5 <= minutes <= 10_080
        )
        if not fits or media:
            raise Declined("$.poll: is not valid")
        return {"options": options, "minutes": minutes}

    def _no_duplicate(self, account: Account, words: str, media: list[str], parent: str | None) -> None:
        for one in self.store.posts(handle=account.handle, limit=50):
            same = (one.text, bool(one.doc["media"]), one.parent) == (words, bool(media), parent)
            if same and self.clock() - one.created_at < _DAY:
                raise self._problem(403, "You are not allowed to create a Tweet with duplicate content.")

    def remove_post(self, request: Request, number: str) -> Response:
        """Delete a post."""
        account, post = self._login(request), self.store.post(number)
        if post is None or post.handle != account.handle:
            raise self._problem(404, "Could not find tweet", kind="resource-not-found")
        with self.store.writing():
            self.store.drop_post(post.id)
        return answer({"data": {"deleted": True}})

    def take_upload(self, request: Request) -> Response:
        """Take a picture."""
        account, params = self._login(request), request.params()
        file = params.get("media")
        if not isinstance(file, Upload) or params.get("media_category") != "tweet_image":
            raise Declined("media and media_category are needed")
        shape = pictures.recognise(file.content)
        kinds = ("image/jpeg", "image/png", "image/webp")
        if shape is None or shape.mime not in kinds or len(file.content) > 5_000_000:
            raise Declined("media type unrecognized.")
        with self.store.writing():
            now = self.clock()
            media = Media(
                account.handle, str(self.store.next_number(now)), shape.mime, shape.width, shape.height,
                len(file.content), hashlib.sha256(file.content).hexdigest(), "", "", None, now,
            )  # fmt: skip
            self.store.keep_media(media, file.content)
        told = {
            "id": media.id,
            "media_key": f"3_{media.id}",
            "size": media.size,
            "expires_after_secs": 86_400,
        }
        return answer({"data": told})

    def describe_upload(self, request: Request) -> Response:
        """Keep a picture's alternative text."""
        account, body = self._login(request), request.object()
        told = body.get("metadata", {}).get("alt_text", {}).get("text", "")
        if self.store.media(account.handle, str(body.get("id"))) is None or not 1 <= len(told) <= 1000:
            raise Declined("$.metadata: is not valid")
        self.store.describe_media(account.handle, str(body["id"]), told, "")
        return answer({"data": {"id": str(body["id"])}})

    # Reading

    def show_posts(self, request: Request) -> Response:
        """Return several posts by their ids; what is not there is told apart."""
        self._login(request)
        ids = request.asked("ids").split(",")
        if not 1 <= len(ids) <= 100:
            raise Declined("ids: 1 to 100")
        fields = request.asked("tweet.fields")
        found, errors = [], []
        for one in ids:
            post = self.store.post(one, self.clock())
            if post is None:
                errors.append({"value": one, "title": "Not Found Error", "resource_type": "tweet"})
            else:
                found.append(self._node(post, fields))
        return answer({name: told for name, told in (("data", found), ("errors", errors)) if told})

    def show_timeline(self, request: Request, number: str) -> Response:
        """Return an account's own posts, newest first."""
        account = self._login(request, number)
        start = datetime.fromisoformat(request.asked("start_time", "2010-11-06T00:00:00Z")).timestamp()
        after = int(request.asked("pagination_token", "0") or 0)
        size = min(100, int(request.asked("max_results", "10")))
        found = [
            one
            for one in self.store.posts(handle=account.handle, seen_at=self.clock())
            if one.created_at >= start
        ]
        shown = found[after : after + size]
        meta: Doc = {"result_count": len(shown)}
        if after + size < len(found):
            meta["next_token"] = str(after + size)
        body: Doc = {"meta": meta}
        if shown:
            body["data"] = [self._node(one, request.asked("tweet.fields")) for one in shown]
        return answer(body)

    def search(self, request: Request) -> Response:
        """Return what was written in a conversation."""
        self._login(request)
        wanted = re.fullmatch(r"conversation_id:(\d+)", request.asked("query"))
        if wanted is None:
            raise Declined("query: not understood")
        found = self.store.posts(parent=wanted[1], seen_at=self.clock())
        data = [self._node(one, request.asked("tweet.fields")) for one in found]
        return answer(
            {"data": data, "meta": {"result_count": len(data)}} if data else {"meta": {"result_count": 0}}
        )

    def _node(self, post: Post, fields: str) -> Doc:
        words, urls = self._shortened(post)
        account = self.store.account(post.handle)
        at = datetime.fromtimestamp(post.created_at, UTC)
        found: Doc = {
            "id": post.id, "text": words, "edit_history_tweet_ids": [post.id], "author_id": account.id if account else "",
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        }  # fmt: skip
        if post.parent:
            found["referenced_tweets"] = [{"type": "replied_to", "id": post.parent}]
        if post.doc["media"]:
            found["attachments"] = {"media_keys": [f"3_{one}" for one in post.doc["media"]]}
        if urls:
            found["entities"] = {"urls": urls}
        counts = self.counts(post)
        if "public_metrics" in fields.split(","):
            found["public_metrics"] = {
                "impression_count": counts.total * 15, "like_count": counts.favourites,
                "reply_count": counts.replies + self.store.count_under(post.id),
                "retweet_count": counts.boosts, "quote_count": 0, "bookmark_count": counts.total // 10,
            }  # fmt: skip
        if "non_public_metrics" in fields and self.age(post) < 30 * _DAY:
            found["non_public_metrics"] = {"url_link_clicks": counts.total // 3, "engagements": counts.total}
        return found

    def _shortened(self, post: Post) -> tuple[str, list[Doc]]:
        """Return a post's text as answers have it: links shortened, three signs as references."""
        urls: list[Doc] = []

        def short(found: re.Match[str]) -> str:
            code = hashlib.sha256(found[0].encode()).hexdigest()[:10]
            urls.append({"url": f"https://t.co/{code}", "expanded_url": found[0]})
            return f"https://t.co/{code}"

        return html.escape(_URL.sub(short, post.text), quote=False), urls

    # Consent

    def show_consent(self, request: Request) -> Response:
        """Say yes at once as the account that a test names, and send the person back with a code."""
        handle = request.asked("as", "herad")
        with self.store.writing():
            code = secrets.token_urlsafe(16)
            doc = {"handle": handle, "challenge": request.asked("code_challenge"), "at": self.clock()}
            self.store.keep("code", code, doc)
        back = urlencode({"state": request.asked("state"), "code": code})
        return Response(302, b"", {"Location": f"{request.asked('redirect_uri')}?{back}"})

    def give_token(self, request: Request) -> Response:
        """Trade a code, or a refresh token, for tokens; each can be spent once."""
        params: dict[str, Any] = request.params()
        with self.store.writing():
            handle = self._spend(params)
            access, refresh = f"access-{secrets.token_urlsafe(24)}", secrets.token_urlsafe(24)
            self.store.keep("access", access, {"handle": handle, "ends": self.clock() + TWO_HOURS})
            self.store.keep("refresh", refresh, {"handle": handle})
        self.welcome(Claim(handle))
        scope = "tweet.read tweet.write users.read media.write offline.access"
        told = {"token_type": "bearer", "expires_in": int(TWO_HOURS), "access_token": access, "scope": scope}
        return answer({**told, "refresh_token": refresh})

    def _spend(self, params: dict[str, Any]) -> str:
        kind, name = (
            ("refresh", "refresh_token") if params.get("grant_type") == "refresh_token" else ("code", "code")
        )
        kept = self.store.kept(kind, str(params.get(name, "")))
        known = kept is not None and (kind == "refresh" or self._proves(kept, params))
        if kept is None or not known:
            raise self._token_problem()
        self.store.drop(kind, str(params[name]))
        return str(kept["handle"])

    def revoke_token(self, request: Request) -> Response:
        """Make a token worthless."""
        token = str(request.params().get("token", ""))
        with self.store.writing():
            self.store.drop("refresh", token)
            self.store.drop("access", token)
        return answer({"revoked": True})

    # As people see it

    def show_page_of_post(self, request: Request, number: str) -> Response:
        """Show a post where its address leads."""
        del request
        post = self.store.post(number, self.clock())
        return pages.single(self, post) if post else pages.missing(self)

    def show_profile(self, request: Request, handle: str) -> Response:
        """Show an account where its address leads."""
        account = self.store.account(handle)
        return pages.profile(self, request, account) if account else pages.missing(self)

    def follow(self, request: Request, code: str) -> Response:
        """Say that a shortened link leads nowhere here."""
        del request, code
        return pages.missing(self)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, one) for one in post.doc["media"]]
        poll = post.doc["poll"]
        return pages.Entry(
            address=f"{self.address}/i/status/{post.id}",
            title=account.title if account else post.handle,
            handle=f"@{post.handle}",
            profile=f"/{post.handle}",
            body=text.linked(post.text),
            language=post.language,
            created_at=post.created_at,
            counts=(
                (counts.favourites, "like", "likes"),
                (counts.replies + self.store.count_under(post.id), "reply", "replies"),
                (counts.boosts, "repost", "reposts"),
            ),
            pictures=[pages.shown(media) for media in found if media],
            options=[(one, 0) for one in poll["options"]] if poll else (),
            answers=f"{self.address}/i/status/{post.parent}" if post.parent else None,
        )


def number_of(sequence: int, now: float) -> str:
    """Return a post's number, which holds its moment, as there."""
    return str(((int(now * 1000) - EPOCH) << 22) + sequence % (1 << 22))


def weight(words: str) -> int:
    """Return the weighted length, emoji aside: a link counts 23, a sign outside the light ranges two."""
    plain = _URL.sub("", words)
    heavy = sum(not any(first <= ord(one) <= last for first, last in _LIGHT) for one in plain)
    return len(plain) + heavy + LINK * len(_URL.findall(words))
