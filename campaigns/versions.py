"""The stored version of a campaign: given back as a document with its pictures, and compared with a new one.

Changes nothing. What the pictures and the text of a municipality are is not in here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.access import must
from campaigns.definition import model
from campaigns.definition.changes import Change
from campaigns.definition.difference import differences
from campaigns.media import MediaFolder, Rendition
from campaigns.participation import owned_campaign, stored_definition
from campaigns.store import Campaign, Media, Message, MessagePicture


@dataclass(frozen=True, slots=True)
class Export:
    """A campaign as it can be handed on: its document, and what lies beside it."""

    version: int
    document: str
    pictures: Mapping[str, bytes]
    """The stored renditions by the file that the document names; JPEG, whatever the name ends in."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a new document changes."""

    version: int
    """The stored version that it was compared with."""
    changes: tuple[Change, ...]


def export(session: Session, media: MediaFolder, key: str) -> Export:
    """Return a campaign of the actor's organisation as a document; loading it again changes nothing.

    Raises: Forbidden; NotFound; PictureRefused for a picture that is gone from the folder or was altered.
    """
    must(session, "campaign.read", "owner")
    campaign = owned_campaign(session, key)
    pictures = {file: media.read(digest) for (_, file), digest in digests(session, campaign).items()}
    return Export(campaign.version, campaign.document, pictures)


def compare(session: Session, definition: model.Definition, pictures: Mapping[str, Rendition]) -> Comparison:
    """Return what a document changes in the stored campaign of the same key, pictures under the same name, too.

    `pictures` has a rendition for every file that the document names.

    Raises: Forbidden; NotFound for a campaign that is not stored, or is another's.
    """
    must(session, "campaign.read", "owner")
    campaign = owned_campaign(session, definition.campaign)
    changes = differences(stored_definition(campaign), definition)
    return Comparison(campaign.version, (*changes, *_repainted(session, campaign, definition, pictures)))


def _repainted(
    session: Session, campaign: Campaign, definition: model.Definition, pictures: Mapping[str, Rendition]
) -> Iterator[Change]:
    stored = digests(session, campaign)
    for message in definition.messages:
        for position, spec in enumerate(message.pictures):
            former = stored.get((message.key, spec.file))
            if former and former != pictures[spec.file].sha256:
                values = {"message": message.key, "file": spec.file}
                yield Change("difference.picture_repainted", values, message.key, "pictures", position)


def digests(session: Session, campaign: Campaign) -> dict[tuple[str, str], str]:
    """Return the digest of each stored picture by its message and its file."""
    rows = session.execute(
        select(Message.key, MessagePicture.position, Media.sha256)
        .join(MessagePicture, MessagePicture.message_id == Message.id)
        .join(Media, Media.id == MessagePicture.media_id)
        .where(Message.campaign_id == campaign.id, Message.retired.is_(False))
    )
    stored = {(key, position): digest for key, position, digest in rows}
    return {
        (message.key, spec.file): stored[message.key, position]
        for message in stored_definition(campaign).messages
        for position, spec in enumerate(message.pictures)
    }
