"""Failed tries at a password or a code: each costs a longer wait, per account and per address, and locks nobody out (B11)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns.store import FailedTries

FREE = 5
"""So many cost nothing."""
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(days=1)


class TooSoon(Exception):
    """Another try is not looked at before a moment; right or wrong makes no difference."""

    code = "login.too_soon"

    def __init__(self, until: datetime) -> None:
        super().__init__(self.code)
        self.until = until


def network_of(address: str) -> str:
    """Return what an address counts as: itself, or its /64 where it is one of IPv6."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "?"
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network(f"{found}/64", strict=False))


def must_wait(session: Session, about: Sequence[str], *, now: datetime) -> None:
    """Let nobody try yet who has failed too often just before.

    Raises: TooSoon.
    """
    rows = session.scalars(select(FailedTries).where(FailedTries.about.in_(about))).all()
    until = max((one.last_at + _wait(one.number) for one in rows), default=now)
    if until > now:
        raise TooSoon(until)


def failed(session: Session, about: Sequence[str], *, now: datetime) -> None:
    """Count a failed try."""
    session.execute(delete(FailedTries).where(FailedTries.last_at < now - FORGOTTEN_AFTER))
    for one in about:
        row = session.scalar(select(FailedTries).where(FailedTries.about == one).with_for_update())
        if row is None:
            row = FailedTries(about=one, number=0)
            session.add(row)
        row.number, row.last_at = row.number + 1, now
    session.flush()


def went_well(session: Session, about: str) -> None:
    """Forget the failures at one account; those from the address stay, which may be somebody else's."""
    session.execute(delete(FailedTries).where(FailedTries.about == about))


def _wait(number: int) -> timedelta:
    if number < FREE:
        return timedelta(0)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(number - FREE, 8)))
