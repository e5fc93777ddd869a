"""How long drafts are kept: those that nobody writes in any more, and those that were put away or loaded."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from campaigns import drafts
from campaigns.access import must
from campaigns.drafting.tree import Tree
from campaigns.drafts import DraftRefused, name_of
from campaigns.organisations import NotFound
from campaigns.store import CampaignDraft
from connectors.base import Problem

KEPT = timedelta(days=365)
"""A draft in which nobody has written for so long is deleted: many campaigns come once a year."""
AWAY = timedelta(days=30)
"""What was put away can be taken back for so long."""


def kept_until(draft: CampaignDraft) -> datetime:
    """Return when a draft is deleted if nothing happens to it."""
    return draft.ended_at + AWAY if draft.ended_at else draft.changed_at + KEPT


def idle_days(draft: CampaignDraft, *, now: datetime) -> int:
    """Return on how many days in a row nobody has written in a draft."""
    return max(0, (now - draft.changed_at).days)


def finish(session: Session, draft: CampaignDraft, *, now: datetime) -> None:
    """End a draft that was loaded; what it says is the campaign's now, and nothing of it is kept here.

    Raises: Forbidden.
    """
    drafts.put_away(session, draft, now=now)
    draft.tree = Tree().json()


def put_away_lately(session: Session, *, now: datetime) -> list[CampaignDraft]:
    """Return the organisation's drafts that were put away and can be taken back, the latest first.

    Raises: Forbidden.
    """
    must(session, "campaign.draft", "own")
    query = select(CampaignDraft).where(CampaignDraft.ended_at > now - AWAY)
    rows = session.scalars(query.order_by(CampaignDraft.ended_at.desc(), CampaignDraft.id.desc()))
    return [one for one in rows if one.tree["parts"]]


def take_back(session: Session, draft_id: int, *, now: datetime) -> CampaignDraft:
    """Go on with a draft that was put away.

    Raises: Forbidden; NotFound; DraftRefused where the campaign has another draft by now.
    """
    actor = must(session, "campaign.draft", "own")
    draft = next((one for one in put_away_lately(session, now=now) if one.id == draft_id), None)
    if draft is None:
        raise NotFound("draft.unknown", id=draft_id)
    if draft.campaign_id and any(one.campaign_id == draft.campaign_id for one in drafts.own(session)):
        raise DraftRefused(Problem("draft.another_begun"))
    draft.ended_at = None
    draft.changed_at, draft.changed_by = now, name_of(session, actor)
    session.flush()
    return draft


def anything_old(session: Session, *, now: datetime) -> bool:
    """Return whether any draft's time is over."""
    return session.scalar(select(CampaignDraft.id).where(_old(now)).limit(1)) is not None


def sweep(session: Session, *, now: datetime) -> int:
    """Delete the drafts whose time is over, and return how many; for the clock."""
    old = session.scalars(select(CampaignDraft.id).where(_old(now))).all()
    session.execute(delete(CampaignDraft).where(CampaignDraft.id.in_(old)))
    return len(old)


def _old(now: datetime) -> ColumnElement[bool]:
    unwritten = and_(CampaignDraft.ended_at.is_(None), CampaignDraft.changed_at <= now - KEPT)
    return or_(unwritten, CampaignDraft.ended_at <= now - AWAY)
