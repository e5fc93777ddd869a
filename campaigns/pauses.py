"""What closes by a platform's word: a stretch of silence, a login. Holds nobody's decision: those are `holds`."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaigns.states import State
from campaigns.store import Account, AccountState, Delivery, Pause
from connectors.errors import ConnectorError, LoginLost, OutcomeUnknown, OutOfCredit, RateLimited, Scope

UNTOLD = timedelta(seconds=30)
"""A pause whose length the platform did not tell."""
UNCLEAR = 5
"""Posts in doubt on one server, of the last minutes, at which it is left alone for a while (threat C14)."""
LATELY = timedelta(minutes=5)
A_WHILE = timedelta(minutes=1)
"""The wire waits so long for an answer; a server that gives none to five at once may give none to the next."""
NO_CREDIT = timedelta(hours=1)
"""Until the platform is asked again whether somebody has paid."""


def pause(
    session: Session, scope: Scope, account_id: int, platform: str, *, until: datetime, code: str
) -> None:
    """Pause one account, our app on the platform, or the account's server; a longer pause stands.

    One statement, since many workers are told to slow down at the same moment.
    """
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    fresh = dialect.insert(Pause).values(
        scope=scope,
        target=_target(session, scope, account_id, platform),
        until=until,
        code=code,
        account_id=account_id if scope == "account" else None,
    )
    longer = fresh.excluded.until > Pause.until
    session.execute(
        fresh.on_conflict_do_update(
            index_elements=["scope", "target"],
            set_={
                "until": case((longer, fresh.excluded.until), else_=Pause.until),
                "code": case((longer, fresh.excluded.code), else_=Pause.code),
            },
        )
    )


def note_trouble(
    session: Session, account_id: int, platform: str, error: ConnectorError, *, now: datetime
) -> None:
    """Close the gates that an error is about: the account's login, or a pause of account, app or server."""
    match error:
        case OutcomeUnknown() if _in_doubt(session, account_id, now) >= UNCLEAR:
            pause(session, "instance", account_id, platform, until=now + A_WHILE, code=error.code)
        case LoginLost():
            session.execute(
                update(Account)
                .where(Account.id == account_id, Account.state == AccountState.connected)
                .values(state=AccountState.login_lost, state_reason=error.code, lost_at=now)
                .execution_options(synchronize_session=False)
            )
        case RateLimited():
            until = now + (error.wait or UNTOLD)
            pause(session, error.scope, account_id, platform, until=until, code=error.code)
        case OutOfCredit():
            pause(session, error.scope, account_id, platform, until=now + NO_CREDIT, code=error.code)


def _in_doubt(session: Session, account_id: int, now: datetime) -> int:
    """Return how many posts on the account's server came into doubt lately and are so still."""
    server = select(Account.base).where(Account.id == account_id).scalar_subquery()
    doubtful = (
        select(func.count())
        .select_from(Delivery)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.state == State.unsure, Delivery.called_at > now - LATELY, Account.base == server)
    )
    return session.scalar(doubtful) or 0


def _target(session: Session, scope: Scope, account_id: int, platform: str) -> str:
    if scope == "account":
        return str(account_id)
    if scope == "app":
        return platform
    return session.scalars(select(Account.base).where(Account.id == account_id)).one()
