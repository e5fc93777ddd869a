"""One month of posts and deadlines: a county's campaigns with their numbers, or a municipality's own posts. Two questions."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from campaigns import timing
from campaigns.states import State
from campaigns.store import Campaign, Delivery, Message, views
from reports.ahead import Deadline, deadlines

ZONE = "Europe/Oslo"
MOVABLE = (State.planned, State.queued)


@dataclass(frozen=True, slots=True)
class Entry:
    """Posts of one message on one day."""

    campaign: str
    message: str
    title: Mapping[str, str]
    first_at: datetime
    last_at: datetime
    posts: int
    places: int
    waiting: int
    """Of these, how many have not gone and could be moved."""
    live: int
    unsure: int
    stranded: int
    """Failed or missed."""
    send: Mapping[str, object]

    @property
    def movable(self) -> bool:
        """Return whether a municipality may give it a time: not what goes at one moment everywhere, or when it is started."""
        rule = timing.rule_of(self.send)
        return self.waiting > 0 and not rule.together and not rule.released

    @property
    def troubled(self) -> int:
        """Return how many need somebody."""
        return self.unsure + self.stranded

    @property
    def state(self) -> str:
        """Return the state that says most about them."""
        if self.troubled:
            return "missed"
        return "published" if self.live == self.posts else "planned"


@dataclass(frozen=True, slots=True)
class MonthDay:
    """One day of the calendar."""

    day: date
    inside: bool
    """It belongs to the month that is shown."""
    quiet: bool
    today: bool
    entries: tuple[Entry, ...]
    deadlines: tuple[Deadline, ...]


@dataclass(frozen=True, slots=True)
class Month:
    """One month in whole weeks."""

    first: date
    weeks: tuple[tuple[MonthDay, ...], ...]

    @property
    def before(self) -> date:
        """Return the first day of the month before."""
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        """Return the first day of the next month."""
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def days(self) -> tuple[MonthDay, ...]:
        """Return the days of the month itself on which something is."""
        return tuple(
            one for week in self.weeks for one in week if one.inside and (one.entries or one.deadlines)
        )


def month(session: Session, first: date, *, now: datetime) -> Month:
    """Return the month of a day; a county sees its campaigns, a municipality its own posts."""
    first = first.replace(day=1)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    days = [day for week in weeks for day in week]
    days.append(days[-1] + timedelta(days=1))
    entries = _entries(session, days)
    due = deadlines(session, days)
    today = timing.local(now, ZONE).date()
    return Month(
        first,
        tuple(
            tuple(
                MonthDay(
                    day, day.month == first.month, day.weekday() == 6 or timing.is_holiday(day), day == today,
                    tuple(entries.get(day, ())), tuple(due.get(day, ())),
                )
                for day in week
            )
            for week in weeks
        ),
    )  # fmt: skip


def _entries(session: Session, days: list[date]) -> dict[date, list[Entry]]:
    starts = [timing.instant(day, time(), ZONE) for day in days]
    bucket = case(
        *((Delivery.due_at < end, place) for place, end in enumerate(starts[1:])), else_=len(days)
    ).label("bucket")
    query = (
        select(
            bucket, Campaign.key, Message.key, Message.title, func.min(Delivery.due_at), func.max(Delivery.due_at),
            func.count(), func.count(Delivery.organisation_id.distinct()),
            func.count().filter(Delivery.state.in_(MOVABLE)), func.count().filter(Delivery.state == State.published),
            func.count().filter(Delivery.state == State.unsure),
            func.count().filter(Delivery.state.in_([State.failed, State.missed])), Message.send, Message.id,
        )
        .select_from(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(
            Delivery.state != State.cancelled, Delivery.due_at >= starts[0], Delivery.due_at < starts[-1],
        )
        .group_by(bucket, Message.id, Campaign.key)
        .order_by(func.min(Delivery.due_at))
    )  # fmt: skip
    found: dict[date, list[Entry]] = {}
    for row in session.execute(views.own_or_owned(session, query)):
        found.setdefault(days[row[0]], []).append(Entry(*row[1:13]))
    return found
