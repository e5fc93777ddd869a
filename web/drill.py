"""Rehearsals of the emergency stop: the seconds until each municipality would be silent. Stops nothing."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import drills
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/drill"


@router.get(BASE)
def show_drills(visit: Annotated[Visit, Depends(on("drill.run", "own", "parent"))]) -> Response:
    """Show the rehearsals so far."""
    with visit.reading() as session:
        found = drills.own(session)
    may_rehearse = drills.level(visit.actor) is not None
    return visit.page("admin/drills.html", drills=found, may_rehearse=may_rehearse)


@router.post(BASE)
def rehearse(visit: Annotated[Visit, Depends(on("drill.run", "own", "parent"))]) -> Response:
    """Rehearse a stop of everything that the organisation may stop."""
    made = drills.rehearse(visit.website.store, visit.actor, now=visit.now, seconds=time.monotonic)
    return visit.go(f"drill/{made}")


@router.get(f"{BASE}/{{drill:int}}")
def show_drill(visit: Annotated[Visit, Depends(on("drill.run", "own", "parent"))], drill: int) -> Response:
    """Show what one rehearsal came to."""
    with visit.reading() as session:
        found = drills.drill(session, drill)
    return visit.page("admin/drill.html", drill=found, wanted=drills.WANTED)
