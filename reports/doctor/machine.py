"""The machine that an instance runs on, as plain values, so that the checks on it need none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.exc import SQLAlchemyError

from campaigns.settings import Settings
from campaigns.store import Store, condition
from campaigns.timing import ZONES

MOUNTS = Path("/proc/self/mounts")


@dataclass(frozen=True, slots=True)
class Machine:
    """What of a machine matters here."""

    free: int
    """Bytes that are free where `SAMKLANG_HOME` lies."""
    zones: frozenset[str]
    """Those of `ZONES` whose data is there."""
    file_system: str = ""
    """The kind of file system that an embedded database lies on; empty when that cannot be told, or there is none."""
    journal: str | None = None
    """How an embedded database keeps its journal."""
    ahead: timedelta | None = None
    """How far the database server's clock is ahead of this machine's; `None` where there is one clock alone."""


def look_around(settings: Settings, store: Store | None, now: Callable[[], datetime]) -> Machine:
    """Return the machine as it is; `now` is its clock. What cannot be found out is left open."""
    here = _existing(settings.home.absolute())
    file = condition.file_of(store) if store else None
    journal, ahead = _asked(store, now) if store and condition.exists(store) else (None, None)
    return Machine(
        free=shutil.disk_usage(here).free,
        zones=frozenset(name for name in ZONES if _has_zone(name)),
        file_system=file_system_of(_existing(file.absolute()), _mounts()) if file else "",
        journal=journal,
        ahead=ahead,
    )


def file_system_of(path: Path, mounts: Iterable[str]) -> str:
    """Return the kind of file system that a path lies on, from lines as Linux writes them in `/proc/mounts`."""
    found, longest = "", -1
    for line in mounts:
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = Path(parts[1].replace("\\040", " "))  # how a blank is written there
        if path.resolve().is_relative_to(point) and len(point.parts) >= longest:
            found, longest = parts[2], len(point.parts)
    return found


def _asked(store: Store, now: Callable[[], datetime]) -> tuple[str | None, timedelta | None]:
    try:
        if store.embedded:
            return condition.journal(store), None
        before = now()
        there = condition.clock(store)
        return None, there - (before + (now() - before) / 2)
    except SQLAlchemyError:
        return None, None  # that it cannot be reached is another check's finding


def _mounts() -> list[str]:
    try:
        return MOUNTS.read_text("utf-8").splitlines()
    except OSError:
        return []


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())


def _has_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
