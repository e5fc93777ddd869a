"""Counting engagement of live posts, in batches as large as each platform allows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import structlog

from campaigns import engagement, pauses
from campaigns.engagement import Due
from connectors.base import Counts
from connectors.errors import ConnectorError
from workers.broker import chunks
from workers.desk import Desk

log = structlog.get_logger()


def measure(desk: Desk, ids: Sequence[int]) -> None:
    """Count the posts that are due, account by account, and write the samples down."""
    with desk.store.system() as session:
        due = engagement.take_counts(session, ids, now=desk.now())
    for account_id, posts in groupby(due, key=lambda one: one.account_id):
        one_account = list(posts)
        size = desk.connectors[one_account[0].platform].measure_batch
        for batch in chunks(one_account, size):
            _measure_batch(desk, account_id, batch)


def _measure_batch(desk: Desk, account_id: int, batch: Sequence[Due]) -> None:
    connector = desk.connectors[batch[0].platform]
    counts: dict[str, Counts] | ConnectorError
    try:
        counts = connector.measure(desk.login(account_id), [one.remote_id for one in batch])
    except ConnectorError as error:
        counts = desk.weigh(account_id, error)
    now = desk.now()
    facts = {
        "metrics": connector.metrics,
        "version": connector.metrics_version,
        "speed": desk.speed,
        "now": now,
    }
    with desk.store.system() as session:
        for one in batch:
            if isinstance(counts, ConnectorError):
                engagement.keep_failure(session, one, **facts)  # type: ignore[arg-type]  # the same four everywhere
            else:
                engagement.keep_counts(session, one, counts[one.remote_id], **facts)  # type: ignore[arg-type]  # see above
        if isinstance(counts, ConnectorError):
            pauses.note_trouble(session, account_id, connector.name, counts, now=now)
            log.warning("count_failed", account=account_id, error=counts.code, diagnostic=counts.diagnostic)
