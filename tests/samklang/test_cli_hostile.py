"""Hostile words on a terminal: what somebody wrote, or a platform sent, is shown and tells the terminal nothing (D17)."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from campaigns.settings import Settings
from samklang.console import Failure, Shell, end

HOSTILE = (
    "\x1b]8;;https://evil.example\x07her\x1b]8;;\x07",  # a link of another address
    "\x1b[2J\x1b[31mAlt er godkjent",  # an empty screen, and red letters
    "\x9b2J",  # the same in one character
    "[link=https://evil.example]her[/link] [bold]feit[/bold]",  # our own printer's language
    "godkjent\rikkje",  # written over
    "\u202egodkjent",  # read from the right
)
MARKS = ("\x1b]8", "\x1b[2J", "\x1b[31m", "\x9b", "\x07", "\r", "\u202e")


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def shell(screen: io.StringIO, tmp_path: Path) -> Shell:
    """What a person has before her: a terminal that would do as it is told."""
    return Shell(
        Settings(home=tmp_path), out=Console(file=screen, force_terminal=True, width=200, highlight=False)
    )


@pytest.mark.parametrize("words", HOSTILE)
def test_d17_words_tell_the_terminal_nothing(shell: Shell, screen: io.StringIO, words: str) -> None:
    shell.say(f"Hei {words}")
    shell.show_table(f"Om {words}", ["Namn"], [[words]])
    shown = screen.getvalue()
    assert not any(one in shown for one in MARKS)
    assert "evil.example" in shown or "evil.example" not in words, "it is shown as it stands"
    if "[bold]" in words:
        assert shown.count("[bold]feit[/bold]") == 3, "said, as a title, and in a cell"


@pytest.mark.parametrize("words", HOSTILE)
def test_d17_nor_does_what_went_wrong(capsys: Any, words: str) -> None:
    with pytest.raises(SystemExit):
        end(Failure(f"There is no {words} here."), as_json=False)
    told = capsys.readouterr().err
    assert "There is no " in told
    assert not any(one in told for one in MARKS)
