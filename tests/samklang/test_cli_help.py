"""Help and wording of the command line: every option says what it is for, and everything fits eighty columns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from reports.campaign_report import Truth
from samklang.cli import app
from samklang.commands.reading import truth_sentence
from samklang.console import Exit, count_of


def _tree(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield words, command
    for name, part in getattr(command, "commands", {}).items():
        yield from _tree(part, (*words, name))


COMMANDS = dict(_tree(typer.main.get_command(app)))
NAMES = sorted(COMMANDS)


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_help_reads_well_and_fits_the_terminal(untouched: Any, words: tuple[str, ...]) -> None:
    said = untouched.done(*words, "--help")
    assert said.strip().startswith("Usage: samklang")
    assert max(len(line) for line in said.splitlines()) <= 80


@pytest.mark.parametrize("words", NAMES, ids=" ".join)
def test_every_command_option_and_argument_says_what_it_is_for(words: tuple[str, ...]) -> None:
    command = COMMANDS[words]
    assert (command.help or "").strip().split("\n")[0].rstrip().endswith("."), words
    for one in command.params:
        if not getattr(one, "hidden", False) and one.name != "help":
            assert (one.help or "").rstrip(". ") not in {"", one.name}, (words, one.name)


def test_the_short_option_gives_the_same_help(untouched: Any) -> None:
    assert untouched.done("-h") == untouched.done("--help")


def test_commands_stand_in_panels_by_who_uses_them(untouched: Any) -> None:
    said = untouched.done("--help")
    panels = ("Running it", "For the county", "For the municipality", "In trouble", "Reading")
    assert [panel for panel in panels if panel not in said] == []
    assert "─ Commands ─" not in said
    assert "Exit codes" in said


def test_the_exit_codes_that_help_names_are_the_ones_there_are(untouched: Any) -> None:
    said = " ".join(untouched.done("--help").split())
    codes = said[said.index("Exit codes:") :]
    assert [int(code) for code in Exit if f"{int(code)} " not in codes] == []


def test_the_name_of_nobody_shows_help(untouched: Any) -> None:
    for words in ((), ("account",), ("group",), ("unsure",), ("member",)):
        result = untouched(*words)
        assert result.exit_code == 2
        assert "Usage: samklang" in result.output


@pytest.mark.parametrize(
    "words",
    [("nonsense",), ("load",), ("load", "a", "b"), ("account", "pause", "seven"), ("status", "--nonsense"),
     ("unsure", "answer", "1"), ("--for", "46", "member", "add", "x@y.example", "--name", "X", "--role", "king"),
     ("report", "prove", "--age", "-1")],
    ids=" ".join,
)  # fmt: skip
def test_what_is_not_understood_ends_with_two_and_points_to_help(
    untouched: Any, words: tuple[str, ...]
) -> None:
    result = untouched(*words)
    assert result.exit_code == Exit.misunderstood
    assert result.stdout == ""
    assert re.search(r"See: samklang [\w ]*--help|--yes or --no", result.stderr)
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr
    script = untouched("--json", *words)
    assert script.exit_code == Exit.misunderstood
    assert json.loads(script.stdout)["error"]


def test_numbers_and_words_agree() -> None:
    assert [count_of(number, "delivery") for number in (0, 1, 2)] == [
        "0 deliveries",
        "1 delivery",
        "2 deliveries",
    ]
    assert [count_of(number, "post") for number in (0, 1, 2)] == ["0 posts", "1 post", "2 posts"]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({}, "Nothing is planned yet."),
        ({"waiting": 1}, "0 of 1 post is live, 1 waits."),
        ({"live": 2}, "2 of 2 posts are live."),
        (
            {"live": 4, "under_way": 2, "waiting": 3, "unsure": 1, "failed": 1, "missed": 1, "removed": 2},
            "4 of 14 posts are live, 2 are under way, 3 wait, 1 is not confirmed, 1 failed, 1 was missed, "
            "2 were removed.",
        ),
        ({"cancelled": 3}, "Nothing is planned yet."),
    ],
)
def test_delivery_truth_is_one_sentence_with_both_numbers(counts: dict[str, int], said: str) -> None:
    parts = ("live", "stated", "waiting", "under_way", "unsure", "failed", "missed", "cancelled", "removed")
    assert truth_sentence(Truth(**{part: counts.get(part, 0) for part in parts})) == said
