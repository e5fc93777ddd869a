"""What lies ahead: the next seven days of posts and deadlines, for a county over its campaigns or a municipality for itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from campaigns import timing
from campaigns.states import State
from campaigns.store import Campaign, Delivery, Message, views

DAYS = 7
ZONE = "Europe/Oslo"
COMING = (State.planned, State.queued, State.publishing)


@dataclass(frozen=True, slots=True)
class Coming:
    """Posts of one message on one day."""

    message: Mapping[str, str]
    campaign: str
    first_at: datetime
    last_at: datetime
    posts: int
    places: int


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that ends on a day."""

    kind: str
    """`answer` or `approve`."""
    campaign: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Day:
    """One day ahead."""

    day: date
    coming: tuple[Coming, ...]
    deadlines: tuple[Deadline, ...]


def week(session: Session, *, now: datetime) -> tuple[Day, ...]:
    """Return the days of the next week on which something is; two questions to the store.

    A county sees the posts of its campaigns, a municipality its own.
    """
    today = timing.local(now, ZONE).date()
    days = [today + timedelta(days=step) for step in range(DAYS + 1)]
    starts = [timing.instant(day, time(), ZONE) for day in days]
    coming: dict[date, list[Coming]] = {}
    bucket = case(
        *((Delivery.due_at < end, place) for place, end in enumerate(starts[1:])), else_=DAYS
    ).label("bucket")
    query = (
        select(
            bucket, Message.title, Campaign.key, func.min(Delivery.due_at), func.max(Delivery.due_at),
            func.count(), func.count(Delivery.organisation_id.distinct()), Message.id,
        )
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(
            Delivery.state.in_(COMING), Delivery.due_at >= starts[0], Delivery.due_at < starts[-1],
            Campaign.closed_at.is_(None),
        )
        .group_by(bucket, Message.id, Campaign.key)
        .order_by(func.min(Delivery.due_at))
    )  # fmt: skip
    for place, title, key, first, last, posts, places, _ in session.execute(
        views.own_or_owned(session, query)
    ):
        coming.setdefault(days[place], []).append(Coming(title, key, first, last, posts, places))
    ending = deadlines(session, days)
    return tuple(
        Day(day, tuple(coming.get(day, ())), tuple(ending.get(day, ())))
        for day in days[:-1]
        if day in coming or day in ending
    )


def deadlines(session: Session, days: list[date]) -> dict[date, list[Deadline]]:
    """Return what ends on each of these days but the last, of running campaigns that the actor may see."""
    found: dict[date, list[Deadline]] = {}
    for one in views.visible_campaigns(session):
        if one.active_at is None or one.closed_at is not None:
            continue
        for kind, day in (
            ("answer", one.answer_by),
            ("approve", datetime.fromisoformat(one.approve_by).date() if one.approve_by else None),
        ):
            if day is not None and days[0] <= day < days[-1]:
                found.setdefault(day, []).append(Deadline(kind, one.key, one.title))
    return found
