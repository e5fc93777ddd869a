"""Each municipality's rate beside municipalities of its size: exposures, the fit behind the counts, and a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from connectors.base import Metric
from reports.engagement.posts import LivePost
from reports.engagement.sums import offers
from reports.engagement.value import Gap, GroupRow, Per, Rate
from reports.statistics import comparison, rates, shares, slots, suppression
from reports.statistics.grid import Fit
from reports.statistics.rates import Counted
from reports.statistics.shares import Reached

AT_MOST_ONE: frozenset[Metric] = frozenset({"reactions", "clicks"})
"""One person gives at most one of these to a post."""


@dataclass(frozen=True, slots=True)
class Place:
    """A municipality as it is compared."""

    id: int
    inhabitants: int
    followers: int | None
    """Of the accounts it used, when the campaign began."""


@dataclass(slots=True)
class Levels:
    """What was found: a rate or the reason for none by municipality, and the groups that were compared."""

    rates: dict[int, Rate] = field(default_factory=dict)
    gaps: dict[int, Gap] = field(default_factory=dict)
    group_of: dict[int, int] = field(default_factory=dict)
    groups: list[GroupRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """One municipality with something to fit: counts beside what they are counted against."""

    place: Place
    counts: tuple[int, ...]
    against: tuple[float, ...]
    of_age: bool


def levels(
    places: Sequence[Place], posts: Mapping[int, Sequence[LivePost]], metric: Metric, per: Per
) -> Levels:
    """Return every municipality's rate; posts that were removed or whose platform does not offer the count are left out."""
    found = Levels()
    kept = {
        one.id: [post for post in posts.get(one.id, ()) if not post.removed and offers(post.platform, metric)]
        for one in places
    }
    known = (
        _reached(places, kept, metric, found)
        if per == "reached"
        else _exposed(places, kept, metric, per, found)
    )
    sizes = [0] * comparison.GROUPS
    for one in known:
        sizes[comparison.size_group(one.place.inhabitants)] += 1
    for numbers in comparison.merged(sizes):
        members = [one for one in known if comparison.size_group(one.place.inhabitants) in numbers]
        everybody = sum(comparison.size_group(one.inhabitants) in numbers for one in places)
        _compare(numbers, members, everybody, kept, metric, per, found)
    return found


def _exposed(
    places: Sequence[Place], posts: Mapping[int, Sequence[LivePost]], metric: Metric, per: Per, found: Levels
) -> list[_Known]:
    """Return what each municipality counted against its share of inhabitants or followers (specification, section 2)."""
    cells: dict[tuple[int, tuple[int, str]], list[int | None]] = {}
    for place_id, those in posts.items():
        for one in those:
            count = one.counts.get(metric)
            known = count.value if count is not None and count.compared else None
            cells.setdefault((place_id, (one.message, one.platform)), []).append(known)
    slotted = [
        slots.Cell(owner, slot, None if None in counts else sum(one or 0 for one in counts))
        for (owner, slot), counts in cells.items()
    ]
    thousands = {one.id: one.inhabitants / 1000 for one in places}
    weighed = slots.weights(slotted, thousands) if slotted else {}
    against: dict[slots.Place, float] = {
        one.id: one.inhabitants / 1000 if per == "inhabitants" else (one.followers or 0) / 100
        for one in places
    }
    for place_id in [one.id for one in places if not against[one.id]]:
        found.gaps[place_id] = "unknown"
        del against[place_id]
    by_id = {one.id: one for one in places}
    known_ones = []
    for exposed in slots.exposed(slotted, weighed, against):
        place = by_id[exposed.place]  # type: ignore[index]  # what came in are ids
        if not exposed.enough:
            found.gaps[place.id] = "unknown"
            continue
        known_ones.append(_Known(place, exposed.counts, exposed.exposures, _of_age(posts[place.id], metric)))
    return known_ones


def _reached(
    places: Sequence[Place], posts: Mapping[int, Sequence[LivePost]], metric: Metric, found: Levels
) -> list[_Known]:
    """Return what each municipality counted against those reached, post by post, on the one platform that most have."""
    platform = _most_reached(posts)
    known = []
    for place in places:
        pairs = []
        for one in posts[place.id]:
            reach, count = one.counts.get("reach"), one.counts.get(metric)
            if one.platform != platform or reach is None or count is None or not count.compared:
                continue
            if reach.value and count.value is not None and count.value <= reach.value:
                pairs.append((count.value, float(reach.value)))
        if pairs:
            counts, reached = zip(*pairs, strict=True)
            known.append(_Known(place, counts, reached, _of_age(posts[place.id], metric)))
        elif posts[place.id]:
            found.gaps[place.id] = "unknown"
    return known


def _most_reached(posts: Mapping[int, Sequence[LivePost]]) -> str:
    counted: dict[str, int] = {}
    for those in posts.values():
        for one in those:
            if (reach := one.counts.get("reach")) is not None and reach.value:
                counted[one.platform] = counted.get(one.platform, 0) + 1
    return max(sorted(counted), key=lambda name: counted[name], default="")


def _of_age(posts: Sequence[LivePost], metric: Metric) -> bool:
    return all(metric in one.counts for one in posts)


def _compare(
    numbers: tuple[int, ...], members: Sequence[_Known], everybody: int, posts: Mapping[int, Sequence[LivePost]],
    metric: Metric, per: Per, found: Levels,
) -> None:  # fmt: skip
    """Put the rates of one group and its typical level among what was found."""
    place = len(found.groups)
    found.group_of |= {one.place.id: place for one in members}
    if not members:
        found.groups.append(GroupRow(numbers, everybody, 0, None, None, None))
        return
    fitted = _fit(tuple(members), metric, per)
    scale = 100.0 if per == "reached" and metric in AT_MOST_ONE else 1.0
    counted = sum(sum(one.counts) for one in members)
    one_definition = _one_definition(members, posts, metric)
    for one, level in zip(members, fitted.levels, strict=True):
        why = comparison.without_words(
            len(members), counted, one_definition=one_definition, of_age=one.of_age
        )
        pairs = list(zip(one.counts, _against(one, metric, per), strict=True))
        said = (
            comparison.Verdict(None, why) if why else comparison.verdict(level, fitted.typical.median, pairs)
        )
        raw = sum(one.counts) / sum(against for _, against in pairs)
        found.rates[one.place.id] = Rate(
            raw * scale, level.median * scale, level.low * scale, level.high * scale, said.word, said.reason
        )
    found.groups.append(_row(numbers, everybody, len(members), fitted, scale))


def _row(numbers: tuple[int, ...], everybody: int, members: int, fitted: Fit, scale: float) -> GroupRow:
    typical = fitted.typical
    if members < comparison.FEWEST:
        return GroupRow(numbers, everybody, members, None, None, None)
    low, median, high = (
        suppression.rounded(one * scale) for one in (typical.low, typical.median, typical.high)
    )
    return GroupRow(numbers, everybody, members, low, median, high)


def _against(one: _Known, metric: Metric, per: Per) -> tuple[float, ...]:
    """Return what the counts are counted against in the unit of the rate: per 100 reached where one may act often."""
    if per == "reached" and metric not in AT_MOST_ONE:
        return tuple(reached / 100 for reached in one.against)
    return one.against


@lru_cache(maxsize=128)
def _fit(members: tuple[_Known, ...], metric: Metric, per: Per) -> Fit:
    """Return the fit of a group; a page that is opened again while nothing was counted costs none."""
    if per == "reached" and metric in AT_MOST_ONE:
        return shares.fit_shares(
            [Reached(one.counts, tuple(int(reached) for reached in one.against)) for one in members]
        )
    return rates.fit_rates([Counted(one.counts, _against(one, metric, per)) for one in members])


def _one_definition(
    members: Sequence[_Known], posts: Mapping[int, Sequence[LivePost]], metric: Metric
) -> bool:
    """Return whether everything that is compared was counted by one definition on each platform."""
    versions: dict[str, set[int]] = {}
    for one in members:
        for post in posts[one.place.id]:
            if (count := post.counts.get(metric)) is not None and count.value is not None:
                versions.setdefault(post.platform, set()).add(count.version)
    return all(len(those) == 1 for those in versions.values())
