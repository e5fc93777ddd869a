"""The moment at which the county of the report tests is looked at: its posts have been out for eight days."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
