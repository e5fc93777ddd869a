"""What two platforms share that publish containers: made beforehand, fetched for, looked at, and spent once.

It has no address of its own; those are in the files of the platforms.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sandbox import pictures
from sandbox.exchange import Doc, Request
from sandbox.fetching import Unfetched, fetch
from sandbox.graph_server import GraphServer
from sandbox.storage import Account, Media, Post

DAY = 86_400
_KIND = "container"
_LOOKS = 2
"""Times that a picture which is slow is still at work when it is asked about."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that a client shows somewhere, and what it says of it."""

    address: str
    alt: str


class ContainerServer(GraphServer):
    """The ground that the addresses stand on."""

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "processing": ("quick", "slow", "failing", "shy"),
        **GraphServer.choices,
    }
    mimes: ClassVar[tuple[str, ...]]
    heaviest: ClassVar[int] = 8_000_000
    """Bytes of one picture."""
    most_children: ClassVar[int]
    a_day: ClassVar[int]
    """Posts that an account may make in a day."""
    not_ready: ClassVar[tuple[int, int]]
    """Code and sub-code of the refusal to publish what is not there yet, or no more."""

    def begin(
        self, account: Account, *, text: str = "", shown: Sequence[Shown] = (), children: Sequence[str] = (),
        parent: str | None = None, child: bool = False,
    ) -> str:  # fmt: skip
        """Make a container and return its id; what it shows is fetched at once."""
        media = [self._take(account, one) for one in shown]
        for one in children:
            inner = self._container(account, one)
            if not inner["child"]:
                raise self._refusal(100, "(#100) Not a carousel item")
            if self._state(inner) != "FINISHED":
                raise self._refusal(9007, "Media ID is not available", subcode=2207027)
            media += inner["media"]
        if children and not 2 <= len(children) <= self.most_children:
            raise self._refusal(100, "(#100) Wrong number of carousel items", subcode=2207040)
        with self.store.writing():
            made = str(self.store.next_number(self.clock()))
            doc = {
                "handle": account.handle, "text": text, "media": media, "parent": parent, "child": child,
                "at": self.clock(), "looks": _LOOKS if self.modes["processing"] == "slow" and media else 0,
                "failed": self.modes["processing"] == "failing" and bool(media),
                "shy": self.modes["processing"] == "shy", "post": None,
            }  # fmt: skip
            self.store.keep(_KIND, made, doc)
        return made

    def look(self, account: Account, container: str) -> str:
        """Return how far a container has come; each look lets a slow one come further."""
        doc = self._container(account, container)
        state = self._state(doc)
        if state == "IN_PROGRESS":
            with self.store.writing():
                self.store.keep(_KIND, container, {**doc, "looks": doc["looks"] - 1})
        return state

    def spend(self, request: Request, account: Account, container: str) -> Post:
        """Publish a container; once spent, or over, it is refused, and a shy one the first time."""
        self._be_shy(account, container)
        with self.store.writing():
            doc = self._container(account, container)
            if doc["child"]:
                raise self._refusal(100, "(#100) A carousel item cannot be published by itself")
            if self._state(doc) != "FINISHED":
                raise self._refusal(self.not_ready[0], "The media cannot be found", subcode=self.not_ready[1])
            self._quota(account)
            now = self.clock()
            number = self.store.next_number(now)
            post = Post(
                number, str(number), account.handle, "post", doc["text"], "", doc["parent"], now,
                now + request.hidden, None, {"media": doc["media"]},
            )  # fmt: skip
            self.store.keep_post(post)
            for one in doc["media"]:
                self.store.attach_media(account.handle, one, post.id)
            self.store.keep(_KIND, container, {**doc, "post": post.id})
        return post

    def _be_shy(self, account: Account, container: str) -> None:
        doc = self._container(account, container)
        if doc["shy"]:
            with self.store.writing():
                self.store.keep(_KIND, container, {**doc, "shy": False})
            raise self._refusal(self.not_ready[0], "The media cannot be found", subcode=self.not_ready[1])

    def used_today(self, account: Account) -> int:
        """Return how many posts the account made within a day."""
        since = self.clock() - DAY
        found = self.store.posts(handle=account.handle)
        return sum(one.created_at > since and one.parent is None for one in found)

    def own(self, account: Account, post_id: str) -> Post:
        """Return a live post of the account."""
        post = self.store.post(post_id, self.clock())
        if post is None or post.handle != account.handle:
            raise self._missing()
        return post

    def is_container(self, node: str) -> bool:
        """Return whether an id is a container's."""
        return self.store.kept(_KIND, node) is not None

    def _quota(self, account: Account) -> None:
        if self.used_today(account) >= self.a_day:
            raise self._refusal(9, "The user has reached the maximum number of posts", subcode=2207042)

    def _container(self, account: Account, container: str) -> Doc:
        doc = self.store.kept(_KIND, container)
        if doc is None or doc["handle"] != account.handle:
            raise self._refusal(24, "The requested resource does not exist", subcode=2207006)
        return doc

    def _state(self, doc: Doc) -> str:
        if doc["post"]:
            return "PUBLISHED"
        if self.clock() - doc["at"] > DAY:
            return "EXPIRED"
        if doc["failed"]:
            return "ERROR"
        return "IN_PROGRESS" if doc["looks"] else "FINISHED"

    def _take(self, account: Account, shown: Shown) -> str:
        """Fetch a picture and return the id under which it is kept."""
        try:
            content = fetch(shown.address)
        except Unfetched as error:
            raise self._refusal(9004, f"The media could not be fetched: {error}", subcode=2207052) from None
        shape = pictures.recognise(content)
        if shape is None or shape.mime not in self.mimes or len(content) > self.heaviest:
            raise self._refusal(36_001, "The image format is not supported", subcode=2207005)
        if len(shown.alt) > 1000:
            raise self._refusal(100, "(#100) alt_text is too long")
        with self.store.writing():
            now = self.clock()
            media = Media(
                account.handle, str(self.store.next_number(now)), shape.mime, shape.width, shape.height,
                len(content), hashlib.sha256(content).hexdigest(), shown.alt, "", None, now,
            )  # fmt: skip
            self.store.keep_media(media, content)
        return media.id


def code_of(post: Post) -> str:
    """Return what a post's address ends with."""
    return base64.urlsafe_b64encode(int(post.id).to_bytes(9, "big")).decode()


def post_of(code: str) -> str:
    """Return the id of the post whose address ends so, of none where it is no such end."""
    try:
        return str(int.from_bytes(base64.urlsafe_b64decode(code), "big"))
    except ValueError:
        return ""
