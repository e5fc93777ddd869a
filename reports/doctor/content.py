"""Checks on what is to go out: the approved bytes, the pictures, and what a campaign must not end without."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from campaigns.media import MediaFolder, PictureRefused
from campaigns.snapshots import digest
from campaigns.states import BEFORE_SENDING, State
from campaigns.store import (
    Answer,
    Campaign,
    Delivery,
    Media,
    Message,
    MessagePicture,
    Organisation,
    Participation,
    Snapshot,
)
from reports.doctor.finding import Finding, Subject, told

AT_ONCE = 500
"""Snapshots in memory at a time."""


def pictures(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find pictures that planned deliveries need and that are gone, or are no longer what was stored."""
    folder = MediaFolder(subject.settings.media_path)
    needed = (
        select(Media.sha256)
        .join(MessagePicture, MessagePicture.media_id == Media.id)
        .join(Delivery, Delivery.message_id == MessagePicture.message_id)
        .where(Delivery.state.in_(BEFORE_SENDING))
        .distinct()
    )
    wrong: dict[str, int] = {}
    for sha256 in session.scalars(needed):
        try:
            folder.read(sha256)
        except PictureRefused as refusal:
            wrong[refusal.code] = wrong.get(refusal.code, 0) + 1
    path = str(folder.folder)
    if gone := wrong.get("media.gone"):
        yield Finding("doctor.pictures_gone", "error", {"pictures": gone, "path": path})
    if altered := wrong.get("media.altered"):
        yield Finding("doctor.pictures_altered", "error", {"pictures": altered, "path": path})


def snapshots(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find approved posts whose stored form is not what their hash says; nothing of them would be sent (threat E1)."""
    del subject
    tampered: set[int] = set()
    query = (
        select(Snapshot.hash, Snapshot.body, Snapshot.organisation_id).order_by(Snapshot.hash).limit(AT_ONCE)
    )
    piece = session.execute(query).all()
    while piece:
        tampered |= {row.organisation_id for row in piece if digest(row.body) != row.hash}
        piece = session.execute(query.where(Snapshot.hash > piece[-1].hash)).all()
    if tampered:
        names = select(Organisation.name).where(Organisation.id.in_(tampered)).order_by(Organisation.number)
        yield Finding(
            "doctor.snapshots_altered", "error", {"organisations": told(session.scalars(names).all())}
        )


def mandatory(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find campaigns that are over and whose mandatory messages did not go out everywhere they were to."""
    went = exists().where(
        Delivery.participation_id == Participation.id,
        Delivery.message_id == Message.id,
        Delivery.state == State.published,
    )
    short = (
        select(Campaign.key, Message.key, func.count())
        .join(Message, Message.campaign_id == Campaign.id)
        .join(Participation, Participation.campaign_id == Campaign.id)
        .where(
            Campaign.active_at.is_not(None),
            Campaign.closed_at.is_(None),
            Campaign.ends_on < subject.now.date(),
            Message.mandatory,
            ~Message.retired,
            Participation.answer == Answer.joined,
            ~went,
        )
        .group_by(Campaign.key, Message.key)
        .order_by(Campaign.key, Message.key)
    )
    for campaign, message, places in session.execute(short):
        values: dict[str, str | int] = {"campaign": campaign, "message": message, "places": places}
        yield Finding("doctor.mandatory_not_gone", "warning", values)
