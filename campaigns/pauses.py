"""What closes by a platform's word: a stretch of silence, a login. Holds nobody's decision: those are `holds`."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from campaigns.store import Account, AccountState, Pause
from connectors.errors import ConnectorError, LoginLost, OutOfCredit, RateLimited, Scope

UNTOLD = timedelta(seconds=30)
"""A pause whose length the platform did not tell."""
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
        case LoginLost():
            session.execute(
                update(Account)
                .where(Account.id == account_id, Account.state == AccountState.connected)
                .values(state=AccountState.login_lost, state_reason=error.code)
                .execution_options(synchronize_session=False)
            )
        case RateLimited():
            until = now + (error.wait or UNTOLD)
            pause(session, error.scope, account_id, platform, until=until, code=error.code)
        case OutOfCredit():
            pause(session, error.scope, account_id, platform, until=now + NO_CREDIT, code=error.code)


def _target(session: Session, scope: Scope, account_id: int, platform: str) -> str:
    if scope == "account":
        return str(account_id)
    if scope == "app":
        return platform
    return session.scalars(select(Account.base).where(Account.id == account_id)).one()
