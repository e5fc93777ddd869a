"""A change between two versions of a campaign as a frozen value, and what every comparison of theirs shares.

What counts as a change is decided by `difference` and its two neighbours, for messages and for facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from campaigns.definition.model import Definition, Invite, Texts
from campaigns.definition.moments import Day, clock_text
from campaigns.definition.rewording import Piece, Words
from campaigns.sentences import Language as ScreenLanguage
from campaigns.sentences import sentence

NOTHING = "–"
"""Stands in a sentence where a version says nothing."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that means something else than before; `code` tells what, in the catalogue of sentences."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    message: str | None = None
    """Key of the message; `None` is the campaign itself."""
    part: str = ""
    """Key in the document, with a point below a point: `answer.by`, `short`, `by_platform.name`, `follow_up.1`."""
    position: int | None = None
    """Place of a paragraph, a picture or an option, from 0: in the new version, or in the old one for what is gone."""
    language: str | None = None
    words: tuple[Piece, ...] = ()
    """What became of the words of a text."""


def said(change: Change, language: ScreenLanguage) -> str:
    """Return a change as a person reads it."""
    return sentence(change.code, change.values, language)


def shown(value: object) -> str:
    """Return a value as a document has it, for a sentence."""
    if value is None or value == ():
        return NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value.date()} {clock_text(value.time())}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return clock_text(value)
    if isinstance(value, Invite):
        return value.county or value.group or shown(sorted(value.municipalities or ()))
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(shown, value))
    return str(value)


class Versions:
    """Two versions of a campaign, the old and the new one, with the budget for comparing their words."""

    def __init__(self, old: Definition, new: Definition) -> None:
        self.old = old
        self.new = new
        self._words = Words()
        self._passing = set(old.languages) ^ set(new.languages)
        """Languages that the campaign gained or lost: told once, not at every text."""

    def days(self, old: Day | None, new: Day | None) -> tuple[date | Day | None, date | Day | None]:
        """Return two days as dates; a relative one without an anchor stays as it is written."""
        return _resolved(old, self.old.anchor), _resolved(new, self.new.anchor)

    def reworded(self, old: Texts, new: Texts) -> Iterator[tuple[str, tuple[Piece, ...]]]:
        """Yield each language in which a text changed, with what became of its words."""
        for language in dict.fromkeys((*new, *old)):
            before, after = old.get(language, ""), new.get(language, "")
            is_passing = language in self._passing and not (before and after)
            if before != after and not is_passing:
                yield language, self._words.compare(before, after)


def _resolved(day: Day | None, anchor: date | None) -> date | Day | None:
    return day if day is None or (day.relative and anchor is None) else day.on(anchor)
