"""What a book is made of: facts, sentences, and tables whose cells are numbers, days, words, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from babel.numbers import format_decimal

from campaigns.sentences import Language

Kind = Literal["text", "count", "decimal", "day"]
"""How a column is written: words, whole numbers, numbers with a decimal, days."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A cell without a number: not reported, hidden, or nothing that could be there, in the reader's words. Never 0."""

    words: str


Cell = str | int | float | date | Gap


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    label: str
    kind: Kind = "text"
    note: str = ""
    """What is counted, in a sentence: a comment on the head of a workbook's column."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its rows in the order in which they are to be read; the first column names the row."""

    key: str
    """Names the table in addresses and files: lower case letters."""
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing in a book, with what it says for whoever does not see it."""

    svg: str
    alt: str
    caption: str
    table: str
    """Key of the table that has its numbers."""


@dataclass(frozen=True, slots=True)
class Book:
    """A report in one language."""

    language: Language
    title: str
    lead: str
    """Whose it is and of which days, in one line."""
    made_at: datetime
    made: str
    """When it was made, in words."""
    findings: tuple[str, ...]
    """What the figures say, as sentences: the key sentences of a mail too."""
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()
    """How the figures are to be read."""

    def table(self, key: str) -> Table:
        """Return one table.

        Raises: LookupError.
        """
        for one in self.tables:
            if one.key == key:
                return one
        raise LookupError(key)


PATTERNS = {"count": "#,##0", "decimal": "#,##0.0"}
LARGE = 10
"""From here on a number of a rate has no decimal (statistics specification, section 4)."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a program for spreadsheets compute a text, in its narrow and its wide form (threat D13)."""


def safe(text: str) -> str:
    """Return a text that no program for spreadsheets takes for a formula: with an apostrophe before it where one could."""
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(FORMULA) or text[:1].isspace() else text


def lines(table: Table) -> Iterator[Sequence[Cell]]:
    """Yield the head and then each row of a table."""
    yield [one.label for one in table.columns]
    yield from table.rows


def written(cell: Cell, column: Column, language: str) -> str:
    """Return a cell in words, as a page and a PDF show it."""
    if isinstance(cell, Gap):
        return cell.words
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, str) or column.kind not in PATTERNS:
        return str(cell)
    pattern = PATTERNS["count"] if column.kind == "decimal" and cell >= LARGE else PATTERNS[column.kind]
    return str(format_decimal(cell, format=pattern, locale=language))
