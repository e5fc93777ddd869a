"""A municipality's own website on WordPress: a post with a slug of our own choice, and pictures in its media library.

Facts are from the REST API's handbook and core (6.x), read 2026-11, and from a WordPress 6.1 that the network's tests
publish to. Assumed: that the site lies at the root of its host,
that its API is at `/wp-json/`, and that a request still at work has ended after a minute. There is no idempotency key, and
a second post with the same slug gets `-2`: so the slug, which comes from the delivery, is looked up before anything is
sent again. Counting knows comments alone; who reads a page is nobody's business here.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors.addresses import base_address, public_link
from connectors.answers import Answer, count, items, line, mapping, moment, objects, read_json
from connectors.base import (
    Connected,
    Connector,
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
)
from connectors.checks import common_problems
from connectors.counts import gone, seen
from connectors.endings import failure
from connectors.errors import ConnectorError, LoginLost, Refused
from connectors.post import Picture, Post
from connectors.secret import Secret
from connectors.text import graphemes, links, plain
from connectors.wire import Files

_API = "/wp-json/wp/v2"
_MOST = 100
"""Things in one list, and comments that are given along with a post."""
_TITLE = 80
_STATES = "publish,future,draft,pending,private"
_NEEDED = ("publish_posts", "upload_files")
_BEAUTIFIED = re.compile(
    r"""["'`\[\]]"""  # straight quotes become curly, and what stands in brackets may be the name of a shortcode
    r"""|\.(?=\.)|(?<=\.)\."""  # three full stops, an ellipsis
    r"""|-(?!\w)|(?<!\w)-"""  # hyphens, dashes
    r"""|(?<=\d)x(?=\d)|\((?=tm\))"""  # the signs for times and for a trade mark
    r"""|(?<!\S)(?:[:;](?=\S)|8(?=-|O))"""  # smileys, pictures
    r"""|(?<=Wor)d(?=press)"""  # another capital
)
"""The signs by which WordPress knows what to replace on a page; as references it leaves them alone (seen with 6.1)."""


class WordPress(Connector):
    """A website."""

    name: ClassVar[str] = "wordpress"
    title: ClassVar[str] = "WordPress"
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of the website, such as https://www.kommune.no"),
        LoginField("user", secret=False, hint="Name of the user that is to publish, an author or more"),
        LoginField(
            "categories",
            secret=False,
            hint="Categories for the posts, by the ends of their addresses, such as: aktuelt. Empty for the site's own",
            needed=False,
        ),
        LoginField("app_password", secret=True, hint="The user's profile, Application Passwords"),
    )
    limits: ClassVar[Limits] = Limits(
        length=20_000,  # none is stated; this is beyond any text of a campaign
        pictures=10,
        picture_bytes=2_000_000,  # PHP's upload_max_filesize, where nobody has raised it
        picture_pixels=100_000_000,  # none is stated; this is beyond any rendition of ours
        picture_kinds=("image/jpeg", "image/png", "image/gif", "image/webp"),
        alt_length=1000,
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("comments",)
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "look_up"
    trusts_absence: ClassVar[timedelta | None] = timedelta(seconds=60)
    measure_batch: ClassVar[int] = 25

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length in graphemes; links count in full."""
        return graphemes(text)

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the site would refuse about `post`, without network."""
        return common_problems(post, limits or self.limits, self.length(post.text), self.title)

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Prove that the application password works on the site, and that its user may publish and upload."""
        base = base_address(base, allow_private=self.wire.allow_private)
        user = typed["user"].reveal().strip()
        # shown in groups; with or without blanks it is the same
        secrets = {
            "user": Secret(user),
            "app_password": Secret("".join(typed["app_password"].reveal().split())),
        }
        login = Login(base, "", secrets)
        me = self._me(login)
        able = mapping(me.get("capabilities"))
        if not all(able.get(one) is True for one in _NEEDED):
            raise LoginLost("connector.not_permitted", diagnostic="may not publish", platform=self.title)
        wanted = (
            typed["categories"].reveal().lower().replace(",", " ").split() if "categories" in typed else []
        )
        if wanted:
            secrets["categories"] = self._categories(login, wanted)
        return Connected(_profile(base, me), secrets)

    def _categories(self, login: Login, wanted: Sequence[str]) -> Secret:
        """Return the numbers of categories by the ends of their addresses.

        Raises: Refused naming those that the site does not have.
        """
        params = {"slug": ",".join(wanted), "per_page": "100", "_fields": "id,slug"}
        answer = self._ask(login, "GET", "/categories", params=params)
        if not answer.ok:
            raise self._failure(answer)
        there = {line(one.get("slug")): count(one.get("id")) for one in objects(answer)}
        missing = [one for one in wanted if not there.get(one)]
        if missing:
            raise Refused("connector.no_category", categories=", ".join(missing), platform=self.title)
        return Secret(" ".join(str(there[one]) for one in wanted))

    def whoami(self, login: Login) -> Profile:
        """Return the user that publishes on the site."""
        return _profile(login.base, self._me(login))

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Put the pictures into the media library, and choose the slug: the same one at every attempt."""
        del at
        return {
            "slug": slug(post, key),
            "media": [self._upload(login, one, picture) for one in post.pictures],
        }

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Create the post, public at once, under our slug; a page follows no other, so what would is refused."""
        del key
        if post.reply_to is not None:
            raise Refused("connector.cannot_follow", platform=self.title)
        body: dict[str, object] = {
            "title": _literal(heading(post)),
            "content": content(post, items(handle.get("media"))),
            "slug": str(handle["slug"]),
            "status": "publish",
        }
        media = items(handle.get("media"))
        if media:
            body["featured_media"] = media[0].get("id")
        if "categories" in login.secrets:
            body["categories"] = [int(one) for one in login.secrets["categories"].reveal().split()]
        answer = self._ask(login, "POST", "/posts", json=body, irreversible=True)
        if not answer.ok:
            raise self._failure(answer)
        made = answer.object()
        if line(made.get("status")) == "pending":  # by a rule of the site; a person there decides
            raise Refused(
                "connector.held_for_review", diagnostic=f"{answer.host}: pending", platform=self.title
            )
        proof = _receipt(login, made)
        if proof is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a post")
        return proof

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for our slug, in whatever state a person has put the post since."""
        del planned_at
        own = slug(post, key) if handle is None else str(handle["slug"])
        params = {"slug": own, "status": _STATES, "_fields": "id,link,slug,status"}
        answer = self._ask(login, "GET", "/posts", params=params)
        if not answer.ok:
            raise self._failure(answer)
        listed = objects(answer)
        there = [one for one in listed if one.get("slug") == own]
        if not there and answer.headers.get("x-wp-total", "0") not in ("0", str(len(listed))):
            # there is one that somebody made a draft of another author's: not ours to see, but not absent either
            raise answer.unclear("connector.bad_answer", diagnostic="a post that this user may not see")
        return Found(_receipt(login, there[0]) if there else None)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the comments of up to 25 posts in one call; a hundred or more are not counted."""
        wanted = list(dict.fromkeys(remote_ids))
        params = {
            "include": ",".join(wanted), "per_page": str(_MOST), "_embed": "replies",
            "_fields": "id,_links,_embedded",
        }  # fmt: skip
        answer = self._ask(login, "GET", "/posts", params=params)
        if not answer.ok:
            raise self._failure(answer)
        known = {str(one.get("id")): one for one in objects(answer)}
        return {
            one: seen({"comments": _comments(known[one])}) if one in known else gone(self.metrics)
            for one in remote_ids
        }

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return approved comments under the post after `since`."""
        after = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # without Z, by the site's own clock
        params = {"post": remote_id, "after": after, "per_page": str(_MOST), "order": "desc"}
        answer = self._ask(login, "GET", "/comments", params=params)
        if not answer.ok:
            raise self._failure(answer)
        found = []
        for one in objects(answer):
            at = moment(f"{line(one.get('date_gmt'))}Z")
            said = mapping(one.get("content")).get("rendered")
            if at is not None and at > since and str(one.get("author")) != login.remote_id:
                text = plain(said) if isinstance(said, str) else ""
                found.append(Reply(str(one.get("id")), text, at, line(one.get("author_name"))))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Put the post into the bin; one that is there or gone already counts as done."""
        answer = self._ask(login, "DELETE", f"/posts/{_number(remote_id)}")
        if not answer.ok and answer.status not in (404, 410):
            raise self._failure(answer)

    def edit(self, login: Login, remote_id: str, post: Post, picture: FetchPicture) -> Receipt:
        """Replace heading and content; the pictures go up anew, and the address stays."""
        media = [self._upload(login, one, picture) for one in post.pictures]
        body = {"title": _literal(heading(post)), "content": content(post, media)}
        answer = self._ask(login, "POST", f"/posts/{_number(remote_id)}", json=body)
        if not answer.ok:
            raise self._failure(answer)
        made = answer.object()
        if line(made.get("status")) == "trash":  # it takes the words even there, and shows them to nobody
            raise Refused(diagnostic=f"{answer.host}: in the bin", platform=self.title)
        proof = _receipt(login, made)
        if proof is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a post")
        return proof

    def _me(self, login: Login) -> Mapping[str, object]:
        answer = self._ask(login, "GET", "/users/me", params={"context": "edit"})
        if answer.status == 404:
            raise Refused("connector.other_platform", diagnostic=f"{answer.host}: 404", platform=self.title)
        if not answer.ok:
            raise self._failure(answer)
        me = answer.object()
        if not isinstance(me.get("id"), int):
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a user")
        return me

    def _upload(self, login: Login, picture: Picture, fetch: FetchPicture) -> Mapping[str, object]:
        kind = picture.mime.partition("/")[2]
        answer = self._ask(
            login,
            "POST",
            "/media",
            files={"file": (f"{picture.sha256[:16]}.{kind}", fetch(picture), picture.mime)},
            form={"alt_text": picture.alt},
        )
        if answer.status == 500 and _code(answer) == "rest_upload_unknown_error":
            # what it says to a picture beyond its own limit or of a kind it does not take, and it will say so again
            raise Refused(diagnostic=f"{answer.host}: upload declined", platform=self.title)
        if not answer.ok:
            raise self._failure(answer)
        made = answer.object()
        number, address = made.get("id"), public_link(made.get("source_url"), login.base)
        if not isinstance(number, int) or isinstance(number, bool) or address is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no id or address for an upload")
        return {"id": number, "address": address, "alt": picture.alt}

    def _ask(
        self,
        login: Login,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        irreversible: bool = False,
    ) -> Answer:
        return self.wire.call(
            method,
            f"{login.base}{_API}{path}",
            login=login.secrets["app_password"],
            user=login.secrets["user"],
            params=params,
            json=json,
            form=form,
            files=files,
            irreversible=irreversible,
        )

    def _failure(self, answer: Answer) -> ConnectorError:
        """Return the error for an answer other than success; a login that is stripped on the way looks like none."""
        return failure(answer, self.title)


def slug(post: Post, key: str) -> str:
    """Return the last part of the post's address: its first words, and twelve signs of the delivery's own key."""
    words = unicodedata.normalize("NFKC", heading(post)).lower()
    for sign, plain_one in (("æ", "ae"), ("ø", "o"), ("å", "a")):
        words = words.replace(sign, plain_one)
    words = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    words = "-".join(re.findall(r"[a-z0-9]+", words)[:8])[:60].strip("-")
    return f"{words or 'innlegg'}-{re.sub('[^0-9a-f]', '', key.lower())[:12]}"


def heading(post: Post) -> str:
    """Return the heading of a page: the text's first line, or as many whole words of it as fit."""
    first = next((one.strip() for one in post.text.splitlines() if one.strip()), "")
    if graphemes(first) <= _TITLE:
        return first
    whole = first[:_TITLE].rpartition(" ")[0]
    return f"{whole or first[:_TITLE]} …"


def content(post: Post, media: Sequence[Mapping[str, object]]) -> str:
    """Return the post as HTML that says its language: paragraphs, links, then the pictures with their texts."""
    paragraphs = [one for one in re.split(r"\n\s*\n", post.text) if one.strip()]
    pieces = [f"<p>{_linked(one.strip())}</p>" for one in paragraphs]
    for one in media:
        source, alt = _literal(line(one.get("address"), 2000)), _literal(line(one.get("alt"), 2000))
        pieces.append(f'<figure class="wp-block-image"><img src="{source}" alt="{alt}"/></figure>')
    return f'<div lang="{html.escape(post.language)}">{"".join(pieces)}</div>'


def _linked(text: str) -> str:
    pieces, done = [], 0
    for link in links(text):
        address = _literal(link.value)
        pieces += [_literal(text[done : link.start]), f'<a href="{address}">{address}</a>']
        done = link.end
    return "".join([*pieces, _literal(text[done:])]).replace("\n", "<br/>")


def _literal(text: str) -> str:
    """Return HTML that shows exactly `text`: a site takes a heading for HTML too, and beautifies what it can read."""
    pieces, done = [], 0
    for one in _BEAUTIFIED.finditer(text):
        pieces += [html.escape(text[done : one.start()]), f"&#{ord(one[0])};"]
        done = one.end()
    return "".join([*pieces, html.escape(text[done:])])


def _profile(base: str, me: Mapping[str, object]) -> Profile:
    host = base.partition("://")[2]
    name = line(me.get("slug")) or str(me.get("id"))
    return Profile(
        str(me.get("id")), f"{name}@{host}", line(me.get("name")) or name, f"{base}/", None, base=base
    )


def _receipt(login: Login, made: Mapping[str, object]) -> Receipt | None:
    number = made.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        return None
    return Receipt(str(number), public_link(made.get("link"), login.base) or f"{login.base}/?p={number}")


def _comments(post: Mapping[str, object]) -> int | None:
    """Return how many comments were given along; none at all are left out, and a full list may not be the whole."""
    if "_embedded" not in post:
        return 0
    lists = mapping(post.get("_embedded")).get("replies")
    first = lists[0] if isinstance(lists, list) and lists else None
    return len(first) if isinstance(first, list) and len(first) < _MOST else None


def _code(answer: Answer) -> str:
    try:
        return line(mapping(read_json(answer.body)).get("code"))
    except ValueError:
        return ""


def _number(remote_id: str) -> str:
    return remote_id if re.fullmatch(r"[0-9]{1,19}", remote_id) else "0"
