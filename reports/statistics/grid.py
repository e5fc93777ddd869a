"""Levels behind counts, on a grid: what many municipalities' counts say of each one's own level and of the typical one.

Every municipality has a level λ; levels differ by a coefficient of variation c around a mean μ, and posts of one
municipality clump by d. Neither is plugged in: they are averaged over, each weighed by how well it explains all counts
(statistics specification, section 3). Rates and shares differ in their likelihood, their prior and their scale alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEP = 0.02
"""Between neighbours of the grid, on its logarithmic scale."""
BELOW = 7.0
SHIFTS = np.arange(-1.5, 1.5 + 0.03, 0.06)
"""Where μ may lie around the centre."""
SPREADS = np.array([0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 1.0, 1.25, 1.5])
CLUMPS = np.array([0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 1.1, 1.35, 1.7])
USUAL_SPREAD, SPREAD_WIDTH = 0.5, 0.6
USUAL_CLUMP, CLUMP_WIDTH = 0.7, 0.5
LEAST = 1e-290
"""A prior under which a count is less likely than this does not explain it; its logarithm must still be a number."""
NEGLIGIBLE = 1e-6
"""Weights below this share of the largest are left out."""
LOW, HIGH = 0.05, 0.95
FIRMLY, DOUBLE = 1.25, 2.0
"""Clearly above is a quarter over the typical; about as is between half and double."""


@dataclass(frozen=True, slots=True)
class Prior:
    """One prior of the levels: its mean on the scale of the grid, its spread, and its weight before any count is seen."""

    middle: float
    spread: float
    weight: float


@dataclass(frozen=True, slots=True)
class Level:
    """What is known of one level: the middle of what it may be, its 90 % interval, and how it stands to the typical one."""

    median: float
    low: float
    high: float
    mean: float
    over: float
    """Probability of more than a quarter above the typical."""
    under: float
    about: float
    """Probability of between half and double the typical."""


@dataclass(frozen=True, slots=True)
class Typical:
    """The typical municipality's level with its 90 % interval."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Fit:
    """All levels of one group, in the order in which they came."""

    levels: tuple[Level, ...]
    typical: Typical
    clump: float
    """Posterior mean of d: what the next campaigns begin with."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How the grid's points are read: `value` turns them into levels, `most` is the largest level there can be."""

    value: Callable[[Array], Array]
    point: Callable[[float], float]
    most: float = math.inf


def widths(values: Array, *, logarithmic: bool = True) -> Array:
    """Return how much of the axis each value stands for: half the distance between its neighbours."""
    axis = np.log(values) if logarithmic else values
    return np.asarray(np.gradient(axis))


def spreads() -> list[tuple[float, float]]:
    """Return each coefficient of variation between municipalities with its weight before any count is seen."""
    away = (np.log(SPREADS / USUAL_SPREAD)) / SPREAD_WIDTH
    weighed = np.exp(-0.5 * away**2) * widths(SPREADS)
    return list(zip(SPREADS.tolist(), weighed.tolist(), strict=True))


def clumps(usual: float = USUAL_CLUMP) -> list[tuple[float, float]]:
    """Return each clumping of posts with its weight; `usual` is what earlier campaigns had."""
    away = (np.log(CLUMPS / usual)) / CLUMP_WIDTH
    weighed = np.exp(-0.5 * away**2) * widths(CLUMPS)
    return list(zip(CLUMPS.tolist(), weighed.tolist(), strict=True))


def fit(
    points: Array,
    likelihoods: Sequence[tuple[Array, float]],
    priors: Sequence[Prior],
    masses: Callable[[Prior], Array],
    scale: Scale,
    *,
    clump_sizes: Sequence[float],
) -> Fit:
    """Return every level's posterior, averaged over priors and clumps.

    `points` is the grid (G). Each likelihood is ln L for one clump (municipalities × G) with that clump's weight;
    `masses` gives a prior's masses on the grid, which add up to 1.
    """
    prior = np.stack([masses(one) for one in priors], axis=1)  # G × H
    medians = np.array([scale.point(_quantile(prior[:, place], points, 0.5)) for place in range(len(priors))])
    before = np.array([one.weight for one in priors])
    likely: list[tuple[Array, Array, Array]] = []
    evidence = np.empty((len(likelihoods), len(priors)))
    for place, (logs, weight) in enumerate(likelihoods):
        top = logs.max(axis=1, keepdims=True)
        likelihood = np.exp(logs - top)
        marginal = np.maximum(likelihood @ prior, LEAST)  # M × H
        likely.append((likelihood, marginal, top))
        evidence[place] = np.log(marginal).sum(axis=0) + top.sum() + math.log(weight) + np.log(before)
    weights = np.exp(evidence - evidence.max())
    weights[weights < NEGLIGIBLE] = 0.0
    weights /= weights.sum()
    posterior = np.zeros_like(likely[0][0])
    shares = np.zeros((3, posterior.shape[0]))
    limits = _limits(medians, points, scale)
    for place, (likelihood, marginal, _) in enumerate(likely):
        used = weights[place] > 0
        q = weights[place][used] / marginal[:, used]  # M × H'
        posterior += likelihood * (q @ prior[:, used].T)
        for kind in range(3):
            shares[kind] += (q * (likelihood @ (prior[:, used] * limits[kind][:, used]))).sum(axis=1)
    return Fit(
        tuple(
            _level(posterior[place], points, scale, shares[:, place]) for place in range(posterior.shape[0])
        ),
        _typical(medians, weights.sum(axis=0)),
        float((weights.sum(axis=1) * np.array(clump_sizes)).sum()),
    )


def _limits(medians: Array, points: Array, scale: Scale) -> tuple[Array, Array, Array]:
    """Return how much of each cell of the grid lies above, below and around each prior's typical level (G × H)."""

    def above(level: Array) -> Array:
        at = np.array([_point_of(min(float(one), scale.most), scale, points) for one in level])
        return np.asarray(
            np.clip((points[:, None] + STEP / 2 - at[None, :]) / STEP, 0.0, 1.0), dtype=np.float64
        )

    over, under = above(medians * FIRMLY), 1.0 - above(medians / FIRMLY)
    return over, under, above(medians / DOUBLE) - above(medians * DOUBLE)


def _point_of(level: float, scale: Scale, points: Array) -> float:
    """Return where a level lies on the grid: the inverse of the scale, which rises."""
    low, high = float(points[0]) - 20, float(points[-1]) + 20
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if scale.point(middle) < level else (low, middle)
    return (low + high) / 2


def _level(masses: Array, points: Array, scale: Scale, shares: Array) -> Level:
    return Level(
        median=scale.point(_quantile(masses, points, 0.5)),
        low=scale.point(_quantile(masses, points, LOW)),
        high=scale.point(_quantile(masses, points, HIGH)),
        mean=float((masses * scale.value(points)).sum() / masses.sum()),
        over=float(shares[0]), under=float(shares[1]), about=float(shares[2]),
    )  # fmt: skip


def _quantile(masses: Array, points: Array, share: float) -> float:
    """Return the point below which this share lies, each mass spread evenly over its cell."""
    total = np.cumsum(masses)
    wanted = share * total[-1]
    place = int(np.searchsorted(total, wanted))
    before = total[place - 1] if place else 0.0
    return float(points[place] - STEP / 2 + STEP * (wanted - before) / masses[place])


def _typical(medians: Array, weights: Array) -> Typical:
    order = np.argsort(medians, kind="stable")
    reached = np.cumsum(weights[order])

    def at(share: float) -> float:
        return float(medians[order][min(int(np.searchsorted(reached, share)), len(order) - 1)])

    return Typical(at(LOW), at(0.5), at(HIGH))
