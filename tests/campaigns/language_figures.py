"""Measures the check of nynorsk and bokmål on the demo campaigns: `make language` prints what this counts.

Three questions: how many texts get a warning in their own language (none should), how many when they are called the
other language, and how many when one sentence of the other language stands in them.
"""

from __future__ import annotations

import csv
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from campaigns.language import foreign_words

OTHER = {"nn": "nb", "nb": "nn"}
TEXTS = Path(__file__).parent / "texts" / "demo.csv"
"""The 26 messages of the demo campaigns in full, short and as alternative text; original, free to use."""


class Text(NamedTuple):
    """A demo text; `form` is `full`, `short` or `alt`."""

    message: str
    form: str
    language: str
    text: str


@dataclass(frozen=True)
class Figures:
    """What was counted over texts of one form and language."""

    texts: int
    false_alarms: int
    swapped: int
    """Texts with a warning when they are called the other language."""
    mixed: int
    """Texts with a warning when one sentence of the other language stands in them …"""
    mixtures: int
    """… of so many."""
    wrongly_named: int
    """Words that a warning about a mixture names and that are not from the other language's sentence."""


def demo_texts() -> list[Text]:
    """Return every demo text."""
    with TEXTS.open(encoding="utf-8", newline="") as file:
        return [Text(*row) for row in list(csv.reader(file))[1:]]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, roughly, that have four words and more."""
    return [one for one in re.split(r"(?<=[.!?]) ", text) if len(re.findall(r"\w+", one)) >= 4]


def measure(form: str, language: str) -> Figures:
    """Count over the demo texts of one form and language."""
    texts = {one.message: one.text for one in demo_texts() if (one.form, one.language) == (form, language)}
    others = {
        one.message: one.text for one in demo_texts() if (one.form, one.language) == (form, OTHER[language])
    }
    mixtures = [
        (f"{text} {sentence}", sentence)
        for message, text in texts.items()
        for sentence in sentences(others[message])
        if sentence not in text
    ]
    warned = [(foreign_words(mixture, language), sentence) for mixture, sentence in mixtures]
    return Figures(
        texts=len(texts),
        false_alarms=sum(bool(foreign_words(text, language)) for text in texts.values()),
        swapped=sum(bool(foreign_words(text, OTHER[language])) for text in texts.values()),
        mixed=sum(bool(found) for found, _ in warned),
        mixtures=len(mixtures),
        wrongly_named=sum(word not in sentence.lower() for found, sentence in warned for word in found),
    )


def main() -> None:
    """Print the figures as a table."""
    for form in ("full", "short", "alt"):
        for language in ("nn", "nb"):
            one = measure(form, language)
            sys.stdout.write(
                f"{form:5} {language}: {one.texts} texts, {one.false_alarms} false alarms; "
                f"called {OTHER[language]}: {one.swapped} of {one.texts} warned; "
                f"one sentence mixed in: {one.mixed} of {one.mixtures} warned\n"
            )


if __name__ == "__main__":
    main()
