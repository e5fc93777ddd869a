"""Logins at identity providers: whose they are, what roles their groups give, and who is on her way there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, Id, Json, Owned


class Identity(Base):
    """A login elsewhere that is this person: who says so, and by which name; never a mail address (threat B18)."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    provider: Mapped[str] = mapped_column(String(24))
    issuer: Mapped[str] = mapped_column(String(255))
    subject: Mapped[str] = mapped_column(String(255))
    linked_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MappedRole(Owned, Base):
    """A role that a person has because a provider's group says so, so that it goes when the group does (threat B19)."""

    __tablename__ = "mapped_role"
    __table_args__ = (UniqueConstraint("identity_id", "organisation_id", "role"),)
    id: Mapped[Id]
    identity_id: Mapped[int] = mapped_column(ForeignKey("identity.id"))
    role: Mapped[str] = mapped_column(String(32))


class Ticket(Base):
    """Somebody's way to a provider and back: good once, for minutes, in one browser (threat B15)."""

    __tablename__ = "ticket"
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    details: Mapped[Json]
    ends_at: Mapped[datetime]
