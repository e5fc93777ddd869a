"""Checks what must fit together across the parts of a campaign: days in order, names, platforms, local elements.

It works on a sketch, the parts that could be read alone, so that one broken part does not hide what is wrong with the
rest. It knows no calendar: that is `calendar`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from pydantic import ValidationError

from campaigns.definition.model import (
    MOST_ORGANISATIONS,
    Answer,
    Day,
    Fact,
    FactKind,
    FactOverride,
    Invite,
    Message,
    Paragraph,
)
from campaigns.definition.placeholders import PROFILE, names
from campaigns.definition.source import Path, Severity
from campaigns.definition.texts import similar
from campaigns.facts import check_fact
from connectors.base import Problem


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: a code, its values, and the path in the model where it shows."""

    code: str
    path: Path
    values: Mapping[str, str | int] = field(default_factory=dict)
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Sketch:
    """The parts of a campaign that could be read, each alone; positions are those of the document."""

    languages: tuple[str, ...] = ()
    purpose: str | None = None
    invite: Invite | None = None
    answer: Answer | None = None
    approve_by: datetime | None = None
    anchor: date | None = None
    anchor_given: bool = False
    """The document has an anchor, readable or not."""
    ends: Day | None = None
    local_element: str | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    declared: tuple[str, ...] = ()
    """Names of all facts, readable or not."""
    messages: Mapping[int, Message] = field(default_factory=dict)
    message_count: int = 0
    complete: bool = True
    """Every message could be read whole; what nothing seems to use may stand in the unread rest."""


def check(sketch: Sketch, platforms: frozenset[str]) -> Iterator[Finding]:
    """Yield everything that does not fit together; `platforms` are those that have a connector."""
    yield from _check_counts(sketch)
    yield from _check_anchor(sketch)
    yield from _check_deadlines(sketch)
    yield from _check_facts(sketch)
    yield from _check_keys(sketch)
    yield from _check_elements(sketch)
    for index, message in sketch.messages.items():
        yield from _check_platforms(message, ("messages", index), platforms)
        yield from _check_message(message, ("messages", index), sketch)


def paragraphs_of(message: Message) -> Iterator[Paragraph]:
    """Yield every paragraph of a message: full, short, per platform, thread, first comment, other arm."""
    yield from message.text
    yield from message.short or ()
    for own in message.by_platform.values():
        yield from own
    for part in message.follow_up:
        yield from part
    yield from message.first_comment or ()
    yield from message.experiment.b if message.experiment else ()


def facts_used(message: Message, declared: tuple[str, ...]) -> set[str]:
    """Return the facts and profile placeholders that a message needs, wherever it uses them."""
    words = [text for paragraph in paragraphs_of(message) for text in paragraph.texts.values()]
    words += [text for picture in message.pictures for text in picture.alt.values()]
    words += [text for option in (message.poll.options if message.poll else ()) for text in option.values()]
    words += [message.link or "", *message.title.values()]
    return {name for text in words for name in names(text, declared)}


def _check_counts(sketch: Sketch) -> Iterator[Finding]:
    """Hold the limit of organisations (threat G11), and find what a list names twice."""
    invited = (sketch.invite.municipalities if sketch.invite else None) or ()
    if len(invited) > MOST_ORGANISATIONS:
        counts = {"count": len(invited), "most": MOST_ORGANISATIONS}
        yield Finding("definition.too_many_organisations", ("invite", "municipalities"), counts)
    yield from _twice(invited, ("invite", "municipalities"))
    yield from _twice(sketch.languages, ("languages",))
    for index, message in sketch.messages.items():
        yield from _twice(message.to, ("messages", index, "to"))


def _twice(listed: tuple[str, ...], path: Path) -> Iterator[Finding]:
    for value, count in Counter(listed).items():
        if count > 1:
            yield Finding("definition.listed_twice", path, {"value": value})


def _check_keys(sketch: Sketch) -> Iterator[Finding]:
    """Hold message keys apart from each other."""
    seen: set[str] = set()
    for index, message in sketch.messages.items():
        if message.key in seen:
            yield Finding("definition.message_key_twice", ("messages", index, "key"), {"key": message.key})
        seen.add(message.key)


def _check_anchor(sketch: Sketch) -> Iterator[Finding]:
    """Name each relative day of a campaign without an anchor."""
    if sketch.anchor_given:
        return
    for path, day in _days(sketch):
        if day.relative:
            yield Finding("definition.anchor_missing", path, {"day": str(day)})


def _days(sketch: Sketch) -> Iterator[tuple[Path, Day]]:
    """Yield every day that may be relative, with its path."""
    if sketch.ends:
        yield ("ends",), sketch.ends
    for name, fact in sketch.facts.items():
        yield from _fact_days(fact, fact.kind, ("facts", name))
    for index, message in sketch.messages.items():
        if message.send.on:
            yield ("messages", index, "send", "on"), message.send.on
        if message.experiment:
            yield ("messages", index, "experiment", "stop"), message.experiment.stop
        for name, override in message.facts.items():
            fact_known = sketch.facts.get(name)
            kind = fact_known.kind if fact_known else "text"
            yield from _fact_days(override, kind, ("messages", index, "facts", name))


def _fact_days(fact: Fact | FactOverride, kind: str, path: Path) -> Iterator[tuple[Path, Day]]:
    if fact.known:
        yield (*path, "known"), fact.known
    for name, written in (("value", fact.value), ("default", fact.default)):
        day = _day(written) if kind == "date" and written else None
        if day:
            yield (*path, name), day


def _day(written: str) -> Day | None:
    """Return a day as documents write it, or `None`."""
    try:
        return Day.parse(written)
    except ValidationError:
        return None


def _sent_at(message: Message, sketch: Sketch) -> datetime | None:
    """Return the wall time at which a message may go at the earliest, where it can be known."""
    day = message.send.day
    if not day or (day.relative and not sketch.anchor):
        return None
    return datetime.combine(day.on(sketch.anchor), message.send.start or time.min)


def _check_deadlines(sketch: Sketch) -> Iterator[Finding]:
    """Hold the order: answer, approve, first message, end."""
    sent = {index: at for index, message in sketch.messages.items() if (at := _sent_at(message, sketch))}
    first = min(sent.values(), default=None)
    answer_by = sketch.answer.by if sketch.answer else None
    if answer_by and sketch.approve_by and answer_by > sketch.approve_by.date():
        days = {"answer": str(answer_by), "approve": str(sketch.approve_by.date())}
        yield Finding("definition.answer_after_approve", ("answer", "by"), days)
    if first and sketch.approve_by and sketch.approve_by > first:
        times = {"approve": f"{sketch.approve_by:%Y-%m-%d %H:%M}", "first": f"{first:%Y-%m-%d %H:%M}"}
        yield Finding("definition.approve_after_first", ("approve_by",), times)
    if first and answer_by and not sketch.approve_by and answer_by > first.date():
        days = {"answer": str(answer_by), "first": str(first.date())}
        yield Finding("definition.answer_after_first", ("answer", "by"), days)
    if not sketch.ends or (sketch.ends.relative and not sketch.anchor):
        return
    end = sketch.ends.on(sketch.anchor)
    for index, at in sent.items():
        if at.date() > end:
            days = {"day": str(at.date()), "end": str(end)}
            yield Finding("definition.message_after_end", ("messages", index, "send"), days)


def _check_facts(sketch: Sketch) -> Iterator[Finding]:
    """Hold facts to their kind, and name those that nothing uses."""
    used = {name for message in sketch.messages.values() for name in facts_used(message, sketch.declared)}
    for name, fact in sketch.facts.items():
        yield from _check_fact(fact, fact, ("facts", name))
        if name not in used and sketch.complete:
            yield Finding("definition.fact_unused", ("facts", name), {"name": name}, "warning")
    for index, message in sketch.messages.items():
        for name, override in message.facts.items():
            path: Path = ("messages", index, "facts", name)
            if name in sketch.facts:
                yield from _check_fact(sketch.facts[name].overridden(override), override, path)
            elif name not in sketch.declared:
                yield Finding("definition.override_unknown", path, {"name": name})


def _check_fact(fact: Fact, written: Fact | FactOverride, path: Path) -> Iterator[Finding]:
    """Check what is written at `path` against the kind of the whole fact."""
    if written.value:
        yield from _check_value(fact.kind, written.value, (*path, "value"))
    if not written.default:
        return
    asked = written.default.removeprefix("profile.")
    if asked == written.default:
        yield from _check_value(fact.kind, asked, (*path, "default"))
    elif asked not in PROFILE.values():
        meant = similar(asked, PROFILE.values()) or "phone"
        yield Finding("definition.profile_unknown", (*path, "default"), {"name": asked, "similar": meant})


def _check_value(kind: FactKind, value: str, path: Path) -> Iterator[Finding]:
    """Check a value by the rules that hold for municipalities' values; a date may also be relative."""
    if kind == "date" and _day(value):
        return
    checked = check_fact(kind, value)
    if isinstance(checked, Problem):
        yield Finding(checked.code, path, checked.values)
    elif checked != value:
        yield Finding("definition.fact_form", path, {"value": value, "form": checked})


def _check_elements(sketch: Sketch) -> Iterator[Finding]:
    """Ask for a local element, and for the mandatory message of an involvement campaign."""
    if not sketch.complete or not sketch.messages:
        return
    if sketch.local_element == "required" and not any(_is_local(m, sketch) for m in sketch.messages.values()):
        yield Finding("definition.local_missing", ("local_element",))
    if sketch.purpose == "involve" and not any(message.mandatory for message in sketch.messages.values()):
        yield Finding("definition.mandatory_missing", ("messages",), severity="warning")


def _is_local(message: Message, sketch: Sketch) -> bool:
    """Return whether a municipality can put something of its own into a message."""
    if any(paragraph.kind == "free" for paragraph in paragraphs_of(message)):
        return True
    used = {
        name
        for paragraph in paragraphs_of(message)
        if paragraph.kind == "fill"
        for text in paragraph.texts.values()
        for name in names(text, sketch.declared)
    }
    return any(name not in sketch.facts or sketch.facts[name].value is None for name in used)


def _check_platforms(message: Message, path: Path, platforms: frozenset[str]) -> Iterator[Finding]:
    """Warn of platforms that nothing can be sent to, and of texts that no platform uses."""
    for position, name in enumerate(message.to):
        if name in platforms:
            continue
        meant = similar(name, platforms)
        code = "definition.platform_similar" if meant else "definition.platform_unknown"
        yield Finding(code, (*path, "to", position), {"name": name, "similar": meant or ""}, "warning")
    for name in message.by_platform:
        if name not in message.to:
            yield Finding(
                "definition.by_platform_unused", (*path, "by_platform", name), {"name": name}, "warning"
            )


def _check_message(message: Message, path: Path, sketch: Sketch) -> Iterator[Finding]:
    """Hold a message's own days together: late facts before it, the end of an experiment after it."""
    at = _sent_at(message, sketch)
    if not at:
        return
    for name in sorted(facts_used(message, sketch.declared)):
        fact = sketch.facts.get(name)
        if fact and (override := message.facts.get(name)):
            fact = fact.overridden(override)
        known = fact.known if fact else None
        if known and not (known.relative and not sketch.anchor) and known.on(sketch.anchor) >= at.date():
            values = {"name": name, "known": str(known.on(sketch.anchor)), "day": str(at.date())}
            yield Finding("definition.fact_too_late", (*path, "send"), values)
    stop = message.experiment.stop if message.experiment else None
    if stop and not (stop.relative and not sketch.anchor) and stop.on(sketch.anchor) <= at.date():
        values = {"stop": str(stop.on(sketch.anchor)), "day": str(at.date())}
        yield Finding("definition.experiment_stop", (*path, "experiment", "stop"), values)
