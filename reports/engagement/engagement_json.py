"""The engagement of a campaign as JSON: the value itself, with no word in it that is not data."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from reports.engagement.value import Engagement

FORMAT = 1
"""Goes up when a program that reads it would have to be changed."""


def dump(found: Engagement) -> str:
    """Return the report as JSON: times in ISO 8601, ages in hours, an absent number as null with its `gap`."""
    content: dict[str, Any] = {"format": FORMAT, **asdict(found)}
    content["truth"]["all"] = found.truth.all
    return json.dumps(content, ensure_ascii=False, indent=1, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
