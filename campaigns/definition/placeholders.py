"""The placeholders of a text: `{name}` of a fixed list, found in one pass (threat D4).

There are no attributes, formats, nesting or escapes, and nothing is put in here: a value never passes this scanner.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

PROFILE: Mapping[str, str] = {
    "kommune": "name",
    "kommunenamn": "full_name",
    "fylke": "county",
    "telefon": "phone",
    "nettstad": "website",
}
"""Placeholders that every municipality's profile answers, with the name that `default: profile.…` uses."""

ALIASES: Mapping[str, str] = {
    "sted": "stad",
    "kommunenavn": "kommunenamn",
    "nettsted": "nettstad",
    "lenkje": "lenke",
    "antall": "antal",
}
"""Other spellings of a name, so that a bokmål text may use the word it is used to."""

_HOLE = re.compile(r"\{([^{}]*)\}|[{}]")
_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hole:
    """A placeholder as written, and where; `name` is `None` where braces hold anything but a plain name."""

    written: str
    name: str | None
    start: int
    end: int


def holes(text: str) -> Iterator[Hole]:
    """Yield every placeholder of `text` in order, and every stray brace as a hole without a name."""
    for found in _HOLE.finditer(text):
        name = found[1] if found[1] is not None and _NAME.fullmatch(found[1]) else None
        yield Hole(found[0], name, found.start(), found.end())


def resolve(name: str, declared: Collection[str]) -> str | None:
    """Return the declared fact or profile placeholder that `name` stands for, or `None` when there is none.

    A declared fact wins over the profile's placeholder of the same name; an alias works in both directions.
    """
    spellings = [name, ALIASES.get(name, name), *(alias for alias, known in ALIASES.items() if known == name)]
    for known in (declared, PROFILE):
        for spelling in spellings:
            if spelling in known:
                return spelling
    return None


def names(text: str, declared: Collection[str]) -> set[str]:
    """Return the facts and profile placeholders that `text` uses; unknown ones are left out."""
    found = (resolve(hole.name, declared) for hole in holes(text) if hole.name)
    return {name for name in found if name}
