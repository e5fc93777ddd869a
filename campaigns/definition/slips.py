"""What people mean when YAML does not understand them: the slips of the pen in a text without quotes.

In YAML, `{`, `: ` and ` #` mean something of their own, and a text that holds them needs quotes or block form. This
module only tells which slip it was; it reads no document and mends nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

Spot = tuple[int, int]
"""Line and column from 0, as the parser counts."""

_BRACE = re.compile(r"(?:^\s*|^[^\"']*[:\-]\s+)(\{\s*[\w.]+\s*\})")
_HASH = re.compile(r"(?:^|[\s\[,{])(#[^\s#])")
_COLON = re.compile(r":(?:\s|$)")
_OPENER = re.compile(r"(?:[:\-]|[{,]\s*[\w-]+:)\s+([\"'\[{])")
_QUOTE = re.compile(r'(?<!\\)"')
_SIGN = re.compile(r"found character '(\W)'")
_COMMENT = re.compile(r"\s+#(?=[^\s#!])")


def slip(said: str, spots: Sequence[Spot], lines: Sequence[str]) -> tuple[str, dict[str, str], Spot]:
    """Return the code of the likeliest slip, its values and its spot.

    `said` is the parser's own complaint; `spots` are where it stumbled and where the thing it was reading began.
    """
    if "quoted scalar" in said and "end of stream" in said:
        return "definition.slip_quote", {}, spots[-1]
    if r"'\t'" in said:
        return "definition.yaml_tab", {}, spots[0]
    if sign := _SIGN.search(said):
        return "definition.slip_sign", {"sign": sign[1]}, spots[0]
    for line, _ in spots:
        if (opened := _open_quote(lines, line)) is not None:
            return "definition.slip_quote", {}, opened
        written = lines[line] if line < len(lines) else ""
        if brace := _BRACE.search(written):
            return "definition.slip_brace", {}, (line, brace.start(1))
        if comment := _HASH.search(written):
            return "definition.slip_hash", {}, (line, comment.start(1))
    for line, column in spots:
        written = lines[line] if line < len(lines) else ""
        if "':'" in said or "mapping values" in said:
            if len(_COLON.findall(written)) > 1:
                return "definition.slip_colon", {}, (line, column)
        elif "'<scalar>'" in said and (opener := _OPENER.search(written)):
            return "definition.slip_sign", {"sign": opener[1]}, (line, opener.start(1))
    if "sequence entries" in said:
        return "definition.slip_sign", {"sign": "-"}, spots[0]
    return "definition.yaml_syntax", {}, spots[0] if spots else (0, 0)


def _open_quote(lines: Sequence[str], line: int) -> Spot | None:
    """Return where a quotation begins that does not end on its line, on this line or the one before."""
    for number in (line - 1, line):
        written = lines[number] if 0 <= number < len(lines) else ""
        marks = [found.start() for found in _QUOTE.finditer(written)]
        if len(marks) % 2:
            return number, marks[-1]
    return None


def comment_sign(lines: Sequence[str], line: int, column: int) -> int | None:
    """Return the column, from 1, of a `#` that turns the rest of a text into a comment; `None` when there is none.

    `# remark` is taken for a comment that is meant, `#Word` for a hashtag that is not.
    """
    found = _COMMENT.match(lines[line], column) if line < len(lines) else None
    return found.end() if found else None
