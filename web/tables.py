"""Tables as files for spreadsheets, so that no cell becomes a formula there (threat D13); and safe names for files (D15)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from starlette.responses import Response

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", ";", "|")
"""What a spreadsheet may take for the beginning of a formula, or of a new cell."""


def as_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table with semicolons, as Norwegian spreadsheets open it: marked as UTF-8, every cell quoted."""
    file = io.StringIO()
    lines = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lines.writerow([cell_text(one) for one in head])
    lines.writerows([cell_text(one) for one in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def cell_text(value: object) -> str:
    """Return a value as a cell's text; what could begin a formula gets an apostrophe, numbers stay numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(DANGEROUS) or text[:1] in DANGEROUS else text


def as_file(content: bytes, media_type: str, name: str) -> Response:
    """Return content to be saved under a name, of which only letters, figures, dots and hyphens are left."""
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.") or "file"
    headers = {"Content-Disposition": f'attachment; filename="{plain}"'}
    return Response(content, media_type=media_type, headers=headers)
