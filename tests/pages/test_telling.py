"""A person chooses what she is told: only what concerns her, only for herself, and never to overhear a stop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
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


def test_a_chat_is_typed_as_fields_and_never_shown_again(
    world: World, person: Callable[..., Visitor]
) -> None:
    adviser = person("4601")
    world.settings.notice_hosts = "ntfy.fylke.example"
    secret = "tk_" + "a" * 29
    page = adviser.get("/me/notices/channel?kind=ntfy")
    assert 'name="login.topic"' in page.text
    typed = {
        "kind": "ntfy",
        "login.host": "ntfy.fylke.example",
        "login.topic": "bergen",
        "login.token": secret,
    }
    done = adviser.follow(adviser.post("/me/notices/channel", typed))
    assert "You are told in ntfy (ntfy.fylke.example)." in words_of(done)
    assert secret not in done.text
    again = adviser.follow(adviser.post("/me/notices/channel/drop"))
    assert "The channel is forgotten." in words_of(again)
    assert "You are told in" not in words_of(again)


def test_what_could_lead_elsewhere_is_told_with_its_field_and_not_echoed(
    world: World, person: Callable[..., Visitor]
) -> None:
    adviser = person("4601")
    adviser.get("/me/notices/channel?kind=ntfy")
    typed = {"kind": "ntfy", "login.host": "evil.example", "login.topic": "x?attach=file:///etc/passwd"}
    refused = adviser.post("/me/notices/channel", typed)
    assert refused.status_code == 422
    assert 'href="#login-host"' in refused.text
    assert 'href="#login-topic"' in refused.text
    assert "passwd" not in refused.text
    assert "evil.example" not in refused.text
    assert adviser.post("/me/notices/channel", {"kind": "mailto://x"}).status_code == 422


@pytest.mark.parametrize("ended", ["session", "form"])
def test_what_lets_us_into_a_chat_is_in_no_page_that_keeps_what_was_typed(
    world: World, person: Callable[..., Visitor], ended: str
) -> None:
    adviser = person("4601")
    adviser.get("/me/notices/channel?kind=slack")
    typed = {
        "kind": "slack",
        "login.first": "T12345678",
        "login.second": "B12345678",
        "login.third": "x" * 24,
    }
    if ended == "session":
        del adviser.cookies["samklang"]
    again = adviser.post("/me/notices/channel", typed, csrf="0" * 64)
    assert again.status_code in (401, 403)
    assert 'name="kind" value="slack"' in again.text
    assert not any(secret in again.text for secret in ("T12345678", "B12345678", "x" * 24))
