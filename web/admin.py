"""The page from which everything about an organisation itself is reached."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from web import onboarding
from web.instance import is_operator
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/admin")
def show_admin(visit: Annotated[Visit, Depends(on("home.read"))]) -> Response:
    """Show the areas that this person may open, and what is left of the beginning."""
    return visit.page("admin/admin.html", left=onboarding.left(visit), operator=is_operator(visit))
