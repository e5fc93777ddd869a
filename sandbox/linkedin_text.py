"""Reads LinkedIn's "little text" as the platform does: what is reserved and not escaped ends a text."""

from __future__ import annotations

import re

_RESERVED = frozenset("|{}@[]()<>#*_~")
_HASHTAG = re.compile(r"\{hashtag\|\\#\|((?:[^\\{}|]|\\.)+)\}")
_MENTION = re.compile(r"@\[([^\\\[\]]+)\]\((urn:li:[\w:]+)\)")
_PLAIN_TAG = re.compile(r"#([^\W\d][\w]*)")


class Unreadable(ValueError):
    """A reserved sign stands where it may not; the message is its place."""


def read(told: str) -> str:
    """Return what a reader sees.

    Raises: Unreadable.
    """
    seen, at = [], 0
    while at < len(told):
        hashtag, mention = _HASHTAG.match(told, at), _MENTION.match(told, at)
        bare = _PLAIN_TAG.match(told, at)
        if told[at] == "\\" and at + 1 < len(told):
            seen.append(told[at + 1])
            at += 2
        elif hashtag:
            seen.append("#" + re.sub(r"\\(.)", r"\1", hashtag[1]))
            at = hashtag.end()
        elif mention:
            seen.append(mention[1])
            at = mention.end()
        elif bare:
            seen.append(bare[0])
            at = bare.end()
        elif told[at] in _RESERVED or told[at] == "\\":
            raise Unreadable(str(at))
        else:
            seen.append(told[at])
            at += 1
    return "".join(seen)


def templated(told: str) -> str:
    """Return a text as answers give it: bare hashtags as templates."""
    return re.sub(
        r"(?<![\\|\w])#([^\W\d][\w]*)", lambda tag: "{hashtag|\\#|" + tag[1].replace("_", "\\_") + "}", told
    )
