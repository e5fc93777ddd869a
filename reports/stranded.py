"""What did not go at its time, gathered by message, for the people who decide what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.states import State
from campaigns.store import Account, Campaign, Delivery, Message, Snapshot


@dataclass(frozen=True, slots=True)
class Stranded:
    """One message of which something was missed or has failed."""

    campaign: str
    campaign_title: Mapping[str, str]
    message: str
    title: Mapping[str, str]
    due_at: datetime | None
    text: str
    language: str
    deliveries: tuple[tuple[int, str, str, str | None, Mapping[str, object]], ...]
    """Id, platform, state, and the reason with its values, of each."""
    ends_at: datetime

    @property
    def name(self) -> str:
        """Return what its fields are called."""
        return f"{self.campaign}/{self.message}"


def messages(session: Session) -> tuple[Stranded, ...]:
    """Return the messages of the actor's organisation of which something did not go, the oldest first; one question."""
    rows = session.execute(
        select(Delivery, Campaign, Message, Account.platform, Snapshot.body)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .join(Message, Message.id == Delivery.message_id)
        .join(Account, Account.id == Delivery.account_id)
        .outerjoin(
            Snapshot,
            (Snapshot.hash == Delivery.snapshot_hash)
            & (Snapshot.organisation_id == Delivery.organisation_id),
        )
        .where(Delivery.state.in_([State.missed, State.failed]))
        .order_by(Delivery.due_at, Delivery.id)
    )
    found: dict[tuple[str, str], Stranded] = {}
    for delivery, campaign, message, platform, body in rows:
        one = (delivery.id, platform, delivery.state.value, delivery.reason, delivery.reason_values or {})
        key = (campaign.key, message.key)
        known = found.get(key)
        if known is not None:
            found[key] = replace(known, deliveries=(*known.deliveries, one))
            continue
        text, language = _text(delivery, body)
        found[key] = Stranded(
            campaign.key, campaign.title, message.key, message.title, delivery.due_at, text, language, (one,),
            datetime.combine(campaign.ends_on, datetime.min.time()),
        )  # fmt: skip
    return tuple(found.values())


def _text(delivery: Delivery, body: str | None) -> tuple[str, str]:
    try:
        post = ApprovedSnapshot(body, delivery.snapshot_hash or "").post if body else None
    except Tampered:
        post = None
    return (post.text, post.language) if post else ("", "")
