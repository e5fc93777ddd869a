"""The keys on the command line: names and numbers, never a key."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from campaigns.vault import alone, open_vault, read_keys
from samklang.console import Exit


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
        assert "The key file keys.json cannot be used." in result.stderr
    path.unlink()
    assert keyed("keys", "list").exit_code == Exit.unsafe
