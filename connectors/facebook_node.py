"""What a Page's posts look like when they are read: their pictures, their words, their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from connectors.answers import count, items, line, mapping, moment
from connectors.base import Absence, Counts, Json, Metric
from connectors.counts import gone, seen
from connectors.graph import insights
from connectors.post import Post
from connectors.text import alike

INSIGHTS: Mapping[str, Metric] = {
    "post_media_view": "views",
    "post_total_media_view_unique": "reach",
    "post_clicks": "clicks",
}
"""Living names, probed on v25.0 in September 2026: every `*_impressions*` died in June."""

_FRESH = timedelta(hours=48)
"""How long insights may take to come, in practice; once a day, in the documentation."""


def photos_of(handle: Json) -> list[str]:
    """Return the ids of the uploads that a stored handle names."""
    given = handle.get("photos")
    return [str(one) for one in given] if isinstance(given, list) else []


def attached(node: Mapping[str, object]) -> set[str]:
    """Return the ids of the pictures that hang on a post or a comment; the card of a link is none."""
    found = [mapping(node.get("attachment")), *items(mapping(node.get("attachments")).get("data"))]
    found += [more for one in found for more in items(mapping(one.get("subattachments")).get("data"))]
    pictures = [one for one in found if one.get("type") == "photo"]
    return {line(mapping(one.get("target")).get("id")) for one in pictures} - {""}


def says(node: Mapping[str, object], post: Post) -> bool:
    """Return whether a post that was read says what ours says."""
    message = node.get("message")
    return isinstance(message, str) and alike(message, post.text)


def counts(
    nodes: Mapping[str, object],
    remote_id: str,
    metrics: Sequence[Metric],
    now: datetime,
    lacking: Mapping[Metric, Absence] = MappingProxyType({}),
) -> Counts:
    """Return the counts of one of an answer's posts.

    Insights come once a day, so those of a fresh post may be missing; `shares` is left out where there are none. `lacking`
    has the reasons of what could not be asked at all.
    """
    if remote_id not in nodes:
        return gone(metrics)
    node = mapping(nodes[remote_id])
    told, shares, at = insights(node), node.get("shares"), moment(node.get("created_time"))
    none = 0 if "reactions" in node else None
    known: dict[Metric, int | None] = {
        "reactions": _summary(node, "reactions"),
        "comments": _summary(node, "comments"),
        "shares": none if shares is None else count(mapping(shares).get("count")),
        **{metric: told.get(name) for name, metric in INSIGHTS.items()},
    }
    absent: dict[Metric, Absence] = {}
    if at is not None and now - at < _FRESH:
        absent = {metric: "too_young" for name, metric in INSIGHTS.items() if name not in told}
    return seen(known, absent | dict(lacking))


def _summary(node: Mapping[str, object], edge: str) -> int | None:
    return count(mapping(mapping(node.get(edge)).get("summary")).get("total_count"))
