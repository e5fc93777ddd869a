"""Where a draft begins: nothing, or a campaign as a document has it. Everything a document says is in the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns.definition import model, writing
from campaigns.definition.moments import clock_text, span_text
from campaigns.drafting.tree import Part, Tree

FRESH: Mapping[str, str] = {
    "purpose": "inform",
    "answer.silence": "out",
    "late_after": "60 min",
    "languages": "nn nb",
    "local_element": "wanted",
}
"""What a campaign says before anybody has said anything."""


def fresh(invited: Mapping[str, str], name: str, mail: str) -> Tree:
    """Return a draft of which nothing is written yet; it invites whom one would, and names who begins it."""
    tree = Tree()
    tree.add("campaign", fields={**FRESH, **invited, "contact.name": name, "contact.mail": mail})
    return tree


def tree_of(definition: model.Definition, digests: Mapping[tuple[str, str], str] | None = None) -> Tree:
    """Return the draft that makes the same campaign; `digests` has the stored pictures by message and file."""
    tree = Tree()
    campaign = tree.add("campaign", fields=_campaign(definition))
    for name, fact in definition.facts.items():
        tree.add("fact", campaign.id, fields=_fact(name, fact))
    for message in definition.messages:
        part = tree.add("message", campaign.id, fields=_message(message), kept=_kept(message))
        _add_paragraphs(tree, part, message)
        for picture in message.pictures:
            kept: dict[str, Any] = {"sha256": (digests or {}).get((message.key, picture.file), "")}
            if picture.people and picture.people.covers:
                kept["covers"] = picture.people.covers.model_dump(mode="json", exclude_none=True)
            tree.add("picture", part.id, fields=_picture(picture), kept=kept)
    return tree


def _texts(name: str, texts: model.Texts) -> dict[str, str]:
    return {f"{name}.{language}": text for language, text in texts.items()}


def _said(fields: Mapping[str, object]) -> dict[str, str]:
    """Return what says something, as text."""
    return {name: str(value) for name, value in fields.items() if value not in (None, "", False)}


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def _campaign(definition: model.Definition) -> dict[str, str]:
    measure, moment = definition.goal.measure, definition.approve_by
    return _said(
        {
            "key": definition.campaign,
            **_texts("title", definition.title),
            "contact.name": definition.contact.name,
            "contact.mail": definition.contact.mail,
            "purpose": definition.purpose,
            **_texts("goal", definition.goal.texts),
            "measure.what": measure.what if measure else None,
            "measure.per": measure.per if measure else None,
            "measure.target": _number(measure.target) if measure else None,
            "invite.county": definition.invite.county,
            "invite.municipalities": " ".join(definition.invite.municipalities or ()),
            "invite.group": definition.invite.group,
            "answer.by": definition.answer.by,
            "answer.silence": definition.answer.silence,
            "approve_by": f"{moment.date()} {clock_text(moment.time())}" if moment else None,
            "anchor": definition.anchor,
            "ends": definition.ends,
            "late_after": span_text(definition.late_after),
            "languages": " ".join(definition.languages),
            "local_element": definition.local_element,
            "hashtags": " ".join(definition.hashtags),
        }
    )


def _fact(name: str, fact: model.Fact) -> dict[str, str]:
    own = "1" if fact.own_site else None
    return _said(
        {
            "name": name, "kind": fact.kind, "own_site": own, "value": fact.value, "default": fact.default,
            "known": fact.known, **_texts("ask", fact.ask),
        }
    )  # fmt: skip


def _message(message: model.Message) -> dict[str, str]:
    return _said(
        {
            "key": message.key,
            **_texts("title", message.title),
            "mandatory": "1" if message.mandatory else None,
            **_send(message.send),
            "to": " ".join(message.to),
            "watch": clock_text(message.watch) if message.watch else None,
            "link": message.link,
            "quiet": message.quiet.override if message.quiet else None,
        }
    )


def _send(send: model.Send) -> dict[str, str]:
    if send.day is None:
        return {"when": "released"}
    day = send.day
    rule = {"when": "relative", "offset": str(day.offset)} if day.relative else {"when": "absolute"}
    return _said(
        {
            **rule,
            "date": day.fixed,
            "clock": clock_text(send.start) if send.start else None,
            "end": clock_text(send.end) if send.end else None,
            "together": "1" if send.together else None,
        }
    )


def _kept(message: model.Message) -> dict[str, Any]:
    """Return what a message says that no field is for, in the document's own shape."""
    kept: dict[str, Any] = {}
    if isinstance(message.send.at, datetime):
        kept["moment"] = True
    if message.facts:
        kept["facts"] = {name: writing.fact_entry(override) for name, override in message.facts.items()}
    if message.poll:
        kept["poll"] = message.poll.model_dump(mode="json")
    if message.experiment:
        kept["experiment"] = {"outcome": message.experiment.outcome, "stop": str(message.experiment.stop)}
    return kept


def _add_paragraphs(tree: Tree, part: Part, message: model.Message) -> None:
    forms: dict[str, Sequence[model.Paragraph]] = {"text": message.text, "short": message.short or ()}
    forms |= {f"platform:{name}": own for name, own in message.by_platform.items()}
    forms |= {f"thread:{number}": one for number, one in enumerate(message.follow_up, start=1)}
    forms |= {
        "comment": message.first_comment or (),
        "b": message.experiment.b if message.experiment else (),
    }
    for form, paragraphs in forms.items():
        for one in paragraphs:
            fields = {"kind": one.kind, **_texts("text", one.texts)}
            tree.add("paragraph", part.id, fields=fields, kept={"form": form})


def _picture(picture: model.PictureSpec) -> dict[str, str]:
    people = picture.people
    x, y = picture.focus
    return _said(
        {
            "file": picture.file,
            **_texts("alt", picture.alt),
            "credit": picture.credit,
            "licence": picture.licence,
            "consent": people.consent if people else None,
            "until": people.until if people else None,
            "channels": " ".join(people.channels) if people else None,
            "focus.x": _number(x) if x else None,
            "focus.y": _number(y) if y else None,
        }
    )
