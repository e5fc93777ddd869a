"""Unfolds what a document may say shortly into the one shape of the model.

A text by itself, or in each language, is one fill-in paragraph; `free: …` is a paragraph of that kind; `picture` is
the one of `pictures`; a goal's words stand beside its measure. Everything keeps its place. What has another form
than expected passes untouched: judging it is the model's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from campaigns.definition.model import Language, ParagraphKind
from campaigns.definition.placeholders import holes
from campaigns.definition.source import Node, Rows, Scalar, Table

LANGUAGES: tuple[str, ...] = get_args(Language)
KINDS: tuple[str, ...] = get_args(ParagraphKind)


def unfold(root: Table) -> Table:
    """Return the document in the shape of `model.Definition`."""
    document = root.like(root)
    languages = [text for text in _rows(root.get("languages")) if isinstance(text, Scalar)]
    if isinstance(goal := root.get("goal"), Table):
        document["goal"] = _goal(goal)
    if isinstance(messages := root.get("messages"), Rows):
        unfolded = (_message(item, languages) if isinstance(item, Table) else item for item in messages)
        document["messages"] = Rows(messages.place, messages.path, unfolded)
    return document


def _rows(node: Node | None) -> Sequence[Node]:
    return node if isinstance(node, Rows) else ()


def _goal(goal: Table) -> Table:
    """Gather a goal's languages under `texts`."""
    texts = goal.like({key: value for key, value in goal.items() if key in LANGUAGES})
    rest = {key: value for key, value in goal.items() if key not in LANGUAGES}
    return goal.like({"texts": texts, **rest})


def _message(message: Table, languages: Sequence[str]) -> Table:
    """Unfold the paragraphs and pictures of one message."""
    unfolded = message.like(message)
    for name in ("text", "short", "first_comment"):
        if (node := message.get(name)) is not None:
            unfolded[name] = _paragraphs(node, languages)
    if isinstance(own := message.get("by_platform"), Table):
        unfolded["by_platform"] = own.like(
            {name: node if node is None else _paragraphs(node, languages) for name, node in own.items()}
        )
    if isinstance(parts := message.get("follow_up"), Rows):
        unfolded["follow_up"] = Rows(
            parts.place, parts.path, (_paragraphs(part, languages) for part in parts)
        )
    if isinstance(trial := message.get("experiment"), Table) and (other := trial.get("b")) is not None:
        unfolded["experiment"] = trial.like({**trial, "b": _paragraphs(other, languages)})
    if isinstance(picture := message.get("picture"), Table) and "pictures" not in message:
        del unfolded["picture"]
        unfolded["pictures"] = Rows(picture.place, picture.path, [picture])
    return unfolded


def _paragraphs(node: Node, languages: Sequence[str]) -> Node:
    """Return a list of paragraphs, whichever way they are written."""
    if isinstance(node, Rows):
        return Rows(node.place, node.path, (_paragraph(item, languages) for item in node))
    return Rows(node.place, node.path, [_paragraph(node, languages)])


def _paragraph(node: Node, languages: Sequence[str]) -> Node:
    """Return one paragraph with `kind` and `texts`."""
    if isinstance(node, Rows):
        return node
    kinds = [key for key in node if key in KINDS] if isinstance(node, Table) else []
    if not isinstance(node, Table) or not kinds:
        return _paragraph_of("fill", node, node, languages)
    words = node[kinds[0]]
    rest = {key: value for key, value in node.items() if key != kinds[0]}
    paragraph = _paragraph_of(kinds[0], node, words, languages)
    paragraph.update(rest)  # a second kind beside the first is then an unknown key, at its own place
    return paragraph


def _paragraph_of(kind: str, around: Node, words: Node | None, languages: Sequence[str]) -> Table:
    """Return a paragraph of that kind.

    A text without languages is taken where it can only mean one thing: the campaign has one language, or the text is
    nothing but placeholders and signs.
    """
    place, path = around.place, around.path
    table = around.like({}) if isinstance(around, Table) else Table(place, path)
    if isinstance(words, Scalar) and (len(languages) == 1 or not any(map(str.isalpha, _bare(words)))):
        words = _each(words, languages)
    table["kind"] = Scalar(kind, place, path)
    table["texts"] = words
    return table


def _each(words: Scalar, languages: Sequence[str]) -> Table:
    """Return the same words under every language."""
    table = Table(words.place, words.path)
    table.update(dict.fromkeys(languages, words))
    return table


def _bare(text: str) -> str:
    """Return the text without its placeholders."""
    kept, start = [], 0
    for hole in holes(text):
        kept.append(text[start : hole.start])
        start = hole.end
    return "".join((*kept, text[start:]))
