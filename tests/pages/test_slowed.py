"""Who is slowed when passwords are guessed, and what never waits for it (threats B11, B18, E9, G9)."""

from __future__ import annotations

from typing import Any

import pytest
from entering import ADVISER, person_id
from visitor import Visitor
from world import World

from campaigns import credentials, entrance, tries
from campaigns.entrance import Door
from campaigns.store import FailedTries, Identity, Letter, Person
from web.app import make_web


def guess(web: Any, mail: str, **headers: str) -> str:
    typed = {"mail": mail, "password": "not her password", "next": "/"}
    return Visitor(web).post("/login", typed, csrf="", headers=headers).text


def test_g9_whom_a_stranger_claims_to_speak_for_does_not_count(world: World, web: Any) -> None:
    for turn in range(6):
        last = guess(web, f"x{turn}@x.example", **{"X-Forwarded-For": f"198.51.100.{turn}"})
    assert "too many tries" in last


def test_g9_behind_a_named_proxy_each_network_counts_for_itself(world: World, web: Any) -> None:
    world.settings.proxies = "127.0.0.1, 10.0.0.1"
    for turn in range(6):
        named = f"203.0.113.9, 198.51.100.{turn}, 10.0.0.1"
        assert "too many tries" not in guess(web, f"x{turn}@x.example", **{"X-Forwarded-For": named})


def test_behind_a_proxy_that_nobody_named_accounts_alone_are_slowed(world: World) -> None:
    settings = world.settings.model_copy(update={"public_url": "https://samklang.example"})
    web = make_web(settings, world.store, now=lambda: world.now)
    for turn in range(7):
        assert "too many tries" not in guess(web, f"x{turn}@x.example")


def test_e9_while_a_password_is_compared_somebody_else_can_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def slow(self: credentials.Asked, password: str) -> bool:
        with world.store.system() as session:  # waits half a minute, and fails, where another write is open
            session.get_one(Person, person_id(world)).name = "Marta"
        written.append(password)
        return False

    monkeypatch.setattr(credentials.Asked, "fits", slow)
    door = Door(world.store, world.desk.vault, world.now)
    assert entrance.knock(door, ADVISER, "x", entrance.Browser("192.0.2.1", "")) is None
    assert written == ["x"]


def test_b11_a_try_is_counted_before_it_is_looked_at_and_given_back_when_it_was_right(world: World) -> None:
    about = ("account:a", "from:b")
    for _ in range(3):
        with world.store.system() as session:
            tries.begin(session, about, now=world.now)
    with world.store.system() as session:
        tries.went_well(session, about)
        assert {one.about: one.number for one in session.query(FailedTries)} == {"from:b": 2}


def test_b18_a_mailbox_is_no_way_round_a_providers_second_factor(world: World) -> None:
    who = person_id(world)
    with world.store.system() as session:
        session.add(Identity(person_id=who, provider="idp", issuer="i", subject="s", linked_at=world.now))
    entrance.forgot(
        Door(world.store, world.desk.vault, world.now), ADVISER, entrance.Browser("192.0.2.1", "")
    )
    with world.store.system(write=False) as session:
        assert session.query(Letter).all() == []
