"""A book on paper: PDF/UA-1, tagged, with its language; typst refuses to write one that is not accessible."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

import typst

from campaigns.sentences import page_sentence
from campaigns.timing import NORWAY
from reports.books.content import Book, Cell, Column, Gap, Table, written

MEDIA_TYPE = "application/pdf"
LACKING = re.compile(r'the text `"(.+?)"` could not be displayed')
BOX = "\u25a1"
FLOWING = 24
"""A column of text longer than this takes the room that is left; others are as wide as what stands in them."""


def pdf_of(book: Book) -> bytes:
    """Return a book as PDF/UA-1. Every word of it is data and never markup; nothing is read from files or the net (threat D14).

    Signs that the letters do not have, such as emoji, stand as empty boxes: a document with a hole in its text is refused.
    """
    content = json.dumps(_plain(book), ensure_ascii=False)
    while True:
        try:
            return _compiled(content)
        except typst.TypstError as refused:
            lacking = set("".join(LACKING.findall(str(refused)))) & set(content)
            if not lacking:
                raise
            content = content.translate(dict.fromkeys(map(ord, lacking), BOX))


def _compiled(content: str) -> bytes:
    made: bytes = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"book": content},
        pdf_standards="ua-1",
        ignore_system_fonts=True,
    )
    return made


@cache
def _template() -> bytes:
    return resources.files("reports.books").joinpath("templates/report.typ").read_bytes()


def _plain(book: Book) -> dict[str, Any]:
    day = book.made_at.astimezone(NORWAY)
    said = {
        name: page_sentence(f"page.book.{name}", {}, book.language)
        for name in ("page", "of", "empty", "notes")
    }
    return {
        "title": book.title, "lead": book.lead, "made": book.made, "lang": book.language,
        "region": "gb" if book.language == "en" else "no", "year": day.year, "month": day.month, "day": day.day,
        "findings": book.findings, "notes": book.notes, "notes_title": said["notes"],
        "page": said["page"], "of": said["of"], "empty": said["empty"],
        "tables": [_table(book, one) for one in book.tables],
    }  # fmt: skip


def _table(book: Book, table: Table) -> dict[str, Any]:
    longest = [
        max((len(cell) for row in table.rows if isinstance(cell := row[place], str)), default=0)
        for place in range(len(table.columns))
    ]
    return {
        "title": table.title, "note": table.note, "columns": [one.label for one in table.columns],
        "right": [one.kind not in ("text", "day") for one in table.columns],
        "widths": ["fr" if not place or length > FLOWING else "auto" for place, length in enumerate(longest)],
        "rows": [[_cell(book, one, column) for one, column in zip(row, table.columns, strict=True)] for row in table.rows],
        "figures": [
            {"svg": one.svg, "alt": one.alt, "caption": one.caption} for one in book.figures if one.table == table.key
        ],
    }  # fmt: skip


def _cell(book: Book, cell: Cell, column: Column) -> dict[str, object]:
    return {"words": written(cell, column, book.language), "gap": isinstance(cell, Gap)}
