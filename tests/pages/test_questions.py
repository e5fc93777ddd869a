"""How many questions a page puts to the store: as many for a large county as for a small one, whatever there is to show."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from counting import questions
from visitor import Visitor
from world import World

Person = Callable[..., Visitor]
MOST = 60
"""No page asks more; the figures of each are in docs/performance.md."""
PAGES = (
    ("46", "/for/46"),
    ("46", "/for/46/campaigns"),
    ("46", "/for/46/campaigns/prove"),
    ("46", "/for/46/stop"),
    ("4601", "/for/4601"),
    ("4601", "/for/4601/campaigns"),
    ("4601", "/for/4601/campaigns/prove"),
    ("4601", "/for/4601/campaigns/prove/messages/m0"),
    ("4601", "/for/4601/stop"),
    ("46", "/for/46/calendar?month=2027-01"),
    ("46", "/for/46/deliveries?state=waiting"),
    ("46", "/for/46/deliveries?state=held"),
    ("46", "/for/46/campaigns/prove/report"),
    ("4601", "/for/4601/calendar?month=2027-01"),
    ("4601", "/for/4601/calendar/prove/m0"),
    ("4601", "/for/4601/deliveries?state=waiting"),
    ("4601", "/for/4601/deliveries?state=stranded"),
    ("4601", "/for/4601/hand"),
    ("4601", "/for/4601/results"),
    ("4601", "/for/4601/campaigns/prove/report"),
    ("4601", "/for/4601/accounts"),
    ("4601", "/for/4601/members"),
    ("4601", "/for/4601/standing"),
    ("4601", "/for/4601/audit"),
    ("4601", "/for/4601/onboarding"),
    ("46", "/for/46/groups"),
    ("46", "/for/46/drill"),
)


def fill(world: World, messages: int, platforms: str) -> None:
    """Have two municipalities under way with so many messages."""
    texts = [world.message(f"m{turn}", to=platforms, at=f"{10 + turn}:05") for turn in range(messages)]
    world.under_way("4601", "4621", to=platforms, messages=texts)
    world.join("4636")


def asked(world: World, person: Person) -> dict[str, int]:
    """Return how many questions each page asks when it is opened a second time."""
    found = {}
    for number, path in PAGES:
        visitor = person(number)
        visitor.get(path)
        with questions(world.store) as count:
            assert visitor.get(path).status_code == 200, path
        found[path] = count.value
    return found


@pytest.mark.parametrize("size", [(8, "mastodon, bluesky, facebook")])
def test_more_messages_and_more_accounts_cost_no_more_questions(
    world: World, person: Person, size: tuple[int, str]
) -> None:
    fill(world, 1, "mastodon")
    small = asked(world, person)
    world.connect("4601", ["bluesky", "facebook"])
    texts = [world.message(f"m{turn}", to=size[1], at=f"{10 + turn}:05") for turn in range(size[0])]
    world.load(world.definition(*texts))
    for number in ("4601", "4621"):
        world.join(number)
        world.approve(number)
    large = asked(world, person)
    assert {path: count for path, count in large.items() if count > small[path]} == {}
    assert max(large.values()) <= MOST
