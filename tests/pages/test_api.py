"""The interface for programs: what a token opens, and all that it does not (threats B10, G6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from visitor import Visitor, words_of
from world import World

from campaigns import api_tokens
from campaigns.store import ApiToken, Membership, Role

Person = Callable[..., Visitor]


def token_of(world: World, number: str, *scopes: str, days: int = 30) -> str:
    """Return a token of an organisation."""
    with world.store.scope(world.actors[number]) as session:
        return api_tokens.make(session, "skjerm", scopes or ("read",), days, now=world.now).reveal()


@pytest.fixture
def call(web: Any) -> Callable[..., Any]:
    """Return a function that calls the interface with a token, or without."""

    def ask(path: str, token: str = "", *, method: str = "GET", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return Visitor(web)._ask(method, path, headers=headers, **more)

    return ask


def test_a_program_reads_what_the_pages_show(world: World, call: Any) -> None:
    world.under_way("4601")
    county, bergen = token_of(world, "46"), token_of(world, "4601")
    (own,) = call("/api/for/46/campaigns", county).json()["own"]
    assert (own["key"], own["joined"], own["invited"]) == ("prove", 1, 3)
    assert own["truth"]["all"] == 1
    (mine,) = call("/api/for/4601/campaigns", bergen).json()["invited"]
    assert mine["stages"] == {"approved": 1}
    whole = call("/api/for/46/campaigns/prove", county).json()
    assert {one["name"]: one["stage"] for one in whole["places"]}["Bergen"] == "approved"
    assert call("/api/for/46/week", county).json()[0]["coming"][0]["posts"] == 1


def test_a_program_stops_and_only_a_person_lifts(world: World, call: Any) -> None:
    world.under_way("4601")
    stopping = token_of(world, "4601", "stop")
    assert call("/api/for/4601/stops", stopping, method="POST", json={"reason": "brann"}).status_code == 201
    world.wait(minutes=6)
    world.tick()
    assert world.live() == []
    assert call("/api/for/4601/stops", token_of(world, "4601")).json()[0]["reason"] == "brann"


def test_a_cookie_opens_nothing_here(web: Any, person: Person, world: World) -> None:
    world.load(world.definition(world.message()))
    ingrid = person("46")
    assert ingrid.get("/for/46").status_code == 200
    assert ingrid.get("/api/for/46/campaigns").status_code == 401


def test_a_token_opens_no_page_no_other_organisation_and_nothing_beyond_its_scope(
    world: World, call: Any
) -> None:
    token = token_of(world, "4601", "read")
    assert call("/for/4601", token).status_code == 303
    assert call("/api/for/4621/campaigns", token).status_code == 401
    assert call("/api/for/4601/stops", token, method="POST", json={}).status_code == 401
    assert call("/api/for/4601/campaigns", token_of(world, "4601", "stop")).status_code == 401


def test_a_token_dies_with_its_day_with_being_taken_back_and_with_its_makers_membership(
    world: World, call: Any
) -> None:
    short, taken, hers = (token_of(world, "4601", days=days) for days in (1, 30, 30))
    world.now += timedelta(days=1, seconds=1)
    assert call("/api/for/4601/campaigns", short).status_code == 401
    with world.store.scope(world.actors["4601"]) as session:
        newest = api_tokens.own(session, now=world.now)
        api_tokens.revoke(session, newest[-1].id, now=world.now)
    assert call("/api/for/4601/campaigns", taken).status_code == 401
    assert call("/api/for/4601/campaigns", hers).status_code == 200
    with world.store.system() as session:
        session.query(Membership).where(Membership.organisation_id == world.places["4601"].id).delete()
    assert call("/api/for/4601/campaigns", hers).status_code == 401


def test_a_body_with_more_in_it_is_refused(world: World, call: Any) -> None:
    stopping = token_of(world, "4601", "stop")
    more = {"reason": "", "organisation_id": 1}
    assert call("/api/for/4601/stops", stopping, method="POST", json=more).status_code == 422


def test_a_program_is_told_what_went_wrong_by_a_code_and_in_words(world: World, call: Any) -> None:
    stopping, reading = token_of(world, "4601", "stop"), token_of(world, "4601")
    asked = {
        401: call("/api/for/4601/campaigns", "smk_nonsense"),
        404: call("/api/for/4601/nowhere", reading),
        405: call("/api/for/4601/week", reading, method="DELETE"),
        422: call("/api/for/4601/stops", stopping, method="POST", json={"reason": 1, "x": 2}),
    }
    with world.store.system() as session:
        mine = session.query(Membership).where(Membership.organisation_id == world.places["4601"].id)
        mine.where(Membership.role != Role.admin).delete()
        mine.one().role = Role.reader
    asked[403] = call("/api/for/4601/stops", stopping, method="POST", json={})
    for status, answer in asked.items():
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
        told = answer.json()
        assert set(told) == {"code", "text"}
        assert told["code"] == f"error.{status}"
        assert "fault is ours" not in told["text"]
    assert asked[401].headers["www-authenticate"] == "Bearer"
    assert set(asked[405].headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_campaign_of_somebody_elses_is_unknown_to_a_program_too(world: World, call: Any) -> None:
    world.load(world.definition(world.message()))
    answer = call("/api/for/46/campaigns/nowhere", token_of(world, "46"))
    assert (answer.status_code, answer.json()["code"]) == (404, "error.404")


def test_a_form_without_its_length_is_told_so_and_is_no_fault_of_ours(person: Person) -> None:
    bergen = person("4601")
    answer = bergen._ask(
        "POST",
        "/for/4601/stop",
        content=_streamed(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 411
    assert "We are not told how much is sent" in words_of(answer)


async def _streamed() -> Any:
    yield b"csrf=0"


def test_the_page_shows_a_token_once_and_the_store_has_only_its_digest(world: World, person: Person) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/tokens")
    made = bergen.post("/for/4601/tokens", {"name": "Skjermen", "scope": ["read", "stop"], "days": "90"})
    (token,) = re.findall(r"smk_[\w-]{40,}", made.text)
    assert token not in bergen.get("/for/4601/tokens").text
    with world.store.system(write=False) as session:
        (row,) = session.query(ApiToken).all()
        assert token not in repr(vars(row))
        assert row.scopes == ["read", "stop"]
    page = bergen.follow(bergen.post(f"/for/4601/tokens/{row.id}/revoke"))
    assert "No token holds." in words_of(page)


def test_a_token_that_cannot_be_made_keeps_what_was_typed(person: Person) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/tokens")
    answer = bergen.post("/for/4601/tokens", {"name": " ", "days": "4000", "scope": "read"})
    assert answer.status_code == 422
    assert "Put 2 things right" in words_of(answer)
    assert 'value="4000"' in answer.text
    assert 'value="read" id="scope-read" checked' in answer.text
