"""The first pages behind the login, as a county and a municipality see them: for everybody, at every width."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looking import axe, sideways
from playwright.sync_api import Page
from world import World

from bench.pictures import enter

PAGES = {
    "county": (
        "Vestland",
        ("/for/46", "/for/46/campaigns", "/for/46/campaigns/prove", "/for/46/stop", "/me"),
    ),
    "municipality": ("Bergen", ("/for/4601", "/for/4601/campaigns/prove", "/for/4601/stop")),
}


@pytest.fixture
def product(world: World, serve: Callable) -> str:
    """The address of a product in which a campaign with a picture is under way, and one chooses who to be."""
    world.under_way("4601", "4621", to="mastodon, instagram")
    return serve(world.store, lambda: world.now, world.settings.model_copy(update={"demo_login": True}))


@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_for_everybody(page: Page, product: str, who: str) -> None:
    place, paths = PAGES[who]
    enter(page, product, place)
    for path in paths:
        answer = page.goto(product + path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        assert (path, axe(page)) == (path, [])
        assert (path, sideways(page)) == (path, [])


def test_the_login_is_for_everybody(page: Page, product: str) -> None:
    page.goto(f"{product}/login")
    assert axe(page) == []
    assert sideways(page) == []
