"""Checks on letters to people: that mail can go, links can be followed, and nothing is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.store import Letter, Person
from reports.doctor.finding import Finding, Subject, told

PATIENCE = timedelta(hours=1)
"""A server that asks for patience has had its first tries by then."""
LATELY = timedelta(days=7)
NO_TROUBLE = ("sent", "nothing", "over")


def mail_off(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find that letters wait and no mail server is named, or that they have no address to link to."""
    if subject.demo:
        return
    if not subject.settings.smtp_host:
        waiting = select(func.count()).where(
            Letter.ended_at.is_(None), Letter.way == "mail", Letter.made_at < subject.now - PATIENCE
        )
        if number := session.scalar(waiting):
            yield Finding("doctor.mail_off", "warning", {"number": number})
    elif not subject.settings.public_url:
        yield Finding("doctor.mail_without_links", "warning")


def letters_stuck(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find letters that were tried and have not gone for an hour."""
    stuck = select(func.count(), func.max(Letter.outcome)).where(
        Letter.ended_at.is_(None), Letter.attempts > 0, Letter.made_at < subject.now - PATIENCE
    )
    number, code = session.execute(stuck).one()
    if number:
        yield Finding("doctor.letters_stuck", "error", {"number": number, "code": code or "–"})


def letters_refused(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find people whose letters were given up lately."""
    refused = (
        select(Person.name)
        .join(Letter, Letter.person_id == Person.id)
        .where(Letter.ended_at > subject.now - LATELY, Letter.outcome.not_in(NO_TROUBLE))
        .distinct()
        .order_by(Person.name)
    )
    if names := list(session.scalars(refused)):
        yield Finding("doctor.letters_refused", "warning", {"people": told(names)})
