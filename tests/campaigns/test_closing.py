"""Closing: what a campaign owes people comes first."""

from __future__ import annotations

import paper
import pytest
from world import World

from campaigns import closing, participation
from campaigns.access import Forbidden
from campaigns.closing import Owed
from campaigns.store import Answer, Choice


def owing() -> paper.Paper:
    content = paper.paper()
    content["messages"][1]["mandatory"] = True
    return content


def close(world: World, who: str = "46") -> None:
    with world.store.scope(world.actors[who]) as session:
        closing.close(
            session,
            world.campaign(paper.KEY) if who != "46" else participation.owned_campaign(session, paper.KEY),
            now=world.now,
        )


def test_a_campaign_is_not_closed_before_its_mandatory_message_has_gone_everywhere(world: World) -> None:
    paper.under_way(world, "4601", "4621", content=owing())
    with world.store.scope(world.actors["4621"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.answer(session, mine, Answer.joined, now=world.now)
    with pytest.raises(Owed) as told:
        close(world)
    assert told.value.owed == {"tekst": ["Bergen", "Voss"]}
    world.wait(minutes=7)
    world.tick()
    close(world)
    assert world.campaign(paper.KEY).closed_at == world.now


@pytest.mark.parametrize("how", ["out of the campaign", "out of the message"])
def test_who_stands_out_is_owed_nothing(world: World, how: str) -> None:
    paper.under_way(world, "4601", content=owing())
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        if how == "out of the campaign":
            participation.answer(session, mine, Answer.out, now=world.now)
        else:
            message = participation.message_in(session, mine, "tekst")
            participation.choose(session, mine, message, Choice.out, now=world.now)
    close(world)


def test_a_closed_campaign_sends_nothing_more_and_says_so(world: World) -> None:
    paper.under_way(world, "4601")
    with world.store.scope(world.actors["46"]) as session:
        assert closing.unsent(session, participation.owned_campaign(session, paper.KEY)) == 4
    close(world)
    world.tick()
    assert set(world.states()) == {"cancelled"}
    assert {one.reason for one in world.deliveries()} == {"delivery.campaign_closed"}
    world.wait(hours=3)
    world.tick()
    assert set(world.states()) == {"cancelled"}
    assert world.live() == []


def test_what_was_queued_when_the_campaign_closed_is_cancelled_and_never_called_missed(world: World) -> None:
    paper.under_way(world, "4601")
    world.wait(minutes=7)
    world.deliver = lambda errand, platform, ids: None  # the broker loses everything
    world.tick()
    assert "queued" in world.states()
    close(world)
    world.wait(hours=3)
    world.tick()
    assert set(world.states()) == {"cancelled"}
    assert world.live() == []


def test_a_municipality_closes_nothing(world: World) -> None:
    paper.under_way(world, "4601")
    with pytest.raises(Forbidden):
        close(world, "4601")
