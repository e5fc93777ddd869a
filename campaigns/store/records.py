"""Holds, samples of engagement, and the audit chain."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, EnumText, Id, Json, Owned


class HoldLevel(enum.StrEnum):
    """How wide a hold reaches."""

    account = "account"
    municipality = "municipality"
    county = "county"
    everything = "everything"


class Hold(Base):
    """An emergency stop. Shared: the setter and everybody it reaches see it; lifted only where it was set."""

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_open", "lifted_at", "level"),)
    id: Mapped[Id]
    level: Mapped[HoldLevel] = mapped_column(EnumText(HoldLevel))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    """Who set it; `None` is the instance itself or its operator."""
    target_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class StopDrill(Owned, Base):
    """A rehearsal of an emergency stop: shaped like a hold, so that the gates' own predicate reads it; it holds nothing."""

    __tablename__ = "stop_drill"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
    )
    id: Mapped[Id]
    level: Mapped[HoldLevel] = mapped_column(EnumText(HoldLevel))
    target_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    account_id: Mapped[int | None]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    clock_saw_at: Mapped[datetime | None]
    """When a clock, which is another process in earnest, had read the row."""
    written: Mapped[float | None]
    """Seconds until the row was in force."""
    places: Mapped[list[dict[str, object]] | None] = mapped_column(JSON(none_as_null=True))
    """What was found for each municipality; `None` for a rehearsal that was broken off."""


class Sample(Owned, Base):
    """One count of one metric of one post at one time. A null value carries its reason; it is never 0."""

    __tablename__ = "sample"
    __table_args__ = (
        UniqueConstraint("delivery_id", "planned", "metric"),
        ForeignKeyConstraint(["organisation_id", "delivery_id"], ["delivery.organisation_id", "delivery.id"]),
    )
    id: Mapped[Id]
    delivery_id: Mapped[int]
    planned: Mapped[int]
    """Place in the sampling timetable, from 0."""
    metric: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    age: Mapped[float]
    """Hours since publishing, as it happened (times the sampling speed of a demo)."""
    value: Mapped[int | None]
    absent: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int]


class Figure(Owned, Base):
    """What a post's samples of one metric come to at one age: rolled up, so that a report reads a bounded number of rows."""

    __tablename__ = "figure"
    __table_args__ = (
        UniqueConstraint("delivery_id", "metric", "age"),
        ForeignKeyConstraint(["organisation_id", "delivery_id"], ["delivery.organisation_id", "delivery.id"]),
    )
    id: Mapped[Id]
    delivery_id: Mapped[int]
    metric: Mapped[str] = mapped_column(String(12))
    age: Mapped[int]
    """Hours after publishing; 0 is the newest count there is."""
    value: Mapped[int | None]
    how: Mapped[str] = mapped_column(String(12))
    """How the count was found, or why there is none (statistics specification, section 1)."""
    absent: Mapped[str | None] = mapped_column(String(16))
    """Why the latest sample had no count, where none is known at all."""
    version: Mapped[int]
    fell: Mapped[bool]
    """The count went down by more than a little on the way."""


class FollowerCount(Owned, Base):
    """How many follow an account on one day, as its platform says; a null is "not told", never 0."""

    __tablename__ = "follower_count"
    __table_args__ = (
        UniqueConstraint("account_id", "day"),
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
    )
    id: Mapped[Id]
    account_id: Mapped[int]
    day: Mapped[date]
    """In Norway."""
    followers: Mapped[int | None]


class AuditEntry(Owned, Base):
    """One act of a person, chained by hash to the one before it in the same organisation (D14)."""

    __tablename__ = "audit_entry"
    __table_args__ = (UniqueConstraint("organisation_id", "sequence"), Index("ix_audit_entry_at", "at"))
    id: Mapped[Id]
    sequence: Mapped[int]
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    how: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str]
    details: Mapped[Json]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
