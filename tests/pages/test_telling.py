"""A person chooses what she is told: only what concerns her, only for herself, and never to overhear a stop."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from visitor import Visitor, words_of
from world import World

from campaigns.store import NoticeChoice


def stored(world: World) -> dict[tuple[int, str], str]:
    with world.store.system(write=False) as session:
        return {(one.person_id, one.kind): one.chosen for one in session.scalars(select(NoticeChoice))}


def test_a_choice_is_kept_and_can_be_taken_back(world: World, person: Callable[..., Visitor]) -> None:
    adviser = person("4601")
    page = adviser.get("/me/notices")
    assert "Invitations to campaigns" in words_of(page)
    assert "That something did not go out in a municipality" not in words_of(page)
    done = adviser.follow(adviser.post("/me/notices", {"kind.invitation": "at_once", "kind.missed": ""}))
    assert "Your choices are saved." in words_of(done)
    mine = world.actors["4601"].person_id
    assert stored(world) == {(mine, "invitation"): "at_once"}
    adviser.post("/me/notices", {"kind.invitation": ""})
    assert stored(world) == {}


def test_a_stop_is_always_told_at_once_to_whoever_may_lift_it(
    world: World, person: Callable[..., Visitor]
) -> None:
    adviser = person("4601")
    page = adviser.get("/me/notices")
    assert 'name="kind.stop"' not in page.text
    assert "cannot be switched off" in words_of(page)
    assert adviser.post("/me/notices", {"kind.stop": "off"}).status_code == 422
    assert adviser.post("/me/notices", {"kind.nonsense": "off"}).status_code == 422
    assert adviser.post("/me/notices", {"person": "1"}).status_code == 422
    assert stored(world) == {}


def test_a_form_of_another_session_changes_nothing(world: World, person: Callable[..., Visitor]) -> None:
    adviser = person("4601")
    adviser.get("/me/notices")
    assert adviser.post("/me/notices", {"kind.invitation": "off"}, csrf="0" * 64).status_code != 303
    assert stored(world) == {}
