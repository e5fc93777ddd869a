"""A stand-in for a Mastodon 4.6 server: logging in, posting, media, reading back, counts, and its ways of saying no.

Any `demo-` token is a login, beside those that its own OAuth page gives out. Left out: timelines, notifications,
federation, video, scheduled posts, quotes.
Rate limits are shown in the headers but only a fault enforces them.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from sandbox import mastodon_posting as posting
from sandbox import mastodon_shapes as shapes
from sandbox import pages, pictures
from sandbox.exchange import Doc, Request, Response, Upload, answer
from sandbox.mastodon_login import MastodonLogin
from sandbox.standin import Route
from sandbox.storage import Account, Media, Post

_KEY_LIFE = 3600.0
"""Seconds that an idempotency key is remembered after the post was made."""
_BATCH = 20
"""Most ids in one `GET /api/v1/statuses`."""
APPLICATION = "Samklang"
"""Name of the application that every `demo-` token stands for."""


class MastodonStandIn(MastodonLogin):
    """A Mastodon server on loopback."""

    def routes(self) -> list[Route]:
        """Return the paths of the Mastodon API that the stand-in knows, and the addresses of posts."""
        post, media = r"/api/v1/statuses/(?P<post_id>\d+)", r"/api/v1/media/(?P<media_id>\d+)"
        account = r"/api/v1/accounts/(?P<account_id>\d+)"
        return [
            *self.login_routes(),
            ("GET", "/api/v1/instance", self.show_old_instance),
            ("GET", "/api/v2/instance", self.show_instance),
            ("GET", "/api/v1/accounts/verify_credentials", self.show_own_account),
            ("GET", account, self.show_account),
            ("GET", f"{account}/statuses", self.list_statuses),
            ("POST", "/api/v[12]/media", self.take_media),
            ("GET", media, self.show_media),
            ("PUT", media, self.change_media),
            ("DELETE", media, self.remove_media),
            ("POST", "/api/v1/statuses", self.take_status),
            ("GET", "/api/v1/statuses", self.show_statuses),
            ("GET", post, self.show_status),
            ("PUT", post, self.edit_status),
            ("DELETE", post, self.remove_status),
            ("GET", f"{post}/source", self.show_source),
            ("GET", f"{post}/context", self.show_context),
            ("GET", r"/@(?P<handle>[^/]+)", self.profile_page),
            ("GET", r"/@(?P<handle>[^/]+)/(?P<post_id>\d+)", self.post_page),
        ]

    # Pages

    def profile_page(self, request: Request, handle: str) -> Response:
        """Return an account's public page."""
        account = self.store.account(handle)
        return pages.profile(self, request, account) if account else pages.missing(self)

    def post_page(self, _: Request, handle: str, post_id: str) -> Response:
        """Return a post's public page."""
        post = self.store.post(post_id, self.clock())
        return pages.single(self, post) if post and post.handle == handle else pages.missing(self)

    # Reading

    def show_instance(self, _: Request) -> Response:
        """Return what the server is and what it takes."""
        return answer(shapes.instance(self.address, self.store.count_all()[0], self.software))

    def show_old_instance(self, _: Request) -> Response:
        """Return the same in the shape of before 4.0."""
        return answer(shapes.old_instance(self.address, *self.store.count_all(), self.software))

    def show_own_account(self, request: Request) -> Response:
        """Return whom the token belongs to."""
        account = self._login(request)
        return answer(shapes.own_account(self._account(account), account.language))

    def show_account(self, _: Request, account_id: str) -> Response:
        """Return any account."""
        return answer(self._account(self._account_by_id(account_id)))

    def list_statuses(self, request: Request, account_id: str) -> Response:
        """Return an account's posts, newest first, a page at a time."""
        account = self._account_by_id(account_id)
        limit = max(1, min(40, posting.read_number(request.asked("limit")) or 20))
        newest, oldest, next_up = (
            posting.read_number(request.asked(name)) for name in ("max_id", "since_id", "min_id")
        )
        after = max((bound for bound in (oldest, next_up) if bound is not None), default=None)
        wanted = [
            post
            for post in self.store.posts(
                handle=account.handle,
                before=newest,
                after=after,
                seen_at=self.clock(),
                oldest_first=next_up is not None,
            )
            if self._may_see(request, post)
            and not (post.parent and request.asked("exclude_replies") in ("true", "1"))
            and not (not post.doc["media"] and request.asked("only_media") in ("true", "1"))
            and request.asked("pinned") not in ("true", "1")
        ]
        page = sorted(wanted[:limit], key=lambda post: -post.seq)
        link = f"{self.address}{request.path}?limit={limit}"
        links = (
            {"Link": f'<{link}&max_id={page[-1].id}>; rel="next", <{link}&min_id={page[0].id}>; rel="prev"'}
            if page
            else {}
        )
        return answer([self._status(post) for post in page], headers=links)

    def show_statuses(self, request: Request) -> Response:
        """Return up to 20 posts by id, which only Mastodon offers; what is gone is silently left out."""
        if not self.is_mastodon:
            return self.unknown(request)
        asked = list(dict.fromkeys(request.asked_all("id[]") + request.asked_all("id")))
        if len(asked) > _BATCH:
            raise self._refusal(422, "Validation failed: too many ids")
        found = [self.store.post(post_id, self.clock()) for post_id in asked]
        return answer([self._status(post) for post in found if post and self._may_see(request, post)])

    def show_status(self, request: Request, post_id: str) -> Response:
        """Return one post."""
        return answer(self._status(self._post(request, post_id)))

    def show_source(self, request: Request, post_id: str) -> Response:
        """Return a post's own text as it was sent."""
        post = self._own_post(request, post_id)
        return answer({"id": post.id, "text": post.text, "spoiler_text": post.doc["spoiler_text"]})

    def show_context(self, request: Request, post_id: str) -> Response:
        """Return what a post answers, and all answers below it."""
        post = self._post(request, post_id)
        now = self.clock()
        above: list[Post] = []
        below: list[Post] = []
        parent = self.store.post(post.parent, now) if post.parent else None
        while parent:
            above.insert(0, parent)
            parent = self.store.post(parent.parent, now) if parent.parent else None
        waiting = [post]
        while waiting:
            found = self.store.posts(parent=waiting.pop(0).id, seen_at=now, oldest_first=True)
            below += found
            waiting += found
        return answer(
            {
                "ancestors": [self._status(one) for one in above],
                "descendants": [self._status(one) for one in below],
            }
        )

    # Media

    def take_media(self, request: Request) -> Response:
        """Take a picture and return its attachment; it waits unattached until a post uses it."""
        account, params = self._login(request), request.params()
        file = params.get("file")
        if not isinstance(file, Upload) or not file.content:
            raise self._refusal(422, "Validation failed: File can't be blank")
        shape = pictures.recognise(file.content)
        if shape is None or shape.mime not in shapes.PICTURE_KINDS:
            raise self._refusal(422, "Validation failed: File content type is invalid, File is invalid")
        if len(file.content) > shapes.PICTURE_BYTES:
            raise self._refusal(422, "Validation failed: File file size must be less than 16 MB")
        if (shape.width or 0) * (shape.height or 0) > shapes.PICTURE_PIXELS:
            raise self._refusal(422, f"{shape.width}x{shape.height} images are not supported")
        alt = posting.read_alt(params)
        with self.store.writing():
            now = self.clock()
            media = Media(
                handle=account.handle,
                id=str(self.store.next_number(now)),
                mime=shape.mime,
                width=shape.width,
                height=shape.height,
                size=len(file.content),
                sha256=hashlib.sha256(file.content).hexdigest(),
                alt=alt,
                focus=str(params.get("focus", "")),
                post=None,
                created_at=now,
            )
            self.store.keep_media(media, file.content)
        return answer(shapes.attachment(self.address, media))

    def show_media(self, request: Request, media_id: str) -> Response:
        """Return an upload that no post uses yet; an attached one is not found."""
        return answer(shapes.attachment(self.address, self._loose_media(request, media_id)))

    def change_media(self, request: Request, media_id: str) -> Response:
        """Change an unattached upload's description and focus; what is left out stays."""
        media, params = self._loose_media(request, media_id), request.params()
        alt = posting.read_alt(params) if "description" in params else media.alt
        self.store.describe_media(media.handle, media.id, alt, str(params.get("focus", media.focus)))
        return answer(shapes.attachment(self.address, self._loose_media(request, media_id)))

    def remove_media(self, request: Request, media_id: str) -> Response:
        """Delete an unattached upload."""
        media = self.store.media(self._login(request).handle, media_id)
        if media and media.post:
            raise self._refusal(422, "Media attachment is currently used by a status")
        media = self._loose_media(request, media_id)
        self.store.drop_media(media.handle, media.id)
        return answer({})

    # Writing

    def take_status(self, request: Request) -> Response:
        """Publish a post, or return the one that the same idempotency key has already made."""
        account, params = self._login(request), request.params()
        key = request.headers.get("Idempotency-Key", "")
        with self.store.writing():
            parent = self._parent(params)
            made = self.store.key(account.handle, key, self.clock() - _KEY_LIFE) if key else None
            if made and self.modes["idempotency"] != "none" and self.is_mastodon:
                return self._replay(made)
            post = self._draft(account, params, parent, request.hidden)
            if self.modes["guard"] == "silent":
                return answer(self._status(post))  # looks like success, and nothing was kept (antispam.rb)
            self.store.keep_post(post)
            for media_id in post.doc["media"]:
                self.store.attach_media(account.handle, media_id, post.id)
            if key:
                self.store.keep_key(account.handle, key, post.id, self.clock())
        return answer(self._status(post))

    def edit_status(self, request: Request, post_id: str) -> Response:
        """Replace a post's content as a whole: what is left out is cleared, the language alone stays."""
        post, params = self._own_post(request, post_id), request.params()
        account = self._login(request)
        with self.store.writing():
            self._describe_attached(account, params)
            for media_id in post.doc["media"]:
                self.store.attach_media(account.handle, media_id, None)
            params = {"language": post.language, "visibility": post.doc["visibility"]} | params
            draft = self._draft(account, params, None, 0.0)
            doc = draft.doc | {
                name: post.doc[name] for name in ("visibility", "in_reply_to_account_id", "application")
            }
            changed = (draft.text, draft.language, doc) != (post.text, post.language, post.doc)
            edited_at = self.clock() if changed else post.edited_at
            post = replace(post, text=draft.text, language=draft.language, doc=doc, edited_at=edited_at)
            self.store.keep_post(post)
            for media_id in doc["media"]:
                self.store.attach_media(account.handle, media_id, post.id)
        return answer(self._status(post))

    def remove_status(self, request: Request, post_id: str) -> Response:
        """Delete a post and return it with its text; its pictures may be used again."""
        post = self._own_post(request, post_id)
        seen = self._status(post)
        with self.store.writing():
            for media_id in post.doc["media"]:
                self.store.attach_media(post.handle, media_id, None)
                if request.asked("delete_media") in ("true", "1"):
                    self.store.drop_media(post.handle, media_id)
            self.store.drop_post(post.id)
        return answer(seen | {"text": post.text})

    def _replay(self, post_id: str) -> Response:
        """Answer a repeated key: with the post, or with the failure of 4.6.0 to 4.6.5 (mastodon/mastodon#40399)."""
        if self.modes["idempotency"] == "replay_500":
            return self.broken()
        post = self.store.post(post_id)
        if post is None:
            raise self._refusal(404, "Record not found")
        return answer(self._status(post))

    def _draft(self, account: Account, params: Doc, parent: Post | None, hidden: float) -> Post:
        """Return the post that the parameters describe, checked but not stored."""
        now, seq = self.clock(), self.store.next_number(self.clock())
        media = self._attachable(account, params)
        written = posting.read(params, bool(media), now, self.software)
        return Post(
            seq=seq,
            id=str(seq),
            handle=account.handle,
            kind="post",
            text=written.text,
            language=written.language or account.language,
            parent=parent.id if parent else None,
            created_at=now,
            visible_at=now + hidden,
            edited_at=None,
            doc={
                "visibility": written.visibility,
                "sensitive": written.sensitive,
                "spoiler_text": written.spoiler,
                "media": media,
                "poll": written.poll,
                "application": APPLICATION,
                "in_reply_to_account_id": self.account_id(parent.handle) if parent else None,
            },
        )

    def _parent(self, params: Doc) -> Post | None:
        asked = params.get("in_reply_to_id")
        if not asked:
            return None
        parent = self.store.post(str(asked))
        if parent is None:
            raise self._refusal(404, "The post you are trying to reply to does not appear to exist.")
        return parent

    def _attachable(self, account: Account, params: Doc) -> list[str]:
        """Return the ids of the uploads to attach, each of them this account's and unused."""
        asked = params.get("media_ids") or []
        wanted = list(dict.fromkeys(str(one) for one in asked)) if isinstance(asked, list) else [str(asked)]
        if len(wanted) > self.software.pictures:
            raise self._refusal(422, f"Cannot attach more than {self.software.pictures} files")
        found = [self.store.media(account.handle, media_id) for media_id in wanted]
        lost = [media_id for media_id, media in zip(wanted, found, strict=True) if not media or media.post]
        if lost:
            raise self._refusal(422, f"Media {', '.join(lost)} not found or already attached to another post")
        return wanted

    def _describe_attached(self, account: Account, params: Doc) -> None:
        """Take new descriptions for pictures that are already on a post."""
        for given in params.get("media_attributes") or []:
            media = (
                self.store.media(account.handle, str(given.get("id"))) if isinstance(given, dict) else None
            )
            if media:
                alt = posting.read_alt(given) if "description" in given else media.alt
                self.store.describe_media(account.handle, media.id, alt, str(given.get("focus", media.focus)))
