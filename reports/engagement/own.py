"""A municipality's own rate in a campaign beside municipalities of its size: its own number is exact, theirs is one typical level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from campaigns.store import Campaign, Organisation, Store
from reports import figures
from reports.engagement import levels, sums
from reports.engagement.posts import LivePost, ages_reached, posts_of
from reports.engagement.value import Amount, Gap, GroupRow, Rate, View


@dataclass(frozen=True, slots=True)
class Beside:
    """What one municipality may read of a comparison: everything of its own, and of others the typical level alone."""

    view: View
    amount: Amount
    rate: Rate | None
    gap: Gap
    group: GroupRow | None
    """Those of its size; the typical level stands in it from eight municipalities on."""


def beside(
    store: Store, campaign_id: int, place_id: int, *, now: datetime, speed: float = 1.0
) -> Beside | None:
    """Return how a municipality's reactions stand to others' of its size, at the largest age of a week or less that its posts have reached.

    The session sees every municipality's figures; nothing of another's leaves this function but the typical level of
    eight or more, rounded (statistics specification, section 5). `None` before a post is a day old.
    """
    with store.system(write=False) as session:
        campaign = session.get_one(Campaign, campaign_id)
        ages = ages_reached(session, campaign, place_id=place_id, now=now, speed=speed)
        if not ages:
            return None
        view = View(age=min(figures.DEFAULT_AGE, max(ages)))
        by_place: dict[int, list[LivePost]] = {}
        for one in posts_of(session, campaign, view.age):
            by_place.setdefault(one.place, []).append(one)
        rows = session.scalars(select(Organisation).where(Organisation.id.in_(by_place)))
        compared = [levels.Place(one.id, one.population, None) for one in rows if one.population]
        found = levels.levels(compared, by_place, view.metric, view.per)
    place = found.group_of.get(place_id)
    return Beside(
        view, sums.amount(by_place[place_id], view.metric), found.rates.get(place_id),
        found.gaps.get(place_id, ""), None if place is None else found.groups[place],
    )  # fmt: skip
