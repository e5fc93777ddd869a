"""Facebook Pages: publishes by one call to the Page's feed, looks up by reading the Page back, counts in batches.

Facts are from Meta's documentation and other clients' recordings (Graph API v25.0), read 2026-11. Assumed, since nobody
could confirm it: that a Page's own posts are readable ten minutes after they were taken, that ten pictures fit in one
post, that an alternative text may have 1,000 characters, and that `shares` is left out where there are none. Groups and
personal profiles cannot be published to. There is no idempotency key, and status 500 does not mean that nothing was
posted: whatever is not a clear yes or no is looked up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from connectors import graph_pages
from connectors.addresses import base_address, public_link
from connectors.answers import Answer, count, items, line, mapping, moment
from connectors.base import (
    Absence,
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
from connectors.counts import gone
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, RateLimited, Refused
from connectors.facebook_node import INSIGHTS, attached, counts, photos_of, says
from connectors.graph import (
    NEARLY_FULL,
    graph_error,
    usage,
)
from connectors.graph_consent import GraphConsent
from connectors.graph_pages import ID
from connectors.post import Picture, Post
from connectors.secret import Secret

_PAGE_FIELDS = "id,name,username,link,followers_count,category"
_PAGE = 100
"""Posts on one page of a look-up, the most that is given."""
_PAGES = 5
_SKEW = timedelta(minutes=5)
"""How far the platform's clock may lag behind ours in a look-up."""


class Facebook(GraphConsent):
    """A Page."""

    name: ClassVar[str] = "facebook"
    title: ClassVar[str] = "Facebook"
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("url", "https://graph.facebook.com", "Address of the Graph API."),
        Setting("pages_url", "https://www.facebook.com", "Where people see posts."),
        Setting(
            "version", "v25.0", "Version of the Graph API; one that has ended is answered by an older one."
        ),
        Setting("consent_url", "https://www.facebook.com", "Where people say yes to our application."),
        Setting("client_id", "", "The number of your own application at Meta."),
        Setting("client_secret", "", "Its secret.", secret=True),
    )
    rights: ClassVar[tuple[str, ...]] = (
        "pages_show_list",
        "pages_manage_posts",
        "pages_read_engagement",
        "pages_manage_engagement",
        "pages_read_user_content",
        "read_insights",
    )
    page_fields: ClassVar[str] = _PAGE_FIELDS
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of the Graph API, where it is another", needed=False),
        LoginField("page", secret=False, hint="The Page's id, where the token reaches several", needed=False),
        LoginField(
            "access_token",
            secret=True,
            hint="A Page's token, or a system user's, with pages_manage_posts pages_read_engagement read_insights",
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=63_206,
        pictures=10,
        picture_bytes=4_000_000,  # sub-code 1366046
        picture_pixels=100_000_000,  # none is stated; this is beyond any rendition of ours
        picture_kinds=("image/jpeg", "image/png"),
        alt_length=1000,
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("reach", "views", "reactions", "comments", "shares", "clicks")
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "look_up"
    trusts_absence: ClassVar[timedelta | None] = timedelta(minutes=10)
    measure_batch: ClassVar[int] = 25

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length in code points; links count in full."""
        return len(text)

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the platform would refuse about `post`, without network."""
        return common_problems(post, limits or self.limits, self.length(post.text), self.title)

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Find the Page that the token is for; of a person's or a system user's token the Page's own one is kept.

        Raises: Refused with the Pages to choose from; LoginLost where the token may not publish there.
        """
        base = base_address(base.strip() or self.chosen["url"], allow_private=self.wire.allow_private)
        login = Login(base, "", {"access_token": Secret(typed["access_token"].reveal().strip())})
        wanted = typed["page"].reveal().strip() if "page" in typed else ""
        me = self._good(self._ask(login, "GET", "me", params={"fields": _PAGE_FIELDS})).object()
        if not graph_pages.is_page(me):
            login = self._page_of(login, wanted)
            me = self._good(
                self._ask(login, "GET", login.remote_id, params={"fields": _PAGE_FIELDS})
            ).object()
        return Connected(self._profile(base, me), login.secrets)

    def whoami(self, login: Login) -> Profile:
        """Return the Page that the token is for."""
        answer = self._good(self._ask(login, "GET", login.remote_id, params={"fields": _PAGE_FIELDS}))
        if line(answer.object().get("id")) != login.remote_id:
            raise answer.unclear("connector.bad_answer", diagnostic="another Page")
        return self._profile(login.base, answer.object())

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Upload the pictures unpublished and return their ids, which prove in a look-up whose post it is."""
        del key
        return {"photos": [self._upload(login, one, picture) for one in post.pictures], "at": at.isoformat()}

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Put the post on the Page, or a comment under the post that it follows."""
        photos = photos_of(handle)
        if post.reply_to is not None:
            body: dict[str, object] = {"message": post.text}
            if photos:
                body["attachment_id"] = photos[0]
            answer = self._ask(login, "POST", f"{post.reply_to}/comments", json=body, irreversible=True)
        else:
            body = {"message": post.text}
            if photos:
                body["attached_media"] = [{"media_fbid": one} for one in photos]
            elif post.card is not None:
                body["link"] = post.card.address
            answer = self._ask(login, "POST", f"{login.remote_id}/feed", json=body, irreversible=True)
        error = graph_error(answer)
        if error is not None and error.duplicate:
            return self._already_there(login, post, key, handle, answer)
        made = line(self._good(answer).object().get("id"))
        if not ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a post")
        return self._receipt(login, made)

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for the post on the Page since it was planned: by its pictures' ids, else by its words."""
        del key
        photos = set(photos_of(handle)) if handle is not None else set()
        since = planned_at - _SKEW
        for node in self._own(login, post, since):
            made, author = line(node.get("id")), line(mapping(node.get("from")).get("id"))
            if author not in ("", login.remote_id):
                continue  # under a post anybody may say the same
            there = attached(node)
            same = photos <= there if photos else says(node, post) and len(there) == len(post.pictures)
            if ID.match(made) and same:
                return Found(self._receipt(login, made))
        return Found(None)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of up to 25 posts in one call; where a name of an insight has died, of each name alone."""
        wanted = list(dict.fromkeys(remote_ids))
        answer = self._nodes(login, wanted, tuple(INSIGHTS))
        error = graph_error(answer)
        if error is not None and error.missing and len(wanted) > 1:
            return {one: self.measure(login, [one])[one] for one in wanted}
        if error is not None and error.missing:
            return {one: gone(self.metrics) for one in wanted}
        if error is not None and error.code == 100:
            return self._measure_by_name(login, wanted)
        nodes = self._good(answer).object()
        return {one: counts(nodes, one, self.metrics, answer.at) for one in remote_ids}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return what others wrote below the post after `since`; who wrote it is often not told."""
        fields = "id,message,created_time,from"
        params = {"filter": "stream", "order": "reverse_chronological", "fields": fields, "limit": "50"}
        answer = self._ask(login, "GET", f"{remote_id}/comments", params=params)
        error = graph_error(answer)
        if error is not None and error.missing:
            return []
        found = []
        for one in items(self._good(answer).object().get("data")):
            at, author = moment(one.get("created_time")), mapping(one.get("from"))
            if at is not None and at > since and line(author.get("id")) != login.remote_id:
                said = one.get("message")
                text = said[:8000] if isinstance(said, str) else ""
                found.append(Reply(line(one.get("id")), text, at, line(author.get("name"))))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the post; one that is gone already counts as done."""
        answer = self._ask(login, "DELETE", remote_id)
        error = graph_error(answer)
        if error is None or not error.missing:
            self._good(answer)

    def edit(self, login: Login, remote_id: str, post: Post, picture: FetchPicture) -> Receipt:
        """Replace the words; pictures stay, and only what our own application posted can be edited."""
        del picture
        self._good(self._ask(login, "POST", remote_id, json={"message": post.text}))
        return self._receipt(login, remote_id)

    def _reached(self, login: Login, page: Mapping[str, object]) -> Connected | None:
        return Connected(self._profile(login.base, page), login.secrets)

    def _page_of(self, login: Login, wanted: str) -> Login:
        """Return the own login of the wanted Page, or of the only one there is."""
        params = {"fields": "id,name,access_token,tasks", "limit": "100"}
        answer = self._good(self._ask(login, "GET", "me/accounts", params=params))
        page = graph_pages.wanted_page(items(answer.object().get("data")), wanted, self.title)
        return Login(login.base, line(page.get("id")), {"access_token": graph_pages.token_of(page)})

    def _profile(self, base: str, node: Mapping[str, object]) -> Profile:
        page, name = line(node.get("id")), line(node.get("name"))
        if not ID.match(page):
            raise NotSent("connector.bad_answer", diagnostic="no id for a Page", host=self.title)
        username = line(node.get("username"), 100)
        return Profile(
            remote_id=page,
            handle=f"@{username}" if username else name or page,
            title=name or username or page,
            address=public_link(node.get("link"), base) or f"{self._pages(base)}/{page}",
            followers=count(node.get("followers_count")),
            base=base,
        )

    def _upload(self, login: Login, picture: Picture, fetch: FetchPicture) -> str:
        kind = picture.mime.partition("/")[2]
        answer = self._ask(
            login,
            "POST",
            f"{login.remote_id}/photos",
            files={"source": (f"picture.{kind}", fetch(picture), picture.mime)},
            form={"published": "false", "alt_text_custom": picture.alt},
        )
        made = line(self._good(answer).object().get("id"))
        if not ID.match(made):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for an upload")
        used = usage(answer)
        if used.percent >= NEARLY_FULL:  # before the wall is hit, not after; what is uploaded stays unseen
            raise RateLimited(wait=used.regain, diagnostic=f"{used.percent} % used", platform=self.title)
        return made

    def _already_there(self, login: Login, post: Post, key: str, handle: Json, refused: Answer) -> Receipt:
        """Tell what "you posted this already" means: an earlier attempt of ours went through, or it is another post."""
        try:
            found = self.find(login, post, key, handle, datetime.fromisoformat(str(handle["at"]))).receipt
        except ConnectorError:
            raise OutcomeUnknown(diagnostic="said to be there, not read", host=refused.host) from None
        if found is not None:
            return found
        raise Refused("connector.duplicate", diagnostic=f"{refused.host}: duplicate", platform=self.title)

    def _own(self, login: Login, post: Post, since: datetime) -> Iterator[Mapping[str, object]]:
        """Return the Page's own posts, or its comments under the post that is followed, back to `since`.

        Raises: NotSent when there are so many that the look-up ends before `since`.
        """
        if post.reply_to is not None:
            path, fields = f"{post.reply_to}/comments", "id,message,created_time,from,attachment{type,target}"
        else:
            attachments = "attachments{type,target,subattachments{type,target}}"
            path, fields = f"{login.remote_id}/published_posts", f"id,message,created_time,{attachments}"
        return self._listed(login, path, {"fields": fields, "limit": str(_PAGE)}, since, "created_time")

    def _nodes(self, login: Login, ids: Sequence[str], names: Sequence[str]) -> Answer:
        fields = [
            "id",
            "created_time",
            "shares",
            "reactions.limit(0).summary(true)",
            "comments.limit(0).summary(true)",
        ]
        if names:
            fields.append(f"insights.metric({','.join(names)})")
        return self._ask(login, "GET", "", params={"ids": ",".join(ids), "fields": ",".join(fields)})

    def _measure_by_name(self, login: Login, ids: Sequence[str]) -> dict[str, Counts]:
        """One dead name fails the whole question: ask without insights, then for each name by itself."""
        answer = self._good(self._nodes(login, ids, ()))
        found = {one: dict(mapping(answer.object().get(one))) for one in ids}
        lacking: dict[Metric, Absence] = {}
        for name, metric in INSIGHTS.items():
            if usage(answer).percent >= NEARLY_FULL:
                lacking[metric] = "fetch_failed"
                continue
            answer = self._nodes(login, ids, (name,))
            error = graph_error(answer)
            if error is not None and error.code == 100:
                lacking[metric] = "not_offered"
                continue
            told = self._good(answer).object()
            for one, node in found.items():
                more = items(mapping(mapping(told.get(one)).get("insights")).get("data"))
                known = items(mapping(node.get("insights")).get("data"))
                node["insights"] = {"data": [*known, *more]}
        return {one: counts(found, one, self.metrics, answer.at, lacking) for one in ids}

    def _receipt(self, login: Login, made: str) -> Receipt:
        """Return the receipt; its address is built here, no answer decides it."""
        return Receipt(made, f"{self._pages(login.base)}/{made}")
