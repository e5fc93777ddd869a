"""The snapshot: what was approved, byte for byte, and the only way to a post that a worker has.

A snapshot is canonical JSON under its SHA-256. Nothing here renders; this module is all that `workers.publish` may
know about content (D6, threat E1).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from connectors.post import LinkCard, Picture, Poll, Post

RENDERER = 1
"""Version of the rendering, frozen in each snapshot; a newer one fells no approval (D3)."""


class Tampered(Exception):
    """A stored snapshot is not what its hash says; nothing of it may be sent."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The account a snapshot was approved for."""

    platform: str
    base: str
    remote_id: str


def encode(
    post: Post,
    destination: Destination,
    *,
    organisation: str,
    message: str,
    kind: str,
    position: int,
    parts: Sequence[tuple[str, str]] = (),
    holes: Sequence[str] = (),
) -> str:
    """Return the canonical JSON of what a person approves: sorted keys, no spaces, UTF-8 as it is.

    `parts` are the paragraphs that the text was put together from, each with its kind (locked, fill, free, own), and
    what stands after them (a poll's options, tags), so that it can be told later what a correction touched. With `holes`, names of facts that come late, it is a wording:
    it may be approved and can never be sent (D3).
    """
    return json.dumps(
        {
            "renderer": RENDERER,
            "parts": [list(part) for part in parts],
            "holes": sorted(holes),
            "organisation": organisation,
            "message": message,
            "kind": kind,
            "position": position,
            "destination": asdict(destination),
            "post": asdict(post),
        },
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )


def digest(body: str) -> str:
    """Return the SHA-256 of a snapshot's body as hex."""
    return hashlib.sha256(body.encode()).hexdigest()


def same(body: str, other: str) -> bool:
    """Return whether two snapshots would send the same; another version of the renderer alone is no change (D3)."""
    return body == other or _content(body) == _content(other)


def changed_kinds(body: str, other: str) -> frozenset[str] | None:
    """Return the kinds of paragraphs in which two snapshots differ, or `None` where they differ in anything else.

    Anything else is the account, the language, a picture, an alternative text, a poll, the number of paragraphs.
    """
    one, two = _content(body), _content(other)
    texts, more = one.pop("parts"), two.pop("parts")
    for content in (one, two):
        content["post"] = {**content["post"], "text": ""}
    kinds, more_kinds = [part[0] for part in texts], [part[0] for part in more]
    if one != two or kinds != more_kinds:
        return None
    return frozenset(part[0] for part, now in zip(texts, more, strict=True) if part[1] != now[1])


def consists_of(body: str, kinds: Collection[str]) -> bool:
    """Return whether a snapshot's text has paragraphs of these kinds alone."""
    return all(part[0] in kinds for part in json.loads(body)["parts"])


def _content(body: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(body)
    del content["renderer"]
    return content


class ApprovedSnapshot:
    """A snapshot whose bytes were compared with the hash that was approved; its `post` is what may be sent."""

    __slots__ = ("destination", "hash", "post")

    def __init__(self, body: str, approved_hash: str) -> None:
        """Compare and read.

        Raises: Tampered.
        """
        if digest(body) != approved_hash:
            raise Tampered(approved_hash)
        content: dict[str, Any] = json.loads(body)
        if content["holes"]:
            raise Tampered(approved_hash)  # a wording; nobody approved it for sending
        self.hash = approved_hash
        self.destination = Destination(**content["destination"])
        self.post = _post(content["post"])


def _post(content: dict[str, Any]) -> Post:
    card, poll = content["card"], content["poll"]
    return Post(
        text=content["text"],
        language=content["language"],
        pictures=tuple(_picture(one) for one in content["pictures"]),
        card=LinkCard(**{**card, "picture": _picture(card["picture"]) if card["picture"] else None})
        if card
        else None,
        poll=Poll(tuple(poll["options"]), poll["days"]) if poll else None,
        visibility=content["visibility"],
        reply_to=content["reply_to"],
    )


def _picture(content: dict[str, Any]) -> Picture:
    return Picture(**{**content, "focus": tuple(content["focus"])})
