"""Counting: engagement of live posts, in batches as large as each platform allows, and followers of accounts once a day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import structlog

from campaigns import engagement, followers, pauses
from campaigns.engagement import Due
from connectors.base import Counts
from connectors.errors import ConnectorError
from reports import rollup
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
        rollup.roll_up(session, [one.id for one in batch], now=now, speed=desk.speed)
        if isinstance(counts, ConnectorError):
            pauses.note_trouble(session, account_id, connector.name, counts, now=now)
            log.warning("count_failed", account=account_id, error=counts.code, diagnostic=counts.diagnostic)


def count_followers(desk: Desk, platform: str, ids: Sequence[int]) -> None:
    """Ask a platform how many follow these accounts today, and write it down; what is not told is unknown."""
    for account_id in ids:
        try:
            known = desk.connectors[platform].whoami(desk.login(account_id)).followers
        except ConnectorError as error:
            trouble = desk.weigh(account_id, error)
            with desk.store.system() as session:
                pauses.note_trouble(session, account_id, platform, trouble, now=desk.now())
            log.warning(
                "followers_not_counted", account=account_id, error=error.code, diagnostic=error.diagnostic
            )
            continue  # asked again later in the day
        with desk.store.system() as session:
            followers.keep(session, account_id, known, now=desk.now())
