"""What a municipality, or everybody in a campaign, has out: for people who are on none of the platforms, without a login.

It is a function of our rows: a message is in it as long as one of its posts is live, in the words that were approved, and
leaves it with the last of them. Nothing is in it that is not public already.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campaigns.parts import POST
from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.states import State
from campaigns.store import Campaign, Delivery, Message, Organisation, OrganisationKind, Snapshot
from connectors import kind_of
from connectors.post import Post

MOST = 50
"""Messages in a feed, the newest."""
_READ = 1000
"""Posts looked at for them: a message may be on every platform, in every municipality of a county."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a post is to be seen."""

    platform: str
    """Its name in tables and addresses."""
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of one municipality, as it is out."""

    id: uuid.UUID
    """The same for ever, whichever of its posts are taken down."""
    number: str
    place: str
    """The municipality's name."""
    post: Post
    """The longest of its wordings that is live."""
    at: datetime
    """When the first of its posts that are live went out."""
    seen: tuple[Place, ...]

    @property
    def heading(self) -> str:
        """Return its first line, for lists of headings."""
        line = next((one.strip() for one in self.post.text.splitlines() if one.strip()), self.place)
        return line if len(line) <= 100 else f"{line[:99].rstrip()}…"


@dataclass(frozen=True, slots=True)
class Feed:
    """What is out, newest first."""

    number: str
    place: str
    campaign: str | None
    """Its key, where only one campaign is asked for."""
    title: Mapping[str, str] | None
    """The campaign's title by language."""
    entries: tuple[Entry, ...]

    def picture(self, sha256: str) -> bool:
        """Return whether a picture is in it."""
        return any(one.sha256 == sha256 for entry in self.entries for one in entry.post.pictures)


def feed(session: Session, number: str, key: str | None = None) -> Feed | None:
    """Return the feed of a municipality, or of a campaign in a municipality or a whole county; `None` for none such.

    Who does not want to be seen on open pages has none, and is in nobody else's. A campaign whose owner has switched its
    page off has none, whoever asks; what is out of it stays in the municipalities' own feeds.

    A county has a feed for each of its campaigns, none for itself: it publishes nothing.
    """
    place = session.scalar(select(Organisation).where(Organisation.number == number))
    if place is None or not place.public_page:
        return None
    whole = place.kind != OrganisationKind.municipality
    campaign = _campaign(session, place, key) if key is not None else None
    if (key is not None and campaign is None) or (whole and campaign is None):
        return None
    rows = session.execute(_published(place, campaign, whole=whole)).all()
    entries = _entries(rows)
    return Feed(place.number, place.name, key, campaign.title if campaign else None, tuple(entries[:MOST]))


def _campaign(session: Session, place: Organisation, key: str) -> Campaign | None:
    owners = [place.id, *([place.parent_id] if place.parent_id else [])]
    found = select(Campaign).where(Campaign.key == key, Campaign.organisation_id.in_(owners))
    campaign = session.scalars(found.order_by(Campaign.id)).first()
    return campaign if campaign and campaign.public_page else None


def _published(
    place: Organisation, campaign: Campaign | None, *, whole: bool
) -> Select[Delivery, str, str, str, str, str]:
    query = (
        select(Delivery, Snapshot.body, Organisation.number, Organisation.name, Campaign.key, Message.key)
        .join(Organisation, Organisation.id == Delivery.organisation_id)
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .join(
            Snapshot,
            (Snapshot.hash == Delivery.snapshot_hash)
            & (Snapshot.organisation_id == Delivery.organisation_id),
        )
        .where(Delivery.state == State.published, Delivery.kind == POST, Organisation.public_page)
        .order_by(Delivery.published_at.desc(), Delivery.id.desc())
        .limit(_READ)
    )
    if campaign is not None:
        query = query.where(Delivery.campaign_id == campaign.id)
    return query if whole else query.where(Delivery.organisation_id == place.id)


def _entries(rows: Sequence[tuple[Delivery, str, str, str, str, str]]) -> list[Entry]:
    groups: dict[tuple[str, str, str], list[tuple[Delivery, Post, str]]] = {}
    for delivery, body, number, name, campaign, message in rows:
        try:
            post = ApprovedSnapshot(body, delivery.snapshot_hash or "").post
        except Tampered:
            continue
        groups.setdefault((number, campaign, message), []).append((delivery, post, name))
    found = [_entry(key, group) for key, group in groups.items()]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _entry(key: tuple[str, str, str], group: Sequence[tuple[Delivery, Post, str]]) -> Entry:
    longest = max((post for _, post, _ in group), key=lambda post: (len(post.pictures), len(post.text)))
    places = {one.address: one.platform for one, _, _ in group if one.address}
    return Entry(
        id=uuid.uuid5(uuid.NAMESPACE_OID, "/".join(("samklang", *key))),
        number=key[0],
        place=group[0][2],
        post=longest,
        at=min(one.published_at for one, _, _ in group if one.published_at is not None),
        seen=tuple(
            Place(platform, kind_of(platform).title, address)
            for address, platform in sorted(places.items(), key=lambda one: one[1])
        ),
    )
