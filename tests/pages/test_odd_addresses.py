"""Odd things in addresses and fields: none is a fault of ours, and the way back keeps all of where one was going."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from visitor import Visitor
from world import World

HUGE = "9" * 5000


@pytest.mark.parametrize("where", ["/enter/€", "/enter/a%20b", "/answer/€"])
def test_a_link_that_is_none_of_ours_opens_nothing_and_breaks_nothing(web: Any, where: str) -> None:
    nobody = Visitor(web)
    answer = nobody.get(where)
    assert answer.status_code == 303
    assert nobody.follow(answer).status_code in (200, 410)
    assert set(nobody.cookies) <= {"language", "answerword"}


def test_a_number_beyond_all_measure_is_a_wrong_number(person: Callable[..., Visitor]) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/tokens")
    assert bergen.post("/for/4601/tokens", {"name": "x", "scope": "read", "days": HUGE}).status_code == 422


def test_whoever_has_to_prove_herself_first_comes_back_to_the_account_she_asked_for(
    world: World, person: Callable[..., Visitor]
) -> None:
    (account,) = world.connect("4601", ["mastodon"])
    bergen = person("4601")
    where = f"/for/4601/accounts/connect/mastodon?account={account}"
    assert bergen.get(where).status_code == 200
    world.now += timedelta(minutes=20)
    led = bergen.get(where)
    assert led.status_code == 303
    assert parse_qs(urlsplit(led.headers["location"]).query)["next"] == [where]
