"""Named groups of municipalities, for a county: whom a campaign invites by one word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import organisations
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/groups"


def _page(
    visit: Visit, status: int = 200, errors: tuple[Error, ...] = (), typed: Mapping[str, object] | None = None
) -> Response:
    with visit.reading() as session:
        found = organisations.groups(session)
        places = organisations.below(session)
    if typed is None:
        chosen = next((one for one in found if one.key == visit.request.query_params.get("group")), None)
        typed = {"key": chosen.key if chosen else "", "numbers": chosen.numbers if chosen else ()}
    names = {one.number: one.name for one in places}
    return visit.page(
        "admin/groups.html", status, groups=found, places=places, names=names, typed=typed, errors=errors
    )


@router.get(BASE)
def show_groups(visit: Annotated[Visit, Depends(on("group.set"))]) -> Response:
    """Show the groups, one of them to be changed."""
    return _page(visit)


@router.post(BASE)
def set_group(visit: Annotated[Visit, Depends(on("group.set", takes=("key", "place")))]) -> Response:
    """Name a list of municipalities, or change one."""
    key, numbers = visit.form["key"].strip().lower(), visit.form.all("place")
    try:
        with visit.acting() as session:
            organisations.set_group(session, key, numbers, now=visit.now)
    except organisations.GroupRefused as refused:
        errors = tuple(
            Error(name, visit.voice.problem(one.code, one.values)) for name, one in refused.problems.items()
        )
        return _page(visit, 422, errors, {"key": visit.form["key"], "numbers": numbers})
    return visit.go("groups", said="done.group", group=key)


@router.post(f"{BASE}/remove")
def remove_group(visit: Annotated[Visit, Depends(on("group.set", takes=("key",)))]) -> Response:
    """Take a group away."""
    with visit.acting() as session:
        organisations.remove_group(session, visit.form["key"], now=visit.now)
    return visit.go("groups", said="done.group_removed", group=visit.form["key"])
