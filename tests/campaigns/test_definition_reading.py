import re
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

import campaigns.definition
from campaigns.definition.model import Day, Definition, Paragraph
from campaigns.definition.reading import Reading, read, said
from campaigns.sentences import LANGUAGES, catalogue

EXAMPLE = (Path(__file__).parent / "documents" / "medverknad-kommuneplan.yaml").read_text("utf-8")
EVERYWHERE = frozenset({"mastodon", "bluesky", "facebook", "instagram"})
FILL = 'nn: "Skriv i kommentarfeltet, eller send innspelet ditt her: {lenke}"'
TITLE = "title: {nn: Dilemma, nb: Dilemma}"


def reading(old: str = "", new: str = "", platforms: frozenset[str] = EVERYWHERE) -> Reading:
    assert old in EXAMPLE
    return read(EXAMPLE.replace(old, new, 1).encode(), platforms=platforms)


def example() -> Definition:
    definition = reading().definition
    assert definition is not None
    return definition


def line_of(text: str) -> int:
    return EXAMPLE[: EXAMPLE.index(text)].count("\n") + 1


def codes(found: Reading) -> list[str]:
    return [problem.code for problem in found.errors]


def test_the_example_is_read_and_only_an_unused_fact_is_pointed_out():
    assert [(p.code, p.values, p.severity) for p in reading().problems] == [
        ("definition.fact_unused", {"name": "telefon"}, "warning")
    ]


def test_the_head_of_the_example_is_read_key_by_key():
    campaign = example()
    assert (campaign.campaign, campaign.owner, campaign.purpose) == (
        "medverknad-kommuneplan",
        "46",
        "involve",
    )
    assert campaign.contact.mail == "ingrid.maeland@vestlandfylke.example"
    assert campaign.goal.texts["nb"].startswith("Flere, og andre enn før")
    assert campaign.goal.measure is not None
    assert (campaign.goal.measure.what, campaign.goal.measure.per, campaign.goal.measure.target) == (
        "inputs",
        "100 inhabitants",
        2,
    )
    assert campaign.invite.county == "46"
    assert (campaign.answer.by, campaign.answer.silence) == (date(2026, 12, 4), "out")
    assert campaign.approve_by == datetime(2027, 1, 7, 15)  # noqa: DTZ001  # wall time in a document
    assert campaign.ends.on(campaign.anchor) == date(2027, 5, 12)
    assert campaign.late_after == timedelta(hours=1)
    assert (campaign.languages, campaign.local_element) == (("nn", "nb"), "required")


def test_the_facts_of_the_example_keep_their_kind_their_default_and_their_day():
    facts = example().facts
    assert facts["lenke"].own_site
    assert facts["frist"].value == "T+42"
    assert facts["telefon"].default == "profile.phone"
    assert facts["antal"].known == Day(offset=34)


def test_the_first_message_of_the_example_has_its_three_kinds_of_paragraph_and_its_picture():
    message = example().messages[0]
    assert [paragraph.kind for paragraph in message.text] == ["free", "fill", "locked"]
    assert message.short is not None
    assert [paragraph.kind for paragraph in message.short] == ["fill"]
    assert (message.send.day, message.send.start, message.send.end) == (Day(offset=0), time(18), time(20))
    assert message.watch == time(21)
    (picture,) = message.pictures
    assert (picture.credit, picture.licence, picture.focus) == ("Siri Vangsnes", "CC BY 4.0", (0, 0))
    assert picture.people is not None
    assert picture.people.covers is not None
    assert (picture.people.until, picture.people.covers.county) == (date(2027, 12, 31), "46")


def test_the_poll_and_the_experiment_of_the_example_are_read():
    _, dilemma, did = example().messages
    assert dilemma.poll is not None
    assert (dilemma.poll.days, len(dilemma.poll.options), dilemma.poll.otherwise) == (5, 4, "text")
    assert did.mandatory
    assert did.experiment is not None
    assert (did.experiment.outcome, did.experiment.stop) == ("clicks", Day(offset=127))
    assert did.experiment.b[0].texts["nn"].startswith("Takk for {antal} innspel")


def test_values_that_look_like_something_else_to_yaml_stay_text():
    found = reading('owner: "46"', "owner: 03")
    assert found.definition is not None
    assert found.definition.owner == "03"
    assert reading(TITLE, "title: {nn: 2027, nb: no}").definition is not None


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("nn: {kommune} er fin", "definition.slip_brace"),
        ("nn: {kommune}", "definition.slip_brace"),
        ("nn: {kommune}: kva no?", "definition.slip_brace"),
        ("nn: Hugs: ta med {lenke}", "definition.slip_colon"),
        ("nn: Hugs dette #Eigenberedskap", "definition.slip_hash"),
        ('nn: "Hugs dette', "definition.slip_quote"),
        ('nn: "Hugs" dette', "definition.slip_sign"),
        ("nn: [merk] dette", "definition.slip_sign"),
        ("nn: @kommune", "definition.slip_sign"),
        ("nn: - dette", "definition.slip_sign"),
        ("nn: *Viktig* dette", "definition.yaml_anchor"),
        ("nn: !Viktig dette", "definition.yaml_tag"),
        ("nn: dette\tog dette", "definition.yaml_tab"),
        ("nn:", "definition.empty_value"),
    ],
)
def test_a_slip_of_the_pen_is_recognised_on_its_line(new: str, code: str):
    found = reading(FILL, new)
    assert [(p.code, p.line) for p in found.errors] == [(code, line_of(FILL))]
    assert found.definition is None


def test_a_remark_after_a_text_is_no_slip():
    assert reading(FILL, "nn: Hugs dette # eg sa det").definition is not None


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ("title: {nn: Ja, du, nb: Dilemma}", "definition.slip_comma"),
        ("title: {nn: {kommune}, nb: Dilemma}", "definition.slip_brace"),
        ("title: {kommune}", "definition.slip_brace"),
        ("title: Dilemma", "definition.texts_expected"),
        ("title: {nn: Dilemma}", "definition.language_missing"),
        ("title: {nn: Dilemma, nb: Dilemma, no: Dilemma}", "definition.language_unknown"),
        ("title: {nn: Dilemma, nb: Dilemma}\n    title: {nn: A, nb: B}", "definition.key_twice"),
    ],
)
def test_a_title_that_is_not_in_every_language_gets_one_sentence(new: str, code: str):
    assert codes(reading(TITLE, new)) == [code]


def test_an_unknown_key_is_answered_with_the_one_that_was_meant():
    (missing, unknown) = reading(TITLE, "titel: {nn: Dilemma, nb: Dilemma}").errors
    assert (missing.code, missing.values) == ("definition.missing", {"key": "title"})
    assert (unknown.code, unknown.values) == (
        "definition.unknown_key_similar",
        {"key": "titel", "similar": "title"},
    )
    assert unknown.path == "messages[1].titel"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("samklang: 1 ", "samklang: 2 ", "definition.version"),
        ('owner: "46"', "owner: Vestland fylke", "definition.owner_form"),
        ("mail: ingrid.maeland@vestlandfylke.example", "mail: ingrid", "definition.mail_form"),
        ("purpose: involve", "purpose: involvere", "definition.choice"),
        ("target: 2", "target: -1", "definition.number_more"),
        ('invite: {county: "46"}', 'invite: {county: "46", group: sunnfjord}', "definition.invite"),
        ('invite: {county: "46"}', "invite: {county: Vestland}", "definition.county_form"),
        ("invite: {county", "invite: {municipalities: [4647, 4647]} # {", "definition.listed_twice"),
        ("by: 2026-12-04", "by: 4.12.2026", "definition.date"),
        ("by: 2026-12-04", "by: 2027-02-30", "definition.date_impossible"),
        ("by: 2026-12-04", "by: 2027-03-01", "definition.answer_after_approve"),
        ("approve_by: 2027-01-07 15:00", "approve_by: 2027-01-07", "definition.moment"),
        ("approve_by: 2027-01-07 15:00", "approve_by: 2027-01-17 15:00", "definition.approve_after_first"),
        ("ends: T+120", "ends: T+100", "definition.message_after_end"),
        ("ends: T+120", "ends: snart", "definition.day"),
        ("late_after: 60 min", "late_after: 1 time", "definition.span"),
        ("languages: [nn, nb]", "languages: [nn, no]", "definition.choice"),
        ("local_element: required", "local_element: ja", "definition.choice"),
        ("lenke:   {kind: url,", "Lenke:   {kind: url,", "definition.fact_name_form"),
        ("value: T+42", "value: snart", "facts.date"),
        ("default: profile.phone", "default: profile.phon", "definition.profile_unknown"),
        ("default: profile.phone", "default: 55123456", "definition.fact_form"),
        ("known: T+34", "known: T+120", "definition.fact_too_late"),
        ('{on: T, between: "18:00-20:00"}', "{on: T}", "definition.send_rule"),
        ('{on: T, between: "18:00-20:00"}', '{at: "18:00"}', "definition.send_rule"),
        ('{on: T, between: "18:00-20:00"}', "{when: released, on: T}", "definition.send_rule"),
        ('{on: T, between: "18:00-20:00"}', "{on: T, between: 06:00-20:00}", "definition.window_length"),
        ('{on: T, between: "18:00-20:00"}', "{on: T, between: kveld}", "definition.window"),
        ("to: [mastodon, facebook]", "to: []", "definition.list_too_short"),
        ("to: [mastodon, facebook]", "to: mastodon", "definition.list_expected"),
        ("to: [mastodon, facebook]", "to: [Facebook]", "definition.platform_form"),
        ("watch: 21:00", "watch: kveld", "definition.clock"),
        ("      days: 5", "      days: fem", "definition.number"),
        ("      days: 5", "      days: 99", "definition.number_most"),
        ("mandatory: true", "mandatory: kanskje", "definition.yes_no"),
        ("key: dilemma", "key: ope-sporsmaal", "definition.message_key_twice"),
        ("file: bilete/folk-over-kart.jpg", "file: ../../etc/passwd.jpg", "definition.file_form"),
        ("nn: Tre personar", "nn: Bilete av tre personar", "definition.alt_begins"),
        ("outcome: clicks", "outcome: klikk", "definition.choice"),
        ("stop: T+127", "stop: T+100", "definition.experiment_stop"),
        ("languages:", "hashtags: [#Beredskap]\nlanguages:", "definition.slip_hash"),
        ("languages:", 'hashtags: ["2027"]\nlanguages:', "definition.hashtag_form"),
    ],
)
def test_what_cannot_stand_is_said_with_its_own_code_and_line(old: str, new: str, code: str):
    (problem,) = reading(old, new).errors
    assert problem.code == code
    assert problem.line > 1


def test_simultaneous_sending_goes_only_with_one_time_of_day():
    found = reading('{on: T, between: "18:00-20:00"}', '{on: T, between: "18:00-20:00", together: true}')
    assert codes(found) == ["definition.send_together"]


def test_every_relative_day_of_a_campaign_without_an_anchor_is_named():
    found = reading("anchor: 2027-01-12 ", "# ")
    assert set(codes(found)) == {"definition.anchor_missing"}
    assert [p.values["day"] for p in found.errors] == ["T+120", "T+42", "T+34", "T", "T+21", "T+120", "T+127"]


@pytest.mark.parametrize("written", ["{x.__class__}", "{a:>999999999}", "{0}", "{ kommune }", "{", "}"])
def test_a_format_string_is_no_placeholder(written: str):
    (problem,) = reading(FILL, f'nn: "Hei {written} du {{lenke}}"').errors
    assert (problem.code, problem.values) == ("definition.placeholder_form", {"written": written})
    assert (problem.line, problem.column) == (line_of(FILL), 20)


def test_an_unknown_placeholder_is_found_where_it_stands_even_in_block_form():
    found = reading("nn: |-\n            Du sa", "nn: |-\n            I {kommuen} sa du")
    (problem,) = found.errors
    assert (problem.code, problem.values["similar"]) == ("definition.placeholder_similar", "kommune")
    assert problem.line == line_of("Du sa")
    assert problem.column == 15


def test_a_bokmal_spelling_of_a_placeholder_is_understood():
    assert reading(
        "I {kommune}" if "I {kommune}" in EXAMPLE else FILL, 'nn: "Hei frå {kommunenavn}"'
    ).definition


def test_a_platform_without_a_connector_is_a_warning():
    found = reading(platforms=frozenset({"mastodon", "bluesky"}))
    assert found.definition is not None
    unknown = [p.values["name"] for p in found.problems if p.code == "definition.platform_unknown"]
    assert unknown == ["facebook", "instagram", "facebook", "facebook", "instagram"]


def test_a_misspelt_platform_is_answered_with_the_one_that_was_meant():
    found = reading("to: [mastodon, facebook]", "to: [mastadon]")
    assert [(p.code, p.values["similar"]) for p in found.problems if "platform" in p.code] == [
        ("definition.platform_similar", "mastodon")
    ]


def test_an_involvement_campaign_without_a_mandatory_message_is_warned():
    found = reading("    mandatory: true", "    # mandatory: true")
    assert found.definition is not None
    assert "definition.mandatory_missing" in [p.code for p in found.problems]


def test_a_campaign_without_anything_local_is_refused_where_it_is_required():
    found = read(LOCKED.encode(), platforms=EVERYWHERE)
    assert codes(found) == ["definition.local_missing"]
    assert read(LOCKED.replace("required", "wanted").encode(), platforms=EVERYWHERE).definition is not None


def test_one_text_is_enough_for_a_campaign_in_one_language():
    found = read(
        LOCKED.replace("[{locked: {nn: Hald deg inne.}}]", "Hald deg inne.").encode(), platforms=EVERYWHERE
    )
    assert codes(found) == ["definition.local_missing"]
    short = LOCKED.replace("required", "wanted").replace("[{locked: {nn: Hald deg inne.}}]", "Hald deg inne.")
    definition = read(short.encode(), platforms=EVERYWHERE).definition
    assert definition is not None
    assert definition.messages[0].text == (Paragraph(kind="fill", texts={"nn": "Hald deg inne."}),)


def test_everything_that_is_wrong_is_told_at_once_and_in_order():
    document = EXAMPLE
    for old, new in (
        ('owner: "46"', "owner: Vestland fylke"),
        ("by: 2026-12-04", "by: 2027-03-01"),
        ("known: T+34", "knwon: T+34"),
        (FILL, 'nn: "Hei {kommuen}"'),
        (TITLE, "title: {nn: Dilemma}"),
        ("      days: 5", "      days: fem"),
        ("stop: T+127", "stop: T+100"),
    ):
        document = document.replace(old, new, 1)
    found = read(document.encode(), platforms=EVERYWHERE)
    assert codes(found) == [
        "definition.owner_form",
        "definition.answer_after_approve",
        "definition.unknown_key_similar",
        "definition.placeholder_similar",
        "definition.language_missing",
        "definition.number",
        "definition.experiment_stop",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_reads_as_a_sentence_with_its_line(language):
    (problem,) = reading('owner: "46"', "owner: Vestland fylke").errors
    assert said(problem, language).startswith(f"Lin{'e' if language == 'en' else 'je'} {problem.line}: ")
    assert "Vestland fylke" in said(problem, language)
    assert "{" not in said(problem, language)


def test_every_code_of_the_definition_has_its_sentence_and_every_sentence_its_code():
    folder = Path(campaigns.definition.__file__).parent
    source = "".join(path.read_text("utf-8") for path in sorted(folder.glob("*.py")))
    used = set(re.findall(r"[\"'](definition\.[a-z_]+[a-z])[\"']", source))
    assert used | {"definition.list_too_short", "definition.list_too_long"} == {
        code for code in catalogue() if code.startswith("definition.")
    }


LOCKED = """
samklang: 1
campaign: storm
title: {nn: Storm}
owner: "46"
contact: {name: Vakta, mail: vakt@fylke.example}
purpose: preparedness
goal: {nn: Alle held seg inne.}
invite: {group: kysten}
answer: {by: 2027-01-01}
ends: 2027-03-01
languages: [nn]
local_element: required
messages:
  - key: inne
    title: {nn: Inne}
    send: {when: released}
    to: [mastodon]
    text: [{locked: {nn: Hald deg inne.}}]
"""
