"""The instance as its operator sees it: processes, queues, accounts in trouble, versions. Counts alone, nobody's name.

The operator keeps the machine running and needs no municipality's drafts, people or accounts for it (threat model,
section 4).
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from campaigns.states import State
from campaigns.store import Account, AccountState, Delivery, Hold, Pause, Store, condition
from reports.health import Health, Silent, clock_seen_at, health, silent


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits on one platform."""

    platform: str
    due: int
    """Whose time has come, and which has not been released: a gate keeps it, or the clock is behind."""
    queued: int
    publishing: int
    unsure: int
    failed: int


@dataclass(frozen=True, slots=True)
class Resting:
    """A pause that a platform asked for."""

    scope: str
    target: str
    code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs here."""

    program: str
    schema: condition.Revision
    python: str
    database: str


@dataclass(frozen=True, slots=True)
class Instance:
    """How the instance stands now."""

    health: Health
    clock_seen_at: datetime | None
    silent: tuple[Silent, ...]
    queues: tuple[Queue, ...]
    accounts: Mapping[str, Mapping[str, int]]
    """Platform to state to how many."""
    pauses: tuple[Resting, ...]
    holds: tuple[tuple[str, datetime], ...]
    """The instance's own stops: the reason, and since when."""
    versions: Versions


def look(store: Store, *, now: datetime) -> Instance:
    """Return how the instance stands.

    Raises: SQLAlchemyError when the database cannot be reached.
    """
    found = health(store, now=now)
    with store.system(write=False) as session:
        seen = clock_seen_at(session)
        return Instance(
            found, seen, silent(session, now, seen), _queues(session, now), _accounts(session),
            _pauses(session, now), _holds(session), _versions(store),
        )  # fmt: skip


def _queues(session: Session, now: datetime) -> tuple[Queue, ...]:
    def how_many(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(Delivery.id).filter(*conditions)

    rows = session.execute(
        select(
            Delivery.platform,
            how_many(Delivery.state == State.planned, Delivery.next_try_at <= now, Delivery.late_at > now),
            how_many(Delivery.state == State.queued),
            how_many(Delivery.state == State.publishing),
            how_many(Delivery.state == State.unsure),
            how_many(Delivery.state == State.failed),
        )
        .group_by(Delivery.platform)
        .order_by(Delivery.platform)
    )
    return tuple(Queue(*row) for row in rows)


def _accounts(session: Session) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    rows = session.execute(
        select(Account.platform, Account.state, func.count(Account.id))
        .group_by(Account.platform, Account.state)
        .order_by(Account.platform)
    )
    for name, state, number in rows:
        found.setdefault(name, {one.value: 0 for one in AccountState})[state.value] = number
    return found


def _pauses(session: Session, now: datetime) -> tuple[Resting, ...]:
    rows = session.scalars(select(Pause).where(Pause.until > now).order_by(Pause.until))
    return tuple(Resting(one.scope, one.target, one.code, one.until) for one in rows)


def _holds(session: Session) -> tuple[tuple[str, datetime], ...]:
    own = select(Hold).where(Hold.lifted_at.is_(None), Hold.organisation_id.is_(None)).order_by(Hold.set_at)
    return tuple((one.reason, one.set_at) for one in session.scalars(own))


def _versions(store: Store) -> Versions:
    try:
        program = version("samklang")
    except PackageNotFoundError:
        program = "?"
    server = ".".join(str(one) for one in store.engine.dialect.server_version_info or ())
    return Versions(
        program, condition.revision(store), platform.python_version(), f"{store.engine.name} {server}".strip()
    )
