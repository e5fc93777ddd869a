"""Rehearsals of campaigns that people asked for: what is to be played, how far that has come, and what came of it."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from campaigns.store.base import Base, EnumText, Id, Json, Owned


class Cast(enum.StrEnum):
    """Who is played."""

    everybody = "everybody"
    """Every municipality joins and approves at once: what would go out where and when."""
    mixed = "mixed"
    """Some are silent, late, leave or lose their login, as people and platforms do."""


class Ending(enum.StrEnum):
    """How a rehearsal ended."""

    played = "played"
    stopped = "stopped"
    """A person ended it."""
    refused = "refused"
    """It cannot be played; the code says why."""
    broken = "broken"
    """Whoever played it was lost, again and again."""
    untaken = "untaken"
    """No process took it up."""


class Rehearsal(Owned, Base):
    """One rehearsal of one campaign. It is played elsewhere; nothing of it is in any other table."""

    __tablename__ = "rehearsal"
    id: Mapped[Id]
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    under_way: Mapped[int | None] = mapped_column(unique=True)
    """The campaign's number until it has ended: so that there is one at a time."""
    version: Mapped[int]
    """The version of the campaign that is played."""
    cast: Mapped[Cast] = mapped_column(EnumText(Cast))
    script: Mapped[Json | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    """The document, the municipalities' numbers and the pictures' digests; `None` when it has ended."""
    begun_at: Mapped[datetime]
    begun_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    attempt: Mapped[int] = mapped_column(default=0)
    """How often it was taken up; the fence between one who plays and the next."""
    lease_until: Mapped[datetime | None]
    share: Mapped[int] = mapped_column(default=0)
    """Of a hundred, how much is played."""
    moment: Mapped[datetime | None]
    """How far the played time has come."""
    live: Mapped[int] = mapped_column(default=0)
    planned: Mapped[int] = mapped_column(default=0)
    """Posts that are out on the stand-ins, and posts that are known of."""
    ended_at: Mapped[datetime | None]
    ending: Mapped[Ending | None] = mapped_column(EnumText(Ending))
    code: Mapped[str | None] = mapped_column(String(80))
    """The sentence for a refusal."""
    details: Mapped[Json | None] = mapped_column(JSON(none_as_null=True))
    """The sentence's values."""
    outcome: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """What it came to, packed as `reports.rehearsal.outcome` does it."""
