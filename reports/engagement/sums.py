"""Counts added up over posts: what is known, of how many, and what a shared view hides of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from connectors import kind_of
from connectors.base import Metric
from reports.engagement.posts import METRICS, PUBLIC, LivePost
from reports.engagement.value import Amount, Gap
from reports.statistics import suppression
from reports.statistics.suppression import Kind

GAPS: Mapping[Kind, Gap] = {"true": "", "visible": "", "hidden": "hidden", "unknown": "unknown"}
OTHERS = 0
"""Stands for all that are not named, where they are shown as one."""


@dataclass(frozen=True, slots=True)
class Summed:
    """One metric over municipalities: each one's amount, and the whole."""

    amounts: Mapping[int, Amount]
    whole: Amount
    kind: Kind


@cache
def offers(platform: str, metric: Metric) -> bool:
    """Return whether a platform gives this count at all."""
    return metric in kind_of(platform).metrics


def amount(posts: Sequence[LivePost], metric: Metric) -> Amount:
    """Return one count over some posts; posts on platforms that do not offer it stand neither above nor below the line."""
    those = [one for one in posts if offers(one.platform, metric)]
    if not those:
        return Amount(None, "not_offered")
    known = [found.value for one in those if (found := one.counts.get(metric)) and found.value is not None]
    if not known:
        return Amount(None, "unknown", 0, len(those))
    if metric == "reach":  # persons are not additive (statistics specification, section 1)
        return Amount(max(known), "", len(known), len(those), most=sum(known))
    return Amount(sum(known), "", len(known), len(those))


def over_places(
    by_place: Mapping[int, Sequence[LivePost]],
    metric: Metric,
    *,
    shared: bool,
    others: Sequence[Sequence[LivePost]],
) -> Summed:
    """Return one metric for each municipality and for all, with what a shared view hides hidden.

    `by_place` is in the order of the municipalities' numbers, which settles ties; `others` has the posts of each that
    is not named, and stands in it as one.
    """
    amounts = {place: amount(posts, metric) for place, posts in by_place.items()}
    offered = {place: one for place, one in amounts.items() if one.gap != "not_offered"}
    if not offered:
        return Summed(amounts, Amount(None, "not_offered"), "unknown")
    known, posts = sum(one.known for one in offered.values()), sum(one.posts for one in offered.values())
    cells: dict[Hashable, int | None] = {
        place: one.value if one.most is None else one.most for place, one in offered.items()
    }
    if not shared or metric in PUBLIC:
        numbers = [one for one in cells.values() if one is not None]
        total = Amount(sum(numbers), "", known, posts) if numbers else Amount(None, "unknown", 0, posts)
        return Summed(amounts, total, "true" if numbers else "unknown")
    # of reach the largest post may be small where the sum is not
    withheld = {
        place for place, one in offered.items() if one.value is not None and one.value < suppression.SMALL
    }
    if others and not suppression.may_show_together(amount(one, metric).value for one in others):
        withheld.add(OTHERS)
    found = suppression.shield(cells, withheld)
    hidden = {
        place: Amount(None, "hidden", one.known, one.posts) if place in found.hidden else one
        for place, one in amounts.items()
    }
    return Summed(hidden, Amount(found.total, GAPS[found.kind], known, posts), found.kind)


def by_part(
    by_place: Mapping[int, Sequence[LivePost]], part_of: Callable[[LivePost], Hashable], summed: Mapping[Metric, Summed],
    *, shared: bool,
) -> dict[Hashable, dict[Metric, Amount]]:  # fmt: skip
    """Return every metric part by part (platforms, messages), made of the municipalities that may be shown part by part.

    Those that are not named are left out of what is hidden from anybody: a part of theirs may be one municipality's.
    """
    parts: dict[Hashable, list[LivePost]] = {}
    for posts in by_place.values():
        for one in posts:
            parts.setdefault(part_of(one), []).append(one)
    found: dict[Hashable, dict[Metric, Amount]] = {part: {} for part in parts}
    for metric in METRICS:
        kept = {
            place: posts
            for place, posts in by_place.items()
            if not shared
            or metric in PUBLIC
            or (place != OTHERS and _whole(posts, part_of, metric, summed[metric].amounts[place]))
        }
        for part, all_posts in parts.items():
            shown = [one for posts in kept.values() for one in posts if part_of(one) == part]
            found[part][metric] = _part(shown, all_posts, metric)
    return found


def _whole(
    posts: Sequence[LivePost], part_of: Callable[[LivePost], Hashable], metric: Metric, figure: Amount
) -> bool:
    cells: dict[Hashable, int | None] = {}
    for part in {part_of(one) for one in posts}:
        cells[part] = amount([one for one in posts if part_of(one) == part], metric).value
    return not suppression.hides_its_parts(cells, whole_hidden=figure.gap == "hidden")


def _part(shown: Sequence[LivePost], all_posts: Sequence[LivePost], metric: Metric) -> Amount:
    whole = amount(all_posts, metric)
    if whole.gap:
        return whole
    seen = amount(shown, metric)
    return Amount(seen.value, "hidden" if seen.value is None else "", seen.known, whole.posts, seen.most)
