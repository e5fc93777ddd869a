"""A stand-in for the Threads API: containers, posts, replies, insights, and tokens that are renewed.

A token `demo-<handle>` is a long-lived one of that profile; renewing it gives `demo-<handle>-<inhabitants>` or the same
again, since the stand-in keeps no tokens.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar
from urllib.parse import urlencode

from sandbox import pages, text
from sandbox.container_server import ContainerServer, Shown, code_of, post_of
from sandbox.dress import Dress
from sandbox.exchange import Doc, Request, Response, answer
from sandbox.graph_server import VERSION
from sandbox.standin import Claim, Route
from sandbox.storage import Account, Post

LENGTH = 500
LINKS = 5
_LINK = re.compile(r"https?://\S+")
_PICTOGRAPH = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_COUNTED = {"views": 12.0, "likes": 0.7, "replies": 0.0, "reposts": 0.2, "quotes": 0.05, "shares": 0.1}
"""Insights that exist, and how many there are for each reaction; replies are counted apart."""


class ThreadsStandIn(ContainerServer):
    """Profiles on a loopback port."""

    platform = "Threads"
    dress = Dress(accent="#1a1a1a", ground="#fafafa", column=40, is_indented=True)
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"tokens": ("old", "young"), **ContainerServer.choices}
    mimes = ("image/jpeg", "image/png")
    most_children = 20
    a_day = 250
    not_ready = (24, 4279009)

    def routes(self) -> list[Route]:
        """Return the addresses of the API and of the pages that people read."""
        who = r"(?P<who>me|\d+)"
        return [
            ("GET", r"/oauth/authorize", self.show_consent),
            ("POST", r"/oauth/access_token", self.give_token),
            ("GET", r"/access_token", self.lengthen),
            ("GET", r"/refresh_access_token", self.renew),
            ("GET", rf"{VERSION}/me", self.show_me),
            ("POST", rf"{VERSION}/{who}/threads", self.take_container),
            ("POST", rf"{VERSION}/{who}/threads_publish", self.publish),
            ("GET", rf"{VERSION}/{who}/threads", self.show_posts),
            ("GET", rf"{VERSION}/{who}/replies", self.show_replies),
            ("GET", rf"{VERSION}/{who}/threads_publishing_limit", self.show_quota),
            ("GET", rf"{VERSION}/(?P<node>\d+)/insights", self.show_insights),
            ("GET", rf"{VERSION}/(?P<node>\d+)/conversation", self.show_conversation),
            ("GET", rf"{VERSION}/(?P<node>\d+)", self.show_node),
            ("DELETE", rf"{VERSION}/(?P<node>\d+)", self.remove_node),
            ("GET", r"/t/(?P<code>[\w=-]+)", self.show_page_of_post),
            ("GET", r"/@(?P<handle>[\w.]+)", self.show_profile),
        ]

    def show_consent(self, request: Request) -> Response:
        """Say yes at once as the profile that a test names, and send the person back with a code."""
        with self.store.writing():
            code = f"AQ{self.store.next_number(self.clock())}"
            self.store.keep(
                "code", code, {"as": request.asked("as", "herad"), "back": request.asked("redirect_uri")}
            )
        back = urlencode({"code": code, "state": request.asked("state")})
        return Response(302, b"", {"Location": f"{request.asked('redirect_uri')}?{back}#_"})

    def give_token(self, request: Request) -> Response:
        """Trade a code, once, for a token of an hour."""
        params = request.params()
        kept = self.store.kept("code", str(params.get("code", "")))
        if kept is None or kept["back"] != params.get("redirect_uri") or not params.get("client_secret"):
            raise self._refusal(100, "This authorization code has been used", subcode=36009)
        with self.store.writing():
            self.store.drop("code", str(params["code"]))
        account = self.welcome(Claim(kept["as"]))
        return answer({"access_token": f"demo-{kept['as']}", "user_id": int(account.id)})

    def lengthen(self, request: Request) -> Response:
        """Trade a token of an hour for one of sixty days."""
        account = self._login(request)
        if request.asked("grant_type") != "th_exchange_token" or not request.asked("client_secret"):
            raise self._refusal(100, "(#100) Param grant_type must be th_exchange_token")
        inhabitants = account.inhabitants or 1000
        token = f"demo-{account.handle}-{inhabitants}"
        return answer({"access_token": token, "token_type": "bearer", "expires_in": 5_184_000})

    def renew(self, request: Request) -> Response:
        """Return the token for another sixty days; one of its first day is refused."""
        self._login(request)
        if request.asked("grant_type") != "th_refresh_token":
            raise self._refusal(100, "(#100) Param grant_type must be th_refresh_token")
        if self.modes["tokens"] == "young":
            raise self._refusal(10, "The token cannot be refreshed yet")
        return answer({"access_token": self._token(request), "token_type": "bearer", "expires_in": 5_184_000})

    def show_me(self, request: Request) -> Response:
        """Return the profile of a token."""
        account = self._login(request)
        return answer({"id": account.id, "username": account.handle, "name": account.title})

    # Writing

    def take_container(self, request: Request, who: str) -> Response:
        """Make a container."""
        account, params = self._whose(request, who), request.params()
        words, kind = str(params.get("text") or ""), params.get("media_type")
        if _weight(words) > LENGTH:
            raise self._refusal(100, "Param text must be at most 500 characters long")
        links = set(_LINK.findall(words)) | (
            {str(params["link_attachment"])} if "link_attachment" in params else set()
        )
        if len(links) > LINKS:
            raise self._refusal(100, "THREADS_API__LINK_LIMIT_EXCEEDED")
        parent = str(params["reply_to_id"]) if "reply_to_id" in params else None
        if parent is not None and self.store.post(parent, self.clock()) is None:
            raise self._missing()
        child = params.get("is_carousel_item") == "true"
        shown, children = [], []
        if kind == "IMAGE":
            shown = [Shown(str(params.get("image_url") or ""), str(params.get("alt_text") or ""))]
        elif kind == "CAROUSEL":
            children = str(params.get("children") or "").split(",")
        elif kind != "TEXT":
            raise self._refusal(100, "(#100) Param media_type must be one of {TEXT, IMAGE, VIDEO, CAROUSEL}")
        elif not words.strip():
            raise self._refusal(100, "(#100) Param text must not be empty")
        made = self.begin(account, text=words, shown=shown, children=children, parent=parent, child=child)
        return answer({"id": made})

    def publish(self, request: Request, who: str) -> Response:
        """Publish a container."""
        account = self._whose(request, who)
        return answer({"id": self.spend(request, account, str(request.params().get("creation_id") or "")).id})

    def remove_node(self, request: Request, node: str) -> Response:
        """Delete a post."""
        post = self.own(self._login(request), node)
        with self.store.writing():
            self.store.drop_post(post.id)
        return answer({"success": True, "deleted_id": post.id})

    def _whose(self, request: Request, who: str) -> Account:
        return self._login(request, None if who == "me" else who)

    # Reading

    def show_posts(self, request: Request, who: str) -> Response:
        """Return the profile's posts, newest first."""
        return self._listed(request, self._whose(request, who), answering=False)

    def show_replies(self, request: Request, who: str) -> Response:
        """Return the profile's replies, newest first."""
        return self._listed(request, self._whose(request, who), answering=True)

    def _listed(self, request: Request, account: Account, *, answering: bool) -> Response:
        since, after = float(request.asked("since", "0")), int(request.asked("after", "0") or 0)
        limit = min(100, int(request.asked("limit", "25")))
        found = self.store.posts(handle=account.handle, seen_at=self.clock())
        wanted = [one for one in found if (one.parent is not None) is answering and one.created_at >= since]
        shown = wanted[after : after + limit]
        body: Doc = {"data": [self._node(one) for one in shown]}
        if shown:
            body["paging"] = {"cursors": {"before": str(after), "after": str(after + len(shown))}}
            if after + limit < len(wanted):
                body["paging"]["next"] = f"{self.address}{request.path}?after={after + len(shown)}"
        return answer(body)

    def show_quota(self, request: Request, who: str) -> Response:
        """Return how much of a day's quota is used."""
        used = self.used_today(self._whose(request, who))
        return answer(
            {"data": [{"quota_usage": used, "config": {"quota_total": self.a_day, "quota_duration": 86400}}]}
        )

    def show_node(self, request: Request, node: str) -> Response:
        """Return a container's state, or a post; a post has no state."""
        account, fields = self._login(request), request.asked("fields").split(",")
        if self.is_container(node):
            return answer({"id": node, "status": self.look(account, node)})
        post = self.own(account, node)
        if "status" in fields:
            raise self._refusal(100, "(#100) Tried accessing nonexisting field (status)")
        return answer(self._node(post))

    def show_insights(self, request: Request, node: str) -> Response:
        """Return a post's insights by their names."""
        post, names = self.own(self._login(request), node), request.asked("metric").split(",")
        if any(name not in _COUNTED for name in names):
            raise self._refusal(100, "(#100) The value must be a valid insights metric")
        counts = self.counts(post)
        numbers = {name: round(counts.total * share) for name, share in _COUNTED.items()}
        numbers["replies"] = counts.replies + self.store.count_under(post.id)
        data = [{"name": name, "period": "lifetime", "values": [{"value": numbers[name]}]} for name in names]
        return answer({"data": data})

    def show_conversation(self, request: Request, node: str) -> Response:
        """Return what was answered below a post, newest first."""
        account = self._login(request)
        found = self.store.posts(parent=self.own(account, node).id, seen_at=self.clock())
        data = [{**self._node(one), "is_reply_owned_by_me": one.handle == account.handle} for one in found]
        return answer({"data": data})

    def _node(self, post: Post) -> Doc:
        kinds = ("TEXT_POST", "IMAGE")
        media = len(post.doc["media"])
        at = datetime.fromtimestamp(post.created_at, UTC)
        return {
            "id": post.id,
            "text": post.text,
            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
            "shortcode": code_of(post),
            "permalink": f"{self.address}/t/{code_of(post)}",
            "username": post.handle,
            "media_type": kinds[media] if media < 2 else "CAROUSEL_ALBUM",
        }

    # As people see it

    def show_page_of_post(self, request: Request, code: str) -> Response:
        """Show a post where its address leads."""
        del request
        post = self.store.post(post_of(code), self.clock())
        return pages.single(self, post) if post else pages.missing(self)

    def show_profile(self, request: Request, handle: str) -> Response:
        """Show a profile where its address leads."""
        account = self.store.account(handle)
        return pages.profile(self, request, account) if account else pages.missing(self)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, one) for one in post.doc["media"]]
        parent = self.store.post(post.parent) if post.parent else None
        return pages.Entry(
            address=f"{self.address}/t/{code_of(post)}",
            title=account.title if account else post.handle,
            handle=f"@{post.handle}",
            profile=f"/@{post.handle}",
            body=text.linked(post.text),
            language=post.language,
            created_at=post.created_at,
            counts=(
                (round(counts.total * _COUNTED["likes"]), "like", "likes"),
                (counts.replies + self.store.count_under(post.id), "reply", "replies"),
                (round(counts.total * _COUNTED["reposts"]), "repost", "reposts"),
            ),
            pictures=[pages.shown(media) for media in found if media],
            answers=f"{self.address}/t/{code_of(parent)}" if parent else None,
        )


def _weight(words: str) -> int:
    """Return the length as it counts: an emoji by its bytes. Signs that an emoji is joined of count like it, roughly."""
    return sum(len(sign.encode()) if _PICTOGRAPH.match(sign) else 1 for sign in words)
