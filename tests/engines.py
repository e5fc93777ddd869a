"""Databases of a test's own on the suite's PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, text


def run_sql(address: str, statement: str) -> None:
    """Run one statement outside every transaction."""
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@contextmanager
def fresh_postgresql(server: str) -> Iterator[str]:
    """Give the address of an empty migrated database on this server, and remove it afterwards."""
    name = f"t{uuid.uuid4().hex[:12]}"
    run_sql(server, f"CREATE DATABASE {name} TEMPLATE template_samklang")
    yield server.replace("/postgres?", f"/{name}?")
    run_sql(server, f"DROP DATABASE {name} WITH (FORCE)")
