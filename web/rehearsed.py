"""A rehearsal in words: what its page, its file and the terminal tell alike. Computes no outcome."""

from __future__ import annotations

from dataclasses import dataclass, replace

from campaigns import register
from connectors import CONNECTORS
from reports.rehearsal.outcome import Blocked, Met, Outcome, Sent, resident, residents
from reports.voice import Title, Voice


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message: its key, its title, how it went in a sentence, and every delivery of it in the order of time."""

    key: str
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
            "rehearsal.blocked_row", message=_title(outcome, message, voice),
            words=voice.problem(code, those[0].values),
            names=voice.names(list(dict.fromkeys(one.name for one in those))),
        )
        for (message, code), those in groups.items()
    ]  # fmt: skip


def blocked_in(outcome: Outcome, number: str, voice: Voice) -> list[tuple[str, str]]:
    """Return what stands in the way in one municipality: the message's title and the sentence, each once."""
    lines = [
        (_title(outcome, one.message, voice), voice.problem(one.code, one.values))
        for one in outcome.blocked
        if one.number == number
    ]
    return list(dict.fromkeys(lines))


def _title(outcome: Outcome, key: str, voice: Voice) -> str:
    return voice.title(outcome.messages.get(key, {})).text or key


def titles_of(outcome: Outcome, voice: Voice) -> dict[str, Title]:
    """Return the messages' titles as the reader gets them, by key and in their order."""
    return {key: voice.title(texts) for key, texts in outcome.messages.items()}


def surprise_lines(outcome: Outcome, voice: Voice) -> list[str]:
    """Return what should not have been, each once."""
    lines = []
    for one in outcome.surprises:
        values = {**one.values, "message": _title(outcome, str(one.values.get("message", "")), voice)}
        for name, beginning in (("state", "page.rehearsal.state_"), ("behaviour", "page.rehearsal.does_")):
            if name in values:
                values[name] = voice.say(f"{beginning}{values[name]}")
        lines.append(voice.say(one.code, **values))
    return list(dict.fromkeys(lines))


def messages(outcome: Outcome, voice: Voice) -> list[MessageLine]:
    """Return the campaign's messages in their order, each with what became of it."""
    found = []
    for key, title in titles_of(outcome, voice).items():
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
        found.append(MessageLine(key, title, line, tuple(sent)))
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
