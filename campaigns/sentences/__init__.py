"""The catalogue of sentences a person reads: a code and values in, a sentence in nn, nb or en out (D27).

One YAML file per area stands beside this module; each code has its three languages next to each other, so that a
missing one is seen where it is written. It holds no rule and formats no date: values arrive ready to be read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal, cast

from ruamel.yaml import YAML

Language = Literal["nn", "nb", "en"]
LANGUAGES: tuple[Language, ...] = ("nn", "nb", "en")

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return every sentence by code and language, read once.

    Raises: ValueError when two files give the same code.
    """
    sentences: dict[str, Mapping[str, str]] = {}
    yaml = YAML(typ="safe", pure=True)
    for file in sorted(resources.files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            for code, texts in (yaml.load(file.read_text("utf-8")) or {}).items():
                if code in sentences:
                    raise ValueError(f"{code} stands twice in the catalogue")
                sentences[code] = cast("Mapping[str, str]", texts)
    return sentences


def sentence(code: str, values: Mapping[str, object] | None = None, language: Language = "en") -> str:
    """Return the sentence of `code` with `values` put in once; a value is never scanned again.

    An unknown code gives the code itself: a reader is better served by an odd word than by a crash.
    Where a code has the forms `one` and `other`, the value `count` chooses.
    """
    values = values or {}
    texts = catalogue()
    key = code
    if key not in texts:
        key = f"{code}.{'one' if values.get('count') == 1 else 'other'}"
    if key not in texts:
        return code
    return _PLACEHOLDER.sub(lambda found: str(values.get(found[1], found[0])), texts[key][language])


def page_sentence(code: str, values: Mapping[str, object] | None = None, language: Language = "en") -> str:
    """Return a sentence as pages and letters put it: where the usual one names a command, another.

    Whoever reads it works in a browser and is told where to go there; the command line keeps its own words.
    """
    instead = f"page.instead.{code}"
    return sentence(instead if instead in catalogue() else code, values, language)


DAY: Mapping[Language, str] = {"nn": "EEEE d. MMMM", "nb": "EEEE d. MMMM", "en": "EEEE d MMMM"}
"""A day with its weekday, as Babel's patterns write it in each language."""


def best_of(texts: Mapping[str, str], language: Language) -> tuple[str, str]:
    """Return a text in a reader's language, else in another of ours, else in any there is; and in which it is."""
    for one in (language, *LANGUAGES, *texts):
        if texts.get(one):
            return texts[one], one
    return "", language


def placeholders(text: str) -> set[str]:
    """Return the names in braces of a sentence, for the test that holds the three languages equal."""
    return set(_PLACEHOLDER.findall(text))
