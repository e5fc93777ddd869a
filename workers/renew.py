"""Renewing logins that nobody uses just now: a token of weeks would die unnoticed between two campaigns."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from campaigns import pauses
from campaigns.store import Account
from connectors.errors import ConnectorError
from workers.desk import Desk

log = structlog.get_logger()


def renew(desk: Desk, ids: Sequence[int]) -> None:
    """Renew the logins of these accounts where that is due; one that is lost closes its account's gate and is told."""
    for account_id in ids:
        try:
            desk.login(account_id)
        except ConnectorError as error:
            with desk.store.system() as session:
                account = session.get(Account, account_id)
                if account is not None:
                    pauses.note_trouble(session, account_id, account.platform, error, now=desk.now())
            log.warning("not_renewed", account=account_id, error=error.code, diagnostic=error.diagnostic)
        except Exception as error:  # a fault of ours with one account is none of the others'
            log.exception("renewal_failed", account=account_id, error=type(error).__name__)
        else:
            log.info("login_looked_after", account=account_id)
