"""What waits for a person anywhere on the instance, the most pressing first. Reads; mends and renders nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Row, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from campaigns import approval, gates
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Campaign,
    Delivery,
    Organisation,
    Participation,
)

Need = Literal["unsure", "failed", "missed", "login_lost", "by_hand", "unapproved", "unanswered"]
NEEDS: tuple[Need, ...] = (
    "unsure", "failed", "missed", "login_lost", "by_hand", "unapproved", "unanswered",
)  # fmt: skip
"""What a person has to look at, the most pressing first: a post that may be live cannot wait."""

SOON = timedelta(days=2)
"""What is to go out within this time, or was to, and nobody has approved or answered, is pressing."""

Counted = Iterable[Row[str, int]]


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits for a person: deliveries, accounts or, unanswered, municipalities."""

    need: Need
    count: int
    places: tuple[str, ...]
    """Names of the organisations it is about, in alphabetical order; empty when nothing is named."""


def matters(session: Session, now: datetime, named: bool) -> tuple[Matter, ...]:
    """Return what waits for a person; five questions to the store."""
    found: dict[str, list[tuple[str, int]]] = {
        "login_lost": list(_accounts(session)),
        "by_hand": list(_by_hand(session, now)),
        "unapproved": list(_unapproved(session, now)),
        "unanswered": list(_unanswered(session, now)),
    }
    for state, name, count in _troubled(session):
        found.setdefault(state.value, []).append((name, count))
    return tuple(
        Matter(
            need,
            sum(count for _, count in found[need]),
            tuple(sorted(name for name, _ in found[need])) if named else (),
        )
        for need in NEEDS
        if found.get(need)
    )


def _troubled(session: Session) -> Iterable[Row[State, str, int]]:
    troubled = or_(
        Delivery.state.in_([State.failed, State.missed]),
        and_(Delivery.state == State.unsure, Delivery.needs_person),
    )
    return session.execute(
        select(Delivery.state, Organisation.name, func.count())
        .join(Organisation, Organisation.id == Delivery.organisation_id)
        .where(troubled)
        .group_by(Delivery.state, Organisation.name)
    )


def _accounts(session: Session) -> Counted:
    return session.execute(
        select(Organisation.name, func.count())
        .join(Account, Account.organisation_id == Organisation.id)
        .where(Account.state == AccountState.login_lost)
        .group_by(Organisation.name)
    )


def _unapproved(session: Session, now: datetime) -> Counted:
    """Return deliveries of municipalities taking part that are due soon and that nobody there has approved."""
    return session.execute(
        select(Organisation.name, func.count())
        .select_from(Delivery)
        .join(Organisation, Organisation.id == Delivery.organisation_id)
        .where(
            Delivery.state == State.planned,
            Delivery.due_at <= now + SOON,
            gates.is_open("gate.campaign_not_active", now),
            gates.is_open("gate.not_taking_part", now),
            approval.lacking(now),
        )
        .group_by(Organisation.name)
    )


def _by_hand(session: Session, now: datetime) -> Counted:
    """Return deliveries that are due and lack nothing but a person who puts them out."""
    others = [one.code for one in gates.GATES if one.code not in ("gate.by_hand", "gate.quiet_hours")]
    return session.execute(
        select(Organisation.name, func.count())
        .select_from(Delivery)
        .join(Organisation, Organisation.id == Delivery.organisation_id)
        .where(
            Delivery.state == State.planned,
            Delivery.due_at <= now,
            not_(gates.is_open("gate.by_hand", now)),
            *(gates.is_open(code, now) for code in others),
        )
        .group_by(Organisation.name)
    )


def _unanswered(session: Session, now: datetime) -> Counted:
    """Return municipalities whose answer is due, or was, in campaigns that are not over."""
    return session.execute(
        select(Organisation.name, func.count())
        .select_from(Participation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(
            Participation.answer.in_([Answer.unanswered, Answer.later]),
            Campaign.active_at.is_not(None),
            Campaign.closed_at.is_(None),
            Campaign.ends_on >= now.date(),
            Campaign.answer_by <= (now + SOON).date(),
        )
        .group_by(Organisation.name)
    )
