"""Instagram for a professional account that is linked to a Facebook Page: publishes a container, once, with the Page's login.

Facts are from Meta's documentation and other clients' recordings (Graph API v25.0), read 2026-11. Assumed, since nobody
could confirm it: that a caption's characters are code points, and that a picture's like count is left out only where the
owner hides it. There are no posts without a picture, no links that can be followed, no edit and no language of a post.
Pictures are fetched from us, so this instance needs a public address. Accounts that are no Page's (Instagram Login) are
left out: their posts could not be deleted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from connectors import graph_pages
from connectors.addresses import base_address
from connectors.answers import Answer, count, items, line, mapping, moment
from connectors.base import (
    Absence,
    App,
    Connected,
    Counts,
    Dedupe,
    FetchPicture,
    Found,
    Json,
    Limits,
    Login,
    LoginField,
    Metric,
    Problem,
    Profile,
    Receipt,
    Reply,
    Setting,
)
from connectors.checks import common_problems
from connectors.containers import Containers
from connectors.counts import gone, seen
from connectors.errors import RateLimited, Refused
from connectors.graph import QUOTA_PAUSE, graph_error, insights, is_gone
from connectors.graph_consent import GraphConsent
from connectors.graph_platform import ContainerPlatform
from connectors.post import Post
from connectors.secret import Secret
from connectors.text import alike, hashtags

_ID = re.compile(r"[0-9]{1,40}\Z")
_NAME = re.compile(r"[A-Za-z0-9._]{1,60}\Z")
_TAGS, _MENTIONS = 30, 20
_MENTION = re.compile(r"(?<![\w@])@[A-Za-z0-9._]+")
_NARROWEST, _WIDEST = 4 / 5, 1.91
"""Width by height of a picture; others are refused."""
_COUNTED = "id,timestamp,like_count,comments_count"
_ACCOUNT = "id,username,name,followers_count"
_ME = "id,name,category,instagram_business_account{id,username}"
_PAGE = "50"
_SKEW = timedelta(minutes=5)
"""How far the platform's clock may lag behind ours in a look-up."""
_INSIGHTS: Mapping[str, Metric] = {"views": "views", "reach": "reach", "saved": "saves", "shares": "shares"}
_FRESH = timedelta(hours=48)
"""How long insights may take to come."""


class Instagram(ContainerPlatform, GraphConsent):
    """A professional account."""

    name: ClassVar[str] = "instagram"
    title: ClassVar[str] = "Instagram"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "https://graph.facebook.com", "Address of the Graph API."),
        Setting("pages_url", "https://www.instagram.com", "Where people see posts."),
        Setting("consent_url", "https://www.facebook.com", "Where people say yes to our application."),
        Setting("client_id", "", "The number of your own application at Meta."),
        Setting("client_secret", "", "Its secret.", secret=True),
        Setting(
            "version", "v25.0", "Version of the Graph API; one that has ended is answered by an older one."
        ),
    )
    rights: ClassVar[tuple[str, ...]] = (
        "instagram_basic",
        "instagram_content_publish",
        "instagram_manage_comments",
        "instagram_manage_insights",
        "instagram_manage_contents",
        "pages_show_list",
        "pages_read_engagement",
    )
    page_fields: ClassVar[str] = _ME
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of the Graph API, where it is another", needed=False),
        LoginField("page", secret=False, hint="The Page's id, where the token reaches several", needed=False),
        LoginField(
            "access_token",
            secret=True,
            hint="A Page's token, or a system user's, with instagram_basic instagram_content_publish "
            "instagram_manage_insights instagram_manage_contents",
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=2200,
        pictures=10,
        picture_bytes=8_000_000,
        picture_pixels=100_000_000,  # none is stated; this is beyond any rendition of ours
        picture_kinds=("image/jpeg",),
        alt_length=1000,
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("reach", "views", "reactions", "comments", "shares", "saves")
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "single_use"
    trusts_absence: ClassVar[timedelta | None] = timedelta(seconds=60)
    measure_batch: ClassVar[int] = 1

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length in code points; links count in full, and lead nowhere."""
        return len(text)

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the platform would refuse about `post`, without network."""
        problems = common_problems(post, limits or self.limits, self.length(post.text), self.title)
        at: dict[str, str | int] = {"platform": self.title}
        if not post.pictures and post.reply_to is None:
            problems.append(Problem("connector.needs_picture", at))
        for code, limit, there in (
            ("connector.too_many_hashtags", _TAGS, len(hashtags(post.text))),
            ("connector.too_many_mentions", _MENTIONS, len(_MENTION.findall(post.text))),
        ):
            if there > limit:
                problems.append(Problem(code, {**at, "limit": limit, "length": there}))
        for number, picture in enumerate(post.pictures, start=1):
            if not _NARROWEST <= picture.width / picture.height <= _WIDEST:
                problems.append(Problem("connector.picture_shape", {**at, "number": number}))
        return [*problems, *self.hidden_pictures(post)]

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Find the account that hangs on the Page that the token is for; the Page's own token is kept.

        Raises: Refused where this instance has no public address, with the Pages to choose from, or where no account
        hangs on the Page; LoginLost where the token may not publish there.
        """
        if self.show is None:
            raise Refused("connector.no_public_address", platform=self.title)
        base = base_address(base.strip() or self.chosen["url"], allow_private=self.wire.allow_private)
        login = Login(base, "", {"access_token": Secret(typed["access_token"].reveal().strip())})
        wanted = typed["page"].reveal().strip() if "page" in typed else ""
        page: Mapping[str, object] = self._good(
            self._ask(login, "GET", "me", params={"fields": _ME})
        ).object()
        if not graph_pages.is_page(page):
            params = {"fields": f"{_ME},access_token,tasks", "limit": "100"}
            answer = self._good(self._ask(login, "GET", "me/accounts", params=params))
            page = graph_pages.wanted_page(items(answer.object().get("data")), wanted, self.title)
            login = Login(base, "", {"access_token": graph_pages.token_of(page)})
        number = line(mapping(page.get("instagram_business_account")).get("id"))
        if not _ID.match(number):
            raise Refused(
                "connector.no_linked_account", pages=line(page.get("name"), 60), platform=self.title
            )
        return Connected(self.whoami(Login(base, number, login.secrets)), login.secrets)

    def register(self, base: str, redirect: str) -> App:
        """Return the operator's application, where pictures can be shown.

        Raises: Refused.
        """
        if self.show is None:
            raise Refused("connector.no_public_address", platform=self.title)
        return super().register(base, redirect)

    def _reached(self, login: Login, page: Mapping[str, object]) -> Connected | None:
        number = line(mapping(page.get("instagram_business_account")).get("id"))
        if not _ID.match(number):
            return None
        return Connected(self.whoami(Login(login.base, number, login.secrets)), login.secrets)

    def whoami(self, login: Login) -> Profile:
        """Return the account that the login is for."""
        answer = self._good(self._ask(login, "GET", login.remote_id, params={"fields": _ACCOUNT}))
        node = answer.object()
        username = line(node.get("username"), 100)
        if line(node.get("id")) != login.remote_id or not _NAME.match(username):
            raise answer.unclear("connector.bad_answer", diagnostic="another account")
        return Profile(
            remote_id=login.remote_id,
            handle=f"@{username}",
            title=line(node.get("name")) or username,
            address=f"{self._pages(login.base)}/{username}",
            followers=count(node.get("followers_count")),
            base=login.base,
        )

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Make the container that publishing spends; it is seen by nobody and ends after a day."""
        del picture
        if post.reply_to is not None:
            return {"at": at.isoformat()}
        if not post.pictures:
            raise Refused("connector.needs_picture", platform=self.title)
        self._keep_within_quota(login)
        return {
            "container": self._prepared(login, post, key, {"caption": post.text}, {}),
            "at": at.isoformat(),
        }

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Spend the container, or write the comment under the post that is followed."""
        del key
        if post.reply_to is not None:
            return self._comment(login, post, post.reply_to)
        return self._published(login, self._containers(login).spend(line(handle.get("container"))))

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for the post among the account's own; where it is not, the container says whether it was spent."""
        del key
        if post.reply_to is not None:
            return self._find_comment(login, post, post.reply_to)
        params = {"fields": "id,caption,timestamp,shortcode", "limit": _PAGE}
        for node in self._listed(login, f"{login.remote_id}/media", params, planned_at - _SKEW, "timestamp"):
            caption = node.get("caption")
            said = caption if isinstance(caption, str) else ""
            if _ID.match(line(node.get("id"))) and alike(_unmarked(said), _unmarked(post.text)):
                return Found(self._found(login, node))
        self._must_be_unspent(login, handle)
        return Found(None)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of each post, one call for each, and a second one where its insights cannot be had."""
        return {one: self._measure(login, one) for one in dict.fromkeys(remote_ids)}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return what others wrote below the post after `since`."""
        params = {"fields": "id,text,timestamp,username", "limit": "50"}
        answer = self._ask(login, "GET", f"{remote_id}/comments", params=params)
        error = graph_error(answer)
        if error is not None and is_gone(error):
            return []
        found = []
        for one in items(self._good(answer).object().get("data")):
            at, said = moment(one.get("timestamp")), one.get("text")
            if at is not None and at > since:
                text = said[:8000] if isinstance(said, str) else ""
                found.append(Reply(line(one.get("id")), text, at, line(one.get("username"))))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the post; one that is gone already counts as done."""
        answer = self._ask(login, "DELETE", remote_id)
        error = graph_error(answer)
        if error is None or not is_gone(error):
            self._good(answer)

    def _keep_within_quota(self, login: Login) -> None:
        """Look at what is left of a day's posts: how many there are is told differently in every place but here.

        Raises: RateLimited where none is left.
        """
        params = {"fields": "config,quota_usage"}
        answer = self._ask(login, "GET", f"{login.remote_id}/content_publishing_limit", params=params)
        for one in items(answer.object().get("data")) if answer.ok else ():
            used, total = count(one.get("quota_usage")), count(mapping(one.get("config")).get("quota_total"))
            if used is not None and total is not None and used >= total:
                note = f"{answer.host}: {used} of {total} posts of a day"
                raise RateLimited(wait=QUOTA_PAUSE, diagnostic=note, platform=self.title)

    def _comment(self, login: Login, post: Post, parent: str) -> Receipt:
        """Write a comment under a post of ours. Fields are not asked for: then it is made, and refused all the same."""
        answer = self._ask(
            login, "POST", f"{parent}/comments", form={"message": post.text}, irreversible=True
        )
        made = line(self._good(answer).object().get("id"))
        if not _ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a comment")
        return replace(self._published(login, parent), remote_id=made)

    def _find_comment(self, login: Login, post: Post, parent: str) -> Found:
        """Look for a comment of ours with these words; there is nothing but the words to know it by."""
        me = self.whoami(login).handle.removeprefix("@")
        params = {"fields": "id,text,timestamp,username", "limit": _PAGE}
        answer = self._good(self._ask(login, "GET", f"{parent}/comments", params=params))
        if not isinstance(answer.object().get("data"), list):
            raise answer.unclear("connector.bad_answer", diagnostic="no list of comments")
        for one in items(answer.object().get("data")):
            said, made = one.get("text"), line(one.get("id"))
            ours = line(one.get("username")) == me and isinstance(said, str) and alike(said, post.text)
            if ours and _ID.match(made):
                answer = self._good(self._ask(login, "GET", parent, params={"fields": "id,shortcode"}))
                return Found(replace(self._found(login, answer.object()), remote_id=made))
        return Found(None)

    def _measure(self, login: Login, remote_id: str) -> Counts:
        """Return a post's counts; where one name of an insight fails the whole question, each is asked for by itself."""
        asked = f"insights.metric({','.join(_INSIGHTS)})"
        answer = self._ask(login, "GET", remote_id, params={"fields": f"{_COUNTED},{asked}"})
        error, lacking, told = graph_error(answer), dict[Metric, Absence](), dict[str, int | None]()
        if error is not None and is_gone(error):
            return gone(self.metrics)
        if error is not None and error.code == 100:
            told, lacking = self._insights(login, remote_id)
            answer = self._counted(login, remote_id)
        node = self._good(answer).object()
        if line(node.get("id")) != remote_id:
            raise answer.unclear("connector.bad_answer", diagnostic="another post")
        return _counts(node, insights(node) | told, answer.at, lacking)

    def _counted(self, login: Login, remote_id: str) -> Answer:
        """Return what a post is counted by; a comment, which has no comments of its own, by less."""
        answer = self._ask(login, "GET", remote_id, params={"fields": _COUNTED})
        error = graph_error(answer)
        if error is None or error.code != 100:
            return answer
        return self._ask(login, "GET", remote_id, params={"fields": "id,timestamp,like_count"})

    def _insights(self, login: Login, remote_id: str) -> tuple[dict[str, int | None], dict[Metric, Absence]]:
        told, lacking = dict[str, int | None](), dict[Metric, Absence]()
        for name, metric in _INSIGHTS.items():
            answer = self._ask(login, "GET", f"{remote_id}/insights", params={"metric": name})
            error = graph_error(answer)
            if error is not None and error.code == 100:
                lacking[metric] = "not_offered"
            else:
                told |= insights({"insights": self._good(answer).object()})
        return told, lacking

    def _containers(self, login: Login) -> Containers:
        own = login.remote_id
        return Containers(
            partial(self._ask, login), self.title, f"{own}/media", f"{own}/media_publish", "status_code"
        )

    def _address(self, login: Login, shortcode: str) -> str:
        return f"{self._pages(login.base)}/p/{shortcode}/"


def _counts(
    node: Mapping[str, object],
    told: Mapping[str, int | None],
    now: datetime,
    lacking: Mapping[Metric, Absence],
) -> Counts:
    """Return the counts of a post; insights of a fresh one may be missing."""
    known: dict[Metric, int | None] = {
        "reactions": count(node.get("like_count")),
        "comments": count(node.get("comments_count")),
        **{metric: told.get(name) for name, metric in _INSIGHTS.items()},
    }
    at = moment(node.get("timestamp"))
    absent: dict[Metric, Absence] = {}
    if at is not None and now - at < _FRESH:
        absent = {metric: "too_young" for name, metric in _INSIGHTS.items() if name not in told}
    return seen(known, absent | dict(lacking))


def _unmarked(caption: str) -> str:
    """Return a caption without the signs of mentions, which are left out when it is read back."""
    return caption.replace("@", "")
