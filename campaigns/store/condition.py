"""What a database says of itself: whether it is there, which revision its tables have, its clock, its journal."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select

from campaigns.store.session import Store, migration_config

Revision = Literal["level", "behind", "ahead", "none"]


def file_of(store: Store) -> Path | None:
    """Return the file of an embedded database, or `None` for a server's."""
    return Path(store.url.database) if store.embedded and store.url.database else None


def exists(store: Store) -> bool:
    """Return whether there is anything to ask: asking an embedded database that is not there would make it."""
    file = file_of(store)
    return file is None or file.exists()


def revision(store: Store) -> Revision:
    """Return how the tables stand to this version of the program; `none` when there are no tables of ours.

    Raises: SQLAlchemyError when the database cannot be reached.
    """
    with store.engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_heads()
    known = ScriptDirectory.from_config(migration_config(store))
    if not present:
        return "none"
    if set(present) == set(known.get_heads()):
        return "level"
    ours = {one.revision for one in known.walk_revisions()}
    return "behind" if set(present) <= ours else "ahead"


def clock(store: Store) -> datetime:
    """Return what time it is for a database server.

    Raises: SQLAlchemyError.
    """
    with store.engine.connect() as connection:
        there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return there


def journal(store: Store) -> str:
    """Return how an embedded database keeps its journal: `wal`, unless its disk can do no such thing.

    Raises: SQLAlchemyError.
    """
    with store.engine.connect() as connection:
        return str(connection.exec_driver_sql("PRAGMA journal_mode").scalar_one())
