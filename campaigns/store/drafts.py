"""Working copies of campaign documents, before and after they are loaded."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, Id, Json, Owned


class CampaignDraft(Owned, Base):
    """One organisation's working copy of a campaign's document, which several people change at the same time."""

    __tablename__ = "campaign_draft"
    id: Mapped[Id]
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"), index=True)
    """The campaign that it is a new version of; `None` for one that is not stored yet."""
    title: Mapped[str] = mapped_column(String(200))
    """For the list: the first language's title."""
    tree: Mapped[Json]
    """Its parts, as `campaigns.drafting.tree` keeps them."""
    begun_at: Mapped[datetime]
    begun_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(200))
    """A person's name, for her colleagues."""
    ended_at: Mapped[datetime | None]
    """When it was loaded or put away."""
