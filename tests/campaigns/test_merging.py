"""Merging: no word of either side is lost, changes apart from each other meet in one text, and paragraphs are followed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from campaigns.merging import MOST_TOKENS, align, both, merge

WORDS = some.lists(
    some.sampled_from(["vatn", "straum", "{kommune}", "ikkje", "i", "dag", ".", ",", "hjelp"]), max_size=12
)
TEXTS = WORDS.map(" ".join)


# -- one text


@given(TEXTS, TEXTS)
def test_where_one_side_changed_nothing_the_other_side_stands(base: str, changed: str) -> None:
    assert merge(base, changed, base).text == changed
    assert merge(base, base, changed).text == changed
    assert merge(base, changed, changed).text == changed


@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_loses_no_side(base: str, theirs: str, ours: str) -> None:
    merged = merge(base, theirs, ours)
    mine = "".join(piece.text for piece in merged.pieces)
    for word in set(ours.split()) - set(base.split()):
        assert word in mine
    for word in set(theirs.split()) - set(base.split()):
        assert any(word in piece.text or word in piece.other for piece in merged.pieces)


@given(TEXTS, TEXTS, TEXTS)
def test_a_merge_has_the_same_conflicts_seen_from_either_side(base: str, theirs: str, ours: str) -> None:
    mine, other = merge(base, theirs, ours), merge(base, ours, theirs)
    assert mine.conflicts == other.conflicts
    assert mine.text == other.text


@given(TEXTS, TEXTS, TEXTS, TEXTS, TEXTS)
def test_changes_on_both_sides_of_an_untouched_word_do_not_meet(
    left: str, new_left: str, right: str, new_right: str, extra: str
) -> None:
    del extra
    anchor = " URØRT FELLES "
    merged = merge(left + anchor + right, new_left + anchor + right, left + anchor + new_right)
    assert merged.text == new_left + anchor + new_right


def test_both_changing_the_same_word_is_shown_and_not_decided() -> None:
    merged = merge("Rådet er 9 liter.", "Rådet er 20 liter.", "Rådet er ti liter.")
    assert merged.text is None
    (conflict,) = (piece for piece in merged.pieces if piece.source == "conflict")
    assert (conflict.text, conflict.other) == ("ti", "20")


def test_the_countys_correction_lands_in_the_municipalitys_own_words() -> None:
    merged = merge(
        "Fyll kanner med vatn. Du treng 9 liter.",
        "Fyll kanner med vatn. Du treng 20 liter.",
        "Hei, naboar! Fyll kanner med vatn. Du treng 9 liter.",
    )
    assert merged.text == "Hei, naboar! Fyll kanner med vatn. Du treng 20 liter."


@pytest.mark.parametrize("size", [MOST_TOKENS // 3, 5_000])
def test_a_long_text_costs_a_bounded_time(size: int) -> None:
    base = "ord og " * size
    begun = time.perf_counter()
    merged = merge(base, base.replace("ord", "setning"), base.replace("og", "eller"))
    assert time.perf_counter() - begun < 20, "a hang guard"
    assert merged.pieces


# -- paragraphs

PARAGRAPHS = some.lists(
    some.text("abcdefgh ", min_size=1, max_size=30).filter(str.strip), max_size=6, unique=True
)


@given(PARAGRAPHS)
def test_unchanged_paragraphs_stay_what_they_were(texts: list[str]) -> None:
    assert align(texts, texts) == list(range(len(texts)))


@given(PARAGRAPHS, some.randoms())
def test_paragraphs_are_followed_when_they_change_places(texts: list[str], chance: object) -> None:
    shuffled = list(texts)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert [texts[there] for there in align(texts, shuffled) if there is not None] == shuffled


@given(PARAGRAPHS, PARAGRAPHS)
def test_no_old_paragraph_is_continued_twice(old: list[str], new: list[str]) -> None:
    found = [there for there in align(old, new) if there is not None]
    assert len(found) == len(set(found))
    assert len(align(old, new)) == len(new)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (["Ein to tre", "Fire fem seks"], ["Heilt nytt her", "Ein to tre", "Fire fem seks"], [None, 0, 1]),
        (["Ein to tre", "Fire fem seks"], ["Fire fem seks sju"], [1]),
        (["Ein to tre", "Fire fem seks", "Slutt no"], ["Ein to tre", "Skrive om", "Slutt no"], [0, 1, 2]),
        (["Ein to tre"], ["Heilt anna"], [0]),
        ([], ["Nytt"], [None]),
    ],
)
def test_a_paragraph_is_known_again(old: list[str], new: list[str], expected: list[int | None]) -> None:
    assert align(old, new) == expected


# -- both of two texts


@pytest.mark.parametrize(
    ("one", "other", "whole"),
    [
        ("Lik.", "Lik.", "Lik."),
        ("Ein. To.", "Ein. To. Tre.", "Ein. To. Tre."),
        ("Null. Ein. To.", "Ein. To. Tre.", "Null. Ein. To. Tre."),
        ("Ein. Hennar. To.", "Ein. Mi. To.", "Ein. Hennar. Mi. To."),
        ("Det første", "Det andre", "Det første\nDet andre"),
        ("Ein\n\nto", "Ein\n\ntre", "Ein\n\nto\ntre"),
        ("", "Berre min.", "Berre min."),
        (
            "Kl. 18.30 er det ope. Kom!",
            "Kl. 18.30 er det ope. Ver med!",
            "Kl. 18.30 er det ope. Kom! Ver med!",
        ),
    ],
)
def test_both_has_every_sentence_of_two_texts_and_the_shared_ones_once(
    one: str, other: str, whole: str
) -> None:
    assert both(one, other) == whole


def test_both_of_very_long_texts_is_one_after_the_other() -> None:
    one, other = "a. " * 1000, "b. " * 1000
    assert both(one, other) == f"{one.strip()}\n\n{other.strip()}"
