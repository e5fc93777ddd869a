"""The keys on the command line: names and numbers, never a key."""

from __future__ import annotations

import base64
import json
import re
import socket
import uuid
from typing import Any

import pytest

from campaigns.vault import alone, open_vault, read_keys
from samklang.console import Exit

KARI = ("--as", "kari@voss.example", "--for", "4621")


@pytest.fixture
def keyed(samklang: Any) -> Any:
    """A home with a key file, and nothing sealed yet."""
    open_vault(samklang.home / "keys.json")
    return samklang


def test_keys_are_rotated_listed_and_forgotten_by_name(keyed: Any) -> None:
    path = keyed.home / "keys.json"
    old = read_keys(path).current
    shown = keyed.done("keys", "rotate")
    new = read_keys(path).current
    assert f"{new} seals now; the logins of 0 accounts were sealed anew." in shown
    assert "'samklang keys forget'" in shown
    lines = [line.split() for line in keyed.done("keys", "list").splitlines()[1:]]
    assert lines == [[new, "seals", "0"], [old, "opens", "0"]]
    assert f"Forgotten: {old}." in keyed.done("keys", "forget")
    assert "No key can be forgotten" in keyed.done("keys", "forget")
    assert keyed.json("keys", "list") == [{"key": new, "current": True, "known": True, "logins": 0}]
    assert keyed.json("keys", "rotate", "--forget-old")["forgotten"] == [new]


def test_no_command_shows_a_key(keyed: Any) -> None:
    path = keyed.home / "keys.json"
    said = "".join(
        keyed.done(*words) for words in (("keys", "list"), ("keys", "rotate"), ("--json", "keys", "list"))
    )
    for key in read_keys(path).by_id.values():
        assert base64.b64encode(key).decode() not in said
    assert "by_id" not in repr(read_keys(path))


def test_somebody_else_at_the_keys_is_told_in_a_sentence(keyed: Any) -> None:
    with alone(keyed.home / "keys.json"):
        for words in (("keys", "rotate"), ("keys", "forget")):
            result = keyed(*words)
            assert (result.exit_code, result.stdout) == (Exit.stopped, "")
            assert "The keys are being changed by somebody else just now" in result.stderr


def test_a_key_file_that_is_away_or_spoilt_is_told_in_a_sentence(keyed: Any) -> None:
    path = keyed.home / "keys.json"
    path.write_text(json.dumps({"current": "k-1", "keys": {}}))
    for words in (("keys", "list"), ("keys", "rotate"), ("keys", "forget")):
        result = keyed(*words)
        assert (result.exit_code, result.stdout) == (Exit.unsafe, "")
        assert "The key file keys.json is gone or cannot be used." in result.stderr
    path.unlink()
    assert keyed("keys", "list").exit_code == Exit.unsafe


@pytest.fixture
def sealed(samklang: Any, _stand_ins: Any) -> Any:
    """A home in which Voss has one account with a sealed login."""
    base = _stand_ins.by_name["mastodon"].address
    typed = f"demo-voss{uuid.uuid4().hex[:8]}\n"
    samklang.done(
        *KARI,
        "account",
        "connect",
        "mastodon",
        "--token",
        "--server",
        base,
        typed=typed,
        SAMKLANG_ALLOW_PRIVATE_HOSTS="1",
    )
    return samklang


@pytest.mark.parametrize("content", [None, "{nonsense"], ids=["lost", "corrupt"])
def test_without_its_keys_nothing_starts_and_no_new_keys_are_made(sealed: Any, content: str | None) -> None:
    path = sealed.home / "keys.json"
    path.unlink() if content is None else path.write_text(content, "utf-8")
    for words in (("up",), (*KARI, "account", "test", "1")):
        refused = sealed(*words)
        assert refused.exit_code == Exit.unsafe, refused.output
        assert "keys.json is gone or cannot be used" in refused.stderr
        assert "samklang keys begin" in refused.stderr
    assert path.exists() is (content is not None)


def test_keys_that_are_lost_for_good_are_begun_anew_by_a_persons_word_alone(sealed: Any) -> None:
    path = sealed.home / "keys.json"
    refused = sealed("keys", "begin", "--yes")
    assert refused.exit_code == Exit.stopped
    assert "nothing was changed" in refused.stderr
    kept = path.read_bytes()
    path.unlink()
    assert sealed.json("keys", "begin", "--yes") == {"lost": 1}
    assert [one["state"] for one in sealed.json(*KARI, "account", "list")] == ["login_lost"]

    # The old file turns up after all: the platform answers, and the account is used again.
    path.write_bytes(kept)
    told = sealed.json(*KARI, "account", "test", "1", SAMKLANG_ALLOW_PRIVATE_HOSTS="1")
    assert told["regained"] is True
    assert [one["state"] for one in sealed.json(*KARI, "account", "list")] == ["connected"]


def test_a_pause_does_not_heal_a_lost_login(sealed: Any) -> None:
    path = sealed.home / "keys.json"
    path.unlink()
    sealed.done("keys", "begin", "--yes")
    assert sealed.json(*KARI, "account", "pause", "1")["state"] == "paused"
    assert sealed.json(*KARI, "account", "pause", "1", "--resume")["state"] == "login_lost"


def test_a_port_that_somebody_else_has_ends_up_and_web_before_anything_starts(samklang: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("up", "web"):
            refused = samklang(command, SAMKLANG_WEB_PORT=port)
            assert refused.exit_code == Exit.stopped
            assert f"Port {port} on 127.0.0.1 cannot be had" in refused.stderr


def test_the_operator_hands_over_a_way_in_and_finds_nobody_by_a_wrong_address(
    samklang: Any,
) -> None:
    samklang.done("migrate")
    assert read_keys(samklang.home / "keys.json").current  # the first keys, before anybody seals
    samklang.done("--for", "46", "member", "add", "ingrid@county.example", "--name", "I", "--role", "admin")
    said = samklang.done("member", "link", "ingrid@county.example")
    assert re.search(r"http://127\.0\.0\.1:\d+/enter/[\w-]{43}\b", said)
    wrong = samklang("member", "link", "ingird@county.example")
    assert wrong.exit_code == Exit.unknown
    assert "member add" in wrong.output
