"""What waits for a county's coordinator, the most pressing first. Renders nothing and names no person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select
from sqlalchemy.orm import Session

from campaigns import approval
from campaigns.states import State
from campaigns.store import Account, AccountState, Campaign, Delivery, Organisation, views
from reports.following import Line

SOON = timedelta(days=4)
"""What nobody has approved and goes within this time is told."""
ANSWERS_WITHIN = timedelta(days=14)
URGENCY = ("unsure", "unapproved", "login_lost", "failed", "missed", "unanswered")


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that somebody in the county's campaigns has to see to."""

    need: str
    count: int
    places: tuple[str, ...]
    """Names of the municipalities, in alphabetical order."""
    campaign: str | None = None
    title: Mapping[str, str] | None = None
    until: date | None = None


def matters(session: Session, lines: Sequence[Line], *, now: datetime) -> tuple[Matter, ...]:
    """Return what waits in the campaigns that the actor's organisation owns; three questions to the store."""
    found = [
        *_gather(session.execute(views.owned(session, _troubled()))),
        *_gather(session.execute(views.owned(session, _unapproved(now)))),
        *_gather(session.execute(views.owned(session, _lost()))),
        *_unanswered(lines, now),
    ]
    return tuple(sorted(found, key=lambda one: (URGENCY.index(one.need), one.until or date.max)))


def _gather(rows: Any) -> list[Matter]:
    """Return one matter for each need, from rows of need, municipality and number."""
    found: dict[str, list[tuple[str, int]]] = {}
    for need, name, count in rows:
        found.setdefault(getattr(need, "value", need), []).append((name, count))
    return [
        Matter(need, sum(count for _, count in those), tuple(sorted({name for name, _ in those})))
        for need, those in found.items()
    ]


def _per_place(need: Any) -> Select[Any, str, int]:
    return (
        select(need, Organisation.name, func.count())
        .select_from(Delivery)
        .join(Organisation, Organisation.id == Delivery.organisation_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(Campaign.closed_at.is_(None))
    )


def _troubled() -> Select[Any, str, int]:
    troubled = or_(
        Delivery.state.in_([State.failed, State.missed]),
        and_(Delivery.state == State.unsure, Delivery.needs_person),
    )
    return _per_place(Delivery.state).where(troubled).group_by(Delivery.state, Organisation.name)


def _unapproved(now: datetime) -> Select[Any, str, int]:
    return (
        _per_place(literal("unapproved"))
        .where(Delivery.state == State.planned, Delivery.due_at <= now + SOON, approval.lacking(now))
        .group_by(Organisation.name)
    )


def _lost() -> Select[Any, str, int]:
    lost = select(Account.id).where(Account.state == AccountState.login_lost)
    return (
        _per_place(literal("login_lost"))
        .where(Delivery.state.in_([State.planned, State.queued]), Delivery.account_id.in_(lost))
        .group_by(Organisation.name)
    )


def _unanswered(lines: Sequence[Line], now: datetime) -> list[Matter]:
    found = []
    for one in lines:
        silent = one.stages.get("unanswered", 0) + one.stages.get("later", 0)
        near = one.answer_by <= (now + ANSWERS_WITHIN).date()
        if one.active and not one.closed and silent and near and one.ends_on >= now.date():
            found.append(Matter("unanswered", silent, (), one.key, one.title, one.answer_by))
    return found
