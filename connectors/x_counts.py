"""X's counts: what is public of a post, and what only its owner may know, for thirty days.

Facts: X's documentation of metrics, read 2026-11. A post's number holds the moment at which it was made.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors.answers import count, mapping
from connectors.base import Absence, Counts, Metric
from connectors.counts import seen, total

FIELDS = "public_metrics,created_at"
PRIVATE = "non_public_metrics"
_EPOCH = 1_288_834_974_657
"""Milliseconds of unix time at which the numbers begin."""
_MONTH = timedelta(days=29)
"""A day less than the thirty, since one that is too old may cost its neighbours theirs."""


def is_young(remote_id: str, now: datetime) -> bool:
    """Return whether a post is so young that its owner's own figures may be asked for."""
    if not remote_id.isdigit() or len(remote_id) > 25:
        return False
    milliseconds = (int(remote_id) >> 22) + _EPOCH
    try:
        return now - datetime.fromtimestamp(milliseconds / 1000, UTC) < _MONTH
    except (OverflowError, ValueError, OSError):
        return False


def counts_of(node: Mapping[str, object], *, private: bool) -> Counts:
    """Return the counts of one of an answer's posts; `private` says whether its owner's figures were asked for."""
    public, own = mapping(node.get("public_metrics")), mapping(node.get("non_public_metrics"))
    known: dict[Metric, int | None] = {
        "views": count(public.get("impression_count")),
        "reactions": count(public.get("like_count")),
        "comments": count(public.get("reply_count")),
        "shares": total(count(public.get("retweet_count")), count(public.get("quote_count"))),
        "saves": count(public.get("bookmark_count")),
        "clicks": count(own.get("url_link_clicks")),
    }
    reasons: dict[Metric, Absence] = {} if private else {"clicks": "not_offered"}
    return seen(known, reasons)
