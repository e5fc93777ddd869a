"""The snapshot: what was approved, byte for byte, and the only way to a post that a worker has.

A snapshot is canonical JSON under its SHA-256. Nothing here renders; this module is all that `workers.publish` may
know about content (D6, threat E1).
"""

from __future__ import annotations

import hashlib
import json
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
    post: Post, destination: Destination, *, organisation: str, message: str, kind: str, position: int
) -> str:
    """Return the canonical JSON of what a person approves: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(
        {
            "renderer": RENDERER,
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
