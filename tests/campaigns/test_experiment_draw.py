from __future__ import annotations

import hashlib
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.experiments import (
    Pair,
    Pairing,
    Terms,
    Unit,
    commit,
    draw,
    draw_pairs,
    pair,
)

NINE = [
    Unit("1101", 15_546, "nb", 1.2),
    Unit("1103", 151_669, "nb", 0.9),
    Unit("1106", 38_663, "nb", 1.0),
    Unit("1111", 3_300, "nb", 1.6),
    Unit("4601", 295_000, "nn", 0.8),
    Unit("4602", 17_200, "nn", 1.3),
    Unit("4611", 4_100, "nn", 1.5),
    Unit("4612", 5_800, "nn", None),
    Unit("4613", 12_000, "nn", 1.1),
]
PAIRS = (Pair("1103", "1106"), Pair("1101", "1111"), Pair("4601", "4613"), Pair("4602", "4612"))
SEED = "0123456789abcdef" * 4


def terms(pairing: Pairing, seed: str = SEED) -> Terms:
    return Terms("vassparing-2027", "clicks", ("film",), ("x",), pairing, commit(seed))


def test_the_worked_example_of_pairs() -> None:
    assert pair(NINE) == Pairing(PAIRS, "4611")


def test_the_worked_example_of_the_draw() -> None:
    wordings = draw_pairs(pair(NINE), "9f2c", "vassparing-2027")
    assert [wordings[one.first] for one in PAIRS] == ["B", "A", "B", "A"]
    assert [wordings[one.second] for one in PAIRS] == ["A", "B", "A", "B"]


def test_the_one_left_over_gets_a_wording_by_the_same_hash_with_itself_twice() -> None:
    bit = hashlib.sha256(b"9f2c|vassparing-2027|4611|4611").digest()[0] & 1
    assert draw_pairs(pair(NINE), "9f2c", "vassparing-2027")["4611"] == "AB"[bit]


def test_what_is_left_of_two_languages_is_paired_across_them() -> None:
    units = [Unit("1", 900, "nb"), Unit("2", 800, "nb"), Unit("3", 700, "nb"), Unit("4", 9000, "nn")]
    assert pair(units) == Pairing((Pair("1", "2"), Pair("4", "3")))


def test_the_larger_is_taken_first_and_of_two_equally_near_the_lower_number() -> None:
    units = [Unit("3", 100, "nn"), Unit("2", 100, "nn"), Unit("1", 900, "nn"), Unit("4", 100, "nn")]
    assert pair(units).pairs == (Pair("1", "2"), Pair("3", "4"))


def test_of_two_equally_large_the_lower_number_is_taken_first() -> None:
    assert pair([Unit("2", 100, "nn"), Unit("1", 100, "nn")]).pairs == (Pair("1", "2"),)


def test_the_earlier_level_counts_beside_the_size() -> None:
    units = [
        Unit("1", 1000, "nn", 3.0),
        Unit("2", 500, "nn", 0.0),
        Unit("3", 300, "nn", 3.0),
        Unit("4", 290, "nn", 0.0),
    ]
    assert pair(units).pairs == (Pair("1", "3"), Pair("2", "4"))
    same_level = [replace(unit, earlier_log_rate=None) for unit in units]
    assert pair(same_level).pairs == (Pair("1", "2"), Pair("3", "4"))


def test_an_unknown_earlier_level_stands_at_the_mean() -> None:
    levels = {"1": None, "2": 4.0, "3": 5.0, "4": 6.0}
    units = [Unit(number, 100, "nn", level) for number, level in levels.items()]
    assert pair(units).pairs[0] == Pair("1", "3")
    only_one_known = [Unit("1", 100, "nn"), Unit("2", 100, "nn", 4.0), Unit("3", 100, "nn")]
    assert pair(only_one_known).pairs == (Pair("1", "2"),)


def test_nobody_and_one_alone_make_no_pair() -> None:
    assert pair([]) == Pairing(())
    assert pair([Unit("1", 100, "nn")]) == Pairing((), "1")


def test_a_municipality_takes_part_once_and_somebody_lives_there() -> None:
    with pytest.raises(ValueError, match="once"):
        pair([Unit("1", 100, "nn"), Unit("1", 100, "nb")])
    with pytest.raises(ValueError, match="inhabitants"):
        Unit("1", 0, "nn")


def test_the_commitment_is_the_hash_of_the_seed() -> None:
    assert commit(SEED) == hashlib.sha256(SEED.encode()).hexdigest()


def test_a_seed_that_could_be_found_by_trying_is_not_committed_to() -> None:
    with pytest.raises(ValueError, match="32"):
        commit("9f2c")


def test_only_the_seed_that_was_committed_to_draws() -> None:
    fixed = terms(pair(NINE))
    assert draw(fixed, SEED) == draw_pairs(fixed.pairing, SEED, "vassparing-2027")
    with pytest.raises(ValueError, match="not the seed"):
        draw(fixed, SEED[::-1])


@pytest.mark.parametrize("change", [{"messages": ()}, {"platforms": ()}, {"age": 100}])
def test_terms_without_what_counts_or_with_an_odd_age_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"count|age"):
        replace(terms(pair(NINE)), **change)  # type: ignore[arg-type]


def test_the_age_is_a_week_where_nothing_is_said() -> None:
    assert terms(Pairing(())).age == 168


UNITS = st.lists(
    st.builds(
        Unit,
        st.integers(1101, 5699).map(str),
        st.integers(200, 700_000),
        st.sampled_from(["nn", "nb"]),
        st.none() | st.floats(-3, 6),
    ),
    max_size=25,
    unique_by=lambda unit: unit.number,
)


@given(UNITS, st.randoms(use_true_random=False))
def test_everybody_is_in_one_pair_or_left_over_and_the_order_changes_nothing(
    units: list[Unit], dice: Random
) -> None:
    found = pair(units)
    numbers = [number for one in found.pairs for number in (one.first, one.second)]
    numbers += [found.left] if found.left else []
    assert sorted(numbers) == sorted(unit.number for unit in units)
    assert pair(dice.sample(units, len(units))) == found


@given(UNITS)
def test_at_most_one_pair_mixes_two_languages(units: list[Unit]) -> None:
    language = {unit.number: unit.language for unit in units}
    mixed = [one for one in pair(units).pairs if language[one.first] != language[one.second]]
    assert len(mixed) <= 1


@given(UNITS, st.text("0123456789abcdef", min_size=32, max_size=64))
def test_each_pair_has_one_of_either_wording_and_the_draw_is_the_same_again(
    units: list[Unit], seed: str
) -> None:
    fixed = terms(pair(units), seed)
    wordings = draw(fixed, seed)
    assert all({wordings[one.first], wordings[one.second]} == {"A", "B"} for one in fixed.pairing.pairs)
    assert set(wordings) == {unit.number for unit in units}
    assert draw(fixed, seed) == wordings


def test_over_many_campaigns_the_first_gets_a_about_half_of_the_time() -> None:
    pairing = Pairing((Pair("1101", "1102"),))
    drawn = [draw_pairs(pairing, SEED, f"campaign-{number}")["1101"] for number in range(1000)]
    assert 450 < drawn.count("A") < 550
