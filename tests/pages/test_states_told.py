"""What pages say of a message's state: no yes is counted that is not whole, and nothing that failed is called gone."""

from __future__ import annotations

from collections.abc import Callable

from visitor import Visitor, words_of
from world import World

from campaigns import approval, organisations, participation, plans
from campaigns.store import Answer, Organisation, Role

Person = Callable[..., Visitor]


def test_the_first_yes_of_two_is_no_approval_to_anybody(world: World, person: Person) -> None:
    with world.store.system() as session:
        session.get_one(Organisation, world.places["4601"].id).second_person = True
        organisations.add_member(
            session, "4601", name="Anna", mail="anna@4601.example", roles=[Role.approver]
        )
    world.connect("4601", ["mastodon"])
    world.load(world.definition(world.message().replace(" {lenke}", "")))
    world.invite()
    with world.store.scope(world.actors["4601"]) as session:  # no fact is filled in, so nobody has edited it
        mine = participation.participation_in(session, "prove")
        participation.answer(session, mine, Answer.joined, now=world.now)
        plans.plan_participation(session, mine, now=world.now)
    world.approve("4601")
    county, bergen = person("46"), person("4601")
    assert "1 waits for approval" in words_of(county.get("/for/46/campaigns/prove")).replace(
        "wait for", "waits for"
    )
    assert "1 post that goes soon is not approved" in words_of(county.get("/for/46"))
    assert "Waits for a second person" in words_of(bergen.get("/for/4601/campaigns/prove"))
    with world.store.scope(world.store.actor("anna@4601.example", "4601", how="test")) as session:
        mine = participation.participation_in(session, "prove")
        approval.approve(session, world.desk.connectors, mine, now=world.now)
    assert "not approved" not in words_of(county.get("/for/46"))
    assert "Has approved" in words_of(county.get("/for/46/campaigns/prove"))


def test_a_message_that_missed_its_time_is_not_called_gone(world: World, person: Person) -> None:
    world.under_way("4601", messages=[world.message("ein"), world.message("to", at="18:05")])
    world.wait(hours=3)
    world.clock.recover()
    assert sorted(world.states()) == ["missed", "planned"]
    page = words_of(person("4601").get("/for/4601/campaigns/prove"))
    assert "1. ein" in page
    assert "Missed its time" in page.partition("1. ein")[2].partition("2. to")[0]
