import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.definition.model import FactKind
from campaigns.facts import check_fact, format_fact
from campaigns.sentences import LANGUAGES, sentence
from connectors.base import Problem

KINDS: list[FactKind] = ["url", "date", "time", "number", "phone", "place", "text"]
OWN = ["www.voss.kommune.no"]


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("date", "2027-04-12", "2027-04-12"),
        ("date", " 12.4.2027 ", "2027-04-12"),
        ("date", "12. 04. 2027", "2027-04-12"),
        ("time", "14:30", "14:30"),
        ("time", "kl. 14.30", "14:30"),
        ("time", "9", "09:00"),
        ("number", "1234", "1234"),
        ("number", "1 234,5", "1234,5"),
        ("number", "1\u00a0234\u00a0567", "1234567"),
        ("number", "12.5", "12,5"),
        ("number", "−3", "-3"),
        ("phone", "+47 91234567", "912 34 567"),
        ("phone", "0047 55 12 34 56", "55 12 34 56"),
        ("phone", "80012345", "800 12 345"),
        ("phone", "113", "113"),
        ("phone", "116117", "116 117"),
        ("phone", "02800", "02800"),
        ("phone", "+46 8 123 456 78", "+46812345678"),
        ("place", "Kulturhuset, St. Olavs gate 3B", "Kulturhuset, St. Olavs gate 3B"),
        ("place", "Ga\u030arden", "Gården"),
        ("text", "Kari Voss, post@voss.kommune.no", "Kari Voss, post@voss.kommune.no"),
        ("text", "8.–10. trinn, kl. 9–15", "8.–10. trinn, kl. 9–15"),
        ("url", "https://www.voss.kommune.no/plan?a=1#b", "https://www.voss.kommune.no/plan?a=1#b"),
        ("url", "HTTPS://Innsyn.VOSS.kommune.no:443/", "https://innsyn.voss.kommune.no/"),
    ],
)
def test_what_people_type_is_kept_in_one_form(kind: FactKind, typed: str, kept: str) -> None:
    assert check_fact(kind, typed, own_hosts=OWN) == kept


@pytest.mark.parametrize(
    ("kind", "typed", "code"),
    [
        ("place", " ", "facts.empty"),
        ("place", "ein\nto", "facts.one_line"),
        ("place", "ein\rto", "facts.hidden_characters"),
        ("place", "a" * 81, "facts.too_long"),
        ("place", "Kultur\u202ehuset", "facts.hidden_characters"),
        ("place", "Kultur\u00adhuset", "facts.hidden_characters"),
        ("place", "Kultur\u200dhuset", "facts.hidden_characters"),
        ("place", "Møt @ordføraren", "facts.mention"),
        ("place", "＠voss", "facts.mention"),
        ("place", "(@voss@mastodon.example)", "facts.mention"),
        ("place", "#sal", "facts.hashtag"),
        ("place", "＃sal", "facts.hashtag"),
        ("place", "sjå evil.no", "facts.link"),
        ("place", "EVIL.NO/x", "facts.link"),
        ("place", "http://x", "facts.link"),
        ("place", "evil。no", "facts.link"),
        ("place", "{telefon}", "facts.braces"),
        ("text", "a" * 201, "facts.too_long"),
        ("text", "les meir på https://evil.no", "facts.link"),
        ("date", "31.02.2027", "facts.date"),
        ("date", "i morgon", "facts.date"),
        ("time", "25:00", "facts.time"),
        ("time", "14:60", "facts.time"),
        ("time", "halv ti", "facts.time"),
        ("number", "1.234", "facts.number_unclear"),
        ("number", "mange", "facts.number"),
        ("number", "1 23", "facts.number"),
        ("number", "1e9", "facts.number"),
        ("number", "٣", "facts.number"),
        ("number", "9" * 41, "facts.too_long"),
        ("phone", "1234", "facts.phone"),
        ("phone", "ring oss", "facts.phone"),
        ("url", "http://www.voss.kommune.no/", "facts.url_https"),
        ("url", "javascript:alert(1)", "facts.url_https"),
        ("url", "https://evil.no/voss.kommune.no", "facts.url_host"),
        ("url", "https://notvoss.kommune.no/", "facts.url_host"),
        ("url", "https://www.voss.kommune.no.evil.no/", "facts.url_host"),
        ("url", "https://vøss.kommune.no/", "facts.url_host"),
        ("url", "https://voss.kommune.no@evil.no/", "facts.url"),
        ("url", "https://voss.kommune.no\\@evil.no/", "facts.url"),
        ("url", "https://voss.kommune.no:8443/", "facts.url"),
        ("url", "https://voss.kommune.no:x/", "facts.url"),
        ("url", "https://127.0.0.1/", "facts.url"),
        ("url", "https://[::1]/", "facts.url"),
        ("url", "https://[", "facts.url"),
        ("url", "https://localhost/", "facts.url"),
        ("url", "https://voss.kommune.no/a b", "facts.url"),
        ("url", "https://voss.kommune.no/{lenke}", "facts.url"),
        ("url", "https://" + "a" * 493, "facts.too_long"),
    ],
)
def test_what_could_surprise_an_approver_is_refused_with_a_sentence(
    kind: FactKind, typed: str, code: str
) -> None:
    found = check_fact(kind, typed, own_hosts=OWN)
    assert isinstance(found, Problem)
    assert found.code == code
    for language in LANGUAGES:
        told = sentence(found.code, found.values, language)
        assert told != code
        assert "{" not in told.replace(typed, "").replace("{telefon}", "")


def test_a_lookalike_host_is_shown_in_ascii() -> None:
    found = check_fact("url", "https://www.vоss.kommune.no/", own_hosts=OWN)  # with a Cyrillic о
    assert isinstance(found, Problem)
    assert str(found.values["host"]).startswith("www.xn--")
    assert check_fact("url", "https://bømlo.example/plan") == "https://xn--bmlo-gra.example/plan"


def test_a_link_may_go_anywhere_when_it_need_not_be_ones_own() -> None:
    assert check_fact("url", "https://www.dsb.no/") == "https://www.dsb.no/"


def test_no_link_is_ones_own_when_no_host_is_known() -> None:
    assert isinstance(check_fact("url", "https://www.voss.kommune.no/", own_hosts=[]), Problem)


@given(st.sampled_from(KINDS), st.text(max_size=60) | st.from_regex(r"[\d .,:+-]{1,20}", fullmatch=True))
def test_a_kept_value_is_accepted_again_unchanged(kind: FactKind, typed: str) -> None:
    kept = check_fact(kind, typed)
    if isinstance(kept, str):
        assert check_fact(kind, kept) == kept
        for language in ("nn", "nb", "en", "se", "sma", "smj"):
            assert "\n" not in format_fact(kind, kept, language)


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_every_day_can_be_typed_the_norwegian_way(day: date) -> None:
    assert check_fact("date", f"{day.day}.{day.month}.{day.year}") == day.isoformat()


@pytest.mark.parametrize(
    ("kind", "kept", "language", "read"),
    [
        ("date", "2027-04-12", "nn", "måndag 12. april"),
        ("date", "2027-04-12", "nb", "mandag 12. april"),
        ("date", "2027-04-12", "en", "Monday 12 April"),
        ("date", "2027-02-23", "nn", "tysdag 23. februar"),
        ("date", "2027-05-01", "nn", "laurdag 1. mai"),
        ("date", "2027-05-01", "nb", "lørdag 1. mai"),
        ("date", "2027-04-12", "se", "12.4.2027"),
        ("date", "2027-04-12", "sma", "12.4.2027"),
        ("time", "14:30", "nn", "14.30"),
        ("time", "09:05", "nb", "09.05"),
        ("time", "14:30", "en", "14:30"),
        ("number", "1234,5", "nn", "1\u00a0234,5"),
        ("number", "1234567", "nb", "1\u00a0234\u00a0567"),
        ("number", "1234,5", "en", "1,234.5"),
        ("number", "63", "nn", "63"),
        ("phone", "55 12 34 56", "nn", "55 12 34 56"),
        ("place", "Kulturhuset", "nb", "Kulturhuset"),
    ],
)
def test_values_read_as_their_language_writes_them(
    kind: FactKind, kept: str, language: str, read: str
) -> None:
    assert format_fact(kind, kept, language) == read


@pytest.mark.parametrize("kind", ["date", "time", "number"])
def test_a_value_that_was_never_checked_is_not_written(kind: FactKind) -> None:
    with pytest.raises(ValueError, match="T\\+42"):
        format_fact(kind, "T+42", "nn")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("typed", ["a" * 100_000, "." * 100_000, "a." * 50_000, "1 " * 50_000, "@" * 100_000])
def test_hostile_values_take_no_longer_than_others(kind: FactKind, typed: str) -> None:
    begun = time.perf_counter()
    assert isinstance(check_fact(kind, typed), Problem)
    assert time.perf_counter() - begun < 2, "hang guard at ten times the figure of threat G14"
