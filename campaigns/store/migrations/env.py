"""Runs migrations on the engine that the caller gives; batch mode, so that SQLite can follow."""

from alembic import context

from campaigns.store import Base

engine = context.config.attributes["engine"]

with engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
