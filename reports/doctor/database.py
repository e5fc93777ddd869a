"""Checks on the database as a whole: whether it is there, its revision, the mark, and the ends of the audit chains."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campaigns import heads, mark, verification
from campaigns.store import condition
from reports.doctor.finding import Finding, Subject, told


def database(subject: Subject) -> Iterator[Finding]:
    """Find that there is no database to work with; the checks that read rows are not asked then."""
    if subject.store is None:
        yield Finding("doctor.database_unreachable", "error", {"error": "no such address"})
        return
    if not condition.exists(subject.store):
        yield Finding("doctor.not_migrated", "error")
        return
    try:
        found = condition.revision(subject.store)
    except SQLAlchemyError as trouble:
        error = type(getattr(trouble, "orig", None) or trouble).__name__
        yield Finding("doctor.database_unreachable", "error", {"error": error})
        return
    if found == "none":
        yield Finding("doctor.not_migrated", "error")
    elif found == "behind":
        yield Finding("doctor.schema_behind", "error")
    elif found == "ahead":
        yield Finding("doctor.schema_ahead", "error")


def mark_standing(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find a database that is not the one its mark was left by (D12)."""
    found = mark.standing(session, subject.settings.mark_path)[0]
    path = str(subject.settings.mark_path)
    if found == "absent":
        yield Finding("doctor.mark_absent", "error", {"path": path})
    elif found == "behind":
        yield Finding("doctor.mark_behind", "error")
    elif found == "other":
        yield Finding("doctor.mark_other", "error", {"path": path})


def audit_chains(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find audit chains and delivery history that are not what was written (D14)."""
    known = heads.read_heads(session, subject.settings.heads_path)
    verdict = verification.verify_chains(session, known)
    if verdict.misfits:
        names = list(dict.fromkeys(str(one.values["organisation"]) for one in verdict.misfits))
        yield Finding("doctor.audit_broken", "error", {"organisations": told(names)})
    if known is None and verdict.entries:
        yield Finding("doctor.audit_ends_unknown", "warning", {"path": str(subject.settings.heads_path)})
