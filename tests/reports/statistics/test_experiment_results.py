from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.experiments import (
    Arm,
    Pair,
    Post,
    Progress,
    Reason,
    Scale,
    Word,
    analyse,
    choose,
    find_difference,
    find_share_difference,
    is_uneven,
    when_to_analyse,
)
from reports.statistics.paired import Estimate, Interval, estimate

SEED = "demo"
LN = math.log(1.15)


def arm(inhabitants: int, **counts: int | None) -> Arm:
    return Arm(inhabitants, tuple(Post("film", platform, count) for platform, count in counts.items()))


def swap(pair: Pair) -> Pair:
    return Pair(pair.b, pair.a)


# -- the worked examples


@pytest.mark.parametrize(
    ("b", "difference"), [({"x": 20, "z": 3}, 0.2829), ({"x": 20, "y": 9}, -0.1671), ({"z": 9}, None)]
)
def test_the_worked_examples_of_a_pairs_difference(b: dict[str, int], difference: float | None) -> None:
    found = find_difference(Pair(arm(5200, x=34, y=6), arm(4100, **b)))
    assert found == (None if difference is None else pytest.approx(difference, abs=5e-5))


def logs(interval: Interval | None) -> tuple[float, float]:
    assert interval is not None
    return math.exp(interval.low), math.exp(interval.high)


TEN = (0.42, -0.10, 0.35, 0.61, 0.05, 0.28, -0.22, 0.50, 0.33, 0.12)
EIGHT = (0.42, -0.40, 0.35, -0.61, 0.05, 0.28, -0.22, 0.50)
FLAT = (0.02, -0.05, 0.04, 0.01, -0.03, 0.06, 0, -0.02, 0.03, -0.01)
SEVEN = (0.4, 0.5, 0.6, 0.7, 0.3, 0.5, 0.6)
TWENTY = tuple(0.3 + 0.1 * math.sin(i) for i in range(20))


@pytest.mark.parametrize(
    ("differences", "ratio", "shown", "check", "word", "reason"),
    [
        (TEN, 1.264, (1.083, 1.475), (1.083, 1.474), "a_over_b", None),
        (EIGHT, 1.047, (0.7886, 1.419), (0.7943, 1.381), "too_little", "unclear"),
        (FLAT, 1.005, (0.9851, 1.025), (0.9855, 1.025), "alike", None),
        (SEVEN, 1.672, (1.492, 1.822), (1.515, 1.846), "too_little", "few_pairs"),
        (TWENTY, 1.350, (1.313, 1.388), (1.314, 1.388), "a_over_b", None),
    ],
)
def test_the_worked_examples_of_ratios(
    differences: tuple[float, ...],
    ratio: float,
    shown: tuple[float, float],
    check: tuple[float, float],
    word: Word,
    reason: Reason | None,
) -> None:
    found = estimate(differences, SEED)
    assert found.mean is not None
    assert math.exp(found.mean) == pytest.approx(ratio, rel=5e-4)
    assert logs(found.interval) == pytest.approx(shown, rel=5e-4)
    assert logs(found.check) == pytest.approx(check, rel=5e-4)
    assert choose(found, LN) == (word, reason)


def test_the_worked_example_of_shares() -> None:
    found = estimate((0.012, -0.003, 0.008, 0.015, 0.001, 0.006, -0.004, 0.010), SEED)
    assert found.interval is not None
    assert found.check is not None
    ends = (found.mean, found.interval.low, found.interval.high, found.check.low, found.check.high)
    assert ends == pytest.approx((0.005625, 0.001, 0.01075, 0.000944, 0.01031), abs=5e-6)
    assert choose(found, 0.15 * 0.04) == ("a_over_b", None)


def test_five_pairs_have_an_interval_and_four_have_none() -> None:
    five, four = estimate((0.1, 0.2, 0.3, 0.4, 0.5), SEED), estimate((0.1, 0.2, 0.3, 0.4), SEED)
    assert five.interval is not None
    assert (five.interval.low, five.interval.high) == pytest.approx((0.1, 0.5))
    assert four.interval is None
    assert four.check is not None


def test_one_pair_has_an_effect_alone_and_none_has_nothing() -> None:
    assert estimate((0.3,), SEED) == Estimate(1, 0.3, None, None)
    assert estimate((), SEED) == Estimate(0, None, None, None)


# -- a pair's difference


def test_only_messages_that_both_have_known_are_compared() -> None:
    a = Arm(1000, (Post("film", "x", 9), Post("tip", "x", 400), Post("quiz", "x", None)))
    b = Arm(1000, (Post("film", "x", 4), Post("tip", "x", None), Post("quiz", "x", 400)))
    assert find_difference(Pair(a, b)) == pytest.approx(math.log(9.5 / 4.5))


def test_messages_of_a_platform_are_added_and_platforms_count_alike() -> None:
    a = Arm(1000, (Post("film", "x", 90), Post("tip", "x", 9), Post("film", "y", 1)))
    b = Arm(1000, (Post("film", "x", 40), Post("tip", "x", 9), Post("film", "y", 1)))
    assert find_difference(Pair(a, b)) == pytest.approx(math.log(99.5 / 49.5) / 2)


def test_followers_are_counted_against_where_both_are_known() -> None:
    a, b = arm(1000, x=9), arm(1000, x=9)
    with_followers = Pair(replace(a, followers={"x": 300}), replace(b, followers={"x": 100}))
    assert find_difference(with_followers) == pytest.approx(-math.log(3))
    assert find_difference(Pair(with_followers.a, b)) == 0
    assert find_difference(Pair(with_followers.a, replace(b, followers={"x": 0}))) == 0


def test_several_accounts_are_added_and_one_unknown_makes_the_message_unknown() -> None:
    b = arm(1000, x=9)
    two = Arm(1000, (Post("film", "x", 4), Post("film", "x", 5)))
    assert find_difference(Pair(two, b)) == 0
    assert find_difference(Pair(Arm(1000, (*two.posts, Post("film", "x", None))), b)) is None


def reached(*rows: tuple[int | None, int | None], platform: str = "x") -> Arm:
    return Arm(1000, tuple(Post(str(place), platform, *row) for place, row in enumerate(rows)))


def test_shares_are_of_the_reach_over_common_messages() -> None:
    pair = Pair(reached((9, 100), (1, 100), (50, 60)), reached((4, 200), (2, 100), (None, 60)))
    assert find_share_difference(pair) == pytest.approx(10 / 200 - 6 / 300)


@pytest.mark.parametrize("row", [(9, None), (9, 8), (0, 0), (None, 9)])
def test_a_reach_below_the_count_or_none_makes_a_share_unknown(row: tuple[int | None, int | None]) -> None:
    assert find_share_difference(Pair(reached(row), reached((9, 100)))) is None


def test_of_several_accounts_one_unknown_share_makes_the_message_unknown() -> None:
    two = Arm(1000, (Post("0", "x", 9, 100), Post("0", "x", 9, None)))
    assert find_share_difference(Pair(two, reached((9, 100)))) is None


def test_shares_of_two_platforms_are_not_added() -> None:
    with pytest.raises(ValueError, match="one platform"):
        find_share_difference(Pair(reached((9, 100)), reached((9, 100), platform="y")))


# -- the analysis and its words


def campaign(counts: list[tuple[int | None, int | None]]) -> list[Pair]:
    return [Pair(arm(1000, x=a), arm(1000, x=b)) for a, b in counts]


def test_wording_a_over_b() -> None:
    found = analyse(campaign([(20 + place, 9) for place in range(8)]), SEED)
    assert (found.word, found.reason, found.pairs) == ("a_over_b", None, 8)
    assert found.effect is not None
    assert found.effect > 2
    assert analyse(campaign([(9, 20 + place) for place in range(8)]), SEED).word == "b_over_a"


def test_both_intervals_must_agree() -> None:
    above, across = Interval(0.1, 0.2), Interval(-0.1, 0.1)
    assert choose(Estimate(8, 0.1, above, above), 0)[0] == "a_over_b"
    for pair in ((above, across), (across, above)):
        assert choose(Estimate(8, 0.1, *pair), 0) == ("too_little", "unclear")
        assert choose(Estimate(8, 0.1, *pair), 0.15) == ("too_little", "unclear")
    assert choose(Estimate(8, 0.1, across, across), 0.1)[0] == "alike"
    assert choose(Estimate(8, 0.1, across, Interval(-0.1, 0.11)), 0.1)[0] == "too_little"
    assert choose(Estimate(8, 0.1, across, Interval(-0.11, 0.1)), 0.1)[0] == "too_little"
    assert choose(Estimate(8, 0.1, Interval(0, 0.2), above), 0)[0] == "too_little"


def test_what_was_not_fixed_before_has_numbers_and_no_word() -> None:
    pairs = campaign([(20 + place, 9) for place in range(8)])
    found = analyse(pairs, SEED, planned=False)
    assert (found.word, found.reason) == (None, "not_planned")
    assert replace(found, word="a_over_b", reason=None) == analyse(pairs, SEED)


@pytest.mark.parametrize(
    ("a", "b", "uneven"),
    [(0, 0, False), (2, 0, False), (3, 0, True), (4, 1, False), (6, 1, True), (1, 6, True)],
)
def test_drop_out_is_uneven_beyond_what_chance_makes_common(a: int, b: int, uneven: bool) -> None:
    assert is_uneven(a, b) is uneven


def test_uneven_drop_out_gives_no_word_and_says_how_many_fell_out_on_which_side() -> None:
    pairs = campaign([(20 + place, 9) for place in range(8)] + [(None, 9)] * 3)
    found = analyse(pairs, SEED)
    assert (found.word, found.reason) == (None, "uneven_drop_out")
    assert (found.pairs, found.fell_out, found.without_a, found.without_b) == (8, 3, 3, 0)
    assert found.effect is not None


def test_pairs_that_share_no_platform_fall_out_on_neither_side() -> None:
    pairs = [Pair(arm(1000, x=9), arm(1000, y=9)), *campaign([(9, 9)] * 8)]
    found = analyse(pairs, SEED)
    assert (found.pairs, found.fell_out, found.without_a, found.without_b) == (8, 1, 0, 0)
    assert found.word == "alike"


def test_counts_of_two_definitions_get_no_word() -> None:
    pairs = campaign([(20 + place, 9) for place in range(8)])
    newer = Arm(1000, (Post("film", "x", 9, version=2),))
    found = analyse([*pairs, Pair(newer, newer)], SEED)
    assert (found.word, found.reason) == (None, "definition_changed")


def test_shares_are_alike_within_fifteen_per_cent_of_the_share_over_all() -> None:
    small = [Pair(reached((100 + place % 2, 1000)), reached((100, 1000))) for place in range(8)]
    assert analyse(small, SEED, scale="share").word == "alike"
    rare = [Pair(reached((1 + place % 2, 1000)), reached((1, 1000))) for place in range(8)]
    assert analyse(rare, SEED, scale="share").word != "alike"


def test_nothing_to_compare_is_too_little() -> None:
    for scale in ("ratio", "share"):
        found = analyse([], SEED, scale=scale)
        assert (found.effect, found.interval, found.word, found.reason) == (
            None,
            None,
            "too_little",
            "few_pairs",
        )


# -- properties

COUNT = st.none() | st.integers(0, 300)
ARMS = st.builds(
    Arm,
    st.integers(200, 90_000),
    st.lists(
        st.builds(
            Post, st.sampled_from(["film", "tip"]), st.just("x"), COUNT, st.none() | st.integers(0, 5000)
        ),
        max_size=4,
    ).map(tuple),
    st.sampled_from([{}, {"x": 300}, {"x": 4000}]),
)
PAIRS = st.lists(st.builds(Pair, ARMS, ARMS), max_size=16)


@settings(max_examples=60)
@given(PAIRS, st.sampled_from(["ratio", "share"]))
def test_swapping_a_and_b_inverts_the_effect_and_the_word(pairs: list[Pair], scale: Scale) -> None:
    one, other = (analyse(way, SEED, scale=scale) for way in (pairs, [swap(pair) for pair in pairs]))
    turned = {"a_over_b": "b_over_a", "b_over_a": "a_over_b"}
    assert other.word == turned.get(one.word or "", one.word)
    assert (other.reason, other.without_a, other.without_b) == (one.reason, one.without_b, one.without_a)

    def turn(number: float) -> float:
        return 1 / number if scale == "ratio" else -number

    if one.effect is not None:
        assert other.effect == pytest.approx(turn(one.effect))
    if one.interval is not None and other.interval is not None:
        ends = (turn(one.interval.high), turn(one.interval.low))
        assert (other.interval.low, other.interval.high) == pytest.approx(ends)


@settings(max_examples=40)
@given(PAIRS, st.randoms(use_true_random=False))
def test_the_order_of_posts_changes_nothing(pairs: list[Pair], dice: Random) -> None:
    def mix(one: Arm) -> Arm:
        return replace(one, posts=tuple(dice.sample(one.posts, len(one.posts))))

    assert analyse([Pair(mix(pair.a), mix(pair.b)) for pair in pairs], SEED) == analyse(pairs, SEED)


@settings(max_examples=30)
@given(st.lists(st.floats(-2, 2), min_size=5, max_size=9))
def test_the_interval_is_the_one_of_means_over_all_subsets(differences: list[float]) -> None:
    means = sorted(
        math.fsum(chosen) / size
        for size in range(1, len(differences) + 1)
        for chosen in combinations(differences, size)
    )
    place = math.floor(0.05 * (len(means) + 1) + 1e-9)
    found = estimate(differences, SEED).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((means[place - 1], means[-place]), abs=1e-12)


def test_with_many_pairs_the_seed_says_which_subsets_are_looked_at() -> None:
    subsets = []
    for number in range(9999):
        digest = hashlib.sha256(f"demo|{number}".encode()).digest()
        chosen = [TWENTY[place] for place in range(20) if digest[place // 8] >> place % 8 & 1]
        if chosen:
            subsets.append(sum(chosen) / len(chosen))
    subsets.sort()
    found = estimate(TWENTY, SEED).interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((subsets[499], subsets[-500]), abs=1e-12)
    assert estimate(TWENTY, "another").interval != found


def test_more_pairs_than_a_hash_has_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="256"):
        estimate([0.1] * 257, SEED)


# -- when, and whether intervals hold


def progress(*ages: float | None) -> list[Progress]:
    return [Progress(str(place), age) for place, age in enumerate(ages)]


def test_the_analysis_waits_until_every_post_has_reached_the_age_or_is_frozen() -> None:
    assert when_to_analyse(progress(168, 200), [("0", "1")], 168) == "ready"
    assert when_to_analyse(progress(167.9, 200), [("0", "1")], 168) == "waiting"
    assert when_to_analyse(progress(None, 200), [("0", "1")], 168) == "waiting"
    assert when_to_analyse([Progress("0", 30, frozen=True), *progress(200)], [("0", "1")], 168) == "ready"


@pytest.mark.parametrize(("whole", "state"), [(8, "ready"), (7, "refused")])
def test_after_a_stop_eight_whole_pairs_must_be_left(whole: int, state: str) -> None:
    pairs = [(str(place), str(place + 1)) for place in range(0, 20, 2)]
    posts = progress(*([170.0] * (2 * whole + 1)), *([None] * (19 - 2 * whole)))
    assert when_to_analyse(posts, pairs, 168, stopped=True) == state
    assert when_to_analyse(posts, pairs, 168) == "waiting"


def test_after_a_stop_what_is_out_still_reaches_the_age_first() -> None:
    posts = progress(*([100.0] * 16), None)
    pairs = [(str(place), str(place + 1)) for place in range(0, 16, 2)]
    assert when_to_analyse(posts, pairs, 168, stopped=True) == "waiting"


@pytest.mark.slow
@pytest.mark.parametrize(("pairs", "truth"), [(8, 1.0), (20, 1.0), (20, 1.5)])
def test_simulated_experiments_are_covered_as_promised(pairs: int, truth: float) -> None:
    dice = np.random.default_rng(pairs)
    covered = winners = wrong = 0
    runs = 300
    for run in range(runs):
        sides = []
        for effect in (truth, 1.0):
            level = 6 * effect * np.exp(dice.normal(0, 0.5, (pairs, 1)) - 0.125)
            posts = level * 4 * dice.gamma(1 / 0.49, 0.49, (pairs, 4))
            sides.append(dice.poisson(posts))
        found = analyse(
            [
                Pair(*(arm(4000, w=int(row[0]), x=int(row[1]), y=int(row[2]), z=int(row[3])) for row in both))
                for both in zip(*sides, strict=True)
            ],
            str(run),
        )
        assert found.interval is not None
        covered += found.interval.low <= truth <= found.interval.high
        winners += found.word == "a_over_b"
        wrong += found.word == ("b_over_a" if truth > 1 else "a_over_b")
    assert 0.86 < covered / runs < 0.96
    assert wrong / runs < 0.08
    assert truth == 1 or winners / runs > 0.4
