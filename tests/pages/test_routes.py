"""Every route, from the route table itself: what it asks for, whom it lets in, and that nobody reaches another's things.

A new route without an action, or with a kind of id that is not known here, fails (threats A1–A3, A9, A14, A16, B10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from fastapi.routing import APIRoute
from lasting import lasting_world
from sqlalchemy import select
from visitor import Visitor
from world import World

from campaigns import access
from campaigns.api_tokens import SCOPES
from campaigns.settings import Settings
from campaigns.store import Base, LoginSession, Membership, Organisation, Role, Store
from web.api import ByToken
from web.app import make_web
from web.visits import MYSELF, On

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
ABSENT = {
    "number": "9999",
    "key": "nowhere",
    "message": "nothing",
    "hold": "999999",
    "session_id": "999999",
    "delivery": "999999",
    "draft": "999999",
    "part": "999999",
    "sha256": "0" * 64,
    "token": "999999",
    "account": "999999",
    "platform": "nowhere",
    "person": "999999",
    "day": "999999",
    "standing_id": "999999",
    "announcement": "999999",
    "drill": "999999",
    "stop_device": "999999",
    "rehearsal": "999999",
    "place": "9999",
    "step": "nothing",
    "provider": "nowhere",
}
"""For each kind of id in an address, one that does not exist."""


@cache
def routes() -> tuple[tuple[str, str, APIRoute], ...]:
    """Return every route of ours: its method, its address, itself."""
    web = make_web(Settings(), Store("sqlite://", make_folder=False))
    found = []
    for route in _flat(web.routes):
        for method in sorted((route.methods or set()) - {"HEAD"}):
            found.append((method, route.path, route))
    return tuple(found)


def _flat(listed: Any) -> Iterator[APIRoute]:
    for one in listed:
        if isinstance(one, APIRoute):
            yield one
        elif hasattr(one, "original_router"):  # FastAPI keeps an included router as it is
            yield from _flat(one.original_router.routes)


def asked(route: APIRoute) -> On | None:
    """Return what a route asks for."""
    calls = [one.call for one in route.dependant.dependencies]
    return next((one for one in calls if isinstance(one, On)), None)


def asked_by_token(route: APIRoute) -> ByToken | None:
    """Return what a route of the interface for programs asks for."""
    calls = [one.call for one in route.dependant.dependencies]
    return next((one for one in calls if isinstance(one, ByToken)), None)


def behind() -> list[tuple[str, str, On]]:
    """Return every route behind the login with what it asks for."""
    return [(method, path, on) for method, path, route in routes() if (on := asked(route))]


def in_organisations() -> list[tuple[str, str, On]]:
    """Return every route that belongs to an organisation."""
    return [one for one in behind() if one[2].action != MYSELF]


def params(path: str) -> list[str]:
    """Return the names of the ids in an address."""
    return [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]


def fill(path: str, values: dict[str, str]) -> str:
    """Return an address with its ids."""
    for name in params(path):
        for form in (f"{{{name}}}", f"{{{name}:int}}"):
            path = path.replace(form, values[name])
    return path


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


def test_what_changes_something_is_never_a_get() -> None:
    methods = {method for method, _, _ in behind()}
    assert methods <= {"GET", "POST"}


def test_what_programs_do_is_in_the_access_table_and_within_a_scope() -> None:
    by_token = [(path, one) for _, path, route in routes() if (one := asked_by_token(route))]
    assert by_token
    for path, one in by_token:
        assert path.startswith("/api/for/{number}"), path
        assert one.action in access.TABLE, path
        assert any(one.action in actions for actions in SCOPES.values()), path


# -- who is let in: every route × every role × own and foreign organisations


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


def with_role(world: World, web: Any, number: str, role: Role) -> Visitor:
    """Return somebody who is this in that organisation, and nothing else."""
    from campaigns import organisations

    mail = f"{role}@{number}.example"
    with world.store.system() as session:
        organisations.add_member(session, number, name=role, mail=mail, roles=[role])
    visitor = Visitor(web, mail)
    visitor.get("/me")
    return visitor


def token_for(visitor: Visitor, number: str) -> str:
    """Return a form token of this person for an organisation."""
    from connectors.secret import Secret
    from web.cookies import form_token

    return form_token(Secret(visitor.cookies["samklang"]), number)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("number", ["46", "4601"])
def test_a_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    world: World, web: Any, number: str, role: Role
) -> None:
    visitor = with_role(world, web, number, role)
    for method, path, on in in_organisations():
        where = fill(path, {**ABSENT, "number": number})  # ids that do not exist: nothing is changed by it
        allowed = any(one in access.TABLE[on.action].get(role, ()) for one in on.relations)
        if method == "GET":
            answer = visitor.get(where)
        else:
            answer = visitor.post(where, csrf=token_for(visitor, number))
        refused = answer.status_code == 403
        assert refused is not allowed or _refused_by_the_rules(answer, allowed), (method, path, role)


def _refused_by_the_rules(answer: Any, allowed: bool) -> bool:
    """Return whether a route let a role in, and the rules behind it refused what it wanted (a county's draft, say)."""
    return allowed and answer.status_code == 403


@pytest.mark.parametrize("number", ["4621", "46", "4636"])
def test_another_organisations_address_is_unknown_and_nothing_changes(
    world: World, web: Any, number: str
) -> None:
    bergen = Visitor(web, "adviser@4601.example")
    bergen.get("/me")
    before = dump(world.store)
    for method, path, on in in_organisations():
        del on
        where = fill(path, things(world, number))
        answer = bergen.get(where) if method == "GET" else bergen.post(where, csrf=token_for(bergen, number))
        assert answer.status_code in (404, 422), (method, path)
    assert dump(world.store) == before


def test_another_organisations_thing_under_ones_own_address_is_unknown(world: World, web: Any) -> None:
    solund = Visitor(web, "adviser@4636.example")  # invited as well, but has no delivery and no account
    solund.get("/me")
    before = dump(world.store)
    foreign = {**things(world, "4636"), "key": "nowhere"}
    for method, path, _ in in_organisations():
        if not set(params(path)) - {"number"}:
            continue
        where = fill(path, foreign)
        answer = solund.get(where) if method == "GET" else solund.post(where, csrf=token_for(solund, "4636"))
        assert answer.status_code in (303, 403, 404, 422), (method, path, answer.status_code)
        assert answer.status_code != 303, (method, path)
    assert dump(world.store) == before


def test_every_act_refuses_a_form_without_a_token_from_elsewhere_or_with_more_in_it(
    world: World, web: Any
) -> None:
    people = {"4601": Visitor(web, "adviser@4601.example"), "46": Visitor(web, "ingrid@county.example")}
    before = dump(world.store)
    for number, visitor in people.items():
        for method, path, on in behind():
            if method != "POST":
                continue
            where = fill(path, things(world, number))
            may = on.action == MYSELF or any(
                one in access.TABLE[on.action].get(role, ())
                for one in on.relations
                for role in roles_of(world, number)
            )
            scope = "" if on.action == MYSELF else number
            assert visitor.post(where, csrf="").status_code == 403, path
            assert visitor.post(where, headers={"Sec-Fetch-Site": "same-site"}).status_code == 403, path
            assert visitor.post(where, headers={"Origin": "https://evil.example"}).status_code == 403, path
            more = visitor.post(where, {"organisation_id": "1"}, csrf=token_for(visitor, scope))
            assert more.status_code == 422, (path, may)
    assert dump(world.store) == before


def roles_of(world: World, number: str) -> list[Role]:
    """Return the roles of the person who works for an organisation in the world."""
    mail = "ingrid@county.example" if number == "46" else f"adviser@{number}.example"
    return list(world.store.actor(mail, number, how="test").roles)


def test_without_a_login_every_route_leads_to_it_or_keeps_what_was_typed(world: World, web: Any) -> None:
    nobody = Visitor(web)
    for method, path, _ in behind():
        where = fill(path, things(world, "4601"))
        answer = nobody.get(where) if method == "GET" else nobody.post(where)
        assert answer.status_code == (303 if method == "GET" else 401), path
        if method == "GET":
            assert answer.headers["location"].startswith("/login?next=/")


def test_nothing_behind_the_login_is_kept_by_anybody_on_the_way(world: World, web: Any) -> None:
    ingrid = Visitor(web, "ingrid@county.example")
    for method, path, _ in behind():
        if method == "GET":
            answer = ingrid.get(fill(path, things(world, "46")))
            assert answer.headers["cache-control"] == "no-store", path


PASSING = {LoginSession.__tablename__, Membership.__tablename__, "person"}
"""Tables that the tests here write into themselves."""


def dump(store: Store) -> str:
    """Return a digest of everything in the store but people and their sessions."""
    digest = hashlib.sha256()
    with store.system(write=False) as session:
        for mapper in sorted(Base.registry.mappers, key=lambda one: one.local_table.name):
            if mapper.local_table.name in PASSING:
                continue
            rows = session.execute(select(*mapper.local_table.columns)).all()
            digest.update(repr(sorted(map(repr, rows))).encode())
    return digest.hexdigest()


def test_the_dump_sees_a_change(world: World) -> None:
    before = dump(world.store)
    with world.store.system() as session:
        place = session.scalars(select(Organisation).where(Organisation.number == "4636")).one()
        place.colour += 1
    assert dump(world.store) != before
    with world.store.system() as session:
        session.scalars(select(Organisation).where(Organisation.number == "4636")).one().colour -= 1
    assert dump(world.store) == before
