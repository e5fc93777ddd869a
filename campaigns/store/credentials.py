"""How people prove who they are here: passwords, one-time codes, links that let somebody in once; and failed tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, Id


class Credential(Base):
    """A local account: a password's digest, and the sealed seed of her one-time codes."""

    __tablename__ = "credential"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    password: Mapped[str]
    """Argon2id, with its own salt and costs (ASVS 11.4.2)."""
    changed_at: Mapped[datetime]
    seed: Mapped[bytes | None] = mapped_column(LargeBinary)
    key_id: Mapped[str | None] = mapped_column(String(16))
    seed_confirmed_at: Mapped[datetime | None]
    """When she first gave a code of it. One that waits for its first code lies in a ticket, and asks for nothing."""
    last_step: Mapped[int] = mapped_column(default=0)
    """The newest half minute a code of which was used: each is good once (threat B12)."""


class RecoveryCode(Base):
    """A code for whoever has lost her device; each is good once."""

    __tablename__ = "recovery_code"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class FailedTries(Base):
    """How often somebody failed at one account, or from one address, since it last went well (threat B11)."""

    __tablename__ = "failed_tries"
    id: Mapped[Id]
    about: Mapped[str] = mapped_column(String(80), unique=True)
    number: Mapped[int]
    last_at: Mapped[datetime]


class EntryLink(Base):
    """A link that lets somebody in once: to set a password, to accept an invitation, or between password and code."""

    __tablename__ = "entry_link"
    __table_args__ = (UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    token_hash: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    """`password`, `invitation`, `first_admin` or `code`."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    mail: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    place_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    roles: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
