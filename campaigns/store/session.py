"""Engines, sessions and scopes.

A session always belongs to somebody: to one person acting for one organisation (`scope`), or to the clock and the
workers (`system`). A session opened any other way sees no owned row at all. This module knows no rule of ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event, false, inspect, select
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker, with_loader_criteria

from campaigns.store.base import Owned
from campaigns.store.organisations import Instance, Membership, Organisation, Person, Role

if TYPE_CHECKING:
    from alembic.config import Config

FOREIGN = "a row of another organisation cannot be written in this scope"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, for whom, in which roles, and how she got in."""

    person_id: int | None
    organisation_id: int
    organisation_kind: str
    roles: frozenset[Role]
    how: str
    organisation: str = field(default="", compare=False)
    """Name, for sentences."""

    @property
    def label(self) -> str:
        """Return the actor as history rows write it."""
        return f"person:{self.person_id}" if self.person_id else "operator"


class UnknownActor(LookupError):
    """No such person in this organisation; says neither which of the two is unknown."""


class Store:
    """A database of the house on SQLite or PostgreSQL."""

    def __init__(self, url: str, *, pool_size: int = 20, make_folder: bool = True) -> None:
        self.url = make_url(url)
        self.embedded = self.url.get_backend_name() == "sqlite"
        self.migrations = Path(__file__).parent / "migrations"
        options: dict[str, object] = {"hide_parameters": True}
        if self.embedded:
            if make_folder and self.url.database and self.url.database != ":memory:":
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            options["connect_args"] = {"timeout": 30, "check_same_thread": False}
        else:
            options |= {"pool_size": pool_size, "max_overflow": 20, "pool_pre_ping": True}
        self.engine: Engine = create_engine(self.url, **options)
        if self.embedded:
            _prepare_sqlite(self.engine)
        self._sessions = sessionmaker(self.engine, class_=Session, expire_on_commit=False, autoflush=True)
        event.listen(self._sessions, "do_orm_execute", _keep_in_scope)
        event.listen(self._sessions, "before_flush", _refuse_foreign_rows)

    @contextmanager
    def system(self, *, write: bool = True) -> Iterator[Session]:
        """Open a transaction that sees every organisation: for the clock and the workers alone.

        `write=False` lets SQLite read beside a writer; nothing may be changed in it.
        """
        with self._open({"system": True}, write) as session:
            yield session

    @contextmanager
    def scope(self, actor: Actor, *, write: bool = True) -> Iterator[Session]:
        """Open a transaction of one person acting for one organisation; other organisations' rows do not exist in it."""
        with self._open({"actor": actor}, write) as session:
            yield session

    @contextmanager
    def trial(self, actor: Actor) -> Iterator[Session]:
        """Open a transaction of one person that sees every organisation and is always taken back.

        For finding out what an act would come to; what comes out of it must be no more than that person may know.
        """
        with self._open({"system": True, "actor": actor}, write=True, keep=False) as session:
            yield session

    @contextmanager
    def _open(self, info: dict[str, object], write: bool, *, keep: bool = True) -> Iterator[Session]:
        with self._sessions() as session:
            session.info.update(info)
            if self.embedded:
                session.connection(execution_options={"samklang_write": write})
            with _commit(session) if keep else _take_back(session):
                yield session

    def actor(self, mail: str, organisation: str, *, how: str, on: date | None = None) -> Actor:
        """Return the person with this mail address as a member of the organisation with this number, on this day.

        Raises: UnknownActor, also for a substitute whose days are over, or where no day is given.
        """
        with self.system(write=False) as session:
            found = session.execute(
                select(Person.id, Organisation.id, Organisation.kind, Organisation.name)
                .join(Membership, Membership.person_id == Person.id)
                .join(Organisation, Membership.organisation_id == Organisation.id)
                .where(
                    Person.mail == mail.strip().lower(),
                    Organisation.number == organisation,
                    Membership.lasts(on),
                )
                .limit(1)
            ).one_or_none()
            if found is None:
                raise UnknownActor
            roles = session.scalars(
                select(Membership.role).where(
                    Membership.person_id == found[0],
                    Membership.organisation_id == found[1],
                    Membership.lasts(on),
                )
            )
            return Actor(found[0], found[1], found[2].value, frozenset(roles), how, found[3])

    def migrate(self, revision: str = "head") -> bool:
        """Bring the schema to `revision`; return whether the database is new and got its name by this. Safe to repeat."""
        from alembic import command  # ten megabytes that a worker never needs

        config = migration_config(self)
        if revision == "base" or revision.startswith("-"):
            command.downgrade(config, revision)
            return False
        command.upgrade(config, revision)
        with self.system() as session:
            new = session.scalar(select(Instance.id)) is None
            if new:
                session.add(Instance(name=uuid.uuid4().hex))
        return new

    def is_migrated(self) -> bool:
        """Return whether the schema is there at all."""
        return inspect(self.engine).has_table("instance")

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def migration_config(store: Store) -> Config:
    """Return Alembic's configuration for this store, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(store.migrations))
    config.attributes["engine"] = store.engine
    return config


@contextmanager
def _commit(session: Session) -> Iterator[None]:
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def _take_back(session: Session) -> Iterator[None]:
    try:
        yield
    finally:
        session.rollback()


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: object, record: object) -> None:
        del record
        connection.isolation_level = None  # type: ignore[attr-defined]  # we begin transactions ourselves
        cursor = connection.cursor()  # type: ignore[attr-defined]  # the driver's own connection
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")  # the row is the truth: it must survive a power cut
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # BEGIN IMMEDIATE: a reader that turns writer half-way would be refused at once instead of waiting (D23).
        write = connection.get_execution_options().get("samklang_write", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _keep_in_scope(state: ORMExecuteState) -> None:
    """Add "belongs to this organisation" to every statement on owned tables.

    Raises: PermissionError for an insert of another organisation's row.
    """
    info = state.session.info
    if info.get("system") or state.execution_options.get("across_organisations"):
        return
    actor = info.get("actor")
    if state.is_insert:
        _refuse_foreign_inserts(state, actor)
        return
    if actor is None:
        state.statement = state.statement.options(
            with_loader_criteria(
                Owned, lambda _: false(), include_aliases=True, track_closure_variables=False
            )
        )
        return
    organisation_id = actor.organisation_id
    state.statement = state.statement.options(
        with_loader_criteria(Owned, lambda cls: cls.organisation_id == organisation_id, include_aliases=True)
    )


def _refuse_foreign_inserts(state: ORMExecuteState, actor: Actor | None) -> None:
    """Refuse an INSERT unless each of its rows names the scope's own organisation; rows come as parameters."""
    if state.bind_mapper is None or not issubclass(state.bind_mapper.class_, Owned):
        return
    given = state.parameters or []
    rows: Sequence[Mapping[str, object]] = [given] if isinstance(given, Mapping) else given
    own = None if actor is None else actor.organisation_id
    if own is None or not rows or any(row.get("organisation_id") != own for row in rows):
        raise PermissionError(FOREIGN)


def _refuse_foreign_rows(session: Session, context: object, instances: object) -> None:
    """Refuse to write an owned row of another organisation.

    Raises: PermissionError.
    """
    del context, instances
    if session.info.get("system"):
        return
    actor = session.info.get("actor")
    for row in [*session.new, *session.dirty, *session.deleted]:
        if isinstance(row, Owned) and (actor is None or row.organisation_id != actor.organisation_id):
            raise PermissionError(FOREIGN)
