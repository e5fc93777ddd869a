"""The report of a campaign: delivery truth first, counts that are never made up, and each one's own view."""

from __future__ import annotations

import json

from sqlalchemy import event
from world import World

from campaigns.store import views
from reports.campaign_report import CampaignReport, report


def _report(world: World, who: str = "46", *, age: int | None = None) -> CampaignReport:
    with world.store.scope(world.actors[who], write=False) as session:
        (campaign,) = views.visible_campaigns(session)
        return report(session, campaign, age=age, now=world.now)


def _let_run(world: World, hours: int) -> None:
    for _ in range(hours):
        world.wait(hours=1)
        world.tick()


def test_a_report_says_where_every_delivery_is(world: World) -> None:
    world.under_way("4601", "4621")
    world.connect("4636", ["mastodon"])
    world.join("4636")
    world.fault("reject", number="4621")
    world.wait(minutes=5)
    world.tick()
    found = _report(world)
    assert (found.truth.live, found.truth.failed, found.truth.waiting, found.truth.all) == (1, 1, 1, 3)
    assert found.answers == {"in": 3}
    assert {one.name: one.closed_gates for one in found.places if one.closed_gates} == {
        "Solund": {"gate.not_approved": 1}
    }


def test_counts_come_from_samples_and_a_rate_from_inhabitants(world: World) -> None:
    world.under_way("4601", "4636")
    world.wait(minutes=5)
    world.tick()
    _let_run(world, 24)
    found = _report(world, age=24)
    places = {one.name: one for one in found.places}
    for number, name in (("4601", "Bergen"), ("4636", "Solund")):
        status = world.tell("mastodon", "GET", f"/api/v1/statuses/{world.delivery(number).remote_id}")
        assert isinstance(status, dict)
        counted = places[name].counts["reactions"]
        assert (counted.known, counted.posts) == (1, 1)
        assert counted.value is not None
        assert 0 < counted.value <= int(str(status["favourites_count"])) + 1
    solund = places["Solund"]
    assert solund.per_thousand("reactions") == 1000 * (solund.counts["reactions"].value or 0) / 760
    assert found.counts["reactions"].value == sum(one.counts["reactions"].value or 0 for one in found.places)


def test_a_count_that_never_came_is_unknown_and_not_zero(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    world.fault("status", status=503, path="/api/v1/statuses", method="GET", times=None)
    _let_run(world, 3)
    (bergen,) = (one for one in _report(world).places if one.name == "Bergen")
    assert bergen.counts["reactions"].value is None
    assert (bergen.counts["reactions"].known, bergen.counts["reactions"].posts) == (0, 1)
    assert bergen.per_thousand("reactions") is None


def test_a_post_younger_than_the_asked_age_has_no_count_yet(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    _let_run(world, 3)
    assert _report(world, age=24).counts["reactions"].value is None
    assert _report(world).counts["reactions"].value is not None
    _let_run(world, 22)
    assert _report(world, age=24).counts["reactions"].value is not None
    assert _report(world, age=168).counts["reactions"].value is None


def test_a_municipality_sees_its_own_part_alone(world: World) -> None:
    world.under_way("4601", "4621")
    world.wait(minutes=5)
    world.tick()
    mine = _report(world, "4621")
    assert [one.name for one in mine.places] == ["Voss"]
    assert mine.truth.all == 1
    assert "Bergen" not in json.dumps(mine.as_json(), ensure_ascii=False)


def test_a_report_asks_the_store_as_often_for_three_places_as_for_one(world: World) -> None:
    world.under_way("4601", "4621", "4636")
    asked: list[str] = []
    event.listen(world.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    _report(world, "4621")
    one = len(asked)
    asked.clear()
    _report(world)
    assert len(asked) == one
