"""Connected channels, their sealed logins, and pauses that a platform asked for."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, EnumText, Id, Owned


class AccountState(enum.StrEnum):
    """Whether an account may be used."""

    connected = "connected"
    login_lost = "login_lost"
    paused = "paused"
    """A person paused it."""
    unconfirmed = "unconfirmed"
    """The platform has let us in; whether it is the right account, a person has not said yet (threat C2)."""
    disconnected = "disconnected"
    """A person took our login away; the row stays for what was sent there."""


class Account(Owned, Base):
    """A connected channel on a platform."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("platform", "base", "remote_id"),
        UniqueConstraint("organisation_id", "id"),
    )
    id: Mapped[Id]
    platform: Mapped[str] = mapped_column(String(24))
    base: Mapped[str]
    """Base address of its server; also the name of the platform instance for pauses."""
    remote_id: Mapped[str]
    handle: Mapped[str]
    title: Mapped[str]
    address: Mapped[str]
    state: Mapped[AccountState] = mapped_column(EnumText(AccountState), default=AccountState.connected)
    state_reason: Mapped[str | None]
    language: Mapped[str | None] = mapped_column(String(8))
    """Its own written language where that differs from the organisation's."""
    visibility: Mapped[str] = mapped_column(String(12), default="public", server_default="public")
    """How far its posts reach, where the platform has a choice."""
    limits: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    covers: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Names of platforms whose messages go out here too: a place where posts are put out by hand."""
    assessment: Mapped[str | None]
    """Address of the organisation's own assessment of privacy for this account; `None` where there is none yet."""
    assessment_review_on: Mapped[date | None]
    """The day by which it is to be gone through again."""
    followers: Mapped[int | None]
    connected_at: Mapped[datetime]
    lost_at: Mapped[datetime | None]
    """When its login was last found to be lost; stays when it is connected again."""
    login_ends_at: Mapped[datetime | None]
    """When its login ends for good, where that is known and nothing renews it."""
    renew_at: Mapped[datetime | None]
    """When its login is to be renewed even if nobody uses it, where it is one of weeks."""
    renewing_until: Mapped[datetime | None]
    """One worker renews its login until then at the latest: a token that is spent once must not be spent by two."""


class SealedLogin(Owned, Base):
    """One secret of an account, sealed by the vault; never shown again to anybody."""

    __tablename__ = "sealed_login"
    __table_args__ = (
        UniqueConstraint("account_id", "field"),
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
    )
    id: Mapped[Id]
    account_id: Mapped[int] = mapped_column(index=True)
    field: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(16))
    sealed_at: Mapped[datetime]


class PlatformApp(Base):
    """What this instance is to one server: an application that was registered there once, its secrets sealed."""

    __tablename__ = "platform_app"
    __table_args__ = (UniqueConstraint("platform", "base", "redirect"),)
    id: Mapped[Id]
    platform: Mapped[str] = mapped_column(String(24))
    base: Mapped[str]
    redirect: Mapped[str]
    """Where the server sends people back to; an application is registered for one such address."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """What the connector's `register` returned, as a JSON object."""
    key_id: Mapped[str] = mapped_column(String(16))
    registered_at: Mapped[datetime]


class PendingLogin(Owned, Base):
    """A person on her way to a platform's page and back: for her, for this server, for minutes, and once (threat C1)."""

    __tablename__ = "pending_login"
    id: Mapped[Id]
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the state that she brings back; the state itself is nowhere."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    platform: Mapped[str] = mapped_column(String(24))
    base: Mapped[str]
    redirect: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """What the connector wants back at the exchange, as a JSON object."""
    key_id: Mapped[str] = mapped_column(String(16))
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Pause(Base):
    """A stretch of silence that a platform asked for: one account, our whole app there, or one server."""

    __tablename__ = "pause"
    __table_args__ = (UniqueConstraint("scope", "target"),)
    id: Mapped[Id]
    scope: Mapped[str] = mapped_column(String(12))
    """`account`, `app` or `instance`."""
    target: Mapped[str]
    """Account id as text, platform name, or base address."""
    until: Mapped[datetime]
    code: Mapped[str] = mapped_column(String(60))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
