"""Ending a campaign: not before what it owes people has gone out (product notes: "this is what we did")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.states import BEFORE_SENDING, UNDER_WAY, State
from campaigns.store import Answer, Campaign, Choice, Delivery, views

GONE = frozenset({State.published, State.removed})


class Owed(ValueError):
    """A campaign that still owes its mandatory message somewhere: names of municipalities by message."""

    code = "campaign.owed"

    def __init__(self, owed: Mapping[str, list[str]]) -> None:
        super().__init__(self.code)
        self.owed = owed
        self.values = {"what": "; ".join(f"{message}: {', '.join(names)}" for message, names in owed.items())}


def owed(session: Session, campaign: Campaign) -> dict[str, list[str]]:
    """Return for each mandatory message the municipalities taking part in which it has not gone out at all."""
    mandatory = {one.id: one.key for one in campaign.messages if one.mandatory and not one.retired}
    sent = (
        select(Delivery.organisation_id, Delivery.message_id)
        .where(Delivery.campaign_id == campaign.id, Delivery.state.in_(GONE))
        .distinct()
    )
    gone = {(row[0], row[1]) for row in session.execute(views.reaching(session, campaign, sent))}
    settled = gone | {
        (one.organisation_id, one.message_id)
        for one in views.choices(session, campaign)
        if one.choice == Choice.out
    }
    found: dict[str, list[str]] = {}
    for mine, place in views.participations(session, campaign):
        if mine.answer != Answer.joined:
            continue
        for message_id, key in mandatory.items():
            if (place.id, message_id) not in settled:
                found.setdefault(key, []).append(place.name)
    return found


def unsent(session: Session, campaign: Campaign) -> int:
    """Return how many deliveries have not gone yet and never will once the campaign is closed."""
    waiting = select(func.count()).where(
        Delivery.campaign_id == campaign.id, Delivery.state.in_(BEFORE_SENDING | UNDER_WAY)
    )
    return session.scalar(views.reaching(session, campaign, waiting)) or 0


def close(session: Session, campaign: Campaign, *, now: datetime) -> None:
    """Close a campaign: nothing of it is sent from now on; counting goes on.

    The gate shuts with this; what waited is cancelled by the next planning, municipality by municipality.

    Raises: Forbidden; NotFound for another owner's; Owed while a mandatory message has not gone out everywhere.
    """
    actor = must(session, "campaign.close", "owner")
    if campaign.organisation_id != actor.organisation_id:
        raise NotFound("campaign.unknown", key=campaign.key)
    if still := owed(session, campaign):
        raise Owed(still)
    campaign.closed_at = campaign.closed_at or now
    session.flush()
    audit.record(
        session, actor, "campaign.close", campaign.key, {"unsent": unsent(session, campaign)}, now=now
    )
