"""What a correction of a running campaign would cost, found out by making it and taking it back.

The preview is the correction itself, for every municipality, in a transaction that is rolled back: nothing is guessed.
It tells the county numbers and public addresses, never a municipality's words (threat A13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import adaptation, approval, documents, plans, rendering, snapshots, standing
from campaigns.definition import model
from campaigns.media import MediaFolder, Rendition
from campaigns.states import State
from campaigns.store import (
    Actor,
    Campaign,
    Delivery,
    Message,
    Organisation,
    Participation,
    Snapshot,
    Store,
    views,
)
from connectors.base import Connector


@dataclass(frozen=True, slots=True)
class Touched:
    """What a correction does in one municipality, in deliveries; `offers` in paragraphs of its own."""

    number: str
    name: str
    falls: int
    """Approvals that fall and ask again."""
    renews: int
    """Of these, those that the municipality's standing approval renews unless somebody vetoes it."""
    offers: int
    planned: int
    moved: int
    cancelled: int

    @property
    def anything(self) -> bool:
        """Whether it notices the correction at all."""
        return any((self.falls, self.offers, self.planned, self.moved, self.cancelled))


@dataclass(frozen=True, slots=True)
class Live:
    """A post that is live with a text that the correction changes, or whose message it takes out."""

    name: str
    message: str
    platform: str
    address: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a correction would do, municipality by municipality, and what it cannot reach any more."""

    version: int
    touched: tuple[Touched, ...]
    live: tuple[Live, ...]


def preview(
    store: Store,
    actor: Actor,
    connectors: Mapping[str, Connector],
    media: MediaFolder,
    definition: model.Definition,
    pictures: Mapping[str, Rendition],
    *,
    now: datetime,
) -> Preview:
    """Return what loading this definition would do to a campaign under way; nothing is changed by it.

    Raises: Forbidden; NotFound, as loading would.
    """
    with store.trial(actor) as session:
        before = _offers(session, actor, definition.campaign)
        campaign = documents.load(session, media, definition, pictures, now=now)
        session.expire_all()
        touched, live = [], []
        for mine, place in views.participations(session, campaign):
            touched.append(_touch(session, connectors, mine, place, before.get(mine.id, 0), now))
            live += _live(session, connectors, campaign, mine, place)
        return Preview(campaign.version, tuple(touched), tuple(live))


def _touch(
    session: Session, connectors: Mapping[str, Connector], mine: Participation, place: Organisation, offers: int,
    now: datetime,
) -> Touched:  # fmt: skip
    steps = plans.plan_participation(session, mine, now=now)
    fallen = approval.review(session, connectors, mine, now=now)
    announced = {one.delivery_id for one in standing.announce(session, connectors, mine, now=now)}
    return Touched(
        place.number,
        place.name,
        falls=len(fallen),
        renews=sum(one.delivery_id in announced for one in fallen),
        offers=max(0, len(adaptation.pending(session, mine)) - offers),
        planned=len(steps.create) + len(steps.revive),
        moved=len(steps.change),
        cancelled=len(steps.cancel),
    )


def _offers(session: Session, actor: Actor, key: str) -> dict[int, int]:
    """Return how many corrections wait in each participation already."""
    found = select(Participation).join(Campaign, Campaign.id == Participation.campaign_id)
    mine = found.where(Campaign.organisation_id == actor.organisation_id, Campaign.key == key)
    return {one.id: len(adaptation.pending(session, one)) for one in session.scalars(mine)}


def _live(
    session: Session, connectors: Mapping[str, Connector], campaign: Campaign, mine: Participation,
    place: Organisation,
) -> list[Live]:  # fmt: skip
    rows = session.execute(
        select(Delivery, Message, Snapshot.body)
        .join(Message, Message.id == Delivery.message_id)
        .join(Snapshot, Snapshot.hash == Delivery.snapshot_hash)
        .where(
            Delivery.participation_id == mine.id,
            Delivery.state.in_([State.published, State.unsure, State.publishing]),
        )
        .order_by(Delivery.id)
    ).all()
    drafts = rendering.drafts(session, campaign, place, connectors, [row[0] for row in rows])
    now_is = {one.delivery_id: one.body for one in drafts}
    return [
        Live(place.name, message.key, delivery.platform, delivery.address or "")
        for delivery, message, body in rows
        if message.retired or not now_is.get(delivery.id) or not snapshots.same(body, now_is[delivery.id])
    ]
