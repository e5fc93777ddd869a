"""The process that plays a rehearsal: it knows nothing of the house, and leaves nothing behind however it ends."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import paper
import pytest
from processes import ROOT, until

from campaigns.definition import writing
from campaigns.rehearsals import Progress, Refused, Script
from campaigns.store import Cast
from reports.rehearsal.outcome import unpack
from samklang.rehearsal import apart
from workers.rehearse import PlayerLost

PICTURE = {"bilete.png": paper.picture().content}


def script(**more: Any) -> Script:
    content = paper.paper() | {"invite": {"municipalities": ["4636", "4621"]}} | more
    return Script(
        1, 1, writing.dump(paper.definition(content)), ("4636", "4621"), {"bilete.png": ""}, Cast.everybody
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where players set up their stages."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def stages(folder: Path) -> list[Path]:
    return list(folder.glob("samklang-rehearsal-*"))


def test_nothing_of_this_house_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def popen(command: list[str], **more: Any) -> Any:
        given.update(more, command=command)
        raise OSError("never begun")

    monkeypatch.setenv("SAMKLANG_DATABASE_FILE", "/run/secrets/database")
    monkeypatch.setenv("PGPASSWORD", "hemmeleg")
    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(OSError, match="never begun"):
        apart.play_apart(script(), PICTURE, lambda _: True)
    assert set(given["env"]) <= set(apart.PASSED_ON)
    assert not [name for name in apart.PASSED_ON if name.startswith("SAMKLANG")]
    assert "hemmeleg" not in str(given["command"])


@pytest.mark.slow
def test_a_campaign_is_played_and_told_and_nothing_is_left(folder: Path) -> None:
    heard: list[Progress] = []

    def told(progress: Progress) -> bool:
        heard.append(progress)
        return True

    packed = apart.play_apart(script(), PICTURE, told)
    assert packed is not None
    outcome = unpack(packed)
    assert outcome.passed
    assert {one.number for one in outcome.sent} == {"4636", "4621"}
    assert [one.share for one in heard] == sorted(one.share for one in heard)
    assert stages(folder) == []


@pytest.mark.slow
def test_what_is_not_wanted_any_more_ends_and_clears_its_stage_away(folder: Path) -> None:
    assert apart.play_apart(script(), PICTURE, lambda _: not stages(folder)) is None
    assert stages(folder) == []


@pytest.mark.slow
def test_what_cannot_be_played_is_refused_with_its_sentence() -> None:
    nobody = script()
    with pytest.raises(Refused, match="nobody"):
        apart.play_apart(
            Script(1, 1, nobody.document, ("9999",), {}, Cast.everybody), PICTURE, lambda _: True
        )


@pytest.mark.slow
def test_a_player_that_is_killed_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[subprocess.Popen[str]] = []
    real = subprocess.Popen

    def popen(*all_: Any, **more: Any) -> subprocess.Popen[str]:
        begun.append(real(*all_, **more))
        return begun[-1]

    def told(_: Progress) -> bool:
        begun[0].kill()
        return True

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(PlayerLost):
        apart.play_apart(script(), PICTURE, told)


@pytest.mark.slow
def test_of_a_worker_that_is_killed_no_player_is_left(folder: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "samklang.rehearsal.apart"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, cwd=ROOT, env={"TMPDIR": str(folder), "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert child.stdin
    assert child.stdout
    one = script()
    coded = {file: base64.b64encode(content).decode() for file, content in PICTURE.items()}
    whole = {"document": one.document, "numbers": one.numbers, "cast": one.cast, "pictures": coded}
    child.stdin.write(json.dumps(whole) + "\n")
    child.stdin.flush()
    until(lambda: bool(stages(folder)), seconds=300)
    child.stdin.close()  # as the kernel does when the worker is gone
    child.stdout.close()
    until(lambda: child.poll() is not None, seconds=120)
    assert child.returncode != -signal.SIGKILL
    assert stages(folder) == []
