"""What became of words: which went out and which came in, and which paragraph of the new text was which of the old.

The cost is bounded, whatever the texts are: beyond a budget a text is given as a whole, out and in. No meaning is
judged here.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

Fate = Literal["same", "out", "in"]
_Item = TypeVar("_Item")

MOST_FOR_ONE = 4_000_000
"""Pairs of words that one text may be compared by: 1,000 words with 1,000, each with the space after it."""
MOST_FOR_ALL = 20_000_000
"""Pairs for a whole document; `difflib` takes about 0.1 µs for one at its worst (threats G11 and (k))."""
_OFTEN = 10
"""A word that stands more often than this in a text is no landmark; one word over and over would take 1.5 µs a pair."""

_TOKEN = re.compile(r"\s+|\S+")
_SHOWN_AROUND = 4
"""Words shown on each side of a change."""
_MARKS: Mapping[Fate, tuple[str, str]] = {"same": ("", ""), "out": ("[-", "-]"), "in": ("{+", "+}")}


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, went out or came in; the spaces are theirs."""

    fate: Fate
    text: str


class Words:
    """Compares texts word by word within one budget; beyond it, a text is out and in as a whole."""

    def __init__(self, budget: int = MOST_FOR_ALL) -> None:
        self._left = budget

    def compare(self, old: str, new: str) -> tuple[Piece, ...]:
        """Return the pieces in order: those that stayed and went out are `old`, those that stayed and came in `new`."""
        a, b = _TOKEN.findall(old), _TOKEN.findall(new)
        begin = _shared(a, b)
        end = _shared(a[begin:][::-1], b[begin:][::-1])
        middle_a, middle_b = a[begin : len(a) - end], b[begin : len(b) - end]
        parts: list[tuple[Fate, Sequence[str]]] = [("same", a[:begin]), *self._middle(middle_a, middle_b)]
        return tuple(_joined([*parts, ("same", a[len(a) - end :])]))

    def _middle(self, a: list[str], b: list[str]) -> Iterator[tuple[Fate, Sequence[str]]]:
        cost = len(a) * len(b)
        if cost > min(MOST_FOR_ONE, self._left):
            yield from (("out", a), ("in", b))
            return
        self._left -= cost
        often = {word for word, count in Counter(b).items() if count > _OFTEN}
        # nor are spaces: else every text would share some with every other
        matcher = difflib.SequenceMatcher(lambda word: word.isspace() or word in often, a, b)
        for fate, a_from, a_to, b_from, b_to in matcher.get_opcodes():
            if fate == "equal" and not all(map(str.isspace, a[a_from:a_to])):
                yield "same", a[a_from:a_to]
            else:
                yield from (("out", a[a_from:a_to]), ("in", b[b_from:b_to]))


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    """Return how many words two texts begin with alike."""
    length = min(len(a), len(b))
    return next((place for place in range(length) if a[place] != b[place]), length)


def _joined(parts: Iterable[tuple[Fate, Sequence[str]]]) -> Iterator[Piece]:
    """Yield the parts as pieces: neighbours made one, what went out before what came in, none empty."""
    same = out = into = ""
    for fate, words in parts:
        text = "".join(words)
        if fate == "same" and text:
            yield from _pieces(out=out, into=into)
            same, out, into = same + text, "", ""
        elif text:
            yield from _pieces(same=same)
            same = ""
            out, into = (out + text, into) if fate == "out" else (out, into + text)
    yield from _pieces(same=same, out=out, into=into)


def _pieces(same: str = "", out: str = "", into: str = "") -> Iterator[Piece]:
    fates: tuple[tuple[Fate, str], ...] = (("same", same), ("out", out), ("in", into))
    yield from (Piece(fate, text) for fate, text in fates if text)


def marked(pieces: Sequence[Piece]) -> str:
    """Return a change in one line: `[-what went out-]{+what came in+}` with some words around it."""
    last = len(pieces) - 1
    shown = [_marked(piece, first=place == 0, last=place == last) for place, piece in enumerate(pieces)]
    return " ".join("".join(shown).split())


def _marked(piece: Piece, *, first: bool, last: bool) -> str:
    """Return a piece between its marks, its outer spaces outside them; of what stayed, what stands next to a change."""
    text = piece.text.strip()
    words = text.split()
    if piece.fate == "same" and len(words) > 2 * _SHOWN_AROUND:
        begin, end = words[:_SHOWN_AROUND], words[-_SHOWN_AROUND:]
        text = " ".join([*([] if first else begin), "…", *([] if last else end)])
    elif text:
        before, after = _MARKS[piece.fate]
        text = f"{before}{text}{after}"
    left = " " * piece.text[:1].isspace()
    right = " " * piece.text[-1:].isspace()
    return f"{left}{text}{right}"


def align(
    old: Sequence[_Item], new: Sequence[_Item], likeness: Callable[[_Item, _Item], float]
) -> list[tuple[int | None, int | None]]:
    """Return which old item became which new one, in order; `None` stands where one has no counterpart.

    `likeness` is from 0 to 1. The likest find each other, and what is unlike takes what is left; nothing crosses.
    """
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    pairs = [[0.1 + likeness(a, b) for b in new] for a in old]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + pairs[i][j])
    found: list[tuple[int | None, int | None]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and best[i][j] == best[i + 1][j + 1] + pairs[i][j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif i < len(old) and (j == len(new) or best[i][j] == best[i + 1][j]):
            found.append((i, None))
            i += 1
        else:
            found.append((None, j))
            j += 1
    return found


def likeness_of(old: frozenset[str], new: frozenset[str]) -> float:
    """Return the share of words that two texts have in common, from 0 to 1."""
    return len(old & new) / len(old | new) if old or new else 1.0
