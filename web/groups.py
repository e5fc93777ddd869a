"""Named groups of municipalities, for a county: whom a campaign invites by one word."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import organisations
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/groups"
KEY = re.compile(r"[a-zæøå][a-zæøå0-9-]{0,79}")


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
    errors = []
    if not KEY.fullmatch(key):
        errors.append(Error("key", visit.say("group.key")))
    if not numbers:
        errors.append(Error("place", visit.say("group.nobody")))
    if errors:
        return _page(visit, 422, tuple(errors), {"key": visit.form["key"], "numbers": numbers})
    with visit.acting() as session:
        if not set(numbers) <= {one.number for one in organisations.below(session)}:
            raise HTTPException(404)
        organisations.set_group(session, key, numbers, now=visit.now)
    return visit.go("groups", said="done.group", group=key)


@router.post(f"{BASE}/remove")
def remove_group(visit: Annotated[Visit, Depends(on("group.set", takes=("key",)))]) -> Response:
    """Take a group away."""
    with visit.acting() as session:
        organisations.remove_group(session, visit.form["key"], now=visit.now)
    return visit.go("groups", said="done.group_removed", group=visit.form["key"])
