"""The command for letters: what waits, what was given up and why, and a trial."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import structlog
from letterbox import letterbox, plain
from sqlalchemy import update
from typer.testing import CliRunner
from world import World

from campaigns.store import Letter
from samklang.cli import app


def run(world: World, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[int, str]:
    monkeypatch.setenv("SAMKLANG_HOME", str(world.settings.home))
    monkeypatch.setenv("SAMKLANG_DATABASE", world.store.url.render_as_string(hide_password=False))
    monkeypatch.setenv("SAMKLANG_CLI_ACTS", "1")
    done = CliRunner().invoke(app, list(words))
    structlog.reset_defaults()  # the command's standard error is closed by now
    return done.exit_code, done.output


def test_a_trial_is_written_sent_and_gone_from_the_list(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, told = run(world, monkeypatch, "notices", "--try", "drift@fylke.example")
    assert (code, "drift@fylke.example" in told, "Mail is off" in told) == (0, True, True)
    with world.store.system() as session:
        session.execute(update(Letter).values(made_at=world.now, next_try_at=world.now, until=None))
    with letterbox(world) as box:
        world.clock.notify()
        (mail,) = box.mails
    assert mail["Subject"] == "Mail from Samklang works"
    assert "drift@fylke.example" in plain(mail)
    assert "No letter waits." in run(world, monkeypatch, "notices")[1]


def test_what_is_no_address_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    code, told = run(world, monkeypatch, "notices", "--try", "a@b.no?attach=file:///etc/passwd")
    assert (code, "no mail address" in told) == (2, True)


def test_a_person_sees_her_own_letters_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with world.store.system() as session:
        for mine in ("4601", "4621"):
            person = world.actors[mine].person_id
            session.add(
                Letter(
                    way="mail", person_id=person, at_once=True, message_id=mine, details={}, made_at=world.now,
                    next_try_at=world.now, ended_at=None, outcome="mail.later", attempts=3,
                )
            )  # fmt: skip
    code, told = run(world, monkeypatch, "--json", "--as", "adviser@4601.example", "--for", "4601", "notices")
    assert code == 0
    rows = json.loads(told)
    assert [one["to"] for one in rows] == ["adviser@4601.example"]
    assert rows[0]["why"] == "The mail server asked us to try later."
