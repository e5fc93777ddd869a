"""The engagement of one campaign, computed once for one reader; delivery truth first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import profiles
from campaigns.participation import owned_campaign
from campaigns.store import Campaign, Message, Organisation
from connectors.base import Metric
from reports import figures
from reports.engagement import levels, sums
from reports.engagement.posts import METRICS, LivePost, ages_reached, followers_at, posts_of
from reports.engagement.sums import Summed
from reports.engagement.value import (
    Amount,
    Engagement,
    Gap,
    MessageRow,
    Participation,
    PlaceRow,
    PlatformRow,
    Rate,
    View,
)
from reports.following import Following, following
from reports.statistics import comparison
from reports.statistics.suppression import FEWEST_UNNAMED


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a report is made of, read once."""

    campaign: Campaign
    following: Following
    posts: Sequence[LivePost]
    places: Mapping[int, Organisation]
    view: View
    shared: bool

    @property
    def by_place(self) -> dict[int, list[LivePost]]:
        """Return the posts of each municipality, in the order of their numbers."""
        order = sorted(self.places.values(), key=lambda one: one.number)
        found: dict[int, list[LivePost]] = {one.id: [] for one in order}
        for one in self.posts:
            found[one.place].append(one)
        return {place: posts for place, posts in found.items() if posts}


def engagement(
    session: Session, key: str, *, wanted: Callable[[View], View] = lambda usual: usual, now: datetime,
    speed: float = 1.0,
) -> Engagement:  # fmt: skip
    """Return the engagement of a campaign that the actor's organisation owns; `speed` is that of sampling.

    `wanted` takes the usual view and gives the one that is looked at. The usual one is of reactions after a week, or at
    the largest age that some post has reached before that.

    Raises: Forbidden; NotFound.
    """
    campaign = owned_campaign(session, key)
    found = following(session, key, now=now)
    ages = ages_reached(session, campaign, now=now, speed=speed)
    view = wanted(View(age=min(figures.DEFAULT_AGE, max(ages, default=0))))
    posts = posts_of(session, campaign, view.age)
    ids = {one.place for one in posts}
    places = {one.id: one for one in session.scalars(select(Organisation).where(Organisation.id.in_(ids)))}
    owner = session.get_one(Organisation, campaign.organisation_id)
    shared = bool(ids - {owner.id})
    ground = _Ground(campaign, found, posts, places, view, shared)
    return _put_together(session, ground, owner, ages, now)


def _put_together(
    session: Session, ground: _Ground, owner: Organisation, ages: tuple[int, ...], now: datetime
) -> Engagement:
    line, view, posts = ground.following.line, ground.view, ground.posts
    by_place, unnamed = ground.by_place, _unnamed(ground)
    gathered: dict[int, list[LivePost]] = {}
    for place, those in by_place.items():
        gathered.setdefault(sums.OTHERS if place in unnamed else place, []).extend(those)
    others = [by_place[place] for place in by_place if place in unnamed]
    summed = {
        metric: sums.over_places(gathered, metric, shared=ground.shared, others=others) for metric in METRICS
    }
    found = _levels(session, ground, by_place)
    return Engagement(
        key=ground.campaign.key, title=ground.campaign.title, owner=f"{owner.name} {owner.form}".strip(), made_at=now,
        first_at=min((one.published_at for one in posts), default=None),
        last_at=max((one.published_at for one in posts), default=None),
        closed=line.closed, takes_part=ground.following.takes_part, shared=ground.shared, view=view, ages=ages, truth=line.truth, due=line.due,
        participation=_participation(ground.following),
        totals={metric: one.whole for metric, one in summed.items()},
        kinds={metric: one.kind for metric, one in summed.items()},
        platforms=_platforms(gathered, summed, ground.shared),
        messages=_messages(session, ground, gathered, summed),
        places=_places(ground, gathered, summed, found, unnamed, len(unnamed) >= FEWEST_UNNAMED),
        groups=tuple(found.groups), unnamed=len(unnamed),
        fell=sum(any(count.fell for count in one.counts.values()) for one in posts),
        removed=sum(one.removed for one in posts),
        definitions=_definitions(posts),
    )  # fmt: skip


def _unnamed(ground: _Ground) -> frozenset[int]:
    """Return the municipalities that views across municipalities may not name."""
    if not ground.shared:
        return frozenset()
    return frozenset(one.id for one in ground.places.values() if not profiles.is_named(one))


def _participation(found: Following) -> Participation:
    stages = found.line.stages
    return Participation(
        invited=found.line.invited, joined=found.line.joined,
        out=stages.get("out", 0) + stages.get("withdrawn", 0), silent=stages.get("unanswered", 0),
        later=stages.get("later", 0), own_words=sum(one.own_words > 0 for one in found.followers),
    )  # fmt: skip


def _levels(session: Session, ground: _Ground, by_place: Mapping[int, Sequence[LivePost]]) -> levels.Levels:
    """Return everybody's rate at an age; the newest counts are of different ages, and nothing is compared by them."""
    if not ground.view.age or not ground.posts:
        return levels.Levels()
    accounts = sorted({one.account for one in ground.posts})
    begun = min(one.published_at for one in ground.posts)
    followers = (
        followers_at(session, ground.campaign, accounts, begun) if ground.view.per == "followers" else {}
    )
    compared = []
    for place, posts in by_place.items():
        own = [followers.get(account) for account in {one.account for one in posts}]
        known = None if None in own else sum(one or 0 for one in own)
        compared.append(levels.Place(place, ground.places[place].population or 0, known))
    return levels.levels(
        [one for one in compared if one.inhabitants], by_place, ground.view.metric, ground.view.per
    )


def _platforms(
    gathered: Mapping[int, Sequence[LivePost]], summed: Mapping[Metric, Summed], shared: bool
) -> tuple[PlatformRow, ...]:
    parts = sums.by_part(gathered, lambda one: one.platform, summed, shared=shared)
    counted: dict[str, int] = {}
    for posts in gathered.values():
        for one in posts:
            counted[one.platform] = counted.get(one.platform, 0) + 1
    return tuple(PlatformRow(name, counted[name], parts[name]) for name in sorted(counted))


def _messages(
    session: Session,
    ground: _Ground,
    gathered: Mapping[int, Sequence[LivePost]],
    summed: Mapping[Metric, Summed],
) -> tuple[MessageRow, ...]:
    parts = sums.by_part(gathered, lambda one: one.message, summed, shared=ground.shared)
    rows = session.scalars(
        select(Message).where(Message.campaign_id == ground.campaign.id).order_by(Message.position)
    )
    counted: dict[int, int] = {}
    for one in ground.posts:
        counted[one.message] = counted.get(one.message, 0) + 1
    return tuple(
        MessageRow(one.key, one.title, counted[one.id], parts[one.id]) for one in rows if one.id in counted
    )


def _places(
    ground: _Ground, gathered: Mapping[int, Sequence[LivePost]], summed: Mapping[Metric, Summed], found: levels.Levels,
    unnamed: frozenset[int], together: bool,
) -> tuple[PlaceRow, ...]:  # fmt: skip
    rows = []
    for place, posts in gathered.items():
        amounts = {metric: one.amounts[place] for metric, one in summed.items()}
        removed = sum(one.removed for one in posts)
        if place == sums.OTHERS:
            if together:
                rows.append(PlaceRow("", "", len(unnamed), None, 0, len(posts), removed, amounts, None))
            continue
        row = ground.places[place]
        rate, gap = _rate(place, amounts[ground.view.metric], found)
        group = comparison.size_group(row.population or 0)
        rows.append(
            PlaceRow(row.number, row.name, 1, row.population, group, len(posts), removed, amounts, rate, gap)
        )
    return tuple(sorted(rows, key=lambda one: (not one.name, one.inhabitants or 0, one.number)))


def _rate(place: int, shown: Amount, found: levels.Levels) -> tuple[Rate | None, Gap]:
    """Return a municipality's rate; with a hidden count goes its rate (statistics specification, section 5)."""
    if shown.gap:
        return None, shown.gap
    rate = found.rates.get(place)
    return rate, "" if rate else found.gaps.get(place, "unknown")


def _definitions(posts: Sequence[LivePost]) -> dict[Metric, tuple[int, ...]]:
    """Return the metrics that one platform counted by several definitions."""
    versions: dict[tuple[str, Metric], set[int]] = {}
    for one in posts:
        for metric, count in one.counts.items():
            if count.value is not None:
                versions.setdefault((one.platform, metric), set()).add(count.version)
    return {metric: tuple(sorted(those)) for (_, metric), those in versions.items() if len(those) > 1}
