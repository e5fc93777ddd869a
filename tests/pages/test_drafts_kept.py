"""Drafts that nobody wants: put away and taken back, shown with their age, and deleted by the clock when their time is over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from editing import AT, begun, tree_of
from sqlalchemy.exc import NoResultFound
from visitor import Visitor, words_of
from world import World

from campaigns.drafting import keeping

Person = Callable[..., Visitor]


@pytest.fixture
def ingrid(world: World, person: Person) -> Visitor:
    return person("46")


def test_a_draft_that_was_put_away_comes_back_with_everything_in_it(world: World, ingrid: Visitor) -> None:
    before = begun(world, ingrid)
    page = ingrid.follow(ingrid.post(f"{AT}/1/away"))
    assert "Put away" in words_of(page)
    page = ingrid.follow(ingrid.post(f"{AT}/1/back"))
    assert "The draft is taken back." in words_of(page)
    assert tree_of(world) == before


def test_a_draft_does_not_come_back_beside_another_of_its_campaign_nor_after_its_time(
    world: World, ingrid: Visitor, person: Person
) -> None:
    begun(world, ingrid)
    ingrid.post(f"{AT}/1/away")
    ingrid.post("/for/46/campaigns/prove/edit")
    refused = ingrid.post(f"{AT}/1/back")
    assert refused.status_code == 409
    assert "The campaign has another draft by now." in words_of(refused)
    ingrid.post(f"{AT}/2/away")
    world.wait(days=keeping.AWAY.days, seconds=1)
    late = person("46")
    assert "Put away" not in words_of(late.get(AT))
    assert late.post(f"{AT}/1/back").status_code == 404


def test_the_list_tells_how_long_nobody_has_written_and_until_when_a_draft_is_kept(
    world: World, ingrid: Visitor, person: Person
) -> None:
    begun(world, ingrid)
    assert "Nobody has written here" not in words_of(ingrid.get(AT))
    world.wait(days=40)
    words = words_of(person("46").get(AT))
    assert "Nobody has written here for 40 days." in words
    assert "Will be deleted on Wednesday 12 January 2028." in words


def test_the_clock_deletes_what_nobody_writes_in_and_what_was_put_away(
    world: World, ingrid: Visitor, person: Person
) -> None:
    begun(world, ingrid)
    ingrid.post(f"{AT}/new")
    ingrid.post(f"{AT}/2/away")
    world.wait(days=keeping.AWAY.days - 1)
    world.clock.sweep()
    assert tree_of(world, 2).parts
    world.wait(days=2)
    world.clock.sweep()
    with pytest.raises(NoResultFound):
        tree_of(world, 2)
    world.wait(days=keeping.KEPT.days - 32)
    world.clock.sweep()
    assert tree_of(world).parts
    world.wait(days=2)
    world.clock.sweep()
    with pytest.raises(NoResultFound):
        tree_of(world)
