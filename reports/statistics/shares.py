"""Shares of those reached: beta-binomial posts of municipalities whose levels are Beta (statistics specification, section 3.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics import grid
from reports.statistics.grid import STEP, Array, Fit, Prior, Scale
from reports.statistics.special import log_gamma

WIDTH = 7.0
MOST = 0.999
"""No limit of a word lies above this share."""


@dataclass(frozen=True, slots=True)
class Reached:
    """One municipality's known posts: how many acted, at most once each, of how many were reached."""

    counts: tuple[int, ...]
    reached: tuple[int, ...]


def _value(points: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-points)))


def _point(x: float) -> float:
    return 1 / (1 + math.exp(-x))


SCALE = Scale(_value, _point, MOST)


def fit_shares(places: Sequence[Reached], *, usual_clump: float = grid.USUAL_CLUMP) -> Fit:
    """Return every municipality's share behind its counts; `usual_clump` is what earlier campaigns had.

    Raises: ValueError without a municipality.
    """
    if not places:
        raise ValueError("no municipality to fit")
    counted, reached = (
        sum(sum(one.counts) for one in places) + 0.5,
        sum(sum(one.reached) for one in places) + 1,
    )
    centre = math.log(counted / (reached - counted)) if counted < reached else WIDTH
    steps = [centre + STEP * round(float(shift) / STEP) for shift in grid.SHIFTS]
    priors = [Prior(_point(step), c, weight) for step in steps for c, weight in grid.spreads()]
    return _fit(places, centre, priors, grid.clumps(usual_clump))


def fit_given(places: Sequence[Reached], mean: float, spread: float, clump: float) -> Fit:
    """Return every municipality's share where the mean, the spread and the clumping are known: no averaging."""
    return _fit(places, math.log(mean / (1 - mean)), [Prior(mean, spread, 1.0)], [(clump, 1.0)])


def _fit(
    places: Sequence[Reached], centre: float, priors: Sequence[Prior], clumps: Sequence[tuple[float, float]]
) -> Fit:
    steps = round(WIDTH / STEP)
    points = np.asarray(centre + STEP * np.arange(-steps, steps + 1), dtype=np.float64)
    likelihoods = [(likelihood(places, points, d), weight) for d, weight in clumps]
    sizes = [d for d, _ in clumps]
    return grid.fit(points, likelihoods, priors, lambda one: _masses(points, one), SCALE, clump_sizes=sizes)


def _masses(points: Array, prior: Prior) -> Array:
    """Return a Beta prior's masses on the grid of the logit: its coefficient of variation is about `spread`."""
    p = _value(points)
    a = (1 - prior.middle) / prior.spread**2
    b = a * (1 - prior.middle) / prior.middle
    logs = a * np.log(p) + b * np.log1p(-p)
    masses = np.exp(logs - logs.max())
    return np.asarray(masses / masses.sum(), dtype=np.float64)


def likelihood(places: Sequence[Reached], points: Array, d: float) -> Array:
    """Return ln of how likely each municipality's counts are at each share of the grid (municipalities × G)."""
    p = _value(points)[None, :]
    found = np.zeros((len(places), len(points)))
    for row, place in enumerate(places):
        k = np.array(place.counts, dtype=float)[:, None]
        n = np.array(place.reached, dtype=float)[:, None]
        ways = log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1)
        if d == 0:
            logs = ways + k * np.log(p) + (n - k) * np.log1p(-p)
        else:
            a = np.broadcast_to((1 - p) / d**2, (len(k), p.shape[1]))
            b = a * (1 - p) / p
            logs = ways + _log_beta(k + a, n - k + b) - _log_beta(a, b)
        found[row] = logs.sum(axis=0)
    return found


def _log_beta(a: Array, b: Array) -> Array:
    return np.asarray(log_gamma(a) + log_gamma(b) - log_gamma(a + b))
