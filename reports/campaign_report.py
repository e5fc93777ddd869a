"""The report of one campaign as a frozen value: delivery truth first, engagement second.

The same value is rendered as table, JSON and page. Missing is not zero: an unknown count stays unknown, and a sum
says how many posts it stands on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import gates, profiles
from campaigns.states import State
from campaigns.store import Campaign, Delivery, Organisation, Participation, views
from connectors.base import Metric
from reports import rollup

METRICS: tuple[Metric, ...] = ("reactions", "comments", "shares")


@dataclass(frozen=True, slots=True)
class Truth:
    """Where the campaign's deliveries are; every delivery stands in exactly one number."""

    live: int
    stated: int
    """Of those, live by the municipality's own word."""
    waiting: int
    under_way: int
    unsure: int
    failed: int
    missed: int
    cancelled: int
    removed: int

    @property
    def all(self) -> int:
        """How many deliveries there are, without those that a person withdrew."""
        return (
            self.live + self.waiting + self.under_way + self.unsure + self.failed + self.missed + self.removed
        )


@dataclass(frozen=True, slots=True)
class Count:
    """A sum over posts, and how many of them it stands on."""

    value: int | None
    known: int
    posts: int


@dataclass(frozen=True, slots=True)
class Place:
    """One municipality's part."""

    number: str
    name: str
    population: int | None
    answer: str
    truth: Truth
    closed_gates: Mapping[str, int]
    """Codes of what keeps waiting deliveries back, with their numbers; time alone is not a gate."""
    counts: Mapping[str, Count]
    own_words: int = 0
    """Paragraphs it worded itself or left out."""
    named: bool = False
    """Views across municipalities may call it by its name; where they may not, its counts stand in sums alone."""

    def per_thousand(self, metric: str) -> float | None:
        """Return the count per 1,000 inhabitants, as counted; small numbers swing."""
        count = self.counts[metric].value
        return None if count is None or not self.population else 1000 * count / self.population


@dataclass(frozen=True, slots=True)
class CampaignReport:
    """What became of a campaign, at one moment."""

    key: str
    title: Mapping[str, str]
    made_at: datetime
    closed: bool
    """Nothing of it is sent any more."""
    age: int | None
    """Hours after publishing at which counts are taken; `None` is the newest of each post, which is not comparable."""
    truth: Truth
    answers: Mapping[str, int]
    counts: Mapping[str, Count]
    places: tuple[Place, ...]

    def as_json(self) -> dict[str, object]:
        """Return plain values for a script."""
        content = asdict(self)
        content["made_at"] = self.made_at.isoformat()
        content["truth"]["all"] = self.truth.all
        for place, written in zip(self.places, content["places"], strict=True):
            written["truth"]["all"] = place.truth.all
            told = place.named or len(self.places) == 1
            written["counts"] = written["counts"] if told else None
            written["per_1000_inhabitants"] = (
                {metric: place.per_thousand(metric) for metric in METRICS} if told else None
            )
        return content


def report(session: Session, campaign: Campaign, *, age: int | None, now: datetime) -> CampaignReport:
    """Return the campaign's report as this session may see it: everything for the owner, its own for a municipality.

    `age` in hours, one of `reports.figures.AGES`; without it the newest count of each post.
    """
    deliveries = views.deliveries(session, campaign)
    places = _places(session, campaign, deliveries, age, now)
    answers: dict[str, int] = {}
    for place in places:
        answers[place.answer] = answers.get(place.answer, 0) + 1
    return CampaignReport(
        key=campaign.key,
        title=campaign.title,
        made_at=now,
        closed=campaign.closed_at is not None,
        age=age,
        truth=_truth(deliveries),
        answers=answers,
        counts={metric: _sum(place.counts[metric] for place in places) for metric in METRICS},
        places=places,
    )


def _places(
    session: Session, campaign: Campaign, deliveries: Sequence[Delivery], age: int | None, now: datetime
) -> tuple[Place, ...]:  # fmt: skip
    by_place: dict[int, list[Delivery]] = {}
    for one in deliveries:
        by_place.setdefault(one.organisation_id, []).append(one)
    counted = {
        (one.delivery_id, one.metric): one
        for one in views.figures(session, campaign, rollup.NEWEST if age is None else age)
    }
    closed = _closed_gates(session, campaign, deliveries, now)
    worded = views.own_words(session, campaign)
    return tuple(
        replace(
            _place(mine, place, by_place.get(place.id, []), counted, closed),
            own_words=worded.get(place.id, 0),
            named=profiles.is_named(place),
        )
        for mine, place in views.participations(session, campaign)
    )


def _closed_gates(
    session: Session, campaign: Campaign, deliveries: Sequence[Delivery], now: datetime
) -> dict[int, list[str]]:
    waiting = [one.id for one in deliveries if one.state == State.planned]
    return gates.closed_gates(session, waiting, now, of=campaign) if waiting else {}


def _place(
    participation: Participation, organisation: Organisation, deliveries: Sequence[Delivery],
    counted: Mapping[tuple[int, str], views.FigureRow], closed: Mapping[int, Sequence[str]],
) -> Place:  # fmt: skip
    codes: dict[str, int] = {}
    for one in deliveries:
        for code in closed.get(one.id, [])[:1]:
            codes[code] = codes.get(code, 0) + 1
    posts = [one for one in deliveries if one.state == State.published and one.published_at is not None]
    return Place(
        number=organisation.number,
        name=organisation.name,
        population=organisation.population,
        answer=participation.answer.value,
        truth=_truth(deliveries),
        closed_gates=codes,
        counts={metric: _sum(_count(counted.get((one.id, metric))) for one in posts) for metric in METRICS},
    )


def _count(figure: views.FigureRow | None) -> Count:
    value = None if figure is None else figure.value
    return Count(value, int(value is not None), 1)


def _sum(counts: Iterable[Count]) -> Count:
    parts = list(counts)
    known = [one.value for one in parts if one.value is not None]
    return Count(
        sum(known) if known else None, sum(one.known for one in parts), sum(one.posts for one in parts)
    )


def _truth(deliveries: Iterable[Delivery]) -> Truth:
    states = [(one.state, one.stated) for one in deliveries]

    def count(*wanted: State) -> int:
        return sum(1 for state, _ in states if state in wanted)

    return Truth(
        live=count(State.published),
        stated=sum(1 for state, stated in states if state == State.published and stated),
        waiting=count(State.planned),
        under_way=count(State.queued, State.publishing),
        unsure=count(State.unsure),
        failed=count(State.failed),
        missed=count(State.missed),
        cancelled=count(State.cancelled),
        removed=count(State.removed),
    )
