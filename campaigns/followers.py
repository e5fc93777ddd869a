"""How many follow an account, day by day: asked of its platform once a day, and never made up (statistics specification, section 3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from campaigns import gates
from campaigns.store import Account, AccountState, FollowerCount
from campaigns.store.base import insert
from campaigns.timing import NORWAY
from connectors import kind_of

SPREAD = timedelta(hours=20)
"""Over so much of the day accounts are spread, each at a time of its own that is the same every day."""


def day_of(now: datetime) -> date:
    """Return the day in Norway."""
    return now.astimezone(NORWAY).date()


def uncounted(session: Session, *, now: datetime, limit: int = 500) -> list[tuple[int, str]]:
    """Return connected accounts, with their platforms, that have no count of today though their time of day has come."""
    counted = exists().where(FollowerCount.account_id == Account.id, FollowerCount.day == day_of(now))
    rows = session.execute(
        select(Account.id, Account.platform)
        .where(
            Account.state == AccountState.connected,
            Account.base != "",
            ~counted,
            gates.account_not_paused(now),
        )
        .order_by(Account.id)
    )
    local = now.astimezone(NORWAY)
    gone = local - local.replace(hour=0, minute=0, second=0, microsecond=0)
    asked = [(row[0], row[1]) for row in rows if turn(row[0]) <= gone and not kind_of(row[1]).by_hand]
    return asked[:limit]


def turn(account_id: int) -> timedelta:
    """Return how long after midnight an account is counted: neighbours in the table lie far apart in the day."""
    return SPREAD * ((account_id * 0.618033988749895) % 1.0)


def keep(session: Session, account_id: int, followers: int | None, *, now: datetime) -> None:
    """Write today's count down; what is known already stays."""
    account = session.get_one(Account, account_id)
    session.execute(
        insert(session, FollowerCount).on_conflict_do_nothing(),
        [
            {
                "account_id": account_id,
                "organisation_id": account.organisation_id,
                "day": day_of(now),
                "followers": followers,
            }
        ],
    )
