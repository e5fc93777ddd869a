"""Whom each route lets in: every role in its own organisation, and nobody in another's (threats A1, A3, A13, B10).

Forms are sent here without anything in them, and some of them act all the same (a stop needs no reason): what
the world is like afterwards is therefore nobody's business, and no other test looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from dumping import PEOPLE, dump
from lasting import lasting_world
from routing import ABSENT, allowed, ask, fill, in_organisations, with_roles
from world import World

from campaigns.store import Organisation, OrganisationKind, Role
from web.app import make_web

STOP, DRILL = "/for/{number}/stop", "/for/{number}/drill"
BELOW = "a coordinator stops what lies below, and below a municipality lies nothing"
ALL = "it may stop the county's own accounts, and asks here for the whole county"
REFUSED_BY_RULES = {
    **{("46", role, "POST", DRILL): ALL for role in (Role.editor, Role.approver)},
    **{("4601", Role.coordinator, method, STOP): BELOW for method in ("GET", "POST")},
    ("4601", Role.coordinator, "POST", DRILL): BELOW,
}
"""What a route takes from a role, and the rules behind it refuse as it stands, each with its reason."""


@pytest.mark.parametrize("number", ["46", "4601"])
def test_a_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    world: World, web: Any, number: str
) -> None:
    refused = set()
    for role in Role:
        visitor = with_roles(world, web, number, [role])
        for method, path, on in in_organisations():
            answer = ask(visitor, method, fill(path, {**ABSENT, "number": number}), number)
            if answer.status_code == 403 and allowed(role, on):
                refused.add((number, role, method, path))
            else:
                assert (answer.status_code == 403) == (not allowed(role, on)), (method, path, role)
    assert refused == {one for one in REFUSED_BY_RULES if one[0] == number}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def several(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A county and its municipalities under way, and one of another county; tests here leave no change behind."""
    with lasting_world(request, tmp_path_factory.mktemp("several")) as made:
        made.under_way("4601", "4621")
        with made.store.system() as session:
            session.add(
                Organisation(number="11", kind=OrganisationKind.county, name="Rogaland", form="fylkeskommune")
            )
        yield made


@pytest.mark.parametrize(
    ("role", "number"),
    [
        pytest.param(role, number, marks=() if fast else pytest.mark.slow)
        for number, foremost in (("4621", Role.approver), ("46", Role.admin), ("4636", None), ("11", None))
        for role in Role
        for fast in (role == foremost,)
    ],
)  # fmt: skip
def test_another_organisations_address_is_unknown_and_nothing_changes(
    several: World, role: Role, number: str
) -> None:
    """The neighbour that takes part, the county above, the neighbour that was only invited, and a stranger."""
    web = make_web(several.settings, several.store, now=lambda: several.now)
    visitor = with_roles(several, web, "46" if number == "11" else "4601", [role])
    before = dump(several.store, without=PEOPLE)
    for method, path, _ in in_organisations():
        where = fill(path, {**ABSENT, "number": number, "key": "prove", "message": "ein"})
        assert ask(visitor, method, where, number).status_code == 404, (method, path)
    assert dump(several.store, without=PEOPLE) == before
