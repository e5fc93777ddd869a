"""Checks on the work under way: stops, the clock, the workers, what waits for a person or for a platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import digests
from campaigns.states import State
from campaigns.store import Campaign, Delivery, Hold, Participation, Pause
from reports import health
from reports.doctor.finding import Finding, Subject

DIGEST_PATIENCE = timedelta(days=1)
"""How long after its end a day's history may be without its digest, which takes the clock about an hour."""


def own_holds(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find stops that the instance or its operator set and nobody has lifted."""
    del subject
    own = select(Hold).where(Hold.lifted_at.is_(None), Hold.organisation_id.is_(None)).order_by(Hold.id)
    for hold in session.scalars(own):
        since = f"{hold.set_at:%Y-%m-%d %H:%M} UTC"
        yield Finding("doctor.held", "error", {"number": hold.id, "since": since})


def silent_clock(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find what is due and free to go and was not released, or whose lease ran out long ago: the clock's work."""
    due = _count(session, *health.unreleased(subject.now))
    if due:
        yield Finding("doctor.clock_silent", "error", {"deliveries": due})
    stranded = _count(session, *health.unsettled(subject.now))
    if stranded:
        yield Finding("doctor.leases_over", "error", {"deliveries": stranded})


def planning(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find participations that have not followed a new version of their campaign: nothing of theirs goes out."""
    behind = session.scalar(
        select(func.count())
        .select_from(Participation)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(
            Participation.planned_version != Campaign.plan_mark,
            Campaign.loaded_at <= subject.now - health.PATIENCE,
            Participation.invited_at <= subject.now - health.PATIENCE,
        )
    )
    if behind:
        yield Finding("doctor.plans_behind", "error", {"participations": behind})


def silent_workers(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find what was queued long ago and no worker took."""
    queued = _count(session, *health.unclaimed(subject.now))
    if queued:
        yield Finding("doctor.workers_silent", "error", {"deliveries": queued})


def unsure(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find posts that may or may not be live and that only a person can tell."""
    del subject
    waiting = _count(session, Delivery.state == State.unsure, Delivery.needs_person.is_(True))
    if waiting:
        yield Finding("doctor.unsure_waiting", "warning", {"deliveries": waiting})


def pauses(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find platforms, servers and accounts that asked for silence."""
    asked = select(func.count(), func.max(Pause.until)).where(Pause.until > subject.now)
    count, until = session.execute(asked).one()
    if count:
        yield Finding("doctor.paused", "warning", {"pauses": count, "until": f"{until:%Y-%m-%d %H:%M} UTC"})


def overdue_digests(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find delivery history that has stood without its digest for too long (D14)."""
    late = digests.overdue(session, now=subject.now - DIGEST_PATIENCE)
    if late:
        yield Finding("doctor.digests_overdue", "warning", {"organisations": len(late)})


def _count(session: Session, *conditions: health.Condition) -> int:
    return session.scalar(select(func.count()).select_from(Delivery).where(*conditions)) or 0
