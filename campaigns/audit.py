"""The audit chain: one append-only list of people's acts per organisation, each entry hashed with the one before (D14).

A delivery's own history is a plain table elsewhere. Altering, swapping or dropping an entry in the middle breaks the
chain; `verify` says where.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.store import Actor, AuditEntry, Organisation

START = "0" * 64


def record(
    session: Session, actor: Actor, action: str, subject: str, details: Mapping[str, object], *, now: datetime
) -> AuditEntry:
    """Append an act to the chain of the actor's organisation; the caller's transaction decides whether it stays."""
    # the organisation's row is the lock: two writers cannot take the same place in the chain
    session.execute(select(Organisation.id).where(Organisation.id == actor.organisation_id).with_for_update())
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


def verify(session: Session, organisation_id: int) -> int | None:
    """Return the sequence number of the first entry that does not fit the chain, or `None` when all do."""
    previous, expected = START, 1
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.organisation_id == organisation_id)
        .order_by(AuditEntry.sequence)
        .execution_options(populate_existing=True)
    )
    for entry in entries:
        if entry.sequence != expected or entry.previous != previous or entry.hash != _hash(entry):
            return expected
        previous, expected = entry.hash, expected + 1
    return None


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
