"""The municipality's own words and times, and the county's corrections, as commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samklang.console import Exit

KARI = ("--as", "kari@voss.example", "--for", "4621")
INGRID = ("--as", "ingrid@county.example", "--for", "46")


def document(free: str = "Hei {kommune}!", locked: str = "Vask hendene.", **more: Any) -> dict[str, Any]:
    """Return the parts of a document with a free, a locked and a filled-in paragraph, far ahead."""
    message = {
        "key": "ein",
        "title": {"nn": "Ein", "nb": "En"},
        "send": {"on": "T", "between": "12:00-16:00"},
        "to": ["mastodon"],
        "text": [
            {"free": {"nn": free, "nb": free}},
            {"locked": {"nn": locked, "nb": locked}},
            {"fill": {"nn": "Les {lenke}", "nb": "Les {lenke}"}},
        ],
    }
    storm = {
        "key": "storm",
        "title": {"nn": "Storm", "nb": "Storm"},
        "send": {"when": "released"},
        "to": ["mastodon"],
        "text": {"nn": "Storm. {lenke}", "nb": "Storm. {lenke}"},
    }
    return {"anchor": "2031-01-14", "answer": {"by": "2031-01-10"}, "messages": [message, storm], **more}


@pytest.fixture
def voss(samklang: Any, write: Callable[..., str]) -> Any:
    """Voss takes part in a campaign under way."""
    samklang.done(*INGRID, "load", write(**document()))
    samklang.done(*INGRID, "invite", "prove")
    samklang.done(*KARI, "join", "prove", "--fact", "lenke=https://www.voss.kommune.no/x")
    return samklang


def test_a_message_is_shown_by_paragraph_and_own_words_take_their_place(voss: Any) -> None:
    shown = voss.done(*KARI, "adapt", "prove", "ein")
    assert "full 1 (free)\n  Hei {kommune}!" in shown
    assert "full 2 (locked)" in shown
    changed = voss.done(*KARI, "adapt", "prove", "ein", "--paragraph", "1", "--text", "Hallo, {kommune}!")
    assert "full 1 (free · your own words)\n  Hallo, {kommune}!" in changed
    left = voss.done(*KARI, "adapt", "prove", "ein", "--paragraph", "1", "--leave-out")
    assert "full 1 (free · left out)" in left
    assert "full 1 (free)" in voss.done(*KARI, "adapt", "prove", "ein", "--paragraph", "1", "--restore")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--paragraph", "2", "--text", "Noko"), Exit.stopped, "ikkje er eit fritt avsnitt"),
        (("--paragraph", "9", "--text", "Noko"), Exit.unknown, "paragraph 9"),
        (("--paragraph", "1", "--text", " "), Exit.misunderstood, "--leave-out"),
        (("--paragraph", "1", "--text", "{namn}"), Exit.stopped, "{namn}"),
        (("--paragraph", "1", "--take", "own"), Exit.unknown, "settled already"),
        (("--time", "11:00"), Exit.stopped, "before the campaign"),
        (("--time", "kvart over"), Exit.misunderstood, "is no time"),
        (("--fact", "lenke=ikkje"), Exit.stopped, "lenke"),
        (("--pass-over", "checks.alt_missing", "--reason", "x"), Exit.stopped, "checks.alt_missing"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    voss: Any, words: tuple[str, ...], code: Exit, sentence: str
) -> None:
    result = voss(*KARI, "adapt", "prove", "ein", *words)
    assert result.exit_code == code
    if "avsnitt" not in sentence:
        assert sentence in result.output


def test_a_correction_shows_its_cost_asks_and_is_an_offer_where_words_are_own(
    voss: Any, write: Callable[..., str]
) -> None:
    voss.done(*KARI, "adapt", "prove", "ein", "--paragraph", "1", "--text", "Hei {kommune}! Velkomne.")
    again = voss(*INGRID, "load", write(**document(free="God dag {kommune}!")))
    assert (again.exit_code, "samklang correct" in again.output) == (Exit.stopped, True)
    corrected = write(**document(free="God dag {kommune}!"))
    asked = voss(*INGRID, "correct", corrected, typed="n\n")
    assert asked.exit_code == Exit.stopped
    assert "Voss" in asked.output
    assert voss.json(*INGRID, "correct", corrected)["touched"][0]["offers"] == 1
    assert "version 2" in voss.done(*INGRID, "correct", corrected, "--yes")
    assert "nothing to correct" in voss.done(*INGRID, "correct", corrected)
    offered = voss.done(*KARI, "adapt", "prove", "ein")
    assert "merged:  God dag {kommune}! Velkomne." in offered
    taken = voss.done(*KARI, "adapt", "prove", "ein", "--paragraph", "1", "--take", "merged")
    assert "full 1 (free · your own words)\n  God dag {kommune}! Velkomne." in taken
    assert "corrected" not in taken


def test_a_campaign_that_nobody_is_invited_to_is_loaded_and_not_corrected(
    samklang: Any, write: Callable[..., str]
) -> None:
    path = write(**document())
    samklang.done(*INGRID, "load", path)
    result = samklang(*INGRID, "correct", path)
    assert (result.exit_code, "samklang load" in result.output) == (Exit.stopped, True)


def test_what_waits_is_started_once(voss: Any) -> None:
    assert "is started" in voss.done(*KARI, "start", "prove", "storm")
    again = voss(*KARI, "start", "prove", "storm")
    assert (again.exit_code, "started already" in again.output) == (Exit.stopped, True)
    timed = voss(*KARI, "start", "prove", "ein")
    assert (timed.exit_code, "samklang move" in timed.output) == (Exit.stopped, True)


def test_moving_dropping_and_withdrawing_say_how_many(voss: Any) -> None:
    assert "1 delivery moved to 2031-01-14" in voss.done(*KARI, "move", "prove", "ein", "--to", "13:00")
    assert "1 delivery of ein withdrawn." in voss.done(*KARI, "withdraw", "prove", "ein")
    assert "0 deliveries of ein dropped." in voss.done(*KARI, "drop", "prove", "ein")
    assert voss.json(*KARI, "withdraw", "prove", "ein") == {"message": "ein", "withdrawn": 0}


def test_a_standing_approval_is_given_listed_and_taken_back(voss: Any) -> None:
    assert "Standing approval 1 for Vestland" in voss.done(*KARI, "standing", "give", "46", "--unseen")
    assert voss.json(*KARI, "standing", "list")["standing"][0]["unseen"] is True
    refused = voss(*KARI, "standing", "give", "4601")
    assert (refused.exit_code, "no county" in refused.output) == (Exit.stopped, True)
    voss.done(*KARI, "standing", "withdraw", "1")
    assert "No standing approval" in voss.done(*KARI, "standing", "list")
    assert voss(*KARI, "standing", "veto", "7").exit_code == Exit.unknown
    assert voss(*INGRID, "standing", "give", "46").exit_code == Exit.forbidden


def test_an_admin_asks_for_a_second_person_and_a_standing_approval_then_waits_for_one(voss: Any) -> None:
    assert "two persons" in voss.done(*KARI, "profile", "--second-person")
    assert "samklang standing second 1" in voss.done(*KARI, "standing", "give", "46")
    assert voss(*KARI, "standing", "second", "1").exit_code == Exit.forbidden
    assert "one person" in voss.done(*KARI, "profile", "--one-person")


def test_what_waits_is_listed_with_its_deadline_and_today_alone_on_request(voss: Any) -> None:
    assert "prove: approve ein by 14.01.2031" in voss.done(*KARI, "waiting"), "to be put out by hand"
    voss.done(*KARI, "decline", "prove", "--later")
    assert "prove: answer the invitation by 10.01.2031" in voss.done(*KARI, "waiting")
    assert all(one["sentence"] for one in voss.json(*KARI, "waiting"))
    assert "Nothing waits for you." in voss.done(*KARI, "waiting", "--today")
    assert voss(*INGRID, "waiting").exit_code == Exit.forbidden


def test_own_days_off_come_from_a_file(voss: Any, tmp_path: Path) -> None:
    assert "No days are brought in" in voss.done(*KARI, "days", "list")
    file = tmp_path / "skuleruta.csv"
    file.write_text("2031-02-24,2031-02-28,Vinterferie\n", "utf-8")
    assert "1 stretch of days brought in" in voss.done(*KARI, "days", "import", str(file))
    assert "Vinterferie" in voss.done(*KARI, "days", "list")
    file.write_text("24.2.,28.2.,Vinterferie\nx", "utf-8")
    refused = voss(*KARI, "days", "import", str(file))
    assert (refused.exit_code, refused.output.count("Line ")) == (Exit.stopped, 2)
    assert "Vinterferie" in voss.done(*KARI, "days", "list")
    assert voss(*KARI, "days", "import", str(tmp_path / "borte.ics")).exit_code == Exit.unknown


def test_a_campaign_is_closed_by_its_county_and_says_what_never_goes(voss: Any) -> None:
    assert voss(*KARI, "close", "prove").exit_code == Exit.forbidden
    assert "2 deliveries of prove would never go out" in voss(*INGRID, "close", "prove").output
    assert voss.json(*INGRID, "close", "prove", "--yes") == {"campaign": "prove", "unsent": 2}
    assert "prove is closed" in voss.done(*INGRID, "close", "prove", "--yes")


def test_a_mandatory_message_keeps_a_campaign_open(voss: Any, write: Callable[..., str]) -> None:
    parts = document()
    parts["messages"][0]["mandatory"] = True
    voss.done(*INGRID, "correct", write(**parts), "--yes")
    result = voss(*INGRID, "close", "prove", "--yes")
    assert (result.exit_code, "ein: Voss" in result.output) == (Exit.stopped, True)


def test_a_message_is_left_open_when_joining(voss: Any) -> None:
    voss.done(*KARI, "join", "prove", "--undecided", "storm")
    unknown = voss(*KARI, "join", "prove", "--undecided", "finst-ikkje")
    assert unknown.exit_code == Exit.unknown
