"""Everything that a store holds, to be compared with what it holds afterwards."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from campaigns.store import Base, Store

PEOPLE = frozenset({"person", "membership", "login_session"})
"""What changes by logging in and by letting people in, which tests do between two looks."""


def dump(store: Store, *, without: Collection[str] = ()) -> dict[str, list[str]]:
    """Return every row of every table, but of those that are left out."""
    with store.system(write=False) as session:
        return {
            name: sorted(map(repr, session.execute(select(table))))
            for name, table in Base.metadata.tables.items()
            if name not in without
        }
