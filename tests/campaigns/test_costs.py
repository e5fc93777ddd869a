"""What posts cost is known before anybody approves them."""

from __future__ import annotations

from decimal import Decimal

from world import World

from campaigns import approval, rendered
from campaigns.participation import participation_in
from connectors import Price


def costs(world: World) -> list[Price]:
    with world.store.scope(world.actors["4621"], write=False) as session:
        mine = participation_in(session, "prove")
        return rendered.costs(approval.open_drafts(session, world.desk.connectors, mine, (), now=world.now))


def test_the_posts_of_a_platform_that_takes_money_are_added_up_before_approval(world: World) -> None:
    world.connect("4621", ["x", "mastodon"])
    messages = (world.message(to="x, mastodon"), world.message("to", to="x, mastodon"))
    world.load(world.definition(*messages))
    world.invite()
    world.join("4621")
    assert costs(world) == [Price(Decimal("0.40"), "USD")], "two posts with a link"


def test_what_costs_nothing_is_not_told_as_a_price(world: World) -> None:
    world.connect("4621", ["mastodon"])
    world.load(world.definition(world.message()))
    world.invite()
    world.join("4621")
    assert costs(world) == []
