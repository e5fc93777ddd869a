"""Rates behind counts: negative binomial posts of municipalities whose levels are Gamma (statistics specification, section 3.1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics import grid
from reports.statistics.grid import STEP, Array, Fit, Prior, Scale
from reports.statistics.special import log_gamma

SCALE = Scale(np.exp, math.exp)
ABOVE = 4.0


@dataclass(frozen=True, slots=True)
class Counted:
    """One municipality's known posts: what was counted, and each one's exposure in the unit of the rate."""

    counts: tuple[int, ...]
    exposures: tuple[float, ...]


def fit_rates(places: Sequence[Counted], *, usual_clump: float = grid.USUAL_CLUMP) -> Fit:
    """Return every municipality's rate behind its counts; `usual_clump` is what earlier campaigns had.

    Raises: ValueError without a municipality.
    """
    centre = _centre(places)
    steps = [centre + STEP * round(float(shift) / STEP) for shift in grid.SHIFTS]
    spread = grid.spreads()
    priors = [Prior(middle, c, weight) for middle in steps for c, weight in spread]
    return _fit(places, centre, priors, grid.clumps(usual_clump))


def fit_given(places: Sequence[Counted], mean: float, spread: float, clump: float) -> Fit:
    """Return every municipality's rate where the mean, the spread and the clumping are known: no averaging."""
    return _fit(places, math.log(mean), [Prior(math.log(mean), spread, 1.0)], [(clump, 1.0)])


def _fit(
    places: Sequence[Counted], centre: float, priors: Sequence[Prior], clumps: Sequence[tuple[float, float]]
) -> Fit:
    points = _points(places, centre)
    likelihoods = [(likelihood(places, points, d), weight) for d, weight in clumps]
    sizes = [d for d, _ in clumps]
    return grid.fit(points, likelihoods, priors, lambda one: _masses(points, one), SCALE, clump_sizes=sizes)


def _centre(places: Sequence[Counted]) -> float:
    if not places:
        raise ValueError("no municipality to fit")
    counted = sum(sum(one.counts) for one in places)
    return math.log((counted + 0.5) / sum(sum(one.exposures) for one in places))


def _points(places: Sequence[Counted], centre: float) -> Array:
    highest = max(math.log((sum(one.counts) + 3) / sum(one.exposures)) for one in places) - centre + 2
    first, last = math.floor(-grid.BELOW / STEP), math.ceil(max(ABOVE, highest) / STEP)
    return np.asarray(centre + STEP * np.arange(first, last + 1), dtype=np.float64)


def _masses(points: Array, prior: Prior) -> Array:
    """Return a Gamma prior's masses on the grid of ln λ."""
    r = points - prior.middle
    logs = (r - np.exp(r)) / prior.spread**2
    masses = np.exp(logs - logs.max())
    return np.asarray(masses / masses.sum())


def likelihood(places: Sequence[Counted], points: Array, d: float) -> Array:
    """Return ln of how likely each municipality's counts are at each level of the grid (municipalities × G)."""
    level = np.exp(points)
    found = np.zeros((len(places), len(points)))
    for row, place in enumerate(places):
        y = np.array(place.counts, dtype=float)[:, None]
        mean = np.array(place.exposures)[:, None] * level[None, :]
        if d == 0:
            logs = y * np.log(mean) - mean - log_gamma(y + 1)
        else:
            size = 1 / d**2
            logs = (
                log_gamma(y + size) - log_gamma(np.full_like(y, size)) - log_gamma(y + 1)
                - size * np.log1p(mean / size) + y * (np.log(mean) - np.log(size + mean))
            )  # fmt: skip
        found[row] = logs.sum(axis=0)
    return found
