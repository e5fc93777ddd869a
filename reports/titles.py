"""Titles of campaigns and messages, for pages that know them by their keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.store import Message, views

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles by written language, of what an organisation may see."""

    campaigns: Mapping[str, Texts]
    messages: Mapping[tuple[str, str], Texts]
    """By the keys of campaign and message."""


def of_campaigns(session: Session) -> Titles:
    """Return the titles of the campaigns that the actor owns or was invited to, and of their messages; two questions."""
    campaigns = {one.id: one for one in views.visible_campaigns(session)}
    rows = session.execute(
        select(Message.campaign_id, Message.key, Message.title).where(Message.campaign_id.in_(campaigns))
    )
    return Titles(
        {one.key: one.title for one in campaigns.values()},
        {(campaigns[campaign_id].key, key): title for campaign_id, key, title in rows},
    )
