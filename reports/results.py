"""What came of posts, added up in the store: the newest known count of each, by municipality or by campaign.

Missing is not zero: a sum says on how many posts it stands, and where none is known it is unknown (statistics.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from campaigns import participation
from campaigns.states import State
from campaigns.store import Delivery, Figure, Message, Organisation
from reports import rollup
from reports.campaign_report import METRICS, Count
from reports.following import Line, own_lines


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a municipality's posts in one campaign."""

    key: str
    """Of the campaign."""
    title: Mapping[str, str]
    population: int | None
    posts: int
    counts: Mapping[str, Count]

    def per_thousand(self, metric: str) -> float | None:
        """Return a count per 1,000 inhabitants; small numbers swing."""
        value = self.counts[metric].value
        return None if value is None or not self.population else 1000 * value / self.population


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


def _total(counts: Sequence[Count]) -> Count:
    known = [one.value for one in counts if one.value is not None]
    return Count(
        sum(known) if known else None, sum(one.known for one in counts), sum(one.posts for one in counts)
    )


def own_results(session: Session, *, now: datetime) -> tuple[Result, ...]:
    """Return what came of the posts of the actor's organisation, by campaign, the newest first."""
    counts = _counts(session, Delivery.campaign_id)
    place = session.get_one(Organisation, session.info["actor"].organisation_id)
    return tuple(
        _result(one, place, _of(counts, one.campaign_id, one.truth.live))
        for one in own_lines(session, now=now)
        if one.truth.live
    )


def own_report(session: Session, key: str, *, now: datetime) -> OwnReport:
    """Return a municipality's own part of a campaign that it was invited to; nothing of anybody else's is in it (A4).

    Raises: NotFound.
    """
    mine = participation.participation_in(session, key).campaign_id
    line = next(one for one in own_lines(session, now=now) if one.campaign_id == mine)
    place = session.get_one(Organisation, session.info["actor"].organisation_id)
    counts = _counts(session, Delivery.id, campaign=mine)
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
    return Result(line.key, line.title, place.population, line.truth.live, counts)


def _of(counts: Mapping[tuple[int, str], tuple[int, int]], owner: int, posts: int) -> dict[str, Count]:
    return {
        metric: Count(*counts[owner, metric], posts) if (owner, metric) in counts else Count(None, 0, posts)
        for metric in METRICS
    }


def _counts(
    session: Session,
    group: InstrumentedAttribute[int],
    *,
    campaign: int | None = None,
) -> dict[tuple[int, str], tuple[int, int]]:
    """Return the sum of the newest known counts and the number of posts it stands on, by group and metric; one question."""
    query = (
        select(group, Figure.metric, func.sum(Figure.value), func.count())
        .select_from(Figure)
        .join(Delivery, Delivery.id == Figure.delivery_id)
        .where(
            Figure.age == rollup.NEWEST,
            Figure.value.is_not(None),
            Figure.metric.in_(METRICS),
            Delivery.state == State.published,
            Delivery.organisation_id == session.info["actor"].organisation_id,
        )
        .group_by(group, Figure.metric)
    )
    if campaign is not None:
        query = query.where(Delivery.campaign_id == campaign)
    rows = session.execute(query)
    return {(row[0], row[1]): (int(row[2] or 0), int(row[3])) for row in rows}
