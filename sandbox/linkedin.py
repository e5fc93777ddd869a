"""A stand-in for LinkedIn's organisation pages: versioned calls, little text, uploads with states, duplicates that are named.

A token `demo-<handle>` is that of somebody who administers the page `<handle>`; `people-<handle>-and-<handle>` of
somebody who administers several.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from urllib.parse import unquote, urlencode

from sandbox import pages, pictures, text
from sandbox.exchange import Declined, Doc, Request, Response, answer
from sandbox.linkedin_server import PEOPLE, LinkedInServer, urn_of
from sandbox.linkedin_text import Unreadable, read, templated
from sandbox.standin import Claim, Route
from sandbox.storage import Account, Media, Post

LENGTH = 3000
_DUPLICATE_WITHIN = 600.0
"""Seconds; the documentation's word."""
_COMMENT_LENGTH = 1250


class LinkedInStandIn(LinkedInServer):
    """Pages on a loopback port."""

    def routes(self) -> list[Route]:
        """Return the addresses of the API and of the pages that people read."""
        return [
            ("GET", r"/rest/organizationAcls", self.show_roles),
            ("GET", r"/rest/organizations/(?P<number>\d+)", self.show_organisation),
            ("POST", r"/rest/images", self.begin_upload),
            ("PUT", r"/dms-uploads/(?P<upload>[\w-]+)", self.take_upload),
            ("GET", r"/rest/images/(?P<urn>[^/]+)", self.show_image),
            ("POST", r"/rest/posts", self.take_post),
            ("GET", r"/rest/posts", self.show_posts),
            ("GET", r"/rest/posts/(?P<urn>[^/]+)", self.show_post),
            ("POST", r"/rest/posts/(?P<urn>[^/]+)", self.change_post),
            ("DELETE", r"/rest/posts/(?P<urn>[^/]+)", self.remove_post),
            ("GET", r"/rest/organizationalEntityShareStatistics", self.show_statistics),
            ("POST", r"/rest/socialActions/(?P<urn>[^/]+)/comments", self.take_comment),
            ("GET", r"/rest/socialActions/(?P<urn>[^/]+)/comments", self.show_comments),
            ("DELETE", r"/rest/socialActions/(?P<urn>[^/]+)/comments/(?P<number>\d+)", self.remove_comment),
            ("GET", r"/oauth/v2/authorization", self.show_consent),
            ("POST", r"/oauth/v2/accessToken", self.give_token),
            ("POST", r"/oauth/v2/revoke", lambda _: Response(200)),
            ("GET", r"/feed/update/(?P<urn>[^/]+)/?", self.show_page_of_post),
            ("GET", r"/company/(?P<handle>[\w.-]+)", self.show_page),
        ]

    # Pages

    def show_roles(self, request: Request) -> Response:
        """Return the pages on which the token's owner has a role."""
        people = PEOPLE.match(request.bearer)
        if people:
            self._version(request)
            there = [self.welcome(Claim(one)) for one in people[1].split("-and-")]
        else:
            there = [self._login(request)]
        role = self.modes["role"]
        found = [{"organization": urn_of(one), "role": role, "state": "APPROVED"} for one in there]
        return answer({"elements": found, "paging": {"count": 100, "start": 0}})

    def show_organisation(self, request: Request, number: str) -> Response:
        """Return a page."""
        if not PEOPLE.match(request.bearer):
            self._login(request)
        account = self.store.account_by_id(number)
        if account is None:
            raise self._refusal(404, "NOT_FOUND", "Could not find entity")
        return answer({"id": int(account.id), "localizedName": account.title, "vanityName": account.handle})

    # Consent

    def show_consent(self, request: Request) -> Response:
        """Say yes at once as who administers the pages that a test names, and send the person back with a code."""
        with self.store.writing():
            code = f"AQ{self.store.next_number(self.clock())}"
            doc = {"as": request.asked("as", "herad"), "scope": request.asked("scope")}
            self.store.keep("code", code, {**doc, "back": request.asked("redirect_uri")})
        back = urlencode({"code": code, "state": request.asked("state")})
        return Response(302, b"", {"Location": f"{request.asked('redirect_uri')}?{back}"})

    def give_token(self, request: Request) -> Response:
        """Trade a code, once, for a token; a partner gets one to renew it with."""
        params = request.params()
        kind, name = ("refresh", "refresh_token") if "refresh_token" in params else ("code", "code")
        kept = self.store.kept(kind, str(params.get(name, "")))
        known = kept is not None and (kind == "refresh" or kept["back"] == params.get("redirect_uri"))
        if kept is None or not known or not params.get("client_secret"):
            words = "The provided authorization grant is invalid, expired or revoked"
            return answer({"error": "invalid_grant", "error_description": words}, 400)
        told: Doc = {"access_token": f"people-{kept['as']}", "expires_in": 5_184_000, "scope": kept["scope"]}
        with self.store.writing():
            if kind == "code":
                self.store.drop("code", str(params["code"]))
            if self.modes["partner"] == "yes":
                told |= {"refresh_token": f"refresh-{kept['as']}", "refresh_token_expires_in": 31_536_000}
                self.store.keep("refresh", f"refresh-{kept['as']}", kept)
        return answer(told)

    # Uploads

    def begin_upload(self, request: Request) -> Response:
        """Return where to put a picture's bytes."""
        if request.asked("action") != "initializeUpload":
            raise self._refusal(400, "ILLEGAL_ARGUMENT", "Unknown action")
        asked = request.object().get("initializeUploadRequest")
        account = self._login(request, asked.get("owner", "") if isinstance(asked, dict) else "")
        with self.store.writing():
            upload = f"C4D{self.store.next_number(self.clock())}"
            looks = 2 if self.modes["processing"] == "slow" else 0
            self.store.keep("upload", upload, {"handle": account.handle, "media": None, "looks": looks})
        value = {"uploadUrl": f"{self.address}/dms-uploads/{upload}", "image": f"urn:li:image:{upload}"}
        return answer({"value": {**value, "uploadUrlExpiresAt": int((self.clock() + 86_400) * 1000)}})

    def take_upload(self, request: Request, upload: str) -> Response:
        """Take a picture's bytes."""
        account, doc = self._login(request), self.store.kept("upload", upload)
        if doc is None or doc["handle"] != account.handle:
            raise self._refusal(404, "NOT_FOUND", "No such upload")
        shape = pictures.recognise(request.body)
        if shape is None or shape.mime not in ("image/jpeg", "image/png", "image/gif"):
            raise self._refusal(400, "MEDIA_ASSET_PROCESSING_FAILED", "The media cannot be read")
        with self.store.writing():
            media = Media(
                account.handle, upload, shape.mime, shape.width, shape.height, len(request.body),
                hashlib.sha256(request.body).hexdigest(), "", "", None, self.clock(),
            )  # fmt: skip
            self.store.keep_media(media, request.body)
            self.store.keep("upload", upload, {**doc, "media": upload})
        return Response(201)

    def show_image(self, request: Request, urn: str) -> Response:
        """Return an upload's state; each look lets a slow one come further."""
        account, upload = self._login(request), unquote(urn).rpartition(":")[2]
        doc = self._upload(account, upload)
        state = self._state(doc)
        if state == "PROCESSING":
            with self.store.writing():
                self.store.keep("upload", upload, {**doc, "looks": doc["looks"] - 1})
        return answer({"id": unquote(urn), "owner": urn_of(account), "status": state})

    def _upload(self, account: Account, upload: str) -> Doc:
        doc = self.store.kept("upload", upload)
        if doc is None or doc["handle"] != account.handle:
            raise self._refusal(400, "INVALID_IMAGE_ID", "No such image")
        return doc

    def _state(self, doc: Doc) -> str:
        if doc["media"] is None:
            return "WAITING_UPLOAD"
        if self.modes["processing"] == "failing":
            return "PROCESSING_FAILED"
        return "PROCESSING" if doc["looks"] else "AVAILABLE"

    # Writing

    def take_post(self, request: Request) -> Response:
        """Publish; the same words again within ten minutes are refused, and the refusal names the live post."""
        body = request.object()
        account = self._login(request, str(body.get("author", "")))
        words = self._words(body.get("commentary"))
        media = self._attached(account, body.get("content"))
        if not words.strip() and not media:
            raise self._refusal(400, "INVALID_VALUE_BLANK_FIELD", "commentary must not be blank")
        with self.store.writing():
            self._no_duplicate(account, words, media)
            now = self.clock()
            number = self.store.next_number(now)
            urn = f"urn:li:share:{number}"
            post = Post(
                number, urn, account.handle, "post", words, "", None, now, now + request.hidden, None,
                {"media": media, "commentary": body["commentary"], "content": body.get("content")},
            )  # fmt: skip
            self.store.keep_post(post)
            for one in media:
                self.store.attach_media(account.handle, one, post.id)
        return Response(201, b"", {"x-restli-id": urn})

    def _words(self, told: object) -> str:
        """Return what a reader would see; the real one cuts off in silence what cannot be read, this one says no."""
        if not isinstance(told, str) or len(told) > LENGTH:
            raise self._refusal(400, "FIELD_LENGTH_TOO_LONG", "commentary is too long")
        try:
            return read(told)
        except Unreadable as error:
            raise Declined(f"commentary would be cut off at {error}") from None

    def _attached(self, account: Account, content: object) -> list[str]:
        """Return the uploads that hang on a post, each with its alternative text kept."""
        if not isinstance(content, dict):
            return []
        several = content.get("multiImage")
        given = several.get("images", []) if isinstance(several, dict) else []
        given = [*given, content["media"]] if isinstance(content.get("media"), dict) else given
        if several is not None and not 2 <= len(given) <= 20:
            raise Declined("multiImage takes 2 to 20 images")
        found = []
        for one in given:
            upload = str(one.get("id", "")).removeprefix("urn:li:image:")
            if self._state(self._upload(account, upload)) != "AVAILABLE":
                raise self._refusal(400, "MEDIA_ASSET_WAITING_UPLOAD", "The media is not ready")
            self.store.describe_media(account.handle, upload, str(one.get("altText") or ""), "")
            found.append(upload)
        return found

    def _no_duplicate(self, account: Account, words: str, media: list[str]) -> None:
        for one in self.store.posts(handle=account.handle, limit=20):
            if one.parent is None and one.text == words and self.clock() - one.created_at < _DUPLICATE_WITHIN:
                if one.doc["media"] != media:
                    continue
                details = {
                    "inputErrors": [{"description": "Duplicate post is detected", "code": "DUPLICATE_POST"}]
                }
                words = f"Content is a duplicate of {one.id}"
                raise self._refusal(422, "UNPROCESSABLE_ENTITY", words, errorDetails=details)

    def change_post(self, request: Request, urn: str) -> Response:
        """Change a post's words."""
        post = self._own(request, urn)
        patch = request.object().get("patch")
        change = patch.get("$set") if isinstance(patch, dict) else None
        if request.headers.get("X-RestLi-Method") != "PARTIAL_UPDATE" or not isinstance(change, dict):
            raise self._refusal(400, "BAD_REQUEST", "A partial update is expected")
        told = change.get("commentary")
        words = self._words(told)
        with self.store.writing():
            doc = {**post.doc, "commentary": told}
            self.store.keep_post(replace(post, text=words, doc=doc, edited_at=self.clock()))
        return Response(204)

    def remove_post(self, request: Request, urn: str) -> Response:
        """Delete a post; again is no error."""
        account, post = self._login(request), self.store.post(unquote(urn))
        if post is not None and post.handle == account.handle:
            with self.store.writing():
                for under in self.store.posts(kind=None, parent=post.id):
                    self.store.drop_post(under.id)
                self.store.drop_post(post.id)
        return Response(204)

    def take_comment(self, request: Request, urn: str) -> Response:
        """Write a comment of the page under one of its posts."""
        body = request.object()
        account = self._login(request, str(body.get("actor", "")))
        parent, said = self._own(request, urn), body.get("message")
        words = str(said.get("text") or "") if isinstance(said, dict) else ""
        if not words.strip() or len(words) > _COMMENT_LENGTH:
            raise Declined("message.text must have 1 to 1250 characters")
        with self.store.writing():
            now = self.clock()
            number = self.store.next_number(now)
            post = Post(
                number, f"urn:li:comment:({parent.id},{number})", account.handle, "post", words, "", parent.id, now,
                now + request.hidden, None, {"media": []},
            )  # fmt: skip
            self.store.keep_post(post)
        return answer(self._comment(post, account), 201, {"x-restli-id": str(number)})

    def remove_comment(self, request: Request, urn: str, number: str) -> Response:
        """Delete a comment; again is no error."""
        self._login(request, request.asked("actor"))
        with self.store.writing():
            self.store.drop_post(f"urn:li:comment:({unquote(urn)},{number})")
        return Response(204)

    def _own(self, request: Request, urn: str) -> Post:
        account, post = self._login(request), self.store.post(unquote(urn), self.clock())
        if post is None or post.handle != account.handle:
            raise self._refusal(404, "NOT_FOUND", "Could not find entity")
        return post

    # Reading

    def show_posts(self, request: Request) -> Response:
        """Return a page's posts, newest first."""
        account = self._login(request, request.asked("author"))
        if request.asked("q") != "author" or request.headers.get("X-RestLi-Method") != "FINDER":
            raise self._refusal(400, "ILLEGAL_ARGUMENT", "Unknown finder")
        start, size = int(request.asked("start", "0")), min(100, int(request.asked("count", "10")))
        found = [
            one for one in self.store.posts(handle=account.handle, seen_at=self.clock()) if one.parent is None
        ]
        return answer({"elements": [self._node(one, account) for one in found[start : start + size]]})

    def show_post(self, request: Request, urn: str) -> Response:
        """Return a post."""
        return answer(self._node(self._own(request, urn), self._login(request)))

    def _node(self, post: Post, account: Account) -> Doc:
        made = int(post.created_at * 1000)
        found = {
            "id": post.id, "author": urn_of(account), "commentary": templated(post.doc["commentary"]),
            "createdAt": made, "publishedAt": made, "lifecycleState": "PUBLISHED", "visibility": "PUBLIC",
        }  # fmt: skip
        return {**found, "content": post.doc["content"]} if post.doc["content"] else found

    def show_statistics(self, request: Request) -> Response:
        """Return the statistics of posts; one without any activity is left out, as there."""
        self._login(request, request.asked("organizationalEntity"))
        found = []
        for name, kind in (("shares", "share"), ("ugcPosts", "ugcPost")):
            listed = re.fullmatch(r"List\((.*)\)", request.asked(name))
            for urn in listed[1].split(",") if listed else []:
                post = self.store.post(unquote(urn), self.clock())
                if post is None or not self.counts(post).total:
                    continue
                found.append({kind: post.id, "totalShareStatistics": self._statistics(post)})
        return answer({"elements": found, "paging": {"start": 0, "count": 10}})

    def _statistics(self, post: Post) -> Doc:
        counts = self.counts(post)
        return {
            "impressionCount": counts.total * 14,
            "uniqueImpressionsCount": counts.total * 8,
            "clickCount": counts.total // 2,
            "likeCount": counts.favourites,
            "commentCount": counts.replies + self.store.count_under(post.id),
            "shareCount": counts.boosts,
            "engagement": 0.0123,
        }

    def show_comments(self, request: Request, urn: str) -> Response:
        """Return the comments under a post."""
        parent, account = self._own(request, urn), self._login(request)
        found = self.store.posts(parent=parent.id, seen_at=self.clock())
        return answer({"elements": [self._comment(one, account) for one in found]})

    def _comment(self, post: Post, account: Account) -> Doc:
        return {
            "$URN": post.id, "id": str(post.seq), "actor": urn_of(account), "object": post.parent,
            "message": {"text": post.text}, "created": {"time": int(post.created_at * 1000)},
        }  # fmt: skip

    # As people see it

    def show_page_of_post(self, request: Request, urn: str) -> Response:
        """Show a post where its address leads."""
        del request
        post = self.store.post(unquote(urn), self.clock())
        return pages.single(self, post) if post else pages.missing(self)

    def show_page(self, request: Request, handle: str) -> Response:
        """Show a page where its address leads."""
        account = self.store.account(handle)
        return pages.profile(self, request, account) if account else pages.missing(self)

    def entry(self, post: Post) -> pages.Entry:
        """Return a post, or a comment, as the public pages show it."""
        account, counts = self.store.account(post.handle), self.counts(post)
        found = [self.store.media(post.handle, one) for one in post.doc["media"]]
        return pages.Entry(
            address=f"{self.address}/feed/update/{post.parent or post.id}/",
            title=account.title if account else post.handle,
            handle=post.handle,
            profile=f"/company/{post.handle}",
            body=text.linked(post.text),
            language=post.language,
            created_at=post.created_at,
            edited_at=post.edited_at,
            counts=(
                (counts.favourites, "reaction", "reactions"),
                (counts.replies + self.store.count_under(post.id), "comment", "comments"),
                (counts.boosts, "repost", "reposts"),
            ),
            pictures=[pages.shown(media) for media in found if media],
            answers=f"{self.address}/feed/update/{post.parent}/" if post.parent else None,
        )
