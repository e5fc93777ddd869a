"""The doctor on the command line: what is wrong and what to do, in the reader's language, and 1 when it is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from campaigns.sentences import LANGUAGES
from reports.doctor import CHECKS
from samklang.console import Exit

INGRID = ("--as", "ingrid@county.example", "--for", "46")


@pytest.fixture
def well(samklang: Any, tmp_path: Path) -> Any:
    """An instance with its mark on a disk of its own, and everything that is known of its chains beside it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    (samklang.home / "mark.json").rename(folder / "mark.json")
    samklang.home.chmod(0o700)
    samklang.environment["SAMKLANG_MARK"] = str(folder / "mark.json")
    samklang.done("audit", "verify", "--accept")
    return samklang


def test_an_instance_that_is_well_is_told_so(well: Any) -> None:
    assert well.done("doctor") == f"{len(CHECKS)} checks: everything is well.\n"
    lines = well.done("doctor", "--all").splitlines()
    assert len(lines) == len(CHECKS) + 1
    assert {line.split()[0] for line in lines[:-1]} == {"ok"}


def test_a_warning_is_told_and_ends_with_nothing_worse(well: Any) -> None:
    result = well("doctor", SAMKLANG_SAMPLING_SPEED="60")
    assert result.exit_code == Exit.done
    warning, counted = result.stdout.splitlines()
    assert warning.startswith("warning  SAMKLANG_SAMPLING_SPEED is 60, which is for rehearsals")
    assert counted == f"0 errors and 1 warning in {len(CHECKS)} checks."


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_is_told_in_the_readers_language_and_ends_with_one(well: Any, language: str) -> None:
    well.done("stop", "--everything")
    said = {"nn": "opphev han med «samklang release --everything»", "nb": "opphev den med «samklang release --everything»",
            "en": "lift it with 'samklang release --everything'"}  # fmt: skip
    result = well("doctor", SAMKLANG_LANGUAGE=language)
    assert result.exit_code == Exit.stopped
    assert said[language] in result.stdout
    assert result.stdout.splitlines()[-1] == "1 error and 0 warnings."


def test_a_script_gets_every_check(well: Any) -> None:
    found = well.json("doctor")
    assert [one["word"] for one in found] == ["ok"] * len(CHECKS)
    assert {tuple(one) for one in found} == {("word", "code", "sentence", "values")}


def test_unsafe_settings_are_a_finding_here(well: Any) -> None:
    result = well("doctor", SAMKLANG_OPEN_STATUS="1", SAMKLANG_WEB_HOST="0.0.0.0")
    assert result.exit_code == Exit.stopped
    assert "SAMKLANG_OPEN_STATUS is for this machine alone." in result.stdout


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "The database cannot be reached (no such address)"),
        ("postgresql+psycopg://127.0.0.1:1/x", "The database cannot be reached (OperationalError)"),
    ],
)
def test_a_database_out_of_reach_is_a_finding_and_what_is_in_it_is_not_called_well(
    well: Any, address: str, said: str
) -> None:
    result = well("doctor", "--all", SAMKLANG_DATABASE=address)
    assert result.exit_code == Exit.stopped
    assert said in result.stdout
    assert sum(line.startswith("unasked") for line in result.stdout.splitlines()) == sum(
        check.ask_rows is not None for check in CHECKS
    )


def test_a_broker_out_of_reach_is_a_finding(well: Any) -> None:
    result = well("doctor", SAMKLANG_BROKER="redis://127.0.0.1:1/0")
    assert result.exit_code == Exit.stopped
    assert "The broker does not answer" in result.stdout


def test_the_doctor_makes_nothing(samklang: Any, tmp_path: Path) -> None:
    samklang.home = tmp_path / "nowhere"
    assert "Run 'samklang migrate'." in samklang("doctor").stdout
    assert not samklang.home.exists()
