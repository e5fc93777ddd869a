"""The audit chain: one append-only list of people's acts per organisation, each entry hashed with the one before (D14).

A delivery's own history is a plain table elsewhere; `digests` writes into the chain what it was. Altering, swapping or
dropping an entry in the middle breaks the chain; `chain` says where. That its end was cut off shows only against what
is kept outside the database: `heads`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaigns.access import must
from campaigns.sentences import Language, sentence
from campaigns.store import Actor, AuditEntry, Organisation, Person

START = "0" * 64
AT_ONCE = 500
"""Rows in memory while a chain or a history is read, however long it is."""
NAMES_SHOWN = 6
"""So many words of a list are told; an act may be about hundreds of municipalities. JSON has them all."""


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which acts a person asks for; what is empty asks for all."""

    person_id: int | None = None
    action: str = ""
    """An act's name, or the beginning of several, such as `account`."""
    since: datetime | None = None
    until: datetime | None = None
    """Not included."""


ALL = Wanted()


def acts(
    session: Session, wanted: Wanted = ALL, *, limit: int | None = None, skip: int = 0
) -> Sequence[tuple[AuditEntry, str | None]]:
    """Return the newest entries of the actor's organisation with the person's name, the newest first.

    Raises: Forbidden.
    """
    actor = must(session, "audit.read", "own")
    query = (
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(*_matching(actor, wanted))
        .order_by(AuditEntry.sequence.desc())
        .limit(limit)
        .offset(skip)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def count(session: Session, wanted: Wanted = ALL) -> int:
    """Return how many entries there are of those that are asked for.

    Raises: Forbidden.
    """
    actor = must(session, "audit.read", "own")
    return session.scalar(select(func.count(AuditEntry.id)).where(*_matching(actor, wanted))) or 0


def choices(session: Session) -> tuple[list[tuple[int, str]], list[str]]:
    """Return who has acted in the actor's organisation, and what kinds of things were done.

    Raises: Forbidden.
    """
    actor = must(session, "audit.read", "own")
    mine = AuditEntry.organisation_id == actor.organisation_id
    people = session.execute(
        select(Person.id, Person.name)
        .where(Person.id.in_(select(AuditEntry.person_id).where(mine)))
        .order_by(Person.name)
    )
    actions = session.scalars(select(AuditEntry.action).where(mine).distinct())
    return [(row[0], row[1]) for row in people], sorted({one.partition(".")[0] for one in actions})


def _matching(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    found = [AuditEntry.organisation_id == actor.organisation_id]
    if wanted.person_id is not None:
        found.append(AuditEntry.person_id == wanted.person_id)
    if wanted.action:
        found.append(
            (AuditEntry.action == wanted.action)
            | AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        )
    if wanted.since is not None:
        found.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEntry.at < wanted.until)
    return found


def in_words(entry: AuditEntry, language: Language) -> str:
    """Return an act as a person reads it."""
    values = {name: _short(one) for name, one in entry.details.items()}
    return sentence(f"audit.act.{entry.action}", {**values, "subject": entry.subject}, language)


def _short(content: object) -> object:
    """Return a value of an act as a person reads it: a long list by its first words and its length."""
    if not isinstance(content, Sequence) or isinstance(content, str):
        return content
    words = ", ".join(str(one) for one in content[:NAMES_SHOWN])
    return words if len(content) <= NAMES_SHOWN else f"{words} … ({len(content)})"


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
