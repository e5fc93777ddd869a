"""With whom a municipality is compared, and the word that the comparison allows (statistics specification, section 4)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.statistics.grid import FIRMLY, Level

BOUNDS = (3_000, 10_000, 50_000)
"""Inhabitants at which a new size group begins."""
GROUPS = len(BOUNDS) + 1
FEWEST = 8
"""Municipalities with a rate that a comparison takes."""
FEWEST_COUNTS = 20
SURE = 0.90

Word = Literal["over", "under", "about", "too_little"]
Reason = Literal[
    "", "one_post", "one_post_pulls_up", "one_post_pulls_down", "few_places", "few_counts", "counted_otherwise",
    "too_young",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word, or none, and why it is not a stronger one."""

    word: Word | None
    reason: Reason = ""


def size_group(inhabitants: int) -> int:
    """Return the size group, from 0 for the smallest."""
    return bisect_right(BOUNDS, inhabitants)


def merged(sizes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return the size groups put together until each has eight municipalities, or all are one; `sizes` counts each."""
    groups: list[tuple[tuple[int, ...], int]] = [((number,), size) for number, size in enumerate(sizes)]
    while len(groups) > 1 and min(size for _, size in groups) < FEWEST:
        least = min(range(len(groups)), key=lambda place: (groups[place][1], place))
        beside = [place for place in (least - 1, least + 1) if 0 <= place < len(groups)]
        other = min(beside, key=lambda place: (groups[place][1], place))
        first, second = sorted((least, other))
        joined = (groups[first][0] + groups[second][0], groups[first][1] + groups[second][1])
        groups[first : second + 1] = [joined]
    return tuple(numbers for numbers, _ in groups)


def without_words(places: int, counted: int, *, one_definition: bool = True, of_age: bool = True) -> Reason:
    """Return why nothing may be said in words of a municipality in this group; empty where something may be.

    `places` with a rate, `counted` in the whole group; `of_age` when all posts of the municipality have reached the age.
    """
    if places < FEWEST:
        return "few_places"
    if counted < FEWEST_COUNTS:
        return "few_counts"
    if not one_definition:
        return "counted_otherwise"
    return "" if of_age else "too_young"


def verdict(level: Level, typical: float, posts: Sequence[tuple[int, float]]) -> Verdict:
    """Return the word for a level; `posts` are the known ones as count and exposure, `typical` is the group's median."""
    if level.over >= SURE:
        kept = guard(posts, typical, over=True)
        if not kept:
            return Verdict("over")
    elif level.under >= SURE:
        kept = guard(posts, typical, over=False)
        if not kept:
            return Verdict("under")
    else:
        return Verdict("about" if level.about >= SURE else "too_little")
    return Verdict("too_little", kept)


def guard(posts: Sequence[tuple[int, float]], typical: float, *, over: bool) -> Reason:
    """Return why one post alone would make the word; empty where the others hold it up without it."""
    if len(posts) < 2:
        return "one_post"
    ratios = [count / exposure for count, exposure in posts]
    extreme = ratios.index(max(ratios) if over else min(ratios))
    rest = [one for place, one in enumerate(posts) if place != extreme]
    left = sum(count for count, _ in rest) / sum(exposure for _, exposure in rest)
    if over:
        return "" if left >= FIRMLY * typical else "one_post_pulls_up"
    return "" if left <= typical / FIRMLY else "one_post_pulls_down"
