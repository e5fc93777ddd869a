"""X: publishes by one call that costs money, looks up on the own timeline, counts in batches of a hundred.

Facts are from X's own documentation and specification (API v2, August 2026) and recorded answers, read 2026-11. Assumed,
since nobody could confirm it: that a thread under the own post is not a reply that needs a mention, that refresh tokens can be
spent once, and that the own timeline shows a new post within a minute. A post with the same words as an earlier one is
refused; the refusal does not name it. Every call has a price, the dearest a post with a link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import ClassVar

from connectors.answers import Answer, items, line, mapping, moment
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
    Price,
    Problem,
    Profile,
    Receipt,
    Reply,
    Setting,
)
from connectors.checks import common_problems
from connectors.counts import gone
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, Refused
from connectors.post import Picture, Post
from connectors.secret import Secret
from connectors.text import alike
from connectors.x_calls import XCalls
from connectors.x_counts import FIELDS, PRIVATE, counts_of, is_young
from connectors.x_length import LINK, has_link, weighted

_ID = re.compile(r"[0-9]{1,30}\Z")
_KEY = re.compile(r"[0-9]{1,3}_[0-9]{1,30}\Z")
_NAME = re.compile(r"[A-Za-z0-9_]{1,30}\Z")
_ME = "user.fields=username,name,public_metrics"
_READ = "created_at,text,attachments,entities,referenced_tweets"
_PAGE, _PAGES = 100, 3
_SKEW = timedelta(minutes=5)
"""How far the platform's clock may lag behind ours in a look-up."""
_SAME = re.compile(r"duplicate", re.IGNORECASE)
"""The one word by which this refusal differs from others with the same type; the answers are not localised."""


class X(XCalls):
    """An account."""

    name: ClassVar[str] = "x"
    title: ClassVar[str] = "X"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "https://api.x.com", "Address of the API."),
        Setting("pages_url", "https://x.com", "Where people see posts, and say yes to our application."),
        Setting("client_id", "", "The client id of your own application at X."),
        Setting("client_secret", "", "Its client secret; empty for a public client.", secret=True),
        Setting("price", "0.015", "US dollars that a post costs (X's price list, April 2026)."),
        Setting("price_with_link", "0.20", "US dollars that a post with a link costs."),
    )
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of the API, where it is another", needed=False),
        LoginField(
            "access_token",
            secret=True,
            hint="A user's token with tweet.read tweet.write users.read media.write",
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=280,
        pictures=4,
        picture_bytes=5_000_000,
        picture_pixels=100_000_000,  # none is stated; this is beyond any rendition of ours
        picture_kinds=("image/jpeg", "image/png", "image/webp"),
        alt_length=1000,
        polls=True,
        poll_options=4,
        poll_option_length=25,
        poll_days=7,
        link_length=LINK,
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("views", "reactions", "comments", "shares", "saves", "clicks")
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "look_up"
    trusts_absence: ClassVar[timedelta | None] = timedelta(seconds=60)
    prefers_short: ClassVar[bool] = True
    measure_batch: ClassVar[int] = 100

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the weighted length: a link counts 23, an emoji 2."""
        return weighted(text)

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the platform would refuse about `post`, without network."""
        return common_problems(post, limits or self.limits, self.length(post.text), self.title)

    def price(self, post: Post) -> Price | None:
        """Return what a post costs; one with a link is thirteen times as dear."""
        which = "price_with_link" if has_link(post.text) else "price"
        return Price(Decimal(self.chosen[which]), "USD")

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Find the account that the token is for. A pasted token lives two hours: it is renewed only with consent."""
        base = self._base(base)
        secrets = {"access_token": Secret(typed["access_token"].reveal().strip())}
        return Connected(self.whoami(Login(base, "", secrets)), secrets)

    def whoami(self, login: Login) -> Profile:
        """Return the account that the login is for."""
        answer = self._good(self._ask(login, "GET", f"users/me?{_ME}"))
        node = mapping(answer.object().get("data"))
        number, username = line(node.get("id")), line(node.get("username"), 100)
        known = login.remote_id in ("", number)
        if not _ID.match(number) or not _NAME.match(username) or not known:
            raise answer.unclear("connector.bad_answer", diagnostic="another account")
        followers = mapping(node.get("public_metrics")).get("followers_count")
        return Profile(
            remote_id=number,
            handle=f"@{username}",
            title=line(node.get("name")) or username,
            address=f"{self._pages(login.base)}/{username}",
            followers=followers if isinstance(followers, int) and followers >= 0 else None,
            base=login.base,
        )

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Upload the pictures with their alternative texts; they are seen by nobody and kept for a day."""
        del key
        media = [self._upload(login, one, picture) for one in post.pictures]
        return {
            "media": [one for one, _ in media],
            "keys": [key for _, key in media if key],
            "at": at.isoformat(),
        }

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Make the post."""
        del key
        body: dict[str, object] = {"text": post.text}
        media = _listed(handle, "media")
        if media:
            body["media"] = {"media_ids": media}
        if post.poll is not None:
            body["poll"] = {"options": list(post.poll.options), "duration_minutes": post.poll.days * 1440}
        if post.reply_to is not None:
            body["reply"] = {"in_reply_to_tweet_id": post.reply_to}
        answer = self._ask(login, "POST", "tweets", json=body, irreversible=True)
        if answer.status == 403 and _SAME.search(self._told(answer)):
            return self._already_there(login, post, handle, answer)
        made = line(mapping(self._good(answer).object().get("data")).get("id"))
        if not _ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a post")
        return self._receipt(login, made)

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for the post on the own timeline since it was planned: by its pictures' keys, else by its words."""
        del key
        keys = set(_listed(handle, "keys")) if handle is not None else set()
        since = planned_at - _SKEW
        for node in self._own(login, since):
            made = line(node.get("id"))
            there = mapping(node.get("attachments")).get("media_keys")
            same = keys <= set(there) if keys and isinstance(there, list) else not keys and _says(node, post)
            if _ID.match(made) and same and _answers(node) == post.reply_to:
                return Found(self._receipt(login, made))
        return Found(None)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of up to a hundred posts in one call; those of a month ago by themselves, without clicks."""
        wanted = [one for one in dict.fromkeys(remote_ids) if _ID.match(one)]
        young = [one for one in wanted if is_young(one, self.wire.now())]
        found: dict[str, Counts] = {}
        for ids, fields in ((young, f"{FIELDS},{PRIVATE}"), ([x for x in wanted if x not in young], FIELDS)):
            if ids:
                found |= self._measure(login, ids, fields)
        return {one: found.get(one) or gone(self.metrics) for one in remote_ids}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return what others wrote below the post after `since`, of the last seven days."""
        query = f"query=conversation_id:{remote_id}&max_results=100&tweet.fields=created_at,author_id,text"
        answer = self._ask(login, "GET", f"tweets/search/recent?{query}")
        if answer.status in (400, 404):
            return []
        found = []
        for one in items(self._good(answer).object().get("data")):
            at, said = moment(one.get("created_at")), one.get("text")
            if at is not None and at > since and line(one.get("author_id")) != login.remote_id:
                text = unescape(said)[:8000] if isinstance(said, str) else ""
                found.append(Reply(line(one.get("id")), text, at, ""))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the post; one that is gone already counts as done."""
        answer = self._ask(login, "DELETE", f"tweets/{remote_id}")
        if answer.status != 404:
            self._good(answer)

    def _measure(self, login: Login, ids: Sequence[str], fields: str) -> dict[str, Counts]:
        answer = self._good(self._ask(login, "GET", f"tweets?ids={','.join(ids)}&tweet.fields={fields}"))
        body = answer.object()
        if not isinstance(body.get("data"), list) and not isinstance(body.get("errors"), list):
            raise answer.unclear("connector.bad_answer", diagnostic="no list of posts")
        told = {
            line(one.get("id")): counts_of(one, private=PRIVATE in fields) for one in items(body.get("data"))
        }
        return {one: told.get(one) or gone(self.metrics) for one in ids}

    def _already_there(self, login: Login, post: Post, handle: Json, refused: Answer) -> Receipt:
        """Tell what "duplicate content" means: an earlier attempt of ours went through, or an older post has these words."""
        try:
            found = self.find(login, post, "", handle, datetime.fromisoformat(str(handle["at"]))).receipt
        except ConnectorError:
            raise OutcomeUnknown(diagnostic="said to be there, not read", host=refused.host) from None
        if found is not None:
            return found
        raise Refused("connector.duplicate", diagnostic=f"{refused.host}: duplicate", platform=self.title)

    def _own(self, login: Login, since: datetime) -> Iterator[Mapping[str, object]]:
        """Yield the account's own posts, newest first, back to `since`.

        Raises: NotSent when there are so many that the look-up ends before `since`.
        """
        start = f"{since:%Y-%m-%dT%H:%M:%SZ}"
        path = f"users/{login.remote_id}/tweets?max_results={_PAGE}&start_time={start}&tweet.fields={_READ}"
        following = ""
        for _ in range(_PAGES):
            answer = self._good(self._ask(login, "GET", path + following))
            body = answer.object()
            if not isinstance(body.get("data"), list) and "meta" not in body:
                raise answer.unclear("connector.bad_answer", diagnostic="no timeline")
            for node in items(body.get("data")):
                at = moment(node.get("created_at"))
                if at is None or at >= since:
                    yield node
            token = line(mapping(body.get("meta")).get("next_token"))
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}", token):
                return
            following = f"&pagination_token={token}"
        raise NotSent("connector.look_up_incomplete", diagnostic="too many posts", platform=self.title)

    def _upload(self, login: Login, picture: Picture, fetch: FetchPicture) -> tuple[str, str]:
        kind = picture.mime.partition("/")[2]
        answer = self._good(
            self._ask(
                login,
                "POST",
                "media/upload",
                files={"media": (f"picture.{kind}", fetch(picture), picture.mime)},
                form={"media_category": "tweet_image"},
            )
        )
        node = mapping(answer.object().get("data"))
        made, key = line(node.get("id")), line(node.get("media_key"))
        if not _ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for an upload")
        told = {"id": made, "metadata": {"alt_text": {"text": picture.alt}}}
        self._good(self._ask(login, "POST", "media/metadata", json=told))
        return made, key if _KEY.match(key) else ""

    def _receipt(self, login: Login, made: str) -> Receipt:
        """Return the receipt; its address is built here, no answer decides it, and works without the account's name."""
        return Receipt(made, f"{self._pages(login.base)}/i/status/{made}")


def _listed(handle: Json, name: str) -> list[str]:
    given = handle.get(name)
    return [str(one) for one in given] if isinstance(given, list) else []


def _says(node: Mapping[str, object], post: Post) -> bool:
    """Return whether a post that was read says what ours says: links come back shortened, some signs as references."""
    told = node.get("text")
    if not isinstance(told, str):
        return False
    for one in items(mapping(node.get("entities")).get("urls")):
        short, whole = line(one.get("url")), line(one.get("expanded_url"), 2000)
        if short and whole:
            told = told.replace(short, whole)
    return alike(_bare(unescape(told)), _bare(post.text))


def _bare(text: str) -> str:
    """Return a text for comparison: a bare name is given a protocol, and an address at its root a slash, on the way."""
    return re.sub(r"https?://|/(?=\s|\Z)", "", unicodedata.normalize("NFC", text))


def _answers(node: Mapping[str, object]) -> str | None:
    """Return the id of the post that one answers."""
    for one in items(node.get("referenced_tweets")):
        if one.get("type") == "replied_to":
            return line(one.get("id"))
    return None
