"""The short path of the README, from a document to a report, and what the reading commands give a script."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.settings import Settings
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Delivery,
    Message,
    Organisation,
    Participation,
    Store,
)
from samklang.console import Exit
from scheduler.clock import Clock
from workers.desk import Desk
from workers.measure import measure
from workers.publish import publish

KARI = ("--as", "kari@voss.example", "--for", "4621")
INGRID = ("--as", "ingrid@county.example", "--for", "46")
OWN = {"SAMKLANG_ALLOW_PRIVATE_HOSTS": "1"}


def going_now() -> dict[str, Any]:
    """Return the parts of a document whose message was to go a minute ago; at any hour of any day."""
    wall = datetime.now(ZoneInfo("Europe/Oslo")) - timedelta(minutes=1)
    message = {
        "key": "ein",
        "title": {"nn": "Ein", "nb": "En"},
        "send": {"on": "T", "at": f"{wall:%H:%M}", "together": True},
        "quiet": {"override": "ei prøve"},
        "to": ["mastodon"],
        "text": [{"fill": {"nn": "Hei {kommune}. {lenke}", "nb": "Hei {kommune}. {lenke}"}}],
    }
    day = f"{wall:%Y-%m-%d}"
    return {"anchor": day, "answer": {"by": day}, "late_after": "3 h", "messages": [message]}


@pytest.fixture
def base(_stand_ins: Any) -> Iterator[str]:
    """The address of the first stand-in platform, on the real clock."""
    _stand_ins.now = time.time
    return _stand_ins.by_name["mastodon"].address


def tick(home: Path) -> None:
    """Let the clock and a worker do one round in this process."""
    settings = Settings(home=home, allow_private_hosts=True)
    store = Store(settings.database_url)
    desk = Desk(settings, store)

    def carry(errand: str, platform: str, ids: Any) -> None:
        del platform
        if errand == "publish":
            publish(desk, ids)
        elif errand == "measure":
            measure(desk, ids)

    try:
        for job, _ in Clock(desk, carry).jobs():
            job()
    finally:
        desk.close()
        store.dispose()


def test_eight_lines_lead_from_a_document_to_a_report(
    samklang: Any, write: Callable[..., str], tmp_path: Path, base: str
) -> None:
    samklang.home = tmp_path / "empty"
    document, handle = write(**going_now()), f"voss{uuid.uuid4().hex[:8]}"
    assert "1 message, nothing stands in the way." in samklang.done("check", document)
    assert "372 organisations" in samklang.done("migrate")
    samklang.done(
        "--for", "46", "member", "add", "ingrid@county.example", "--name", "I", "--role", "coordinator"
    )
    roles = [word for role in ("editor", "approver", "admin") for word in ("--role", role)]
    samklang.done("--for", "4621", "member", "add", "kari@voss.example", "--name", "K", *roles)
    assert "stored as version 1" in samklang.done(*INGRID, "load", document)
    assert "43 invited to prove." in samklang.done(*INGRID, "invite", "prove")
    connected = samklang.done(
        *KARI, "account", "connect", "mastodon", "--token", "--server", base, typed=f"demo-{handle}\n", **OWN
    )
    assert handle in connected
    assert "Connected as account 1." in connected
    joined = samklang.done(*KARI, "join", "prove", "--fact", "lenke=https://www.voss.kommune.no/x")
    assert "1 delivery newly planned. Next: samklang approve prove" in joined
    shown = samklang.done(*KARI, "approve", "prove", typed="y\n")
    assert "Hei Voss. https://www.voss.kommune.no/x" in shown
    assert "1 delivery approved" in shown
    tick(samklang.home)
    assert "1 of 1 post is live." in samklang.done("status")
    assert "1 of 1 post is live." in samklang.done(*KARI, "report", "prove")
    (found,) = samklang.json("report", "prove")
    assert (found["truth"]["live"], found["truth"]["all"]) == (1, 1)


@pytest.fixture
def joined(samklang: Any, write: Callable[..., str], base: str) -> Any:
    """A home in which Voss takes part, with one delivery to approve."""
    samklang.done(*INGRID, "load", write(**going_now()))
    samklang.done(*INGRID, "invite", "prove")
    typed = f"demo-voss{uuid.uuid4().hex[:8]}\n"
    samklang.done(*KARI, "account", "connect", "mastodon", "--token", "--server", base, typed=typed, **OWN)
    samklang.done(*KARI, "join", "prove", "--fact", "lenke=https://www.voss.kommune.no/x")
    return samklang


# -- reading


READING = (
    ("check", "DOC"), ("status",), ("status", "prove"), ("status", "--every"), ("report", "prove"),
    ("report", "prove", "--age", "24"), (*KARI, "status"), (*KARI, "report", "prove"), (*KARI, "account", "list"),
    ("unsure", "list"), (*KARI, "unsure", "list"), ("stop", "--list"), (*KARI, "stop", "--list"),
    ("schema",), (*INGRID, "group", "list"), (*INGRID, "compare", "DOC"), (*KARI, "approve", "prove"), (*KARI, "profile"),
)  # fmt: skip


def test_every_reading_command_gives_a_script_json_and_nothing_else(
    joined: Any, write: Callable[..., str]
) -> None:
    joined.done(*INGRID, "group", "set", "kyst", "4601", "4621")
    joined.done(*KARI, "stop", "--reason", "prøve")
    document = write(**going_now())
    for words in READING:
        result = joined("--json", *(document if word == "DOC" else word for word in words))
        assert (result.exit_code, result.stderr) == (0, ""), words
        content = json.loads(result.stdout)
        assert content or words[-1] == "list", words


def test_every_acting_command_gives_a_script_json_too(joined: Any, write: Callable[..., str]) -> None:
    acts = (
        ("migrate",), (*INGRID, "correct", write(**going_now()), "--yes"), (*INGRID, "invite", "prove"),
        (*INGRID, "group", "set", "kyst", "4601"), (*KARI, "join", "prove"), (*KARI, "approve", "prove", "--yes"),
        (*KARI, "account", "pause", "1"), (*KARI, "account", "pause", "1", "--resume"), (*KARI, "stop"),
        (*KARI, "release", "1"), (*KARI, "decline", "prove", "--later"), ("stop", "--everything"),
        ("release", "--everything"),
    )  # fmt: skip
    for words in acts:
        assert isinstance(joined.json(*words), dict), words


def test_a_script_that_does_not_say_yes_is_shown_what_waits_and_approves_nothing(joined: Any) -> None:
    (waiting,) = joined.json(*KARI, "approve", "prove")["waiting"]
    assert waiting["text"] == "Hei Voss. https://www.voss.kommune.no/x"
    assert not any(one["severity"] == "blocking" for one in waiting["problems"])
    tick(joined.home)
    assert joined.json("status")[0]["truth"]["live"] == 0
    assert joined.json(*KARI, "approve", "prove", "--yes")["approved"] == [waiting["hash"]]


def test_a_person_who_says_no_approves_nothing(joined: Any) -> None:
    result = joined(*KARI, "approve", "prove", typed="n\n")
    assert result.exit_code == Exit.stopped
    assert "Approve 1 delivery as shown?" in result.stdout
    assert "Waits for approval" in joined.done("status", "--every").replace("\n", " ")


def test_a_blocked_message_is_told_and_ends_with_one(joined: Any, write: Callable[..., str]) -> None:
    parts = going_now()
    parts["messages"][0]["text"].append({"fill": {"nn": "{telefon}", "nb": "{telefon}"}})
    joined.done(*INGRID, "correct", write(**parts), "--yes")
    result = joined(*KARI, "approve", "prove", "--yes")
    assert result.exit_code == Exit.stopped
    assert "The fact 'telefon' is missing" in result.stdout.replace("\n", " ")
    script = joined("--json", *KARI, "approve", "prove", "--yes")
    assert script.exit_code == Exit.stopped
    assert [one["message"] for one in json.loads(script.stdout)["blocked"]] == ["ein"]


def test_a_municipality_sees_its_own_and_the_county_everybody(joined: Any) -> None:
    assert [place["name"] for place in joined.json(*KARI, "status")[0]["places"]] == ["Voss"]
    assert len(joined.json(*INGRID, "status")[0]["places"]) == 43


# -- forty-three municipalities on one screen


@pytest.fixture
def county(samklang: Any, write: Callable[..., str]) -> Any:
    """A home in which most of the county is live, one failed, one lost its login, some are silent and one stands out."""
    samklang.done(*INGRID, "load", write(**going_now()))
    samklang.done(*INGRID, "invite", "prove")
    store = Store(f"sqlite:///{samklang.home / 'samklang.db'}")
    with store.system() as session:
        _fill_county(session)
    store.dispose()
    return samklang


def _fill_county(session: Session) -> None:
    message = session.scalars(select(Message)).one()
    now = datetime.now(ZoneInfo("UTC"))
    rows = session.execute(
        select(Participation, Organisation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .order_by(Organisation.number)
    )
    for turn, (mine, place) in enumerate(rows.all()):
        mine.answer, mine.planned_version = (Answer.out, Answer.unanswered, Answer.joined)[min(turn, 2)], 1
        if turn < 2:
            continue
        account = Account(
            organisation_id=place.id, platform="mastodon", base="https://m.example", remote_id=place.number,
            handle=place.number, title=place.name, address="https://m.example", connected_at=now,
            state=AccountState.login_lost if turn == 3 else AccountState.connected,
        )  # fmt: skip
        session.add(account)
        session.flush()
        state = {2: "failed", 3: "planned", 4: "planned"}.get(turn, "published")
        session.add(
            Delivery(
                organisation_id=place.id, owner_id=message.campaign.organisation_id, county_id=place.parent_id,
                campaign_id=message.campaign_id, participation_id=mine.id, message_id=message.id,
                account_id=account.id, platform="mastodon", key=str(uuid.uuid4()), state=state, due_at=now,
                late_at=now + timedelta(hours=1), next_try_at=now, published_at=now if state == "published" else None,
            )
        )  # fmt: skip


def test_status_of_a_county_fits_a_screen_and_tells_what_to_look_at_first(county: Any) -> None:
    said = county.done("status")
    lines = said.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert len(lines) <= 24
    assert lines[1] == "38 of 41 posts are live, 2 wait, 1 failed."
    flat = " ".join(said.split())
    assert flat.index("failed 1 1: Etne") < flat.index("all live 38 38: Stord,")
    assert "and 26 more" in flat
    assert "stands out 1: Bergen" in flat
    assert "has not answered 1: Kinn" in flat
    assert "The clock has never run: nothing is planned, sent or counted." in flat


def test_status_shows_every_municipality_when_asked_to(county: Any) -> None:
    said = county.done("status", "--every")
    assert max(len(line) for line in said.splitlines()) <= 80
    for name in ("Bergen", "Etne", "Stryn"):
        assert f"\n{name} " in said
    assert "1 failed" in said


def test_a_report_of_a_county_fits_the_width_and_never_says_naught_for_unknown(county: Any) -> None:
    said = county.done("report", "prove")
    assert max(len(line) for line in said.splitlines()) <= 80
    assert "Stryn" not in said  # it has not said that it may be named where municipalities are compared
    assert "not said to be named: part of the sum alone." in said
    (row,) = [line for line in said.splitlines() if line.startswith("all")]
    assert row.split() == ["all", "–", "–", "–"]
    assert "–: no count is known, which is not 0." in said


# -- accounts


def test_a_login_that_the_platform_refuses_is_told_with_its_name_and_kept_nowhere(
    samklang: Any, base: str
) -> None:
    result = samklang(
        *KARI, "account", "connect", "mastodon", "--token", "--server", base, typed="canary-wrong\n", **OWN
    )
    assert result.exit_code == Exit.stopped
    assert "Mastodon" in result.stderr
    assert "canary" not in result.output
    assert samklang.json(*KARI, "account", "list") == []


def test_a_server_that_is_not_there_or_is_not_to_be_reached_is_told(samklang: Any, base: str) -> None:
    gone = samklang(
        *KARI,
        "account",
        "connect",
        "mastodon",
        "--token",
        "--server",
        "http://127.0.0.1:1",
        typed="t\n",
        **OWN,
    )
    inside = samklang(*KARI, "account", "connect", "mastodon", "--token", "--server", base, typed="t\n")
    for result in (gone, inside):
        assert result.exit_code in {Exit.stopped, Exit.unreachable}
        assert len(result.stderr.strip().splitlines()) == 1
        assert result.stderr.strip().endswith(".")


def test_an_account_is_tested_paused_and_used_again_and_no_secret_is_shown(joined: Any) -> None:
    assert "answers:" in joined.done(*KARI, "account", "test", "1", **OWN)
    assert joined.json(*KARI, "account", "pause", "1")["state"] == "paused"
    assert joined.json(*KARI, "account", "pause", "1", "--resume")["state"] == "connected"
    (row,) = joined.json(*KARI, "account", "list")
    assert set(row) == {"id", "platform", "handle", "server", "state", "followers"}
    assert "demo-voss" not in joined.done(*KARI, "account", "list")


def test_an_accounts_language_is_one_that_there_is(samklang: Any, base: str) -> None:
    words = (*KARI, "account", "connect", "mastodon", "--token", "--server", base, "--language")
    assert samklang(*words, "elvish", typed="t\n", **OWN).exit_code == Exit.misunderstood
    samklang.done(*words, "nb", typed=f"demo-voss{uuid.uuid4().hex[:8]}\n", **OWN)


def test_connecting_in_another_language_lets_what_was_approved_fall(joined: Any, base: str) -> None:
    joined.done(*KARI, "approve", "prove", "--yes")
    handle = joined.json(*KARI, "account", "list")[0]["handle"].lstrip("@").partition("@")[0]
    words = ("account", "connect", "mastodon", "--token", "--server", base, "--language", "nb")
    assert "account 1." in joined.done(*KARI, *words, typed=f"demo-{handle}\n", **OWN)
    assert list(joined.json(*KARI, "status")[0]["places"][0]["closed_gates"]) == [
        "gate.changed_after_approval"
    ]


# -- in trouble


def test_a_stop_is_listed_lifted_and_nothing_is_left_of_it(joined: Any) -> None:
    assert "lift it with: samklang release 1" in joined.done(*KARI, "stop", "--reason", "brann")
    listed = joined.done(*KARI, "stop", "--list")
    assert "brann" in listed
    assert "Voss" in listed
    assert "Stop 1 is lifted." in joined.done(*KARI, "release", "1")
    assert "No stop is in force." in joined.done(*KARI, "stop", "--list")
    assert joined(*KARI, "release", "1").exit_code == Exit.unknown


def test_declining_withdraws_and_says_how_many(joined: Any) -> None:
    assert "1 delivery withdrawn." in joined.done(*KARI, "decline", "prove")
    assert joined.json(*KARI, "status")[0]["places"][0]["answer"] == "out"
    assert "1 delivery newly planned" in joined.done(*KARI, "join", "prove")


def test_a_group_is_named_listed_and_invited(samklang: Any, write: Callable[..., str]) -> None:
    assert "There is no group yet." in samklang.done(*INGRID, "group", "list")
    assert "kyst has 2 municipalities." in samklang.done(*INGRID, "group", "set", "kyst", "4621", "4601")
    assert samklang.json(*INGRID, "group", "list") == [{"group": "kyst", "numbers": ["4601", "4621"]}]
    samklang.done(*INGRID, "load", write(invite={"group": "kyst"}))
    assert samklang.json(*INGRID, "invite", "prove")["invited"] == ["4601", "4621"]


def test_a_document_s_warnings_are_told_and_do_not_stop_it(samklang: Any, write: Callable[..., str]) -> None:
    parts = going_now()
    parts["messages"][0]["to"] = ["mastodon", "fax"]
    document = write(**parts)
    assert "warning: " in samklang.done("check", document)
    assert len(samklang.json("check", document)["warnings"]) == 1
    assert len(samklang.json(*INGRID, "load", document)["warnings"]) == 1


def test_a_municipality_that_has_not_chosen_its_language_chooses_it_and_can_approve(joined: Any) -> None:
    store = Store(f"sqlite:///{joined.home / 'samklang.db'}")
    with store.system() as session:
        voss = session.scalars(select(Organisation).where(Organisation.number == "4621")).one()
        voss.language, voss.language_decision = None, "neutral"
    store.dispose()
    assert "not chosen" in joined.done(*KARI, "profile")
    blocked = joined(*KARI, "approve", "prove", "--yes")
    assert "Voss has not chosen its written language." in blocked.stdout.replace("\n", " ")
    assert joined.json(*KARI, "profile", "--language", "nb", "--phone", "55123456")["phone"] == "55 12 34 56"
    assert "1 delivery approved" in joined.done(*KARI, "approve", "prove", "--yes")
    assert joined(*KARI, "profile", "--phone", "12").exit_code == Exit.stopped
    assert joined.json(*KARI, "profile")["language"] == "nb"
    joined.done(*KARI, "profile", "--language", "nn")
    assert list(joined.json(*KARI, "status")[0]["places"][0]["closed_gates"]) == [
        "gate.changed_after_approval"
    ]


def test_who_joins_without_an_account_is_told_what_is_lacking(
    samklang: Any, write: Callable[..., str]
) -> None:
    samklang.done(*INGRID, "load", write(**going_now()))
    samklang.done(*INGRID, "invite", "prove")
    told = samklang.done(*KARI, "join", "prove", "--fact", "lenke=https://www.voss.kommune.no/x")
    assert "handed to you to put out by hand" in told
    samklang.done(*KARI, "approve", "prove", "--yes")
    listed = samklang.json(*KARI, "hand", "list")
    assert [one["waits for"] for one in listed] == ["your hand"]
