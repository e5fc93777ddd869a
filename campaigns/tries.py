"""Tries that cost a longer wait each, per account and per address, and lock nobody out: passwords, codes, letters (B11, G13)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaigns.store import FailedTries


@dataclass(frozen=True, slots=True)
class Pace:
    """How tries are slowed: so many cost nothing, then each wait is twice the one before, up to the longest."""

    free: int
    first: timedelta
    longest: timedelta

    def wait(self, number: int) -> timedelta:
        """Return how long one waits after so many tries."""
        if number < self.free:
            return timedelta(0)
        return min(self.longest, self.first * (1 << min(number - self.free, 8)))


GUESSES = Pace(5, timedelta(seconds=15), timedelta(minutes=15))
"""At passwords and codes."""
LETTERS = Pace(3, timedelta(minutes=15), timedelta(hours=4))
"""Letters to one address: three a day cost nothing, a dozen is what a whole day of asking gets (threat G13)."""
LETTERS_FROM = Pace(20, timedelta(seconds=15), timedelta(minutes=15))
"""Letters that are asked for from one network: a whole town hall is behind one."""
FORGOTTEN_AFTER = timedelta(days=1)


class TooSoon(Exception):
    """Another try is not looked at before a moment; right or wrong makes no difference."""

    code = "login.too_soon"

    def __init__(self, until: datetime) -> None:
        super().__init__(self.code)
        self.until = until


def network_of(address: str) -> str:
    """Return what an address counts as: itself, or its /64 where it is one of IPv6; nothing where it is none."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network(f"{found}/64", strict=False))


def begin(session: Session, about: Sequence[str], *, now: datetime, pace: Pace = GUESSES) -> None:
    """Count a try before it is looked at: a hundred at once are a hundred tries. Who was right gets it back.

    Raises: TooSoon; then nothing is counted.
    """
    session.execute(delete(FailedTries).where(FailedTries.last_at < now - FORGOTTEN_AFTER))
    rows = [_row(session, one, now) for one in sorted(about)]
    until = max((one.last_at + pace.wait(one.number) for one in rows), default=now)
    if until > now:
        raise TooSoon(until)
    for row in rows:
        row.number, row.last_at = row.number + 1, now
    session.flush()


def went_well(session: Session, about: Sequence[str]) -> None:
    """Forget the failures at the first, an account, and give this try back to the rest: their failures may be others'."""
    session.execute(delete(FailedTries).where(FailedTries.about == about[0]))
    shared = select(FailedTries).where(FailedTries.about.in_(about[1:])).order_by(FailedTries.about)
    for row in session.scalars(shared.with_for_update()):
        row.number = max(0, row.number - 1)
    session.flush()


def _row(session: Session, about: str, now: datetime) -> FailedTries:
    """Return what is known of one, locked, made if it is the first: two at the same time count one after the other."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    session.execute(
        dialect.insert(FailedTries)
        .values(about=about, number=0, last_at=now)
        .on_conflict_do_nothing(index_elements=["about"])
    )
    found = select(FailedTries).where(FailedTries.about == about).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).one()
