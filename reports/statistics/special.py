"""The few functions that numpy does not have: log-gamma, and Student's t (statistics specification, "Dependencies")."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHIFT = 8
"""Below this the recurrence is used, and Stirling's series from there on: an error below 1e-11."""
INTERVALS = 400
BISECTIONS = 80


def log_gamma(x: Array) -> Array:
    """Return ln Γ(x) for every x > 0."""
    small = x < SHIFT
    shifted = np.where(small, x + SHIFT, x)
    factor = np.ones_like(x)
    for step in range(SHIFT):
        factor = factor * np.where(small, x + step, 1.0)
    r = 1.0 / shifted**2
    series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / shifted
    return np.asarray(
        (shifted - 0.5) * np.log(shifted) - shifted + 0.5 * math.log(2 * math.pi) + series - np.log(factor)
    )


def t_below(t: float, degrees: float) -> float:
    """Return P(T ≤ t) of Student's t with so many degrees of freedom."""
    if t < 0:
        return 1.0 - t_below(-t, degrees)
    end = math.atan(t / math.sqrt(degrees))
    width = end / INTERVALS
    values = [math.cos(width * step) ** (degrees - 1) for step in range(INTERVALS + 1)]
    area = values[0] + values[-1] + 4 * sum(values[1:-1:2]) + 2 * sum(values[2:-1:2])
    constant = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(math.pi)
    return float(0.5 + constant * area * width / 3)


@lru_cache(maxsize=512)
def t_quantile(share: float, degrees: int) -> float:
    """Return the t below which this share of Student's t lies, for shares of a half and more.

    Raises: ValueError for a smaller share, or less than one degree of freedom.
    """
    if not 0.5 <= share < 1 or degrees < 1:
        raise ValueError("a share from a half to one, and at least one degree of freedom")
    low, high = 0.0, 1.0
    while t_below(high, degrees) < share:
        high *= 2
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if t_below(middle, degrees) < share else (low, middle)
    return (low + high) / 2
