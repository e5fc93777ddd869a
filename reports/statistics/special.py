"""The few special functions that the statistics need: log-gamma of arrays, and Student's t distribution.

They follow the statistics specification, "Dependencies": these lines replace a dependency that would pay for nothing
else. Arrays are of float64.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

SMALL = 8
"""Below this, Stirling's series is asked at x + 8 and the way back is a product."""
INTERVALS = 400
"""Of Simpson's rule."""
BISECTIONS = 80


def log_gamma(x: npt.ArrayLike) -> FloatArray:
    """Return ln Γ(x) of each element, with an error below 1e-11 or the last digits of a large result.

    Raises: ValueError when an element is not positive.
    """
    values = np.asarray(x, dtype=np.float64)
    if not np.all(values > 0):
        raise ValueError("the gamma function is asked for positive numbers alone")
    small = values < SMALL
    result = _stirling(np.where(small, values + SMALL, values))
    if np.any(small):
        result = np.asarray(result)
        result[small] -= _log_rising(values[small])
    return result


def t_distribution(t: float, degrees: float) -> float:
    """Return P(T ≤ t) of Student's t with `degrees` of freedom, at least 1.

    Raises: ValueError when there are fewer degrees.
    """
    if degrees < 1:
        raise ValueError("a t distribution has at least one degree of freedom here")
    if t < 0:
        return 1 - t_distribution(-t, degrees)
    constant = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(math.pi)
    return 0.5 + constant * _simpson(math.atan(t / math.sqrt(degrees)), degrees - 1)


def t_quantile(probability: float, degrees: float) -> float:
    """Return the t below which `probability` of Student's t lies, by bisection.

    Raises: ValueError when the probability is not between 0 and 1, or there is less than one degree of freedom.
    """
    if not 0 < probability < 1:
        raise ValueError("a quantile is asked for a probability between 0 and 1")
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    low, high = 0.0, 1.0
    while t_distribution(high, degrees) < probability and high < 1e12:
        low, high = high, 2 * high
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if t_distribution(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _stirling(z: FloatArray) -> FloatArray:
    """Return ln Γ(z) for z ≥ 8."""
    r = 1 / (z * z)
    series = (1 / 12 - r * (1 / 360 - r * (1 / 1260 - r * (1 / 1680 - r / 1188)))) / z
    result: FloatArray = (z - 0.5) * np.log(z) - z + 0.5 * math.log(2 * math.pi) + series
    return result


def _log_rising(x: FloatArray) -> FloatArray:
    """Return ln(x(x+1)…(x+7))."""
    product = x.copy()
    for step in range(1, SMALL):
        product *= x + step
    return np.log(product)


def _simpson(upper: float, power: float) -> float:
    """Return the integral of cos^power from 0 to `upper`, an angle below a right one."""
    angles = np.linspace(0.0, upper, INTERVALS + 1)
    heights = np.cos(angles) ** power
    inner = 4 * heights[1:-1:2].sum() + 2 * heights[2:-1:2].sum()
    return float(heights[0] + inner + heights[-1]) * upper / INTERVALS / 3
