"""Every page behind the login in a real browser: for everybody, at every width, at 200 % and in each language.

Which pages there are comes from the route table (`bench/addresses.py`), so a new page is looked at from its first day.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from everything import WALKERS, use_everything, with_operators
from looking import DESK, Open, fine, sideways
from playwright.sync_api import Page
from world import World

from bench.addresses import addresses

OPEN = ("/login", "/status", "/accessibility", "/privacy", "/public/46/prove", "/feed/4601")
WIDTHS = (1280, 390, 320)
DOUBLED = {"width": 640, "height": 450}
"""What is left of a desktop's window at 200 %."""
NARROW = {"width": 320, "height": 900}


@pytest.fixture
def address(world: World, serve) -> str:
    """The pages of a world in which everything was used once."""
    use_everything(world, 2, "mastodon, instagram")
    return serve(world.store, lambda: world.now, with_operators(world))


def walk(world: World, page: Page, number: str, language: str) -> Iterator[str]:
    """Open every page that somebody in this organisation may open, and yield its address while it stands there."""
    paths = list(addresses(world.store, world.actors[number], "prove"))
    if number == WALKERS[-1]:
        paths = [one for one in paths if "/hand/" in one]  # the others' pages are walked by them
    assert paths
    for path in (*paths, *OPEN):
        answer = page.goto(path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        assert page.locator("html").get_attribute("lang") == language, path
        assert page.locator("h1").count() == 1, path
        yield path


@pytest.mark.parametrize("number", WALKERS)
def test_every_page_is_for_everybody_at_every_width(world: World, open_as: Open, number: str) -> None:
    page = open_as(number, language="nn")
    for path in walk(world, page, number, "nn"):
        for width in WIDTHS:
            page.set_viewport_size({**DESK, "width": width})
            fine(page)
        page.set_viewport_size(DOUBLED)
        assert (path, sideways(page)) == (path, [])
        page.set_viewport_size(DESK)


@pytest.mark.parametrize(("number", "language"), [("46", "en"), ("4601", "nb")])
def test_every_page_fits_a_narrow_screen_in_the_other_languages(
    world: World, open_as: Open, number: str, language: str
) -> None:
    page = open_as(number, language=language, size=NARROW)
    for path in walk(world, page, number, language):
        assert (path, sideways(page)) == (path, [])
