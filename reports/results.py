"""What came of posts, added up in the store: the newest known count of each, by municipality or by campaign.

Missing is not zero: a sum says on how many posts it stands, and where none is known it is unknown (statistics.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaigns import participation
from campaigns.states import State
from campaigns.store import Campaign, Delivery, Message, Organisation, Sample, views
from reports.campaign_report import METRICS, Count
from reports.following import Following, Line, following, own_lines


@dataclass(frozen=True, slots=True)
class Result:
    """Counts of one municipality, or of one campaign."""

    key: str
    """Number of the municipality, or key of the campaign."""
    name: str
    title: Mapping[str, str]
    population: int | None
    posts: int
    counts: Mapping[str, Count]

    def per_thousand(self, metric: str) -> float | None:
        """Return a count per 1,000 inhabitants; small numbers swing."""
        value = self.counts[metric].value
        return None if value is None or not self.population else 1000 * value / self.population


@dataclass(frozen=True, slots=True)
class CampaignResults:
    """One campaign: where its posts are, and what came of them."""

    following: Following
    places: tuple[Result, ...]
    """From the smallest municipality to the largest, never from best to worst."""
    whole: Mapping[str, Count]


@dataclass(frozen=True, slots=True)
class OwnPost:
    """One live post of the municipality's own."""

    delivery: int
    title: Mapping[str, str]
    platform: str
    published_at: datetime | None
    counts: Mapping[str, Count]


@dataclass(frozen=True, slots=True)
class OwnReport:
    """A municipality's own part of a campaign: where its posts are, and what came of each."""

    line: Line
    whole: Result
    posts: tuple[OwnPost, ...]


def campaign_results(session: Session, key: str, *, now: datetime) -> CampaignResults:
    """Return the results of a campaign that the actor's organisation owns.

    Raises: NotFound.
    """
    found = following(session, key, now=now)
    own = session.info["actor"].organisation_id
    mine = select(Campaign.id).where(Campaign.organisation_id == own, Campaign.key == key).scalar_subquery()
    counts = _counts(session, Delivery.organisation_id, reach=True, campaign=mine)
    ids = {row[1]: row[0] for row in session.execute(select(Organisation.id, Organisation.number))}
    places = [
        Result(
            one.number, one.name, {}, one.population, one.truth.live,
            _of(counts, ids[one.number], one.truth.live),
        )
        for one in found.followers
        if one.truth.live
    ]  # fmt: skip
    places.sort(key=lambda one: (one.population or 0, one.name))
    return CampaignResults(
        found, tuple(places), {metric: _total([one.counts[metric] for one in places]) for metric in METRICS}
    )


def _total(counts: Sequence[Count]) -> Count:
    known = [one.value for one in counts if one.value is not None]
    return Count(
        sum(known) if known else None, sum(one.known for one in counts), sum(one.posts for one in counts)
    )


def own_results(session: Session, *, now: datetime) -> tuple[Result, ...]:
    """Return what came of the posts of the actor's organisation, by campaign, the newest first."""
    counts = _counts(session, Delivery.campaign_id, reach=False)
    ids = {row[1]: row[0] for row in session.execute(select(Campaign.id, Campaign.key))}
    place = session.get_one(Organisation, session.info["actor"].organisation_id)
    return tuple(
        _result(one, place, _of(counts, ids[one.key], one.truth.live))
        for one in own_lines(session, now=now)
        if one.truth.live
    )


def own_report(session: Session, key: str, *, now: datetime) -> OwnReport:
    """Return a municipality's own part of a campaign that it was invited to; nothing of anybody else's is in it (A4).

    Raises: NotFound.
    """
    mine = participation.participation_in(session, key).campaign_id
    line = next(one for one in own_lines(session, now=now) if one.key == key)
    place = session.get_one(Organisation, session.info["actor"].organisation_id)
    counts = _counts(session, Delivery.id, reach=False, campaign=mine)
    rows = session.execute(
        select(Delivery.id, Message.title, Delivery.platform, Delivery.published_at)
        .join(Message, Message.id == Delivery.message_id)
        .where(Delivery.campaign_id == mine, Delivery.state == State.published)
        .order_by(Delivery.published_at, Delivery.id)
    )
    posts = tuple(OwnPost(*row, _of(counts, row[0], 1)) for row in rows)
    whole: dict[str, Count] = {metric: _total([one.counts[metric] for one in posts]) for metric in METRICS}
    return OwnReport(line, _result(line, place, whole), posts)


def _result(line: Line, place: Organisation, counts: Mapping[str, Count]) -> Result:
    return Result(line.key, "", line.title, place.population, line.truth.live, counts)


def _of(counts: Mapping[tuple[int, str], tuple[int, int]], owner: int, posts: int) -> dict[str, Count]:
    return {
        metric: Count(*counts[owner, metric], posts) if (owner, metric) in counts else Count(None, 0, posts)
        for metric in METRICS
    }


def _counts(
    session: Session,
    group: InstrumentedAttribute[int],
    *,
    reach: bool,
    campaign: ScalarSelect[int] | int | None = None,
) -> dict[tuple[int, str], tuple[int, int]]:
    """Return the sum of the newest known counts and the number of posts it stands on, by group and metric; one question."""
    newest: Select[int, str, int] = (
        select(Sample.delivery_id, Sample.metric, func.max(Sample.planned).label("planned"))
        .join(Delivery, Delivery.id == Sample.delivery_id)
        .where(Sample.value.is_not(None), Delivery.state == State.published, Sample.metric.in_(METRICS))
        .group_by(Sample.delivery_id, Sample.metric)
    )
    if campaign is not None:
        newest = newest.where(Delivery.campaign_id == campaign)
    if not reach:
        newest = newest.where(Delivery.organisation_id == session.info["actor"].organisation_id)
    part = newest.subquery()
    query = (
        select(group, Sample.metric, func.sum(Sample.value), func.count())
        .select_from(Sample)
        .join(Delivery, Delivery.id == Sample.delivery_id)
        .join(
            part,
            (part.c.delivery_id == Sample.delivery_id)
            & (part.c.metric == Sample.metric)
            & (part.c.planned == Sample.planned),
        )
        .group_by(group, Sample.metric)
    )
    rows = session.execute(views.owned(session, query) if reach else query)
    return {(row[0], row[1]): (int(row[2] or 0), int(row[3])) for row in rows}
