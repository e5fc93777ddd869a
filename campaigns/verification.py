"""Verification of the audit chains: every entry, every digest of delivery history, and every end that is known outside.

It reads in pieces and holds no chain in memory. It mends nothing: what does not fit is told, and a person looks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit, digests
from campaigns.access import must
from campaigns.heads import Head, Heads
from campaigns.store import Actor, AuditEntry, Organisation


@dataclass(frozen=True, slots=True)
class Misfit:
    """Something that is not as it was written: a code of the catalogue, and its values."""

    code: str
    number: str
    """The organisation's."""
    values: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(slots=True)
class Verdict:
    """What was gone through, and what does not fit."""

    chains: int = 0
    entries: int = 0
    days: int = 0
    misfits: list[Misfit] = field(default_factory=list)


def verify_chains(session: Session, heads: Heads | None) -> Verdict:
    """Go through the chain of the actor's organisation, or through all in a session that sees everything.

    Raises: Forbidden.
    """
    verdict = Verdict()
    for place in _places(session, heads or {}):
        verdict.chains += 1
        verdict.misfits += _verify(session, place, (heads or {}).get(place.id), verdict)
    return verdict


def _places(session: Session, heads: Heads) -> list[Organisation]:
    actor = session.info.get("actor")
    if isinstance(actor, Actor):
        own = must(session, "audit.read", "own")
        return [session.get_one(Organisation, own.organisation_id)]
    written = set(session.scalars(select(AuditEntry.organisation_id).distinct()))
    chosen = select(Organisation).where(Organisation.id.in_(written | set(heads)))
    return list(session.scalars(chosen.order_by(Organisation.number)))


def _verify(session: Session, place: Organisation, known: Head | None, verdict: Verdict) -> Iterator[Misfit]:
    told: dict[str, str | int] = {"organisation": place.name}
    newest, covered, kept = 0, 0, True
    for sequence, entry, entry_fits in audit.chain(session, place.id):
        if not entry_fits:
            yield Misfit("audit.entry_misfits", place.number, {**told, "sequence": sequence})
            return
        verdict.entries += 1
        newest = sequence
        if known is not None and sequence == known.sequence:
            kept = entry.hash == known.hash
        if entry.action == digests.ACTION:
            verdict.days += 1
            if not digests.fits(session, entry, after=covered):
                day = str(entry.details.get("day", ""))
                yield Misfit("audit.day_misfits", place.number, {**told, "day": day, "sequence": sequence})
            covered = int(entry.details.get("last", covered))
    if known is not None and newest < known.sequence:
        values: dict[str, str | int] = {**told, "newest": newest, "known": known.sequence}
        yield Misfit("audit.end_missing", place.number, values)
    elif known is not None and not kept:
        yield Misfit("audit.rewritten", place.number, {**told, "sequence": known.sequence})
