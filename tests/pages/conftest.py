"""What the tests of pages behind the login share: the pages on a world of three municipalities, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from visitor import Visitor
from world import World

from web.app import make_web

COUNTY = "ingrid@county.example"


@pytest.fixture
def web(world: World) -> Iterator[FastAPI]:
    """The pages, in the world's time; what they began on the stand-ins ends with the test."""
    made = make_web(world.settings, world.store, now=lambda: world.now)
    yield made
    if "desk" in vars(made):
        made.desk.close()  # type: ignore[attr-defined]


@pytest.fixture
def person(web: FastAPI) -> Callable[..., Visitor]:
    """Return a function that gives the browser of somebody who works for this organisation."""

    def browser(number: str, *, language: str = "en") -> Visitor:
        mail = COUNTY if number == "46" else f"adviser@{number}.example"
        return Visitor(web, mail, language=language)

    return browser
