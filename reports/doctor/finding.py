"""What every check takes and gives: the instance as it is found, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from campaigns.settings import Settings
from campaigns.store import Store
from reports.doctor.machine import Machine

Severity = Literal["error", "warning"]
"""An error keeps something from working, or may already have done harm; a warning will, or is a choice to know of."""
Broker = Literal["embedded", "answers", "silent"]

NAMES_TOLD = 6
"""So many names stand in a sentence; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong: a code of the catalogue, whose sentence ends with the remedy, and its values."""

    code: str
    severity: Severity
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """An instance as the doctor finds it."""

    settings: Settings
    store: Store | None
    """`None` when its address is none."""
    now: datetime
    machine: Machine
    broker: Broker
    demo: bool = False
    """The demo's own settings are no fault of it."""


def told(names: Sequence[str]) -> str:
    """Return names for a sentence: the first ones, and how many there are in all."""
    shown = ", ".join(names[:NAMES_TOLD])
    return shown if len(names) <= NAMES_TOLD else f"{shown} … ({len(names)})"
