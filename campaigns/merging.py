"""Two people changed one text: paragraphs that belong together, and a three-way merge by word. Pure.

The county corrects while municipalities have words of their own. `align` says which paragraph of the new version goes
on from which of the old one, so that what was written about a paragraph follows it; `merge` puts both sides' changes
together where they do not meet, and shows both where they do. Nothing of either side is ever lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

MOST_TOKENS = 4_000
"""Words and spaces of one text that are compared one by one; a longer text is taken as a whole, so that the time a
merge takes stays bounded (comparing is quadratic in the worst case; a post has a few hundred)."""
ALIKE = 0.5
"""Share of common words from which two paragraphs are taken for versions of one."""

MOST_PAIRS = 250_000
"""Pairs of sentences that `both` compares: 500 with 500."""

_TOKEN = re.compile(r"\s+|\{\w+\}|\w+|[^\w\s]")

_AFTER_SENTENCE = re.compile(r"(\n+|(?<=[.!?…])[ \t]+)")

Source = Literal["same", "theirs", "ours", "conflict"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a merged text, and whose it is; in a conflict `text` is ours and `other` theirs."""

    source: Source
    text: str
    other: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome of a merge, piece by piece."""

    pieces: tuple[Piece, ...]

    @property
    def conflicts(self) -> int:
        """Return in how many places both sides changed the same words differently."""
        return sum(piece.source == "conflict" for piece in self.pieces)

    @property
    def text(self) -> str | None:
        """Return the merged text, or `None` where a person has to choose."""
        return None if self.conflicts else "".join(piece.text for piece in self.pieces)


def align(old: Sequence[str], new: Sequence[str]) -> list[int | None]:
    """Return for each of the new paragraphs the place of the old one that it goes on from, or `None` for a new one.

    Equal texts belong together first, then those with the most words in common, then what stands in the same gap
    between two that belong together: a paragraph that was written anew in its place. No old one is given twice.
    """
    found: list[int | None] = [None] * len(new)
    free = dict.fromkeys(range(len(old)))
    for place, text in enumerate(new):
        same = next((there for there in free if old[there] == text), None)
        if same is not None:
            found[place] = same
            del free[same]
    likeness = sorted(
        (
            (-_likeness(old[there], text), abs(there - place), place, there)
            for place, text in enumerate(new)
            if found[place] is None
            for there in free
        )
    )
    for score, _, place, there in likeness:
        if -score >= ALIKE and found[place] is None and there in free:
            found[place] = there
            del free[there]
    _fill_gaps(found, free)
    return found


def _likeness(one: str, other: str) -> float:
    """Return the share of words that two texts have in common, from 0 to 1; linear in their length."""
    words, more = (Counter(re.findall(r"\w+", text.lower())) for text in (one, other))
    total = words.total() + more.total()
    return 2 * (words & more).total() / total if total else 0.0


def _fill_gaps(found: list[int | None], free: dict[int, None]) -> None:
    """Pair what is left where exactly one new and one old paragraph stand between the same neighbours."""
    for place, there in enumerate(found):
        if there is not None:
            continue
        before = next((one for one in reversed(found[:place]) if one is not None), -1)
        after = next((one for one in found[place + 1 :] if one is not None), None)
        gap = [one for one in free if one > before and (after is None or one < after)]
        if gap:
            found[place] = gap[0]
            del free[gap[0]]


def merge(base: str, theirs: str, ours: str) -> Merged:
    """Return both sides' changes of `base` in one text, by word; where they meet, both stand side by side.

    A text of more than `MOST_TOKENS` words and spaces is compared as a whole.
    """
    if theirs in (ours, base):
        return Merged(_piece("same" if ours == base else "ours", ours))
    if ours == base:
        return Merged(_piece("theirs", theirs))
    tokens = [_tokens(text) for text in (base, theirs, ours)]
    if max(map(len, tokens)) > MOST_TOKENS:
        return Merged((Piece("conflict", ours, theirs),))
    return Merged(tuple(_joined(_walk(*tokens))))


def both(one: str, other: str) -> str:
    """Return a text with every sentence of two that go back to one; what they share stands once, in its place.

    Where they differ, the sentences of `one` come before those of `other`. Nothing is known of what either took out.
    """
    a, b = _sentences(one), _sentences(other)
    first, second = ([sentence for sentence, _ in side] for side in (a, b))
    if len(a) * len(b) > MOST_PAIRS:
        return f"{one.strip()}\n\n{other.strip()}"
    pieces: list[tuple[str, str]] = []
    for fate, a_from, a_to, b_from, b_to in SequenceMatcher(
        None, first, second, autojunk=False
    ).get_opcodes():
        pieces += b[b_from:b_to] if fate == "equal" else [*a[a_from:a_to], *b[b_from:b_to]]
    return "".join(f"{text}{after or _between_sentences(text)}" for text, after in pieces).strip()


def _sentences(text: str) -> list[tuple[str, str]]:
    """Return the sentences and lines of a text, each with the space after it."""
    parts = [*_AFTER_SENTENCE.split(text.strip()), ""]
    return [(sentence, after) for sentence, after in zip(parts[::2], parts[1::2], strict=True) if sentence]


def _between_sentences(text: str) -> str:
    return " " if text.endswith((".", "!", "?", "…")) else "\n"


def _piece(source: Source, text: str) -> tuple[Piece, ...]:
    return (Piece(source, text),) if text else ()


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _walk(base: Sequence[str], theirs: Sequence[str], ours: Sequence[str]) -> Iterator[Piece]:
    """Yield the pieces between the stretches of `base` that neither side touched."""
    at = their_at = our_at = 0
    for start, their_start, our_start, length in _stable(base, theirs, ours):
        yield from _between(base[at:start], theirs[their_at:their_start], ours[our_at:our_start])
        if length:
            yield Piece("same", "".join(base[start : start + length]))
        at, their_at, our_at = start + length, their_start + length, our_start + length


def _stable(
    base: Sequence[str], theirs: Sequence[str], ours: Sequence[str]
) -> Iterator[tuple[int, int, int, int]]:
    """Yield stretches that stand unchanged on both sides: place in base, theirs and ours, and length; then the end."""
    theirs_of, ours_of = _places(base, theirs), _places(base, ours)
    start = 0
    while start < len(base):
        if start not in theirs_of or start not in ours_of:
            start += 1
            continue
        end = start + 1
        while (
            theirs_of.get(end) == theirs_of[start] + end - start
            and ours_of.get(end) == ours_of[start] + end - start
        ):
            end += 1
        yield start, theirs_of[start], ours_of[start], end - start
        start = end
    yield len(base), len(theirs), len(ours), 0


def _places(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Return for each token of `base` that `other` keeps its place there."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}


def _between(base: Sequence[str], theirs: Sequence[str], ours: Sequence[str]) -> Iterator[Piece]:
    """Yield what comes of one stretch that at least one side changed."""
    was, their_text, our_text = ("".join(side) for side in (base, theirs, ours))
    if their_text in (our_text, was):
        yield from _piece("same" if our_text == was else "ours", our_text)
    elif our_text == was:
        yield from _piece("theirs", their_text)
    else:
        yield Piece("conflict", our_text, their_text)


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Yield the pieces with neighbours of the same source put together; conflicts stay apart."""
    last: Piece | None = None
    for piece in pieces:
        if last is not None and last.source == piece.source != "conflict":
            last = Piece(piece.source, last.text + piece.text)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last
