"""What an experiment with so many pairs can see, to be shown before it starts.

From how much counts are known to vary (statistics specification, section 6, "Before start"); the sizes are levels as
ratios, so this is for metrics that are rates.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.statistics.special import t_quantile

LEFT_AFTER_PAIRING = 0.5
"""Spread of levels, as a standard deviation of logarithms, within pairs as far as nothing better is known."""
CLUMPING = 0.7
"""Coefficient of variation between posts of one municipality."""
EARLIER = 3
"""Experiments from which the spread within pairs is learned."""
SIGNIFICANT, POWER = 0.95, 0.80
TOO_FEW_ABOVE = 2.0
"""A detectable ratio above this is no experiment."""
PAIRS = (5, 8, 12, 20, 40, 80, 178)
"""Numbers of pairs in the table; 178 is all of the country."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier experiment on the same metric."""

    spread: float
    """Standard deviation of its pairs' differences."""
    messages: int
    expected: float
    """Median count per municipality."""


@dataclass(frozen=True, slots=True)
class Detectable:
    """The ratio that would be found in four of five experiments, and whether it is worth one."""

    pairs: int
    ratio: float

    @property
    def enough(self) -> bool:
        """Whether there are pairs enough for an experiment."""
        return self.ratio <= TOO_FEW_ABOVE


def expect_spread(expected: float, messages: int, left: float = LEFT_AFTER_PAIRING) -> float:
    """Return the standard deviation to be expected of the pairs' differences, as logarithms.

    `expected` is the median count per municipality, `left` the spread of levels within pairs.

    Raises: ValueError when there is no message or the count is negative.
    """
    return math.sqrt(2 * (left**2 + _noise(expected, messages)))


def learn_left(experiments: Sequence[Earlier]) -> float:
    """Return the spread of levels within pairs, the median of earlier experiments when there are 3 of them."""
    if len(experiments) < EARLIER:
        return LEFT_AFTER_PAIRING
    squares = [one.spread**2 / 2 - _noise(one.expected, one.messages) for one in experiments]
    return math.sqrt(max(0.0, statistics.median(squares)))


def find_detectable(pairs: int, spread: float) -> Detectable:
    """Return the ratio that so many pairs can see with 80 % power.

    Raises: ValueError with fewer than two pairs.
    """
    if pairs < 2:
        raise ValueError("an experiment has at least two pairs")
    quantiles = t_quantile(SIGNIFICANT, pairs - 1) + t_quantile(POWER, pairs - 1)
    return Detectable(pairs, math.exp(quantiles * spread / math.sqrt(pairs)))


def tabulate(spread: float, pairs: Iterable[int] = PAIRS) -> tuple[Detectable, ...]:
    """Return what can be seen with each number of pairs."""
    return tuple(find_detectable(number, spread) for number in pairs)


def _noise(expected: float, messages: int) -> float:
    """Return the variance of the logarithm of one municipality's count around its level."""
    if messages < 1 or expected < 0:
        raise ValueError("an experiment has messages, and expects no negative count")
    return math.log1p(CLUMPING**2) / messages + 1 / (expected + 0.5)
