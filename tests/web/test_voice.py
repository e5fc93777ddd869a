from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stage import NOW

from campaigns.sentences import LANGUAGES
from reports.voice import Voice
from web.languages import choose_language


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        (None, "", "nn"),
        (None, "de,fr;q=0.9", "nn"),
        (None, "en-GB,en;q=0.9", "en"),
        (None, "nb-NO,nb;q=0.9,no;q=0.8,nn;q=0.7,en-US;q=0.6", "nb"),
        (None, "en;q=0.3, NN-no;q=0.9", "nn"),
        (None, "no,en", "nn"),
        (None, "nb;q=0,en", "en"),
        (None, "nb;q=rubbish,en;q=0.1", "en"),
        (None, "*", "nn"),
        ("en", "nb", "en"),
    ],
)
def test_a_reader_gets_what_she_asked_for_or_what_her_browser_prefers(asked, accepted, chosen):
    assert choose_language(asked, accepted) == chosen


@settings(deadline=None)
@given(st.text())
def test_any_header_gives_a_language(accepted):
    assert choose_language(None, accepted) in LANGUAGES


@pytest.mark.parametrize(
    ("language", "today", "last_year"),
    [
        ("nn", "laurdag 28. november kl.\u00a010.06", "tysdag 14. oktober 2025 kl.\u00a008.05"),
        ("nb", "lørdag 28. november kl.\u00a010.06", "tirsdag 14. oktober 2025 kl.\u00a008.05"),
        ("en", "Saturday 28 November at 10:06", "Tuesday 14 October 2025 at 08:05"),
    ],
)
def test_a_moment_is_written_out_in_norwegian_wall_time(language, today, last_year):
    voice = Voice(language, NOW)
    assert voice.moment(NOW) == today
    assert voice.moment(datetime(2025, 10, 14, 6, 5, tzinfo=UTC)) == last_year


def test_something_of_today_is_told_by_its_second_and_the_rest_by_its_day():
    voice = Voice("nn", NOW)
    assert voice.moment_or_clock(NOW) == "kl.\u00a010.06.12"
    assert Voice("en", NOW).moment_or_clock(NOW) == "10:06:12"
    assert (
        voice.moment_or_clock(datetime(2026, 11, 27, 9, tzinfo=UTC)) == "fredag 27. november kl.\u00a010.00"
    )


@pytest.mark.parametrize(
    ("language", "written"), [("nn", "12\u00a0345"), ("nb", "12\u00a0345"), ("en", "12,345")]
)
def test_thousands_stay_together_on_one_line(language, written):
    assert Voice(language).number(12345) == written


def test_names_are_listed_in_words_and_cut_where_they_grow_many():
    voice = Voice("nn")
    assert voice.names(["Vik"]) == "Vik"
    assert voice.names(["Askvoll", "Kinn", "Vik"]) == "Askvoll, Kinn og Vik"
    assert voice.names([str(number) for number in range(10)]).endswith("6, 7 og 2 til")


def test_a_title_is_in_the_readers_language_where_there_is_one():
    assert Voice("nb").title({"nn": "Bøker", "nb": "Bøker nb"}).text == "Bøker nb"
    assert Voice("en").title({"se": "Girjjit", "nb": "Bøker"}) == Voice("nb").title({"nb": "Bøker"})
    assert Voice("en").title({"se": "Girjjit"}).language == "se"
    assert Voice("en").title({}).text == ""
