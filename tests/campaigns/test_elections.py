from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_figures import demo_texts

from campaigns.elections import (
    DECIDED,
    Election,
    election_in,
    election_near,
    is_voter_information,
    political_words,
    result_words,
)
from campaigns.occasions import occasion
from campaigns.timing import instant

OSLO = "Europe/Oslo"


def at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return instant(date(year, month, day), time(hour), OSLO)


def test_the_days_that_were_decided_follow_the_rule_by_which_others_are_expected() -> None:
    for year, day in DECIDED.items():
        assert day.weekday() == 0
        assert day.month == 9
        assert 8 <= day.day <= 14
        assert election_in(year) == Election(day, "storting" if year % 4 == 1 else "local", decided=True)


def test_the_next_local_election_is_expected_and_said_to_be_so() -> None:
    assert election_in(2027) == Election(date(2027, 9, 13), "local", decided=False)
    assert election_in(2029) == Election(date(2029, 9, 10), "storting", decided=False)
    assert election_in(2026) is None


@given(st.integers(2027, 2199))
def test_an_expected_day_is_the_second_monday_of_september(year: int) -> None:
    found = election_in(year)
    assert (found is None) == (year % 2 == 0)
    if found:
        assert (found.day.month, found.day.weekday()) == (9, 0)
        assert (found.day - timedelta(days=7)).month == 9
        assert (found.day - timedelta(days=14)).month == 8


@pytest.mark.parametrize(
    ("moment", "near"),
    [
        (at(2027, 8, 15), False),
        (at(2027, 8, 16, 0), True),
        (at(2027, 9, 12), True),
        (at(2027, 9, 13, 20), True),
        (at(2027, 9, 13, 21), False),
        (at(2027, 9, 14), False),
        (at(2026, 9, 13), False),
    ],
)
def test_the_guard_lasts_from_four_weeks_before_until_polls_close(moment: datetime, near: bool) -> None:
    assert (election_near(moment, OSLO) is not None) is near


def test_the_demo_campaign_on_voting_is_voter_information_and_names_no_politics() -> None:
    for one in demo_texts():
        assert political_words(one.text) == ()
        assert result_words(one.text) == ()
        if one.form == "full":
            assert is_voter_information(one.text) is one.message.startswith("3."), one


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ordføraren opnar skulen saman med Høgre.", ("Ordføraren", "Høgre")),
        ("Ordføreren og varaordføreren stiller opp.", ("Ordføreren", "varaordføreren")),
        ("Ta til høgre, så til venstre ved det raude huset. Høgre kant er glatt.", ()),
        ("Arbeiderpartiet og FrP møtes.", ("Arbeiderpartiet", "FrP")),
    ],
)
def test_words_of_politics_are_found(text: str, found: tuple[str, ...]) -> None:
    assert political_words(text) == found


def test_turnout_and_results_are_found() -> None:
    assert result_words("Valdeltakinga er høg, og valgresultatet kommer.") == (
        "Valdeltakinga",
        "valgresultatet",
    )


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        (at(2027, 7, 11), None),
        (at(2027, 7, 12), "common_holiday"),
        (at(2027, 7, 22), "july_22"),
        (at(2027, 8, 1), "common_holiday"),
        (at(2027, 8, 2), None),
    ],
)
def test_days_that_are_out_of_place_are_told(moment: datetime, found: str | None) -> None:
    assert occasion(moment, OSLO) == found
