import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.definition import model
from campaigns.definition.placeholders import PROFILE
from campaigns.register import counties, municipalities
from campaigns.sentences import LANGUAGES, catalogue, placeholders, sentence
from campaigns.wording import (
    Chosen,
    MissingLanguage,
    NotAdaptable,
    Paragraph,
    Placeholder,
    Profile,
    Rendered,
    choose_form,
    fill,
    hidden_characters,
    profile_values,
    render,
    scan,
    written_language,
)
from campaigns.wording import placeholders as names_in
from connectors.base import Problem

FREE = Paragraph("free", {"nn": "Kva er best i {kommune}?", "nb": "Hva er best i {kommune}?"})
FILL = Paragraph("fill", {"nn": "Svar her: {lenke}", "nb": "Svar her: {lenke}"})
LOCKED = Paragraph("locked", {"nn": "Fristen er {frist}.", "nb": "Fristen er {frist}."})
VALUES = {"kommune": "Voss", "lenke": "https://www.voss.kommune.no/plan", "frist": "tysdag 23. februar"}


def test_paragraphs_are_filled_and_joined_by_a_blank_line() -> None:
    assert render([FREE, FILL, LOCKED], "nn", VALUES) == Rendered(
        "Kva er best i Voss?\n\nSvar her: https://www.voss.kommune.no/plan\n\nFristen er tysdag 23. februar.",
        parts=(
            ("free", "Kva er best i Voss?"),
            ("fill", "Svar her: https://www.voss.kommune.no/plan"),
            ("locked", "Fristen er tysdag 23. februar."),
        ),
    )


def test_what_has_no_value_stays_in_its_braces_and_is_listed_once() -> None:
    text = Paragraph("fill", {"nn": "{antall} av {antal} i {kommune}, {telefon}"})
    assert render([text], "nn", {"kommune": "Voss"}) == Rendered(
        "{antal} av {antal} i Voss, {telefon}",
        ("antal", "telefon"),
        (("fill", "{antal} av {antal} i Voss, {telefon}"),),
    )


@pytest.mark.parametrize("language", ["en", "se", "nn-NO", ""])
def test_a_missing_language_is_never_replaced_by_another(language: str) -> None:
    with pytest.raises(MissingLanguage) as caught:
        render([FREE, FILL], language, VALUES)
    assert (caught.value.paragraph, caught.value.language) == (0, language)


def test_a_free_paragraph_may_be_replaced_or_dropped_and_its_placeholders_work() -> None:
    assert render([FREE, FILL], "nn", VALUES, {0: "Hei, {kommune}!"}).text.startswith("Hei, Voss!\n\nSvar")
    for dropped in ("", "  \n", None):
        assert render([FREE, LOCKED], "nn", VALUES, {0: dropped}).text == "Fristen er tysdag 23. februar."


def test_an_own_text_needs_no_text_of_the_county_in_that_language() -> None:
    assert render([FREE], "en", VALUES, {0: "What is best in {kommune}?"}).text == "What is best in Voss?"


@pytest.mark.parametrize("place", [1, 2])
def test_locked_and_fill_in_paragraphs_can_neither_be_replaced_nor_dropped(place: int) -> None:
    for text in ("Noko anna", None):
        with pytest.raises(NotAdaptable) as caught:
            render([FREE, FILL, LOCKED], "nn", VALUES, {place: text})
        assert caught.value.paragraph == place


@pytest.mark.parametrize(
    "text",
    [
        "{x.__init__.__globals__}",
        "{a:>999999999}",
        "{a!r}",
        "{0}",
        "{}",
        "{ kommune }",
        "{Kommune}",
        "{kommune",
        "kommune}",
        "{{}}",
        "%(kommune)s ${kommune.a} {{ 7*7 }} {% x %}",
    ],
)
def test_whatever_is_no_plain_name_in_braces_stays_as_it_is(text: str) -> None:
    assert fill(text, {"kommune": "Voss", "a": "A", "x": "X", "0": "0", "": "tom"}) == Rendered(text)


def test_doubled_braces_hold_an_ordinary_placeholder() -> None:
    assert fill("{{kommune}}", {"kommune": "Voss"}).text == "{Voss}"


def test_a_value_is_never_scanned_again() -> None:
    values = {"kommune": "{telefon}", "telefon": "56 52 00 00", "ope": "{"}
    assert fill("{kommune} {ope}telefon}", values) == Rendered("{telefon} {telefon}")


@pytest.mark.parametrize(
    ("text", "known"),
    [("{sted}", "stad"), ("{stad}", "sted"), ("{kommunenavn}", "kommunenamn"), ("{antall}", "antal")],
)
def test_bokmal_and_nynorsk_names_mean_the_same(text: str, known: str) -> None:
    assert fill(text, {known: "Her"}) == Rendered("Her")


@given(st.text(alphabet="{}abå_ \n", max_size=60))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    pieces = [f"{{{each.name}}}" if isinstance(each, Placeholder) else each for each in scan(text)]
    assert "".join(pieces) == text


@given(st.text(max_size=60), st.text(max_size=20))
def test_filling_puts_exactly_the_value_there(before: str, value: str) -> None:
    before = before.replace("{", "")
    assert fill(f"{before}{{kommune}}{before}", {"kommune": value}).text == before + value + before


@pytest.mark.parametrize(
    "text", ["{" * 100_000, "{a" * 50_000, "{" + "a" * 100_000, "{a}" * 33_000, "}{" * 50_000]
)
def test_hostile_texts_take_no_longer_than_others(text: str) -> None:
    begun = time.perf_counter()
    fill(text, {"kommune": "Voss"})
    names_in(text)
    hidden_characters(text)
    assert time.perf_counter() - begun < 2, "hang guard at ten times the figure of threat G14"


def count(text: str) -> int:
    return len(text)


def test_the_full_text_is_used_where_it_fits() -> None:
    assert choose_form("full tekst", "kort", count, 10) == Chosen("full", "full tekst", 10)


def test_the_short_text_is_used_where_the_full_one_is_too_long() -> None:
    assert choose_form("full tekst", "kort", count, 9) == Chosen("short", "kort", 4)


def test_a_platform_that_prefers_short_gets_it_unless_only_the_full_one_fits() -> None:
    assert choose_form("full tekst", "kort", count, 10, prefers_short=True) == Chosen("short", "kort", 4)
    assert choose_form("full", "rar og lang", count, 5, prefers_short=True) == Chosen("full", "full", 4)
    assert choose_form("full", None, count, 5, prefers_short=True) == Chosen("full", "full", 4)


def test_nothing_is_cut_where_neither_fits() -> None:
    values = {"length": 4, "limit": 3, "over": 1}
    assert choose_form("full tekst", "kort", count, 3) == Problem("wording.too_long", values)
    without = choose_form("kort", None, count, 3)
    assert without == Problem("wording.too_long_without_short", values)


def test_the_length_is_the_platforms_own() -> None:
    assert choose_form("👨‍👩‍👧", None, lambda text: 1, 1) == Chosen("full", "👨‍👩‍👧", 1)


@pytest.mark.parametrize(
    ("decision", "chosen", "language"),
    [
        ("nn", None, "nn"),
        ("nb", None, "nb"),
        ("neutral", None, None),
        (None, None, None),
        ("neutral", "nn", "nn"),
        ("nb", "nn", "nn"),
        ("nn", "se", "se"),
    ],
)
def test_neutral_is_asked_and_never_means_bokmal(
    decision: str | None, chosen: str | None, language: str | None
) -> None:
    assert written_language(decision, chosen) == language


def profile_of(number: str) -> Profile:
    found = municipalities()[number]
    return Profile(
        name=found.name_short,
        form=found.form,
        county=counties()[found.county_number].name,
        website=found.website,
        names=found.short_names,
        full_names=found.full_names,
        county_names=counties()[found.county_number].short_names,
    )


@pytest.mark.parametrize(
    ("number", "language", "name", "full"),
    [
        ("4621", "nn", "Voss", "Voss herad"),
        ("4621", "nb", "Voss", "Voss herad"),
        ("4621", "en", "Voss", "Voss municipality"),
        ("0301", "nn", "Oslo", "Oslo kommune"),
        ("0301", "nb", "Oslo", "Oslo kommune"),
        ("5612", "nb", "Kautokeino", "Kautokeino kommune"),
        ("5612", "se", "Guovdageaidnu", "Guovdageainnu suohkan"),
        ("5612", "en", "Kautokeino", "Kautokeino municipality"),
        ("5540", "se", "Gáivuotna", "Gáivuona suohkan"),
        ("5544", "se", "Ráisa", None),
        ("5025", "sma", "Rosse", "Rossen tjïelte"),
        ("1875", "smj", "Hábmer", None),
        ("0301", "en", "Oslo", "Oslo municipality"),
        ("4219", "nn", "Evje og Hornnes", "Evje og Hornnes kommune"),
        ("4621", "se", None, None),
    ],
)
def test_the_profile_says_what_a_municipality_is_called(
    number: str, language: str, name: str | None, full: str | None
) -> None:
    values = profile_values(profile_of(number), language)
    assert (values.get("kommune"), values.get("kommunenamn")) == (name, full)


@given(st.sampled_from(sorted(municipalities())), st.sampled_from(["nn", "nb", "en", "se", "sma", "smj"]))
def test_a_name_is_official_in_its_language_or_it_is_left_open(number: str, language: str) -> None:
    place, values = municipalities()[number], profile_values(profile_of(number), language)
    county = counties()[place.county_number]
    if language in ("nn", "nb", "en"):
        form = place.form if language != "en" else "municipality"
        assert values["kommune"] == place.name_short
        assert values["kommunenamn"] == f"{place.name_short} {form}"
        assert values["fylke"] == county.name
    else:
        assert values.get("kommune") == place.short_names.get(language)
        assert values.get("kommunenamn") == place.full_names.get(language)
        assert values.get("fylke") == county.short_names.get(language)
        assert values.get("kommune") != place.name_short


def test_a_county_is_called_by_its_name_in_each_language() -> None:
    assert [profile_values(profile_of("5041"), one).get("fylke") for one in ("nn", "sma", "se")] == [
        "Trøndelag", "Trööndelage", None,
    ]  # fmt: skip


def test_the_profile_leaves_out_what_it_does_not_know() -> None:
    assert profile_values(profile_of("4621"), "nn") == {
        "kommune": "Voss",
        "kommunenamn": "Voss herad",
        "fylke": "Vestland",
        "nettstad": "https://www.voss.kommune.no",
    }
    county = Profile("Vestland", "fylkeskommune", "Vestland", phone="57 30 00 00")
    assert profile_values(county, "nb")["kommunenamn"] == "Vestland fylkeskommune"
    assert profile_values(county, "nb")["telefon"] == "57 30 00 00"
    assert profile_values(county, "en")["kommunenamn"] == "Vestland county authority"


def test_the_profile_answers_the_placeholders_a_document_may_use_without_a_fact() -> None:
    whole = replace(profile_of("4621"), phone="56 52 00 00")
    assert set(profile_values(whole, "nn")) == set(PROFILE)


def test_the_paragraphs_of_a_document_can_be_rendered() -> None:
    paragraph = model.Paragraph(kind="free", texts={"nn": "Hei, {kommune}!"})
    assert render([paragraph], "nn", VALUES) == Rendered("Hei, Voss!", parts=(("free", "Hei, Voss!"),))


def test_every_municipality_fills_its_names_in_both_norwegian_languages() -> None:
    for number in municipalities():
        for language in ("nn", "nb"):
            assert {"kommune", "kommunenamn", "fylke", "nettstad"} <= set(
                profile_values(profile_of(number), language)
            )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Guovdageaidnu – Kárášjohka, Nåavmesjenjaelmie ŋ đ ŧ ï ö «æøå»\nNy linje", ()),
        ("Familie 👨‍👩‍👧‍👦, flagg 🏳️‍🌈, hand 👩🏽‍🚒, hjarte ❤️", ()),
        ("a\u202eb\u2066c", ("U+202E", "U+2066")),
        ("my\u00adk", ("U+00AD",)),
        ("\ufeffa", ("U+FEFF",)),
        ("a\u200db", ("U+200D",)),
        ("\u200d👩", ("U+200D",)),
        ("👩\u200d", ("U+200D",)),
        ("a\u200cb a\u200cc", ("U+200C",)),
        ("tag \U000e0041\U000e007f", ("U+E0041", "U+E007F")),
        ("a\u200bb\u2060", ("U+200B", "U+2060")),
        ("a\tb\rc\x00", ("U+0009", "U+000D", "U+0000")),
        ("line\u2028sep", ("U+2028",)),
        ("filler\u3164", ("U+3164",)),
    ],
)
def test_characters_nobody_sees_are_found(text: str, found: tuple[str, ...]) -> None:
    assert hidden_characters(text) == found


def codes() -> Mapping[str, Mapping[str, str]]:
    areas = ("wording.", "facts.", "timing.", "checks.")
    return {code: texts for code, texts in catalogue().items() if code.startswith(areas)}


def test_each_sentence_has_three_languages_with_the_same_values() -> None:
    assert len(codes()) > 30
    for code, texts in codes().items():
        assert set(texts) == set(LANGUAGES), code
        assert len({frozenset(placeholders(text)) for text in texts.values()}) == 1, code


def test_the_errors_of_wording_have_sentences_with_all_their_values() -> None:
    problem = choose_form("kort", "kort", count, 3)
    assert isinstance(problem, Problem)
    for told in (MissingLanguage("nn", 0), NotAdaptable(1), problem):
        for language in LANGUAGES:
            text = sentence(told.code, told.values, language)
            assert text != told.code
            assert "{" not in text
