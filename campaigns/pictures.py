"""Who may look at a stored picture: the people of a campaign that has it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.store import Media, Message, MessagePicture, views


def is_visible(session: Session, sha256: str) -> bool:
    """Return whether a picture is in a campaign that the actor's organisation owns or was invited to."""
    campaigns = [one.id for one in views.visible_campaigns(session)]
    found = (
        select(MessagePicture.id)
        .join(Media, Media.id == MessagePicture.media_id)
        .join(Message, Message.id == MessagePicture.message_id)
        .where(Media.sha256 == sha256, Message.campaign_id.in_(campaigns))
    )
    return session.scalar(found.limit(1)) is not None
