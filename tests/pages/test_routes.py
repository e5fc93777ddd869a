"""Every route, from the route table itself: what it asks for, and what it refuses of whoever asks wrongly.

A new route without an action, or with a kind of id that is not known here, fails (threats A9, A14, A16, B10). Whom a
route lets in, and whose things it shows, is in `test_route_roles` and `test_foreign_things`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from dumping import PEOPLE, dump
from lasting import lasting_world
from routing import (
    ABSENT,
    asked,
    asked_by_token,
    behind,
    fill,
    in_organisations,
    params,
    routes,
    token_for,
    with_roles,
)
from sqlalchemy import select
from visitor import Visitor, words_of
from world import World

from campaigns import access, sessions
from campaigns.api_tokens import SCOPES
from campaigns.store import Organisation, Person
from web.app import make_web
from web.visits import MYSELF

OPEN = {
    "/": "leads to the login or to one's organisation",
    "/login": "the way in",
    "/login/code": "between the password and the session",
    "/login/forgotten": "for whoever has no way in",
    "/login/with/{provider}": "the way to an identity provider",
    "/login/with/{provider}/back": "the way back, for the browser that set out",
    "/enter/with/{provider}": "the way to a provider whose login accepts an invitation",
    "/login/first": "for whoever has no way in yet",
    "/answer": "an invitation, for whoever has its link",
    "/answer/{token}": "a link, of which nobody can guess the end",
    "/enter": "for whoever has a link",
    "/enter/{token}": "a link, of which nobody can guess the end",
    "/login/person": "the demo's way in, which is nowhere else",
    "/stop": "a button for whoever has made this browser a device that may stop",
    "/status": "the instance's own page, without names unless it is the demo",
    "/status.json": "the same for machines",
    "/health": "whether all is well",
    "/m/{token}.jpg": "a picture for its platform, under an address nobody can guess",
    "/feed/{number}": "what is out",
    "/feed/{number}/{campaign}": "what is out",
    "/feed-picture/{number}/{sha256}.jpg": "a picture of what is out",
    "/platform/{name}.svg": "a platform's sign",
    "/accounts/back": "where platforms send people back to; leads on, or tells that nothing is under way",
    "/accessibility": "the accessibility statement",
    "/privacy": "what is kept about people",
    "/public/{number}/{campaign}": "what is out in a campaign",
    "/static/{where:path}": "style sheets, scripts and letters",
}
"""Routes that ask for no login, each with its reason."""


# -- what stands in the table


def test_every_route_asks_for_something_or_is_open_for_a_reason() -> None:
    unasked = {path for _, path, route in routes() if not asked(route) and not asked_by_token(route)}
    assert unasked == set(OPEN)


def test_every_action_is_in_the_access_table_and_reaches_somebody() -> None:
    for _, path, on in in_organisations():
        assert on.action in access.TABLE, path
        reached = {one for relations in access.TABLE[on.action].values() for one in relations}
        assert reached & set(on.relations), path


def test_every_route_of_an_organisation_names_it_in_its_address() -> None:
    assert [path for _, path, _ in in_organisations() if not path.startswith("/for/{number}")] == []
    assert [path for _, path, on in behind() if on.action == MYSELF and "{number}" in path] == []


def test_every_kind_of_id_has_one_that_does_not_exist() -> None:
    assert {name for _, path, _ in behind() for name in params(path)} <= set(ABSENT)


def test_what_programs_do_is_in_the_access_table_and_within_a_scope() -> None:
    by_token = [(path, one) for _, path, route in routes() if (one := asked_by_token(route))]
    assert by_token
    for path, one in by_token:
        assert path.startswith("/api/for/{number}"), path
        assert one.action in access.TABLE, path
        assert any(one.action in actions for actions in SCOPES.values()), path


# -- who asks wrongly


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two municipalities under way, one that was invited and did nothing; tests here leave no change behind."""
    with lasting_world(request, tmp_path_factory.mktemp("routes")) as made:
        made.under_way("4601", "4621")
        yield made


@pytest.fixture(scope="module")
def web(world: World):
    return make_web(world.settings, world.store, now=lambda: world.now)


def things(world: World, number: str) -> dict[str, str]:
    """Return an id of each kind, of this organisation's own things."""
    return {**ABSENT, "number": number, "key": "prove", "message": "ein"}


def test_every_act_refuses_a_form_without_a_token_from_elsewhere_or_with_more_in_it(
    world: World, web: Any
) -> None:
    visitor = with_roles(world, web, "4601")  # whom no role keeps out, so that it is the form that is refused
    before = dump(world.store, without=PEOPLE)
    for method, path, on in behind():
        if method != "POST":
            continue
        where = fill(path, things(world, "4601"))
        scope = "" if on.action == MYSELF else "4601"
        token = token_for(visitor, scope)
        assert visitor.post(where, csrf="").status_code == 403, path
        assert visitor.post(where, csrf=token, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403, (
            path
        )
        assert (
            visitor.post(where, csrf=token, headers={"Origin": "https://evil.example"}).status_code == 403
        ), path
        assert visitor.post(where, {"organisation_id": "1"}, csrf=token).status_code == 422, path
    assert dump(world.store, without=PEOPLE) == before


def test_without_a_login_every_route_leads_to_it_or_keeps_what_was_typed(world: World, web: Any) -> None:
    nobody = Visitor(web)
    for method, path, _ in behind():
        where = fill(path, things(world, "4601"))
        answer = nobody.get(where) if method == "GET" else nobody.post(where)
        assert answer.status_code == (303 if method == "GET" else 401), path
        if method == "GET":
            assert answer.headers["location"].startswith("/login?next=/")


def test_b21_with_an_old_second_factor_no_act_that_asks_for_a_fresh_one_is_taken(
    world: World, web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password that was phished this morning gives, appoints, connects and lifts nothing."""
    visitor = with_roles(world, web, "4601")
    monkeypatch.setattr(world, "now", world.now + timedelta(minutes=16))
    before, tried = dump(world.store, without=PEOPLE), set()
    for method, path, on in in_organisations():
        if method == "POST" and on.action in access.SECOND_FACTOR:
            answer = visitor.post(fill(path, things(world, "4601")), csrf=token_for(visitor, "4601"))
            assert answer.status_code == 403, path
            assert "Confirm that it is you" in words_of(answer), path
            tried.add(on.action)
    assert tried == access.SECOND_FACTOR
    assert dump(world.store, without=PEOPLE) == before


def test_nothing_behind_the_login_is_kept_by_anybody_on_the_way(world: World, web: Any) -> None:
    ingrid = Visitor(web, "ingrid@county.example")
    for method, path, _ in behind():
        if method == "GET":
            answer = ingrid.get(fill(path, things(world, "46")))
            assert answer.headers["cache-control"] == "no-store", path


WITH_PASSWORD_ALONE = {
    ("GET", "/me/codes"),
    ("POST", "/me/codes"),
    ("POST", "/me/codes/confirm"),
    ("POST", "/logout"),
    ("GET", "/for/{number}/stop"),
    ("POST", "/for/{number}/stop"),
}
"""What a password alone opens while no one-time codes are set up."""


def test_a_password_alone_opens_setting_up_codes_leaving_and_stopping_and_no_other_route(
    world: World, web: Any
) -> None:
    visitor = Visitor(web)
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == "adviser@4601.example").one()
        token = sessions.begin(session, person, how=sessions.NO_FACTOR, device="", now=world.now)
    visitor.cookies["samklang"] = token.reveal()
    assert {(method, path) for method, path, on in behind() if on.with_password_alone} == WITH_PASSWORD_ALONE
    before = dump(world.store, without=PEOPLE)
    for method, path, on in behind():
        if (method, path) in WITH_PASSWORD_ALONE:
            continue
        where = fill(path, things(world, "4601"))
        scope = "" if on.action == MYSELF else "4601"
        answer = (
            visitor.get(where) if method == "GET" else visitor.post(where, csrf=token_for(visitor, scope))
        )
        assert answer.status_code == (303 if method == "GET" else 403), (method, path)
        led = answer.headers["location"] if method == "GET" else answer.text
        assert "/me/codes?next=/" in led, (method, path)
    assert dump(world.store, without=PEOPLE) == before


def test_the_dump_sees_a_change(world: World) -> None:
    before = dump(world.store, without=PEOPLE)
    with world.store.system() as session:
        place = session.scalars(select(Organisation).where(Organisation.number == "4636")).one()
        place.colour += 1
    assert dump(world.store, without=PEOPLE) != before
    with world.store.system() as session:
        session.scalars(select(Organisation).where(Organisation.number == "4636")).one().colour -= 1
    assert dump(world.store, without=PEOPLE) == before
