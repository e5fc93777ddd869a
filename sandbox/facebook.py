"""A stand-in for Facebook Pages: the parts of the Graph API that a publisher needs, with its errors and its odd corners.

A token `demo-<handle>` is the Page token of that handle; `people-<handle>-and-<handle>` is a person's, which reaches
these Pages. Posts by one token are kept in the order of their making; there is no idempotency key, as there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlencode

from sandbox import pages, pictures, text
from sandbox.dress import Dress
from sandbox.exchange import Declined, Doc, Request, Response, Upload, answer
from sandbox.graph_server import VERSION, GraphServer
from sandbox.standin import Claim, Route
from sandbox.storage import Account, Media, Post

LENGTH = 63_206
PICTURE_BYTES = 4_000_000
MOST_PICTURES = 10
_PEOPLE = re.compile(r"people-([a-z0-9_.]+(?:-and-[a-z0-9_.]+)*)\Z")
_LIVING = {"post_media_view": 9.0, "post_total_media_view_unique": 6.0, "post_clicks": 0.4}
"""Insights that exist, and how many there are for each reaction."""


class FacebookStandIn(GraphServer):
    """Pages on a loopback port."""

    platform = "Facebook"
    dress = Dress(accent="#0b57d0", ground="#eef0f3", column=42, pictures="edge")
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "insights": ("living", "renamed", "late"),
        "duplicates": ("taken", "refused"),
        "consent": ("whole", "partial"),
        **GraphServer.choices,
    }

    def routes(self) -> list[Route]:
        """Return the addresses of the API and of the pages that people read."""
        node = r"(?P<node>\d+(?:_\d+)?)"
        return [
            ("GET", rf"{VERSION}/dialog/oauth", self.show_consent),
            ("POST", rf"{VERSION}/oauth/access_token", self.give_token),
            ("GET", rf"{VERSION}/me/permissions", self.show_permissions),
            ("GET", rf"{VERSION}/me", self.show_me),
            ("GET", rf"{VERSION}/me/accounts", self.show_pages),
            ("GET", rf"{VERSION}/?", self.show_many),
            ("POST", rf"{VERSION}/(?P<page>\d+)/photos", self.take_photo),
            ("POST", rf"{VERSION}/(?P<page>\d+)/feed", self.take_post),
            ("GET", rf"{VERSION}/(?P<page>\d+)/published_posts", self.show_posts),
            ("POST", rf"{VERSION}/{node}/comments", self.take_comment),
            ("GET", rf"{VERSION}/{node}/comments", self.show_comments),
            ("GET", rf"{VERSION}/{node}/insights", self.show_insights),
            ("GET", rf"{VERSION}/{node}", self.show_node),
            ("POST", rf"{VERSION}/{node}", self.change_node),
            ("DELETE", rf"{VERSION}/{node}", self.remove_node),
            ("GET", r"/(?P<node>\d+_\d+)", self.show_page_of_post),
            ("GET", r"/(?:@(?P<handle>[\w.]+)|(?P<page>\d+))", self.show_page),
        ]

    # Pages

    def show_me(self, request: Request) -> Response:
        """Return the Page that a Page token is for, or the person of a person's."""
        if self._people(request) is not None:
            return answer({"id": "90000000000001", "name": "Kari Nordmann"})
        return answer(self._page(self._login(request)))

    def show_pages(self, request: Request) -> Response:
        """Return the Pages that a person's token reaches, each with its own token."""
        handles = self._people(request)
        if handles is None:
            raise self._refusal(
                100, "(#100) Tried accessing nonexisting field (accounts) on node type (Page)"
            )
        tasks = ["ANALYZE", "CREATE_CONTENT", "MODERATE"]
        there = [self.welcome(Claim(one)) for one in handles]
        data = [{**self._page(one), "access_token": f"demo-{one.handle}", "tasks": tasks} for one in there]
        return answer({"data": data, "paging": {"cursors": {"before": "MQ", "after": "Mg"}}})

    def show_consent(self, request: Request) -> Response:
        """Say yes at once for the Pages that a test names, and send the person back with a code."""
        with self.store.writing():
            code = f"code-{self.store.next_number(self.clock())}"
            doc = {"as": request.asked("as", "herad"), "scope": request.asked("scope")}
            self.store.keep("code", code, {**doc, "back": request.asked("redirect_uri")})
        back = urlencode({"code": code, "state": request.asked("state")})
        return Response(302, b"", {"Location": f"{request.asked('redirect_uri')}?{back}"})

    def give_token(self, request: Request) -> Response:
        """Trade a code, once, for a person's token, or such a token for a long-lived one."""
        params = request.params()
        if params.get("grant_type") == "fb_exchange_token":
            return answer({"access_token": params["fb_exchange_token"], "expires_in": 5_184_000})
        kept = self.store.kept("code", str(params.get("code", "")))
        if kept is None or kept["back"] != params.get("redirect_uri") or not params.get("client_secret"):
            raise self._refusal(100, "This authorization code has been used.", subcode=36009)
        with self.store.writing():
            self.store.drop("code", str(params["code"]))
            self.store.keep("scope", f"people-{kept['as']}", {"scope": kept["scope"]})
        return answer({"access_token": f"people-{kept['as']}", "token_type": "bearer", "expires_in": 5_000})

    def show_permissions(self, request: Request) -> Response:
        """Return what a person said yes to; one right is unticked where it plays that."""
        kept = self.store.kept("scope", self._token(request)) or {"scope": ""}
        left_out = "read_insights" if self.modes["consent"] == "partial" else ""
        data = [
            {"permission": one, "status": "declined" if one == left_out else "granted"}
            for one in kept["scope"].split(",")
        ]
        return answer({"data": data})

    def _people(self, request: Request) -> list[str] | None:
        found = _PEOPLE.match(self._token(request))
        return found[1].split("-and-") if found else None

    def _page(self, account: Account) -> Doc:
        return {
            "id": account.id,
            "name": account.title,
            "username": account.handle,
            "link": f"{self.address}/@{account.handle}",
            "followers_count": self.followers(account),
            "category": "Government organization",
        }

    # Writing

    def take_photo(self, request: Request, page: str) -> Response:
        """Take a picture; unpublished it waits until a post uses it."""
        account, params = self._login(request, page), request.params()
        file = next(
            (one for one in params.values() if isinstance(one, Upload)), None
        )  # whatever it is called
        if file is None or not file.content:
            raise self._refusal(324, "(#324) Requires upload file")
        shape = pictures.recognise(file.content)
        if (
            shape is None
            or shape.mime not in ("image/jpeg", "image/png")
            or len(file.content) > PICTURE_BYTES
        ):
            raise self._refusal(100, "Your photos couldn't be uploaded", subcode=1366046)
        if str(params.get("published", "true")).lower() != "false":
            raise self._refusal(100, "(#100) This stand-in takes unpublished photos alone")
        with self.store.writing():
            now = self.clock()
            media = Media(
                account.handle, str(self.store.next_number(now)), shape.mime, shape.width, shape.height,
                len(file.content), hashlib.sha256(file.content).hexdigest(), str(params.get("alt_text_custom") or ""),
                "", None, now,
            )  # fmt: skip
            self.store.keep_media(media, file.content)
        return answer({"id": media.id})

    def take_post(self, request: Request, page: str) -> Response:
        """Publish on the Page."""
        account, params = self._login(request, page), request.params()
        words, media = _words(params), self._photos(account, params.get("attached_media"))
        if not words.strip() and not media and not params.get("link"):
            raise self._refusal(100, "(#100) Param message must not be empty")
        with self.store.writing():
            newest = self.store.posts(handle=account.handle, limit=1)
            again = bool(newest) and newest[0].text == words and not media
            if again and self.modes["duplicates"] == "refused":
                raise self._refusal(506, "(#506) Duplicate status message")
            post = self._keep(request, account, words, media, None, link=str(params.get("link") or ""))
        return answer({"id": post.id})

    def take_comment(self, request: Request, node: str) -> Response:
        """Publish a comment of the Page under one of its posts."""
        account, params = self._login(request), request.params()
        if "fields" in dict(request.query):
            raise self._refusal(20, "(#20) Unsupported get request", subcode=1772107)
        parent, words = self._own(account, node), _words(params)
        media = self._photos(
            account, [{"media_fbid": params["attachment_id"]}] if "attachment_id" in params else []
        )
        if not words.strip() and not media:
            raise self._refusal(100, "(#100) Param message must not be empty")
        with self.store.writing():
            post = self._keep(request, account, words, media, parent.id)
        return answer({"id": post.id})

    def _keep(
        self, request: Request, account: Account, words: str, media: list[str], parent: str | None, link: str = "",
    ) -> Post:  # fmt: skip
        now = self.clock()
        number = self.store.next_number(now)
        first = parent.partition("_")[2] if parent else account.id
        post = Post(
            number, f"{first}_{number}", account.handle, "post", words, "", parent, now, now + request.hidden, None,
            {"media": media, "link": link},
        )  # fmt: skip
        self.store.keep_post(post)
        for one in media:
            self.store.attach_media(account.handle, one, post.id)
        return post

    def _photos(self, account: Account, given: object) -> list[str]:
        """Return the ids of attached photos, which must be the Page's own and unused."""
        if isinstance(given, str):
            given = json.loads(given)
        wanted = (
            [str(one.get("media_fbid")) for one in given if isinstance(one, dict)]
            if isinstance(given, list)
            else []
        )
        if len(wanted) > MOST_PICTURES:
            raise self._refusal(100, "(#100) Too many photos")
        for one in wanted:
            media = self.store.media(account.handle, one)
            if media is None:
                raise self._missing()
            if media.post:
                raise self._refusal(100, "You've already posted these photos", subcode=1366051)
        return wanted

    def change_node(self, request: Request, node: str) -> Response:
        """Change a post's words."""
        account = self._login(request)
        post, words = self._own(account, node), _words(request.params())
        with self.store.writing():
            self.store.keep_post(replace(post, text=words, edited_at=self.clock()))
        return answer({"success": True})

    def remove_node(self, request: Request, node: str) -> Response:
        """Delete a post with what hangs under it, or a photo that nobody uses."""
        account = self._login(request)
        post = self._own(account, node)
        with self.store.writing():
            for under in self.store.posts(kind=None, parent=post.id):
                self.store.drop_post(under.id)
            self.store.drop_post(post.id)
        return answer({"success": True})

    def _own(self, account: Account, node: str) -> Post:
        post = self.store.post(node, self.clock())
        if post is None or post.handle != account.handle:
            raise self._missing()
        return post

    # Reading

    def show_posts(self, request: Request, page: str) -> Response:
        """Return the Page's posts, newest first, in pages."""
        account = self._login(request, page)
        found = self.store.posts(handle=account.handle, seen_at=self.clock())
        return self._listed(request, [one for one in found if one.parent is None])

    def show_comments(self, request: Request, node: str) -> Response:
        """Return the comments under a post, newest first."""
        account = self._login(request)
        found = self.store.posts(parent=self._own(account, node).id, seen_at=self.clock())
        return self._listed(request, found)

    def _listed(self, request: Request, found: list[Post]) -> Response:
        since, after = float(request.asked("since", "0")), int(request.asked("after", "0") or 0)
        limit = min(100, int(request.asked("limit", "25")))
        wanted = [one for one in found if one.created_at >= since]
        shown = wanted[after : after + limit]
        body: Doc = {"data": [self._node(one, request.asked("fields")) for one in shown]}
        if shown:
            body["paging"] = {"cursors": {"before": str(after), "after": str(after + len(shown))}}
            if after + limit < len(wanted):
                body["paging"]["next"] = f"{self.address}{request.path}?after={after + len(shown)}"
        return answer(body)

    def show_node(self, request: Request, node: str) -> Response:
        """Return a post, or a Page."""
        account = self._login(request)
        if node == account.id:
            return answer(self._page(account))
        return answer(self._node(self._own(account, node), request.asked("fields")))

    def show_many(self, request: Request) -> Response:
        """Return several posts by their ids; one that is gone fails the whole question, as there."""
        account, ids = self._login(request), request.asked("ids").split(",")
        if not 1 <= len(ids) <= 50:
            raise self._refusal(100, "(#100) Too many ids")
        there = {one: self.store.post(one, self.clock()) for one in ids}
        if any(post is None or post.handle != account.handle for post in there.values()):
            raise self._refusal(803, "(#803) Some of the aliases you requested do not exist")
        fields = request.asked("fields")
        return answer({one: self._node(post, fields) for one, post in there.items() if post})

    def show_insights(self, request: Request, node: str) -> Response:
        """Return the insights of a post by their names."""
        post = self._own(self._login(request), node)
        return answer(self._insights(post, request.asked("metric").split(",")))

    def _node(self, post: Post, fields: str) -> Doc:
        found: Doc = {"id": post.id, "message": post.text, "created_time": _told(post.created_at)}
        account = self.store.account(post.handle)
        if account:
            found["from"] = {"id": account.id, "name": account.title}
        targets = [{"target": {"id": one}, "type": "photo"} for one in post.doc["media"]]
        if post.parent and targets:
            found["attachment"] = targets[0]
        elif targets and "attachments" in fields:
            found["attachments"] = {"data": [{"type": "album", "subattachments": {"data": targets}}]}
        counts = self.counts(post)
        if "reactions" in fields:
            found["reactions"] = {"data": [], "summary": {"total_count": counts.favourites}}
        if "comments" in fields:
            under = self.store.count_under(post.id)
            found["comments"] = {"data": [], "summary": {"total_count": counts.replies + under}}
        if "shares" in fields and counts.boosts:
            found["shares"] = {"count": counts.boosts}
        asked = re.search(r"insights\.metric\(([\w,]+)\)", fields)
        if asked:
            found["insights"] = self._insights(post, asked[1].split(","))
        return found

    def _insights(self, post: Post, names: list[str]) -> Doc:
        living = dict(_LIVING)
        if self.modes["insights"] == "renamed":
            living.pop("post_media_view")
        if any(name not in living for name in names):
            raise self._refusal(100, "(#100) The value must be a valid insights metric")
        total = self.counts(post).total
        data = [
            {
                "name": name,
                "period": "lifetime",
                "values": [{"value": round(total * living[name])}],
                "id": post.id,
            }
            for name in names
        ]
        fresh = self.modes["insights"] == "late" and self.age(post) < 86_400
        return {"data": [] if fresh else data}

    # As people see it

    def show_page_of_post(self, request: Request, node: str) -> Response:
        """Show a post where its address leads."""
        del request
        post = self.store.post(node, self.clock())
        if post is None:
            return pages.missing(self)
        return pages.single(self, post)

    def show_page(self, request: Request, handle: str | None, page: str | None) -> Response:
        """Show a Page where its address leads."""
        account = self.store.account(handle) if handle else self.store.account_by_id(page or "")
        return pages.profile(self, request, account) if account else pages.missing(self)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, one) for one in post.doc["media"]]
        parent = self.store.post(post.parent) if post.parent else None
        return pages.Entry(
            address=f"{self.address}/{post.id}",
            title=account.title if account else post.handle,
            handle=f"@{post.handle}",
            profile=f"/@{post.handle}",
            body=text.linked(post.text),
            language=post.language,
            created_at=post.created_at,
            edited_at=post.edited_at,
            counts=(
                (counts.favourites, "reaction", "reactions"),
                (counts.replies + self.store.count_under(post.id), "comment", "comments"),
                (counts.boosts, "share", "shares"),
            ),
            pictures=[pages.shown(media) for media in found if media],
            answers=f"{self.address}/{parent.id}" if parent else None,
        )


def _words(params: Doc) -> str:
    """Return the words of a post.

    Raises: Declined when there are too many.
    """
    words = str(params.get("message") or "")
    if len(words) > LENGTH:
        raise Declined("Name parameter too long")
    return words


def _told(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
