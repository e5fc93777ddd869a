"""Checks every text of a document in its place: languages, placeholders, alternative texts.

It looks at the unfolded nodes rather than the finished value, so that one broken key elsewhere hides nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from campaigns.definition.placeholders import PROFILE, Hole, holes, resolve
from campaigns.definition.shape import LANGUAGES
from campaigns.definition.source import Node, Place, Problem, Rows, Scalar, Table, problem_at

_ALT_BEGINS = re.compile(
    r"(?:eit |et |a )?(?:bilete|bilde|foto|illustrasjon|picture|image|photo)(?:et)? (?:av|of)\b",
    re.IGNORECASE,
)


MOST_TOLD = 300
"""Problems told one by one; nobody reads more before mending some. What comes after them is only counted."""
_MOST_COMPARED = 200
"""Known names that a misspelt one is compared with; comparing each with each of thousands would take minutes."""


def check_texts(root: Table, lines: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with the texts of an unfolded document."""
    listed = root.get("languages")
    languages = [str(text) for text in listed if isinstance(text, Scalar)] if isinstance(listed, Rows) else []
    facts = root.get("facts")
    declared = dict.fromkeys(map(str.lower, facts)) if isinstance(facts, Table) else {}
    told = 0
    for texts in _texts(root):
        yield from _check_languages(texts, languages)
        for words in texts.values():
            if isinstance(words, Scalar):
                for problem in check_placeholders(words, declared, lines, told):
                    told += 1
                    yield problem
                if texts.path[-1:] == ("alt",) and _ALT_BEGINS.match(words):
                    yield problem_at("definition.alt_begins", words.place, words.path, {"text": words[:20]})


def check_placeholders(
    words: Scalar, declared: Collection[str], lines: Sequence[str], told: int = 0
) -> Iterator[Problem]:
    """Yield a problem for each placeholder of `words` that names no fact and nothing of the profile.

    `told` is how many others the document has before it: a flood of them is not explained one by one.
    """
    wrong = [
        hole
        for hole in {hole.written: hole for hole in holes(words)}.values()
        if not (hole.name and resolve(hole.name, declared))
    ]
    places = _places(wrong, words, lines)
    for number, hole in enumerate(wrong, told):
        if number < MOST_TOLD:
            code, values = _misnamed(hole, declared)
            yield problem_at(code, places.get(hole.written, words.place), words.path, values)
        else:
            end = Place(max(len(lines), words.place.line), 1)
            yield problem_at("definition.placeholder_form", end, words.path, {"written": hole.written})


def similar(word: str, known: Collection[str]) -> str | None:
    """Return the known word that `word` most likely was meant to be, of the first two hundred."""
    compared = list(islice(known, _MOST_COMPARED))
    return next(iter(difflib.get_close_matches(word[:60], compared, n=1)), None)


def _texts(node: Node | None) -> Iterator[Table]:
    """Yield every mapping from languages to words."""
    if isinstance(node, Table) and any(key in LANGUAGES for key in node):
        yield node
    elif isinstance(node, Table | Rows):
        for child in node.values() if isinstance(node, Table) else node:
            yield from _texts(child)


def _check_languages(texts: Table, languages: Sequence[str]) -> Iterator[Problem]:
    for language in languages:
        if language in LANGUAGES and language not in texts:
            yield problem_at("definition.language_missing", texts.place, texts.path, {"language": language})
    if not languages or not set(languages) <= set(LANGUAGES):
        return  # a misspelt language is told of where it is listed, not at every text
    for language in texts:
        if language in LANGUAGES and language not in languages:
            place = texts.key_places.get(language, texts.place)
            yield problem_at(
                "definition.language_extra", place, texts.path, {"language": language}, "warning"
            )


def _misnamed(hole: Hole, declared: Collection[str]) -> tuple[str, dict[str, str]]:
    if not hole.name:
        return "definition.placeholder_form", {"written": hole.written}
    meant = similar(hole.name, (*declared, *PROFILE))
    if meant:
        return "definition.placeholder_similar", {"name": hole.name, "similar": meant}
    return "definition.placeholder_unknown", {"name": hole.name}


def _places(wrong: Sequence[Hole], words: Scalar, lines: Sequence[str]) -> dict[str, Place]:
    """Return where these holes first stand in the document, as far as they stand there as written; one pass."""
    place = words.place
    if not wrong or place.line > len(lines):
        return {}
    found: dict[str, Place] = {}
    for hole in wrong:
        begin = place.column - 1 + hole.start
        for start in (begin, begin + 1):  # without and with a quotation mark in front
            if lines[place.line - 1].startswith(hole.written, start):
                found.setdefault(hole.written, Place(place.line, start + 1))
    missing = {hole.written for hole in wrong} - set(found)
    longest = words.count(" ") + 2 * words.count("\n") + 2  # lines that a folded text can have been
    for number, line in enumerate(lines[place.line : place.line + longest], place.line + 1):
        if not missing:
            break
        for hole in holes(line):
            if hole.written in missing:
                missing.discard(hole.written)
                found[hole.written] = Place(number, hole.start + 1)
    return found
