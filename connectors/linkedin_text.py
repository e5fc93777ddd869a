"""LinkedIn's "little text": what has to be escaped so that nothing is cut off, and how it reads back.

Facts: LinkedIn's page on the format and implementers' reports, read 2026-11. A reserved sign that is not escaped ends the
post at that place, and the answer is 201 all the same; so every one is escaped. A hashtag is written as the template that
answers use, since an escaped `#` is no hashtag any more.
"""

from __future__ import annotations

import re

from connectors.text import hashtags

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|((?:[^\\{}|]|\\.)+)\}")
_MENTION = re.compile(r"@\[((?:[^\\\[\]]|\\.)+)\]\(urn:li:[^()\\]+\)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def escaped(text: str) -> str:
    """Return a text as it is to be sent: every reserved sign escaped, every hashtag still one."""
    pieces, done = [], 0
    for tag in hashtags(text):
        pieces += [_plain(text[done : tag.start]), f"{{hashtag|\\#|{_plain(tag.value)}}}"]
        done = tag.end
    return "".join([*pieces, _plain(text[done:])])


def unescaped(told: str) -> str:
    """Return what a reader sees of a text in this format."""
    pieces, done = [], 0
    for found in re.finditer(rf"{_TEMPLATE.pattern}|{_MENTION.pattern}", told):
        pieces.append(_ESCAPED.sub(r"\1", told[done : found.start()]))
        pieces.append(_ESCAPED.sub(r"\1", f"#{found[1]}" if found[1] else found[2]))
        done = found.end()
    return "".join([*pieces, _ESCAPED.sub(r"\1", told[done:])])


def _plain(text: str) -> str:
    return _RESERVED.sub(lambda sign: f"\\{sign[0]}", text)
