"""LIX, the readability index: how heavy a text is, and which of its sentences are hard.

LIX is the number of words in a sentence on average, plus how many words of a hundred have more than six letters
(C.-H. Björnsson, *Läsbarhet*, 1968, the index used for Norwegian). It is a hint: it knows length, not meaning, and says
little of a text of a few words, which is therefore not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from campaigns.language.prose import without_marks, words

# Björnsson's scale: 40 as in newspapers, 50 as in official documents, difficult; 60 as in heavy ones, very difficult.
# Public bodies are to write in clear language that fits its readers (språklova § 9).
HARD_TEXT = 50
HARD_SENTENCE = 60

LONG_WORD = 7
"""Letters from which a word is long: more than six."""
FEWEST_WORDS = 25
"""A text of fewer is not judged: one long word moves the index of so short a text by four and more."""
FEWEST_IN_SENTENCE = 10
"""Words below which a sentence is not called hard, for the same reason."""

_STOP = regex.compile(r"(?<![.!?…])[.!?…]++[\"»”’')\]]*+(?=\s)|\n+")
_ABBREVIATIONS = frozenset(
    ("bl.a", "ca", "dvs", "evt", "f.eks", "inkl", "jf", "kl", "m.a", "nr", "pga", "pkt", "st", "t.d", "tlf")
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it stands in the text, with its figures."""

    text: str
    words: int
    long_words: int

    @property
    def lix(self) -> int:
        """The index of this sentence alone."""
        return _lix(self.words, 1, self.long_words)

    @property
    def hard(self) -> bool:
        """Whether it is long enough to be judged, and very difficult."""
        return self.words >= FEWEST_IN_SENTENCE and self.lix >= HARD_SENTENCE


@dataclass(frozen=True, slots=True)
class Readability:
    """What a text's sentences come to."""

    sentences: tuple[Sentence, ...]

    @property
    def words(self) -> int:
        """All words; links, hashtags and emoji are none."""
        return sum(one.words for one in self.sentences)

    @property
    def lix(self) -> int:
        """The index of the whole; 0 for a text without words."""
        return _lix(self.words, len(self.sentences), sum(one.long_words for one in self.sentences))

    @property
    def hard(self) -> bool:
        """Whether the text is long enough to be judged, and difficult."""
        return self.words >= FEWEST_WORDS and self.lix >= HARD_TEXT

    @property
    def hard_sentences(self) -> tuple[Sentence, ...]:
        """The sentences that are very difficult, in order."""
        return tuple(one for one in self.sentences if one.hard)


def readability(text: str) -> Readability:
    """Return the sentences of a text with their figures."""
    bare = without_marks(text)
    found = []
    for start, end in _sentences(bare):
        counted = [word.text.rstrip("-") for word in words(bare[start:end])]
        long_words = sum(sum(map(str.isalpha, word)) >= LONG_WORD for word in counted)
        if counted:
            found.append(Sentence(" ".join(text[start:end].split()), len(counted), long_words))
    return Readability(tuple(found))


def _sentences(bare: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence begins and ends: at a stop before white space, and at a line's end."""
    start = 0
    for stop in _STOP.finditer(bare):
        if stop[0] == "." and _goes_on(bare, start, stop):
            continue
        yield start, stop.end()
        start = stop.end()
    yield start, len(bare)


def _goes_on(bare: str, start: int, stop: regex.Match[str]) -> bool:
    """Tell whether a full stop belongs to an abbreviation or an ordinal (`kl. 14`, `12. april`)."""
    last = bare[max(start, stop.start() - 12) : stop.start()].split()
    before = last[-1].lower().lstrip('(«"') if last else ""
    after = bare[stop.end() : stop.end() + 12].lstrip()[:1]
    return before in _ABBREVIATIONS or after.islower() or (before.isdigit() and len(before) <= 2)


def _lix(number: int, sentences: int, long_words: int) -> int:
    return round(number / sentences + 100 * long_words / number) if number else 0
