from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.statistics.association import Mixture
from reports.statistics.helped import Association, Finding, Refusal, Row, Word, choose_word, look_for_help

SIZES = (1, 2, 1, 3)
Feature = Callable[[int, int], bool]


def first(i: int, j: int) -> bool:
    return (i + j) % 2 == 1


def second(i: int, j: int) -> bool:
    return (i * j + i // 3) % 3 == 0


def example(features: Sequence[Feature], effect: float = 0.6, municipalities: int = 24) -> list[Row]:
    """Return the posts of the worked example, noted with these features; the counts follow from the first alone."""
    rows = []
    for i in range(municipalities):
        for j, size in enumerate(SIZES):
            exposure = 2 + i % 5
            level = effect * first(i, j) + 0.5 * math.sin(i) + 0.5 * math.sin(3.7 * i + 2.1 * j)
            count = math.floor(3 * exposure * size * math.exp(level) + 0.5)
            notes = tuple(feature(i, j) for feature in features)
            rows.append(Row(f"{i:04}", (f"{j}", "x"), count, exposure, notes))
    return rows


def found(finding: Finding) -> Association:
    assert isinstance(finding.found, Association)
    return finding.found


def refusals(rows: list[Row]) -> list[Refusal | None]:
    findings = look_for_help([str(place) for place in range(len(rows[0].features))], rows)
    return [None if isinstance(one.found, Association) else one.found for one in findings]


def test_the_first_counts_of_the_worked_example() -> None:
    assert [row.count for row in example([first])[:4]] == [6, 34, 4, 33]


@pytest.mark.parametrize(
    ("features", "effect", "place", "ends", "more", "word"),
    [
        ([first, second], 0.6, 0, (1.802, 1.572, 2.066), 1.0, "more"),
        ([first, second], 0.6, 1, (0.9677, 0.8150, 1.149), 0.3763, "unknown"),
        ([first, second], 0.0, 0, (1.023, 0.8932, 1.172), 0.6081, "unknown"),
        ([second], 0.6, 0, (0.9365, 0.7535, 1.161), 0.3079, "unknown"),
    ],
)
def test_the_worked_examples(
    features: list[Feature],
    effect: float,
    place: int,
    ends: tuple[float, float, float],
    more: float,
    word: Word,
) -> None:
    names = ["picture", "question"][: len(features)]
    finding = look_for_help(names, example(features, effect))[place]
    one = found(finding)
    assert finding.feature == names[place]
    assert (one.ratio, one.low, one.high) == pytest.approx(ends, rel=5e-4)
    assert one.more == pytest.approx(more, abs=1e-3)
    assert one.word == word


# -- refusals


def test_the_same_feature_twice_cannot_be_told_apart() -> None:
    assert refusals(example([first, first])) == ["not_separable", "not_separable"]
    opposite = [first, lambda i, j: not first(i, j), second]
    assert refusals(example(opposite)) == ["not_separable", "not_separable", None]


@pytest.mark.parametrize(("differ", "refusal"), [(3, "not_separable"), (4, None)])
def test_features_that_nearly_always_go_together_cannot_be_told_apart(
    differ: int, refusal: Refusal | None
) -> None:
    # The second differs in 3 or in 4 of 24 municipalities: correlations of 0.75 and 0.67.
    assert refusals(example([first, lambda i, j: first(i, j) != (i in (0, 3, 6, 9)[:differ])])) == [
        refusal,
        refusal,
    ]


def test_going_together_over_whole_municipalities_or_messages_does_not_count() -> None:
    def varies(i: int) -> bool:
        return 16 <= i < 24

    by_municipality: list[Feature] = [
        lambda i, j: first(i, j) if varies(i) else i < 16,
        lambda i, j: (i // 2 + j) % 2 == 1 if varies(i) else i < 16,
    ]
    assert refusals(example(by_municipality, municipalities=40)) == [None, None]
    by_message: list[Feature] = [lambda i, j: (j < 2) != (i in (0, 20)), lambda i, j: (j < 2) != (i == 10)]
    assert refusals(example(by_message)) == [None, None]


def test_a_feature_of_whole_municipalities_is_not_compared_with_others() -> None:
    findings = look_for_help(["a", "b"], example([lambda i, j: i < 12, second]))
    assert findings[0] == Finding("a", "few_with_both")
    assert found(findings[1]).ratio == pytest.approx(0.9365, rel=5e-4)


@pytest.mark.parametrize(("with_both", "refusal"), [(8, "few_posts"), (7, "few_with_both")])
def test_a_feature_needs_municipalities_and_posts_on_either_side(with_both: int, refusal: Refusal) -> None:
    one_each: Feature = lambda i, j: i < with_both and j == i % 4  # noqa: E731
    assert refusals(example([one_each, lambda i, j: not one_each(i, j)])) == [refusal, refusal]


def test_ten_posts_with_a_feature_are_enough() -> None:
    assert refusals(example([lambda i, j: i < 10 and j == i % 4])) == [None]
    assert refusals(example([lambda i, j: i < 9 and j == i % 4])) == ["few_posts"]


@pytest.mark.parametrize(
    ("municipalities", "refusal"), [(15, "few_municipalities"), (19, "few_municipalities"), (20, None)]
)
def test_twenty_municipalities_have_two_posts(municipalities: int, refusal: Refusal | None) -> None:
    rows = example([first, second], municipalities=municipalities)
    assert refusals(rows) == [refusal, refusal]
    lonely = [*rows, Row("9999", ("1", "x"), 9, 3, (True, False))]
    assert refusals(lonely) == [refusal, refusal]


def test_more_than_eight_features_or_too_few_posts_for_each_are_refused() -> None:
    many = example([lambda i, j, k=k: (i * k + j) % 3 == 0 for k in range(9)])  # type: ignore[misc]
    assert refusals(many) == ["many_features"] * 9
    five = example([first, second, *([first] * 3)])
    assert refusals(five) == ["few_rows"] * 5
    assert "few_rows" not in refusals(example([first, second, *([first] * 2)]))


def test_posts_of_which_fewer_than_three_are_expected_are_left_out() -> None:
    rows = example([first, second], municipalities=20)
    small = [replace(row, exposure=row.exposure / 1000, count=0) for row in rows[:4]]
    assert refusals([*small, *rows[4:]]) == ["few_municipalities"] * 2


def test_nothing_to_look_at_is_refused() -> None:
    assert look_for_help(["a"], []) == (Finding("a", "few_municipalities"),)
    silent = [replace(row, count=0) for row in example([first])]
    assert refusals(silent) == ["few_municipalities"]


def test_every_post_notes_every_feature_and_has_a_count_and_an_exposure() -> None:
    with pytest.raises(ValueError, match="each feature"):
        look_for_help(["a"], example([first, second]))
    for count, exposure in ((-1, 3.0), (3, 0.0), (3, math.inf)):
        with pytest.raises(ValueError, match="exposure"):
            Row("1", ("1", "x"), count, exposure, (True,))


# -- words


@pytest.mark.parametrize(
    ("more", "features", "word"),
    [
        (0.95, 1, "more"),
        (0.95, 2, "unknown"),
        (0.975, 2, "more"),
        (0.05, 1, "fewer"),
        (0.05, 2, "unknown"),
        (0.025, 2, "fewer"),
    ],
)
def test_the_more_features_are_asked_about_the_surer_a_word_must_be(
    more: float, features: int, word: Word
) -> None:
    assert choose_word(-0.1, 0.2, more, features) == word


@pytest.mark.parametrize(
    ("low", "high", "word"), [(-0.13, 0.13, "little"), (-0.15, 0.1, "unknown"), (-0.1, 0.15, "unknown")]
)
def test_little_difference_is_within_a_factor_on_both_sides(low: float, high: float, word: Word) -> None:
    assert choose_word(low, high, 0.5, 1) == word


def test_less_is_said_as_surely_as_more() -> None:
    rows = example([lambda i, j: not first(i, j), second])
    one = found(look_for_help(["a", "b"], rows)[0])
    assert one.word == "fewer"
    assert one.ratio == pytest.approx(1 / 1.802, rel=5e-3)


def test_an_interval_within_fifteen_per_cent_makes_little_difference() -> None:
    rows = [
        Row(f"{i:04}", (f"{j}", "x"), 400 + (7 * i + 3 * j) % 11, 100, (first(i, j),))
        for i in range(30)
        for j in range(4)
    ]
    one = found(look_for_help(["a"], rows)[0])
    assert one.word == "little"
    assert 1 / 1.15 < one.low < one.high < 1.15


# -- properties


@settings(max_examples=10)
@given(st.permutations(range(96)), st.permutations("abcdefghijklmnopqrstuvwx"))
def test_the_order_and_the_names_of_municipalities_and_posts_change_nothing(
    order: list[int], names: list[str]
) -> None:
    rows = example([first, second])
    mixed = [replace(rows[place], municipality=names[int(rows[place].municipality)]) for place in order]
    for one, other in zip(look_for_help(["a", "b"], rows), look_for_help(["a", "b"], mixed), strict=True):
        ends, again = ((found(way).ratio, found(way).low, found(way).high) for way in (one, other))
        assert ends == pytest.approx(again, rel=1e-9)


@given(
    st.lists(st.tuples(st.floats(0.1, 1), st.floats(-2, 2), st.floats(0.05, 1)), min_size=1, max_size=6),
    st.floats(0.01, 0.99),
)
def test_a_quantile_of_a_mixture_has_its_probability_below_it(
    rows: list[tuple[float, float, float]], probability: float
) -> None:
    whole = sum(weight for weight, _, _ in rows)
    weights, means, deviations = zip(*rows, strict=True)
    mixture = Mixture(tuple(weight / whole for weight in weights), means, deviations)
    assert mixture.below(mixture.quantile(probability)) == pytest.approx(probability, abs=1e-6)
    quantiles = [mixture.quantile(one) for one in (0.05, 0.5, 0.95)]
    assert all(low < high for low, high in pairwise(quantiles))


@pytest.mark.slow
def test_what_eager_municipalities_do_more_of_is_not_taken_for_what_helps() -> None:
    dice = np.random.default_rng(8)
    truth = (1.0, 1.0, 1.42)
    runs, covered, said, helped = 60, np.zeros(3), 0, 0
    for _ in range(runs):
        eager = dice.normal(0, 1, 60)
        rows = []
        for i in range(60):
            for j in range(5):
                notes = dice.random(3) < 1 / (1 + np.exp(-1.2 * eager[i]))
                rate = 6 * np.exp(0.4 * eager[i] + 0.2 * dice.normal() + np.log(truth) @ notes)
                count = int(dice.poisson(rate * 4 * dice.gamma(1 / 0.25, 0.25)))
                rows.append(Row(f"{i:02}", (f"{j}", "x"), count, 4.0, tuple(bool(note) for note in notes)))
        findings = [found(one) for one in look_for_help(["a", "b", "c"], rows)]
        covered += [one.low <= true <= one.high for one, true in zip(findings, truth, strict=True)]
        said += sum(one.word in ("more", "fewer") for one in findings[:2])
        helped += findings[2].word == "more"
    assert all(covered / runs > 0.8)
    assert said / (2 * runs) < 0.06
    assert helped / runs > 0.5
