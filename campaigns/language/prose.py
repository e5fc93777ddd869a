"""What of a post is prose: its words in order, without links, hashtags, addresses of people, and what is quoted.

Both judges of language, `mixing` and `readability`, look at a text through this module. All searches are linear on
hostile text (threat G14).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import regex

from connectors.text import hashtags, links

LONGEST_QUOTE = 80
"""Characters. A quotation of so many may be a name or a slogan; a longer one is prose of its own."""

_ADDRESS = regex.compile(r"(?<![\p{L}\p{N}_.@/-])(?:[\p{L}\p{N}_.-]{1,64}+)?@[\p{L}\p{N}_][\p{L}\p{N}_.@-]*+")
_QUOTED = regex.compile(
    rf"«[^«»\n]{{1,{LONGEST_QUOTE}}}»|“[^“”\n]{{1,{LONGEST_QUOTE}}}”|\"[^\"\n]{{1,{LONGEST_QUOTE}}}\""
)
_HOST = regex.compile(r"(?<![\p{L}\p{N}.])(?:[\p{L}\p{N}-]{1,63}\.){1,8}+(?:no|com|org|net|eu)\b")
_HOLE = regex.compile(r"\{[a-z_]{1,40}\}")
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]++(?:[-'’.,:/](?=[\p{L}\p{N}])[\p{L}\p{M}\p{N}]++)*+-?")
_ENDS = frozenset(".!?…:;•–—\n")
_NAME, _BREAK = " ", "\n"
"""What is left of a name, and of a link or a hashtag: after those a sentence begins."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in a text."""

    text: str
    start: int
    """In code points of the text it was found in."""
    opens: bool
    """It begins a sentence, a line, or what follows a link."""


def without_marks(text: str) -> str:
    """Return the text with blanks for links, hashtags, people's addresses and placeholders; every place stays."""
    spans = [(one.start, one.end) for one in (*links(text), *hashtags(text))]
    spans += [found.span() for pattern in (_ADDRESS, _HOST, _HOLE) for found in pattern.finditer(text)]
    return _blank(text, spans, _BREAK)


def without_names(text: str, values: Collection[str]) -> str:
    """Return the text with blanks for what is quoted and for these values as whole words; every place stays."""
    spans = [found.span() for found in _QUOTED.finditer(text)]
    for value in filter(str.strip, values):
        at = text.find(value)
        while at >= 0:
            end = at + len(value)
            if not (text[max(0, at - 1) : at].isalnum() or text[end : end + 1].isalnum()):
                spans.append((at, end))
            at = text.find(value, end)
    return _blank(text, spans, _NAME)


def words(text: str) -> Iterator[Word]:
    """Yield the words of a text in order: letters and digits, with the hyphen, stop or colon inside them."""
    done = 0
    for found in _WORD.finditer(text):
        between = text[done : found.start()]
        yield Word(found[0], found.start(), done == 0 or not _ENDS.isdisjoint(between))
        done = found.end()


def _blank(text: str, spans: Collection[tuple[int, int]], sign: str) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        start = max(start, done)
        if end > start:
            pieces += [text[done:start], sign * (end - start)]
            done = end
    return "".join([*pieces, text[done:]])
