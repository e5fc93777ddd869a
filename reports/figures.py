"""From a post's samples to one whole number at one age, or to the reason why there is none.

The rules are those of the statistics specification, section 1: unknown is never 0, nothing is extrapolated, and the
number is rounded once. Sums, rates and intervals are not made here, and nothing is fetched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from campaigns import sampling

How = Literal["exact", "carried", "interpolated", "removed", "too_young", "none", "gap", "newest"]

AGES, DEFAULT_AGE = sampling.FIGURE_AGES, sampling.USUAL_AGE

NEAR = 0.5
"""Hours: a sample as close as this to the age counts as taken at it."""
CARRIED = 0.1
"""Share of the age for which the last count may stand in when none came after it."""
API_FAULT_FROM = 5
"""A fall to 0 from this count or more must be confirmed by a later count below it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One count of one metric of one post."""

    age: float
    """Hours from publishing to fetching, as both happened."""
    value: int | None
    """`None` is unknown."""
    version: int = 1
    """Version of what the platform counts under this word."""


@dataclass(frozen=True, slots=True)
class Value:
    """The count at an age, and how it was found; no count where there is nothing to be known."""

    value: int | None
    how: How
    fell: bool = False
    """The count fell by more than a little on the way, which the report notes."""

    @property
    def compared(self) -> bool:
        """Whether the count may stand beside others: a removed post's last count may not."""
        return self.value is not None and self.how != "removed"


def value_at(
    samples: Iterable[Sample],
    age: float = DEFAULT_AGE,
    *,
    post_age: float,
    removed_at_age: float | None = None,
) -> Value:
    """Return the count of a post at `age`, by the first rule that applies; all ages in hours.

    `post_age` is the post's age now, `removed_at_age` its age when it was removed.
    """
    known = clean(samples)
    went_down = fell(known, age)
    if removed_at_age is not None and removed_at_age < age:
        before = [sample for sample in known if sample.age <= removed_at_age]
        return Value(_count(before[-1]) if before else None, "removed", went_down)
    if post_age < age:
        return Value(None, "too_young")
    if not known:
        return Value(None, "none")
    nearest = min(known, key=lambda sample: abs(sample.age - age))
    if abs(nearest.age - age) <= NEAR:
        return Value(_count(nearest), "exact", went_down)
    return _between(known, age, went_down)


def clean(samples: Iterable[Sample]) -> list[Sample]:
    """Return the known samples by age, without falls to 0 that nothing confirms.

    A 0 after a count of 5 or more is an API's fault unless the next known count is below 5. Other falls stay: likes
    are withdrawn and spam is removed.
    """
    known = sorted((sample for sample in samples if sample.value is not None), key=lambda sample: sample.age)
    kept: list[Sample] = []
    for place, sample in enumerate(known):
        falls = sample.value == 0 and bool(kept) and _count(kept[-1]) >= API_FAULT_FROM
        confirmed = place + 1 < len(known) and _count(known[place + 1]) < API_FAULT_FROM
        if confirmed or not falls:
            kept.append(sample)
    return kept


def interpolate(before: Sample, after: Sample, age: float) -> float:
    """Return the count at `age` between two known samples, on a logarithmic time axis: growth slows with age."""
    low, high = math.log1p(before.age), math.log1p(after.age)
    first, second = _count(before), _count(after)
    return first + (second - first) * (math.log1p(age) - low) / (high - low)


def whole(number: float) -> int:
    """Return the nearest whole number, halves upwards; done once, and the whole number is used ever after."""
    return math.floor(number + 0.5)


def version_at(known: Sequence[Sample], age: float) -> int | None:
    """Return by which definition the count at an age was made: the nearest known sample's."""
    nearest = min(known, key=lambda sample: abs(sample.age - age), default=None)
    return None if nearest is None else nearest.version


def _between(known: Sequence[Sample], age: float, went_down: bool) -> Value:
    """Apply the rules for an age at which there is no sample of its own."""
    later = next((sample for sample in known if sample.age > age), None)
    earlier = [sample for sample in known if sample.age < age]
    if later is None:
        last = earlier[-1]
        near = age - last.age <= CARRIED * age
        return Value(_count(last), "carried", went_down) if near else Value(None, "gap", went_down)
    before = earlier[-1] if earlier else Sample(0.0, 0, later.version)
    if before.version != later.version or later.age - before.age > max(2.0, age / 2):
        return Value(None, "gap", went_down)
    return Value(whole(interpolate(before, later, age)), "interpolated", went_down)


def fell(known: Sequence[Sample], age: float) -> bool:
    """Tell whether a count fell by more than 5 and more than a fifth between neighbours, up to `age`."""
    return any(
        _count(before) - _count(after) > max(5, 0.2 * _count(before))
        for before, after in pairwise(known)
        if before.age <= age
    )


def _count(sample: Sample) -> int:
    if sample.value is None:
        raise ValueError("an unknown count has no number")
    return sample.value
