"""What an account's campaign posts got beside its own earlier ones (statistics specification, section 4, "Own 90-day baseline")."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.statistics.comparison import SURE, Word
from reports.statistics.grid import DOUBLE, FIRMLY
from reports.statistics.special import t_distribution, t_quantile

FEWEST_OWN = 8
FEWEST_COUNTS = 20
LEAST_VARIANCE = 0.01


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times the usual, with its 90 % interval and its word."""

    ratio: float
    low: float
    high: float
    over: float
    under: float
    about: float
    word: Word


def against_own(campaign: Sequence[int], own: Sequence[int]) -> Ratio | None:
    """Return how campaign posts stand to the account's own; `None` where there is too little to say it from."""
    if not campaign or len(own) < FEWEST_OWN or sum(campaign) + sum(own) < FEWEST_COUNTS:
        return None
    ours, usual = _logs(campaign), _logs(own)
    away = _mean(ours) - _mean(usual)
    degrees = len(ours) + len(usual) - 2
    squares = sum((one - _mean(those)) ** 2 for those in (ours, usual) for one in those)
    error = math.sqrt(max(squares / degrees, LEAST_VARIANCE) * (1 / len(ours) + 1 / len(usual)))
    reach = t_quantile(0.95, degrees) * error

    def above(times: float) -> float:
        return t_distribution((away - math.log(times)) / error, degrees)

    over, under = above(FIRMLY), 1 - above(1 / FIRMLY)
    about = above(1 / DOUBLE) - above(DOUBLE)
    word: Word = (
        "over" if over >= SURE else "under" if under >= SURE else "about" if about >= SURE else "too_little"
    )
    return Ratio(math.exp(away), math.exp(away - reach), math.exp(away + reach), over, under, about, word)


def _logs(counts: Sequence[int]) -> list[float]:
    return [math.log(one + 0.5) for one in counts]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
