"""The rehearsal: every behaviour comes to what it should, what should not be is found, and the page stands alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import paper
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.states import State
from reports.rehearsal.behaviours import SHARES, Behaviour, Plan, draw, expected
from reports.rehearsal.outcome import Blocked, Outcome, Sent, resident, surprises
from reports.voice import Voice
from samklang.console import Exit
from samklang.rehearsal import play, stage
from sandbox import STAND_INS
from web import rehearsed

SOLUND, GULEN, VOSS = "4636", "4635", "4621"
THERE = (SOLUND, GULEN, VOSS)
NOON = datetime(2027, 1, 12, 11, tzinfo=UTC)


def document(**more: Any) -> paper.Paper:
    """Return a document for three municipalities, two days and both kinds of paragraph."""
    content = paper.paper()
    content["invite"] = {"municipalities": list(THERE)}
    content["answer"] = {"by": "2027-01-11", "silence": "out"}
    content["messages"][0]["send"] = {"on": "T", "between": "12:00-14:00"}
    content["messages"][1]["send"] = {"on": "T+1", "between": "12:00-14:00"}
    return content | more


def rehearse(given: Mapping[str, Behaviour], content: paper.Paper | None = None) -> Outcome:
    definition = paper.definition(content or document())
    with stage.set_up(play.begin_at(definition), list(STAND_INS)) as made:
        places = made.municipalities(None, THERE)
        made.settle("46", THERE, list(STAND_INS))
        parts = draw(THERE, 1, dict.fromkeys(THERE, Behaviour.joins_at_once) | dict(given))
        return play.Play(made, definition, {"bilete.png": paper.picture()}, places, parts).run()


def states(outcome: Outcome, number: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in outcome.sent:
        if one.number == number:
            found.setdefault(one.message, set()).add(one.state.value)
    return found


# -- behaviours


@pytest.mark.parametrize(
    ("behaviour", "first", "second"),
    [
        (Behaviour.joins_at_once, {"published"}, {"published"}),
        (Behaviour.adapts, {"published"}, {"published"}),
        (Behaviour.answer_lost, {"published"}, {"published"}),
        (Behaviour.silent, None, None),
        (Behaviour.late, None, {"published"}),
        (Behaviour.withdraws, {"published"}, {"cancelled"}),
        (Behaviour.account_broken, {"missed"}, {"missed"}),
    ],
)
def test_a_behaviour_comes_to_what_it_should(
    behaviour: Behaviour, first: set[str] | None, second: set[str] | None
) -> None:
    outcome = rehearse({SOLUND: behaviour})
    found = states(outcome, SOLUND)
    assert (found.get("bilete"), found.get("tekst")) == (first, second)
    assert states(outcome, VOSS) == {"bilete": {"published"}, "tekst": {"published"}}
    assert outcome.passed, (outcome.surprises, outcome.blocked)
    assert all(one.live == (one.state == State.published) for one in outcome.sent)


def test_own_words_are_what_goes_out_and_every_post_is_in_the_places_language() -> None:
    outcome = rehearse({SOLUND: Behaviour.adapts})
    texts = {
        one.text.split("\n")[0] for one in outcome.sent if one.number == SOLUND and one.message == "bilete"
    }
    assert texts == {"Solund: Hei Solund!"}
    assert {one.language for one in outcome.sent} == {"nn"}


@pytest.mark.slow
def test_an_outage_longer_than_the_lateness_limit_is_missed_and_a_shorter_one_is_not() -> None:
    short = rehearse({SOLUND: Behaviour.platform_down}, document(late_after="60 min"))
    assert states(short, SOLUND)["bilete"] == {"missed"}
    long = rehearse({SOLUND: Behaviour.platform_down}, document(late_after="5 h"))
    assert states(long, SOLUND)["bilete"] == {"published"}
    assert short.passed
    assert long.passed


@pytest.mark.slow
def test_late_facts_are_filled_in_on_their_day_and_the_finished_text_goes() -> None:
    content = document()
    content["facts"]["antal"] = {"kind": "number", "known": "T", "ask": {"nn": "Tal?", "nb": "Tall?"}}
    content["messages"][1]["text"] = {"nn": "Takk for {antal}. {lenke}", "nb": "Takk for {antal}. {lenke}"}
    outcome = rehearse({}, content)
    assert outcome.passed
    assert all("{" not in one.text for one in outcome.sent)
    assert states(outcome, VOSS)["tekst"] == {"published"}


def test_a_check_that_blocks_is_told_with_where_and_why() -> None:
    content = document()
    content["messages"][1]["send"] = {"on": "T+1", "at": "22:30"}
    outcome = rehearse({}, content)
    assert not outcome.passed
    assert {(one.message, one.code) for one in outcome.blocked} == {("tekst", "timing.quiet.night")}
    assert outcome.surprises == (), "what is blocked is expected to be missed"
    lines = rehearsed.blocked_lines(outcome, Voice("nn"))
    assert len(lines) == 1
    assert "Voss" in lines[0]


@pytest.mark.slow
def test_the_same_seed_plays_the_same() -> None:
    given = {SOLUND: Behaviour.answer_lost, GULEN: Behaviour.adapts}
    assert json.dumps(rehearse(given).as_json(), default=str) == json.dumps(
        rehearse(given).as_json(), default=str
    )


@given(st.lists(st.from_regex(r"46\d\d", fullmatch=True), unique=True, max_size=60), st.integers())
def test_behaviours_are_drawn_by_seed_and_given_ones_stand(numbers: list[str], seed: int) -> None:
    fixed = dict.fromkeys(numbers[:2], Behaviour.silent)
    drawn = draw(numbers, seed, fixed | {"9999": Behaviour.late})
    assert set(drawn) == set(numbers)
    assert drawn == draw(list(reversed(numbers)), seed, fixed)
    assert all(drawn[number] == Behaviour.silent for number in fixed)


def test_the_shares_are_of_a_hundred_and_cover_every_behaviour() -> None:
    assert sum(SHARES.values()) == 100
    assert set(SHARES) == set(Behaviour)


def test_what_is_chosen_for_this_machine_does_not_reach_the_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "address").write_text(f"sqlite:///{tmp_path / 'real.db'}", "utf-8")
    monkeypatch.setenv("SAMKLANG_DATABASE_FILE", str(tmp_path / "address"))
    monkeypatch.setenv("SAMKLANG_MARK", str(tmp_path / "mark.json"))
    monkeypatch.setenv("SAMKLANG_KEYS", str(tmp_path / "keys.json"))
    with stage.set_up(NOON, []) as made:
        assert made.desk.vault
        assert not made.store.url.database.startswith(str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["address"], (
        "the real database, mark and keys are never touched"
    )


# -- what should not be


def sent(**more: Any) -> Sent:
    values = {
        "number": VOSS, "name": "Voss", "message": "ein", "kind": "post", "platform": "p", "language": "nn",
        "state": State.published, "reason": None, "due_at": NOON, "late_at": NOON + timedelta(hours=1),
        "at": NOON, "text": "Hei", "together": False, "live": 1, "approved": True,
    }  # fmt: skip
    return Sent(**{**values, **more})


JOINED = Plan(Behaviour.joins_at_once, NOON - timedelta(days=5))


@pytest.mark.parametrize(
    ("one", "plan", "code"),
    [
        (sent(live=2), JOINED, "rehearsal.twice"),
        (sent(approved=False), JOINED, "rehearsal.unapproved"),
        (sent(state=State.missed, at=None), JOINED, "rehearsal.lies"),
        (sent(at=NOON + timedelta(hours=2)), JOINED, "rehearsal.out_of_time"),
        (sent(at=NOON - timedelta(seconds=1)), JOINED, "rehearsal.out_of_time"),
        (sent(state=State.missed, at=None, live=0), JOINED, "rehearsal.unexpected"),
        (sent(), Plan(Behaviour.silent, None), "rehearsal.unexpected"),
        (sent(), Plan(Behaviour.withdraws, NOON, NOON - timedelta(hours=1)), "rehearsal.unexpected"),
        (sent(state=State.failed, at=None, live=0), JOINED, "rehearsal.unexpected"),
    ],
)
def test_what_should_not_be_is_found_and_has_a_sentence(one: Sent, plan: Plan, code: str) -> None:
    found = surprises([one], {VOSS: plan}, [], {})
    assert code in {each.code for each in found}
    outcome = Outcome(
        "k", {"nn": "K"}, {"ein": {"nn": "Ein"}}, NOON, NOON, {VOSS: plan.behaviour}, (one,), (), found
    )
    for language in ("nn", "nb", "en"):
        assert all("Voss" in line for line in rehearsed.surprise_lines(outcome, Voice(language)))


def test_neighbours_at_the_same_moment_are_found_unless_the_message_says_together() -> None:
    both = [sent(), sent(number=GULEN, name="Gulen")]
    plans = {VOSS: JOINED, GULEN: JOINED}
    beside = {VOSS: frozenset({GULEN}), GULEN: frozenset({VOSS})}
    assert [one.code for one in surprises(both, plans, [], beside)] == ["rehearsal.side_by_side"]
    together = [sent(together=True), sent(number=GULEN, together=True)]
    assert surprises(together, plans, [], beside) == ()


def test_what_is_blocked_may_be_missed_and_nothing_else() -> None:
    stuck = [Blocked(VOSS, "Voss", "ein", "p @voss", "timing.quiet.night", {})]
    missed = sent(state=State.missed, at=None, live=0, approved=False)
    assert surprises([missed], {VOSS: JOINED}, stuck, {}) == ()
    assert surprises([sent(approved=False)], {VOSS: JOINED}, stuck, {}) != ()


def test_nothing_is_expected_of_who_never_approves() -> None:
    assert State.published not in expected(Plan(Behaviour.silent, None), NOON, NOON, first=False)


def test_a_resident_meets_her_own_and_the_neighbours_posts_in_order_with_the_minutes_between() -> None:
    posts = (
        sent(at=NOON + timedelta(minutes=20)), sent(number=GULEN, name="Gulen", at=NOON),
        sent(number=SOLUND, name="Solund", at=NOON),
    )  # fmt: skip
    outcome = Outcome("k", {"nn": "K"}, {"ein": {"nn": "Ein"}}, NOON, NOON, {}, posts, (), ())
    met = resident(outcome, VOSS, {VOSS: frozenset({GULEN})})
    assert [(one.sent.name, one.minutes) for one in met] == [("Gulen", None), ("Voss", 20)]


# -- the command and its page


class Outside(HTMLParser):
    """Collects what a page would fetch, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value or "" for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in {"meta", "br", "link", "img", "input", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def campaign(tmp_path: Path) -> str:
    content = document()
    content["messages"] = content["messages"][1:]
    (tmp_path / "campaign.yaml").write_text(json.dumps(content), "utf-8")
    return str(tmp_path / "campaign.yaml")


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_the_page_needs_nothing_else_and_speaks_the_readers_language(
    untouched: Any, campaign: str, tmp_path: Path, language: str
) -> None:
    page = tmp_path / "prove.html"
    told = untouched.done(
        "rehearse", campaign, "--html", str(page), "--behaviour", f"{VOSS}=silent", SAMKLANG_LANGUAGE=language
    )
    content = page.read_text("utf-8")
    parser = Outside()
    parser.feed(content)
    assert (parser.fetched, parser.open) == ([], [])
    assert "url(" not in content
    assert f'<html lang="{language}">' in content
    assert len(re.findall("<table", content)) == len(re.findall("<caption", content))
    assert "Solund" in content
    assert "Voss" in told


def test_the_command_says_yes_by_its_exit_code_and_gives_a_script_everything(
    untouched: Any, campaign: str
) -> None:
    given = untouched.json(
        "rehearse", campaign, "--behaviour", f"{VOSS}=silent", "--behaviour", f"{GULEN}=adapts", "--behaviour",
        f"{SOLUND}=joins_at_once",
    )  # fmt: skip
    assert given["passed"] is True
    assert given["behaviours"][VOSS] == "silent"
    assert {one["number"] for one in given["sent"]} == {SOLUND, GULEN}


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (("--behaviour", "4621=dansar"), Exit.misunderstood, "joins_at_once"),
        (("--county", "99"), Exit.unknown, "99"),
        (("--html", "/finst/ikkje/prove.html"), Exit.unknown, "cannot be written"),
    ],
)
def test_what_cannot_be_played_is_said_in_a_sentence(
    untouched: Any, campaign: str, words: tuple[str, ...], code: Exit, part: str
) -> None:
    result = untouched("rehearse", campaign, *words)
    assert (result.exit_code, part in result.output) == (code, True)


def test_a_group_needs_a_county_and_a_blocked_campaign_ends_with_one(untouched: Any, tmp_path: Path) -> None:
    content = document(invite={"group": "kyst"})
    content["messages"] = content["messages"][1:]
    path = tmp_path / "campaign.yaml"
    path.write_text(json.dumps(content), "utf-8")
    result = untouched("rehearse", str(path))
    assert (result.exit_code, "--county" in result.output) == (Exit.misunderstood, True)
    content["invite"] = {"municipalities": [VOSS]}
    content["messages"][0]["send"] = {"on": "T", "at": "23:00"}
    path.write_text(json.dumps(content), "utf-8")
    blocked = untouched("rehearse", str(path), "--behaviour", f"{VOSS}=joins_at_once")
    assert (blocked.exit_code, "quiet hours" in blocked.output) == (Exit.stopped, True)


@pytest.mark.slow
def test_a_whole_county_plays_the_demo_campaign_and_everything_ends_as_it_should(untouched: Any) -> None:
    document = Path("samklang/campaigns_demo/klar-for-ei-veke/campaign.yaml").resolve()
    given = untouched.json("rehearse", str(document), "--seed", "7")
    assert given["passed"] is True
    assert len(given["behaviours"]) == 43
    assert given["counts"]["published"] > 400
