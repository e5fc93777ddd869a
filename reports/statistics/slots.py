"""Shares of a campaign: what a post of one message on one platform weighs, and what a municipality's posts are exposed to.

A slot is a message on a platform. Slots differ in size, and that must not look like chance (statistics specification,
section 2).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FEWEST_PLACES = 5
FEWEST_COUNTS = 20
FLOOR = 0.05
"""The least a slot weighs, as a share of the heaviest."""
FEWEST_KNOWN = 0.5
"""With less of the exposure known than this there is no rate."""

Slot = Hashable
Place = Hashable


@dataclass(frozen=True, slots=True)
class Cell:
    """What one municipality has live in one slot; several accounts are added up before."""

    place: Place
    slot: Slot
    count: int | None
    """`None` is unknown, which is not 0: it takes its share of the exposure away."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One municipality's known posts with their exposures, and how many posts it has live."""

    place: Place
    counts: tuple[int, ...]
    exposures: tuple[float, ...]
    live: int
    enough: bool
    """At least half of the exposure is known; else it has no rate."""

    @property
    def raw(self) -> float:
        """Return what was counted for each unit of exposure, as it was."""
        return sum(self.counts) / sum(self.exposures)


def weights(posts: Sequence[Cell], sizes: Mapping[Any, float]) -> dict[Slot, float]:
    """Return what each slot weighs; the mean of those that could be measured is 1.

    `sizes` has the municipalities' inhabitants in thousands.
    """
    slots: dict[Slot, list[Cell]] = {}
    for one in posts:
        slots.setdefault(one.slot, []).append(one)
    measured: dict[Slot, float] = {}
    for slot, those in slots.items():
        known = [(one.count, sizes[one.place]) for one in those if one.count is not None]
        if len(known) >= FEWEST_PLACES and sum(count for count, _ in known) >= FEWEST_COUNTS:
            roots = sum(math.sqrt(size) for _, size in known)
            measured[slot] = sum(math.sqrt(size) * count / size for count, size in known) / roots
    if not measured:
        return dict.fromkeys(slots, 1.0)
    least = FLOOR * max(measured.values())
    floored = {slot: max(weight, least) for slot, weight in measured.items()}
    mean = sum(floored.values()) / len(floored)
    return {slot: floored.get(slot, mean) / mean for slot in slots}


def exposed(
    posts: Sequence[Cell], weighed: Mapping[Slot, float], denominators: Mapping[Any, float]
) -> list[Exposed]:
    """Return each municipality's known posts with their shares of its denominator, in the order of the denominators.

    All live posts share the denominator by what their slots weigh; an unknown post's share is left out, so that
    nobody is given credit for what is not known, or blamed. Municipalities without a live post are left out.
    """
    by_place: dict[Place, list[Cell]] = {}
    for one in posts:
        by_place.setdefault(one.place, []).append(one)
    found = []
    for place, denominator in denominators.items():
        own = by_place.get(place, [])
        if not own:
            continue
        whole = sum(weighed[one.slot] for one in own)
        known = [(one.count, denominator * weighed[one.slot] / whole) for one in own if one.count is not None]
        enough = sum(share for _, share in known) >= FEWEST_KNOWN * denominator
        found.append(
            Exposed(
                place, tuple(count for count, _ in known), tuple(share for _, share in known), len(own),
                bool(known) and enough,
            )
        )  # fmt: skip
    return found
