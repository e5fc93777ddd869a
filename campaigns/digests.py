"""Digests of delivery history: a plain table, whose finished days are written into the audit chain daily (D14).

An entry covers an organisation's history rows by their numbers, from where the last one ended to the last row before
the first of a day that is not over. So every row is covered once, also one that a slow clock dated into the past.
Days are UTC's. Altering, dropping or adding a row where a digest covers it shows; what is newer than the last digest
is kept by the database's trigger alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.store import Actor, AuditEntry, History, Organisation

ACTION = "history.digest"
SETTLED = timedelta(hours=1)
"""After midnight. Whatever was under way at the end of the day is committed by then, and the clocks of several machines
agree far better than that."""

_COLUMNS = (
    History.id,
    History.delivery_id,
    History.at,
    History.move,
    History.target,
    History.attempt,
    History.actor,
    History.reason,
    History.reason_values,
)
"""What a digest is about, in this order for good: it has to come out the same years later."""


@dataclass(slots=True)
class _Day:
    """The rows of one digest, as far as they were read."""

    day: date
    after: int
    last: int
    rows: int
    content: hashlib._Hash


def first_unfinished(now: datetime) -> date:
    """Return the first day that is not over, or not over for long enough."""
    return (now.astimezone(UTC) - SETTLED).date()


def organisations(session: Session) -> Sequence[int]:
    """Return the ids of the organisations that have any delivery history."""
    return session.scalars(select(History.organisation_id).distinct().order_by(History.organisation_id)).all()


def overdue(session: Session, *, now: datetime) -> list[int]:
    """Return the ids of the organisations with history that no digest covers and that is of a day finished by `now`."""
    before = datetime.combine(first_unfinished(now), time(), UTC)
    late = []
    for one in organisations(session):
        uncovered = (History.organisation_id == one, History.id > _covered(session, one), History.at < before)
        if session.scalar(select(History.id).where(*uncovered).limit(1)) is not None:
            late.append(one)
    return late


def write_digests(session: Session, organisation_id: int, *, now: datetime) -> int:
    """Write a digest for each finished day with rows that no digest covers; return how many. Safe to repeat."""
    audit.take_turn(session, organisation_id)  # what another clock has covered is seen from here on
    kind = session.scalars(select(Organisation.kind).where(Organisation.id == organisation_id)).one()
    actor = Actor(None, organisation_id, kind.value, frozenset(), "clock")
    days = list(_days(session, organisation_id, _covered(session, organisation_id), first_unfinished(now)))
    for one in days:
        details = {
            "day": one.day.isoformat(),
            "after": one.after,
            "last": one.last,
            "rows": one.rows,
            "digest": one.content.hexdigest(),
        }
        audit.record(session, actor, "history.digest", one.day.isoformat(), details, now=now)
    return len(days)


def fits(session: Session, entry: AuditEntry, *, after: int) -> bool:
    """Return whether the history rows that an entry covers are those it was written for.

    `after` is the number of the last row that the entries before it cover.
    """
    last, told = entry.details.get("last"), entry.details.get("after")
    if not isinstance(last, int) or told != after:
        return False
    rows, content = 0, hashlib.sha256()
    for row in _rows(session, entry.organisation_id, after, History.id <= last):
        rows += 1
        content.update(_line(row))
    return (rows, content.hexdigest()) == (entry.details.get("rows"), entry.details.get("digest"))


def _covered(session: Session, organisation_id: int) -> int:
    """Return the number of the last history row that a digest covers; 0 when none does."""
    newest = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id, AuditEntry.action == ACTION)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    return int(newest.details["last"]) if newest else 0


def _days(session: Session, organisation_id: int, after: int, before: date) -> Iterator[_Day]:
    """Yield the rows from a number on, day by day, up to the first of a day that is not over."""
    current: _Day | None = None
    for row in _rows(session, organisation_id, after):
        day = row.at.astimezone(UTC).date()
        if day >= before:
            break
        if current is not None and day > current.day:
            yield current
            after, current = current.last, None
        if current is None:
            current = _Day(day, after, after, 0, hashlib.sha256())
        current.last, current.rows = row.id, current.rows + 1
        current.content.update(_line(row))
    if current is not None:
        yield current


def _rows(
    session: Session, organisation_id: int, after: int, *which: ColumnElement[bool]
) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield an organisation's rows behind a number, read in pieces; no cursor stays open between them.

    Behind 0 is everything: a row smuggled in under a number below 1 belongs to the first digest.
    """
    query = (
        select(*_COLUMNS)
        .where(History.organisation_id == organisation_id, *which)
        .order_by(History.id)
        .limit(audit.AT_ONCE)
    )
    piece = session.execute(query.where(History.id > after) if after else query).all()
    while piece:
        yield from piece
        piece = session.execute(query.where(History.id > piece[-1].id)).all()


def _line(row: Row[*tuple[Any, ...]]) -> bytes:
    content = [one.astimezone(UTC).isoformat() if isinstance(one, datetime) else one for one in row]
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode() + b"\n"
