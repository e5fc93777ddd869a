"""The mark outside the database: how far this instance had come (D12).

A database that is behind its mark was restored from a backup, and one with another name in it was copied; either way
nothing may be sent until a person says so. The mark is written after a release is committed and before it is nudged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.files import replace_file
from campaigns.store import Delivery, Instance

Standing = Literal["level", "behind", "other", "absent"]


@dataclass(frozen=True, slots=True)
class Mark:
    """An instance's name and the newest generation it is known to have reached."""

    name: str
    generation: int


def read_mark(path: Path) -> Mark | None:
    """Return the mark, or `None` when there is none that can be read."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return Mark(str(content["name"]), int(content["generation"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_mark(path: Path, mark: Mark) -> None:
    """Replace the mark as one step, so that a crash leaves the old or the new one."""
    replace_file(path, json.dumps({"name": mark.name, "generation": mark.generation}))


def advance_mark(path: Path, mark: Mark) -> None:
    """Write the mark unless it is further already: of two clocks the slower must not take it back."""
    present = read_mark(path)
    if present is None or present.name != mark.name or present.generation < mark.generation:
        write_mark(path, mark)


def standing(session: Session, path: Path) -> tuple[Standing, Mark]:
    """Return how the database stands to its mark, and what the database says of itself.

    An empty database without a mark is new, hence `level`; a non-empty one without is `absent`, hence suspect.
    """
    name, generation = session.execute(select(Instance.name, Instance.generation)).one()
    own, mark = Mark(name, generation), read_mark(path)
    if mark is None:
        new = generation == 0 and session.scalar(select(Delivery.id).limit(1)) is None
        return ("level" if new else "absent"), own
    if mark.name != own.name:
        return "other", own
    return ("behind" if own.generation < mark.generation else "level"), own
