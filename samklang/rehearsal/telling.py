"""Tells a rehearsal: as lines for a terminal, and as one page that needs nothing else. Computes no outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from campaigns import register
from connectors import CONNECTORS
from samklang.rehearsal.outcome import Blocked, Met, Outcome, Sent, resident, residents
from web.voice import Title, Voice

PAGE = Path(__file__).with_name("page.html")


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message: its title, how it went in a sentence, and every delivery of it in the order of time."""

    title: Title
    line: str
    sent: tuple[Sent, ...]


@dataclass(frozen=True, slots=True)
class ResidentView:
    """What one resident meets."""

    name: str
    platform: str
    met: tuple[Met, ...]


def blocked_lines(outcome: Outcome, voice: Voice) -> list[str]:
    """Return what stands in the way, the municipalities that share a reason together; its values are the first one's."""
    groups: dict[tuple[str, str], list[Blocked]] = {}
    for one in outcome.blocked:
        groups.setdefault((one.message, one.code), []).append(one)
    return [
        voice.say(
            "rehearsal.blocked_row", message=message, words=voice.say(code, **those[0].values),
            names=voice.names(list(dict.fromkeys(one.name for one in those))),
        )
        for (message, code), those in groups.items()
    ]  # fmt: skip


def surprise_lines(outcome: Outcome, voice: Voice) -> list[str]:
    """Return what should not have been, each once."""
    lines = []
    for one in outcome.surprises:
        values = dict(one.values)
        for name, beginning in (("state", "page.rehearsal.state_"), ("behaviour", "page.rehearsal.does_")):
            if name in values:
                values[name] = voice.say(f"{beginning}{values[name]}")
        lines.append(voice.say(one.code, **values))
    return list(dict.fromkeys(lines))


def messages(outcome: Outcome, titles: Mapping[str, Title], voice: Voice) -> list[MessageLine]:
    """Return the campaign's messages in their order, each with what became of it."""
    found = []
    for key, title in titles.items():
        sent = sorted(
            (one for one in outcome.sent if one.message == key),
            key=lambda one: (one.at or one.due_at, one.number),
        )
        live = [one.at for one in sent if one.at is not None]
        values = {"live": voice.number(len(live)), "all": voice.number(len(sent))}
        line = voice.say("page.rehearsal.message_none", all=values["all"])
        if live:
            last = replace(voice, now=min(live)).moment_or_clock(max(live))  # the day is told once
            line = voice.say("page.rehearsal.message_row", first=voice.moment(min(live)), last=last, **values)
        found.append(MessageLine(title, line, tuple(sent)))
    return found


def casts(outcome: Outcome) -> list[tuple[str, list[str]]]:
    """Return the names of the municipalities by behaviour, the commonest first."""
    known = register.municipalities()
    groups: dict[str, list[str]] = {}
    for number, behaviour in outcome.behaviours.items():
        groups.setdefault(behaviour.value, []).append(known[number].name)
    return sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))


def resident_views(outcome: Outcome) -> list[ResidentView]:
    """Return what residents of two municipalities meet."""
    known, beside = register.municipalities(), register.neighbours()
    populations = {number: place.population for number, place in known.items()}
    titles = {kind.name: kind.title for kind in CONNECTORS}
    views = []
    for number in residents(outcome, populations, beside):
        met = resident(outcome, number, beside)
        if met:
            views.append(ResidentView(known[number].name, titles[met[0].sent.platform], met))
    return views


def page(outcome: Outcome, titles: Mapping[str, Mapping[str, str]], voice: Voice) -> str:
    """Return the rehearsal as one HTML page without anything to fetch; `titles` are the messages' by key."""
    worded = {key: voice.title(texts) for key, texts in titles.items()}
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = environment.from_string(PAGE.read_text("utf-8"))
    return template.render(
        outcome=outcome, voice=voice, say=voice.say, title=voice.title(outcome.title), titles=worded,
        surprises=surprise_lines(outcome, voice), blocked=blocked_lines(outcome, voice),
        counts=sorted(outcome.counts().items(), key=lambda one: -one[1]), casts=casts(outcome),
        messages=messages(outcome, worded, voice), residents=resident_views(outcome),
        platforms={kind.name: kind.title for kind in CONNECTORS},
    )  # fmt: skip


def lines(outcome: Outcome, titles: Mapping[str, Mapping[str, str]], voice: Voice) -> Sequence[str]:
    """Return the rehearsal in short, for a terminal."""
    worded = {key: voice.title(texts) for key, texts in titles.items()}
    found = [voice.say("page.rehearsal.title", title=voice.title(outcome.title).text), ""]
    for behaviour, names in casts(outcome):
        found.append(
            f"{len(names):>4}  {voice.say(f'page.rehearsal.does_{behaviour}')}: {voice.names(names)}"
        )
    found.append("")
    for one in messages(outcome, worded, voice):
        found.append(f"{one.title.text}: {one.line}")
    for heading, those in (
        ("page.rehearsal.blocked", blocked_lines(outcome, voice)),
        ("page.rehearsal.surprises", surprise_lines(outcome, voice)),
    ):
        if those:
            found += ["", f"{voice.say(heading)}:", *(f"  {line}" for line in those)]
    found += ["", voice.say("rehearsal.passed" if outcome.passed else "rehearsal.not_passed")]
    return found
