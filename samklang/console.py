"""What every command shares: settings, the actor, output for people or scripts, and how things end.

Exit codes: 0 done · 1 something stands in the way, and nothing or only the named part was done · 2 the command was
not understood · 3 not allowed · 4 no such thing · 5 the settings are unsafe or contradict each other · 6 store,
broker or platform cannot be reached · 130 interrupted.
"""

from __future__ import annotations

import enum
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from campaigns.sentences import sentence
from campaigns.settings import Settings
from campaigns.store import Actor, Store
from campaigns.timing import NORWAY
from samklang.house import open_store
from workers.desk import Desk

DEMO_HOME = Path(".samklang") / "demo"
DEMO_SPEED = 60.0


class Exit(enum.IntEnum):
    """How a command ended."""

    done = 0
    stopped = 1
    misunderstood = 2
    forbidden = 3
    unknown = 4
    unsafe = 5
    unreachable = 6


class Failure(Exception):
    """A command cannot go on: one sentence with the remedy, and the exit code."""

    def __init__(self, text: str, code: Exit = Exit.stopped, details: object = None) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.details = details


def demo_settings() -> Settings:
    """Return the demo's settings: its own folder, loopback allowed, acts allowed, an hour's ages in a minute."""
    return Settings(
        home=DEMO_HOME,
        database=None,
        allow_private_hosts=True,
        cli_acts=True,
        open_status=True,
        demo_login=True,
        web_host="127.0.0.1",
        smtp_host=None,  # its people are made up; their letters wait
        notice_hosts="",
        sampling_speed=DEMO_SPEED,
    )


@dataclass
class Shell:
    """One run of the command: made by the root command, handed to every other."""

    settings: Settings
    as_json: bool = False
    mail: str | None = None
    organisation: str | None = None
    out: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=not sys.stdout.isatty()))

    @property
    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    @cached_property
    def store(self) -> Store:
        """Return the store, which must have been migrated.

        Raises: Failure.
        """
        store = open_store(self.settings)
        if not store.is_migrated():
            store.dispose()
            raise Failure("The store has no tables yet. Run 'samklang migrate' first.", Exit.unreachable)
        return store

    @cached_property
    def desk(self) -> Desk:
        """Return a desk on this store."""
        return Desk(self.settings, self.store)

    def close(self) -> None:
        """Hang up on platforms and store, as far as they were used."""
        if "desk" in self.__dict__:
            self.desk.close()
        if "store" in self.__dict__:
            self.store.dispose()

    def text(self, code: str, values: Mapping[str, object] | None = None) -> str:
        """Return a sentence of the catalogue in the language of the settings."""
        return sentence(code, values, self.settings.language)

    def actor(self) -> Actor:
        """Return who acts (D16): a person named on the command line, under the same access table as everywhere.

        Raises: Failure; UnknownActor.
        """
        if not self.settings.cli_acts:
            raise Failure(self.text("access.cli_acts_off"), Exit.forbidden)
        if not self.mail or not self.organisation:
            raise Failure(self.text("access.actor_missing"), Exit.misunderstood)
        today = self.now.astimezone(NORWAY).date()
        return self.store.actor(self.mail, self.organisation, how="operator on behalf of", on=today)

    @contextmanager
    def acting(self, *, write: bool = True) -> Iterator[Session]:
        """Open the actor's scope."""
        with self.store.scope(self.actor(), write=write) as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a scope to read in: the named actor's, or the operator's when nobody is named."""
        if self.mail or self.organisation:
            with self.acting(write=False) as session:
                yield session
        else:
            with self.store.system(write=False) as session:
                yield session

    def moment(self, at: datetime) -> str:
        """Return a moment as people in Norway read it."""
        return f"{at.astimezone(NORWAY):%d.%m.%Y %H:%M}"

    def say(self, text: str = "") -> None:
        """Print a line for a person; nothing when a script listens."""
        if not self.as_json:
            self.out.print(escape(harmless(text)))

    def give(self, content: object) -> None:
        """Print JSON for a script."""
        if self.as_json:
            sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def show_table(
        self,
        title: str,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        numbers: Sequence[str] = (),
    ) -> None:
        """Print rows as a table for a person; columns named in `numbers` stand to the right."""
        if self.as_json:
            return
        table = Table(
            title=escape(harmless(title)) or None,
            title_justify="left",
            title_style="bold",
            box=None,
            pad_edge=False,
        )
        for column in columns:
            table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
        for row in rows:
            table.add_row(*(escape(harmless(_cell(cell))) for cell in row))
        self.out.print(table)


_SPEAKS_TO_THE_TERMINAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """Return a text in which nothing speaks to the terminal itself: names, titles and platforms' words are in it (D17).

    Control characters, and those that turn the direction of what follows, become a replacement character; tabs and
    line breaks stay.
    """
    return _SPEAKS_TO_THE_TERMINAL.sub("\ufffd", text)


def _cell(content: object) -> str:
    """Return a table's cell as text; a moment is told as it is in Norway, wherever the machine stands."""
    return f"{content.astimezone(NORWAY):%Y-%m-%d %H:%M}" if isinstance(content, datetime) else str(content)


def _plain(content: object) -> str:
    """Return what JSON has no form for as text; a moment is aware and in UTC."""
    return content.isoformat(timespec="seconds") if isinstance(content, datetime) else str(content)


def count_of(number: int, word: str) -> str:
    """Return a number with its word: `1 post`, `3 posts`, `2 deliveries`, `4 days`."""
    ies = word.endswith("y") and word[-2] not in "aeiou"
    several = f"{word[:-1]}ies" if ies else f"{word}es" if word.endswith("ch") else f"{word}s"
    return f"{number} {word if number == 1 else several}"


def shell_of(context: typer.Context) -> Shell:
    """Return the shell that the root command made."""
    shell = context.find_object(Shell)
    assert shell is not None  # noqa: S101  # the root command always runs first
    return shell


def end(failure: Failure, *, as_json: bool) -> NoReturn:
    """Print a failure, as JSON for a script, and end with its code."""
    if as_json:
        sys.stdout.write(
            json.dumps({"error": failure.text, "details": failure.details}, ensure_ascii=False, default=str)
            + "\n"
        )
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(escape(harmless(failure.text)))
    sys.exit(failure.code)
