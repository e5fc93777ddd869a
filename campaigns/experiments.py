"""The draw of a joint experiment: who gets wording A and who gets B, fixed so that anyone can check it afterwards.

Municipalities are paired by size, language and earlier level, and a published commitment to a secret seed decides
within each pair (statistics specification, section 6). A municipality is one unit: it has one wording in all its
messages, languages and accounts, and only one that approved both wordings takes part (D5). The draw is made after the
answer deadline and before any municipality sees its wording. Whoever calls makes the seed, keeps it, and publishes it
after the analysis; what came of the experiment is the business of `reports.statistics.experiments`.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from campaigns.sampling import FIGURE_AGES, USUAL_AGE

Wording = Literal["A", "B"]

SHORTEST_SEED = 32
"""Characters: the commitment to a shorter one could be undone by trying all seeds, and the draw known beforehand."""
DIGITS = 9
"""Decimals of a distance in which two must differ, so that the last bit of a logarithm decides no pair."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One municipality that takes part.

    Raises: ValueError when nobody lives there.
    """

    number: str
    inhabitants: int
    language: str
    """The publishing language that it chose."""
    earlier_log_rate: float | None = None
    """Natural logarithm of its level on this metric in earlier campaigns; `None` is unknown."""

    def __post_init__(self) -> None:
        if self.inhabitants <= 0:
            raise ValueError(f"{self.number} has no inhabitants")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two municipalities, by number; the first is the larger."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class Pairing:
    """All pairs, and the one that is left over of an odd number: it gets a wording but is not analysed."""

    pairs: tuple[Pair, ...]
    left: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """What is fixed before the draw and locked with the campaign.

    Raises: ValueError when no message or platform counts, or the age is none of those of the figures.
    """

    campaign: str
    metric: str
    messages: tuple[str, ...]
    platforms: tuple[str, ...]
    pairing: Pairing
    commitment: str
    """SHA-256 of the seed, in hexadecimal; published at once."""
    age: int = USUAL_AGE
    """Hours."""

    def __post_init__(self) -> None:
        if not self.messages or not self.platforms:
            raise ValueError("an experiment says which messages and platforms count")
        if self.age not in FIGURE_AGES:
            raise ValueError(f"figures are not compared at the age of {self.age} hours")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a municipality stands among all: standardised logarithms of inhabitants and of the earlier level."""

    unit: Unit
    size: float
    level: float

    def distance(self, other: _Place) -> float:
        return round((self.size - other.size) ** 2 + (self.level - other.level) ** 2, DIGITS)


def pair(units: Sequence[Unit]) -> Pairing:
    """Pair municipalities within their languages, then what is left across them; the order given does not matter.

    Raises: ValueError when a municipality comes twice.
    """
    if len({unit.number for unit in units}) < len(units):
        raise ValueError("a municipality takes part once")
    places = _standardise(units)
    pairs: list[Pair] = []
    left: list[_Place] = []
    for language in sorted({unit.language for unit in units}):
        left += _pair_nearest([place for place in places if place.unit.language == language], pairs)
    rest = _pair_nearest(left, pairs)
    return Pairing(tuple(pairs), rest[0].unit.number if rest else None)


def commit(seed: str) -> str:
    """Return the commitment to a seed, its SHA-256 in hexadecimal, to be published before the draw.

    Raises: ValueError when the seed is so short that it could be found by trying.
    """
    if len(seed) < SHORTEST_SEED:
        raise ValueError(f"a seed has at least {SHORTEST_SEED} characters")
    return hashlib.sha256(seed.encode()).hexdigest()


def draw(terms: Terms, seed: str) -> dict[str, Wording]:
    """Return the wording of every municipality, the one that is left over too.

    Raises: ValueError when the seed is not the one that was committed to.
    """
    if not hmac.compare_digest(commit(seed), terms.commitment):
        raise ValueError("this is not the seed of the published commitment")
    return draw_pairs(terms.pairing, seed, terms.campaign)


def draw_pairs(pairing: Pairing, seed: str, campaign: str) -> dict[str, Wording]:
    """Return the wording of every municipality, for whoever checks a draw with the seed made known."""
    wordings: dict[str, Wording] = {}
    for one in pairing.pairs:
        first_gets_a = _falls_to_a(seed, campaign, one.first, one.second)
        wordings[one.first] = "A" if first_gets_a else "B"
        wordings[one.second] = "B" if first_gets_a else "A"
    if pairing.left is not None:
        wordings[pairing.left] = "A" if _falls_to_a(seed, campaign, pairing.left, pairing.left) else "B"
    return wordings


def _falls_to_a(seed: str, campaign: str, first: str, second: str) -> bool:
    """Tell whether the first of a pair gets A: when the lowest bit of the hash's first byte is 0."""
    return hashlib.sha256(f"{seed}|{campaign}|{first}|{second}".encode()).digest()[0] & 1 == 0


def _pair_nearest(places: Iterable[_Place], pairs: list[Pair]) -> list[_Place]:
    """Add pairs, from the largest municipality down, each with its nearest; return the one that is left, if any."""
    waiting = sorted(places, key=lambda place: (-place.unit.inhabitants, place.unit.number))
    while len(waiting) > 1:
        first = waiting.pop(0)
        nearest = min(waiting, key=_nearness(first))
        waiting.remove(nearest)
        pairs.append(Pair(first.unit.number, nearest.unit.number))
    return waiting


def _nearness(first: _Place) -> Callable[[_Place], tuple[float, str]]:
    """Return the key by which the nearest is found, of two equally near the one with the lower number."""
    return lambda place: (first.distance(place), place.unit.number)


def _standardise(units: Sequence[Unit]) -> list[_Place]:
    """Return the places of all units; an unknown earlier level is put at the mean."""
    sizes = _scores({unit.number: math.log(unit.inhabitants) for unit in units})
    levels = _scores(
        {unit.number: unit.earlier_log_rate for unit in units if unit.earlier_log_rate is not None}
    )
    return [_Place(unit, sizes[unit.number], levels.get(unit.number, 0.0)) for unit in units]


def _scores(values: Mapping[str, float]) -> dict[str, float]:
    """Return distances from the mean in standard deviations of the whole; 0 where all are alike."""
    if not values:
        return {}
    mean = math.fsum(values.values()) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values.values()) / len(values))
    return {key: (value - mean) / deviation if deviation > 1e-12 else 0.0 for key, value in values.items()}
