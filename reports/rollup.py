"""Figures of posts: what their samples come to, written once at each age that reports ask for.

A report then reads a few rows a post, however often the post was counted. The samples stay, and a figure is always
what `reports.figures` makes of them: it is written anew with every sample until nothing can change it any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from campaigns.states import State
from campaigns.store import Delivery, Figure, History, Sample
from campaigns.store.base import insert
from reports import figures

NEWEST = 0
"""The age under which the newest count of a post stands, whatever its age."""
AGES = (NEWEST, *figures.AGES)
OUT = (State.published, State.removed)

Row = dict[str, Any]


def roll_up(session: Session, ids: Sequence[int], *, now: datetime, speed: float = 1.0) -> int:
    """Write what the samples of these posts come to now, and return how many figures changed.

    `speed` is the sampling speed, by which a demo's ages run faster.
    """
    posts = select(Delivery.id, Delivery.organisation_id, Delivery.published_at).where(
        Delivery.id.in_(ids), Delivery.state.in_(OUT), Delivery.published_at.is_not(None)
    )
    removed = _removed(session, ids)
    samples: dict[tuple[int, str], list[Sample]] = {}
    taken = select(Sample).where(Sample.delivery_id.in_(ids)).order_by(Sample.delivery_id, Sample.planned)
    for one in session.scalars(taken):
        samples.setdefault((one.delivery_id, one.metric), []).append(one)
    made: dict[tuple[int, str, int], Row] = {}
    for delivery_id, owner, published_at in session.execute(posts):
        assert published_at is not None  # noqa: S101  # the question asks for nothing else
        hours = _Hours(published_at, speed)
        end = removed.get(delivery_id)
        for (post, metric), those in samples.items():
            if post == delivery_id:
                for row in _rows(those, hours.until(now), None if end is None else hours.until(end)):
                    key = {"delivery_id": post, "metric": metric, "organisation_id": owner}
                    made[post, metric, row["age"]] = key | row
    known = {
        (one.delivery_id, one.metric, one.age): one
        for one in session.scalars(select(Figure).where(Figure.delivery_id.in_(ids)))
    }
    changed = [row for key, row in made.items() if not _same(known.get(key), row)]
    _put(session, changed)
    return len(changed)


def lagging(session: Session, *, now: datetime, speed: float = 1.0, limit: int = 500) -> list[int]:
    """Return posts with samples that have come of an age, or were removed, since they were rolled up.

    A post that is counted is rolled up with each count; this finds those that are counted no more, and all that were
    counted before there were figures.
    """
    behind = [
        (Delivery.published_at <= now - timedelta(hours=age) / speed)
        & ~exists().where(Figure.delivery_id == Delivery.id, Figure.age == age)
        for age in AGES
    ]
    gone = (Delivery.state == State.removed) & exists().where(
        Figure.delivery_id == Delivery.id, Figure.age == NEWEST, Figure.how != "removed"
    )
    rows = session.scalars(
        select(Delivery.id)
        .where(Delivery.state.in_(OUT), exists().where(Sample.delivery_id == Delivery.id))
        .where(or_(gone, *behind))
        .order_by(Delivery.id)
        .limit(limit)
    )
    return list(rows)


class _Hours:
    """Turns moments into hours after publishing."""

    def __init__(self, published_at: datetime, speed: float) -> None:
        self.published_at, self.speed = published_at, speed

    def until(self, moment: datetime) -> float:
        return (moment - self.published_at).total_seconds() / 3600 * self.speed


def _removed(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    rows = session.execute(
        select(History.delivery_id, History.at).where(History.delivery_id.in_(ids), History.move == "remove")
    )
    return {row[0]: row[1] for row in rows}


def _rows(samples: Sequence[Sample], post_age: float, removed_at_age: float | None) -> Iterator[Row]:
    """Yield the figure at each age that the post has reached; all ages in hours."""
    counts = [figures.Sample(one.age, one.value, one.version) for one in samples]
    absent, version = samples[-1].absent, samples[-1].version
    cleaned = figures.clean(counts)
    newest = cleaned[-1] if cleaned else None
    how: figures.How = "removed" if removed_at_age is not None else "newest"
    value = newest.value if newest else None
    fell = figures.fell(cleaned, post_age)
    yield _row(NEWEST, figures.Value(value, how, fell), absent, newest.version if newest else version)
    for age in figures.AGES:
        if post_age < age and removed_at_age is None:
            return
        found = figures.value_at(counts, age, post_age=post_age, removed_at_age=removed_at_age)
        if found.how != "too_young":
            yield _row(age, found, absent, figures.version_at(cleaned, age) or version)


def _row(age: int, found: figures.Value, absent: str | None, version: int) -> Row:
    return {
        "age": age, "value": found.value, "how": found.how, "fell": found.fell, "version": version,
        "absent": absent if found.value is None else None,
    }  # fmt: skip


def _same(figure: Figure | None, row: Mapping[str, Any]) -> bool:
    return figure is not None and all(getattr(figure, name) == value for name, value in row.items())


def _put(session: Session, rows: Sequence[Row]) -> None:
    """Write figures over what stood there; two workers that roll the same post up write the same."""
    if not rows:
        return
    put = insert(session, Figure)
    fresh = {name: put.excluded[name] for name in ("value", "how", "absent", "version", "fell")}
    written = put.on_conflict_do_update(index_elements=["delivery_id", "metric", "age"], set_=fresh)
    session.execute(written, list(rows))
