"""Tells a rehearsal: as lines for a terminal, and as one page that needs nothing else. Computes no outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from connectors import CONNECTORS
from reports.rehearsal.outcome import Outcome
from reports.voice import Voice
from web import rehearsed

PAGE = Path(__file__).with_name("page.html")


def page(outcome: Outcome, voice: Voice) -> str:
    """Return the rehearsal as one HTML page without anything to fetch."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(PAGE.read_text("utf-8"))
    return template.render(
        outcome=outcome, voice=voice, say=voice.say, title=voice.title(outcome.title), titles=rehearsed.titles_of(outcome, voice),
        surprises=rehearsed.surprise_lines(outcome, voice), blocked=rehearsed.blocked_lines(outcome, voice),
        counts=sorted(outcome.counts().items(), key=lambda one: -one[1]), casts=rehearsed.casts(outcome),
        messages=rehearsed.messages(outcome, voice), residents=rehearsed.resident_views(outcome),
        platforms={kind.name: kind.title for kind in CONNECTORS},
    )  # fmt: skip


def lines(outcome: Outcome, voice: Voice) -> Sequence[str]:
    """Return the rehearsal in short, for a terminal."""
    found = [voice.say("page.rehearsal.title", title=voice.title(outcome.title).text), ""]
    for behaviour, names in rehearsed.casts(outcome):
        found.append(
            f"{len(names):>4}  {voice.say(f'page.rehearsal.does_{behaviour}')}: {voice.names(names)}"
        )
    found.append("")
    for one in rehearsed.messages(outcome, voice):
        found.append(f"{one.title.text}: {one.line}")
    for heading, those in (
        ("page.rehearsal.blocked", rehearsed.blocked_lines(outcome, voice)),
        ("page.rehearsal.surprises", rehearsed.surprise_lines(outcome, voice)),
    ):
        if those:
            found += ["", f"{voice.say(heading)}:", *(f"  {line}" for line in those)]
    found += ["", voice.say("rehearsal.passed" if outcome.passed else "rehearsal.not_passed")]
    return found
