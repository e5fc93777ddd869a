"""Figures rolled up: always what the samples come to, whenever it was done, and few rows however often a post was counted."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from world import World

from bench.counting import questions
from campaigns import deliveries
from campaigns.store import Delivery, Figure, Sample
from reports import figures, rollup
from reports.campaign_report import METRICS, report


@pytest.fixture
def out(world: World) -> Delivery:
    """A post that is out, with no count yet."""
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    return world.delivery("4601")


def count(world: World, post: Delivery, hours: float, value: int | None, version: int = 1) -> None:
    """Write a count down as if it had been taken at that age."""
    with world.store.system() as session:
        session.add(
            Sample(
                organisation_id=post.organisation_id, delivery_id=post.id, planned=int(hours * 10), metric="reactions",
                at=post.published_at + timedelta(hours=hours), age=hours, value=value, version=version,
                absent=None if value is not None else "fetch_failed",
            )
        )  # fmt: skip


def roll(world: World, post: Delivery, hours: float) -> int:
    """Roll up at this age of the post."""
    assert post.published_at is not None
    with world.store.system() as session:
        return rollup.roll_up(session, [post.id], now=post.published_at + timedelta(hours=hours))


def rolled(world: World, post: Delivery) -> dict[int, tuple[int | None, str]]:
    with world.store.system(write=False) as session:
        rows = session.query(Figure).where(Figure.delivery_id == post.id, Figure.metric == "reactions")
        return {one.age: (one.value, one.how) for one in rows}


@pytest.mark.parametrize("seed", range(8))
def test_whenever_it_was_rolled_up_before_the_figures_are_what_the_samples_come_to(
    world: World, out: Delivery, seed: int
) -> None:
    chance = random.Random(seed)
    ages = sorted(chance.sample(range(1, 900), 25))
    value, samples = 0, []
    for age in ages:
        value = chance.choice([value + chance.randrange(9), value + 1, 0, None, max(0, value - 3)]) or 0
        known = chance.choice([value, value, value, None])
        count(world, out, float(age), known)
        samples.append(figures.Sample(float(age), known))
        if chance.random() < 0.5:
            roll(world, out, float(age))
    roll(world, out, 900.0)
    found = rolled(world, out)
    cleaned = figures.clean(samples)
    assert found[rollup.NEWEST] == (cleaned[-1].value if cleaned else None, "newest")
    for age in (24, 168, 720):
        wanted = figures.value_at(samples, age, post_age=900.0)
        assert found[age] == (wanted.value, wanted.how)
    assert 2160 not in found  # too young
    assert roll(world, out, 900.0) == 0  # and nothing is written again


def test_a_post_that_is_counted_no_more_comes_of_age_by_itself(world: World, out: Delivery) -> None:
    count(world, out, 20.0, 7)
    roll(world, out, 20.0)
    at = out.published_at + timedelta(hours=25)
    with world.store.system() as session:
        assert rollup.lagging(session, now=at) == [out.id]
        rollup.roll_up(session, [out.id], now=at)
        assert rollup.lagging(session, now=at) == []
    assert rolled(world, out)[24] == (None, "gap")


def test_what_was_counted_before_there_were_figures_is_found(world: World, out: Delivery) -> None:
    with world.store.system(write=False) as session:
        assert rollup.lagging(session, now=out.published_at + timedelta(days=8)) == []  # nothing to roll up
    count(world, out, 168.2, 40)
    with world.store.system() as session:
        at = out.published_at + timedelta(days=8)
        rollup.roll_up(session, rollup.lagging(session, now=at), now=at)
    assert rolled(world, out)[168] == (40, "exact")


def test_a_post_that_was_taken_down_keeps_its_last_count_and_says_so(world: World, out: Delivery) -> None:
    count(world, out, 2.0, 31)
    roll(world, out, 2.0)
    gone_at = out.published_at + timedelta(hours=5)
    with world.store.system() as session:
        deliveries.make(
            session, "remove", [out.id], now=gone_at, actor="test", reason="delivery.seen_missing"
        )
        assert rollup.lagging(session, now=gone_at) == [out.id]
        rollup.roll_up(session, [out.id], now=gone_at)
    assert rolled(world, out) == dict.fromkeys(rollup.AGES, (31, "removed"))


def test_a_report_asks_for_as_many_rows_after_eighty_counts_as_after_one(world: World, out: Delivery) -> None:
    def asked() -> tuple[int, int]:
        with world.store.scope(world.actors["46"], write=False) as session, questions(world.store) as number:
            found = report(session, world.campaign(), age=None, now=world.now)
        with world.store.system(write=False) as session:
            rows = session.query(Figure).where(Figure.age == rollup.NEWEST).count()
        assert set(found.counts) == set(METRICS)
        return number.value, rows

    count(world, out, 1.0, 3)
    roll(world, out, 1.0)
    once = asked()
    for hour in range(2, 81):
        count(world, out, float(hour), hour)
    roll(world, out, 81.0)
    assert asked() == once
