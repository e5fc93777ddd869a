"""Checks on organisations and their people: that somebody can do what only somebody there may do."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from campaigns.store import Account, Answer, Campaign, Membership, Organisation, Participation, Role
from campaigns.timing import ZONES
from reports.doctor.finding import Finding, Subject, told

RUNNING = (Campaign.active_at.is_not(None), Campaign.closed_at.is_(None))


def approvers(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find places that were invited to a running campaign and have nobody who could approve."""
    invited = exists().where(
        Participation.organisation_id == Organisation.id,
        Participation.answer != Answer.out,
        Campaign.id == Participation.campaign_id,
        Campaign.ends_on >= subject.now.date(),
        *RUNNING,
    )
    if names := _names(session, invited, _nobody(Role.approver)):
        yield Finding("doctor.no_approver", "warning", {"places": told(names)})


def admins(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find places that have accounts and nobody who could connect or pause them."""
    del subject
    if names := _names(
        session, exists().where(Account.organisation_id == Organisation.id), _nobody(Role.admin)
    ):
        yield Finding("doctor.no_admin", "warning", {"places": told(names)})


def coordinators(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find owners of running campaigns that have nobody who could correct them."""
    owner = exists().where(
        Campaign.organisation_id == Organisation.id, Campaign.ends_on >= subject.now.date(), *RUNNING
    )
    if names := _names(session, owner, _nobody(Role.coordinator)):
        yield Finding("doctor.no_coordinator", "warning", {"places": told(names)})


def languages(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find accounts for which nobody has chosen a written language: nothing can be approved for them."""
    del subject
    speechless = exists().where(Account.organisation_id == Organisation.id, Account.language.is_(None))
    if names := _names(session, speechless, Organisation.language.is_(None)):
        yield Finding("doctor.language_missing", "warning", {"places": told(names)})


def home_zones(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find organisations in a time zone that is none of Norway's: nothing of theirs is ever awake."""
    del subject
    if names := _names(session, Organisation.timezone.not_in(ZONES)):
        yield Finding("doctor.zone_unknown", "error", {"places": told(names), "zones": ", ".join(ZONES)})


def _nobody(role: Role) -> ColumnElement[bool]:
    """Return "nobody there has this role for good": a substitute's days end."""
    lasts = Membership.lasts(None)
    return ~exists().where(Membership.organisation_id == Organisation.id, Membership.role == role, lasts)


def _names(session: Session, *conditions: ColumnElement[bool]) -> list[str]:
    chosen = select(Organisation.name).where(*conditions).order_by(Organisation.number)
    return list(session.scalars(chosen))
