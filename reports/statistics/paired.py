"""The mean of paired differences with its two intervals: by randomisation, and by Student's t as a check.

Which wording each of a pair got was drawn, so the draw itself says how much chance there is: the interval by
randomisation inverts the sign-flip test and supposes nothing of how counts vary (statistics specification, section 6).
The subsets it looks at follow from the seed, so that anyone can find the same interval again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics.special import FloatArray, t_quantile

TAIL = 0.05
"""On either side of a 90 % interval."""
ALL_SUBSETS = 14
"""Pairs up to which every subset is looked at."""
SUBSETS = 9999
LEAST_PAIRS = 5
"""Pairs without which there is no interval by randomisation."""
MOST_PAIRS = 256
"""A hash has so many bits, one for each pair."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The two ends of a 90 % interval."""

    low: float
    high: float

    def within(self, limit: float) -> bool:
        """Tell whether the whole interval is within `limit` of 0."""
        return -limit <= self.low and self.high <= limit


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean of the pairs' differences: of logarithms for ratios, or of shares."""

    pairs: int
    mean: float | None
    interval: Interval | None
    """By randomisation: the one that is shown; `None` with fewer than 5 pairs."""
    check: Interval | None
    """By Student's t: a check that must agree."""


def estimate(differences: Sequence[float], seed: str) -> Estimate:
    """Return the mean of the pairs' differences with its two intervals; the seed is that of the draw.

    Raises: ValueError when there are more pairs than a hash has bits.
    """
    number = len(differences)
    if not number:
        return Estimate(0, None, None, None)
    mean = math.fsum(differences) / number
    return Estimate(number, mean, _by_randomisation(differences, seed), _by_model(differences, mean))


def _by_randomisation(differences: Sequence[float], seed: str) -> Interval | None:
    """Return the interval that inverting the sign-flip test gives: ends of the sorted means over subsets of pairs."""
    if len(differences) < LEAST_PAIRS:
        return None
    subsets = _choose_subsets(len(differences), seed)
    means = np.sort(subsets @ np.asarray(differences, dtype=np.float64) / subsets.sum(axis=1))
    place = (len(means) + 1) // 20  # 5 % of the means, counted from either end
    return Interval(float(means[place - 1]), float(means[-place]))


def _choose_subsets(pairs: int, seed: str) -> FloatArray:
    """Return non-empty subsets of the pairs as rows of 0 and 1: all of them, or many that the seed chooses."""
    if pairs > MOST_PAIRS:
        raise ValueError(f"an experiment has at most {MOST_PAIRS} pairs")
    if pairs <= ALL_SUBSETS:
        numbers = np.arange(1, 2**pairs)
        bits = (numbers[:, None] >> np.arange(pairs)) & 1
        return bits.astype(np.float64)
    digests = b"".join(hashlib.sha256(f"{seed}|{number}".encode()).digest() for number in range(SUBSETS))
    rows = np.frombuffer(digests, dtype=np.uint8).reshape(SUBSETS, -1)
    drawn = np.unpackbits(rows, axis=1, bitorder="little")[:, :pairs].astype(np.float64)
    chosen: FloatArray = drawn[drawn.any(axis=1)]
    return chosen


def _by_model(differences: Sequence[float], mean: float) -> Interval | None:
    """Return the interval of Student's t, or `None` with one pair alone, whose spread nobody knows."""
    number = len(differences)
    if number < 2:
        return None
    variance = math.fsum((one - mean) ** 2 for one in differences) / (number - 1)
    reach = t_quantile(1 - TAIL, number - 1) * math.sqrt(variance / number)
    return Interval(mean - reach, mean + reach)
