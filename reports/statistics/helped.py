"""What went together with more, across local adaptations: an association within municipalities, never a cause.

Asked of features that were noted before publishing, a local picture or a question for instance, each with or without
in every post. Every feature asked about is listed, in the order asked, and refused where the posts cannot tell
(statistics specification, section 8). An experiment can show whether a feature is the reason.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import numpy as np
import numpy.typing as npt

from reports.statistics.association import Data, Mixture, fit_effects, take_out_means
from reports.statistics.special import FloatArray

Word = Literal["more", "fewer", "little", "unknown"]
Refusal = Literal[
    "few_municipalities", "many_features", "few_rows", "few_with_both", "few_posts", "not_separable"
]

Key = TypeVar("Key", str, tuple[str, str])

LEAST_EXPECTED = 3
"""A post is looked at when this many are expected of it."""
MUNICIPALITIES = 20
"""With two posts or more."""
MOST_FEATURES = 8
ROWS_PER_FEATURE = 20
WITH_BOTH = 8
"""Municipalities that have posts with a feature and posts without it."""
LEAST_POSTS = 10
"""With a feature, and without it."""
SEPARABLE = 0.7
"""Correlation above which two features cannot be told from each other."""
MISTAKEN = 0.05
"""Shared among all features, so that asking about many finds nothing by chance."""
LITTLE = 1.15
"""An interval within this factor makes little difference."""


@dataclass(frozen=True, slots=True)
class Row:
    """One post whose count is known and not paid for.

    Raises: ValueError when the count is negative or the exposure is not a positive number.
    """

    municipality: str
    slot: tuple[str, str]
    """Message and platform."""
    count: int
    exposure: float
    features: tuple[bool, ...]
    """As noted before publishing, in the order in which they are asked about."""

    def __post_init__(self) -> None:
        if self.count < 0 or not 0 < self.exposure < math.inf:
            raise ValueError("a count is not negative and its exposure is a positive number")


@dataclass(frozen=True, slots=True)
class Association:
    """How many times as much posts with a feature got as those without, with its 90 % interval."""

    ratio: float
    low: float
    high: float
    more: float
    """Probability that it is more at all; for the word, never shown."""
    word: Word


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of one feature: an association, or why there is none."""

    feature: str
    found: Association | Refusal


def look_for_help(features: Sequence[str], rows: Sequence[Row]) -> tuple[Finding, ...]:
    """Return what is found of each feature, in the order asked.

    Raises: ValueError when a row does not have each feature once.
    """
    if any(len(row.features) != len(features) for row in rows):
        raise ValueError("every post has a note of each feature")
    data = _gather(rows, len(features))
    whole = _refuse_all(data)
    if whole is not None:
        return tuple(Finding(feature, whole) for feature in features)
    refusals = _refuse_each(data)
    left = [place for place, refusal in enumerate(refusals) if refusal is None]
    effects = fit_effects(_keep(data, left)) if left else ()
    found = dict(zip(left, effects, strict=True))
    return tuple(
        Finding(feature, refusals[place] or _describe(found[place], len(left)))
        for place, feature in enumerate(features)
    )


def choose_word(low: float, high: float, more: float, features: int) -> Word:
    """Return the first word whose rule holds, for an effect among so many features.

    The interval is of logarithms, `more` the probability that the effect is above 0.
    """
    if more >= 1 - MISTAKEN / features:
        return "more"
    if more <= MISTAKEN / features:
        return "fewer"
    within = -math.log(LITTLE) <= low and high <= math.log(LITTLE)
    return "little" if within else "unknown"


def _gather(rows: Sequence[Row], features: int) -> Data:
    """Return the rows of which enough is expected, as arrays."""
    slots = _number([row.slot for row in rows])
    counts = np.array([row.count for row in rows], dtype=np.float64)
    exposures = np.array([row.exposure for row in rows], dtype=np.float64)
    roots = np.sqrt(exposures)
    levels = np.bincount(slots, counts / roots) / np.bincount(slots, roots)
    expected = exposures * levels[slots]
    keep = expected >= LEAST_EXPECTED
    kept = [row for row, wanted in zip(rows, keep, strict=True) if wanted]
    return Data(
        municipality=_number([row.municipality for row in kept]),
        slot=_number([row.slot for row in kept]),
        count=counts[keep],
        exposure=exposures[keep],
        expected=expected[keep],
        features=np.array([row.features for row in kept], dtype=np.float64).reshape(len(kept), features),
    )


def _number(keys: Sequence[Key]) -> npt.NDArray[np.intp]:
    """Return keys as numbers from 0, in the order of the keys and not of the rows."""
    places = {key: place for place, key in enumerate(sorted(set(keys)))}
    return np.array([places[key] for key in keys], dtype=np.intp)


def _refuse_all(data: Data) -> Refusal | None:
    """Return why nothing at all can be said, or `None`."""
    posts = np.bincount(data.municipality)
    rows, features = data.features.shape
    if (posts >= 2).sum() < MUNICIPALITIES:
        return "few_municipalities"
    if features > MOST_FEATURES:
        return "many_features"
    return "few_rows" if rows < ROWS_PER_FEATURE * features else None


def _refuse_each(data: Data) -> list[Refusal | None]:
    """Return why nothing can be said of each feature, or `None` of those that are left."""
    refusals = [_refuse_one(column, data.municipality) for column in data.features.T]
    within = take_out_means(take_out_means(data.features, data.municipality), data.slot)
    left = [place for place, refusal in enumerate(refusals) if refusal is None]
    alike = {
        place
        for place in left
        for other in left
        if place != other and abs(_correlate(within[:, place], within[:, other])) > SEPARABLE
    }
    return ["not_separable" if place in alike else refusal for place, refusal in enumerate(refusals)]


def _refuse_one(column: FloatArray, municipality: npt.NDArray[np.intp]) -> Refusal | None:
    """Return why nothing can be said of a feature by itself, or `None`."""
    posts, having = np.bincount(municipality), np.bincount(municipality, column)
    if ((having > 0) & (having < posts)).sum() < WITH_BOTH:
        return "few_with_both"
    return "few_posts" if min(having.sum(), (posts - having).sum()) < LEAST_POSTS else None


def _correlate(one: FloatArray, other: FloatArray) -> float:
    """Return the correlation of two columns of mean 0; a column that is 0 throughout has none."""
    size = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / size if size > 1e-9 else 0.0


def _keep(data: Data, columns: Sequence[int]) -> Data:
    return Data(
        data.municipality,
        data.slot,
        data.count,
        data.exposure,
        data.expected,
        data.features[:, columns],
    )


def _describe(effect: Mixture, features: int) -> Association:
    """Return an effect as a ratio, with the word for it among so many features."""
    low, middle, high = (effect.quantile(probability) for probability in (0.05, 0.5, 0.95))
    more = 1 - effect.below(0)
    return Association(
        ratio=math.exp(middle),
        low=math.exp(low),
        high=math.exp(high),
        more=more,
        word=choose_word(low, high, more, features),
    )
