"""Bluesky, that is the AT Protocol: publishes records under keys of our own choice on the account's own server (PDS).

Facts are from the lexicons and the reference PDS (0.5.35), read 2026-11. The record key is derived from
the delivery, so that publishing again, at any time and by anybody, changes nothing. It makes no mentions (a handle
would have to be looked up, and may change hands) and uses app passwords, not OAuth (which needs signed requests).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from connectors.addresses import base_address
from connectors.answers import Answer, count, items, line, mapping, moment
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
from connectors.bluesky_record import POST, address, bare_record, parts, record_key
from connectors.bluesky_session import ends_soon, home_server, is_did, tokens
from connectors.checks import common_problems
from connectors.counts import gone, seen, total
from connectors.endings import failure
from connectors.errors import ConnectorError, LoginLost, NotSent, OutcomeUnknown, Refused, Scope
from connectors.post import LinkCard, Picture, Post
from connectors.secret import Secret
from connectors.text import graphemes

_ENTRY = "https://bsky.social"
_PAGES = "https://bsky.app"
_BYTES = 3000  # UTF-8 bytes of text: lexicon app.bsky.feed.post
_THUMB = 1_000_000  # bytes of a card's picture: lexicon app.bsky.embed.external


class Bluesky(Connector):
    """An account on a personal data server of the AT Protocol."""

    name: ClassVar[str] = "bluesky"
    title: ClassVar[str] = "Bluesky"
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of your server, else bsky.social", needed=False),
        LoginField("handle", secret=False, hint="Your handle, such as kommune.bsky.social"),
        LoginField("app_password", secret=True, hint="Settings, Privacy and security, App passwords"),
    )
    limits: ClassVar[Limits] = Limits(
        length=300,  # graphemes: lexicon app.bsky.feed.post
        pictures=4,  # lexicon app.bsky.embed.images
        picture_bytes=2_000_000,  # lexicon app.bsky.embed.images
        picture_pixels=100_000_000,  # none is stated; this is beyond any rendition of ours
        picture_kinds=("image/jpeg", "image/png", "image/webp"),
        alt_length=2000,  # the lexicon has none; the platform's own app stops here
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("reactions", "comments", "shares")
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "own_id"
    trusts_absence: ClassVar[timedelta | None] = timedelta(seconds=5)
    """A PDS commits before it answers and reads its own writes; this is for a request still on its way."""
    measure_batch: ClassVar[int] = 25  # getPosts takes 25 addresses

    def length(self, text: str, _: Limits | None = None) -> int:
        """Return the length in graphemes; links count in full."""
        return graphemes(text)

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the server would refuse about `post`, without network."""
        problems = common_problems(post, limits or self.limits, self.length(post.text), self.title)
        size = len(post.text.encode())
        if size > _BYTES:
            values: dict[str, str | int] = {"limit": _BYTES, "length": size, "platform": self.title}
            problems.append(Problem("connector.too_many_bytes", values))
        if post.card is not None and post.pictures:
            problems.append(Problem("connector.card_and_pictures", {"platform": self.title}))
        if post.card is not None and post.card.picture is not None and post.card.picture.size > _THUMB:
            values = {"limit": _THUMB, "length": post.card.picture.size, "platform": self.title}
            problems.append(Problem("connector.card_picture_bytes", values))
        return problems

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Log in with handle and app password, and move to the server the account really lives on.

        The secrets are the session's two tokens, and the app password: should the refresh token be refused (it lives
        90 days, and a restored backup holds a spent one), the account logs in again without a person.
        """
        base = base_address(base.strip() or _ENTRY, allow_private=self.wire.allow_private)
        handle = typed["handle"].reveal().strip().removeprefix("@")
        password = Secret(typed["app_password"].reveal().strip())
        session = self._log_in(base, handle, password)
        did = line(session.get("did"))
        home = home_server(session, base, self.wire.allow_private)
        login = Login(home, did, {**tokens(session), "app_password": password})
        return Connected(self._profile(login, line(session.get("handle")) or handle), login.secrets)

    def whoami(self, login: Login) -> Profile:
        """Return whom the session belongs to."""
        session = self._get(login, "com.atproto.server.getSession", {}).object()
        if line(session.get("did")) != login.remote_id:
            raise LoginLost(diagnostic="the session is another account's", platform=self.title)
        return self._profile(login, line(session.get("handle")))

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Upload the pictures and build the whole record with its key; the same delivery gives the same bytes."""
        record = bare_record(post, at)
        if post.reply_to is not None:
            record["reply"] = self._reply(login, post.reply_to)
        embed = self._embed(login, post, picture)
        if embed is not None:
            record["embed"] = embed
        return {"rkey": record_key(key, at), "record": record}

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Put the record under its key if nothing stands there; the same record again is taken and changes nothing."""
        del post, key
        rkey, record = str(handle["rkey"]), mapping(handle["record"])
        answer = self._call(
            "POST",
            login,
            "com.atproto.repo.putRecord",
            json={
                "repo": login.remote_id,
                "collection": POST,
                "rkey": rkey,
                "record": record,
                "swapRecord": None,
                "validate": True,
            },
            irreversible=True,
        )
        if answer.status in (400, 409) and answer.error_name() == "InvalidSwap":
            return self._resolve_swap(login, rkey, record, answer)
        if answer.ok:
            if line(answer.object().get("uri")) != address(login.remote_id, rkey):
                raise answer.unclear("connector.bad_answer", diagnostic="another uri than ours")
            return _receipt(login, rkey)
        raise self._failure(answer)

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Read the record under the delivery's key from the account's own server."""
        rkey = record_key(key, planned_at) if handle is None else str(handle["rkey"])
        record = self._record(login, login.remote_id, rkey)
        if record is None or mapping(record.get("value")).get("text") != post.text:
            return Found(None)
        return Found(_receipt(login, rkey))

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return likes, reposts with quotes, and replies of up to 25 posts in one call."""
        answer = self._get(login, "app.bsky.feed.getPosts", {"uris": list(dict.fromkeys(remote_ids))})
        posts = answer.object().get("posts")
        if not isinstance(posts, list):
            raise answer.unclear("connector.bad_answer", diagnostic="no list of posts")
        known = {line(one.get("uri")): one for one in items(posts)}
        return {one: _counts(known[one]) if one in known else gone(self.metrics) for one in remote_ids}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return the direct answers to the post that others wrote after `since`."""
        answer = self._call(
            "GET", login, "app.bsky.feed.getPostThread", params={"uri": remote_id, "depth": 1}
        )
        if answer.status == 400 and answer.error_name() == "NotFound":
            return []
        if not answer.ok:
            raise self._failure(answer, scope="instance")
        found = []
        for entry in items(mapping(answer.object().get("thread")).get("replies")):
            post = mapping(entry.get("post"))
            author, record = mapping(post.get("author")), mapping(post.get("record"))
            at = moment(post.get("indexedAt"))
            if at is not None and at > since and line(author.get("did")) != login.remote_id:
                said = record.get("text")
                text = said[:_BYTES] if isinstance(said, str) else ""
                found.append(Reply(line(post.get("uri")), text, at, line(author.get("handle"))))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the record; the server takes a missing one as done."""
        repo, collection, rkey = parts(remote_id)
        answer = self._call(
            "POST",
            login,
            "com.atproto.repo.deleteRecord",
            json={"repo": repo, "collection": collection, "rkey": rkey},
        )
        if not answer.ok:
            raise self._failure(answer)

    def renewal_due(self, login: Login, now: datetime) -> bool:
        """Return whether the access token ends soon."""
        return ends_soon(login.secrets["access"], now)

    def renew(self, login: Login, now: datetime) -> Mapping[str, Secret] | None:
        """Return a fresh session when the access token ends within ten minutes, else `None` without a call.

        A refused refresh is followed by one login with the app password. Two renewals of one account at a time must
        be kept apart by the caller: the refresh token is spent by its use.
        """
        if not self.renewal_due(login, now):
            return None
        answer = self.wire.call(
            "POST", f"{login.base}/xrpc/com.atproto.server.refreshSession", login=login.secrets["refresh"]
        )
        if answer.ok:
            return {**login.secrets, **tokens(answer.object())}
        password = login.secrets.get("app_password")
        if answer.status not in (400, 401) or not password:
            raise self._refresh_failure(answer)
        session = self._log_in(login.base, login.remote_id, password)
        if line(session.get("did")) != login.remote_id:
            raise LoginLost(diagnostic="the new session is another account's", platform=self.title)
        return {**login.secrets, **tokens(session)}

    def _call(
        self,
        method: str,
        login: Login,
        nsid: str,
        *,
        params: Mapping[str, str | int | Sequence[str]] | None = None,
        json: Mapping[str, object] | None = None,
        irreversible: bool = False,
    ) -> Answer:
        return self.wire.call(
            method,
            f"{login.base}/xrpc/{nsid}",
            login=login.secrets["access"],
            params=params,
            json=json,
            irreversible=irreversible,
        )

    def _get(self, login: Login, nsid: str, params: Mapping[str, str | int | Sequence[str]]) -> Answer:
        answer = self._call("GET", login, nsid, params=params)
        if not answer.ok:
            raise self._failure(answer, scope="instance")
        return answer

    def _failure(self, answer: Answer, scope: Scope = "account") -> ConnectorError:
        """Return the error for an answer other than success; on this platform a dead token is a 400.

        Writes and logins are limited per account; reads and uploads per IP address, which is all of us.
        """
        name = answer.error_name()
        note = f"{answer.host}: status {answer.status} {name}"
        if answer.status == 400:
            if name == "ExpiredToken":
                return NotSent("connector.session_expired", diagnostic=note, platform=self.title)
            if name == "InvalidToken":
                return LoginLost(diagnostic=note, platform=self.title)
            if name == "BlobNotFound":
                return NotSent(
                    "connector.media_gone", prepare_again=True, diagnostic=note, platform=self.title
                )
        return failure(answer, self.title, scope=scope)

    def _refresh_failure(self, answer: Answer) -> ConnectorError:
        if answer.status == 400:
            return LoginLost(diagnostic=f"{answer.host}: refresh refused", platform=self.title)
        return self._failure(answer)

    def _log_in(self, base: str, identifier: str, password: Secret) -> Mapping[str, object]:
        answer = self.wire.call(
            "POST",
            f"{base}/xrpc/com.atproto.server.createSession",
            json={"identifier": identifier, "password": password.reveal()},
        )
        if answer.status == 401 and answer.error_name() == "AuthFactorTokenRequired":
            raise LoginLost("connector.app_password_needed", platform=self.title)
        if answer.status in (404, 501):
            raise Refused("connector.other_platform", platform=self.title)
        if answer.status == 401:
            note = f"{answer.host}: {answer.error_name()}"
            raise LoginLost("connector.login_refused", diagnostic=note, platform=self.title)
        if not answer.ok:
            raise self._failure(answer)
        session = answer.object()
        if not is_did(line(session.get("did"))):
            raise answer.unclear("connector.bad_answer", diagnostic="no DID in a session")
        return session

    def _profile(self, login: Login, handle: str) -> Profile:
        """Return the profile; name and followers come from another service that may not know the account yet."""
        found: Mapping[str, object] = {}
        answer = self._call("GET", login, "app.bsky.actor.getProfile", params={"actor": login.remote_id})
        if answer.ok:
            found = answer.object()
        return Profile(
            remote_id=login.remote_id,
            handle=f"@{handle}",
            title=line(found.get("displayName")) or handle,
            address=f"{_pages(login)}/profile/{login.remote_id}",
            followers=count(found.get("followersCount")),
            base=login.base,
        )

    def _upload(self, login: Login, picture: Picture, fetch: FetchPicture) -> Mapping[str, object]:
        answer = self.wire.call(
            "POST",
            f"{login.base}/xrpc/com.atproto.repo.uploadBlob",
            login=login.secrets["access"],
            headers={"Content-Type": picture.mime},
            data=fetch(picture),
        )
        if not answer.ok:
            raise self._failure(answer, scope="instance")
        blob = mapping(answer.object().get("blob"))
        if blob.get("$type") != "blob":
            raise answer.unclear("connector.bad_answer", diagnostic="no blob for an upload")
        return blob

    def _embed(self, login: Login, post: Post, fetch: FetchPicture) -> dict[str, object] | None:
        if post.pictures:
            images = [
                {
                    "image": self._upload(login, picture, fetch),
                    "alt": picture.alt,
                    "aspectRatio": {"width": picture.width, "height": picture.height},
                }
                for picture in post.pictures
            ]
            return {"$type": "app.bsky.embed.images", "images": images}
        return None if post.card is None else self._external(login, post.card, fetch)

    def _external(self, login: Login, card: LinkCard, fetch: FetchPicture) -> dict[str, object]:
        external: dict[str, object] = {
            "uri": card.address,
            "title": card.title,
            "description": card.description,
        }
        if card.picture is not None:
            external["thumb"] = self._upload(login, card.picture, fetch)
        return {"$type": "app.bsky.embed.external", "external": external}

    def _reply(self, login: Login, parent: str) -> dict[str, object]:
        """Return the two references an answer needs; the root is the parent's own root, if it has one."""
        repo, _, rkey = parts(parent)
        record = self._record(login, repo, rkey)
        if record is None:
            raise Refused("connector.missing", diagnostic="the post to follow is gone", platform=self.title)
        own = {"uri": parent, "cid": line(record.get("cid"))}
        root = mapping(mapping(mapping(record.get("value")).get("reply")).get("root"))
        return {"root": dict(root) or own, "parent": own}

    def _record(self, login: Login, repo: str, rkey: str) -> Mapping[str, object] | None:
        """Return a stored record, or `None` when there is none under this key."""
        params = {"repo": repo, "collection": POST, "rkey": rkey}
        answer = self._call("GET", login, "com.atproto.repo.getRecord", params=params)
        if answer.status == 400 and answer.error_name() == "RecordNotFound":
            return None
        if not answer.ok:
            raise self._failure(answer, scope="instance")
        return answer.object()

    def _resolve_swap(
        self, login: Login, rkey: str, record: Mapping[str, object], refused: Answer
    ) -> Receipt:
        """Tell whose record stands under our key: ours after all, or somebody else's."""
        try:
            stored = self._record(login, login.remote_id, rkey)
        except ConnectorError:
            stored = None
        if stored is None:
            raise OutcomeUnknown(diagnostic="key taken, record not read", host=refused.host)
        if mapping(stored.get("value")) == record:
            return _receipt(login, rkey)
        raise Refused("connector.key_taken", diagnostic="another record stands there", platform=self.title)


def _pages(login: Login) -> str:
    """Return where people see posts: the platform's own pages, or those of a stand-in on this machine."""
    return login.base if login.base.startswith("http://") else _PAGES


def _receipt(login: Login, rkey: str) -> Receipt:
    """Return the receipt; its address is built here, no answer decides it."""
    return Receipt(address(login.remote_id, rkey), f"{_pages(login)}/profile/{login.remote_id}/post/{rkey}")


def _counts(post: Mapping[str, object]) -> Counts:
    reposts, quotes = count(post.get("repostCount")), count(post.get("quoteCount"))
    return seen(
        {
            "reactions": count(post.get("likeCount")),
            "comments": count(post.get("replyCount")),
            "shares": total(reposts, quotes),
        }
    )
