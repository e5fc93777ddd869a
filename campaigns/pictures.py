"""Who may look at a stored picture: the people of a campaign that has it, and of a post that was approved with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.store import Delivery, Media, Message, MessagePicture, Snapshot, views

LOOKED_AT = 50
"""Snapshots that are read to find a picture which its campaign has replaced; in the first there is one, as a rule."""


def is_visible(session: Session, sha256: str) -> bool:
    """Return whether a picture is in a campaign that the actor's organisation owns or was invited to.

    Also one that was replaced since, where it went out: on the actor's own posts, or on those of its campaigns.
    """
    campaigns = [one.id for one in views.visible_campaigns(session)]
    found = (
        select(MessagePicture.id)
        .join(Media, Media.id == MessagePicture.media_id)
        .join(Message, Message.id == MessagePicture.message_id)
        .where(Media.sha256 == sha256, Message.campaign_id.in_(campaigns))
    )
    return session.scalar(found.limit(1)) is not None or _was_approved(session, sha256)


def _was_approved(session: Session, sha256: str) -> bool:
    """Return whether an approved post has this picture; a text that merely names its digest opens nothing."""
    named = (
        select(Delivery.snapshot_hash, Snapshot.body)
        .join(
            Snapshot,
            (Snapshot.hash == Delivery.snapshot_hash)
            & (Snapshot.organisation_id == Delivery.organisation_id),
        )
        .where(Snapshot.body.contains(sha256, autoescape=True))
        .order_by(Delivery.id)
        .limit(LOOKED_AT)
    )
    return any(
        _has(body, str(hash_), sha256) for hash_, body in session.execute(views.own_or_owned(session, named))
    )


def _has(body: str, approved_hash: str, sha256: str) -> bool:
    try:
        post = ApprovedSnapshot(body, approved_hash).post
    except Tampered:
        return False
    pictures = [*post.pictures, *([post.card.picture] if post.card and post.card.picture else [])]
    return any(one.sha256 == sha256 for one in pictures)
