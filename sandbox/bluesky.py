"""A stand-in for Bluesky: a personal data server and the few reads of the AppView that a publisher needs.

Left out: OAuth, e-mail codes, feeds, notifications, video, moderation, `applyWrites`, signed repositories. Rate limits
are shown in the headers but only a fault enforces them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import Any

from sandbox import bluesky_records as records
from sandbox import bluesky_sessions as sessions
from sandbox import bluesky_shapes as shapes
from sandbox import pages, pictures
from sandbox.bluesky_records import Wrong
from sandbox.bluesky_server import BlueskyServer, short_handle
from sandbox.exchange import Doc, Request, Response, answer
from sandbox.standin import Claim, Route
from sandbox.storage import Account, Media, Post

_BATCH = 25
"""Most posts in one `getPosts`."""
_LARGEST_BLOB = 5_000_000
"""Bytes; the reference server's default."""
_HANDLE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class BlueskyStandIn(BlueskyServer):
    """A Bluesky server on loopback."""

    def routes(self) -> list[Route]:
        """Return the methods that the stand-in knows, and the addresses of posts."""
        actor = r"/profile/(?P<actor>[^/]+)"
        methods = [
            ("POST", "com.atproto.server.createSession", self.create_session),
            ("POST", "com.atproto.server.refreshSession", self.refresh_session),
            ("GET", "com.atproto.server.getSession", self.show_session),
            ("POST", "com.atproto.server.deleteSession", self.delete_session),
            ("GET", "com.atproto.server.describeServer", self.describe_server),
            ("GET", "com.atproto.identity.resolveHandle", self.resolve_handle),
            ("POST", "com.atproto.repo.uploadBlob", self.upload_blob),
            ("POST", "com.atproto.repo.createRecord", self.create_record),
            ("POST", "com.atproto.repo.putRecord", self.put_record),
            ("POST", "com.atproto.repo.deleteRecord", self.delete_record),
            ("GET", "com.atproto.repo.getRecord", self.get_record),
            ("GET", "com.atproto.repo.listRecords", self.list_records),
            ("GET", "com.atproto.sync.getBlob", self.get_blob),
            ("GET", "app.bsky.feed.getPosts", self.get_posts),
            ("GET", "app.bsky.feed.getPostThread", self.get_post_thread),
            ("GET", "app.bsky.actor.getProfile", self.get_profile),
            ("GET", "_health", lambda _: answer({"version": "0.5.35"})),
        ]
        return [
            *((method, "/xrpc/" + re.escape(name), act) for method, name, act in methods),
            ("GET", actor, self.profile_page),
            ("GET", r"/@(?P<actor>[^/]+)", self.profile_page),
            ("GET", actor + r"/post/(?P<rkey>[^/]+)", self.post_page),
            ("GET", r"/@(?P<actor>[^/]+)/(?P<rkey>[^/]+)", self.post_page),
        ]

    # Sessions

    def create_session(self, request: Request) -> Response:
        """Log in with handle or DID and an app password; the account is made if it is new."""
        given = request.object()
        identifier, password = str(given.get("identifier", "")), str(given.get("password", ""))
        known = self.store.account_by_id(identifier) if identifier.startswith("did:") else None
        handle = known.handle if known else short_handle(identifier)
        claim = self.token_rule(password)
        refused = claim is None or not _HANDLE.fullmatch(handle)
        account = None if claim is None or refused else self.welcome(_claim(handle, claim))
        if account is None or account.revoked:
            raise Wrong("Invalid identifier or password", "AuthenticationRequired", 401)
        return answer(self._open_session(account))

    def refresh_session(self, request: Request) -> Response:
        """Rotate the refresh token; the old one, used again within two hours, gives the same successor."""
        if request.body:
            raise Wrong("A request body was provided when none was expected")
        now = self.clock()
        claims = sessions.verify(self.store.secret("jwt"), request.bearer, "refresh", now)
        with self.store.writing():
            kept = self.store.session(claims["jti"])
            account = self.store.account(kept[0]) if kept else None
            if kept is None or account is None or account.revoked or kept[2] <= now:
                raise Wrong("Token has been revoked", "ExpiredToken")
            following = kept[1] or self.new_refresh_id(account)
            ends_at = min(kept[2], now + sessions.OLD_REFRESH_LIFE)
            self.store.keep_session(claims["jti"], account.handle, following, ends_at)
            if self.store.session(following) is None:
                self.store.keep_session(following, account.handle, "", now + sessions.REFRESH_LIFE)
        return answer(self.session(account, following))

    def show_session(self, request: Request) -> Response:
        """Return whom the access token belongs to."""
        return answer(self.identity(self.login(request)))

    def delete_session(self, request: Request) -> Response:
        """Forget the refresh token."""
        claims = sessions.verify(self.store.secret("jwt"), request.bearer, "refresh", self.clock())
        self.store.drop_session(claims["jti"])
        return Response(200)

    def describe_server(self, _: Request) -> Response:
        """Return what the server is and what it takes."""
        return answer(
            {
                "did": "did:web:localhost",
                "availableUserDomains": [".test"],
                "inviteCodeRequired": False,
                "phoneVerificationRequired": False,
                "links": {},
                "contact": {},
                "blobUploadLimit": _LARGEST_BLOB,
            }
        )

    def resolve_handle(self, request: Request) -> Response:
        """Return the DID of a handle."""
        account = self.store.account(short_handle(request.asked("handle")))
        if account is None:
            raise Wrong("Unable to resolve handle")
        return answer({"did": account.id})

    def _open_session(self, account: Account) -> Doc:
        with self.store.writing():
            refresh_id = self.new_refresh_id(account)
            self.store.keep_session(refresh_id, account.handle, "", self.clock() + sessions.REFRESH_LIFE)
        return self.session(account, refresh_id)

    # Blobs

    def upload_blob(self, request: Request) -> Response:
        """Take raw bytes and return the blob object that a record must use as it is."""
        account = self.login(request)
        if len(request.body) > _LARGEST_BLOB:
            raise Wrong("request entity too large", "PayloadTooLarge", 413)
        shape = pictures.recognise(request.body)
        mime = shape.mime if shape else request.mime or "application/octet-stream"
        cid = records.blob_cid(request.body)
        media = Media(
            handle=account.handle,
            id=cid,
            mime=mime,
            width=shape.width if shape else None,
            height=shape.height if shape else None,
            size=len(request.body),
            sha256=hashlib.sha256(request.body).hexdigest(),
            alt="",
            focus="",
            post=None,
            created_at=self.clock(),
        )
        self.store.keep_media(media, request.body)
        return answer(
            {"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": media.size}}
        )

    def get_blob(self, request: Request) -> Response:
        """Return a blob's bytes with the type they had, and nothing that a browser would run."""
        account = self.store.account_by_id(request.asked("did"))
        media = self.store.media(account.handle, request.asked("cid")) if account else None
        if media is None:
            raise Wrong("Blob not found", "BlobNotFound")
        headers = {"Content-Type": media.mime, "Content-Disposition": "attachment", **pages.SAFE}
        return Response(200, self.store.content(media.handle, media.id), headers)

    # Records

    def create_record(self, request: Request) -> Response:
        """Write a new record; a key that is taken is an error that hides its cause, as on the real server."""
        account, given = self._write(request)
        with self.store.writing():
            rkey = str(given.get("rkey") or records.tid_of(self.store.next_number(self.clock())))
            record, status = self._checked(given, rkey)
            if self.store.post(_uri(account, given["collection"], rkey)):
                return self.broken()
            return self._keep(account, given["collection"], rkey, record, status, request.hidden, None)

    def put_record(self, request: Request) -> Response:
        """Write a record at its key: made, replaced, or left alone when it is already the same."""
        account, given = self._write(request)
        with self.store.writing():
            rkey = str(given.get("rkey") or "")
            record, status = self._checked(given, rkey)
            before = self.store.post(_uri(account, given["collection"], rkey))
            cid = before.doc["cid"] if before else None
            if before and cid == records.record_cid(record):
                return answer({"uri": before.id, "cid": cid, "validationStatus": status})
            if "swapRecord" in given and given["swapRecord"] != cid:
                raise Wrong(f"Record was at {cid or 'null'}", "InvalidSwap")
            return self._keep(account, given["collection"], rkey, record, status, request.hidden, before)

    def delete_record(self, request: Request) -> Response:
        """Delete a record; one that is not there is no error."""
        account, given = self._write(request)
        with self.store.writing():
            post = self.store.post(_uri(account, given["collection"], str(given.get("rkey"))))
            if post is None:
                return answer({})
            if "swapRecord" in given and given["swapRecord"] != post.doc["cid"]:
                raise Wrong(f"Record was at {post.doc['cid']}", "InvalidSwap")
            for blob in records.blobs(post.doc["record"]):
                self.store.attach_media(account.handle, blob["ref"]["$link"], None)
            self.store.drop_post(post.id)
        return answer({"commit": self._commit(post.id)})

    def get_record(self, request: Request) -> Response:
        """Return one record."""
        account, collection, rkey = self._repo(request), request.asked("collection"), request.asked("rkey")
        post = self.store.post(_uri(account, collection, rkey), self.clock())
        asked = request.asked("cid")
        if post is None or (asked and asked != post.doc["cid"]):
            raise Wrong(f"Could not locate record: {_uri(account, collection, rkey)}", "RecordNotFound")
        return answer({"uri": post.id, "cid": post.doc["cid"], "value": post.doc["record"]})

    def list_records(self, request: Request) -> Response:
        """Return a collection's records by key, newest key first unless `reverse` is asked."""
        account, collection = self._repo(request), request.asked("collection")
        limit, cursor, upward = (
            _whole(request, "limit", 50),
            request.asked("cursor"),
            request.asked("reverse") == "true",
        )
        kind = "post" if collection == records.POST else collection
        keyed = {
            str(post.doc["rkey"]): post
            for post in self.store.posts(handle=account.handle, kind=kind, seen_at=self.clock())
        }
        left = [rkey for rkey in keyed if not cursor or (rkey > cursor if upward else rkey < cursor)]
        page = [keyed[rkey] for rkey in sorted(left, reverse=not upward)[:limit]]
        listed = [{"uri": post.id, "cid": post.doc["cid"], "value": post.doc["record"]} for post in page]
        return answer({"records": listed} | ({"cursor": page[-1].doc["rkey"]} if page else {}))

    def _write(self, request: Request) -> tuple[Account, Doc]:
        """Return who writes and what, for a call that writes to one's own repository."""
        account, given = self.login(request), request.object()
        repo = str(given.get("repo", ""))
        owner = self.actor(repo)
        if owner is None:
            raise Wrong(f"Could not find repo: {repo}")
        if owner.id != account.id:
            raise Wrong("Authentication Required", "AuthenticationRequired", 401)
        if not re.fullmatch(
            r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]*){2,}", str(given.get("collection"))
        ):
            raise Wrong("Error: collection must be a valid nsid")
        return account, given

    def _checked(self, given: Doc, rkey: str) -> tuple[Doc, str]:
        """Return the record with its type, and what the lexicon says of it."""
        record = given.get("record")
        if not isinstance(record, dict):
            raise Wrong('Error: Input must have the property "record"')
        records.check_key(given["collection"], rkey)
        status = records.check_record(given["collection"], record)
        return {"$type": given["collection"]} | record, status

    def _keep(
        self,
        account: Account,
        collection: str,
        rkey: str,
        record: Doc,
        status: str,
        hidden: float,
        before: Post | None,
    ) -> Response:
        """Store a record, new or in place of the one before, and return the answer to a write."""
        now, uri, cid = self.clock(), _uri(account, collection, rkey), records.record_cid(record)
        languages = record.get("langs") or [""]
        post = Post(
            seq=self.store.next_number(now),
            id=uri,
            handle=account.handle,
            kind="post" if collection == records.POST else collection,
            text=str(record.get("text", "")),
            language=str(languages[0]),
            parent=records.subject(collection, record),
            created_at=now,
            visible_at=now + hidden,
            edited_at=None,
            doc={"record": record, "cid": cid, "rkey": rkey},
        )
        if before:
            post = replace(post, seq=before.seq, created_at=before.created_at, edited_at=now)
        self.use_blobs(account, record, uri)
        self.store.keep_post(post)
        return answer({"uri": uri, "cid": cid, "commit": self._commit(cid), "validationStatus": status})

    def _commit(self, what: str) -> Doc:
        rev = records.tid_of(self.store.next_number(self.clock()))
        return {"cid": records.record_cid([what, rev]), "rev": rev}

    def _repo(self, request: Request) -> Account:
        account = self.actor(request.asked("repo"))
        if account is None:
            raise Wrong(f"Could not find repo: {request.asked('repo')}")
        return account

    # Reads of the AppView

    def get_posts(self, request: Request) -> Response:
        """Return up to 25 posts; what is gone is silently left out."""
        uris = list(dict.fromkeys(request.asked_all("uris") + request.asked_all("uris[]")))
        if len(uris) > _BATCH:
            raise Wrong(f"Error: uris must not have more than {_BATCH} elements")
        found = [self._seen(uri) for uri in uris]
        return answer({"posts": [view for post in found if post and (view := self.view(post))]})

    def get_post_thread(self, request: Request) -> Response:
        """Return a post with what it answers and the answers below it."""
        post = self._seen(request.asked("uri"))
        if post is None:
            raise Wrong(f"Post not found: {request.asked('uri')}", "NotFound")
        depth, height = _whole(request, "depth", 6), _whole(request, "parentHeight", 80)
        return answer({"thread": self._below(post, depth) | self._above(post, height)})

    def _below(self, post: Post, depth: int) -> Doc:
        below = self.store.posts(parent=post.id, seen_at=self.clock(), oldest_first=True) if depth > 0 else []
        return shapes.thread(self.view(post) or {}, [self._below(reply, depth - 1) for reply in below], None)

    def _above(self, post: Post, height: int) -> Doc:
        """Return the parent's part of a thread, if there is one."""
        if not post.parent or height < 1:
            return {}
        parent = self.store.post(post.parent, self.clock())
        if parent is None:
            return {
                "parent": {"$type": "app.bsky.feed.defs#notFoundPost", "uri": post.parent, "notFound": True}
            }
        return {"parent": shapes.thread(self.view(parent) or {}, [], None) | self._above(parent, height - 1)}

    def _seen(self, uri: str) -> Post | None:
        """Return the post at an address; a handle may stand in place of the DID."""
        found = re.fullmatch(r"at://([^/]+)/app\.bsky\.feed\.post/([^/]+)", uri)
        account = self.actor(found[1]) if found else None
        return (
            self.store.post(_uri(account, records.POST, found[2]), self.clock())
            if found and account
            else None
        )

    def get_profile(self, request: Request) -> Response:
        """Return an account with its counts."""
        account = self.actor(request.asked("actor"))
        if account is None:
            raise Wrong("Profile not found")
        return answer(shapes.profile(account, self.followers(account), self.store.count_of(account.handle)))

    # Pages

    def profile_page(self, request: Request, actor: str) -> Response:
        """Return an account's public page."""
        account = self.actor(actor.removeprefix("@"))
        return pages.profile(self, request, account) if account else pages.missing(self)

    def post_page(self, _: Request, actor: str, rkey: str) -> Response:
        """Return a post's public page."""
        account = self.actor(actor)
        post = self.store.post(_uri(account, records.POST, rkey), self.clock()) if account else None
        return pages.single(self, post) if post else pages.missing(self)


def _uri(account: Account, collection: Any, rkey: str) -> str:
    return f"at://{account.id}/{collection}/{rkey}"


def _whole(request: Request, name: str, default: int) -> int:
    """Return a whole number up to 1,000 from the query.

    Raises: Wrong.
    """
    given = request.asked(name) or str(default)
    if not re.fullmatch(r"\d{1,4}", given) or int(given) > 1_000:
        raise Wrong(f"Error: {name} must be an integer")
    return int(given)


def _claim(handle: str, claim: Claim) -> Claim:
    """Return the claim under the handle that logs in; the password tells a size only if it names the same handle."""
    return Claim(handle, claim.inhabitants if claim.handle == handle else None)
