"""A book as a workbook: a sheet for each table, real numbers and days, and what is counted as a note on each column."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import xlsxwriter

from reports.books.content import Book, Cell, Gap, Kind, Table, safe

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: Mapping[Kind, str] = {
    "text": "@", "count": "#,##0", "decimal": "#,##0.0", "day": "yyyy-mm-dd",
}  # fmt: skip
WIDEST, NARROWEST = 44, 10
NO_NAME = re.compile(r"[\[\]:*?/\\']")
OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    "constant_memory": False,
}  # fmt: skip


def workbook_of(book: Book) -> bytes:
    """Return a book as XLSX: first a sheet that says what it is and how to read it, then the tables."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, OPTIONS) as workbook:
        workbook.set_properties(
            {"title": book.title, "subject": book.lead, "created": book.made_at.replace(tzinfo=None)}
        )
        styles = _Styles(workbook)
        _put_cover(workbook.add_worksheet(_name(book.title, [])), book, styles)
        taken = [_name(book.title, [])]
        for table in book.tables:
            name = _name(table.title, taken)
            taken.append(name)
            _put_table(workbook.add_worksheet(name), table, styles)
    return file.getvalue()


class _Styles:
    """The few formats of a workbook."""

    def __init__(self, workbook: Any) -> None:
        self.head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = workbook.add_format({"bold": True, "font_size": 16})
        self.gap = workbook.add_format({"italic": True, "font_color": "#595959", "align": "right"})
        self.kinds = {kind: workbook.add_format({"num_format": form}) for kind, form in FORMATS.items()}


def _put_cover(sheet: Any, book: Book, styles: _Styles) -> None:
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, safe(book.title), styles.title)
    sheet.write_string(1, 0, safe(book.lead))
    sheet.write_string(2, 0, safe(book.made))
    row = 4
    for one in book.findings:
        sheet.write_string(row, 0, safe(one))
        row += 1
    row += 1
    for one in book.notes:
        sheet.write_string(row, 0, safe(one))
        row += 1


def _put_table(sheet: Any, table: Table, styles: _Styles) -> None:
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, safe(column.label), styles.head)
        if column.note:
            sheet.write_comment(0, place, column.note)
        longest = max((len(_shown(row[place])) for row in table.rows), default=0)
        sheet.set_column(place, place, min(WIDEST, max(NARROWEST, len(column.label), longest) + 2))
    for number, row in enumerate(table.rows, start=1):
        for place, cell in enumerate(row):
            _put(sheet, number, place, cell, table.columns[place].kind, styles)
    sheet.freeze_panes(1, 1)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    if table.note:
        sheet.write_string(len(table.rows) + 2, 0, safe(table.note))


def _put(sheet: Any, row: int, place: int, cell: Cell, kind: Kind, styles: _Styles) -> None:
    if isinstance(cell, Gap):
        sheet.write_string(row, place, safe(cell.words), styles.gap)
    elif isinstance(cell, str):
        sheet.write_string(row, place, safe(cell))
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, cell, styles.kinds["day"])
    else:
        sheet.write_number(row, place, cell, styles.kinds[kind])


def _shown(cell: Cell) -> str:
    return cell.words if isinstance(cell, Gap) else f"{cell:.1f}" if isinstance(cell, float) else str(cell)


def _name(title: str, taken: list[str]) -> str:
    """Return the name of a sheet: at most 31 signs, none that a workbook refuses, and none twice."""
    plain = " ".join(NO_NAME.sub(" ", title).split())[:31].strip() or "–"
    return plain if plain.lower() not in (one.lower() for one in taken) else f"{plain[:27]} {len(taken)}"
