import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_figures import OTHER, Figures, demo_texts, measure

from campaigns import register
from campaigns.language import foreign_words
from campaigns.language.words import own_words, words_of

FIGURES = {
    ("full", "nn"): Figures(26, 0, 26, 78, 90, 0),
    ("full", "nb"): Figures(26, 0, 26, 79, 90, 0),
    ("short", "nn"): Figures(26, 0, 21, 32, 36, 0),
    ("short", "nb"): Figures(26, 0, 25, 27, 37, 0),
    ("alt", "nn"): Figures(26, 0, 22, 24, 27, 0),
    ("alt", "nb"): Figures(26, 0, 24, 22, 27, 0),
}
"""As `make language` prints them: texts, false alarms, warned when swapped, warned of mixtures, of so many, misnamed."""


@pytest.mark.parametrize(("form", "language"), FIGURES)
def test_the_check_is_as_good_on_the_demo_texts_as_is_said(form: str, language: str) -> None:
    assert measure(form, language) == FIGURES[form, language]


def test_no_demo_text_in_its_own_language_is_warned_of() -> None:
    assert len(demo_texts()) == 156
    assert [(one, found) for one in demo_texts() if (found := foreign_words(one.text, one.language))] == []


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Vi veit ikke kva som skjer.", "nn", ["ikke"]),
        ("Vi vet ikkje hva som skjer.", "nb", ["ikkje"]),
        ("Hvor mange uker er det igjen? Vi veit ikkje.", "nn", ["hvor", "uker"]),
        ("Ikkje gløym fristen. Ikkje gløym han!", "nb", ["ikkje", "gløym"]),
        ("Her: https://www.voss.kommune.no/ikke #IkkeNå @ikke@social.example ikke@voss.kommune.no", "nn", []),
        ("Les boka «Hvem er jeg?» på biblioteket.", "nn", []),
        ("Møt oss på Hvordan kafé og i Ikkevoll.", "nn", []),
        ("NOEN er her, og FRA er ei forkorting.", "nn", []),
        ("Takk for {hvor}.", "nn", []),
        ("Einar og Steinar kommer. Ole også.", "nb", []),
        ("Hvaler ventar. Vi såg hvaler.", "nn", ["hvaler"]),
        ("Boka, veka og sola er fine.", "nn", []),
        ("Boka, hytta og sola er fine.", "nb", []),
        ("Sjå lista.\nHvem kjem?", "nn", ["hvem"]),
        ("Ring no: https://www.voss.kommune.no Hva saknar du?", "nn", ["hva"]),
        ("What is ikke?", "en", []),
        ("Mii ikke leat.", "se", []),
        ("", "nn", []),
    ],
)  # fmt: skip
def test_words_of_the_other_language_are_named_and_nothing_else(
    text: str, language: str, found: Sequence[str]
) -> None:
    assert foreign_words(text, language) == tuple(found)


def test_what_was_filled_in_is_nobodys_mistake() -> None:
    text = "Vi møtest på Nygård kirke og i den gamle skolen, ikke i byen."
    assert foreign_words(text, "nn") == ("kirke", "skolen", "ikke")
    assert foreign_words(text, "nn", ["Nygård kirke", "den gamle skolen", " ", ""]) == ("ikke",)
    assert foreign_words("Vi kirkegår ikke.", "nn", ["kirke", "ik"]) == ("ikke",)


def test_no_municipality_or_county_is_a_mistake_wherever_its_name_stands() -> None:
    names = [name for one in register.municipalities().values() for name in one.names]
    names += [name for one in register.counties().values() for name in one.names]
    for name in names:
        for language in ("nn", "nb"):
            assert (
                foreign_words(f"{name} ventar." if language == "nn" else f"{name} venter.", language) == ()
            ), name


def test_the_two_lists_share_no_word_and_hold_what_everybody_expects() -> None:
    nn, nb = words_of("nn"), words_of("nb")
    assert nn & nb == frozenset()
    assert (nn | nb) & own_words()["both"].keys() == set()
    assert own_words()["name"].keys() <= nn | nb
    assert {"ikkje", "eg", "kva", "korleis", "frå", "noko", "dei", "berre", "ein", "vere"} <= nn
    assert {"ikke", "jeg", "hva", "hvordan", "fra", "noe", "hun", "en", "være", "uke"} <= nb
    assert all(word == word.lower() and word.isalpha() for word in nn | nb)


@given(st.sampled_from(demo_texts()), st.sampled_from(demo_texts()))
def test_what_stands_beside_a_text_takes_no_warning_away(one: object, other: object) -> None:
    assert isinstance(one, tuple)
    assert isinstance(other, tuple)
    text, language = one[3], OTHER[one[2]]
    assert set(foreign_words(text, language)) <= set(foreign_words(f"{other[3]}\n{text}", language))


@pytest.mark.parametrize(
    "sign",
    [
        "ikke ",
        "a",
        "«",
        "«a",
        '"',
        "“a",
        "@",
        "a@",
        "a.",
        "a-",
        "#a ",
        "https://a.no ",
        "{a",
        "Å ",
        "\n",
        "a.no",
    ],
)
def test_hostile_texts_take_no_longer_than_others(sign: str) -> None:
    text = (sign * 100_000)[:100_000]
    begun = time.perf_counter()
    foreign_words(text, "nn", ["ikke", "a a", "https"])
    assert time.perf_counter() - begun < 2, "hang guard at ten times the figure of threat G14"
