"""A stand-in for a website on WordPress: the parts of its REST API that a publisher needs, and its public pages.

The user name is the handle, and the application password `demo-<handle>`, as for every stand-in. Every handle has a
site of its own under one roof: what it publishes stands at `/<slug>/`.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

from sandbox import pages, pictures, text
from sandbox.dress import Dress
from sandbox.exchange import Declined, Doc, Refusal, Request, Response, Upload, answer
from sandbox.faults import Rule, rate_limit_response
from sandbox.standin import Route, StandIn
from sandbox.storage import Account, Media, Post

API = "/wp-json/wp/v2"
PICTURE_BYTES = 2 * 1024 * 1024
"""PHP's upload_max_filesize, where nobody has raised it."""
_BETTER = tuple(
    (re.compile(pattern), better)
    for pattern, better in (
        (r"\.\.\.", "…"), (r"---|(?<!\S)--(?!\S)", "—"), (r"--|(?<!\S)-(?!\S)", "–"),
        (r"(?<=\d)x(?=\d)", "×"), (r" \(tm\)", " ™"), (r"(?<!\S):-?\)(?!\S)", "🙂"), (r"(?<!\S);-?\)(?!\S)", "😉"),
        (r'(?<![^\s(])"(?=\S)', "“"), (r'"', "”"), (r"(?<![^\s(])'(?=\S)", "‘"), (r"'", "’"),
        (r"Wordpress", "WordPress"),
    )
)  # fmt: skip
_STATES = ("publish", "future", "draft", "pending", "private")

CATEGORIES = {"uncategorized": 1, "aktuelt": 3, "hoyringar": 4}
"""By the ends of their addresses."""


class WordPressStandIn(StandIn):
    """Websites on a loopback port."""

    platform = "WordPress"
    dress = Dress(accent="#0a4a94", ground="#ffffff", column=45, posts="lines", sign="none")
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "role": ("author", "contributor", "subscriber"),
        "review": ("no", "yes"),  # an extension that holds back what is to be published
        "locale": ("en", "ja"),
    }

    def routes(self) -> list[Route]:
        """Return the addresses of the API and of the pages that people read."""
        number = r"(?P<number>\d+)"
        return [
            ("GET", rf"{API}/users/me", self.show_me),
            ("GET", rf"{API}/categories", self.show_categories),
            ("POST", rf"{API}/media", self.take_media),
            ("POST", rf"{API}/posts", self.take_post),
            ("GET", rf"{API}/posts", self.show_posts),
            ("GET", rf"{API}/posts/{number}", self.show_post),
            ("POST", rf"{API}/posts/{number}", self.change_post),
            ("DELETE", rf"{API}/posts/{number}", self.remove_post),
            ("GET", rf"{API}/comments", self.show_comments),
            ("GET", r"/@(?P<handle>[\w.-]+)", self.show_site),
            ("GET", r"/(?P<slug>[a-z0-9-]+)/?", self.show_page),
        ]

    # Who, what, and no

    def account_id(self, handle: str) -> str:
        """Return a user's number that follows from the handle."""
        return str(1 + int.from_bytes(hashlib.sha256(handle.encode()).digest()[:4], "big"))

    def caller(self, request: Request) -> str:
        """Return the user that the login names."""
        return self._credentials(request)[0]

    def key_of(self, request: Request) -> str:
        """Return nothing: there are no keys."""
        del request
        return ""

    def _credentials(self, request: Request) -> tuple[str, str]:
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(pair, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return user, password.replace(" ", "")

    def _login(self, request: Request) -> Account:
        user, password = self._credentials(request)
        claim = self.token_rule(password)
        if claim is None or claim.handle != user:
            raise Refusal(self._error(401, "rest_not_logged_in", "You are not currently logged in."))
        account = self.welcome(claim)
        if account.revoked:
            raise Refusal(self._error(401, "incorrect_password", "The provided password is an invalid one."))
        return account

    def _author(self, request: Request) -> Account:
        account = self._login(request)
        if self.modes["role"] == "subscriber":
            raise Refusal(
                self._error(403, "rest_cannot_create", "Sorry, you are not allowed to create posts.")
            )
        return account

    def refusal(self, rule: Rule) -> Response:
        """Return the site's answer for a rule that refuses; its host says slow down, WordPress itself never does."""
        if rule.kind == "rate_limit":
            return rate_limit_response(
                rule, "retry_after_seconds", self.clock(), {"code": "too_many", "message": "x"}
            )
        if rule.kind == "expired_login":
            return self._error(401, "incorrect_password", "The provided password is an invalid one.")
        return self._error(400, "rest_invalid_param", "Invalid parameter(s): content")

    def declined(self, why: Declined) -> Response:
        """Return the answer to content that breaks a rule."""
        return self._error(400, "rest_invalid_param", str(why))

    def unreadable(self, why: str) -> Response:
        """Return the answer to a body that cannot be read."""
        return self._error(400, "rest_invalid_json", f"Invalid JSON body passed. {why}")

    def broken(self) -> Response:
        """Return what it answers when PHP fails inside."""
        return self._error(500, "internal_server_error", "There has been a critical error on this website.")

    def unknown(self, request: Request) -> Response:
        """Return the answer to a path that is not there."""
        if not request.path.startswith("/wp-json/"):
            return pages.missing(self)
        return self._error(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _error(self, status: int, code: str, words: str) -> Response:
        words = words if self.modes["locale"] == "en" else "エラーが発生しました"
        return answer({"code": code, "message": words, "data": {"status": status}}, status)

    def _no_post(self) -> Refusal:
        return Refusal(self._error(404, "rest_post_invalid_id", "Invalid post ID."))

    # Writing

    def show_me(self, request: Request) -> Response:
        """Return the user, with what she may do."""
        account, role = self._login(request), self.modes["role"]
        able = {"read": True}
        if role != "subscriber":
            able["edit_posts"] = True
        if role == "author":
            able |= {"publish_posts": True, "upload_files": True}
        return answer(
            {"id": int(account.id), "name": account.title, "slug": account.handle, "capabilities": able}
        )

    def take_media(self, request: Request) -> Response:
        """Take a picture into the media library."""
        account, params = self._author(request), request.params()
        file = params.get("file")
        if not isinstance(file, Upload) or not file.content:
            raise Refusal(self._error(400, "rest_upload_no_content_disposition", "None supplied."))
        if len(file.content) > PICTURE_BYTES:
            raise Refusal(self._error(500, "rest_upload_unknown_error", "The uploaded file exceeds."))
        shape = pictures.recognise(file.content)
        if shape is None or shape.mime == "video/mp4":
            raise Refusal(
                self._error(500, "rest_upload_unknown_error", "You are not allowed to upload this type.")
            )
        with self.store.writing():
            now = self.clock()
            media = Media(
                account.handle, str(self.store.next_number(now)), shape.mime, shape.width, shape.height,
                len(file.content), hashlib.sha256(file.content).hexdigest(), str(params.get("alt_text") or ""), "", None,
                now,
            )  # fmt: skip
            self.store.keep_media(media, file.content)
        source = f"{self.address}/media/{account.handle}/{media.id}"
        return answer({"id": int(media.id), "source_url": source, "alt_text": media.alt}, 201)

    def show_categories(self, request: Request) -> Response:
        """Return the site's categories, or those that are asked for by the ends of their addresses."""
        self._author(request)
        wanted = request.asked("slug").split(",") if request.asked("slug") else list(CATEGORIES)
        return answer([{"id": CATEGORIES[one], "slug": one} for one in wanted if one in CATEGORIES])

    def take_post(self, request: Request) -> Response:
        """Create a post; a slug that is taken gets a number."""
        account, given = self._author(request), request.params()
        words = str(given.get("content") or "")
        status = str(given.get("status") or "draft")
        if status not in _STATES:
            raise Declined("Invalid parameter(s): status")
        if status == "publish" and self.modes["role"] == "contributor":
            raise Refusal(
                self._error(403, "rest_cannot_publish", "Sorry, you are not allowed to publish posts.")
            )
        if status == "publish" and self.modes["review"] == "yes":
            status = "pending"
        categories = given.get("categories") or [1]
        if not isinstance(categories, list) or not set(categories) <= set(CATEGORIES.values()):
            raise Declined("Invalid parameter(s): categories")
        with self.store.writing():
            now = self.clock()
            number = self.store.next_number(now)
            wanted = re.sub(r"[^a-z0-9-]", "", str(given.get("slug") or number).lower()) or str(number)
            taken = {post.doc["slug"] for post in self.store.posts(kind=None)}
            slug = next(
                one for one in (wanted, *(f"{wanted}-{turn}" for turn in range(2, 999))) if one not in taken
            )
            post = Post(
                number, str(number), account.handle, "post" if status == "publish" else "held", _plain(words), "", None,
                now, now + request.hidden, None,
                {"slug": slug, "status": status, "title": _plain(str(given.get("title") or "")), "html": words,
                 "categories": categories, "media": re.findall(rf"/media/{re.escape(account.handle)}/(\d+)", words)},
            )  # fmt: skip
            self.store.keep_post(post)
            for one in post.doc["media"]:
                self.store.attach_media(account.handle, one, post.id)
        return answer(self._post(post), 201)

    def change_post(self, request: Request, number: str) -> Response:
        """Change a post's heading and content."""
        post, given = self._own(self._author(request), number), request.params()
        words = str(given.get("content", post.doc["html"]))
        title = _plain(str(given["title"])) if "title" in given else post.doc["title"]
        doc = {**post.doc, "title": title, "html": words}
        post = replace(post, text=_plain(words), edited_at=self.clock(), doc=doc)
        with self.store.writing():
            self.store.keep_post(post)
        return answer(self._post(post))

    def remove_post(self, request: Request, number: str) -> Response:
        """Put a post into the bin."""
        post = self._own(self._author(request), number)
        with self.store.writing():
            self.store.drop_post(post.id)
        return answer(self._post(replace(post, doc={**post.doc, "status": "trash"})))

    def _own(self, account: Account, number: str) -> Post:
        post = self.store.post(number, self.clock())
        if post is None or post.handle != account.handle:
            raise self._no_post()
        return post

    # Reading

    def show_posts(self, request: Request) -> Response:
        """Return posts by slug or number."""
        account = self._login(request)
        states = set((request.asked("status") or "publish").split(","))
        slugs, numbers = request.asked("slug"), request.asked("include")
        found = [
            one
            for one in self.store.posts(handle=account.handle, kind=None, seen_at=self.clock())
            if one.doc["status"] in states
            and (not slugs or one.doc["slug"] in slugs.split(","))
            and (not numbers or one.id in numbers.split(","))
        ]
        most = min(100, int(request.asked("per_page", "10")))
        embed = request.asked("_embed") == "replies"
        return answer(
            [self._post(one, embed=embed) for one in found[:most]], headers={"X-WP-Total": str(len(found))}
        )

    def show_post(self, request: Request, number: str) -> Response:
        """Return a post."""
        return answer(self._post(self._own(self._login(request), number)))

    def show_comments(self, request: Request) -> Response:
        """Return no comments in words: only their number is played."""
        self._login(request)
        return answer([])

    def _post(self, post: Post, *, embed: bool = False) -> Doc:
        at = datetime.fromtimestamp(post.created_at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        found: Doc = {
            "id": int(post.id), "slug": post.doc["slug"], "status": post.doc["status"], "date_gmt": at,
            "link": f"{self.address}/{post.doc['slug']}/", "title": {"rendered": html.escape(post.doc["title"])},
            "content": {"rendered": post.doc["html"]}, "categories": post.doc["categories"],
            "_links": {"replies": [{"embeddable": True, "href": f"{self.address}{API}/comments?post={post.id}"}]},
        }  # fmt: skip
        there = min(100, self.counts(post).replies)
        if embed and there:
            found["_embedded"] = {"replies": [[{"id": turn + 1} for turn in range(there)]]}
        return found

    # As people see it

    def show_page(self, request: Request, slug: str) -> Response:
        """Show a post where its address leads."""
        del request
        there = [one for one in self.store.posts(seen_at=self.clock()) if one.doc["slug"] == slug]
        return pages.single(self, there[0]) if there else pages.missing(self)

    def show_site(self, request: Request, handle: str) -> Response:
        """Show a site's posts."""
        account = self.store.account(handle)
        return pages.profile(self, request, account) if account else pages.missing(self)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, one) for one in post.doc["media"]]
        language = re.match(r'<div lang="([a-z-]+)">', post.doc["html"])
        return pages.Entry(
            address=f"{self.address}/{post.doc['slug']}/",
            title=post.doc["title"],
            handle=f"@{post.handle}",
            profile=f"/@{post.handle}",
            body=text.linked(post.text),
            language=language[1] if language else (account.language if account else ""),
            created_at=post.created_at,
            edited_at=post.edited_at,
            counts=((counts.replies, "comment", "comments"),),
            pictures=[pages.shown(media) for media in found if media],
        )


def _plain(markup: str) -> str:
    """Return the words of a page: what stood between the marks, beautified; a heading is HTML just as well."""
    told = re.sub(r"</p>\s*<p>", "\n\n", markup).replace("<br/>", "\n")
    pieces = re.split(r"<[^>]*>", told)
    return html.unescape("".join(_beautified(one) for one in pieces))


def _beautified(words: str) -> str:
    """Return what WordPress makes of words between two marks: better signs, smileys, and the work of shortcodes.

    These are the common ones, as 6.1 was seen to do it; a sign that is written as a reference stays what it is.
    """
    words = re.sub(r"\[/?(?:gallery|caption|embed|audio|video|playlist)\b[^\]]*\]", "", words)
    for pattern, better in _BETTER:
        words = pattern.sub(better, words)
    return words
