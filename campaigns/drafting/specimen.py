"""A draft's message as the rows that it would become, for the one renderer to render. They are added to no session.

What is written wrong is left out rather than refused: reading the document says what is wrong with it. Each specimen is
in one written language, so that what is not translated yet keeps nobody from seeing the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import get_args

from pydantic import TypeAdapter

from campaigns import documents, timing
from campaigns.definition.model import FactKind, Purpose
from campaigns.definition.moments import Clock, Date, Day
from campaigns.definition.shape import KINDS
from campaigns.drafting.outcome import day_after_anchor
from campaigns.drafting.tree import OPTIONS, Part, Tree
from campaigns.store import (
    Account,
    Campaign,
    Delivery,
    Fact,
    Media,
    Message,
    MessagePicture,
    Paragraph,
    ParagraphKind,
    Wording,
)
from connectors.base import Connector

NO_ROW = -1
"""The id of what has no row: nothing that is stored belongs to it."""
FORMS = {"text": ("full", "a"), "short": ("short", "a"), "comment": ("comment", "a"), "b": ("full", "b")}
_DATE: TypeAdapter[date] = TypeAdapter(Date)
_CLOCK: TypeAdapter[time] = TypeAdapter(Clock)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture's rendition is."""

    width: int
    height: int
    bytes: int


def campaign_of(tree: Tree) -> Campaign:
    """Return the campaign that a draft is about."""
    part = tree.campaign
    purpose = part["purpose"] if part["purpose"] in get_args(Purpose) else "inform"
    tags = [one.removeprefix("#") for one in part["hashtags"].split()]
    return Campaign(id=NO_ROW, key=part["key"], purpose=purpose, hashtags=[one for one in tags if one])


def facts_of(tree: Tree) -> list[Fact]:
    """Return the facts of a campaign and what its messages say differently; what is no value of its kind is not there."""
    anchor = _date(tree.campaign["anchor"])
    facts = {one["name"]: one for one in tree.facts if one["kind"] in get_args(FactKind)}
    found = [_fact(part["kind"], name, part.fields, anchor) for name, part in facts.items()]
    for message in tree.messages:
        for own in tree.overrides(message):
            if part := facts.get(own["name"]):
                said = {**part.fields, **{key: text for key, text in own.fields.items() if text}}
                found.append(_fact(part["kind"], own["name"], said, anchor))
                found[-1].message_id = row_id(message)
    return found


def row_id(message: Part) -> int:
    """Return what a message is told from others by: a number that no stored one has."""
    return -int(message.id)


def _fact(kind: str, name: str, said: Mapping[str, str], anchor: date | None) -> Fact:
    fact = Fact(id=NO_ROW, key=name, kind=kind, own_site=said.get("own_site") == "1", ask={})
    fact.value, fact.default = (_kept(kind, said.get(one, ""), anchor) for one in ("value", "default"))
    fact.known_on = _day(said.get("known", ""), anchor)
    return fact


def _kept(kind: str, written: str, anchor: date | None) -> str | None:
    try:
        return documents.kept_value(kind, written, anchor) if written else None  # type: ignore[arg-type]  # one of its kinds
    except ValueError:
        return None


def message_of(
    tree: Tree, part: Part, language: str, sizes: Mapping[str, Size], covered: Mapping[str, Sequence[str]]
) -> Message:
    """Return a message in one written language; `sizes` are by the pictures' digests, `covered` by their parts.

    A picture whose size nobody knows is a square of no weight.
    """
    return Message(
        id=row_id(part),
        key=part["key"],
        title={language: part[f"title.{language}"]},
        platforms=list(dict.fromkeys(part["to"].split())),
        send=_rule(tree, part).json(),
        quiet_override=part["quiet"] or None,
        poll=_poll(part, language),
        paragraphs=list(_paragraphs(tree, part, language)),
        pictures=[
            _picture(one, number, language, sizes, covered)
            for number, one in enumerate(tree.below(part.id, "picture"))
            if one.kept.get("sha256")
        ],
    )


def _paragraphs(tree: Tree, message: Part, language: str) -> Iterator[Paragraph]:
    turn = 0
    for form, parts in tree.forms(message).items():
        written = [one for one in parts if one[f"text.{language}"].strip()]
        kind, _, which = form.partition(":")
        turn += kind == "thread" and bool(written)
        for place, one in enumerate(written):
            name, arm = FORMS.get(form, (f"thread:{turn}" if kind == "thread" else which, "a"))
            yield Paragraph(
                form=name, arm=arm, position=place,
                kind=ParagraphKind(one["kind"] if one["kind"] in KINDS else "fill"),
                wordings=[Wording(language=language, text=one[f"text.{language}"], version=1)],
            )  # fmt: skip


def _rule(tree: Tree, part: Part) -> timing.Rule:
    """Return a message's time rule; one that does not make a time waits to be released."""
    anchor = _date(tree.campaign["anchor"])
    start, end = _clock(part["clock"]), _clock(part["end"])
    day = _date(part["date"]) if part["when"] == "absolute" else None
    if part["when"] == "relative":
        day = _day(day_after_anchor(part["offset"]), anchor)
    return timing.Rule(day, start, end, bool(part["together"])) if day and start else timing.Rule()


def _picture(
    part: Part, number: int, language: str, sizes: Mapping[str, Size], covered: Mapping[str, Sequence[str]]
) -> MessagePicture:
    sha256 = str(part.kept["sha256"])
    size = sizes.get(sha256, Size(1, 1, 1))
    until = _date(part["until"])
    media = Media(
        sha256=sha256, mime="image/jpeg", width=size.width, height=size.height, size=size.bytes,
    )  # fmt: skip
    return MessagePicture(
        position=number, media=media, alt={language: part[f"alt.{language}"]}, focus=[0.0, 0.0],
        credit=part["credit"], licence=part["licence"], consent=part["consent"] or None,
        valid_until=documents.end_of_day(until) if until else None,
        covers=list(covered[part.id]) if part.id in covered else None,
        channels=part["channels"].split() or None,
    )  # fmt: skip


def _poll(part: Part, language: str) -> dict[str, object] | None:
    """Return a poll of the options that are written in this language."""
    options = [{language: text} for name in OPTIONS if (text := part[f"{name}.{language}"])]
    days = part["poll.days"]
    if not options:
        return None
    return {"options": options, "days": int(days) if re.fullmatch(r"\d{1,2}", days, re.ASCII) else 1,
            "otherwise": part["poll.otherwise"] or "text"}  # fmt: skip


def _date(written: str) -> date | None:
    try:
        return _DATE.validate_python(written) if written else None
    except ValueError:
        return None


def _day(written: str, anchor: date | None) -> date | None:
    """Return the day that is written, where it can be known."""
    try:
        day = Day.parse(written) if written else None
    except ValueError:
        return None
    return None if day is None or (day.relative and anchor is None) else day.on(anchor)


def _clock(written: str) -> time | None:
    try:
        return _CLOCK.validate_python(written.replace(".", ":")) if written else None
    except ValueError:
        return None


def account_of(connector: Connector, language: str) -> Account:
    """Return an account on a platform that says nothing else of itself than its language."""
    return Account(id=NO_ROW, platform=connector.name, handle="", language=language, base="", remote_id="")


def delivery_of(kind: str, position: int, due_at: datetime | None) -> Delivery:
    """Return one of the posts that a message becomes."""
    return Delivery(id=NO_ROW, kind=kind, position=position, due_at=due_at)
