"""Counts and reads text as platforms do: graphemes, links, hashtags, and plain text out of their HTML.

Every scanner runs in linear time on hostile text (threats G14). It changes no text that is sent: the reader of a post
sees exactly what was approved (D6).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import regex

_GRAPHEME = regex.compile(r"\X")
_FLAG = regex.compile(r"[\U0001F1E6-\U0001F1FF]{2}")
_LINK = regex.compile(r"(?<![\p{L}\p{N}_@/])https?://[^\s<>\"“”«»]++", regex.IGNORECASE)
_DOTTED_HOST = regex.compile(
    r"https?://[^/?#\s]*\.\p{L}[\p{L}\p{N}-]+(?::\d+)?(?:[/?#]|\Z)", regex.IGNORECASE
)
_TAG = regex.compile(r"(?<![\p{L}\p{M}\p{N}_&/#＃])[#＃]([\p{L}\p{M}\p{N}_]++)")
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}\p{Regional_Indicator}\u20E3]")
_TRAILING = frozenset(".,:;!?'*_~…’")
_PAIRS = {")": "(", "]": "["}
# a line end behind either mark is the writer's, and no reader sees it
_BREAK = regex.compile(r"<br\b[^<>]*>\n?", regex.IGNORECASE)
_PARAGRAPH = regex.compile(r"</p>\s*+<p\b[^<>]*>", regex.IGNORECASE)
_MARK = regex.compile(r"</?[a-z!][^<>]*+>", regex.IGNORECASE)
_ENDLESS_REFERENCE = regex.compile(r"&#x?[0-9a-f]{9,}+;?", regex.IGNORECASE)
"""A character reference with so many digits that Python refuses to read the number."""
_LONGEST_HTML = 200_000
"""Characters of HTML that are read; a post of 10,000 characters stays far under it."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text, from `start` up to and without `end`, in code points, and what stands there."""

    start: int
    end: int
    value: str


def graphemes(text: str) -> int:
    """Return how many signs a reader sees: extended grapheme clusters (UAX 29)."""
    # Plain ASCII without CR LF has one sign per code point; that is most of what is counted.
    if text.isascii() and "\r" not in text:
        return len(text)
    # Two regional letters are one flag. Taken together here, since the library counts them from the beginning of
    # their row for each one anew.
    return sum(1 for _ in _GRAPHEME.finditer(_FLAG.sub("x", text)))


def signs(text: str) -> Iterator[str]:
    """Yield the signs that a reader sees; flags are cut out first, since a row of them takes quadratic time."""
    done = 0
    for flag in _FLAG.finditer(text):
        yield from _GRAPHEME.findall(text[done : flag.start()])
        yield flag[0]
        done = flag.end()
    yield from _GRAPHEME.findall(text[done:])


def is_emoji(sign: str) -> bool:
    """Return whether a sign that a reader sees is an emoji, however many code points it is made of."""
    return bool(_EMOJI.search(sign))


def links(text: str) -> list[Span]:
    """Return the http(s) addresses in a text, without the punctuation that follows them in a sentence."""
    found = []
    for match in _LINK.finditer(text):
        address = _trimmed(match[0])
        if _DOTTED_HOST.match(address):
            found.append(Span(match.start(), match.start() + len(address), address))
    return found


def hashtags(text: str) -> list[Span]:
    """Return the hashtags of a text with their sign; the value is the word without it. A number alone is none."""
    pieces, done = [], 0
    for link in links(text):
        pieces += [text[done : link.start], "/" * (link.end - link.start)]
        done = link.end
    masked = "".join([*pieces, text[done:]])
    return [
        Span(match.start(), match.end(), match[1])
        for match in _TAG.finditer(masked)
        if not match[1].isdigit()
    ]


def plain(markup: str) -> str:
    """Return the text of a platform's HTML: paragraphs and line breaks become line ends, all marks vanish.

    An own reader, because the standard library's takes quadratic time on unfinished tags. Its result is text and
    nothing else: whoever shows it must escape it like any other.
    """
    told = _PARAGRAPH.sub("\n\n", _BREAK.sub("\n", markup[:_LONGEST_HTML]))
    return unescape(_ENDLESS_REFERENCE.sub("\ufffd", _MARK.sub("", told))).strip()


def alike(one: str, other: str) -> bool:
    """Return whether two texts say the same apart from white space and the form of their accents."""
    return _folded(one) == _folded(other)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _trimmed(address: str) -> str:
    """Return an address without trailing punctuation; a closing bracket stays where one was opened inside."""
    surplus = {close: address.count(close) - address.count(opener) for close, opener in _PAIRS.items()}
    end = len(address)
    while end:
        last = address[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]
