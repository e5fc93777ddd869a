"""Whether a campaign has an open page: its owner's choice, beside the one of each municipality for itself.

Switched off, the campaign's page and its feeds are unknown to everybody, whoever's number stands in the address. What a
municipality has out stays in that municipality's own feed: that one is its own to switch off (`profiles`).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import must
from campaigns.store import Campaign


def switch(session: Session, campaign: Campaign, *, shown: bool, now: datetime) -> None:
    """Have a campaign's open page and feeds shown or not, from now on.

    Raises: Forbidden, also for another owner's campaign.
    """
    actor = must(session, "campaign.show", "owner", owner_id=campaign.organisation_id)
    if campaign.public_page == shown:
        return
    campaign.public_page = shown
    session.flush()
    if shown:
        audit.record(session, actor, "campaign.show", campaign.key, {}, now=now)
    else:
        audit.record(session, actor, "campaign.hide", campaign.key, {}, now=now)
