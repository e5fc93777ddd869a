"""The heads: how far each organisation's audit chain has come, kept outside the database beside the mark (D14).

A chain proves its middle, not its end: without the last entries the rest still fits. So the number and hash of the
newest entry of each chain lie in a file as well. Who can write to both database and file can cut unseen, and so can
whoever cuts within the minute until the clock writes the file again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from campaigns.files import replace_file
from campaigns.store import AuditEntry, Instance


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a chain."""

    sequence: int
    hash: str


Heads = Mapping[int, Head]
"""By the organisation's id."""


def read_heads(session: Session, path: Path) -> Heads | None:
    """Return what is known outside, or `None` when nothing is that can be read and is about this instance."""
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["name"] != _name(session):
            return None
        return {int(key): Head(int(one[0]), str(one[1])) for key, one in content["heads"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):
        return None


def present_heads(session: Session) -> Heads:
    """Return the newest entry of each chain as the database has it."""
    newest = select(AuditEntry.organisation_id, func.max(AuditEntry.sequence)).group_by(
        AuditEntry.organisation_id
    )
    rows = session.execute(
        select(AuditEntry.organisation_id, AuditEntry.sequence, AuditEntry.hash).where(
            tuple_(AuditEntry.organisation_id, AuditEntry.sequence).in_(newest)
        )
    )
    return {row[0]: Head(row[1], row[2]) for row in rows}


def advance_heads(session: Session, path: Path) -> None:
    """Write how far the chains have come; where one does not go on from what was known, that stays, since it tells.

    A file of another instance stays as well, until a person accepts this database.
    """
    known = read_heads(session, path)
    if known is None and path.exists():
        return
    known = known or {}
    present = present_heads(session)
    moved = {key: head for key, head in present.items() if known.get(key) != head}
    further = {
        key: head
        for key, head in moved.items()
        if key not in known or _goes_on(session, key, known[key], head)
    }
    if further:
        _write(session, path, {**known, **further})


def accept_heads(session: Session, path: Path) -> int:
    """Take the chains' present ends for what is known, whatever was known before; return how many chains there are."""
    present = present_heads(session)
    _write(session, path, present)
    return len(present)


def _goes_on(session: Session, organisation_id: int, known: Head, present: Head) -> bool:
    """Return whether a chain is longer now, and still has the entry that was its newest."""
    there = session.scalar(
        select(AuditEntry.hash).where(
            AuditEntry.organisation_id == organisation_id, AuditEntry.sequence == known.sequence
        )
    )
    return present.sequence > known.sequence and there == known.hash


def _write(session: Session, path: Path, heads: Heads) -> None:
    content = {key: astuple(head) for key, head in sorted(heads.items())}
    replace_file(path, json.dumps({"name": _name(session), "heads": content}))


def _name(session: Session) -> str:
    return session.scalars(select(Instance.name)).one()
