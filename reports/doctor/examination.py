"""The examination: every check in order, each on its own, so that one that fails keeps no other from being asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from reports.doctor import content, database, logins, people, post, premises, work
from reports.doctor.finding import Finding, Subject

log = structlog.get_logger()

Outside = Callable[[Subject], Iterator[Finding]]
Inside = Callable[[Subject, Session], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """A question, with the code of the sentence that is said when nothing was found."""

    well: str
    ask: Outside | None = None
    ask_rows: Inside | None = None
    """Asked where there is a database with our tables; each in a transaction of its own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a check found; `findings` is `None` when it was not asked, for want of a database."""

    check: Check
    findings: tuple[Finding, ...] | None


CHECKS: tuple[Check, ...] = (
    Check("doctor.well.settings", premises.unsafe_settings),
    Check("doctor.well.platforms", premises.platform_settings),
    Check("doctor.well.rehearsal", premises.rehearsal),
    Check("doctor.well.files", premises.open_files),
    Check("doctor.well.key_file", premises.unreadable_keys),
    Check("doctor.well.mark_place", premises.mark_place),
    Check("doctor.well.disk", premises.disk),
    Check("doctor.well.zones", premises.zones),
    Check("doctor.well.embedded_disk", premises.embedded_disk),
    Check("doctor.well.broker", premises.broker),
    Check("doctor.well.database", database.database),
    Check("doctor.well.clocks", premises.clocks),
    Check("doctor.well.mark", ask_rows=database.mark_standing),
    Check("doctor.well.holds", ask_rows=work.own_holds),
    Check("doctor.well.clock", ask_rows=work.silent_clock),
    Check("doctor.well.plans", ask_rows=work.planning),
    Check("doctor.well.workers", ask_rows=work.silent_workers),
    Check("doctor.well.unsure", ask_rows=work.unsure),
    Check("doctor.well.pauses", ask_rows=work.pauses),
    Check("doctor.well.keys", ask_rows=logins.missing_keys),
    Check("doctor.well.key_names", ask_rows=logins.unknown_keys),
    Check("doctor.well.logins", ask_rows=logins.altered_logins),
    Check("doctor.well.rotation", ask_rows=logins.unfinished_rotation),
    Check("doctor.well.accounts", ask_rows=logins.lost_logins),
    Check("doctor.well.pictures", ask_rows=content.pictures),
    Check("doctor.well.snapshots", ask_rows=content.snapshots),
    Check("doctor.well.mandatory", ask_rows=content.mandatory),
    Check("doctor.well.audit", ask_rows=database.audit_chains),
    Check("doctor.well.digests", ask_rows=work.overdue_digests),
    Check("doctor.well.mail", ask_rows=post.mail_off),
    Check("doctor.well.letters", ask_rows=post.letters_stuck),
    Check("doctor.well.mailboxes", ask_rows=post.letters_refused),
    Check("doctor.well.approvers", ask_rows=people.approvers),
    Check("doctor.well.admins", ask_rows=people.admins),
    Check("doctor.well.coordinators", ask_rows=people.coordinators),
    Check("doctor.well.languages", ask_rows=people.languages),
    Check("doctor.well.home_zones", ask_rows=people.home_zones),
)
"""What everything else needs comes first."""


def examine(subject: Subject) -> list[Answer]:
    """Return what each check found, in order."""
    answers = []
    usable = subject.store is not None and not any(database.database(subject))
    for check in CHECKS:
        if check.ask is not None:
            answers.append(Answer(check, tuple(check.ask(subject))))
        elif check.ask_rows is not None:
            answers.append(Answer(check, _ask(subject, check.ask_rows) if usable else None))
    return answers


def _ask(subject: Subject, ask: Inside) -> tuple[Finding, ...]:
    assert subject.store is not None  # noqa: S101  # asked only where there is one
    try:
        with subject.store.system(write=False) as session:
            return tuple(ask(subject, session))
    except SQLAlchemyError as trouble:
        log.error("check_failed", check=ask.__name__, error=type(trouble).__name__)
        return (
            Finding("doctor.cannot_ask", "error", {"check": ask.__name__, "error": type(trouble).__name__}),
        )
