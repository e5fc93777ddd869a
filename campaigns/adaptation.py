"""A municipality's own words: free paragraphs replaced or dropped, and what becomes of them when the county corrects.

Locked and filled-in paragraphs follow the county at once. Where a municipality has words of its own the county's
correction is an offer: a three-way merge by word, which a person takes, or not. What somebody wrote is kept even when
its paragraph is gone or is no longer free. Lets no approval fall itself: the caller reviews.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import must
from campaigns.definition.model import LONGEST_TEXT
from campaigns.definition.placeholders import holes, resolve
from campaigns.merging import Merged, merge
from campaigns.organisations import NotFound
from campaigns.store import (
    Adaptation,
    Campaign,
    Fact,
    Message,
    Paragraph,
    ParagraphKind,
    Participation,
    Wording,
)
from campaigns.wording import hidden_characters
from connectors.base import Problem

Choice = Literal["merged", "own", "county"]
"""What a person makes of an offer: both sides' changes, her own words as they are, or the county's."""


class AdaptationRefused(ValueError):
    """Words that cannot be taken, with every problem at once; nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Place:
    """One paragraph of a message as a municipality sees it, in one written language."""

    paragraph_id: int
    form: str
    number: int
    """From 1, within its form."""
    kind: ParagraphKind
    county: str
    own: str | None
    """What stands in its stead; empty where it was dropped, `None` where the county's words stand."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A correction by the county that meets a municipality's own words."""

    adaptation_id: int
    message_key: str
    form: str
    number: int
    """Of the paragraph, from 1; 0 when the county no longer has it, or no longer lets it be changed."""
    language: str
    base: str
    """What the county had written when the own words were written."""
    county: str
    own: str
    merged: Merged


def places(session: Session, participation: Participation, message: Message, language: str) -> list[Place]:
    """Return a message's paragraphs in one language with the municipality's own words.

    Raises: Forbidden.
    """
    must(session, "draft.read", "own", owner_id=participation.organisation_id)
    own = {one.paragraph_id: one.text for one in _adaptations(session, participation, language)}
    found = []
    for one in message.paragraphs:
        if one.retired or one.arm != "a":
            continue
        county = next((each.text for each in one.wordings if each.language == language), "")
        kept = own.get(one.id) if one.kind == ParagraphKind.free else None
        found.append(Place(one.id, one.form, one.position + 1, one.kind, county, kept))
    return sorted(found, key=lambda one: (one.form != "full", one.form, one.number))


def adapt(
    session: Session, participation: Participation, message: Message, *, language: str, number: int,
    text: str | None, form: str = "full", now: datetime,
) -> None:  # fmt: skip
    """Put a municipality's words in the place of a free paragraph; empty drops it, `None` brings the county's back.

    Raises: Forbidden; NotFound for a paragraph or language the message does not have; AdaptationRefused.
    """
    actor = must(session, "participation.adapt", "invited", owner_id=participation.organisation_id)
    paragraph, wording = _paragraph(session, message, form, number, language)
    if paragraph.kind != ParagraphKind.free:
        raise AdaptationRefused([Problem("wording.not_adaptable", {"paragraph": number})])
    present = _adaptation(session, participation, paragraph, language)
    if text is None:
        if present is not None:
            session.delete(present)
    else:
        text = text.strip()
        if problems := _problems(session, participation, text):
            raise AdaptationRefused(problems)
        if present is None:
            present = Adaptation(
                organisation_id=participation.organisation_id, participation_id=participation.id,
                paragraph_id=paragraph.id, language=language,
            )  # fmt: skip
            session.add(present)
        present.text, present.base_text, present.base_version = text, wording.text, wording.version
        present.set_at, present.set_by = now, actor.person_id
    session.flush()
    subject = f"{session.get_one(Campaign, participation.campaign_id).key}/{message.key}"
    what = "restored" if text is None else "dropped" if not text else "replaced"
    details = {"paragraph": number, "form": form, "language": language, "what": what}
    audit.record(session, actor, "participation.adapt", subject, details, now=now)


def offers(session: Session, participation: Participation) -> list[Offer]:
    """Return the county's corrections that meet the municipality's own words and wait for a person.

    Raises: Forbidden.
    """
    must(session, "draft.read", "own", owner_id=participation.organisation_id)
    return pending(session, participation)


def pending(session: Session, participation: Participation) -> list[Offer]:
    """Return the same for a session that sees the municipality's words anyway; asks nobody."""
    rows = session.execute(
        select(Adaptation, Paragraph, Message.key)
        .join(Paragraph, Paragraph.id == Adaptation.paragraph_id)
        .join(Message, Message.id == Paragraph.message_id)
        .where(Adaptation.participation_id == participation.id)
        .order_by(Message.position, Paragraph.form, Paragraph.position, Adaptation.language)
    ).all()
    return [offer for row in rows if (offer := _offer(*row))]


def settle(
    session: Session, participation: Participation, offer: Offer, choice: Choice, *, now: datetime
) -> None:
    """Do what a person chose about an offer; her own words are based on the county's newest from now on.

    Raises: Forbidden; NotFound when the offer is gone; AdaptationRefused where a merge has conflicts, or where the
    paragraph is no longer there to be changed.
    """
    actor = must(session, "participation.adapt", "invited", owner_id=participation.organisation_id)
    row = session.get(Adaptation, offer.adaptation_id)
    if row is None or row.participation_id != participation.id or row.text != offer.own:
        raise NotFound("adaptation.offer_gone")
    if choice == "merged" and offer.merged.text is None:
        raise AdaptationRefused([Problem("adaptation.conflict", {"number": offer.merged.conflicts})])
    if choice != "county" and not offer.number:
        raise AdaptationRefused([Problem("adaptation.paragraph_gone")])
    if choice == "county":
        session.delete(row)
    else:
        wording = session.scalars(
            select(Wording).where(Wording.paragraph_id == row.paragraph_id, Wording.language == row.language)
        ).one()
        row.text = offer.merged.text or "" if choice == "merged" else row.text
        row.base_text, row.base_version = wording.text, wording.version
        row.set_at, row.set_by = now, actor.person_id
    session.flush()
    subject = f"{session.get_one(Campaign, participation.campaign_id).key}/{offer.message_key}"
    details = {"paragraph": offer.number, "form": offer.form, "language": offer.language, "what": choice}
    audit.record(session, actor, "participation.adapt", subject, details, now=now)


def _offer(row: Adaptation, paragraph: Paragraph, message_key: str) -> Offer | None:
    wording = next((one for one in paragraph.wordings if one.language == row.language), None)
    if paragraph.retired or wording is None or paragraph.kind != ParagraphKind.free:
        county = "" if paragraph.retired or wording is None else wording.text
        merged = merge(row.base_text, county, row.text)
        return Offer(
            row.id, message_key, paragraph.form, 0, row.language, row.base_text, county, row.text, merged
        )
    if wording.version == row.base_version or wording.text == row.base_text:
        return None
    merged = merge(row.base_text, wording.text, row.text)
    return Offer(
        row.id, message_key, paragraph.form, paragraph.position + 1, row.language, row.base_text, wording.text,
        row.text, merged,
    )  # fmt: skip


def _problems(session: Session, participation: Participation, text: str) -> list[Problem]:
    """Return everything that keeps these words from being taken."""
    found = []
    if len(text) > LONGEST_TEXT:
        found.append(Problem("adaptation.too_long", {"length": len(text), "limit": LONGEST_TEXT}))
    if hidden := hidden_characters(text):
        found.append(Problem("checks.hidden_characters", {"characters": ", ".join(hidden[:5])}))
    declared = session.scalars(
        select(Fact.key).where(Fact.campaign_id == participation.campaign_id, Fact.message_id.is_(None))
    ).all()
    for hole in {one.written: one for one in holes(text)}.values():
        if hole.name is None or not resolve(hole.name, declared):
            found.append(Problem("adaptation.placeholder_unknown", {"placeholder": hole.written}))
    return found


def _paragraph(
    session: Session, message: Message, form: str, number: int, language: str
) -> tuple[Paragraph, Wording]:
    row = session.execute(
        select(Paragraph, Wording)
        .join(Wording, Wording.paragraph_id == Paragraph.id)
        .where(
            Paragraph.message_id == message.id,
            Paragraph.form == form,
            Paragraph.arm == "a",
            Paragraph.position == number - 1,
            Paragraph.position >= 0,
            Wording.language == language,
        )
    ).one_or_none()
    if row is None:
        raise NotFound("adaptation.paragraph_unknown", number=number, form=form, language=language)
    return row[0], row[1]


def _adaptation(
    session: Session, participation: Participation, paragraph: Paragraph, language: str
) -> Adaptation | None:
    return session.scalar(
        select(Adaptation).where(
            Adaptation.participation_id == participation.id,
            Adaptation.paragraph_id == paragraph.id,
            Adaptation.language == language,
        )
    )


def _adaptations(session: Session, participation: Participation, language: str) -> Sequence[Adaptation]:
    return session.scalars(
        select(Adaptation).where(
            Adaptation.participation_id == participation.id, Adaptation.language == language
        )
    ).all()
