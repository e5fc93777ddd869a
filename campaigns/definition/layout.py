"""Lays plain values out as YAML that people like to read: short things in one line, long ones in lines of their own.

It knows nothing of campaigns and offers no settings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

Written = str | int | float | bool | Mapping[str, "Written"] | Sequence["Written"]
"""A part of a document before it becomes YAML."""

_WIDTH = 110
"""Columns that a mapping or list in one line may fill."""

_BARE = re.compile(r"[^\W_](?:[\w .,;!?()/«»–+%@-]|:(?=\w))*")
"""What needs no quotes: no sign that means something to YAML, a colon only inside a word."""


def entry(key: str, value: Written, indent: int) -> Iterator[str]:
    """Yield the lines of one key and its value."""
    lead = f"{' ' * indent}{key}:"
    line = _in_one_line(value)
    if line is not None and len(lead) + 1 + len(line) <= _WIDTH:
        yield f"{lead} {line}"
    elif isinstance(value, Mapping):
        yield lead
        for inner, part in value.items():
            yield from entry(inner, part, indent + 2)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield lead
        for part in value:
            yield from item(part, indent + 2)
    else:
        yield from _text(lead, value, indent)


def item(value: Written, indent: int, *, in_lines: bool = False) -> Iterator[str]:
    """Yield the lines of one item of a list; `in_lines` gives it lines of its own however short it is."""
    lead = " " * indent
    line = None if in_lines else _in_one_line(value)
    if line is not None and indent + 2 + len(line) <= _WIDTH:
        yield f"{lead}- {line}"
        return
    lines = list(_inside(value, indent + 2))
    yield f"{lead}- {lines[0].lstrip()}"
    yield from lines[1:]


def _inside(value: Written, indent: int) -> Iterator[str]:
    """Yield the lines of a mapping's entries, a list's items, or a single value."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from entry(key, part, indent)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for part in value:
            yield from item(part, indent)
    else:
        yield f"{' ' * indent}{_scalar(value)}"


def _text(lead: str, value: str | int | float | bool, indent: int) -> Iterator[str]:
    """Yield a single value behind its key: in block form where that keeps every character of its lines."""
    lines = value.split("\n") if isinstance(value, str) else []
    if len(lines) < 2 or any(line != line.strip() for line in lines) or not lines[0]:
        yield f"{lead} {_scalar(value)}"
        return
    yield f"{lead} |-"
    yield from (f"{' ' * (indent + 2)}{line}" if line else "" for line in lines)


def _in_one_line(value: Written) -> str | None:
    """Return the value in one line, or `None` where lines of its own are clearer."""
    if isinstance(value, Mapping):
        nested = any(isinstance(part, Mapping) for part in value.values())
        return None if nested and len(value) == 1 else _mapping(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        simple = [
            part for part in value if not isinstance(part, Mapping) and isinstance(part, str | int | float)
        ]
        return f"[{', '.join(map(_scalar_in_flow, simple))}]" if len(simple) == len(value) else None
    return None if isinstance(value, str) and "\n" in value else _scalar(value)


def _mapping(value: Mapping[str, Written]) -> str | None:
    """Return a mapping in one line, or `None` where a part of it needs lines."""
    parts = []
    for key, part in value.items():
        line = _in_one_line(part)
        if line is None:
            return None
        parts.append(f"{key}: {_scalar_in_flow(part) if isinstance(part, str) else line}")
    return f"{{{', '.join(parts)}}}"


def _scalar_in_flow(value: str | int | float | bool) -> str:
    """Return a single value inside braces or brackets, where a comma needs quotes, too."""
    return (
        json.dumps(value, ensure_ascii=False) if isinstance(value, str) and "," in value else _scalar(value)
    )


def _scalar(value: str | int | float | bool) -> str:
    """Return a single value: bare where YAML cannot mistake it, in quotes otherwise.

    Digits alone get quotes so that other programs, too, keep the zero of county 03.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str):
        return str(value)
    bare = _BARE.fullmatch(value) and not value.isdigit() and value == value.rstrip() and value != "null"
    return value if bare else json.dumps(value, ensure_ascii=False)
