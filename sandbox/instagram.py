"""A stand-in for Instagram's publishing: containers with pictures that are fetched, comments, insights, a day's quota.

A token `demo-<handle>` is that of a Page on which the account `<handle>` hangs, as in the flavour with Facebook Login.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from sandbox import pages, text
from sandbox.container_server import ContainerServer, Shown, code_of, post_of
from sandbox.dress import Dress
from sandbox.exchange import Doc, Request, Response, answer
from sandbox.graph_server import VERSION
from sandbox.standin import Route
from sandbox.storage import Account, Post

LENGTH, TAGS, MENTIONS = 2200, 30, 20
_LIVING = {"views": 11.0, "reach": 7.0, "saved": 0.3, "shares": 0.2}
"""Insights that exist, and how many there are for each reaction."""


class InstagramStandIn(ContainerServer):
    """Professional accounts on a loopback port."""

    platform = "Instagram"
    dress = Dress(
        accent="#8a2268", ground="#ffffff", column=30, posts="lines", pictures="edge", pictures_first=True
    )
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "insights": ("living", "renamed", "late"),
        "linked": ("yes", "no"),
        **ContainerServer.choices,
    }
    mimes = ("image/jpeg",)
    most_children = 10
    a_day = 100
    not_ready = (9007, 2207027)

    def routes(self) -> list[Route]:
        """Return the addresses of the API and of the pages that people read."""
        own, node = r"(?P<own>\d+)", r"(?P<node>\d+)"
        return [
            ("GET", rf"{VERSION}/me", self.show_me),
            ("POST", rf"{VERSION}/{own}/media", self.take_container),
            ("POST", rf"{VERSION}/{own}/media_publish", self.publish),
            ("GET", rf"{VERSION}/{own}/media", self.show_posts),
            ("GET", rf"{VERSION}/{own}/content_publishing_limit", self.show_quota),
            ("GET", rf"{VERSION}/{node}/insights", self.show_insights),
            ("GET", rf"{VERSION}/{node}/comments", self.show_comments),
            ("POST", rf"{VERSION}/{node}/comments", self.take_comment),
            ("GET", rf"{VERSION}/{node}", self.show_node),
            ("DELETE", rf"{VERSION}/{node}", self.remove_node),
            ("GET", r"/p/(?P<code>[\w=-]+)/?", self.show_page_of_post),
            ("GET", r"/(?!sandbox\.css|favicon\.ico)(?P<handle>[a-z][\w.-]*)", self.show_profile),
        ]

    def show_me(self, request: Request) -> Response:
        """Return the Page of a token, and the account that hangs on it."""
        account = self._login(request)
        page: Doc = {"id": f"9{account.id}", "name": account.title, "category": "Government organization"}
        if self.modes["linked"] == "yes":
            page["instagram_business_account"] = {"id": account.id, "username": account.handle}
        return answer(page)

    # Writing

    def take_container(self, request: Request, own: str) -> Response:
        """Make a container."""
        account, params = self._login(request, own), request.params()
        caption = str(params.get("caption") or "")
        tags, mentions = re.findall(r"#\w+", caption), re.findall(r"@[\w.]+", caption)
        if len(caption) > LENGTH or len(tags) > TAGS or len(mentions) > MENTIONS:
            raise self._refusal(36_003, "The caption is too long", subcode=2207010)
        child = params.get("is_carousel_item") == "true"
        shown, children = [], []
        if params.get("media_type") == "CAROUSEL":
            children = str(params.get("children") or "").split(",")
        elif "image_url" in params:
            shown = [Shown(str(params["image_url"]), str(params.get("alt_text") or ""))]
        else:
            raise self._refusal(100, "(#100) The parameter image_url is required")
        return answer({"id": self.begin(account, text=caption, shown=shown, children=children, child=child)})

    def publish(self, request: Request, own: str) -> Response:
        """Publish a container."""
        account = self._login(request, own)
        return answer({"id": self.spend(request, account, str(request.params().get("creation_id") or "")).id})

    def take_comment(self, request: Request, node: str) -> Response:
        """Write a comment of the account under one of its posts."""
        account, params = self._login(request), request.params()
        parent, words = self.own(account, node), str(params.get("message") or "")
        if not words.strip():
            raise self._refusal(100, "(#100) Param message must not be empty")
        with self.store.writing():
            now = self.clock()
            number = self.store.next_number(now)
            post = Post(
                number, str(number), account.handle, "post", words, "", parent.id, now, now + request.hidden, None,
                {"media": []},
            )  # fmt: skip
            self.store.keep_post(post)
        if "fields" in dict(request.query):
            raise self._refusal(20, "(#20) Unsupported get request", subcode=1772107)
        return answer({"id": post.id})

    def remove_node(self, request: Request, node: str) -> Response:
        """Delete a post with its comments, or a comment."""
        post = self.own(self._login(request), node)
        with self.store.writing():
            for under in self.store.posts(kind=None, parent=post.id):
                self.store.drop_post(under.id)
            self.store.drop_post(post.id)
        return answer({"success": True})

    # Reading

    def show_posts(self, request: Request, own: str) -> Response:
        """Return the account's posts, newest first, in pages."""
        account = self._login(request, own)
        since, after = float(request.asked("since", "0")), int(request.asked("after", "0") or 0)
        limit = min(100, int(request.asked("limit", "25")))
        found = self.store.posts(handle=account.handle, seen_at=self.clock())
        wanted = [one for one in found if one.parent is None and one.created_at >= since]
        shown = wanted[after : after + limit]
        body: Doc = {"data": [self._node(one, request.asked("fields")) for one in shown]}
        if shown:
            body["paging"] = {"cursors": {"before": str(after), "after": str(after + len(shown))}}
            if after + limit < len(wanted):
                body["paging"]["next"] = f"{self.address}{request.path}?after={after + len(shown)}"
        return answer(body)

    def show_quota(self, request: Request, own: str) -> Response:
        """Return how much of a day's quota is used."""
        used = self.used_today(self._login(request, own))
        quota = {"quota_total": self.a_day, "quota_duration": 86_400}
        return answer({"data": [{"quota_usage": used, "config": quota}]})

    def show_node(self, request: Request, node: str) -> Response:
        """Return the account, a container's state, or a post."""
        account, fields = self._login(request), request.asked("fields")
        if node == account.id:
            return answer(self._account(account))
        if self.is_container(node):
            return answer({"id": node, "status_code": self.look(account, node)})
        post = self.own(account, node)
        if "status_code" in fields or (post.parent and "comments_count" in fields):
            raise self._refusal(100, "(#100) Tried accessing nonexisting field")
        return answer(self._node(post, fields))

    def _account(self, account: Account) -> Doc:
        return {
            "id": account.id,
            "username": account.handle,
            "name": account.title,
            "followers_count": self.followers(account),
        }

    def show_insights(self, request: Request, node: str) -> Response:
        """Return a post's insights by their names."""
        post = self.own(self._login(request), node)
        return answer(self._insights(post, request.asked("metric").split(",")))

    def show_comments(self, request: Request, node: str) -> Response:
        """Return the comments under a post, newest first."""
        account = self._login(request)
        found = self.store.posts(parent=self.own(account, node).id, seen_at=self.clock())
        return answer({"data": [self._node(one, "") for one in found]})

    def _node(self, post: Post, fields: str) -> Doc:
        at = datetime.fromtimestamp(post.created_at, UTC)
        found: Doc = {
            "id": post.id,
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "username": post.handle,
            "text" if post.parent else "caption": post.text,
        }
        counts = self.counts(post)
        found["like_count"] = counts.favourites
        if post.parent is None:
            found["shortcode"] = code_of(post)
            found["permalink"] = f"{self.address}/p/{code_of(post)}/"
            found["comments_count"] = counts.replies + self.store.count_under(post.id)
        asked = re.search(r"insights\.metric\(([\w,]+)\)", fields)
        if asked:
            found["insights"] = self._insights(post, asked[1].split(","))
        return found

    def _insights(self, post: Post, names: list[str]) -> Doc:
        living = dict(_LIVING)
        if self.modes["insights"] == "renamed":
            living.pop("saved")
        if any(name not in living for name in names):
            raise self._refusal(100, "(#100) The value must be a valid insights metric")
        total = self.counts(post).total
        data = [
            {"name": name, "period": "lifetime", "values": [{"value": round(total * living[name])}]}
            for name in names
        ]
        fresh = self.modes["insights"] == "late" and self.age(post) < 86_400
        return {"data": [] if fresh else data}

    # As people see it

    def show_page_of_post(self, request: Request, code: str) -> Response:
        """Show a post where its address leads."""
        del request
        post = self.store.post(post_of(code), self.clock())
        return pages.single(self, post) if post else pages.missing(self)

    def show_profile(self, request: Request, handle: str) -> Response:
        """Show an account where its address leads."""
        account = self.store.account(handle)
        return pages.profile(self, request, account) if account else pages.missing(self)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post, or a comment, as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, one) for one in post.doc["media"]]
        parent = self.store.post(post.parent) if post.parent else None
        return pages.Entry(
            address=f"{self.address}/p/{code_of(parent or post)}/",
            title=account.title if account else post.handle,
            handle=f"@{post.handle}",
            profile=f"/{post.handle}",
            body=text.linked(post.text),
            language=post.language,
            created_at=post.created_at,
            counts=(
                (counts.favourites, "like", "likes"),
                (counts.replies + self.store.count_under(post.id), "comment", "comments"),
            ),
            pictures=[pages.shown(media) for media in found if media],
            answers=f"{self.address}/p/{code_of(parent)}/" if parent else None,
        )
