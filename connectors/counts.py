"""Builds `Counts` so that no connector can forget a metric: each is known, or absent with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import get_args

from connectors.base import Absence, Counts, Metric

EVERY: tuple[Metric, ...] = get_args(Metric)


def seen(
    found: Mapping[Metric, int | None], reasons: Mapping[Metric, Absence] = MappingProxyType({})
) -> Counts:
    """Return the counts of a live post; a `None` in `found` was kept back this time, for one of `reasons` if it is there."""
    known = {metric: number for metric, number in found.items() if number is not None}
    absent: dict[Metric, Absence] = {
        metric: reasons.get(metric, "hidden" if metric in found else "not_offered")
        for metric in EVERY
        if metric not in known
    }
    return Counts(known, absent)


def gone(offered: Sequence[Metric]) -> Counts:
    """Return the counts of a post that the platform no longer knows."""
    absent: dict[Metric, Absence] = {
        metric: "removed" if metric in offered else "not_offered" for metric in EVERY
    }
    return Counts({}, absent, gone=True)


def total(first: int | None, *more: int | None) -> int | None:
    """Return a sum whose first part must be known; a later part that is not offered adds nothing."""
    return None if first is None else first + sum(part or 0 for part in more)
