"""The audit chain: one append-only list of people's acts per organisation, each entry hashed with the one before (D14).

A delivery's own history is a plain table elsewhere; `digests` writes into the chain what it was. Altering, swapping or
dropping an entry in the middle breaks the chain; `chain` says where. That its end was cut off shows only against what
is kept outside the database: `heads`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.access import must
from campaigns.store import Actor, AuditEntry, Organisation, Person

START = "0" * 64
AT_ONCE = 500
"""Rows in memory while a chain or a history is read, however long it is."""


def record(
    session: Session, actor: Actor, action: str, subject: str, details: Mapping[str, object], *, now: datetime
) -> AuditEntry:
    """Append an act to the chain of the actor's organisation; the caller's transaction decides whether it stays."""
    take_turn(session, actor.organisation_id)
    last = session.scalar(
        select(AuditEntry)
        .where(AuditEntry.organisation_id == actor.organisation_id)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    )
    entry = AuditEntry(
        organisation_id=actor.organisation_id,
        sequence=last.sequence + 1 if last else 1,
        at=now,
        person_id=actor.person_id,
        how=actor.how,
        action=action,
        subject=subject,
        details=dict(details),
        previous=last.hash if last else START,
        hash="",
    )
    entry.hash = _hash(entry)
    session.add(entry)
    session.flush()
    return entry


def take_turn(session: Session, organisation_id: int) -> None:
    """Wait until nobody else appends to this chain: two writers cannot take the same place in it."""
    session.execute(select(Organisation.id).where(Organisation.id == organisation_id).with_for_update())


def acts(
    session: Session, *, since: datetime | None = None, limit: int
) -> Sequence[tuple[AuditEntry, str | None]]:
    """Return the newest entries of the actor's organisation with the person's name, the newest first.

    Raises: Forbidden.
    """
    actor = must(session, "audit.read", "own")
    query = (
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(AuditEntry.organisation_id == actor.organisation_id)
        .order_by(AuditEntry.sequence.desc())
        .limit(limit)
    )
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    return [(row[0], row[1]) for row in session.execute(query)]


def chain(session: Session, organisation_id: int) -> Iterator[tuple[int, AuditEntry, bool]]:
    """Yield each entry in order with the place it should have, and whether it fits; ends after the first that does not.

    What stands behind an entry that does not fit proves nothing.
    """
    previous = START
    for place, entry in enumerate(_entries(session, organisation_id), start=1):
        fits = entry.sequence == place and entry.previous == previous and entry.hash == _hash(entry)
        yield place, entry, fits
        if not fits:
            return
        previous = entry.hash


def _entries(session: Session, organisation_id: int) -> Iterator[AuditEntry]:
    """Yield a chain's entries in order, read in pieces; no cursor stays open between them."""
    entries = (
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id)
        .order_by(AuditEntry.sequence)
        .limit(AT_ONCE)
        .execution_options(populate_existing=True)
    )
    piece = session.scalars(entries).all()
    while piece:
        yield from piece
        piece = session.scalars(entries.where(AuditEntry.sequence > piece[-1].sequence)).all()


def verify(session: Session, organisation_id: int) -> int | None:
    """Return the sequence number of the first entry that does not fit the chain, or `None` when all do."""
    return next((place for place, _, fits in chain(session, organisation_id) if not fits), None)


def _hash(entry: AuditEntry) -> str:
    content = [
        entry.organisation_id,
        entry.sequence,
        entry.at.astimezone(UTC).isoformat(),
        entry.person_id,
        entry.how,
        entry.action,
        entry.subject,
        entry.details,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
