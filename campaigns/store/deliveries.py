"""Deliveries with their snapshots, approvals, attempts and history. Owned tables."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.states import State
from campaigns.store.accounts import Account
from campaigns.store.base import Base, EnumText, Id, Owned
from campaigns.store.campaigns import Message


class ApprovalKind(enum.StrEnum):
    """A wording approval has holes for late facts and can never be sent; a final one can (D3)."""

    wording = "wording"
    final = "final"


class Snapshot(Owned, Base):
    """What was approved, byte for byte: canonical JSON under its SHA-256. Never updated; a trigger refuses it."""

    __tablename__ = "snapshot"
    __table_args__ = (UniqueConstraint("organisation_id", "hash"),)
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    body: Mapped[str]
    stored_at: Mapped[datetime]


class Approval(Owned, Base):
    """Who approved which snapshot, when and how; withdrawn by a date, never by deletion."""

    __tablename__ = "approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "snapshot_hash"], ["snapshot.organisation_id", "snapshot.hash"]
        ),
        Index("ix_approval_snapshot", "snapshot_hash"),
    )
    id: Mapped[Id]
    snapshot_hash: Mapped[str] = mapped_column(String(64))
    kind: Mapped[ApprovalKind] = mapped_column(EnumText(ApprovalKind))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    how: Mapped[str] = mapped_column(String(40))
    withdrawn_at: Mapped[datetime | None]


class StandingApproval(Owned, Base):
    """A municipality's yes in advance to what one county changes or adds in locked and filled-in text (D4, threat E4)."""

    __tablename__ = "standing_approval"
    __table_args__ = (UniqueConstraint("organisation_id", "id"),)
    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The county whose campaigns it is for."""
    unseen: Mapped[bool] = mapped_column(default=False)
    """Also messages that nobody here has seen, if they are wholly locked or filled in; else corrections alone."""
    preparedness_minutes: Mapped[int] = mapped_column(default=30)
    """Veto time in preparedness campaigns; 30 minutes in all others."""
    given_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    seconded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """The second person, where the municipality asks for one; until then it is of no effect."""
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Announcement(Owned, Base):
    """A text that a standing approval will approve at `effective_at`, unless somebody vetoes it before."""

    __tablename__ = "announcement"
    __table_args__ = (
        UniqueConstraint("delivery_id", "snapshot_hash"),
        ForeignKeyConstraint(["organisation_id", "delivery_id"], ["delivery.organisation_id", "delivery.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "snapshot_hash"], ["snapshot.organisation_id", "snapshot.hash"]
        ),
        ForeignKeyConstraint(
            ["organisation_id", "standing_id"], ["standing_approval.organisation_id", "standing_approval.id"]
        ),
    )
    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(index=True)
    snapshot_hash: Mapped[str] = mapped_column(String(64))
    standing_id: Mapped[int]
    announced_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    """When it was approved, or fell because the text changed again."""
    vetoed_at: Mapped[datetime | None]
    vetoed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Delivery(Owned, Base):
    """One message on one account at one time: the unit of work. Its state is written by `deliveries.make` alone."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "account_id", "kind", "position"),
        UniqueConstraint("organisation_id", "id"),
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "participation_id"], ["participation.organisation_id", "participation.id"]
        ),
        ForeignKeyConstraint(
            ["organisation_id", "snapshot_hash"], ["snapshot.organisation_id", "snapshot.hash"]
        ),
        ForeignKeyConstraint(
            ["organisation_id", "predecessor_id"], ["delivery.organisation_id", "delivery.id"]
        ),
        Index("ix_delivery_try", "state", "next_try_at"),
        Index("ix_delivery_late", "state", "late_at"),
        Index("ix_delivery_sample", "next_sample_at", postgresql_where=text("next_sample_at IS NOT NULL"),
              sqlite_where=text("next_sample_at IS NOT NULL")),
        Index("ix_delivery_fell", "approval_fell_at", postgresql_where=text("approval_fell_at IS NOT NULL"),
              sqlite_where=text("approval_fell_at IS NOT NULL")),
        Index("ix_delivery_moved", "moved_from", postgresql_where=text("moved_from IS NOT NULL"),
              sqlite_where=text("moved_from IS NOT NULL")),
    )  # fmt: skip
    id: Mapped[Id]
    owner_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    """The campaign's owner; with `county_id` what a county's hold is about."""
    county_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    participation_id: Mapped[int] = mapped_column(index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    account_id: Mapped[int]
    platform: Mapped[str] = mapped_column(String(24))
    kind: Mapped[str] = mapped_column(String(12), default="post")
    position: Mapped[int] = mapped_column(default=0)
    predecessor_id: Mapped[int | None]
    key: Mapped[str] = mapped_column(String(36), unique=True)
    """Random UUID made at planning: the idempotency key (D26)."""
    snapshot_hash: Mapped[str | None] = mapped_column(String(64))
    wording_hash: Mapped[str | None] = mapped_column(String(64))
    """The approved wording while its late facts are awaited (D3): a snapshot with holes, which is never sent."""
    approvals_needed: Mapped[int] = mapped_column(default=1, server_default="1")
    """So many persons must have approved this snapshot (threat E5)."""
    approval_fell_at: Mapped[datetime | None]
    """When something approved changed, so that the approval no longer holds."""
    by_person: Mapped[bool] = mapped_column(default=False)
    """A person cancelled it or gave it a time of its own; planning leaves it alone."""

    state: Mapped[State] = mapped_column(EnumText(State), default=State.planned)
    reason: Mapped[str | None] = mapped_column(String(60))
    """Code of the latest reason to wait, fail or doubt."""
    reason_values: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    due_at: Mapped[datetime | None]
    """What was intended; `None` until released by a person (D18)."""
    moved_from: Mapped[datetime | None]
    """When it was to go while it was approved, if the county has moved it since: told until it goes (D2)."""
    late_at: Mapped[datetime | None]
    next_try_at: Mapped[datetime | None]
    ignores_quiet: Mapped[bool] = mapped_column(default=False)
    attempt: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    nudged_at: Mapped[datetime | None]
    handle: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
    noted_at: Mapped[datetime | None]
    """When the present attempt was cleared for its irreversible call; `None` proves that none was made in it."""
    called_at: Mapped[datetime | None]
    """The latest clearing of any attempt: from here on a look-up has something to look for."""
    looks: Mapped[int] = mapped_column(default=0)
    next_look_at: Mapped[datetime | None]
    needs_person: Mapped[bool] = mapped_column(default=False)

    remote_id: Mapped[str | None]
    address: Mapped[str | None]
    stated: Mapped[bool] = mapped_column(default=False)
    """The address is the municipality's word, not the platform's."""
    published_at: Mapped[datetime | None]
    samples_taken: Mapped[int] = mapped_column(default=0)
    next_sample_at: Mapped[datetime | None]
    seen_missing_at: Mapped[datetime | None]
    """First time the platform no longer knew the post; it counts as removed after a second look (D8)."""

    account: Mapped[Account] = relationship(
        foreign_keys="Delivery.account_id", primaryjoin="Delivery.account_id == Account.id", viewonly=True
    )
    message: Mapped[Message] = relationship(viewonly=True)


class Attempt(Owned, Base):
    """One worker's try at a delivery: written before anything is sent."""

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("delivery_id", "number"),
        ForeignKeyConstraint(["organisation_id", "delivery_id"], ["delivery.organisation_id", "delivery.id"]),
    )
    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[int]
    worker: Mapped[str]
    claimed_at: Mapped[datetime]
    noted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(60))
    diagnostic: Mapped[str | None]


class ShownPicture(Owned, Base):
    """A picture of one delivery that its platform may fetch from us, by an address that nobody can guess (threat A6)."""

    __tablename__ = "shown_picture"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "delivery_id"], ["delivery.organisation_id", "delivery.id"]),
    )
    id: Mapped[Id]
    delivery_id: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    """Digest of the rendition."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of what the address ends with; that itself is nowhere."""
    ends_at: Mapped[datetime]


class History(Owned, Base):
    """One move of a delivery, written in the same transaction as the move."""

    __tablename__ = "history"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "delivery_id"], ["delivery.organisation_id", "delivery.id"]),
        Index("ix_history_went_wrong", "at", postgresql_where=text("move IN ('miss', 'refuse')"),
              sqlite_where=text("move IN ('miss', 'refuse')")),
    )  # fmt: skip
    id: Mapped[Id]
    delivery_id: Mapped[int] = mapped_column(index=True)
    at: Mapped[datetime]
    move: Mapped[str] = mapped_column(String(12))
    target: Mapped[State] = mapped_column(EnumText(State))
    attempt: Mapped[int]
    actor: Mapped[str] = mapped_column(String(80))
    """`clock`, `worker`, or `person:<id>`."""
    reason: Mapped[str | None] = mapped_column(String(60))
    reason_values: Mapped[dict[str, object] | None] = mapped_column(JSON(none_as_null=True))
