"""Wording: placeholders, paragraphs, languages and lengths; from a message's paragraphs to the text a reader sees.

Placeholders are found by the document's own scanner (threat D4): `{name}` and nothing else, no attributes, no format.
Text is scanned once, and a value is put in as it is, never scanned again. There is no falling back from one written
language to another.
What a fact may contain and how it is written in a language is the business of `campaigns.facts`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from campaigns.definition.model import ParagraphKind
from campaigns.definition.placeholders import ALIASES, holes
from connectors.base import Problem

Form = Literal["full", "short"]

_ZWJ = "\u200d"
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters that count as letters, marks or signs and show nothing."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A place in a text where a value goes."""

    name: str
    """As it is kept: aliases are already followed."""


class MissingLanguage(LookupError):
    """A paragraph has no text in the wanted written language; nothing else is put in its place."""

    code = "wording.missing_language"

    def __init__(self, language: str, paragraph: int) -> None:
        self.language = language
        self.paragraph = paragraph
        self.values: Mapping[str, str | int] = {"language": language, "paragraph": paragraph + 1}
        super().__init__(f"paragraph {paragraph + 1} has no text in {language}")


class NotAdaptable(ValueError):
    """A municipality's own wording was given for a paragraph that is not free (D19)."""

    code = "wording.not_adaptable"

    def __init__(self, paragraph: int) -> None:
        self.paragraph = paragraph
        self.values: Mapping[str, str | int] = {"paragraph": paragraph + 1}
        super().__init__(f"paragraph {paragraph + 1} is not free and stays as it is")


class Worded(Protocol):
    """What `render` needs to know of a paragraph; the document's and the store's paragraphs both fit."""

    @property
    def kind(self) -> str:
        """`free`, `fill` or `locked`: what a municipality may do with it."""

    @property
    def texts(self) -> Mapping[Any, str]:
        """Its text by written language."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph as a plain value."""

    kind: ParagraphKind
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished text, or one with holes."""

    text: str
    missing: tuple[str, ...] = ()
    """Placeholders without a value, in order; they stand in the text in their braces."""
    parts: tuple[tuple[str, str], ...] = ()
    """The paragraphs, each with its kind: `locked`, `fill`, `free`, or `own` where a municipality replaced it."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The form of a text that fits an account."""

    form: Form
    text: str
    length: int
    """As the platform counts."""


def scan(text: str) -> Iterator[str | Placeholder]:
    """Yield a text's literal pieces and its placeholders in order; braces that make no placeholder are literal."""
    at = 0
    for hole in holes(text):
        if hole.name is None:
            continue
        if hole.start > at:
            yield text[at : hole.start]
        yield Placeholder(ALIASES.get(hole.name, hole.name))
        at = hole.end
    if at < len(text):
        yield text[at:]


def placeholders(text: str) -> tuple[str, ...]:
    """Return the names of a text's placeholders, each once, in order of appearance."""
    return tuple(dict.fromkeys(piece.name for piece in scan(text) if isinstance(piece, Placeholder)))


def fill(text: str, values: Mapping[str, str]) -> Rendered:
    """Return `text` with its placeholders filled in; those without a value stay and are listed."""
    known = {ALIASES.get(name, name): value for name, value in values.items()}
    pieces: list[str] = []
    missing: dict[str, None] = {}
    for piece in scan(text):
        if isinstance(piece, str):
            pieces.append(piece)
        elif piece.name in known:
            pieces.append(known[piece.name])
        else:
            pieces.append(f"{{{piece.name}}}")
            missing[piece.name] = None
    return Rendered("".join(pieces), tuple(missing))


def render(
    paragraphs: Sequence[Worded],
    language: str,
    values: Mapping[str, str],
    adaptations: Mapping[int, str | None] | None = None,
) -> Rendered:
    """Return the text of `paragraphs` in one written language, joined by blank lines.

    `adaptations` has, by place in `paragraphs` (from 0), a municipality's own text in that language; an empty text or
    `None` drops the paragraph. Its placeholders are filled in like the county's.

    Raises: MissingLanguage; NotAdaptable when a paragraph that is not free is to be replaced or dropped (D19).
    """
    parts: list[tuple[str, str]] = []
    missing: dict[str, None] = {}
    for place, paragraph in enumerate(paragraphs):
        if adaptations and place in adaptations:
            if paragraph.kind != "free":
                raise NotAdaptable(place)
            kind, text = "own", (adaptations[place] or "").strip()
        elif language in paragraph.texts:
            kind, text = paragraph.kind, paragraph.texts[language].strip()
        else:
            raise MissingLanguage(language, place)
        if text:
            filled = fill(text, values)
            parts.append((kind, filled.text))
            missing |= dict.fromkeys(filled.missing)
    return Rendered("\n\n".join(text for _, text in parts), tuple(missing), tuple(parts))


def choose_form(
    full: str,
    short: str | None,
    length: Callable[[str], int],
    limit: int,
    *,
    prefers_short: bool = False,
) -> Chosen | Problem:
    """Return the full text where it fits, else the short one; the other way round where short is preferred (D19).

    `length` counts as the platform does, `limit` is in the same units. Nothing is ever cut: where neither fits, the
    problem tells by how much the shorter one is too long.
    """
    candidates: list[tuple[Form, str]] = [("full", full)]
    if short:
        candidates.insert(0 if prefers_short else 1, ("short", short))
    measured = [Chosen(form, text, length(text)) for form, text in candidates]
    for chosen in measured:
        if chosen.length <= limit:
            return chosen
    shortest = min(chosen.length for chosen in measured)
    values = {"length": shortest, "limit": limit, "over": shortest - limit}
    return Problem("wording.too_long" if short else "wording.too_long_without_short", values)


def written_language(decision: str | None, chosen: str | None) -> str | None:
    """Return the language an organisation writes in, or `None` when it must be asked.

    What it chose counts; otherwise its language decision, `nn` or `nb`. Neutral never means bokmål (domain notes 3.1).
    """
    if chosen:
        return chosen
    return decision if decision in ("nn", "nb") else None


@dataclass(frozen=True, slots=True)
class Profile:
    """What an organisation's profile says for placeholders."""

    name: str
    """The Norwegian short name: `Voss`, `Kautokeino`."""
    form: str
    """`kommune`, `herad` or `fylkeskommune`."""
    county: str
    website: str = ""
    phone: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    """Short names by written language where they differ from `name`: `{"se": "Guovdageaidnu"}`."""
    full_names: Mapping[str, str] = field(default_factory=dict)
    """Names of the sender where no rule makes them: `{"se": "Guovdageainnu suohkan"}`."""
    county_names: Mapping[str, str] = field(default_factory=dict)
    """The county's names by written language where they differ from `county`."""


def profile_values(profile: Profile, language: str) -> dict[str, str]:
    """Return the values that a profile gives in one written language; what it does not know is left out.

    `kommunenamn` is the sender's whole name: `Voss herad`, `Oslo kommune`, in English `Voss municipality`. In a Sámi
    language the names are the official ones as the register has them, and stay open where it has none: a Norwegian
    name never stands in for them.
    """
    values = {"nettstad": profile.website, "telefon": profile.phone}
    name, county = profile.names.get(language, ""), profile.county_names.get(language, "")
    sender = profile.full_names.get(language, "")
    if language in ("nn", "nb", "en"):
        name, county = name or profile.name, county or profile.county
        sender = sender or (f"{name} {_form(profile.form, language)}" if name else "")
    values |= {"kommune": name, "kommunenamn": sender, "fylke": county}
    return {key: value for key, value in values.items() if value}


def hidden_characters(text: str) -> tuple[str, ...]:
    """Return characters that a reader cannot see, or that turn the text's direction, as `U+202E`, each once (D5).

    Refused are controls (a line break is fine), format and private characters, tags and blank fillers. The zero-width
    joiner is fine within an emoji such as a family; nowhere else.
    """
    found: dict[str, None] = {}
    for place, sign in enumerate(text):
        if sign == "\n" or (sign == _ZWJ and _joins_emoji(text, place)):
            continue
        if unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or sign in _FILLERS:
            found[f"U+{ord(sign):04X}"] = None
    return tuple(found)


def _form(form: str, language: str) -> str:
    """Return the word after a name; English has one for all municipalities."""
    if language != "en":
        return form
    return "county authority" if form == "fylkeskommune" else "municipality"


def _joins_emoji(text: str, place: int) -> bool:
    before, after = text[place - 1 : place] if place else "", text[place + 1 : place + 2]
    return (
        bool(before and after)
        and (before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk"))
        and unicodedata.category(after) == "So"
    )
