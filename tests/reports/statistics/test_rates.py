"""Rates behind counts, by the specification's worked examples and by what must hold of any counts (sections 2 and 3)."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics import rates, shares
from reports.statistics.grid import Fit
from reports.statistics.rates import Counted
from reports.statistics.shares import Reached
from reports.statistics.slots import Cell, exposed, weights
from reports.statistics.special import log_gamma, t_distribution, t_quantile

TEN = (
    (600, "5 2 6", 18.63, 10.73, 31.21, 0.869, 0.014, 0.524),
    (900, "4 0 3", 8.236, 4.113, 15.27, 0.210, 0.429, 0.844),
    (1200, "2 3 1", 5.752, 2.720, 11.12, 0.063, 0.718, 0.649),
    (1500, "12 5 9", 16.28, 10.34, 25.33, 0.803, 0.021, 0.662),
    (1800, "3 2 2", 4.572, 2.238, 8.773, 0.022, 0.857, 0.472),
    (2000, "10 7 4", 10.58, 6.544, 17.06, 0.386, 0.193, 0.906),
    (2200, "4 6 2", 5.989, 3.345, 10.54, 0.059, 0.706, 0.704),
    (2400, "40 22 31", 33.25, 22.15, 47.32, 0.998, 0.000, 0.054),
    (2600, "5 9 6", 8.051, 4.925, 13.23, 0.169, 0.436, 0.889),
    (2900, "1 2 0", 1.571, 0.564, 3.742, 0.000, 0.997, 0.028),
)
"""Inhabitants and counts of ten municipalities; median, interval and probabilities of each."""
EIGHT = (
    "4/150 6/210",
    "2/300 1/180",
    "20/400 25/380",
    "3/90 0/70",
    "9/500 12/460",
    "5/260 8/300",
    "1/120 2/140",
    "30/350 28/330",
)


def of(inhabitants: int, counts: str) -> Counted:
    those = tuple(int(one) for one in counts.split())
    return Counted(those, (inhabitants / 3000,) * len(those))


def near(found: float, wanted: float, share: float) -> bool:
    return found == pytest.approx(wanted, rel=share)


@pytest.mark.parametrize(
    ("place", "spread", "clump", "wanted"),
    [
        (Counted((9,), (0.219,)), 1 / math.sqrt(12), 0, (9.314, 6.341, 13.10, 9.464, 0.8576, 0.0024, 0.8566)),
        (Counted((0,), (0.219,)), 1 / math.sqrt(12), 0, (5.258, 3.120, 8.206, 5.408, 0.1183, 0.3444, 0.9661)),
        (Counted((1474,), (294.86,)), 1 / math.sqrt(12), 0, (5.005, 4.787, 5.232, 5.006, 0, 0.0035, 1)),
        (Counted((20, 22), (2.5, 2.5)), 0.5, 0, (8.059, 6.252, 10.18, 8.118, 0.8499, 0.0001, 0.9871)),
        (Counted((20, 22), (2.5, 2.5)), 0.5, 0.7, (7.012, 4.059, 11.94, 7.377, 0.5221, 0.0811, 0.9153)),
        (Counted((42,), (5.0,)), 0.5, 0.7, (6.615, 3.506, 11.99, 7.034, 0.4578, 0.1450, 0.9075)),
    ],
)
def test_a_rate_under_a_known_prior(
    place: Counted, spread: float, clump: float, wanted: Sequence[float]
) -> None:
    (level,) = rates.fit_given([place], 6, spread, clump).levels
    found = (level.median, level.low, level.high, level.mean)
    assert all(near(one, other, 0.003) for one, other in zip(found, wanted[:4], strict=True)), found
    assert (level.over, level.under, level.about) == pytest.approx(wanted[4:], abs=0.01)


def test_ten_municipalities_of_one_group() -> None:
    fit = rates.fit_rates([of(inhabitants, counts) for inhabitants, counts, *_ in TEN])
    typical = (fit.typical.low, fit.typical.median, fit.typical.high)
    assert typical == pytest.approx((5.581, 9.570, 15.16), rel=0.01)
    assert near(fit.clump, 0.3667, 0.01)
    for level, (*_, median, low, high, over, under, about) in zip(fit.levels, TEN, strict=True):
        assert (level.median, level.low, level.high) == pytest.approx((median, low, high), rel=0.01)
        assert (level.over, level.under, level.about) == pytest.approx((over, under, about), abs=0.01)


def test_with_four_municipalities_the_prior_decides_more() -> None:
    fit = rates.fit_rates([of(inhabitants, counts) for inhabitants, counts, *_ in TEN[:4]])
    assert (fit.typical.low, fit.typical.median, fit.typical.high) == pytest.approx(
        (6.543, 12.13, 21.57), rel=0.01
    )
    found = [(one.median, one.low, one.high) for one in fit.levels]
    wanted = [(16.51, 9.394, 29.95), (9.797, 4.860, 18.35), (7.804, 3.468, 15.72), (15.22, 9.230, 25.72)]
    assert np.array(found) == pytest.approx(np.array(wanted), rel=0.01)


@pytest.mark.parametrize(
    ("place", "clump", "wanted"),
    [
        (Reached((9,), (120,)), 0, (0.05046, 0.03086, 0.07654, 0.05166, 0.9023, 0.0044, 0.6305)),
        (Reached((4, 5), (60, 60)), 0.7, (0.04196, 0.02358, 0.06991, 0.04373, 0.7192, 0.0344, 0.8035)),
    ],
)
def test_a_share_under_a_known_prior(place: Reached, clump: float, wanted: Sequence[float]) -> None:
    (level,) = shares.fit_given([place], 0.03, 0.5, clump).levels
    assert (level.median, level.low, level.high, level.mean) == pytest.approx(wanted[:4], rel=0.003)
    assert (level.over, level.under, level.about) == pytest.approx(wanted[4:], abs=0.01)


def test_shares_of_eight_municipalities() -> None:
    places = []
    for line in EIGHT:
        pairs = [tuple(int(one) for one in pair.split("/")) for pair in line.split()]
        places.append(Reached(tuple(k for k, _ in pairs), tuple(n for _, n in pairs)))
    fit = shares.fit_shares(places)
    assert (fit.typical.low, fit.typical.median, fit.typical.high) == pytest.approx(
        (0.01683, 0.02849, 0.04526), rel=0.01
    )
    assert near(fit.clump, 0.4051, 0.01)
    a, b, c, *_, h = fit.levels
    assert (a.median, a.low, a.high) == pytest.approx((0.02860, 0.01548, 0.05100), rel=0.01)
    assert (b.median, b.low, b.high) == pytest.approx((0.01130, 0.003933, 0.02902), rel=0.01)
    assert (c.median, c.low, c.high) == pytest.approx((0.04973, 0.03039, 0.07784), rel=0.01)
    assert (h.median, h.low, h.high) == pytest.approx((0.06628, 0.03845, 0.1026), rel=0.01)
    assert (a.about, h.over) == pytest.approx((0.9039, 0.9446), abs=0.01)


@settings(max_examples=40)
@given(
    times=st.floats(0.2, 4), exposure=st.floats(0.2, 300), mean=st.floats(0.5, 30), spread=st.floats(0.2, 1.0)
)
def test_without_clumping_the_mean_is_the_formula_of_shrinkage(
    times: float, exposure: float, mean: float, spread: float
) -> None:
    count = round(times * mean * exposure)  # up to four times what the prior expects
    (level,) = rates.fit_given([Counted((count,), (exposure,))], mean, spread, 0).levels
    m = 1 / spread**2 / mean
    assert near(level.mean, (count + mean * m) / (exposure + m), 0.003)


def test_a_count_that_no_prior_explains_breaks_nothing() -> None:
    fit = rates.fit_rates([Counted((0, 0), (300.0, 300.0))] * 8 + [Counted((90_000, 4), (0.1, 0.1))])
    assert all(0 <= one.low <= one.median <= one.high < float("inf") for one in fit.levels)


def test_the_order_of_municipalities_and_of_posts_changes_nothing() -> None:
    places = [of(inhabitants, counts) for inhabitants, counts, *_ in TEN]
    order = list(range(len(places)))
    random.Random(4).shuffle(order)
    turned = [Counted(places[one].counts[::-1], places[one].exposures[::-1]) for one in order]
    first, second = rates.fit_rates(places), rates.fit_rates(turned)
    again: Fit = Fit(
        tuple(second.levels[order.index(one)] for one in range(len(places))), second.typical, second.clump
    )
    assert [one.median for one in again.levels] == pytest.approx([one.median for one in first.levels])
    assert again.typical.median == pytest.approx(first.typical.median)


def test_ten_times_as_much_of_the_same_makes_narrower_intervals() -> None:
    once = rates.fit_given([Counted((5, 9), (1.0, 1.5))], 6, 0.5, 0).levels[0]
    tenfold = rates.fit_given([Counted((50, 90), (10.0, 15.0))], 6, 0.5, 0).levels[0]
    assert tenfold.high / tenfold.low < once.high / once.low


def test_what_a_slot_weighs() -> None:
    sizes = dict(zip("abcde", (0.219, 5, 12, 0.8, 40), strict=True))
    posts = [Cell(place, "x", count) for place, count in zip("abcde", (3, 30, 80, 9, 150), strict=True)]
    posts += [Cell(place, "y", count) for place, count in zip("abcde", (1, 12, 20, 2, 70), strict=True)]
    assert weights(posts, sizes) == pytest.approx({"x": 1.4853, "y": 0.5147}, abs=0.0001)
    assert weights(posts[:4], sizes) == {"x": 1.0}  # too few to tell


def test_an_unknown_post_takes_its_share_away_and_is_not_nothing() -> None:
    weighed = {"x": 1.0, "y": 1.0, "z": 1.0}
    known = [Cell("a", "x", 9), Cell("a", "y", 3), Cell("a", "z", 3)]
    unknown, nothing = ([*known[:2], Cell("a", "z", count)] for count in (None, 0))
    raw = {
        name: exposed(posts, weighed, {"a": 3.0})[0].raw
        for name, posts in (("known", known), ("unknown", unknown), ("nothing", nothing))
    }
    assert raw["unknown"] > raw["known"] > raw["nothing"]
    (one,) = exposed([Cell("a", "x", 9), Cell("a", "y", None), Cell("a", "z", None)], weighed, {"a": 3.0})
    assert (one.live, len(one.counts), one.enough) == (3, 1, False)


def test_the_functions_that_numpy_does_not_have() -> None:
    x = np.array([0.01, 0.5, 1.0, 2.0, 7.9, 8.0, 100.0, 12345.6])
    assert log_gamma(x) == pytest.approx([math.lgamma(one) for one in x], rel=1e-11, abs=1e-10)
    assert t_quantile(0.95, 7) == pytest.approx(1.895, abs=0.0005)
    assert t_quantile(0.80, 19) == pytest.approx(0.8610, abs=0.00005)
    assert t_distribution(1.5, 9) == pytest.approx(0.9161, abs=0.00005)
    assert t_distribution(-1.5, 9) == pytest.approx(1 - 0.9161, abs=0.00005)
    assert t_quantile(0.3, 5) == pytest.approx(-t_quantile(0.7, 5))
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(1.0, 5)
