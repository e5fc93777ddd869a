"""Mastodon and the servers that speak its client API: publishes, looks up, counts and removes posts.

Facts are from the API documentation and the server's source (4.3 to 4.7), read 2026-11; compatible servers (GoToSocial,
Hollo, Takahē, Pleroma) differ where a comment says so. Status codes alone are judged: error sentences are localised.
It never sends `scheduled_at` (our clock decides when; some servers post at once).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from connectors.addresses import base_address, public_link
from connectors.answers import Answer, count, items, line, mapping, moment, objects
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
)
from connectors.checks import common_problems
from connectors.counts import gone
from connectors.endings import failure
from connectors.errors import ConnectorError, LoginLost, NotSent, OutcomeUnknown, Refused
from connectors.mastodon_oauth import MastodonConsent
from connectors.mastodon_status import (
    counts,
    is_anothers,
    is_old_refusal,
    media_ids,
    own_limits,
    receipt,
    says,
    status_body,
    without_servers,
)
from connectors.post import Picture, Post, Visibility
from connectors.secret import Secret
from connectors.text import graphemes, links, plain
from connectors.wire import Files

_PAGE = 40  # statuses per page, the most that is given
_PAGES = 5
"""Pages of own statuses a look-up reads before it gives up without an answer."""
_TURNS = 5
"""Keys that are tried when a server answers with an old refusal."""
_AT_ONCE = 0.4
"""Seconds after which no further one is tried: a call starts a second after a stop at the latest (D10), and half a second
may have passed before the first."""
_WITHOUT_KEYS = timedelta(minutes=10)
"""How long after the call "not there" is believed of a server that remembers no keys: nothing but the look-up keeps
such a post single, and several have said no by then."""
_SKEW = timedelta(minutes=5)
"""How far the server's clock may lag behind ours in a look-up."""


class Mastodon(MastodonConsent):
    """A server that speaks the Mastodon client API."""

    name: ClassVar[str] = "mastodon"
    title: ClassVar[str] = "Mastodon"
    login_fields: ClassVar[tuple[LoginField, ...]] = (
        LoginField("base", secret=False, hint="Address of your server, such as https://social.example"),
        LoginField(
            "access_token",
            secret=True,
            hint="Preferences, Development, New application; scopes read:accounts read:statuses write:statuses write:media",
        ),
    )
    limits: ClassVar[Limits] = Limits(
        length=500,
        pictures=4,
        picture_bytes=16_777_216,  # 16 MiB: /api/v2/instance of 4.6
        picture_pixels=33_177_600,  # /api/v2/instance of 4.6
        picture_kinds=("image/jpeg", "image/png", "image/gif", "image/webp"),
        alt_length=1500,  # before 4.4; later ones say more in description_limit
        polls=True,
        poll_options=4,
        poll_option_length=50,
        poll_days=30,  # max_expiration is a month
        link_length=23,  # every link with a scheme: StatusLengthValidator
    )
    metrics: ClassVar[tuple[Metric, ...]] = ("reactions", "comments", "shares")
    metrics_version: ClassVar[int] = 1
    dedupe: ClassVar[Dedupe] = "key"
    trusts_absence: ClassVar[timedelta | None] = timedelta(seconds=60)
    """A status is in the account's list as soon as it is committed; a slow request is given up by the server's
    proxy within 60 s."""
    measure_batch: ClassVar[int] = 20  # GET /api/v1/statuses takes 20 ids
    visibilities: ClassVar[tuple[Visibility, ...]] = ("public", "unlisted")

    def length(self, text: str, limits: Limits | None = None) -> int:
        """Return the length in graphemes, with links at 23 and mentions without their server; elsewhere, all of it."""
        limits = limits or self.limits
        if limits.code_points:
            return len(text)
        pieces, done = [], 0
        for link in links(text):
            pieces += [text[done : link.start], "x" * limits.link_length]
            done = link.end
        counted = "".join([*pieces, text[done:]])
        return graphemes(without_servers(counted))

    def believes_absence_after(self, limits: Limits | None) -> timedelta | None:
        """Return a minute where the server's keys stand behind a look-up, and longer where nothing does."""
        return self.trusts_absence if limits is not None and limits.keeps_keys else _WITHOUT_KEYS

    def check(self, post: Post, limits: Limits | None = None) -> list[Problem]:
        """Return everything the server would refuse about `post`, without network."""
        problems = common_problems(post, limits or self.limits, self.length(post.text, limits), self.title)
        if post.poll is not None and post.pictures:
            problems.append(Problem("connector.poll_and_pictures", {"platform": self.title}))
        if post.card is not None and post.card.address not in post.text:
            # The server makes the card itself, out of the first link of the text.
            problems.append(Problem("connector.card_not_in_text", {"platform": self.title}))
        return problems

    def connect(self, base: str, typed: Mapping[str, Secret]) -> Connected:
        """Prove that the pasted token works on the server at `base`; the token is the one secret."""
        base = base_address(base, allow_private=self.wire.allow_private)
        token = Secret(typed["access_token"].reveal().strip())
        secrets = {"access_token": token}
        try:
            return Connected(self.whoami(Login(base, "", secrets)), secrets)
        except _Missing as missing:
            raise Refused(
                "connector.other_platform", diagnostic=missing.diagnostic, platform=self.title
            ) from None
        except LoginLost as lost:
            raise LoginLost(
                "connector.login_refused", diagnostic=lost.diagnostic, platform=self.title
            ) from None

    def whoami(self, login: Login) -> Profile:
        """Return whom the token belongs to, with the limits of the server."""
        answer = self._get(login, "/api/v1/accounts/verify_credentials")
        account = answer.object()
        remote_id, handle = line(account.get("id")), line(account.get("username"))
        if not remote_id or not handle:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for the account")
        host = login.base.partition("://")[2]
        return Profile(
            remote_id=remote_id,
            handle=f"@{handle}@{host}",
            title=line(account.get("display_name")) or handle,
            address=public_link(account.get("url"), login.base) or f"{login.base}/@{quote(handle)}",
            followers=count(account.get("followers_count")),
            limits=self._read_limits(login),
            base=login.base,
        )

    def prepare(
        self, login: Login, post: Post, key: str, picture: FetchPicture, at: datetime
    ) -> dict[str, object]:
        """Upload the pictures and return their ids; unused uploads vanish from the server after a day."""
        del key, at
        return {"media": [self._upload(login, one, picture) for one in post.pictures]}

    def publish(self, login: Login, post: Post, key: str, handle: Json) -> Receipt:
        """Create the status under the delivery's own idempotency key.

        The key stays the same in every attempt, which is what keeps the post single. Pleroma and Akkoma remember a
        refusal under a key, too, and say it again for hours, whatever is asked: such an answer proves that nothing was
        taken under this key, and only then is another derived from it, the same ones in the same order every time.
        A 200 is not believed to mean more than it says: where a server's spam guard drops the post in silence, it is
        seen missing when it is counted.
        """
        media = media_ids(handle)
        answer = self._create(login, post, media, key)
        spent = 0.0
        for turn in range(1, _TURNS):
            if not is_old_refusal(answer):
                break
            spent += answer.took
            if spent > _AT_ONCE:  # a stop may have been set meanwhile: ask again from the beginning
                raise NotSent(diagnostic=f"{answer.host}: an old refusal, slowly", platform=self.title)
            answer = self._create(login, post, media, str(uuid5(NAMESPACE_URL, f"{key}/{turn}")))
        if answer.status == 422:
            raise self._why_unprocessable(login, media, answer)
        if answer.status == 403:
            raise self._why_forbidden(login, answer)
        proof = receipt(self._good(answer).object(), login)
        if proof is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a status")
        return proof

    def find(self, login: Login, post: Post, key: str, handle: Json | None, planned_at: datetime) -> Found:
        """Look for the post among the account's own statuses since it was planned.

        Uploaded pictures are the exact proof; without them the text, its language and what it replies to must agree.
        Which application made a status is known only where ours got the token.
        """
        del key
        own = "client_id" in login.secrets
        media = media_ids(handle) if handle is not None else []
        for status in self._own_statuses(login, planned_at - _SKEW):
            attached = [line(one.get("id")) for one in items(status.get("media_attachments"))]
            if (media and sorted(attached) == sorted(media)) or (
                not media and not (own and is_anothers(status)) and says(status, post, len(attached))
            ):
                return Found(receipt(status, login))
        return Found(None)

    def measure(self, login: Login, remote_ids: Sequence[str]) -> dict[str, Counts]:
        """Return favourites, boosts with quotes, and replies of up to 20 posts in one call where that is offered."""
        wanted = list(dict.fromkeys(remote_ids))
        try:
            answer = self._get(login, "/api/v1/statuses", [("id[]", one) for one in wanted])
        except Refused:
            # Before 4.3, and on most compatible servers, there is no such list.
            return {one: self._measure_one(login, one) for one in wanted}
        known = {line(status.get("id")): status for status in objects(answer)}
        return {one: counts(known[one]) if one in known else gone(self.metrics) for one in wanted}

    def replies(self, login: Login, remote_id: str, since: datetime) -> list[Reply]:
        """Return what others wrote below the post after `since`."""
        try:
            context = self._get(login, f"/api/v1/statuses/{quote(remote_id, safe='')}/context").object()
        except _Missing:
            return []
        found = []
        for status in items(context.get("descendants")):
            at, author = moment(status.get("created_at")), mapping(status.get("account"))
            if at is not None and at > since and line(author.get("id")) != login.remote_id:
                content = status.get("content")
                said = plain(content) if isinstance(content, str) else ""
                found.append(Reply(line(status.get("id")), said, at, line(author.get("acct"))))
        return found

    def remove(self, login: Login, remote_id: str) -> None:
        """Delete the status; one that is gone already counts as done."""
        try:
            self._good(self._call("DELETE", login, f"/api/v1/statuses/{quote(remote_id, safe='')}"))
        except _Missing:
            return

    def edit(self, login: Login, remote_id: str, post: Post, picture: FetchPicture) -> Receipt:
        """Replace the whole status; what is not sent again would be cleared, so pictures are uploaded anew.

        The same edit again changes nothing, so a lost answer may be asked for again. Visibility and thread stay.
        """
        media = [self._upload(login, one, picture) for one in post.pictures]
        path = f"/api/v1/statuses/{quote(remote_id, safe='')}"
        answer = self._good(self._call("PUT", login, path, json=status_body(post, media)))
        proof = receipt(answer.object(), login)
        if proof is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for a status")
        return proof

    def _call(
        self,
        method: str,
        login: Login,
        path: str,
        *,
        params: list[tuple[str, str]] | None = None,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        key: str | None = None,
        irreversible: bool = False,
    ) -> Answer:
        headers = (
            {"Accept-Language": "en"} if key is None else {"Accept-Language": "en", "Idempotency-Key": key}
        )
        return self.wire.call(
            method,
            login.base + path,
            login=login.secrets["access_token"],
            headers=headers,
            params=params,
            json=json,
            form=form,
            files=files,
            irreversible=irreversible,
        )

    def _get(self, login: Login, path: str, params: list[tuple[str, str]] | None = None) -> Answer:
        return self._good(self._call("GET", login, path, params=params))

    def _good(self, answer: Answer) -> Answer:
        """Return the answer if it is a success.

        Raises: what it stands for otherwise.
        """
        if answer.ok:
            return answer
        if answer.status == 404:
            raise _Missing("connector.missing", diagnostic=f"{answer.host}: status 404", platform=self.title)
        raise failure(answer, self.title)

    def _create(self, login: Login, post: Post, media: list[str], key: str) -> Answer:
        body = status_body(post, media)
        return self._call("POST", login, "/api/v1/statuses", json=body, key=key, irreversible=True)

    def _upload(self, login: Login, picture: Picture, fetch: FetchPicture) -> str:
        kind = picture.mime.partition("/")[2]
        answer = self._good(
            self._call(
                "POST",
                login,
                "/api/v2/media",
                files={"file": (f"picture.{kind}", fetch(picture), picture.mime)},
                form={"description": picture.alt, "focus": f"{picture.focus[0]:.3f},{picture.focus[1]:.3f}"},
            )
        )
        media_id = line(answer.object().get("id"))
        if not media_id:
            raise answer.unclear("connector.bad_answer", diagnostic="no id for an upload")
        return media_id

    def _why_unprocessable(self, login: Login, media: list[str], refused: Answer) -> ConnectorError:
        """Tell what a 422 on the publishing call means, without reading its localised sentence.

        An upload can be asked for only while it is unattached: 404 means that an earlier attempt took it (or that a
        day has passed), 206 that the server is still at work on it.
        """
        for one in media:
            try:
                state = self._call("GET", login, f"/api/v1/media/{quote(one, safe='')}").status
            except ConnectorError:
                state = 0
            if state == 206:
                return NotSent("connector.media_processing", wait=timedelta(seconds=10), platform=self.title)
            if state != 200:
                return OutcomeUnknown(diagnostic=f"422, and an upload says {state}", host=refused.host)
        return failure(refused, self.title)

    def _why_forbidden(self, login: Login, refused: Answer) -> ConnectorError:
        """Tell whether a 403 on the publishing call is about the account or about this post."""
        ending = failure(refused, self.title)
        if not isinstance(ending, LoginLost) or "insufficient_scope" in refused.headers.get(
            "www-authenticate", ""
        ):
            return ending
        if self._call("GET", login, "/api/v1/accounts/verify_credentials").ok:
            return Refused(diagnostic=ending.diagnostic, platform=self.title)
        return ending

    def _own_statuses(self, login: Login, since: datetime) -> Iterator[Mapping[str, object]]:
        """Yield the account's own statuses, newest first, back to `since`.

        Raises: NotSent when it has so many that the look-up ends before `since`.
        """
        path = f"/api/v1/accounts/{quote(login.remote_id, safe='')}/statuses"
        params = [("limit", str(_PAGE)), ("exclude_reblogs", "true")]
        last = ""
        for _ in range(_PAGES):
            answer = self._get(login, path, [*params, ("max_id", last)] if last else params)
            page = objects(answer)
            for status in page:
                at = moment(status.get("created_at"))
                # A pinned or backdated status may stand out of order: it ends nothing by itself.
                if line(status.get("id")) and (at is None or at >= since):
                    yield status
            oldest = moment(page[-1].get("created_at")) if page else None
            last = line(page[-1].get("id")) if page else ""
            if not last or (oldest is not None and oldest < since):
                return
        raise NotSent("connector.look_up_incomplete", diagnostic="too many statuses", platform=self.title)

    def _measure_one(self, login: Login, remote_id: str) -> Counts:
        try:
            return counts(self._get(login, f"/api/v1/statuses/{quote(remote_id, safe='')}").object())
        except _Missing:
            return gone(self.metrics)

    def _read_limits(self, login: Login) -> Limits | None:
        for path in ("/api/v2/instance", "/api/v1/instance"):
            try:
                return own_limits(self._get(login, path).object(), self.limits)
            except _Missing:
                continue
        return None


class _Missing(Refused):
    """404: deleted, hidden, or not offered."""
