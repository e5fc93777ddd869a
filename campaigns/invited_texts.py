"""A campaign's texts as its owner offers them to a municipality that is asked: in its language, with its name. Writes nothing.

They are read as the owner, in whose scope nothing of the municipality's own exists: neither words of its own nor facts
that it filled in can be in them (threats A13, B3). What is known without anybody's word is: its profile, and defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import rendering, timing, wording
from campaigns.store import Account, Campaign, Delivery, Message, Organisation
from campaigns.values import Values
from connectors.base import Connector


@dataclass(frozen=True, slots=True)
class InvitedText:
    """One message as it would be there."""

    title: Mapping[str, str]
    mandatory: bool
    at: datetime | None
    """When it goes out at the earliest; nothing for one that is started by hand."""
    language: str
    parts: tuple[tuple[str, str], ...]
    """Paragraphs with their kinds; empty where it has no words in this language."""
    pictures: tuple[str, ...]
    """What their alternative texts say."""


@dataclass(frozen=True, slots=True)
class InvitedTexts:
    """What a municipality is asked to take part in."""

    texts: tuple[InvitedText, ...]
    values: tuple[str, ...]
    """What was put in for the municipality, so that a page can mark it."""
    language_chosen: bool
    """It has said which language it writes; else they are in the campaign's first one."""


def offered(
    session: Session, connectors: Mapping[str, Connector], campaign_id: int, place_id: int
) -> InvitedTexts:
    """Return the texts of a campaign as they would look in a municipality.

    Raises: PermissionError in any other scope than the campaign's owner's.
    """
    campaign = session.scalars(
        select(Campaign).where(Campaign.id == campaign_id).options(*rendering.WHOLE)
    ).one()
    actor = session.info.get("actor")
    if actor is None or session.info.get("system") or actor.organisation_id != campaign.organisation_id:
        raise PermissionError("texts are offered as their owner has them")
    place = session.get_one(Organisation, place_id)
    own = wording.written_language(place.language_decision, place.language)
    language = own or campaign.languages[0]
    renderer = rendering.Renderer(session, campaign, place, connectors)
    messages = [one for one in campaign.messages if not one.retired]
    return InvitedTexts(
        tuple(_offered(renderer, one, place, language) for one in messages),
        inserted(renderer.values, messages, language),
        own is not None,
    )


def inserted(values: Values, messages: list[Message], *languages: str) -> tuple[str, ...]:
    """Return every value that was put into a campaign's texts, the longest first; short ones would be found everywhere."""
    found = {text for one in messages[:1] for each in languages for text in values.of(one, each).values()}
    return tuple(sorted((one for one in found if len(one) > 2), key=len, reverse=True))


def unplanned(place: Organisation, message: Message, language: str | None = None) -> tuple[Delivery, Account]:
    """Return a delivery and an account, stored nowhere, to render a message of which nothing is planned."""
    account = Account(
        id=0, organisation_id=place.id, platform=message.platforms[0], base="", remote_id="", handle=place.name,
        title="", address="", visibility="public", language=language,
    )  # fmt: skip
    return Delivery(id=0, kind="post", position=0, due_at=None), account


def _offered(
    renderer: rendering.Renderer, message: Message, place: Organisation, language: str
) -> InvitedText:
    delivery, account = unplanned(place, message, language)
    draft = renderer.draft(delivery, message, account)
    window = timing.span(timing.rule_of(message.send), place.timezone)
    return InvitedText(
        title=message.title, mandatory=message.mandatory, at=window[0] if window else None, language=language,
        parts=draft.parts, pictures=tuple(one.alt for one in draft.post.pictures) if draft.post else (),
    )  # fmt: skip
