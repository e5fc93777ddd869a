"""One municipality's answer to one campaign, and what it makes of the messages. Owned tables."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.store.base import Base, EnumText, Id, Owned
from campaigns.store.campaigns import Campaign


class Answer(enum.StrEnum):
    """What a municipality said to an invitation."""

    unanswered = "unanswered"
    later = "later"
    joined = "in"
    out = "out"


class Choice(enum.StrEnum):
    """An exception for one message; undecided until it goes is allowed."""

    joined = "in"
    out = "out"
    undecided = "undecided"


class Participation(Owned, Base):
    """One municipality's answer to one campaign."""

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("campaign_id", "organisation_id"),
        UniqueConstraint("organisation_id", "id"),
    )
    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    answer: Mapped[Answer] = mapped_column(EnumText(Answer), default=Answer.unanswered)
    invited_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    """When the county last reminded it of the invitation; reminders that go by themselves are not in here."""
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    planned_version: Mapped[int] = mapped_column(default=0)
    """The campaign's version that its deliveries follow; behind it, nothing is released."""
    campaign: Mapped[Campaign] = relationship()
    choices: Mapped[list[MessageChoice]] = relationship(cascade="all, delete-orphan")


class MessageChoice(Owned, Base):
    """A municipality's exception for one message of a campaign it takes part in."""

    __tablename__ = "message_choice"
    __table_args__ = (
        UniqueConstraint("participation_id", "message_id"),
        ForeignKeyConstraint(
            ["organisation_id", "participation_id"], ["participation.organisation_id", "participation.id"]
        ),
    )
    id: Mapped[Id]
    participation_id: Mapped[int] = mapped_column(index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    choice: Mapped[Choice] = mapped_column(EnumText(Choice))
    own_time_at: Mapped[datetime | None]
    """When the municipality sends it, where that is not the campaign's time; also when it started a message
    that waits to be released."""


class Adaptation(Owned, Base):
    """A paragraph that a municipality replaced (or dropped, when the text is empty), and what it was based on."""

    __tablename__ = "adaptation"
    __table_args__ = (
        UniqueConstraint("participation_id", "paragraph_id", "language"),
        ForeignKeyConstraint(
            ["organisation_id", "participation_id"], ["participation.organisation_id", "participation.id"]
        ),
    )
    id: Mapped[Id]
    participation_id: Mapped[int] = mapped_column(index=True)
    paragraph_id: Mapped[int] = mapped_column(ForeignKey("paragraph.id"))
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]
    base_version: Mapped[int]
    base_text: Mapped[str] = mapped_column(default="", server_default="")
    """What the county had written when this was written: the base of a three-way merge."""
    set_at: Mapped[datetime | None]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class MessageFactValue(Owned, Base):
    """A municipality's value of a fact in one message alone, such as a link of its own (D21)."""

    __tablename__ = "message_fact_value"
    __table_args__ = (UniqueConstraint("organisation_id", "fact_id", "message_id"),)
    id: Mapped[Id]
    fact_id: Mapped[int] = mapped_column(ForeignKey("fact.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    value: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class CheckOverride(Owned, Base):
    """A person's word that a check which would block one message is passed over, with the reason."""

    __tablename__ = "check_override"
    __table_args__ = (
        UniqueConstraint("participation_id", "message_id", "code"),
        ForeignKeyConstraint(
            ["organisation_id", "participation_id"], ["participation.organisation_id", "participation.id"]
        ),
    )
    id: Mapped[Id]
    participation_id: Mapped[int] = mapped_column(index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    code: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class FactValue(Owned, Base):
    """A municipality's value of a fact."""

    __tablename__ = "fact_value"
    __table_args__ = (UniqueConstraint("organisation_id", "fact_id"),)
    id: Mapped[Id]
    fact_id: Mapped[int] = mapped_column(ForeignKey("fact.id"))
    value: Mapped[str]
    set_at: Mapped[datetime]
    set_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
