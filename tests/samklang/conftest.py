"""The command as a script or a person runs it, in a home of its own that was migrated once."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from samklang.cli import app

ENVIRONMENT = {"COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"}
KARI = ("--as", "kari@voss.example", "--for", "4621")
INGRID = ("--as", "ingrid@county.example", "--for", "46")


@dataclass
class Command:
    """Runs `samklang` in one home."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, typed: str = "", **more: str) -> Result:
        """Run the command with these words; `typed` is what comes on standard input."""
        given = {
            "SAMKLANG_HOME": str(self.home),
            "SAMKLANG_CLI_ACTS": "1",
            **ENVIRONMENT,
            **self.environment,
            **more,
        }
        result = CliRunner().invoke(app, list(words), input=typed, env=given)
        structlog.reset_defaults()  # the command's standard error is closed by now
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def done(self, *words: str, typed: str = "", **more: str) -> str:
        """Run a command that has to succeed and return what it said."""
        result = self(*words, typed=typed, **more)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *words: str, **more: str) -> Any:
        """Run a command that has to succeed and return what it gave a script."""
        return json.loads(self.done("--json", *words, **more))


@pytest.fixture(autouse=True)
def _logging() -> Iterator[None]:
    """Take back what the command sets for its own process."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture(scope="session")
def _migrated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the register, Ingrid in the county and Kari in Voss."""
    home = tmp_path_factory.mktemp("homes") / "home"
    samklang = Command(home)
    samklang.done("migrate")
    samklang.done(*INGRID[2:], "member", "add", INGRID[1], "--name", "Ingrid", "--role", "coordinator")
    kari = [word for role in ("editor", "approver", "admin") for word in ("--role", role)]
    samklang.done(*KARI[2:], "member", "add", KARI[1], "--name", "Kari", *kari)
    return home


@pytest.fixture
def untouched(_migrated_home: Path) -> Command:
    """The command in the migrated home itself, for what changes nothing there."""
    return Command(_migrated_home)


@pytest.fixture
def samklang(_migrated_home: Path, tmp_path: Path) -> Command:
    """The command in a migrated home."""
    home = tmp_path / "home"
    shutil.copytree(_migrated_home, home)
    return Command(home)


DOCUMENT: Mapping[str, Any] = {
    "samklang": 1,
    "campaign": "prove",
    "title": {"nn": "Prøve", "nb": "Prøve"},
    "owner": "46",
    "contact": {"name": "Ingrid", "mail": "ingrid@county.example"},
    "purpose": "inform",
    "goal": {"nn": "Å prøve", "nb": "Å prøve"},
    "invite": {"county": "46"},
    "anchor": "2027-01-12",
    "answer": {"by": "2027-01-11"},
    "ends": "T+30",
    "languages": ["nn", "nb"],
    "facts": {"lenke": {"kind": "url", "own_site": True, "ask": {"nn": "Lenkje", "nb": "Lenke"}}},
    "messages": [
        {
            "key": "ein",
            "title": {"nn": "Ein", "nb": "En"},
            "send": {"on": "T", "at": "10:00"},
            "to": ["mastodon"],
            "text": [{"fill": {"nn": "Hei {kommune}. {lenke}", "nb": "Hei {kommune}. {lenke}"}}],
        }
    ],
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a campaign document with some parts changed, and gives its path."""

    def write_document(**changes: Any) -> str:
        path = tmp_path / "campaign.yaml"
        path.write_text(json.dumps({**DOCUMENT, **changes}), "utf-8")  # JSON is YAML, too
        return str(path)

    return write_document
