"""With whom a municipality is compared and in which word: the specification's examples and the limits beside them (section 4)."""

from __future__ import annotations

import math
import random

import pytest
from test_rates import TEN, of

from reports.statistics import rates
from reports.statistics.baseline import against_own
from reports.statistics.comparison import guard, merged, size_group, verdict, without_words
from reports.statistics.grid import Level
from reports.statistics.rates import Counted

OWN = [12, 20, 9, 31, 15, 18, 22, 14, 40, 11]
WORDS = (
    "too_little",
    "too_little",
    "too_little",
    "too_little",
    "too_little",
    "about",
    "too_little",
    "over",
    "too_little",
    "under",
)


@pytest.mark.parametrize(
    ("inhabitants", "group"),
    [(219, 0), (2_999, 0), (3_000, 1), (9_999, 1), (10_000, 2), (49_999, 2), (50_000, 3), (294_860, 3)],
)
def test_which_size_group(inhabitants: int, group: int) -> None:
    assert size_group(inhabitants) == group


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ((9, 8, 5, 2), ((0,), (1, 2, 3))),
        ((9, 3, 10, 0), ((0, 1), (2, 3))),
        ((8, 8, 8, 8), ((0,), (1,), (2,), (3,))),
        ((1, 1, 1, 1), ((0, 1, 2, 3),)),
        ((0, 0, 0, 9), ((0, 1, 2, 3),)),
    ],
)
def test_small_groups_are_put_together(sizes: tuple[int, ...], groups: tuple[tuple[int, ...], ...]) -> None:
    assert merged(sizes) == groups


def test_the_words_of_ten_municipalities() -> None:
    places = [of(inhabitants, counts) for inhabitants, counts, *_ in TEN]
    fit = rates.fit_rates(places)
    found = tuple(
        verdict(level, fit.typical.median, list(zip(place.counts, place.exposures, strict=True))).word
        for level, place in zip(fit.levels, places, strict=True)
    )
    assert found == WORDS


def test_one_lucky_post_is_no_level() -> None:
    level = Level(9, 6, 12, 9, over=0.95, under=0, about=0.1)
    pulled = verdict(level, 5, [(40, 1), (4, 1), (5, 1)])
    assert (pulled.word, pulled.reason) == ("too_little", "one_post_pulls_up")
    assert verdict(level, 5, [(40, 1), (9, 1), (8, 1)]).word == "over"
    assert verdict(level, 5, [(40, 1)]).reason == "one_post"
    assert guard([(0, 1), (3, 1), (4, 1)], 4, over=False) == "one_post_pulls_down"


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"places": 7, "counted": 900}, "few_places"),
        ({"places": 8, "counted": 19}, "few_counts"),
        ({"places": 8, "counted": 20, "one_definition": False}, "counted_otherwise"),
        ({"places": 8, "counted": 20, "of_age": False}, "too_young"),
        ({"places": 8, "counted": 20}, ""),
    ],
)
def test_when_nothing_may_be_said(facts: dict[str, int], reason: str) -> None:
    assert without_words(**facts) == reason


def test_ones_own_baseline() -> None:
    over = against_own([40, 55, 38], OWN)
    about = against_own([18, 14, 25, 20], OWN)
    assert over is not None
    assert about is not None
    assert (over.ratio, over.low, over.high) == pytest.approx((2.474, 1.508, 4.058), rel=0.001)
    assert (over.over, over.under, over.about) == pytest.approx((0.9846, 0.0009, 0.2283), abs=0.0001)
    assert (about.ratio, about.low, about.high) == pytest.approx((1.082, 0.7026, 1.667), rel=0.001)
    assert (about.over, about.under, about.about) == pytest.approx((0.2816, 0.1181, 0.9830), abs=0.0001)
    assert (over.word, about.word) == ("over", "about")


@pytest.mark.parametrize(("campaign", "own"), [([], OWN), ([9], OWN[:7]), ([1], [0] * 9)])
def test_too_few_of_ones_own_posts_say_nothing(campaign: list[int], own: list[int]) -> None:
    assert against_own(campaign, own) is None


def drawn(
    chance: random.Random, level: float, spread: float, posts: int, each: float
) -> list[tuple[int, Counted]]:
    """Draw thirty municipalities: levels with that spread, posts that clump, counts by chance."""
    found = []
    for _ in range(30):
        size = math.exp(chance.gauss(1.6, 1.0))
        own = level if not spread else level * chance.gammavariate(1 / spread**2, spread**2)
        shares = [chance.gammavariate(1 / 0.49, 0.49) if each else 1.0 for _ in range(posts)]
        counts = [_poisson(chance, own * size / posts * one) for one in shares]
        found.append((int(size * 1000), Counted(tuple(counts), (size / posts,) * posts)))
    return found


def _poisson(chance: random.Random, mean: float) -> int:
    if mean > 400:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    left, count = math.exp(-mean), 0
    product = chance.random()
    while product > left:
        product *= chance.random()
        count += 1
    return count


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_one_post_each_gives_no_strong_word(seed: int) -> None:
    """Campaign D of the specification: whatever a single post got, it is no level."""
    places = [place for _, place in drawn(random.Random(seed), 3, 0.5, 1, 0.7)]
    fit = rates.fit_rates(places)
    words = {
        verdict(level, fit.typical.median, list(zip(place.counts, place.exposures, strict=True))).word
        for level, place in zip(fit.levels, places, strict=True)
    }
    assert words <= {"about", "too_little"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_where_nothing_differs_nobody_is_over_or_under(seed: int) -> None:
    """Campaign F of the specification: all levels the same."""
    places = [place for _, place in drawn(random.Random(seed), 6, 0.0, 4, 0.7)]
    fit = rates.fit_rates(places)
    words = [
        verdict(level, fit.typical.median, list(zip(place.counts, place.exposures, strict=True))).word
        for level, place in zip(fit.levels, places, strict=True)
    ]
    assert not {"over", "under"} & set(words)
