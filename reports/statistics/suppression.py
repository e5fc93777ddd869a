"""What is hidden in views across municipalities, so that nobody's small count can be worked out (statistics specification, section 5).

A shared view is computed from what it shows: its sums are sums of visible cells, and give nothing away. The one
exception is a true total over all municipalities, and cells beside the small ones are hidden until it gives nothing away.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

SMALL = 5
"""Counts below this are hidden, 0 too: telling 0 from 1 to 4 is telling."""
FEWEST_HIDDEN = 3
MOST_ADDED = 2
MOST_GIVEN = 0.5
"""No more than this share of the total is hidden beside the small cells."""
FEWEST_UNNAMED = 3

Kind = Literal["true", "visible", "hidden", "unknown"]


@dataclass(frozen=True, slots=True)
class Shielded:
    """A row of cells as it may be shown: who is hidden, the total, and what kind of total it is."""

    hidden: frozenset[Hashable]
    total: int | None
    kind: Kind
    shown: int
    """So many cells stand in a visible sum."""
    known: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in the place of a count: the count, or that it is hidden."""

    state: Literal["shown", "hidden"]
    count: int | None = None


HIDDEN = Shown("hidden")


def hide_count(count: int) -> bool:
    """Return whether a count is too small to be shown by itself.

    Raises: ValueError when it is negative.
    """
    if count < 0:
        raise ValueError("a count is not negative")
    return count < SMALL


def shield(cells: Mapping[Hashable, int | None], withheld: Collection[Hashable] = frozenset()) -> Shielded:
    """Return what may be shown of one count of several municipalities; their order settles ties, lowest number first.

    `withheld` are those that are shown nowhere whatever their count, such as one that is not named.
    """
    known = {one: count for one, count in cells.items() if count is not None}
    if not known:
        return Shielded(frozenset(), None, "unknown", 0, 0)
    small = {one for one, count in known.items() if count < SMALL or one in withheld}
    hidden = _with_cover(known, small)
    if hidden is not None:
        total = sum(known.values())
        return Shielded(frozenset(hidden), total, "true", len(known) - len(hidden), len(known))
    visible = {one: count for one, count in known.items() if one not in small}
    if not visible:
        return Shielded(frozenset(small), None, "hidden", 0, len(known))
    return Shielded(frozenset(small), sum(visible.values()), "visible", len(visible), len(known))


def _with_cover(known: Mapping[Hashable, int], small: set[Hashable]) -> set[Hashable] | None:
    """Return the small cells and those hidden beside them, or `None` where the true total has to be given up."""
    if not small:
        return set()
    hidden, added = set(small), 0
    while not _covered(known, hidden):
        left = [one for one in known if one not in hidden]
        if added == MOST_ADDED or not left:
            return None
        hidden.add(min(left, key=lambda one: known[one]))
        added += 1
    beside = sum(known[one] for one in hidden - small)
    return None if beside > MOST_GIVEN * sum(known.values()) else hidden


def _covered(known: Mapping[Hashable, int], hidden: set[Hashable]) -> bool:
    """Tell whether the owner of any hidden cell, who takes it off, is left with two cells or more that hold five together."""
    total = sum(known[one] for one in hidden)
    return len(hidden) >= FEWEST_HIDDEN and all(total - known[one] >= SMALL for one in hidden)


def hides_its_parts(parts: Mapping[Hashable, int | None], *, whole_hidden: bool) -> bool:
    """Return whether a municipality's figure may not be shown part by part: one part is small, or the figure is hidden."""
    return whole_hidden or any(count is not None and count < SMALL for count in parts.values())


def may_show_share(part: int, whole: int, *, whole_is_public: bool = False) -> bool:
    """Return whether "so many of so many" may be shown: neither side is small, or all of a public number."""
    if whole_is_public and part == whole:
        return True
    return part >= SMALL and whole - part >= SMALL


def may_show_together(counts: Iterable[int | None]) -> bool:
    """Return whether municipalities that are not named may stand as one row: three known counts, five without any one.

    Stricter than the specification, whose "three, and a sum of five" tells the owner of 5 that the others have 0 and 0.
    """
    known = [one for one in counts if one is not None]
    return len(known) >= FEWEST_UNNAMED and all(sum(known) - one >= SMALL for one in known)


def rounded(level: float) -> float:
    """Return a typical level to two digits, as shared views show it."""
    return float(f"{level:.2g}")
