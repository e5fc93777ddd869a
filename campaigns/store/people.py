"""People at the door: their sessions in a browser, and browsers that may stop without one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.store.base import Base, Id, Owned
from campaigns.store.organisations import Person


class LoginSession(Base):
    """One browser in which a person is logged in. Ended ones are deleted: what is not here opens nothing (threat B8)."""

    __tablename__ = "login_session"
    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what the browser's cookie holds; that itself is nowhere."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    how: Mapped[str] = mapped_column(String(40))
    """How she proved who she is; stands in the audit chain with her acts."""
    device: Mapped[str] = mapped_column(String(80))
    """What the browser calls itself, in short: so that she knows her own sessions apart."""
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    factor_at: Mapped[datetime | None]
    """When she last gave a second factor in this session (threat B21)."""
    person: Mapped[Person] = relationship()


class StopDevice(Owned, Base):
    """One browser that may set its person's emergency stop without a login, and nothing else (threat E9).

    Ended ones are deleted, as sessions are; the audit chain remembers them.
    """

    __tablename__ = "stop_device"
    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device: Mapped[str] = mapped_column(String(80))
    """What the browser calls itself, in short."""
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
