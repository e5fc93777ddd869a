"""The first proof: whatever breaks, one live post each, nothing lost, and no status that lies."""

from __future__ import annotations

from world import World

from campaigns import participation
from campaigns.store import Answer


def test_an_approved_message_goes_out_once_at_its_time(world: World) -> None:
    world.under_way("4601", "4621")
    world.tick()
    assert world.states() == ["planned", "planned"]
    world.wait(minutes=5)
    world.tick()
    world.tick()
    assert world.states() == ["published", "published"]
    assert [one["text"] for one in world.live("4621")] == [
        "Hei Voss. Les meir: https://www.voss.kommune.no/x"
    ]
    assert len(world.calls()) == 1
    assert world.history(world.delivery().id) == ["release", "claim", "confirm"]
    assert world.delivery().address == world.live()[0]["address"]


def test_an_answer_lost_after_the_platform_accepted_is_looked_up_and_never_resent(world: World) -> None:
    world.under_way("4601")
    world.fault("drop_after")
    world.wait(minutes=5)
    world.tick()
    assert world.states() == ["unsure"]
    world.wait(seconds=10)
    world.tick()
    assert world.states() == ["published"]
    assert len(world.live()) == 1
    assert len(world.calls()) == 1
    assert world.delivery().address == world.live()[0]["address"]


def test_a_withdrawal_holds_also_for_what_is_queued(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None  # the broker loses everything
    world.tick()
    assert world.states() == ["queued"]
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        assert participation.answer(session, mine, Answer.out, now=world.now) == 1
    world.deliver = world.carry_out
    world.wait(seconds=30)
    world.tick()
    assert world.states() == ["cancelled"]
    assert world.live() == []
