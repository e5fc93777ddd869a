"""Threads: publishes a container that was made before, once; looks up by the container and by the profile's own list.

Facts are from Meta's documentation and implementers' reports (Threads API v1.0), read 2026-11; there is no public server
source. Assumed, since nobody could confirm it: that a token in a header is taken everywhere, that a sign that is no emoji
counts one, that a profile's list shows a new post within a minute, and that a container that is published twice makes one
post. There is no language of a post, no edit and no idempotency key; the container is what is spent once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from connectors import graph_token
from connectors.addresses import base_address
from connectors.answers import Answer, items, line, moment
from connectors.base import (
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
from connectors.counts import gone, seen, total
from connectors.graph import graph_error, insights, is_gone
from connectors.post import Post
from connectors.secret import Secret
from connectors.text import alike, is_emoji, links, signs
from connectors.threads_consent import ThreadsConsent

_ID = re.compile(r"[0-9]{1,40}\Z")
_NAME = re.compile(r"[A-Za-z0-9._]{1,60}\Z")
_LINKS = 5
"""Different addresses in one post; refused beyond that since 22 December 2025."""
_LIST_FIELDS = "id,text,timestamp,shortcode,media_type"
_PAGE = "50"
_SKEW = timedelta(minutes=5)
"""How far the platform's clock may lag behind ours in a look-up."""
_COUNTED = "views,likes,replies,reposts,quotes,shares"


class Threads(ThreadsConsent):
    """A profile."""

    name: ClassVar[str] = "threads"
    title: ClassVar[str] = "Threads"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "https://graph.threads.net", "Address of the API."),
        Setting(
            "pages_url", "https://www.threads.net", "Where people see posts, and say yes to our application."
        ),
        Setting("client_id", "", "The number of your own application with the Threads use case."),
        Setting("client_secret", "", "Its secret.", secret=True),
        Setting("version", "v1.0", "Version of the API."),
    )
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of the API, where it is another", needed=False),
        LoginField(
            "access_token",
            secret=True,
            hint="A long-lived token with threads_basic threads_content_publish threads_manage_insights "
            "threads_read_replies threads_delete",
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=500,
        pictures=20,
        picture_bytes=8_000_000,
        picture_pixels=100_000_000,  # none is stated; this is beyond any rendition of ours
        picture_kinds=("image/jpeg", "image/png"),
        alt_length=1000,
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("views", "reactions", "comments", "shares")
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "single_use"
    trusts_absence: ClassVar[timedelta | None] = timedelta(seconds=60)
    measure_batch: ClassVar[int] = 1

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length as the documentation has it: code points, but an emoji counts the bytes of its UTF-8."""
        if text.isascii():
            return len(text)
        return sum(len(sign.encode()) if is_emoji(sign) else len(sign) for sign in signs(text))

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the platform would refuse about `post`, without network."""
        problems = common_problems(post, limits or self.limits, self.length(post.text), self.title)
        different = len({one.value for one in links(post.text)})
        if different > _LINKS:
            values: dict[str, str | int] = {"limit": _LINKS, "length": different, "platform": self.title}
            problems.append(Problem("connector.too_many_links", values))
        return [*problems, *self.hidden_pictures(post)]

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Find the profile that the token is for, and find out how long it lasts by renewing it."""
        base = base_address(base.strip() or self.chosen["url"], allow_private=self.wire.allow_private)
        token = Secret(typed["access_token"].reveal().strip())
        login = Login(base, "", {"access_token": token})
        answer = self._good(self._ask(login, "GET", "me", params={"fields": "id,username,name"}))
        profile = self._profile(login, answer)
        renewed = graph_token.renewed(self._renewal(login), token, self.title)
        return Connected(profile, renewed)

    def whoami(self, login: Login) -> Profile:
        """Return the profile that the token is for."""
        answer = self._good(self._ask(login, "GET", "me", params={"fields": "id,username,name"}))
        profile = self._profile(login, answer)
        if login.remote_id not in ("", profile.remote_id):
            raise answer.unclear("connector.bad_answer", diagnostic="another profile")
        return profile

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Make the container that publishing spends; it is seen by nobody and ends after a day."""
        del picture
        about = {"text": post.text} | ({"reply_to_id": post.reply_to} if post.reply_to else {})
        if post.pictures:
            made = self._prepared(login, post, key, about, {"media_type": "IMAGE"})
        else:
            card = {"link_attachment": post.card.address} if post.card is not None else {}
            made = self._containers(login).make({"media_type": "TEXT", **about, **card})
            self._containers(login).wait_for(made, self.wire.pause)
        return {"container": made, "at": at.isoformat()}

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Spend the container."""
        del post, key
        return self._published(login, self._containers(login).spend(line(handle.get("container"))))

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for the post among the profile's own; where it is not, the container says whether it was spent."""
        del key
        path = "me/threads" if post.reply_to is None else "me/replies"
        params = {"fields": _LIST_FIELDS, "limit": _PAGE}
        for node in self._listed(login, path, params, planned_at - _SKEW, "timestamp"):
            text = node.get("text")
            if _ID.match(line(node.get("id"))) and isinstance(text, str) and alike(text, post.text):
                return Found(self._found(login, node))
        self._must_be_unspent(login, handle)
        return Found(None)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of each post, one call for each: several cannot be asked about at once."""
        return {one: self._measure(login, one) for one in dict.fromkeys(remote_ids)}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return what others wrote below the post after `since`."""
        fields = "id,text,timestamp,username,is_reply_owned_by_me"
        answer = self._ask(
            login, "GET", f"{remote_id}/conversation", params={"fields": fields, "reverse": "true"}
        )
        error = graph_error(answer)
        if error is not None and is_gone(error):
            return []
        found = []
        for one in items(self._good(answer).object().get("data")):
            at, said = moment(one.get("timestamp")), one.get("text")
            if at is not None and at > since and one.get("is_reply_owned_by_me") is not True:
                text = said[:8000] if isinstance(said, str) else ""
                found.append(Reply(line(one.get("id")), text, at, line(one.get("username"))))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the post; one that is gone already counts as done. A hundred a day are allowed."""
        answer = self._ask(login, "DELETE", remote_id)
        error = graph_error(answer)
        if error is None or not is_gone(error):
            self._good(answer)

    def renewal_due(self, login: Login, now: datetime) -> bool:
        """Return whether the token ends within ten days."""
        return graph_token.is_due(login.secrets, now)

    def renew(self, login: Login, now: datetime) -> Mapping[str, Secret] | None:
        """Return the token for another sixty days; one that cannot be renewed today is used on and tried again.

        Raises: LoginLost where it has ended.
        """
        if not self.renewal_due(login, now):
            return None
        return graph_token.renewed(self._renewal(login), login.secrets["access_token"], self.title)

    def _measure(self, login: Login, remote_id: str) -> Counts:
        answer = self._ask(login, "GET", f"{remote_id}/insights", params={"metric": _COUNTED})
        error = graph_error(answer)
        if error is not None and is_gone(error):
            return gone(self.metrics)
        body = self._good(answer).object()
        if not isinstance(body.get("data"), list):
            raise answer.unclear("connector.bad_answer", diagnostic="no list of counts")
        told = insights({"insights": body})
        known: dict[Metric, int | None] = {
            "views": told.get("views"),
            "reactions": told.get("likes"),
            "comments": told.get("replies"),
            "shares": total(told.get("reposts"), told.get("quotes"), told.get("shares")),
        }
        return seen(known)

    def _profile(self, login: Login, answer: Answer) -> Profile:
        node = answer.object()
        number, username = line(node.get("id")), line(node.get("username"), 100)
        if not _ID.match(number) or not _NAME.match(username):
            raise answer.unclear("connector.bad_answer", diagnostic="no profile")
        return Profile(
            remote_id=number,
            handle=f"@{username}",
            title=line(node.get("name")) or username,
            address=f"{self._pages(login.base)}/@{username}",
            followers=None,
            base=login.base,
        )

    def _containers(self, login: Login) -> Containers:
        return Containers(partial(self._ask, login), self.title, "me/threads", "me/threads_publish", "status")

    def _address(self, login: Login, shortcode: str) -> str:
        return f"{self._pages(login.base)}/t/{shortcode}"

    def _renewal(self, login: Login) -> Answer:
        address = f"{login.base}/refresh_access_token"
        params = {"grant_type": "th_refresh_token"}
        return self.wire.call("GET", address, login=login.secrets["access_token"], params=params)
