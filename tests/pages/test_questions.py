"""How many questions a page puts to the store: as many for a large county as for a small one, whatever there is to show."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from everything import WALKERS, edit, texts, use_everything, with_operators
from visitor import Visitor
from world import World

from bench.addresses import NO_PAGES, addresses, pages
from bench.counting import questions
from campaigns import organisations
from campaigns.store import Organisation, OrganisationKind, Role

Person = Callable[..., Visitor]
MOST = 60
"""No page asks more; `python -m bench pages` prints what a county as large as it gets comes to."""


@pytest.fixture
def world(world: World) -> World:
    """The world, and those who walk through it may open the operators' page, too."""
    world.settings = with_operators(world)
    return world


def asked(world: World, person: Person, *numbers: str) -> dict[str, int]:
    """Return how many questions each page asks when it is opened a second time."""
    found = {}
    for number in numbers or WALKERS:
        visitor = person(number)
        for where in list(addresses(world.store, world.actors[number], "prove")):
            visitor.get(where)
            with questions(world.store) as count:
                assert visitor.get(where).status_code == 200, where
            found[number + re.sub(r"/\d+(?=/|$)", "/N", where.replace(f"/for/{number}", ""))] = count.value
    return found


@pytest.mark.parametrize("size", [(8, "mastodon, bluesky, facebook")])
def test_more_messages_and_more_accounts_cost_no_more_questions(
    world: World, person: Person, size: tuple[int, str]
) -> None:
    use_everything(world, 1, "mastodon")
    small = asked(world, person)
    world.connect("4601", ["bluesky", "facebook"])
    world.load(world.definition(*texts(world, *size)))
    for number in ("4601", "4621"):
        world.join(number)
        world.approve(number)
    edit(world)
    large = asked(world, person)
    assert {path: count for path, count in large.items() if count > small.get(path, 0)} == {}
    assert max(large.values()) <= MOST


@pytest.mark.slow
def test_more_municipalities_cost_the_county_no_more_questions(world: World, person: Person) -> None:
    """Three of them, and then twelve, each with an account and everything approved."""
    use_everything(world, 1, "mastodon")
    small = asked(world, person, "46")
    with world.store.system() as session:
        county = organisations.organisation(session, "46")
        more = [Organisation(number=f"46{turn}", kind=OrganisationKind.municipality, name=f"Stad{turn}", parent_id=county.id, form="kommune",
                population=1000, population_year=2026, website=f"https://www.stad{turn}.kommune.no", language_decision="nn", language="nn",
                colour=turn % 5, profile={"own_hosts": [f"stad{turn}.kommune.no"]}) for turn in range(50, 59)]  # fmt: skip
        session.add_all(more)
        session.flush()
        for one in more:
            organisations.add_member(
                session, one.number, name="A", mail=f"adviser@{one.number}.example", roles=list(Role)
            )
            world.places[one.number] = one
    for number in [one.number for one in more]:
        world.actors[number] = world.store.actor(f"adviser@{number}.example", number, how="test")
    world.invite()
    for number in [one.number for one in more]:
        world.connect(number, ["mastodon"])
        world.join(number)
        world.approve(number)
    large = asked(world, person, "46")
    assert len(world.deliveries()) >= 12
    assert {path: count for path, count in large.items() if count > small.get(path, 0)} == {}


def test_the_walk_misses_no_page_but_those_of_things_that_nobody_has_here(world: World) -> None:
    use_everything(world, 1, "mastodon")
    walked = {where for number in WALKERS for where in addresses(world.store, world.actors[number], "prove")}
    missed = {path for path, _ in pages() if not any(_is(path, one.partition("?")[0]) for one in walked)}
    assert missed == set(NO_PAGES)


def _is(path: str, where: str) -> bool:
    return re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", path), where) is not None
