"""The model behind what helped: features of posts and their counts, compared within municipalities.

z = Xβ + X̄γ + slots + u + ε on logarithms of rates (statistics specification, section 8). X̄ are a municipality's own
means of X, which take up that eager municipalities do more of everything; u is its level. The spreads are not plugged
in but averaged over on a grid, weighted by their marginal likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from reports.statistics.special import FloatArray

BETWEEN = (0.1, 0.25, 0.45, 0.7, 1.0)
"""Standard deviations of municipalities' levels, σ_b."""
WITHIN = (0.2, 0.35, 0.5, 0.7, 0.95, 1.3)
"""Standard deviations of posts beyond counting noise, σ_e."""
EFFECTS = (0.25, 0.5, 1.0)
"""Standard deviations of the effects β, τ, with the weights that follow."""
EFFECT_CENTRE, EFFECT_SPREAD = 0.5, 0.7
OF_MEANS, OF_SLOTS = 0.5, 3.0
"""Standard deviations of γ and of the slots."""
BISECTIONS = 80


@dataclass(frozen=True, slots=True)
class Data:
    """Posts as arrays, one row each."""

    municipality: npt.NDArray[np.intp]
    """From 0; each has a row at least."""
    slot: npt.NDArray[np.intp]
    count: FloatArray
    exposure: FloatArray
    expected: FloatArray
    """The count at the level of the slot."""
    features: FloatArray
    """0 or 1, one column each."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """The posterior of one effect: normal distributions with weights that sum to 1."""

    weights: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]

    def below(self, limit: float) -> float:
        """Return the probability of lying below `limit`."""
        return math.fsum(
            weight * 0.5 * math.erfc((mean - limit) / deviation / math.sqrt(2))
            for weight, mean, deviation in zip(self.weights, self.means, self.deviations, strict=True)
        )

    def quantile(self, probability: float) -> float:
        """Return the limit below which `probability` lies."""
        reach = 10 * max(self.deviations)
        low, high = min(self.means) - reach, max(self.means) + reach
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if self.below(middle) < probability:
                low = middle
            else:
                high = middle
        return (low + high) / 2


@dataclass(frozen=True, slots=True)
class _Point:
    """The posterior at one point of the grid."""

    evidence: float
    """Logarithm of marginal likelihood and prior, up to a constant."""
    means: FloatArray
    deviations: FloatArray


def fit_effects(data: Data) -> tuple[Mixture, ...]:
    """Return the posterior of each feature's effect, as a logarithm of a ratio, in the order of the columns."""
    points = list(_go_through(data))
    evidence = np.array([point.evidence for point in points])
    weights = np.exp(evidence - evidence.max())
    weights /= weights.sum()
    return tuple(
        Mixture(
            tuple(weights.tolist()),
            tuple(float(point.means[column]) for point in points),
            tuple(float(point.deviations[column]) for point in points),
        )
        for column in range(data.features.shape[1])
    )


def take_out_means(values: FloatArray, group: npt.NDArray[np.intp]) -> FloatArray:
    """Return columns without the means of their groups, which are numbered from 0."""
    return values - _means(values, group)[group]


def _go_through(data: Data) -> Iterator[_Point]:
    """Yield the posterior at every point of the grid."""
    z = np.log(data.count + 0.5) - np.log(data.exposure)
    z -= z.mean()
    design = _design(data)
    both = np.column_stack([design, z])
    features = data.features.shape[1]
    for between, within in product(BETWEEN, WITHIN):
        noise = within**2 + 1 / (data.expected + 0.5)
        products, log_volume = _weigh(both, data.municipality, noise, between**2)
        for effect in EFFECTS:
            prior = np.full(design.shape[1], OF_SLOTS**2)
            prior[: 2 * features] = OF_MEANS**2
            prior[:features] = effect**2
            yield _update(products, log_volume, prior, _log_weight(effect), features)


def _update(
    products: FloatArray, log_volume: float, prior: FloatArray, log_weight: float, features: int
) -> _Point:
    """Return the posterior of the effects, from the weighted products of the design and z, and the prior variances."""
    precision = products[:-1, :-1] + np.diag(1 / prior)
    covariance = np.linalg.inv(precision)
    means = covariance @ products[:-1, -1]
    explained = float(products[:-1, -1] @ means)
    volume = log_volume + float(np.linalg.slogdet(precision)[1]) + float(np.log(prior).sum())
    evidence = log_weight - (volume + float(products[-1, -1]) - explained) / 2
    return _Point(evidence, means[:features], np.sqrt(np.diag(covariance)[:features]))


def _weigh(
    columns: FloatArray, municipality: npt.NDArray[np.intp], noise: FloatArray, between: float
) -> tuple[FloatArray, float]:
    """Return columnsᵀ V⁻¹ columns and ln |V|, V being `noise` on the diagonal and `between` within municipalities.

    Per municipality V⁻¹ = D⁻¹ − D⁻¹11ᵀD⁻¹·σ²/(1 + σ²·1ᵀD⁻¹1), so no large matrix is inverted.
    """
    scaled = columns / noise[:, None]
    sums = np.zeros((municipality.max() + 1, columns.shape[1]))
    np.add.at(sums, municipality, scaled)
    weights = np.bincount(municipality, 1 / noise)
    shrunk = sums * (between / (1 + between * weights))[:, None]
    products: FloatArray = columns.T @ scaled - sums.T @ shrunk
    return products, float(np.log(noise).sum() + np.log1p(between * weights).sum())


def _design(data: Data) -> FloatArray:
    """Return the columns of features, of their centred means per municipality, and of slots."""
    own = _means(data.features, data.municipality)[data.municipality]
    slots = (data.slot[:, None] == np.arange(data.slot.max() + 1)).astype(np.float64)
    return np.hstack([data.features, own - own.mean(axis=0), slots])


def _means(values: FloatArray, group: npt.NDArray[np.intp]) -> FloatArray:
    """Return the mean of each column in each group."""
    sums = np.zeros((group.max() + 1, values.shape[1]))
    np.add.at(sums, group, values)
    means: FloatArray = sums / np.bincount(group)[:, None]
    return means


def _log_weight(effect: float) -> float:
    return -((math.log(effect / EFFECT_CENTRE) / EFFECT_SPREAD) ** 2) / 2
