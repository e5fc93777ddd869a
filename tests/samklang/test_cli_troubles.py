"""Every way in which a command can fail: one sentence with what to do, an exit code, and JSON for a script."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

from campaigns.store import Account, Organisation, Store
from samklang.console import Exit
from web.assets import assets

KARI = ("--as", "kari@voss.example", "--for", "4621")
INGRID = ("--as", "ingrid@county.example", "--for", "46")
Trouble = tuple[tuple[str, ...], dict[str, str], int, str]

TROUBLES: dict[str, Trouble] = {
    "nobody named": (("load", "DOC"), {}, 2, "Say who acts: --as MAIL --for NUMBER."),
    "acts switched off": ((*INGRID, "load", "DOC"), {"SAMKLANG_CLI_ACTS": "0"}, 3, "SAMKLANG_CLI_ACTS=1"),
    "unknown person": (("--as", "x@y.example", "--for", "46", "load", "DOC"), {}, 3, "We do not know this person"),
    "unknown place": ((*INGRID[:3], "99", "load", "DOC"), {}, 3, "We do not know this person"),
    "forbidden to load": ((*KARI, "load", "DOC"), {}, 3, "You may not do this (campaign.load)"),
    "unknown to approve": ((*INGRID, "approve", "prove"), {}, 4, "There is no campaign 'prove'"),
    "forbidden to connect": ((*INGRID, "account", "connect", "mastodon"), {}, 3, "(account.connect)"),
    "forbidden to name groups": ((*KARI, "group", "set", "kyst", "4601"), {}, 3, "(group.set)"),
    "forbidden to stop a county": ((*KARI, "stop", "--county", "46"), {}, 3, "(hold.set)"),
    "no such document": (("check", "/nowhere/campaign.yaml"), {}, 4, "cannot be read (No such file or directory)"),
    "a folder as document": (("check", "."), {}, 4, "cannot be read"),
    "unknown campaign": (("status", "nope"), {}, 4, "There is no campaign 'nope' for you."),
    "unknown report": (("report", "nope"), {}, 4, "There is no campaign 'nope' for you."),
    "unknown invitation": ((*KARI, "join", "nope"), {}, 4, "There is no campaign 'nope' for you."),
    "unknown campaign to invite to": ((*INGRID, "invite", "nope"), {}, 4, "There is no campaign 'nope' for you."),
    "unknown platform": ((*KARI, "account", "connect", "fax"), {}, 4, "no connector for 'fax'"),
    "no secret came": ((*KARI, "account", "connect", "mastodon"), {}, 2, "Nothing came on standard input"),
    "unknown account": ((*KARI, "account", "pause", "7"), {}, 4, "There is no account 7 here."),
    "unknown account to test": ((*KARI, "account", "test", "7"), {}, 4, "There is no account 7 here."),
    "no such key": ((*INGRID, "group", "set", "Vår Kyst", "4601"), {}, 1, "key: A group's key"),
    "no such member": ((*INGRID, "group", "set", "kyst", "4601", "9999"), {}, 1, "number 9999"),
    "no such stop": ((*KARI, "release", "7"), {}, 4, "There is no stop number 7 here."),
    "which stop": (("release",), {}, 2, "Say which stop"),
    "no such delivery": ((*KARI, "unsure", "answer", "7", "--no"), {}, 4, "There is no delivery 7 here."),
    "where is the member": (("member", "add", "a@b.example", "--name", "A", "--role", "admin"), {}, 2, "Say where"),
    "no such organisation": (
        ("--for", "9999", "member", "add", "a@b.example", "--name", "A", "--role", "admin"), {}, 4, "number 9999",
    ),
    "broker without password": (
        ("status",), {"SAMKLANG_BROKER": "redis://broker.example/0"}, 5, "SAMKLANG_BROKER points to another machine",
    ),
    "private hosts on an open port": (
        ("status",), {"SAMKLANG_ALLOW_PRIVATE_HOSTS": "1", "SAMKLANG_WEB_HOST": "0.0.0.0"}, 5,
        "SAMKLANG_ALLOW_PRIVATE_HOSTS",
    ),
    "a port that there is not": (("status",), {"SAMKLANG_WEB_PORT": "99999"}, 5, "SAMKLANG_WEB_PORT"),
    "a home that is a file": (("status",), {"SAMKLANG_HOME": "/etc/passwd"}, 5, "cannot be used as a folder"),
    "clock and a silent broker": (("clock",), {"SAMKLANG_BROKER": "redis://127.0.0.1:1/0"}, 6, "does not answer"),
    "worker and a silent broker": (("worker",), {"SAMKLANG_BROKER": "redis://127.0.0.1:1/0"}, 6, "does not answer"),
    "a command that there is not": (("nonsense",), {}, 2, "No such command 'nonsense'. See: samklang --help"),
    "an option that is missing": (("member", "add", "x@y"), {}, 2, "Missing option '--name'. See: samklang member add"),
    "live or not": ((*KARI, "unsure", "answer", "7"), {}, 2, "--yes or --no"),
    "no demo here": (("--demo", "status"), {}, 4, "start it: make run"),
    "open page for others": (
        ("status",), {"SAMKLANG_OPEN_STATUS": "1", "SAMKLANG_WEB_HOST": "0.0.0.0"}, 5, "SAMKLANG_OPEN_STATUS",
    ),
    "the demo's way in for others": (
        ("web",), {"SAMKLANG_DEMO_LOGIN": "1", "SAMKLANG_WEB_HOST": "0.0.0.0"}, 5, "SAMKLANG_DEMO_LOGIN",
    ),
    "the demo's way in under a public name": (
        ("web",), {"SAMKLANG_DEMO_LOGIN": "1", "SAMKLANG_PUBLIC_URL": "https://samklang.example"}, 5,
        "SAMKLANG_DEMO_LOGIN",
    ),
    "public without https": (("status",), {"SAMKLANG_PUBLIC_URL": "http://samklang.example"}, 5, "https://"),
    "private hosts in earnest": (
        ("status",), {"SAMKLANG_PUBLIC_URL": "https://samklang.example", "SAMKLANG_ALLOW_PRIVATE_HOSTS": "1"}, 5,
        "SAMKLANG_ALLOW_PRIVATE_HOSTS",
    ),
    "a setting that is no number": (("status",), {"SAMKLANG_WEB_PORT": "many"}, 5, "SAMKLANG_WEB_PORT"),
    "a setting outside its list": (("status",), {"SAMKLANG_LOG_LEVEL": "LOUD"}, 5, "SAMKLANG_LOG_LEVEL"),
    "a file that is not there": (("status",), {"SAMKLANG_DATABASE_FILE": "/nowhere"}, 5, "SAMKLANG_DATABASE_FILE"),
    "a broker's file": (("status",), {"SAMKLANG_BROKER_FILE": "/nowhere"}, 5, "SAMKLANG_BROKER_FILE"),
    "no address": (("status",), {"SAMKLANG_DATABASE": "nonsense"}, 5, "SAMKLANG_DATABASE"),
    "no such engine": (("status",), {"SAMKLANG_DATABASE": "oracle9://h/d"}, 5, "SAMKLANG_DATABASE"),
    "no database there": (
        ("status",), {"SAMKLANG_DATABASE": "postgresql+psycopg://127.0.0.1:1/x"}, 6, "The store cannot be used",
    ),
    "up with a broker": (("up",), {"SAMKLANG_BROKER": "redis://127.0.0.1:1/0"}, 5, "brings its own broker"),
    "clock without broker": (("clock",), {}, 5, "needs a broker"),
    "worker without broker": (("worker",), {}, 5, "needs a broker"),
}  # fmt: skip


def _words(words: tuple[str, ...], document: str) -> tuple[str, ...]:
    return tuple(document if word == "DOC" else word for word in words)


@pytest.mark.parametrize("name", TROUBLES)
def test_a_trouble_is_one_sentence_and_an_exit_code(
    untouched: Any, write: Callable[..., str], name: str
) -> None:
    words, environment, code, said = TROUBLES[name]
    result = untouched(*_words(words, write()), **environment)
    assert (result.exit_code, result.stdout) == (code, ""), result.output
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert result.stderr.rstrip().endswith((".", "?", "--help", "make run"))


@pytest.mark.parametrize(
    "name", ["unknown campaign", "forbidden to load", "nobody named", "no database there"]
)
def test_a_script_gets_the_same_trouble_as_json(samklang: Any, write: Callable[..., str], name: str) -> None:
    words, environment, code, said = TROUBLES[name]
    result = samklang("--json", *_words(words, write()), **environment)
    assert result.exit_code == code
    assert said in json.loads(result.stdout)["error"]
    assert result.stderr == ""


def test_troubles_are_told_in_the_language_of_the_settings(samklang: Any) -> None:
    for language, said in (("nn", "Det finst ingen kampanje"), ("nb", "Det finnes ingen kampanje")):
        assert said in samklang("status", "nope", SAMKLANG_LANGUAGE=language).stderr


def test_a_bad_document_gets_all_its_problems_at_once(samklang: Any, write: Callable[..., str]) -> None:
    path = write(owner="Vestland fylke", purpose="sell", languages=["nn"], ends="soon")
    for command in (("check",), (*INGRID, "load")):
        result = samklang(*command, path)
        errors = [line for line in result.stdout.splitlines() if line.startswith("error: ")]
        assert result.exit_code == Exit.stopped
        assert len(errors) >= 3
        assert f"{len(errors)} errors to put right; nothing was stored." in result.stderr
    script = samklang("--json", "check", path)
    told = json.loads(script.stdout)["details"]
    assert script.exit_code == Exit.stopped
    assert [f"error: {one['problem']}" for one in told if one["severity"] == "error"] == errors
    assert samklang.done("status").startswith("No campaign yet.")


def test_a_document_of_any_size_is_refused_after_its_first_half_megabyte(
    untouched: Any, tmp_path: Path
) -> None:
    document = tmp_path / "campaign.yaml"
    with document.open("wb") as file:
        file.truncate(50 * 1000**3)  # of nothing, taking no room; reading it whole would end this test
    result = untouched("check", str(document))
    assert result.exit_code == Exit.stopped
    assert "error: Line 1: The document is larger than 512 kB." in result.stdout


def test_pictures_that_cannot_be_used_are_told_all_at_once(
    samklang: Any, write: Callable[..., str], tmp_path: Path
) -> None:
    (tmp_path / "tekst.png").write_bytes(b"no picture")
    message = {
        "key": "ein", "title": {"nn": "Ein", "nb": "En"}, "send": {"on": "T", "at": "10:00"}, "to": ["mastodon"],
        "text": [{"locked": {"nn": "Hei", "nb": "Hei"}}],
        "pictures": [
            {"file": name, "alt": {"nn": "Ei lampe.", "nb": "En lampe."}, "credit": "S", "licence": "CC0 1.0"}
            for name in ("borte.png", "tekst.png")
        ],
    }  # fmt: skip
    result = samklang(*INGRID, "load", write(messages=[message], facts={}))
    assert result.exit_code == Exit.stopped
    assert "error: ein: borte.png cannot be read (No such file or directory)." in result.stdout
    assert "error: ein: tekst.png: The file is not a picture that we can read." in result.stdout
    assert "2 pictures to put right; nothing was stored." in result.stderr


def test_facts_that_cannot_be_taken_are_told_by_name(samklang: Any, write: Callable[..., str]) -> None:
    samklang.done(*INGRID, "load", write())
    samklang.done(*INGRID, "invite", "prove")
    result = samklang(*KARI, "join", "prove", "--fact", "lenke=http://evil.example", "--fact", "anna=1")
    assert result.exit_code == Exit.stopped
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["lenke", "anna"]
    assert samklang(*KARI, "join", "prove", "--fact", "lenke").exit_code == Exit.misunderstood
    assert samklang(*KARI, "join", "prove", "--message", "nope").exit_code == Exit.unknown
    assert samklang.json(*KARI, "status")[0]["answers"] == {"unanswered": 1}


def test_what_cannot_be_approved_is_told_and_nothing_is(samklang: Any, write: Callable[..., str]) -> None:
    samklang.done(*INGRID, "load", write())
    samklang.done(*INGRID, "invite", "prove")
    result = samklang(*KARI, "approve", "prove", "--yes")
    assert result.exit_code == Exit.stopped
    assert "Nothing of prove waits for approval here." in result.stderr


def test_a_store_without_tables_says_how_to_make_them(samklang: Any, postgresql: str) -> None:
    name = "empty_for_the_command"
    engine = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        result = samklang("status", SAMKLANG_DATABASE=postgresql.replace("/postgres?", f"/{name}?"))
        connection.execute(text(f"DROP DATABASE {name}"))
    engine.dispose()
    assert result.exit_code == Exit.unreachable
    assert result.stderr.strip() == "The store has no tables yet. Run 'samklang migrate' first."


def test_a_key_file_that_was_altered_ends_a_command_before_anything_is_lost(
    samklang: Any, write: Callable[..., str]
) -> None:
    (samklang.home / "keys.json").write_text("{}")
    samklang.done(*INGRID, "load", write())  # needs no key
    store = Store(f"sqlite:///{samklang.home / 'samklang.db'}")
    with store.system() as session:
        voss = session.scalars(select(Organisation.id).where(Organisation.number == "4621")).one()
        session.add(
            Account(
                organisation_id=voss, platform="mastodon", base="https://m.example", remote_id="1", handle="v",
                title="V", address="https://m.example/@v", connected_at=datetime.now(UTC),
            )
        )  # fmt: skip
    store.dispose()
    result = samklang(*KARI, "account", "test", "1")
    assert result.exit_code == Exit.unsafe
    assert "The key file keys.json is gone or cannot be used." in result.stderr
    assert (samklang.home / "keys.json").read_text() == "{}"


def test_who_sees_a_campaign_but_may_not_act_in_it_is_told_so(
    samklang: Any, write: Callable[..., str]
) -> None:
    samklang.done(*INGRID, "load", write())
    samklang.done(*INGRID, "invite", "prove")
    for words in ((*INGRID, "approve", "prove"), (*INGRID, "join", "prove"), (*KARI, "invite", "prove")):
        refused = samklang(*words)
        assert refused.exit_code == Exit.forbidden, refused.output
        assert "You may not do this" in refused.stderr


def test_a_stop_asks_nothing_of_the_broker(samklang: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(0)
        samklang.environment["SAMKLANG_BROKER"] = f"redis://127.0.0.1:{mute.getsockname()[1]}/0"
        samklang.done(*KARI, "stop", "--reason", "brann")
        with pytest.raises(BlockingIOError):
            mute.accept()
    assert len(samklang.json(*KARI, "stop", "--list")) == 1


def test_without_what_browsers_load_nothing_is_started(
    samklang: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.assets.FOLDER", tmp_path / "nowhere")
    assets.cache_clear()
    try:
        for command in ("up", "web"):
            told = samklang(command)
            assert (told.exit_code, told.stdout) == (Exit.stopped, "")
            assert "python vendor.py" in " ".join(told.stderr.split())
            assert "Traceback" not in told.stderr
    finally:
        assets.cache_clear()
