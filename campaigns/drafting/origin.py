"""Where a draft begins: nothing, or a campaign as a document has it. Everything a document says is in the draft."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns.definition import model
from campaigns.definition.moments import clock_text, span_text
from campaigns.drafting.tree import OPTIONS, Part, Tree

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
        for name, override in message.facts.items():
            tree.add("override", part.id, fields=_override(name, override))
        for picture in message.pictures:
            kept = {"sha256": (digests or {}).get((message.key, picture.file), "")}
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


def _override(name: str, override: model.FactOverride) -> dict[str, str]:
    own = str(int(override.own_site)) if "own_site" in override.model_fields_set else None
    return _said(
        {
            "name": name, "own_site": own, "value": override.value, "default": override.default,
            "known": override.known, **_texts("ask", override.ask),
        }
    )  # fmt: skip


def _message(message: model.Message) -> dict[str, str]:
    trial = message.experiment
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
            **(_poll(message.poll) if message.poll else {}),
            "trial.outcome": trial.outcome if trial else None,
            "trial.stop": trial.stop if trial else None,
        }
    )


def _poll(poll: model.Poll) -> dict[str, object]:
    found: dict[str, object] = {"poll.days": poll.days, "poll.otherwise": poll.otherwise}
    for name, option in zip(OPTIONS, poll.options, strict=False):
        found |= _texts(name, option)
    return found


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
    """Return what a message says that no field is for: that its day and its time were written as one moment."""
    return {"moment": True} if isinstance(message.send.at, datetime) else {}


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
    covers = people.covers if people else None
    x, y = picture.focus
    return _said(
        {
            "file": picture.file,
            **_texts("alt", picture.alt),
            "credit": picture.credit,
            "licence": picture.licence,
            "consent": people.consent if people else None,
            "until": people.until if people else None,
            "covers.county": covers.county if covers else None,
            "covers.municipalities": " ".join(covers.municipalities or ()) if covers else None,
            "covers.group": covers.group if covers else None,
            "channels": " ".join(people.channels) if people else None,
            "focus.x": _number(x) if x else None,
            "focus.y": _number(y) if y else None,
        }
    )
