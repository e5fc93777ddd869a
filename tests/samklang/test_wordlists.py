"""How the word lists are made, on a dictionary of a few words; the sources themselves are not needed here."""

from collections import Counter

from campaigns.language.words import own_words, words_of
from samklang.wordlists import Dictionary, nynorsk_only


def marks(*names: str) -> frozenset[str]:
    return frozenset(names)


NOUN = (
    ("person", marks("Sing", "Ind")),
    ("personer", marks("Plur", "Ind")),
    ("personene", marks("Plur", "Def")),
)
TEACHER = (
    ("lærer", marks("Sing", "Ind")),
    ("lærere", marks("Plur", "Ind")),
    ("lærerne", marks("Plur", "Def")),
)
VERB = (("snakke", marks("Inf")), ("snakker", marks("Pres")), ("snakket", marks("Past")))
STRONG = (("finne", marks("Inf")), ("finner", marks("Pres")), ("fant", marks("Past")))
ADJECTIVE = (("vanlig", marks("Pos")), ("vanligste", marks("Sup", "Def")))


def dictionary(*more: str) -> Dictionary:
    paradigms = [
        ("NOUN", "Masc", NOUN), ("NOUN", "Masc", TEACHER), ("VERB", "", VERB), ("VERB", "", STRONG), ("ADJ", "", ADJECTIVE),
    ]  # fmt: skip
    forms = {form for _, _, listed in paradigms for form, _ in listed}
    return Dictionary(paradigms, frozenset((*forms, *more)), Counter(dict.fromkeys(forms, 2)))


def test_regular_endings_make_nynorsk_forms() -> None:
    assert nynorsk_only(dictionary()) == {
        "personar", "personane", "lærar", "lærarar", "lærarane", "snakkar", "vanleg", "vanlegaste",
    }  # fmt: skip


def test_a_form_that_bokmal_has_too_is_none() -> None:
    assert "personar" not in nynorsk_only(dictionary("personar"))


def test_a_rare_word_makes_none() -> None:
    rare = dictionary()
    assert (
        nynorsk_only(Dictionary(rare.paradigms, rare.forms, Counter(dict.fromkeys(rare.forms, 1)))) == set()
    )


def test_the_list_that_lies_there_is_of_this_making() -> None:
    assert {"personar", "lærarane", "vanleg", "snakkar", "spennande", "viktigaste"} <= words_of("nn")
    assert len(words_of("nn") - own_words()["nn"].keys()) > 6_000
    assert len(words_of("nb") - own_words()["nb"].keys()) > 12_000
