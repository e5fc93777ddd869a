"""Counting engagement: on the timetable, in batches, and never making a number up."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from world import World

from campaigns import closing, participation, validity
from campaigns.sampling import AGES
from campaigns.store import Notice, Sample
from connectors import Mastodon


def _samples(world: World, metric: str = "reactions") -> list[Sample]:
    with world.store.system(write=False) as session:
        query = select(Sample).where(Sample.metric == metric).order_by(Sample.delivery_id, Sample.planned)
        return list(session.scalars(query))


def _published(world: World, *numbers: str, to: str = "mastodon") -> None:
    world.under_way(*numbers, to=to)
    world.wait(minutes=5)
    world.tick()
    assert set(world.states()) == {"published"}


def test_a_post_is_counted_at_its_planned_ages(world: World) -> None:
    _published(world, "4601")
    for _ in range(30):
        world.wait(hours=1)
        world.tick()
    ages = [round(one.age) for one in _samples(world)]
    assert ages == [int(age / timedelta(hours=1)) for age in AGES[:25]]
    values = [one.value for one in _samples(world)]
    assert None not in values
    assert values == sorted(values, key=lambda value: value or 0)


def test_the_last_planned_age_freezes_the_post(world: World) -> None:
    _published(world, "4601")
    with world.store.system() as session:
        delivery = session.merge(world.delivery())
        delivery.samples_taken = len(AGES) - 1
        delivery.next_sample_at = world.now + AGES[-1]
    world.now += AGES[-1]
    world.wait(minutes=1)
    world.tick()
    assert world.delivery().next_sample_at is None
    assert world.delivery().samples_taken == len(AGES)


def test_posts_of_an_account_are_counted_in_batches(world: World) -> None:
    messages = [world.message(f"m{turn}", words=f"Ord {turn}:") for turn in range(Mastodon.measure_batch + 5)]
    world.under_way("4601", messages=messages)
    world.wait(minutes=5)
    world.tick()
    world.tell("mastodon", "DELETE", "/_sandbox/calls")
    world.wait(hours=1, minutes=1)
    world.tick()
    assert len(_samples(world)) == Mastodon.measure_batch + 5
    assert len(world.calls(method="GET")) == 2


def test_an_outage_leaves_a_gap_and_no_burst_of_counts(world: World) -> None:
    _published(world, "4601")
    world.wait(hours=1)
    world.tick()
    world.wait(hours=9)  # nobody counted meanwhile
    world.tick()
    world.wait(hours=1)
    world.tick()
    assert [round(one.age) for one in _samples(world)] == [1, 10, 11]


def test_a_count_that_failed_is_unknown_with_its_reason(world: World) -> None:
    _published(world, "4601")
    world.fault("status", status=503, method="GET", times=None)
    world.wait(hours=1)
    world.tick()
    (sample,) = _samples(world)
    assert (sample.value, sample.absent) == (None, "fetch_failed")


def test_a_post_seen_missing_once_is_still_live(world: World) -> None:
    _published(world, "4601")
    world.tell_as_owner("DELETE", f"/api/v1/statuses/{world.delivery().remote_id}")
    world.wait(hours=1)
    world.tick()
    assert world.states() == ["published"]
    assert _samples(world) == []


def test_a_post_seen_missing_twice_an_hour_apart_is_removed(world: World) -> None:
    _published(world, "4601")
    world.tell_as_owner("DELETE", f"/api/v1/statuses/{world.delivery().remote_id}")
    for minutes in (60, 30, 31):
        world.wait(minutes=minutes)
        world.tick()
    assert world.states() == ["removed"]
    assert world.history(world.delivery().id)[-1] == "remove"
    assert [(one.value, one.absent) for one in _samples(world)] == [(None, "removed")]


def test_a_post_that_is_gone_from_its_platform_is_told_once_even_when_the_campaign_is_closed(
    world: World,
) -> None:
    _published(world, "4601")
    world.tell_as_owner("DELETE", f"/api/v1/statuses/{world.delivery().remote_id}")
    with world.store.scope(world.actors["46"]) as session:
        closing.close(session, participation.owned_campaign(session, "prove"), now=world.now)
    for minutes in (60, 61):
        world.wait(minutes=minutes)
        world.tick()
    with world.store.system(write=False) as session:
        (told,) = session.scalars(select(Notice).where(Notice.kind == "vanished"))
        assert told.organisation_id == world.places["4601"].id
        assert world.handle("4601") in str(told.details["account"])
        assert validity.is_still_so(session, told, now=world.now)
    world.wait(hours=1)
    world.tick()
    with world.store.system(write=False) as session:
        assert session.query(Notice).where(Notice.kind == "vanished").count() == 1


def test_a_doubled_nudge_counts_once(world: World) -> None:
    _published(world, "4601")
    world.wait(hours=1)
    ids = [world.delivery().id]
    world.carry_out("measure", "mastodon", ids)
    world.carry_out("measure", "mastodon", ids)
    assert len(_samples(world)) == 1
    assert world.delivery().samples_taken == 1
