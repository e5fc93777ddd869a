"""Writes a campaign as a document again: readable YAML in the order in which one would tell it.

What `reading.read` makes of the document is the same campaign. Comments of an earlier document are not kept, since a
definition does not hold them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from campaigns.definition.layout import Written, entry, item
from campaigns.definition.model import (
    Answer,
    Consent,
    Contact,
    Definition,
    Experiment,
    Fact,
    FactOverride,
    Goal,
    Invite,
    Message,
    Paragraph,
    PictureSpec,
    Send,
    Texts,
)
from campaigns.definition.moments import clock_text, span_text

_BLANK_BEFORE = frozenset({"invite", "facts", "messages"})
"""Keys that begin a new section of the document."""


def dump(definition: Definition) -> str:
    """Return the campaign as a YAML document."""
    return lay_out(_document(definition))


def lay_out(document: Mapping[str, Written]) -> str:
    """Return a document's parts, in their order, as YAML; they need not make a campaign yet."""
    lines: list[str] = []
    for key, value in document.items():
        if key in _BLANK_BEFORE:
            lines.append("")
        if key == "messages" and isinstance(value, Sequence):
            lines.append("messages:")
            for number, message in enumerate(value):
                lines += [*([""] if number else []), *item(message, 2, in_lines=True)]
        elif key == "facts" and isinstance(value, Mapping):
            lines.append("facts:")
            for name, fact in value.items():
                lines += entry(name, fact, 2)
        else:
            lines += entry(key, value, 0)
    return "\n".join(lines) + "\n"


def _document(definition: Definition) -> dict[str, Written]:
    """Return the campaign's parts in reading order."""
    return _without_nothing(
        {
            "samklang": definition.samklang,
            "campaign": definition.campaign,
            "title": _texts(definition.title),
            "owner": definition.owner,
            "contact": _contact(definition.contact),
            "purpose": definition.purpose,
            "goal": _goal(definition.goal),
            "invite": _invite(definition.invite),
            "answer": _answer(definition.answer),
            "approve_by": _moment_text(definition.approve_by) if definition.approve_by else None,
            "anchor": str(definition.anchor) if definition.anchor else None,
            "ends": str(definition.ends),
            "late_after": span_text(definition.late_after),
            "languages": definition.languages,
            "local_element": definition.local_element,
            "hashtags": definition.hashtags,
            "facts": {name: fact_entry(fact) for name, fact in definition.facts.items()},
            "messages": [_message(message) for message in definition.messages],
        }
    )


def _without_nothing(parts: Mapping[str, Written | None]) -> dict[str, Written]:
    """Return the parts that say something: no `None`, no empty list or mapping."""
    return {key: value for key, value in parts.items() if value is not None and value not in ((), [], {})}


def _contact(contact: Contact) -> Written:
    return {"name": contact.name, "mail": contact.mail}


def _texts(texts: Texts) -> dict[str, Written]:
    return {str(language): text for language, text in texts.items()}


def _goal(goal: Goal) -> Written:
    measure = goal.measure.model_dump(exclude_none=True) if goal.measure else None
    return _without_nothing({**_texts(goal.texts), "measure": measure})


def _invite(invite: Invite) -> Written:
    return invite.model_dump(exclude_none=True)


def _answer(answer: Answer) -> Written:
    return {"by": str(answer.by), "silence": answer.silence}


def _moment_text(moment: datetime) -> str:
    return f"{moment.date()} {clock_text(moment.time())}"


def fact_entry(fact: Fact | FactOverride) -> Written:
    """Return a fact; an override says only what it was given."""
    parts: dict[str, Written | None] = {"kind": fact.kind} if isinstance(fact, Fact) else {}
    given = fact.model_fields_set
    if fact.own_site or (isinstance(fact, FactOverride) and "own_site" in given):
        parts["own_site"] = fact.own_site
    parts |= {"value": fact.value, "default": fact.default}
    parts |= {"known": str(fact.known) if fact.known else None, "ask": _texts(fact.ask)}
    return _without_nothing(parts)


def _message(message: Message) -> Written:
    """Return a message in reading order: what it is, when and where it goes, its texts, what hangs on it."""
    one = len(message.pictures) == 1
    pictures = [_picture(picture) for picture in message.pictures]
    return _without_nothing(
        {
            "key": message.key,
            "title": _texts(message.title),
            "mandatory": message.mandatory or None,
            "send": _send(message.send),
            "to": message.to,
            "watch": clock_text(message.watch) if message.watch else None,
            "quiet": {"override": message.quiet.override} if message.quiet else None,
            "text": _paragraphs(message.text),
            "short": _paragraphs(message.short) if message.short else None,
            "by_platform": {name: _paragraphs(own) for name, own in message.by_platform.items()},
            "link": message.link,
            "facts": {name: fact_entry(override) for name, override in message.facts.items()},
            "picture": pictures[0] if one else None,
            "pictures": pictures if not one else None,
            "poll": message.poll.model_dump() if message.poll else None,
            "follow_up": [_listed(part) for part in message.follow_up],
            "first_comment": _paragraphs(message.first_comment) if message.first_comment else None,
            "experiment": _experiment(message.experiment) if message.experiment else None,
        }
    )


def _experiment(trial: Experiment) -> Written:
    return {"b": _paragraphs(trial.b), "outcome": trial.outcome, "stop": str(trial.stop)}


def _send(send: Send) -> Written:
    at = None
    if send.at is not None:
        at = _moment_text(send.at) if isinstance(send.at, datetime) else clock_text(send.at)
    return _without_nothing(
        {
            "when": send.when,
            "on": str(send.on) if send.on else None,
            "at": at,
            "between": str(send.between) if send.between else None,
            "together": send.together or None,
        }
    )


def _paragraphs(paragraphs: Sequence[Paragraph]) -> Written:
    """Return paragraphs; a single fill-in one is just its texts."""
    if len(paragraphs) == 1 and paragraphs[0].kind == "fill":
        return _texts(paragraphs[0].texts)
    return _listed(paragraphs)


def _listed(paragraphs: Sequence[Paragraph]) -> Written:
    return [{paragraph.kind: _texts(paragraph.texts)} for paragraph in paragraphs]


def _picture(picture: PictureSpec) -> Written:
    return _without_nothing(
        {
            "file": picture.file,
            "alt": _texts(picture.alt),
            "credit": picture.credit,
            "licence": picture.licence,
            "people": _consent(picture.people) if picture.people else None,
            "focus": picture.focus if picture.focus != (0.0, 0.0) else None,
        }
    )


def _consent(people: Consent) -> Written:
    return _without_nothing(
        {
            "consent": people.consent,
            "until": str(people.until),
            "covers": _invite(people.covers) if people.covers else None,
            "channels": people.channels,
        }
    )
