"""What can be seen in a document before anybody acts on it: what comes too late, and what cannot fit. Stores nothing.

Nothing here is an error: an account's own server may take longer texts, and a municipality may have other facts. But
who is told of it at the approval, is told by forty-three municipalities at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from campaigns import documents, sami, timing, wording
from campaigns.definition.model import Definition, Message, Paragraphs
from connectors.base import Connector, Problem


def doubts(definition: Definition, connectors: Mapping[str, Connector], *, now: datetime) -> list[Problem]:
    """Return everything that is no error in a document and yet goes out other than one might think, or not at all."""
    return [
        *documents.not_sent_yet(definition),
        *sami.missing_in(definition),
        *foresee(definition, connectors, now=now),
    ]


def foresee(
    definition: Definition, connectors: Mapping[str, Connector], *, now: datetime
) -> Iterator[Problem]:
    """Yield what will come to nothing as things stand: messages whose time has passed, texts that fit nowhere."""
    past = [one for one in definition.messages if _is_past(definition, one, now)]
    if past and len(past) == len(definition.messages):
        yield Problem("document.all_past")
    else:
        yield from (Problem("document.message_past", {"message": one.key}) for one in past)
    for message in definition.messages:
        for platform in message.to:
            if platform in connectors:
                yield from _too_long(message, connectors[platform])


def _is_past(definition: Definition, message: Message, now: datetime) -> bool:
    """Return whether even the latest municipality's delivery would be too late by now."""
    send = message.send
    if send.day is None or (send.day.relative and not definition.anchor):
        return False
    rule = timing.Rule(send.day.on(definition.anchor), send.start, send.end, send.together)
    span = timing.span(rule, timing.ZONES[0])
    return span is not None and timing.late_at(span[1], definition.late_after) <= now


def _too_long(message: Message, connector: Connector) -> Iterator[Problem]:
    """Yield the languages in which the shortest possible text is too long: every placeholder counts as nothing."""
    limit = connector.limits.length
    own = message.by_platform.get(connector.name)
    forms: list[Paragraphs] = [own] if own else [message.text, *([message.short] if message.short else [])]
    for language in message.text[0].texts:
        lengths = [connector.length(_least(form, language)) for form in forms]
        if min(lengths) > limit:
            yield Problem(
                "document.too_long",
                {
                    "message": message.key,
                    "platform": connector.title,
                    "language": language,
                    "length": min(lengths),
                    "limit": limit,
                },
            )


def _least(paragraphs: Paragraphs, language: str) -> str:
    """Return the text with nothing in the place of its placeholders, and without what a municipality may drop."""
    texts = [
        words
        for one in paragraphs
        if one.kind != "free"
        for key, words in one.texts.items()
        if key == language
    ]
    return "\n\n".join(
        "".join(piece for piece in wording.scan(text) if isinstance(piece, str)) for text in texts
    )
