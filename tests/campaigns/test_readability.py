import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_figures import demo_texts

from campaigns.language import readability

HEAVY = (
    "Kommunedirektøren orienterte formannskapet om gjennomføringa av forvaltningsrevisjonen, konsekvensutgreiinga og"
    " reguleringsplanen som hovudutvalet tidlegare hadde behandla."
)


def test_the_index_is_words_in_a_sentence_and_long_words_of_a_hundred() -> None:
    found = readability("Vi bur her. Kommunestyret behandlar saka i dag.")
    assert [(one.words, one.long_words, one.lix) for one in found.sentences] == [(3, 0, 3), (5, 2, 45)]
    assert (found.words, found.lix) == (8, round(8 / 2 + 100 * 2 / 8))


def test_a_word_is_long_from_seven_letters() -> None:
    assert [readability(word).sentences[0].long_words for word in ("skulen", "skulane", "1234567")] == [
        0,
        1,
        0,
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Kom kl. 14.30 den 12. april til rådhuset, jf. planen.", 1),
        ("Kom! Kvifor ikkje? Vi ventar … Hei.", 4),
        ("Ei linje\nEi til\n\nEi tredje", 3),
        ("Han sa: «Kom.» Så gjekk han.", 2),
        ("Det kom 40 personar i 2027. Takk!", 2),
        ("Sjå voss.kommune.no. Takk!", 2),
        ("", 0),
        ("🌞 … !!! #Sol https://www.voss.kommune.no/ei-lang-side", 0),
    ],
)
def test_sentences_end_where_a_reader_takes_breath(text: str, number: int) -> None:
    assert len(readability(text).sentences) == number


def test_links_hashtags_and_emoji_are_no_words() -> None:
    assert (
        readability(
            "Sjå https://www.voss.kommune.no/kommuneplanen 🌞 #KommunePlan @voss@social.example"
        ).words
        == 1
    )


def test_a_heavy_text_is_told_with_the_sentence_that_makes_it_so() -> None:
    found = readability(
        f"{HEAVY} Innbyggjarane inviterer vi til folkemøte om kommuneplanen, og høyringsfristen er måndag."
    )
    assert found.hard
    assert [one.text for one in found.hard_sentences] == [HEAVY]


def test_a_text_of_a_few_words_is_not_judged() -> None:
    assert readability("Kommunestyremøte: reguleringsplanar, investeringsbudsjett.").lix > 100
    assert not readability("Kommunestyremøte: reguleringsplanar, investeringsbudsjett.").hard


def test_no_demo_text_is_hard() -> None:
    measured = [readability(one.text) for one in demo_texts() if one.form != "alt"]
    assert [one for one in measured if one.hard or one.hard_sentences] == []
    assert max(one.lix for one in measured) < 50


@given(st.text(alphabet="abcdefgå .!?\n#«»-1", max_size=200))
def test_every_word_belongs_to_a_sentence_and_no_figure_is_negative(text: str) -> None:
    found = readability(text)
    assert all(one.words >= 1 and 0 <= one.long_words <= one.words for one in found.sentences)
    assert (found.lix > 0) == bool(found.words)


@pytest.mark.parametrize(
    "sign", ["a. ", "a", ".", "!", "\n", "kl. ", "«", ".»", "a-", "12. ", "https://a.no "]
)
def test_hostile_texts_take_no_longer_than_others(sign: str) -> None:
    text = (sign * 100_000)[:100_000]
    begun = time.perf_counter()
    assert readability(text).lix >= 0
    assert time.perf_counter() - begun < 2, "hang guard at ten times the figure of threat G14"
