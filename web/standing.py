"""Standing approvals: given, seconded, taken back; and the veto against what they announce (D4, threat E4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from campaigns import standing
from campaigns.organisations import NotFound
from campaigns.standing import StandingRefused
from campaigns.store import StandingApproval
from reports import announced
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/standing"


def _page(visit: Visit, status: int = 200, errors: tuple[Error, ...] = (), minutes: str = "30") -> Response:
    with visit.reading() as session:
        given = announced.given(session, now=visit.now)
        coming = announced.announced(session)
        counties = announced.counties(session)
    return visit.page(
        "admin/standing.html",
        status,
        given=given,
        coming=coming,
        counties=counties,
        errors=errors,
        minutes=minutes,
    )


@router.get(BASE)
def show_standing(visit: Annotated[Visit, Depends(on("standing.veto"))]) -> Response:
    """Show what is given, and what it has announced."""
    return _page(visit)


@router.post(BASE)
def give(
    visit: Annotated[Visit, Depends(on("standing.give", takes=("county", "unseen", "minutes")))],
) -> Response:
    """Say yes in advance to one county's locked and filled-in texts."""
    form = visit.form
    minutes = int(form["minutes"]) if form["minutes"].isdecimal() and len(form["minutes"]) < 6 else -1
    try:
        with visit.acting() as session:
            made = standing.give(
                session, form["county"], unseen=form["unseen"] == "yes", preparedness_minutes=minutes,
                now=visit.now,
            )  # fmt: skip
            until = made.expires_at
    except StandingRefused as refused:
        field = "minutes" if refused.problem.code == "standing.minutes" else "county"
        values = {**refused.problem.values, "minutes": form["minutes"]}
        error = Error(field, visit.voice.problem(refused.problem.code, values))
        return _page(visit, 422, (error,), form["minutes"])
    return visit.go("standing", said="done.standing_given", day=visit.voice.day_of(until))


def _own(session: Session, number: int) -> StandingApproval:
    found = next((one for one in standing.own(session) if one.id == number), None)
    if found is None:
        raise NotFound("standing.unknown", id=number)
    return found


@router.post(f"{BASE}/{{standing_id:int}}/second")
def second(visit: Annotated[Visit, Depends(on("standing.give"))], standing_id: int) -> Response:
    """Say the second person's yes."""
    with visit.acting() as session:
        standing.second(session, _own(session, standing_id), now=visit.now)
    return visit.go("standing", said="done.standing_seconded")


@router.post(f"{BASE}/{{standing_id:int}}/withdraw")
def withdraw(visit: Annotated[Visit, Depends(on("standing.give"))], standing_id: int) -> Response:
    """Take a standing approval back."""
    with visit.acting() as session:
        standing.withdraw(session, _own(session, standing_id), now=visit.now)
    return visit.go("standing", said="done.standing_withdrawn")


@router.post(f"{BASE}/announced/{{announcement:int}}/veto")
def veto(visit: Annotated[Visit, Depends(on("standing.veto"))], announcement: int) -> Response:
    """Say no to a text that would have been approved in advance; it waits for approval like any other."""
    with visit.acting() as session:
        found = next((one for one in standing.announced(session) if one.id == announcement), None)
        if found is None:
            raise NotFound("standing.too_late", id=announcement)
        standing.veto(session, found, now=visit.now)
    return visit.go("standing", said="done.vetoed")
