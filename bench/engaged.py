"""Counts for a county's posts that nobody sent: live posts with figures drawn by chance, so that a report has something to say."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from campaigns.store import Account, Delivery, Figure, FollowerCount, Organisation
from connectors import kind_of
from connectors.base import Metric
from reports import figures

LEVELS: Mapping[Metric, float] = {
    "reach": 90.0, "views": 140.0, "reactions": 6.0, "comments": 0.7, "shares": 0.9, "saves": 0.3, "clicks": 1.5,
}  # fmt: skip
"""Of each count per post and thousand inhabitants; the smallest municipalities have more of each."""
SPREAD, CLUMP = 0.5, 0.7
UNKNOWN = 0.06
"""So many posts have no count."""


def engage(session: Session, *, now: datetime, seed: int, days: int = 8) -> int:
    """Let every delivery be live for so many days, with a figure of each metric at each age; return how many figures.

    It writes what no part of the house may write, past its one writer of states: for looking at reports and measuring
    them, and for nothing else.
    """
    chance = random.Random(seed)
    places = {one.id: one for one in session.scalars(select(Organisation))}
    levels = {one: chance.gammavariate(1 / SPREAD**2, SPREAD**2) for one in places}
    published = now - timedelta(days=days)
    session.execute(
        text("UPDATE delivery SET state = 'published', published_at = :at, remote_id = 'x' || id"),
        {"at": published},
    )
    rows: list[dict[str, Any]] = []
    for delivery in session.scalars(select(Delivery).execution_options(populate_existing=True)):
        thousands = (places[delivery.organisation_id].population or 1000) / 1000
        rows += _figures(chance, delivery, thousands, levels[delivery.organisation_id], days * 24)
    for begin in range(0, len(rows), 5000):
        session.execute(insert(Figure), rows[begin : begin + 5000])
    accounts = session.scalars(select(Account)).all()
    session.execute(
        insert(FollowerCount),
        [
            {
                "account_id": one.id, "organisation_id": one.organisation_id, "day": published.date(),
                "followers": round((places[one.organisation_id].population or 1000) * chance.uniform(0.1, 0.5)),
            }
            for one in accounts
        ],
    )  # fmt: skip
    return len(rows)


def _figures(
    chance: random.Random, delivery: Delivery, thousands: float, level: float, hours: float
) -> Iterator[dict[str, Any]]:
    clump = chance.gammavariate(1 / CLUMP**2, CLUMP**2)
    silent = chance.random() < UNKNOWN
    for metric in kind_of(delivery.platform).metrics:
        mean = LEVELS[metric] * level * clump * thousands**0.8
        whole = _count(chance, mean)
        for age in (0, *figures.AGES):
            if age > hours:
                continue
            share = math.log1p(age or hours) / math.log1p(hours)
            yield {
                "organisation_id": delivery.organisation_id, "delivery_id": delivery.id, "metric": metric, "age": age,
                "value": None if silent else round(whole * share), "how": "none" if silent else "exact" if age else "newest",
                "absent": "fetch_failed" if silent else None, "version": 1, "fell": False,
            }  # fmt: skip


def _count(chance: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    left, count, product = math.exp(-mean), 0, chance.random()
    while product > left:
        product *= chance.random()
        count += 1
    return count
