"""The beginning of an organisation: what is done, what is left, and where each is seen to. Kept nowhere, so it goes on."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import profiles
from reports import onboarding
from reports.onboarding import Step
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/onboarding"


def left(visit: Visit) -> tuple[Step, ...]:
    """Return the steps that are left, for whoever could see to them."""
    if not (visit.may("profile.change") or visit.may("group.set")):
        return ()
    with visit.reading() as session:
        return tuple(one for one in onboarding.steps(session, now=visit.now) if not one.done)


@router.get(BASE)
def show_steps(visit: Annotated[Visit, Depends(on("home.read"))]) -> Response:
    """Show the steps."""
    with visit.reading() as session:
        found = onboarding.steps(session, now=visit.now)
    open_ones = [one for one in found if not one.done]
    return visit.page(
        "admin/onboarding.html", steps=found, left=open_ones, minutes=sum(one.minutes for one in open_ones)
    )


@router.post(f"{BASE}/{{step}}")
def settle(visit: Annotated[Visit, Depends(on("profile.change"))], step: str) -> Response:
    """Leave a step as it is."""
    with visit.acting() as session:
        profiles.settle(session, step, now=visit.now)
    return visit.go("onboarding", said="done.step_settled")
