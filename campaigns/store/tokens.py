"""Tokens with which a municipality's or county's own programs read, and stop."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, Id, Owned


class ApiToken(Owned, Base):
    """One program's way in: for one organisation, for named scopes, until a day; the token itself is nowhere (G6)."""

    __tablename__ = "api_token"
    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    """What it is for, in its maker's words."""
    scopes: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    """Who made it: it can do no more than she may, and dies with her membership."""
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
