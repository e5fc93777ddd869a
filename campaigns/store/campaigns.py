"""What the county wrote: campaigns, messages, paragraphs, wordings, facts and pictures.

Shared tables (D31): read by the owner and the invited, through `store.views` where the reader is not the owner.
"""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, UniqueConstraint, case, true
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.store.base import Base, EnumText, Id, Json, Texts


class ParagraphKind(enum.StrEnum):
    """What a municipality may do with a paragraph (D19)."""

    free = "free"
    fill = "fill"
    locked = "locked"


class Campaign(Base):
    """A joint campaign: its document, and what people decided about it."""

    __tablename__ = "campaign"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The owner."""
    key: Mapped[str] = mapped_column(String(80))
    title: Mapped[Texts]
    purpose: Mapped[str] = mapped_column(String(20))
    document: Mapped[str]
    """The definition document in its canonical form; what the other tables were made from."""
    version: Mapped[int] = mapped_column(default=1)
    anchor: Mapped[date | None]
    ends_on: Mapped[date]
    answer_by: Mapped[date]
    approve_by: Mapped[str | None]
    """Wall time where the municipality is, as ISO text."""
    silence: Mapped[str] = mapped_column(String(8))
    late_after: Mapped[int]
    """Seconds after the intended time from which a delivery is too late."""
    languages: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    hashtags: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    loaded_at: Mapped[datetime]
    active_at: Mapped[datetime | None]
    """When the county invited; nothing is released before."""
    closed_at: Mapped[datetime | None]
    public_page: Mapped[bool] = mapped_column(default=True, server_default=true())
    """It has an open page and feeds; each municipality decides for itself whether it is in them."""
    messages: Mapped[list[Message]] = relationship(back_populates="campaign", order_by="Message.position")
    facts: Mapped[list[Fact]] = relationship(back_populates="campaign", order_by="Fact.id")

    @hybrid_property
    def plan_mark(self) -> int:
        """Return what a participation bears once its plan has followed: the version, negative when closed."""
        return self.version if self.closed_at is None else -self.version

    @plan_mark.inplace.expression
    @classmethod
    def _plan_mark(cls) -> ColumnElement[int]:
        return case((cls.closed_at.is_(None), cls.version), else_=-cls.version)


class Message(Base):
    """One message of a campaign, in several languages and lengths."""

    __tablename__ = "message"
    __table_args__ = (UniqueConstraint("campaign_id", "key"),)
    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    key: Mapped[str] = mapped_column(String(80))
    position: Mapped[int]
    title: Mapped[Texts]
    mandatory: Mapped[bool] = mapped_column(default=False)
    retired: Mapped[bool] = mapped_column(default=False)
    """No longer in the document; kept because deliveries tell of it."""
    platforms: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    send: Mapped[Json]
    """The time rule as `timing` takes it: day (ISO), start, end, together, released."""
    quiet_override: Mapped[str | None]
    """The reason why quiet hours do not apply."""
    poll: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    """days, options per language, and what happens where a platform has no poll."""
    campaign: Mapped[Campaign] = relationship(back_populates="messages")
    paragraphs: Mapped[list[Paragraph]] = relationship(order_by="Paragraph.position")
    pictures: Mapped[list[MessagePicture]] = relationship(order_by="MessagePicture.position")


class Paragraph(Base):
    """One paragraph of a message: full or short form, arm of an experiment, its place and its kind (D21)."""

    __tablename__ = "paragraph"
    __table_args__ = (UniqueConstraint("message_id", "form", "arm", "position"),)
    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    form: Mapped[str] = mapped_column(String(24))
    """`full`, `short`, a platform's name where it has a text of its own, `thread:1` and on, or `comment`."""
    arm: Mapped[str] = mapped_column(String(1), default="a")
    position: Mapped[int]
    """Its place from 0; negative once it is no longer in the document, and kept for what people wrote about it."""
    kind: Mapped[ParagraphKind] = mapped_column(EnumText(ParagraphKind))
    wordings: Mapped[list[Wording]] = relationship(order_by="Wording.language")

    @property
    def retired(self) -> bool:
        """Whether the document no longer has it."""
        return self.position < 0


class Wording(Base):
    """A paragraph's text in one written language; `version` goes up when the county corrects it."""

    __tablename__ = "wording"
    __table_args__ = (UniqueConstraint("paragraph_id", "language"),)
    id: Mapped[Id]
    paragraph_id: Mapped[int] = mapped_column(ForeignKey("paragraph.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Fact(Base):
    """Something that differs between municipalities; a message may override the campaign's (D19)."""

    __tablename__ = "fact"
    __table_args__ = (UniqueConstraint("campaign_id", "message_id", "key"),)
    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    key: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(12))
    own_site: Mapped[bool] = mapped_column(default=False)
    value: Mapped[str | None]
    """The same for all; `None` where each municipality gives its own."""
    default: Mapped[str | None]
    known_on: Mapped[date | None]
    """The day a late fact is asked for."""
    ask: Mapped[Texts]
    campaign: Mapped[Campaign] = relationship(back_populates="facts")


class Media(Base):
    """A picture's stored rendition, made by us; its bytes lie on disk under its digest (D22)."""

    __tablename__ = "media"
    __table_args__ = (UniqueConstraint("organisation_id", "sha256"),)
    id: Mapped[Id]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    mime: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    stored_at: Mapped[datetime]


class MessagePicture(Base):
    """A picture of a message: what is said of it, who made it, and how long and where it may be used."""

    __tablename__ = "message_picture"
    __table_args__ = (UniqueConstraint("message_id", "position"),)
    id: Mapped[Id]
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)
    media_id: Mapped[int] = mapped_column(ForeignKey("media.id"))
    position: Mapped[int]
    alt: Mapped[Texts]
    focus: Mapped[list[float]] = mapped_column(JSON(none_as_null=True))
    credit: Mapped[str]
    licence: Mapped[str]
    consent: Mapped[str | None]
    valid_until: Mapped[datetime | None]
    """The end of the consent's last day; `None` where nobody's consent is needed."""
    covers: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Numbers of the organisations the consent covers; `None` is all."""
    channels: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    media: Mapped[Media] = relationship()
