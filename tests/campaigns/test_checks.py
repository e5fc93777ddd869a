import time as clock
from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from campaigns import checks
from campaigns.checks import Context, Problem, Rights, blocks, check_post, count_emoji
from campaigns.sentences import LANGUAGES, sentence
from campaigns.timing import instant
from connectors import base
from connectors.post import LinkCard, Picture, Poll, Post

PICTURE = Picture("ab" * 32, "image/jpeg", 1200, 800, 90_000, "Tre personar peikar på eit kart.")
CONTEXT = Context(
    municipality="4621",
    platform="mastodon",
    own_hosts=["www.voss.kommune.no"],
    due_at=instant(date(2027, 1, 12), time(18), "Europe/Oslo"),
    zone="Europe/Oslo",
    rights={PICTURE.sha256: Rights()},
)
POST = Post("Sei kva du meiner: https://www.voss.kommune.no/plan #KommunePlan", "nn", pictures=(PICTURE,))


def found(post: Post = POST, context: Context = CONTEXT, told: tuple[base.Problem, ...] = ()) -> list[str]:
    problems = check_post(post, told, context)
    for problem in problems:
        for language in LANGUAGES:
            text = sentence(problem.code, problem.values, language)
            if problem.code.startswith(("checks.", "timing.")):
                assert text != problem.code
                assert "{" not in text or problem.code == "checks.unfilled", text
    return [problem.code for problem in problems]


def text(words: str) -> Post:
    return replace(POST, text=words)


def test_a_good_post_has_nothing_wrong() -> None:
    assert found() == []
    assert not blocks(check_post(POST, (), CONTEXT))


def test_what_the_platform_would_refuse_blocks() -> None:
    told = (base.Problem("connector.too_long", {"limit": 500, "length": 510, "platform": "Mastodon"}),)
    problems = check_post(POST, told, CONTEXT)
    assert problems == (Problem("connector.too_long", told[0].values, "blocking"),)
    assert blocks(problems)


def test_a_placeholder_without_a_value_blocks() -> None:
    problems = check_post(text("Ring {telefon} innan {frist}."), (), CONTEXT)
    assert problems[0] == Problem("checks.unfilled", {"names": "{telefon}, {frist}"})


def test_invisible_characters_block() -> None:
    assert found(text("Velkomen\u202e til oss")) == ["checks.hidden_characters"]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("", 0),
        ("Hei 1 2 3 © ® # * ☎", 0),
        ("👍👍👍", 3),
        ("👨‍👩‍👧‍👦🇳🇴👍🏽❤️1️⃣", 5),
    ],
)
def test_emoji_are_counted_as_a_reader_sees_them(words: str, number: int) -> None:
    assert count_emoji(words) == number


def test_more_than_three_emoji_are_warned_of() -> None:
    assert found(text("Sol 🌞🌞🌞")) == []
    problems = check_post(text("Sol 🌞🌞🌞🌞"), (), CONTEXT)
    assert problems == (Problem("checks.many_emoji", {"number": 4, "limit": 3}, "warning"),)
    assert not blocks(problems)


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        ("#eigenberedskapsveka", True),
        ("#Eigenberedskapsveka", False),
        ("#EigenBeredskapsVeka", False),
        ("#kommuneplan", False),
        ("#åretsvarmestedag2027", True),
        ("utan#eigenberedskapsveka", False),
        ("https://www.voss.kommune.no/#eigenberedskapsveka", False),
    ],
)
def test_a_long_hashtag_in_small_letters_is_warned_of(words: str, warned: bool) -> None:
    assert ("checks.hashtag_case" in found(text(words))) is warned


@pytest.mark.parametrize(
    ("words", "hosts"),
    [
        ("Sjå https://www.dsb.no/rad og (https://www.dsb.no/anna).", ["www.dsb.no"]),
        ("Sjå https://innsyn.voss.kommune.no.", []),
        ("HTTPS://EVIL.example", ["evil.example"]),
        ("https://www.voss.kommune.no@evil.example/", ["evil.example"]),
        ("ingen lenkje", []),
    ],
)
def test_a_link_to_somebody_elses_page_is_warned_of(words: str, hosts: list[str]) -> None:
    warned = [
        problem for problem in check_post(text(words), (), CONTEXT) if problem.code == "checks.link_elsewhere"
    ]
    assert [problem.values["host"] for problem in warned] == hosts
    assert not blocks(warned)


def test_the_link_of_a_card_is_looked_at_too() -> None:
    assert found(replace(POST, card=LinkCard("https://www.dsb.no/", "Råd"))) == ["checks.link_elsewhere"]


@pytest.mark.parametrize(
    ("alt", "code", "severity"),
    [
        ("", "checks.alt_missing", "blocking"),
        ("  ", "checks.alt_missing", "blocking"),
        ("Bilete av tre personar", "checks.alt_picture_of", "warning"),
        ("Bilde av tre personer", "checks.alt_picture_of", "warning"),
        ("Picture of three people", "checks.alt_picture_of", "warning"),
        ("IMG_2041.JPG", "checks.alt_file_name", "warning"),
        ("Bileta heng på ein vegg.", None, None),
    ],
)
def test_alternative_texts_say_what_a_picture_shows(alt: str, code: str | None, severity: str | None) -> None:
    problems = check_post(replace(POST, pictures=(replace(PICTURE, alt=alt),)), (), CONTEXT)
    told = [(one.code, one.severity) for one in problems if one.code.startswith("checks.alt_")]
    assert told == ([(code, severity)] if code else [])


def test_a_missing_alternative_text_is_told_once() -> None:
    told = (base.Problem("connector.alt_missing", {"number": 1, "platform": "Mastodon"}),)
    assert found(replace(POST, pictures=(replace(PICTURE, alt=""),)), told=told) == ["checks.alt_missing"]


@pytest.mark.parametrize(
    ("rights", "codes"),
    [
        (Rights(covers=["46"], channels=["mastodon"]), []),
        (Rights(covers=["4621"]), []),
        (Rights(covers=["4601", "15"]), ["checks.rights_elsewhere"]),
        (Rights(covers=[]), ["checks.rights_elsewhere"]),
        (Rights(channels=["facebook"]), ["checks.rights_channel"]),
        (Rights(valid_until=datetime(2027, 1, 12, 23, tzinfo=UTC)), []),
        (Rights(valid_until=datetime(2027, 1, 12, 17, tzinfo=UTC)), ["checks.rights_ended"]),
        (Rights(valid_until=datetime(2026, 12, 31, 23, tzinfo=UTC)), ["checks.rights_ended"]),
    ],
)
def test_a_picture_is_used_only_where_and_while_its_consent_holds(rights: Rights, codes: list[str]) -> None:
    context = replace(CONTEXT, rights={PICTURE.sha256: rights})
    assert found(context=context) == codes
    assert blocks(check_post(POST, (), context)) is bool(codes)


def test_the_last_day_of_a_consent_is_told_as_people_count_it() -> None:
    ended = Rights(valid_until=datetime(2026, 12, 31, 23, tzinfo=UTC))  # midnight in Norway
    problems = check_post(POST, (), replace(CONTEXT, rights={PICTURE.sha256: ended}))
    assert problems[0].values["day"] == "31.12.2026"


def test_a_picture_nobody_recorded_rights_for_blocks() -> None:
    assert found(context=replace(CONTEXT, rights={})) == ["checks.rights_unknown"]


@pytest.mark.parametrize(
    ("day", "at", "code"),
    [
        (date(2027, 1, 12), time(21), "timing.quiet.night"),
        (date(2027, 1, 10), time(12), "timing.quiet.sunday"),
        (date(2027, 3, 28), time(12), "timing.quiet.holiday"),
    ],
)
def test_a_time_in_quiet_hours_blocks_unless_a_reason_is_given(day: date, at: time, code: str) -> None:
    context = replace(CONTEXT, due_at=instant(day, at, "Europe/Oslo"))
    assert found(context=context) == [code]
    assert found(context=replace(context, quiet_override="  ")) == [code]
    assert blocks(check_post(POST, (), context))
    overridden = check_post(POST, (), replace(context, quiet_override="Storm i natt"))
    assert [problem.code for problem in overridden] == ["checks.quiet_overridden"]
    assert overridden[0].values["reason"] == "Storm i natt"
    assert not blocks(overridden)


def test_an_organisation_without_quiet_hours_may_post_at_night() -> None:
    night = instant(date(2027, 1, 12), time(23), "Europe/Oslo")
    assert found(context=replace(CONTEXT, due_at=night, quiet_hours=False)) == []


def test_a_message_that_waits_to_be_released_has_no_wrong_time() -> None:
    assert found(context=replace(CONTEXT, due_at=None)) == []


def test_the_test_of_the_warning_system_is_warned_of() -> None:
    noon = instant(date(2027, 6, 9), time(12), "Europe/Oslo")
    assert found(context=replace(CONTEXT, due_at=noon)) == ["checks.warning_test"]


@pytest.mark.parametrize(
    ("words", "language", "code", "told"),
    [
        ("Vi veit ikke når skolen åpner.", "nn", "checks.mixed_nn", "ikke, skolen, åpner"),
        ("Vi vet ikkje når skulen opnar.", "nb", "checks.mixed_nb", "ikkje, skulen, opnar"),
        ("Jeg vet ikke hva hun sier, og hvordan.", "nn", "checks.mixed_nn", "jeg, vet, ikke, hva, hun …"),
    ],
)
def test_words_of_the_other_language_are_warned_of(words: str, language: str, code: str, told: str) -> None:
    problems = check_post(replace(text(words), language=language, pictures=()), (), CONTEXT)
    assert problems == (Problem(code, {"words": told}, "warning"),)


def test_alternative_texts_and_options_are_of_the_same_language() -> None:
    post = replace(
        POST, pictures=(replace(PICTURE, alt="Noen ser på et kart."),), poll=Poll(("Ja", "Ikke nå"), 3)
    )
    assert check_post(post, (), CONTEXT)[0].values == {"words": "noen, et, ikke"}


def test_what_was_filled_in_is_not_warned_of() -> None:
    post = text("Kom til den gamle kirken på torsdag.")
    assert found(post) == ["checks.mixed_nn"]
    assert found(post, replace(CONTEXT, values=["den gamle kirken"])) == []


def test_a_heavy_text_is_warned_of_with_its_hardest_sentence() -> None:
    heavy = " ".join(
        [
            "Kommunestyret behandlar reguleringsplanen, konsekvensutgreiinga og høyringsfråsegnene til budsjettet måndag kveld."
        ]
        * 4
    )
    (problem,) = check_post(text(heavy), (), CONTEXT)
    assert (problem.code, problem.severity) == ("checks.hard_sentences", "warning")
    assert str(problem.values["sentences"]).startswith(
        "«Kommunestyret behandlar reguleringsplanen, konsekvensutgrei…» ("
    )
    short = " ".join(["Formannskapet behandlar reguleringsplanar, investeringar, budsjettjusteringar."] * 5)
    assert found(text(short)) == ["checks.hard_to_read"]
    assert found(replace(text(heavy), language="se")) == []


BEFORE_THE_ELECTION = instant(date(2027, 9, 1), time(12), "Europe/Oslo")


@pytest.mark.parametrize(
    ("words", "purpose", "codes"),
    [
        ("Velkomen til open dag.", "inform", ["checks.election_expected"]),
        ("Velkomen til open dag.", "reputation", ["checks.election_expected"]),
        ("Velkomen til open dag.", "preparedness", []),
        ("Slik røyster du på førehand.", "inform", []),
        ("Slik røyster du på førehand.", "involve", ["checks.election_expected"]),
        ("Ordføraren røyster på førehand.", "inform", ["checks.election_politics"]),
        ("Valdeltakinga er høg.", "preparedness", ["checks.election_results"]),
    ],
)
def test_before_an_election_only_what_is_needed_goes_without_a_warning(
    words: str, purpose: str, codes: list[str]
) -> None:
    context = replace(CONTEXT, due_at=BEFORE_THE_ELECTION, purpose=purpose)
    assert found(text(words), context) == codes
    assert not blocks(check_post(text(words), (), context))
    assert found(text(words), replace(context, due_at=None)) == []


def test_a_day_that_was_decided_is_told_as_decided() -> None:
    context = replace(CONTEXT, due_at=instant(date(2025, 9, 1), time(12), "Europe/Oslo"))
    assert check_post(POST, (), context)[0] == Problem(
        "checks.election_near", {"day": "08.09.2025"}, "warning"
    )


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2027, 7, 22), "checks.occasion_july_22"),
        (date(2027, 7, 13), "checks.occasion_common_holiday"),
        (date(2027, 3, 29), "checks.holiday"),
    ],
)
def test_a_day_that_is_out_of_place_is_warned_of_unless_it_is_preparedness(day: date, code: str) -> None:
    context = replace(CONTEXT, due_at=instant(day, time(12), "Europe/Oslo"), quiet_hours=False)
    assert found(context=context) == [code]
    assert found(context=replace(context, purpose="preparedness")) == []


def test_blocking_problems_come_first() -> None:
    problems = check_post(text("🌞🌞🌞🌞 {frist}"), (), replace(CONTEXT, rights={}))
    assert [problem.severity for problem in problems] == ["blocking", "blocking", "warning"]


@pytest.mark.parametrize("sign", ["#", "#a", "https://", "{", "🌞", "👨\u200d", "(", "a.", "https://a.no/("])
def test_hostile_texts_take_no_longer_than_others(sign: str) -> None:
    post = text((sign * 100_000)[:100_000])
    begun = clock.perf_counter()
    check_post(post, (), CONTEXT)
    assert clock.perf_counter() - begun < 2, "hang guard at ten times the figure of threat G14"


def test_a_text_beyond_every_limit_is_not_searched_at_all() -> None:
    assert found(text("#" * (checks.LONGEST_TEXT + 1))) == ["checks.far_too_long"]
