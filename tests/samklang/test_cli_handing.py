"""What is put out by hand, on the command line: the list, the text and the pictures, and the person's word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_cli_adapting import INGRID, KARI, document

from samklang.console import Exit


@pytest.fixture
def approved(samklang: Any, write: Callable[..., str]) -> Any:
    """Voss, without any account, has approved what falls due."""
    samklang.done(*INGRID, "load", write(**document()))
    samklang.done(*INGRID, "invite", "prove")
    samklang.done(*KARI, "join", "prove", "--fact", "lenke=https://www.voss.kommune.no/x")
    samklang.done(*KARI, "approve", "prove", "--yes")
    return samklang


def test_the_approved_text_is_shown_saved_and_said_to_be_out(approved: Any, tmp_path: Path) -> None:
    shown = approved.done(*KARI, "hand", "show", "1", "--save", str(tmp_path / "til-facebook"))
    assert "samklang hand published 1 ADDRESS" in shown
    (text,) = (tmp_path / "til-facebook").glob("*.txt")
    told = approved.json(*KARI, "hand", "show", "1")
    assert told["text"] == text.read_text("utf-8")
    assert told["text"] in shown
    said = approved.done(*KARI, "hand", "published", "1", "https://www.voss.kommune.no/nytt/1")
    assert "noted as published at https://www.voss.kommune.no/nytt/1" in said
    again = approved(*KARI, "hand", "published", "1", "https://www.voss.kommune.no/nytt/2")
    assert (again.exit_code, "no longer waits for anybody" in again.stderr) == (Exit.stopped, True)


def test_what_cannot_be_said_is_one_sentence(approved: Any) -> None:
    for number, address, code in (("1", "voss.no", Exit.stopped), ("99", "https://a.no/x", Exit.unknown)):
        assert approved(*KARI, "hand", "published", number, address).exit_code == code
    assert approved(*KARI, "hand", "show", "99").exit_code == Exit.unknown
    assert approved(*INGRID, "hand", "list").exit_code == Exit.forbidden
    assert "Nothing is to be put out by hand." in approved.done(*KARI, "hand", "list"), "it is years ahead"


def test_a_draft_is_shown_to_nobody(samklang: Any, write: Callable[..., str]) -> None:
    samklang.done(*INGRID, "load", write(**document()))
    samklang.done(*INGRID, "invite", "prove")
    samklang.done(*KARI, "join", "prove")
    refused = samklang(*KARI, "hand", "show", "1")
    assert (refused.exit_code, "Les meir" in refused.output) == (Exit.stopped, False)
