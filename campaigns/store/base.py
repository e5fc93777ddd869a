"""Column types and the two kinds of table (D31): owned by one organisation, or shared between owner and invited."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, DateTime, ForeignKey, MetaData, String
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """Stores an aware instant as UTC on both engines; refuses a naive one, which would be a wall time gone astray."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC.

        Raises: ValueError for a naive value.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant in the store must be aware")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return an aware UTC instant; SQLite gives it back without its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EnumText(TypeDecorator[enum.StrEnum]):
    """Stores a word of a fixed list as text, so that lists may grow without altering a database type."""

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[enum.StrEnum]) -> None:
        super().__init__()
        self.words = words

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the word.

        Raises: ValueError for a word outside the list.
        """
        return None if value is None else self.words(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> enum.StrEnum | None:
        """Return the member of the list."""
        return None if value is None else self.words(value)


Id = Annotated[int, mapped_column(primary_key=True)]
Json = Annotated[dict[str, Any], mapped_column(JSON)]
Texts = Annotated[dict[str, str], mapped_column(JSON)]
"""Written language to text."""


class Base(DeclarativeBase):
    """Every table of the store."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime()}  # noqa: RUF012  (SQLAlchemy reads it from the class)


class Owned:
    """A row of exactly one organisation: invisible in every other organisation's scope."""

    @declared_attr
    def organisation_id(cls) -> Mapped[int]:
        """Return the column that names the owner."""
        return mapped_column(ForeignKey("organisation.id"), index=True)


def insert(session: Session, kind: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert that can say what happens where a row is there already, in the words of the session's engine."""
    return sqlite.insert(kind) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(kind)
