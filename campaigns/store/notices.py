"""What people are told: notices with their copies, the letters that carry them, and what each person chose."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, Id, Json, Owned


class Notice(Owned, Base):
    """Something that happened and that people of one organisation are told; made once from the row that it is about."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("organisation_id", "kind", "subject_id", "turn"),
        UniqueConstraint("organisation_id", "id"),
        Index("ix_notice_cause", "kind", "subject_id"),
    )
    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(24))
    subject_id: Mapped[int]
    """Id of the row that it is about, in the table that the kind tells."""
    turn: Mapped[datetime]
    """Tells two happenings to the same row apart: when it happened, or what it came to."""
    details: Mapped[Json]
    """Values for its sentences; moments as ISO text, titles by language."""
    made_at: Mapped[datetime]


class NoticeCopy(Owned, Base):
    """One person's copy of a notice, and the letter that carries it."""

    __tablename__ = "notice_copy"
    __table_args__ = (
        UniqueConstraint("notice_id", "person_id"),
        ForeignKeyConstraint(["organisation_id", "notice_id"], ["notice.organisation_id", "notice.id"]),
        Index("ix_notice_copy_waiting", "person_id", "letter_id"),
    )
    id: Mapped[Id]
    notice_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at_once: Mapped[bool]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"), index=True)
    """The mail that carries it; `None` until one takes it along."""


class Letter(Base):
    """What goes to one person at one time, by mail or by the channel she chose; never both in one row.

    Belongs to a person and not to an organisation: who works for three municipalities gets one letter.
    """

    __tablename__ = "letter"
    __table_args__ = (
        UniqueConstraint("person_id", "day", "way"),
        Index("ix_letter_due", "ended_at", "next_try_at"),
    )
    id: Mapped[Id]
    way: Mapped[str] = mapped_column(String(8))
    """`mail` or `channel`."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str | None]
    """Where it goes if that is no person's own address."""
    of_id: Mapped[int | None] = mapped_column(ForeignKey("letter.id"))
    """The mail that carries some of the same, of a letter on a channel."""
    at_once: Mapped[bool]
    day: Mapped[date | None]
    """The day of a daily letter, where the person works: there is one for each."""
    message_id: Mapped[str] = mapped_column(String(80), unique=True)
    """Left part of its Message-ID, the same however often it is tried."""
    kind: Mapped[str | None] = mapped_column(String(24))
    """Of a letter that says one thing of its own and carries no notices."""
    details: Mapped[Json]
    """Values of a letter of its own; of one on a channel, the copies that it carries."""
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Secrets of its own, such as a link; gone when it has ended."""
    key_id: Mapped[str | None] = mapped_column(String(16))
    made_at: Mapped[datetime]
    until: Mapped[datetime | None]
    """From when on it is of no use."""
    next_try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(60))
    """How it ended, or what keeps it: `sent`, `nothing`, or a code of the catalogue."""


class NoticeChoice(Base):
    """What a person chose for one kind of notice; without a row, the kind's own rule holds."""

    __tablename__ = "notice_choice"
    __table_args__ = (UniqueConstraint("person_id", "kind"),)
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(24))
    chosen: Mapped[str] = mapped_column(String(8))


class NoticeChannel(Base):
    """Where else a person wants to be told: a kind of service, its host, and what lets us in there, sealed."""

    __tablename__ = "notice_channel"
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    host: Mapped[str]
    """Host and, where there is one, port; empty where the service has one address for everybody."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    """What the person typed, as a JSON object."""
    key_id: Mapped[str] = mapped_column(String(16))
    set_at: Mapped[datetime]
