"""The live posts of a campaign with what they came to at one age, read with two questions however often they were counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns.followers import day_of
from campaigns.states import State
from campaigns.store import Campaign, Delivery, FollowerCount, views
from connectors.base import Metric
from reports import figures
from reports.rollup import OUT

METRICS: tuple[Metric, ...] = get_args(Metric)
PUBLIC: frozenset[Metric] = frozenset({"reactions", "comments", "shares"})
"""Anybody can count these on the post itself, so that they are hidden from nobody; the rest is (D29)."""
ACTIONS: tuple[Metric, ...] = ("views", "reactions", "comments", "shares", "saves", "clicks")
"""What one may add over posts and platforms; reach is persons, and may not."""
NEAR = timedelta(days=7)
"""A count of followers stands for a campaign's beginning if it was taken within so long of it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One count of one post, or the reason why there is none."""

    value: int | None
    how: str
    absent: str | None
    version: int
    fell: bool

    @property
    def compared(self) -> bool:
        """Whether it may stand beside others: a removed post's last count may not."""
        return self.value is not None and self.how != "removed"


@dataclass(frozen=True, slots=True)
class LivePost:
    """One post that is or was live; a reply in a thread and a first comment are parts of the message they follow."""

    delivery: int
    place: int
    message: int
    platform: str
    account: int
    published_at: datetime
    removed: bool
    counts: Mapping[Metric, Counted]


def posts_of(session: Session, campaign: Campaign, age: int) -> list[LivePost]:
    """Return the campaign's posts, as far as this session may see them, with their figures at `age` in hours (0: the newest)."""
    counts: dict[int, dict[Metric, Counted]] = {}
    for one, metric, value, how, absent, version, fell in views.figures(session, campaign, age):
        counted = Counted(value, how, absent, version, fell)
        counts.setdefault(one, {})[cast("Metric", metric)] = counted  # connectors write no other word
    query = select(
        Delivery.id, Delivery.organisation_id, Delivery.message_id, Delivery.platform, Delivery.account_id,
        Delivery.published_at, Delivery.state,
    ).where(
        Delivery.campaign_id == campaign.id, Delivery.state.in_(OUT), Delivery.published_at.is_not(None)
    ).order_by(Delivery.published_at, Delivery.id)  # fmt: skip
    found = []
    for delivery, place, message, platform, account, at, state in session.execute(
        views.reaching(session, campaign, query)
    ):
        if at is not None:
            gone = state == State.removed
            found.append(
                LivePost(delivery, place, message, platform, account, at, gone, counts.get(delivery, {}))
            )
    return found


def ages_reached(
    session: Session, campaign: Campaign, *, place_id: int | None = None, now: datetime, speed: float = 1.0
) -> tuple[int, ...]:
    """Return the ages in hours that the first post has reached, of all municipalities or of one; `speed` is that of sampling."""
    query = select(func.min(Delivery.published_at)).where(
        Delivery.campaign_id == campaign.id, Delivery.state.in_(OUT)
    )
    if place_id is not None:
        query = query.where(Delivery.organisation_id == place_id)
    first = session.scalar(views.reaching(session, campaign, query))
    reached = 0.0 if first is None else (now - first).total_seconds() / 3600 * speed
    return tuple(age for age in figures.AGES if age <= reached)


def followers_at(
    session: Session, campaign: Campaign, accounts: Sequence[int], begun: datetime
) -> dict[int, int | None]:
    """Return how many followed each account when the campaign began: the nearest count within a week, never today's."""
    day_one = day_of(begun)
    query = select(FollowerCount.account_id, FollowerCount.day, FollowerCount.followers).where(
        FollowerCount.account_id.in_(accounts), FollowerCount.day.between(day_one - NEAR, day_one + NEAR),
        FollowerCount.followers.is_not(None),
    )  # fmt: skip
    nearest: dict[int, tuple[int, int]] = {}
    for account, day, followers in session.execute(views.reaching(session, campaign, query)):
        away = abs((day - day_one).days)
        if followers is not None and (account not in nearest or away < nearest[account][0]):
            nearest[account] = (away, followers)
    return {one: nearest[one][1] if one in nearest else None for one in accounts}
