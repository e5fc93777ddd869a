"""Links in mails with which an addressee answers an invitation without logging in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, Id, Owned


class AnswerLink(Owned, Base):
    """One addressee's way to answer for one municipality in one campaign: in, out or later, and nothing else (B1, B3)."""

    __tablename__ = "answer_link"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "participation_id"], ["participation.organisation_id", "participation.id"]
        ),
    )
    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    participation_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
