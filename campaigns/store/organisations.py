"""Organisations, people and their memberships, and what this instance knows of itself."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import JSON, ColumnElement, ForeignKey, String, UniqueConstraint, and_, false, or_, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaigns.store.base import Base, EnumText, Id, Json, Owned


class OrganisationKind(enum.StrEnum):
    """What an organisation is; a joint body owns an account that several municipalities share (D17)."""

    county = "county"
    municipality = "municipality"
    agency = "agency"
    joint_body = "joint_body"


class Role(enum.StrEnum):
    """What a member does in an organisation; roles add up."""

    coordinator = "coordinator"
    editor = "editor"
    approver = "approver"
    reader = "reader"
    admin = "admin"


class Organisation(Base):
    """A county, a municipality, an agency or a joint body. Known to everybody; holds nothing private."""

    __tablename__ = "organisation"
    id: Mapped[Id]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    """County or municipality number of the register, or a key."""
    kind: Mapped[OrganisationKind] = mapped_column(EnumText(OrganisationKind))
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The county of a municipality."""
    form: Mapped[str] = mapped_column(default="kommune")
    """`kommune` or `herad`, `fylkeskommune` for counties."""
    population: Mapped[int | None]
    population_year: Mapped[int | None]
    website: Mapped[str | None]
    language_decision: Mapped[str | None] = mapped_column(String(8))
    """The register's `nn`, `nb` or `neutral`; only a default for `language`."""
    language: Mapped[str | None] = mapped_column(String(8))
    """The written language the organisation chose; `None` until it was asked, since neutral never means bokmål."""
    timezone: Mapped[str] = mapped_column(default="Europe/Oslo")
    quiet_hours: Mapped[bool] = mapped_column(default=True)
    second_person: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a text needs a second pair of eyes: its approver is not its last editor (threat E5)."""
    named: Mapped[bool | None]
    """Whether views across municipalities call it by its name; `None` until it was asked, which counts as no."""
    public_page: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether what it has out is shown on open pages and in feeds."""
    settled: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Steps of its beginning that its people looked at and left as they were."""
    colour: Mapped[int] = mapped_column(default=0)
    """Its place among its neighbours (D20); decides its slot in a window."""
    profile: Mapped[Json] = mapped_column(default=dict)
    """Facts used as defaults: `phone`, `own_hosts`, `names` per language."""


class OrganisationGroup(Owned, Base):
    """A named list of municipalities that its owner invites, or that a consent covers, such as `sunnfjord`."""

    __tablename__ = "organisation_group"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80))
    numbers: Mapped[list[str]] = mapped_column(JSON(none_as_null=True))
    """Numbers of the register, in order."""


class LocalDay(Owned, Base):
    """A stretch of days on which an organisation is not at work, or its inhabitants are away: school holidays, fairs."""

    __tablename__ = "local_day"
    __table_args__ = (UniqueConstraint("organisation_id", "first", "last", "name"),)
    id: Mapped[Id]
    first: Mapped[date]
    last: Mapped[date]
    """Included."""
    name: Mapped[str] = mapped_column(String(120))


class Person(Base):
    """Somebody who acts; what she may do follows from her memberships."""

    __tablename__ = "person"
    id: Mapped[Id]
    name: Mapped[str]
    mail: Mapped[str] = mapped_column(unique=True)
    language: Mapped[str | None] = mapped_column(String(8))
    """The language she reads pages and mails in; `None` until she chose one."""
    memberships: Mapped[list[Membership]] = relationship(
        back_populates="person", foreign_keys="Membership.person_id"
    )


class Membership(Owned, Base):
    """One role of one person in one organisation; a substitute's for some days alone."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role"),)
    id: Mapped[Id]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(EnumText(Role))
    begins_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    """The last day on which it counts; both days are `None` for whoever is there for good."""
    stands_in_for: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Whom a substitute stands in for."""
    person: Mapped[Person] = relationship(back_populates="memberships", foreign_keys=[person_id])

    @classmethod
    def lasts(cls, day: date | None) -> ColumnElement[bool]:
        """Return "this membership counts on this day"; without a day, only one without an end or a beginning does."""
        if day is None:
            return and_(cls.begins_on.is_(None), cls.ends_on.is_(None))
        return and_(
            or_(cls.begins_on.is_(None), cls.begins_on <= day), or_(cls.ends_on.is_(None), cls.ends_on >= day)
        )


class Instance(Base):
    """The one row that says which instance this database belongs to and how far it has come (D12)."""

    __tablename__ = "instance"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(40))
    """A random name given when the database was made; the mark outside carries the same."""
    generation: Mapped[int] = mapped_column(default=0)
    """Goes up by one with every release; written to the mark before anything is nudged."""
    clock_seen_at: Mapped[datetime | None]
    """When a clock last said that it runs; `None` before the first."""
