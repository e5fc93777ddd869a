"""A table as CSV the way a Norwegian spreadsheet opens it: semicolons, decimal commas, and the mark of UTF-8 in front."""

from __future__ import annotations

import csv
import io
from datetime import date

from reports.books.content import Cell, Gap, Table, lines, safe

MEDIA_TYPE = "text/csv; charset=utf-8"


def csv_of(table: Table, *, decimal: str = ",") -> bytes:
    """Return a table as CSV, every text in quotation marks and none of them a formula (threat D13)."""
    written = io.StringIO(newline="")
    out = csv.writer(written, delimiter=";", quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in lines(table):
        out.writerow([_plain(one, decimal) for one in row])
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8")


def _plain(cell: Cell, decimal: str) -> object:
    if isinstance(cell, Gap):
        return safe(cell.words)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return _Number(f"{cell:.6g}".replace(".", decimal))
    return safe(cell) if isinstance(cell, str) else cell


class _Number(float):
    """A number with its own decimal sign: csv writes a float without quotation marks, and as it says itself."""

    __slots__ = ("written",)

    def __new__(cls, written: str) -> _Number:
        made = super().__new__(cls, written.replace(",", "."))
        made.written = written
        return made

    def __str__(self) -> str:
        return self.written

    def __repr__(self) -> str:
        return self.written
