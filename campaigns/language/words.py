"""The words that tell nynorsk and bokmål apart, read once from the lists beside this module.

`words.csv` is made from a dictionary, `own.csv` is kept by hand; `SOURCES.md` says from what and how. A word that is
right in both languages stands in neither list, but for a few of `own.csv` whose other meaning is rare.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Literal

Norwegian = Literal["nn", "nb"]


@cache
def own_words() -> Mapping[str, Mapping[str, str]]:
    """Return the words kept by hand, by the language they belong to, with what they mean in the other, if anything.

    Under `both` stand words that the dictionaries part and that writers of both languages use; under `name` words that
    are a person's or a place's name where they have a capital.
    """
    found: dict[str, dict[str, str]] = {"nn": {}, "nb": {}, "both": {}, "name": {}}
    for row in _rows("own.csv"):
        found[row["language"]][row["word"]] = row["in_the_other"]
    return MappingProxyType(found)


@cache
def words_of(language: Norwegian) -> frozenset[str]:
    """Return the words, in small letters, that are right in this language and not in the other."""
    made = (row["word"] for row in _rows("words.csv") if row["language"] == language)
    return frozenset([*made, *own_words()[language]])


def _rows(file: str) -> Iterator[dict[str, str]]:
    text = resources.files("campaigns.language").joinpath(file).read_text("utf-8")
    yield from csv.DictReader(text.splitlines())
