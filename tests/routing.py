"""The route table as tests ask it: every route of ours, what it asks for, and an address of it with ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from visitor import Visitor
from world import World

from campaigns import access, organisations
from campaigns.settings import Settings
from campaigns.store import Role, Store
from connectors.secret import Secret
from web.api import ByToken
from web.app import make_web
from web.cookies import form_token
from web.visits import MYSELF, On

ABSENT: Mapping[str, str] = {
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


def fill(path: str, values: Mapping[str, object]) -> str:
    """Return an address with its ids."""
    for name in params(path):
        for form in (f"{{{name}}}", f"{{{name}:int}}"):
            path = path.replace(form, str(values[name]))
    return path


def allowed(role: Role, on: On) -> bool:
    """Return whether the access table lets this role through a route."""
    return any(one in access.TABLE[on.action].get(role, ()) for one in on.relations)


def with_roles(world: World, web: FastAPI, number: str, roles: Iterable[Role] = tuple(Role)) -> Visitor:
    """Return somebody who is this in an organisation, and nothing else; with every role where none is named.

    With all of them no role stands between her and what a test is about.
    """
    roles = list(roles)
    mail = f"{'-'.join(roles)}@{number}.example"
    with world.store.system() as session:
        organisations.add_member(session, number, name="N", mail=mail, roles=roles)
    return Visitor(web, mail)


def token_for(visitor: Visitor, number: str) -> str:
    """Return a form token of this person for an organisation."""
    return form_token(Secret(visitor.cookies["samklang"]), number)


def ask(visitor: Visitor, method: str, where: str, number: str, fields: Mapping[str, object] = {}) -> Any:
    """Ask for an address as a person does who has a page of this organisation open."""
    if method == "GET":
        return visitor.get(where)
    return visitor.post(where, fields, csrf=token_for(visitor, number))
