"""A table as CSV the way a Norwegian spreadsheet opens it: semicolons, decimal commas, and the mark of UTF-8 in front."""

from __future__ import annotations

from datetime import date

from reports.books.content import Cell, Gap, Table, lines, safe

MEDIA_TYPE = "text/csv; charset=utf-8"


def csv_of(table: Table) -> bytes:
    """Return a table as CSV, every text in quotation marks and none of them a formula (RFC 4180; threat D13)."""
    written = "".join(";".join(_plain(one) for one in row) + "\r\n" for row in lines(table))
    return b"\xef\xbb\xbf" + written.encode("utf-8")


def _plain(cell: Cell) -> str:
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return f"{cell:.6g}".replace(".", ",")
    if isinstance(cell, date):
        return cell.isoformat()
    quoted = safe(cell.words if isinstance(cell, Gap) else cell).replace('"', '""')
    return f'"{quoted}"'
