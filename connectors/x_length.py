"""How X counts a text: weighted signs, 23 for every link however long, 2 for every emoji; and what it takes for a link.

Facts: the published configuration (version 3) of X's own text library, read 2026-11. A name with a domain's ending is a
link there even without `https://`; which endings there are comes from the public suffix list. Where that library would see
none (a bare name under a country's ending), one is counted all the same: a post is never too long or dearer by surprise.
"""

from __future__ import annotations

import unicodedata
from functools import cache

import regex
from publicsuffixlist import PublicSuffixList

from connectors.text import is_emoji, links, signs

LINK = 23
_EMOJI = 2
_GAP = "\0"
"""Stands where a link stood, so that what is beside it does not grow together; no post holds it."""
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""Code points that count one; every other counts two."""
_BARE = regex.compile(
    r"(?<![\p{L}\p{N}_@#$./:-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}])?\.)+(\p{L}[\p{L}\p{N}-]+)(?![\p{L}\p{N}_@-])"
    r"(?:/[^\s<>\"“”«»]*+)?"
)


def weighted(text: str) -> int:
    """Return the length of a text as X counts it."""
    plain, found = _without_links(unicodedata.normalize("NFC", text))
    return LINK * found + sum(_EMOJI if is_emoji(sign) else _weight(sign) for sign in signs(plain))


def has_link(text: str) -> bool:
    """Return whether X would take anything in a text for a link, which costs more."""
    return _without_links(unicodedata.normalize("NFC", text))[1] > 0


def _weight(sign: str) -> int:
    return sum(1 if any(first <= ord(one) <= last for first, last in _LIGHT) else 2 for one in sign)


def _without_links(text: str) -> tuple[str, int]:
    """Return a text with its links taken out, and how many there were."""
    masked = list(text)
    for link in links(text):
        masked[link.start : link.end] = [_GAP] * (link.end - link.start)
    found = len(links(text))
    for bare in _BARE.finditer("".join(masked)):
        if _is_ending(bare[1].lower()):
            masked[bare.start() : bare.end()] = [_GAP] * (bare.end() - bare.start())
            found += 1
    return "".join(one for one in masked if one != _GAP), found


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


def _is_ending(label: str) -> bool:
    return bool(_suffixes().is_public(label))
