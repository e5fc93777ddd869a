"""Reads a definition document and tells everything that is wrong with it, each with its place, in one go.

Bytes come in, a frozen `Definition` and its problems go out; with an error among them there is no definition. The
document itself is never changed, and nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from campaigns.definition.calendar import check_calendar
from campaigns.definition.coherence import Sketch, check
from campaigns.definition.complaints import translate
from campaigns.definition.model import (
    MOST_MESSAGES,
    Answer,
    Day,
    Definition,
    Fact,
    Invite,
    Language,
    Message,
    Purpose,
)
from campaigns.definition.moments import Date, Moment
from campaigns.definition.places import check_places
from campaigns.definition.shape import unfold
from campaigns.definition.source import Node, Problem, Rows, Scalar, Table, locate, problem_at, read_source
from campaigns.definition.texts import MOST_TOLD, check_placeholders, check_texts
from campaigns.sentences import Language as ScreenLanguage
from campaigns.sentences import sentence

_Value = TypeVar("_Value")

__all__ = ["Problem", "Reading", "read", "said"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a document: the campaign, unless an error prevents it, and all problems in order."""

    definition: Definition | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must be put right."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def said(problem: Problem, language: ScreenLanguage) -> str:
    """Return the problem as a person reads it: the line, what is wrong, what to do."""
    words = sentence(problem.code, problem.values, language)
    return sentence("definition.at_line", {"line": problem.line, "words": words}, language)


def read(source: bytes, *, platforms: frozenset[str]) -> Reading:
    """Return the campaign of a document with every problem at once; `platforms` are those with a connector."""
    raw = read_source(source)
    if raw.root is None:
        return Reading(None, _in_order(raw.problems))
    if too_many := _too_many_messages(raw.root):
        return Reading(None, _in_order([*raw.problems, too_many]))
    root = unfold(raw.root)
    definition, complaints = _validate(root)
    problems = [*raw.problems, *complaints, *check_texts(root, raw.lines)]
    sketch = _sketch(root)
    problems += _check_links(root, sketch.declared, raw.lines)
    for finding in (*check(sketch, platforms), *check_calendar(sketch), *check_places(sketch)):
        node_path, place = locate(root, finding.path)
        problems.append(problem_at(finding.code, place, node_path, finding.values, finding.severity))
    if any(problem.severity == "error" for problem in problems):
        definition = None
    return Reading(definition, _in_order(problems))


def _too_many_messages(root: Table) -> Problem | None:
    """Return the problem of a campaign beyond the limit, which is not looked at any further (threat G11)."""
    messages = root.get("messages")
    if not isinstance(messages, Rows) or len(messages) <= MOST_MESSAGES:
        return None
    counts = {"count": len(messages), "most": MOST_MESSAGES}
    return problem_at("definition.too_many_messages", messages.place, messages.path, counts)


def _validate(root: Table) -> tuple[Definition | None, list[Problem]]:
    """Return the campaign, or what the model says against it."""
    try:
        return Definition.model_validate(root), []
    except ValidationError as error:
        return None, list(translate(error.errors(include_url=False), root))


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems from the top of the document down, each once; a flood of them is cut off and counted."""
    unique = {(p.code, p.line, p.column, p.path, *sorted(p.values.items())): p for p in problems}
    ordered = sorted(unique.values(), key=lambda p: (p.line, p.column, p.code))
    if len(ordered) <= MOST_TOLD:
        return tuple(ordered)
    rest = Problem("definition.more", {"count": len(ordered) - MOST_TOLD}, ordered[MOST_TOLD].line)
    return (*ordered[:MOST_TOLD], rest)


def _sketch(root: Table) -> Sketch:
    """Return the parts of an unfolded document that can be read, each alone."""
    facts, messages = root.get("facts"), root.get("messages")
    facts = facts if isinstance(facts, Table) else Table(root.place, root.path)
    messages = messages if isinstance(messages, Rows) else Rows(root.place, root.path)
    return Sketch(
        languages=_alone(_LANGUAGES, root.get("languages")) or (),
        purpose=_alone(_PURPOSE, root.get("purpose")),
        invite=_alone(_INVITE, root.get("invite")),
        answer=_alone(_ANSWER, root.get("answer")),
        approve_by=_alone(_MOMENT, root.get("approve_by")),
        anchor=_alone(_DATE, root.get("anchor")),
        anchor_given=root.get("anchor") is not None,
        ends=_alone(_DAY, root.get("ends")),
        local_element=_alone(_WORD, root.get("local_element")),
        facts={name: fact for name, node in facts.items() if (fact := _alone(_FACT, node))},
        declared=tuple(facts),
        messages={i: message for i, node in enumerate(messages) if (message := _message(node))},
        message_count=len(messages),
        complete=not any(_alone(_MESSAGE, node) is None for node in messages),
    )


def _message(node: Node) -> Message | None:
    """Return a message without those of its keys that cannot be read, unless it needs them."""
    try:
        return _MESSAGE.validate_python(node)
    except ValidationError as error:
        broken = {complaint["loc"][0] for complaint in error.errors() if complaint["loc"]}
    if not isinstance(node, Table):
        return None
    return _alone(_MESSAGE, node.like({key: value for key, value in node.items() if key not in broken}))


def _alone(adapter: TypeAdapter[_Value], node: Node | None) -> _Value | None:
    """Return what a node says by itself, or `None` where it cannot be read."""
    if node is None:
        return None
    try:
        return adapter.validate_python(node)
    except ValidationError:
        return None


_LANGUAGES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[Language, ...])
_PURPOSE: TypeAdapter[str] = TypeAdapter(Purpose)
_INVITE = TypeAdapter(Invite)
_ANSWER = TypeAdapter(Answer)
_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_DATE: TypeAdapter[date] = TypeAdapter(Date)
_DAY = TypeAdapter(Day)
_WORD = TypeAdapter(str)
_FACT = TypeAdapter(Fact)
_MESSAGE = TypeAdapter(Message)


def _check_links(root: Table, declared: Sequence[str], lines: Sequence[str]) -> Iterator[Problem]:
    """Yield unknown placeholders in links, which are the same in every language."""
    messages = root.get("messages")
    for message in messages if isinstance(messages, Rows) else ():
        link = message.get("link") if isinstance(message, Table) else None
        if isinstance(link, Scalar):
            yield from check_placeholders(link, declared, lines)
