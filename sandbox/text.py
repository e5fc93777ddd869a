"""Counts what a reader sees as one character, and turns plain text into safe HTML.

It segments well enough for Norwegian, Sámi and emoji; Hangul jamo and Indic conjuncts are counted too high.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import UTC, datetime

ADDRESS = re.compile(r"""https?://[^\s<>"]*[^\s<>".,;:!?)\]'…]""")
"""An address with its protocol; punctuation at its end belongs to the sentence."""
HASHTAG = re.compile(r"(?<![\w&/])#(\w*[^\W\d_]\w*)")

_JOINER = "\u200d"


def graphemes(text: str) -> int:
    """Return the number of user-perceived characters."""
    count = 0
    previous = ""
    flag_open = False
    for character in text:
        if _is_flag_letter(character):
            count += 0 if flag_open else 1
            flag_open = not flag_open
        else:
            flag_open = False
            count += 0 if _continues(previous, character) else 1
        previous = character
    return count


def _continues(previous: str, character: str) -> bool:
    """Return whether `character` belongs to the one before it."""
    if not previous:
        return False
    if previous == _JOINER:
        return True
    if previous == "\r" and character == "\n":
        return True
    code = ord(character)
    return (
        character == _JOINER
        or unicodedata.category(character) in ("Mn", "Me", "Mc")
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0xE0020 <= code <= 0xE007F  # tags, as in the flag of Scotland
    )


def _is_flag_letter(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def linked(text: str) -> str:
    """Return `text` as HTML, escaped, with addresses as links and line ends kept."""
    pieces = []
    end = 0
    for found in ADDRESS.finditer(text):
        pieces.append(html.escape(text[end : found.start()]))
        pieces.append(link(found[0], found[0]))
        end = found.end()
    pieces.append(html.escape(text[end:]))
    return "".join(pieces)


def link(address: str, text: str) -> str:
    """Return a link to `address`; anything but http and https is shown as plain text."""
    if not re.match(r"https?://", address):
        return html.escape(text)
    return f'<a href="{html.escape(address)}" rel="nofollow noopener noreferrer">{html.escape(text)}</a>'


def stamp(at: float) -> str:
    """Return a time in unix seconds as ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
