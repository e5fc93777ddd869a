"""The broker goes away under the pages: nobody notices, since a row is the truth and a message only a nudge."""

from __future__ import annotations

from collections.abc import Callable

from ports import free_ports
from visitor import Visitor, words_of
from world import World

from web.app import make_web


def test_while_the_broker_is_away_people_work_on_and_what_they_decide_is_kept(world: World) -> None:
    world.under_way("4601")
    away = world.settings.model_copy(update={"broker": f"redis://127.0.0.1:{free_ports()}/0"})
    web = make_web(away, world.store, now=lambda: world.now)
    bergen = Visitor(web, "adviser@4601.example")
    for where in ("/for/4601", "/for/4601/calendar", "/for/4601/campaigns/prove", "/status"):
        assert bergen.get(where).status_code == 200, where
    bergen.get("/for/4601/stop")
    done = bergen.post("/for/4601/stop", {"reason": "Storm"})
    assert "Storm" in words_of(bergen.follow(done))
    web.desk.close()
    world.wait(minutes=6)
    world.tick()
    assert world.live() == []


def test_what_was_decided_meanwhile_goes_when_the_broker_is_back(
    world: World, person: Callable[..., Visitor]
) -> None:
    world.under_way("4601")
    deliver, world.deliver = (
        world.deliver,
        lambda errand, platform, ids: None,
    )  # it takes messages and loses them
    world.wait(minutes=6)
    world.tick()
    assert world.live() == []
    assert person("4601").get("/for/4601").status_code == 200
    world.deliver = deliver
    world.wait(minutes=6)
    world.tick()
    assert len(world.live()) == 1
