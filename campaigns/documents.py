"""The campaign definition store: a checked definition becomes rows, and a new version of it changes just what changed.

Reading and judging the document is `definition`'s business; planning and approval follow from what this returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit, merging, timing
from campaigns.access import must
from campaigns.definition import model, writing
from campaigns.definition.moments import Day
from campaigns.facts import check_fact
from campaigns.media import MediaFolder, Rendition
from campaigns.organisations import members_of, organisation
from campaigns.store import Campaign, Fact, Media, Message, MessagePicture, Paragraph, ParagraphKind, Wording
from connectors.base import Problem


def load(
    session: Session,
    media: MediaFolder,
    definition: model.Definition,
    pictures: Mapping[str, Rendition],
    *,
    now: datetime,
) -> Campaign:
    """Store a definition as its owner; the same key again is a new version of the same campaign.

    `pictures` has a rendition for every file that the document names. Nothing is planned, invited or sent by this.
    The same document with the same pictures changes nothing, but puts back a picture that was lost from the folder.

    Raises: Forbidden when the document belongs to another organisation; NotFound for a consent's unknown group.
    """
    owner = organisation(session, definition.owner)
    actor = must(session, "campaign.load", "owner", owner_id=owner.id)
    campaign = session.scalar(
        select(Campaign).where(Campaign.organisation_id == owner.id, Campaign.key == definition.campaign)
    )
    document = writing.dump(definition)
    for rendition in pictures.values():
        media.keep(rendition)
    if (
        campaign is not None
        and campaign.document == document
        and _same_pictures(campaign, definition, pictures)
    ):
        return campaign
    if campaign is None:
        campaign = Campaign(organisation_id=owner.id, key=definition.campaign, version=0)
        session.add(campaign)
    _fill_campaign(campaign, definition, document, now)
    session.flush()
    _store_facts(session, campaign, definition)
    _store_messages(session, campaign, definition, pictures, now)
    details = {"version": campaign.version, "messages": len(definition.messages)}
    audit.record(session, actor, "campaign.load", campaign.key, details, now=now)
    return campaign


def not_sent_yet(definition: model.Definition) -> list[Problem]:
    """Return a warning for each part of a document that is kept but does not go out yet: nothing is dropped in silence."""
    return [
        Problem("document.not_sent_yet", {"message": message.key, "part": part})
        for message in definition.messages
        for part, there in (
            ("experiment", message.experiment),
            ("link", message.link),
        )
        if there
    ]


def _same_pictures(
    campaign: Campaign, definition: model.Definition, pictures: Mapping[str, Rendition]
) -> bool:
    """Return whether the stored pictures are these: a file may have changed under the same name."""
    stored = {
        (message.key, one.position): one.media.sha256
        for message in campaign.messages
        if not message.retired
        for one in message.pictures
    }
    written = {
        (message.key, position): pictures[spec.file].sha256
        for message in definition.messages
        for position, spec in enumerate(message.pictures)
    }
    return stored == written


def _fill_campaign(campaign: Campaign, definition: model.Definition, document: str, now: datetime) -> None:
    campaign.title = _texts(definition.title)
    campaign.purpose = definition.purpose
    campaign.document = document
    campaign.version += 1
    campaign.anchor = definition.anchor
    campaign.ends_on = definition.ends.on(definition.anchor)
    campaign.answer_by = definition.answer.by
    campaign.approve_by = definition.approve_by.isoformat() if definition.approve_by else None
    campaign.silence = definition.answer.silence
    campaign.late_after = int(definition.late_after.total_seconds())
    campaign.languages = list(definition.languages)
    campaign.hashtags = list(definition.hashtags)
    campaign.loaded_at = now


def _store_facts(session: Session, campaign: Campaign, definition: model.Definition) -> None:
    present = {
        (one.message_id, one.key): one
        for one in session.scalars(select(Fact).where(Fact.campaign_id == campaign.id))
    }
    for key, fact in definition.facts.items():
        row = present.pop((None, key), None)
        if row is None:
            row = Fact(campaign_id=campaign.id, key=key)
            session.add(row)
        _fill_fact(row, fact, definition.anchor)
    for (message_id, _), gone in present.items():
        if message_id is None:
            gone.value, gone.default = (
                "",
                None,
            )  # a municipality's values may hang on it; no text asks for it any more
    session.flush()


def _texts(written: model.Texts) -> dict[str, str]:
    return {str(language): text for language, text in written.items()}


def _fill_fact(row: Fact, fact: model.Fact, anchor: date | None) -> None:
    row.kind = fact.kind
    row.own_site = fact.own_site
    row.known_on = fact.known.on(anchor) if fact.known else None
    row.ask = _texts(fact.ask)
    row.value, row.default = (
        kept_value(fact.kind, written, anchor) for written in (fact.value, fact.default)
    )


def kept_value(kind: model.FactKind, written: str | None, anchor: date | None) -> str | None:
    """Return a written value in the form in which municipalities' values are kept, too; `T+5` becomes its date.

    Raises: ValueError for what is no value of its kind; a checked document has none.
    """
    if written is None or written.startswith("profile."):
        return written
    if kind == "date":
        return Day.parse(written).on(anchor).isoformat()
    kept = check_fact(kind, written)
    if isinstance(kept, Problem):
        raise ValueError(f"{written!r} is no {kind}: {kept.code}")
    return kept


def _store_messages(
    session: Session,
    campaign: Campaign,
    definition: model.Definition,
    pictures: Mapping[str, Rendition],
    now: datetime,
) -> None:
    present = {
        one.key: one for one in session.scalars(select(Message).where(Message.campaign_id == campaign.id))
    }
    for position, written in enumerate(definition.messages):
        row = present.pop(written.key, None)
        if row is None:
            row = Message(campaign_id=campaign.id, key=written.key)
            session.add(row)
        row.position, row.retired = position, False
        row.title, row.mandatory, row.platforms = _texts(written.title), written.mandatory, list(written.to)
        row.send = rule_of(written.send, definition.anchor).json()
        row.quiet_override = written.quiet.override if written.quiet else None
        row.poll = written.poll.model_dump(mode="json") if written.poll else None
        session.flush()
        _store_paragraphs(session, row, written)
        _store_overrides(session, campaign, row, written, definition)
        _store_pictures(session, campaign, row, written.pictures, pictures, now)
    for gone in present.values():
        gone.retired = True
    session.flush()


def rule_of(send: model.Send, anchor: date | None) -> timing.Rule:
    """Return a message's time rule with its day resolved."""
    if send.released or send.day is None:
        return timing.Rule()
    return timing.Rule(send.day.on(anchor), send.start, send.end, send.together)


def _forms(written: model.Message) -> dict[tuple[str, str], Sequence[model.Paragraph]]:
    """Return a message's paragraphs by form and arm."""
    forms: dict[tuple[str, str], Sequence[model.Paragraph]] = {("full", "a"): written.text}
    if written.short:
        forms["short", "a"] = written.short
    for platform, paragraphs in written.by_platform.items():
        forms[platform, "a"] = paragraphs
    if written.experiment:
        forms["full", "b"] = written.experiment.b
    for number, part in enumerate(written.follow_up, start=1):
        forms[f"thread:{number}", "a"] = part
    if written.first_comment:
        forms["comment", "a"] = written.first_comment
    return forms


def _store_paragraphs(session: Session, row: Message, written: model.Message) -> None:
    """Store a message's paragraphs; each goes on from the old one it is a version of, wherever it stands now.

    None is deleted: a municipality may have written something of its own about it.
    """
    stored: dict[tuple[str, str], list[Paragraph]] = {}
    for one in session.scalars(select(Paragraph).where(Paragraph.message_id == row.id)):
        stored.setdefault((one.form, one.arm), []).append(one)
    for those in stored.values():
        those.sort(key=lambda one: (one.retired, one.position))
        for one in those:
            one.position = -one.id  # out of the way first: two may be changing places
    session.flush()
    for (form, arm), wishes in _forms(written).items():
        there = stored.get((form, arm), [])
        found = merging.align([_words(one) for one in there], [_joined(one.texts) for one in wishes])
        for place, (wish, continued) in enumerate(zip(wishes, found, strict=True)):
            if continued is None:
                paragraph = Paragraph(message_id=row.id, form=form, arm=arm, wordings=[])
                session.add(paragraph)
            else:
                paragraph = there[continued]
            paragraph.position = place
            _word(session, paragraph, wish)
    session.flush()


def _words(paragraph: Paragraph) -> str:
    return _joined({one.language: one.text for one in paragraph.wordings})


def _joined(texts: Mapping[str, str] | model.Texts) -> str:
    """Return a paragraph's texts as one, by which it is known again."""
    return "\n".join(text.strip() for _, text in sorted(texts.items()))


def _word(session: Session, stored: Paragraph, written: model.Paragraph) -> None:
    """Give a paragraph its kind and its wordings; one that changes gets a new version."""
    stored.kind = ParagraphKind(written.kind)
    known = {one.language: one for one in stored.wordings}
    for language, text in written.texts.items():
        wording = known.pop(language, None)
        if wording is None:
            stored.wordings.append(Wording(language=language, text=text, version=1))
        elif wording.text != text:
            wording.text, wording.version = text, wording.version + 1
    for gone in known.values():
        session.delete(gone)


def _store_overrides(
    session: Session, campaign: Campaign, row: Message, written: model.Message, definition: model.Definition
) -> None:
    present = {one.key: one for one in session.scalars(select(Fact).where(Fact.message_id == row.id))}
    for key in written.facts:
        whole = definition.fact(key, written)
        if whole is None:
            continue
        fact = present.pop(key, None) or Fact(campaign_id=campaign.id, message_id=row.id, key=key)
        session.add(fact)
        _fill_fact(fact, whole, definition.anchor)
    for gone in present.values():
        session.delete(gone)
    session.flush()


def _store_pictures(
    session: Session, campaign: Campaign, row: Message, written: Sequence[model.PictureSpec],
    renditions: Mapping[str, Rendition], now: datetime,
) -> None:  # fmt: skip
    present = {
        one.position: one
        for one in session.scalars(select(MessagePicture).where(MessagePicture.message_id == row.id))
    }
    for position, spec in enumerate(written):
        stored = _store_media(session, campaign, renditions[spec.file], now)
        picture = present.pop(position, None) or MessagePicture(message_id=row.id, position=position)
        session.add(picture)
        picture.media_id, picture.alt, picture.focus = stored.id, _texts(spec.alt), list(spec.focus)
        picture.credit, picture.licence = spec.credit, spec.licence
        people = spec.people
        picture.consent = people.consent if people else None
        picture.valid_until = end_of_day(people.until) if people else None
        picture.covers = _covered(session, campaign, people.covers) if people and people.covers else None
        picture.channels = list(people.channels) if people and people.channels else None
    for gone in present.values():
        session.delete(gone)
    session.flush()


def _covered(session: Session, campaign: Campaign, invite: model.Invite) -> list[str]:
    """Return the numbers a consent covers: a county's stands for its municipalities, a group for those it has now.

    Raises: NotFound for a group that its owner has not named.
    """
    if invite.county:
        return [invite.county]
    return list(invite.municipalities or members_of(session, campaign.organisation_id, invite.group or ""))


def end_of_day(day: date) -> datetime:
    """Return the end of a day where the campaign lives; consents are given in days."""
    return timing.instant(day + timedelta(days=1), time(0), timing.ZONES[0])


def _store_media(session: Session, campaign: Campaign, rendition: Rendition, now: datetime) -> Media:
    stored = session.scalar(
        select(Media).where(
            Media.organisation_id == campaign.organisation_id, Media.sha256 == rendition.sha256
        )
    )
    if stored is None:
        stored = Media(
            organisation_id=campaign.organisation_id, sha256=rendition.sha256, mime=rendition.mime,
            width=rendition.width, height=rendition.height, size=len(rendition.content), stored_at=now,
        )  # fmt: skip
        session.add(stored)
        session.flush()
    return stored
