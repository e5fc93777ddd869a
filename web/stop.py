"""The emergency stop: two taps from any page, and what came of it. Needs the store and nothing else (threat E9)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import accounts, drills, holds, organisations
from campaigns.access import Forbidden
from campaigns.store import HoldLevel
from reports import stops
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/stop")
def show_stop(
    visit: Annotated[Visit, Depends(on("hold.set", "own", "parent", with_password_alone=True))],
) -> Response:
    """Show the page of the second tap; the widest level that she may stop is chosen."""
    return _page(visit)


def _page(visit: Visit, status: int = 200, errors: tuple[Error, ...] = ()) -> Response:
    widest = holds.widest(visit.actor)
    if widest is None:
        raise Forbidden("hold.set")
    with visit.reading() as session:
        choices = stops.choices(session)
        today, later = stops.kept_back(session, now=visit.now)
        rehearsed = drills.newest(session)
    return visit.page(
        "stop/stop.html", status, widest=widest.value, choices=choices, today=today, later=later,
        drill=rehearsed, may_rehearse=drills.level(visit.actor) is not None, errors=errors,
    )  # fmt: skip


@router.post("/for/{number}/stop")
def stop(
    visit: Annotated[
        Visit,
        Depends(
            on(
                "hold.set", "own", "parent", takes=("level", "place", "account", "reason"),
                with_password_alone=True,
            )
        ),
    ],
) -> Response:  # fmt: skip
    """Stop; in force when this answers. What it keeps back is not shown to who has shown a password alone."""
    form = visit.form
    level = form["level"] or holds.widest(visit.actor)
    if level == "account" and not form["account"].isdecimal():
        return _page(visit, 422, (Error("account", visit.say("page.stop.which_account")),))
    if level == "place" and not form["place"]:
        return _page(visit, 422, (Error("place", visit.say("page.stop.which_place")),))
    with visit.acting() as session:
        if level == "account":
            account = accounts.account_of(session, int(form["account"]))
            hold = holds.set_hold(
                session, HoldLevel.account, account=account, reason=form["reason"].strip(), now=visit.now
            )
        else:
            number = form["place"] if level == "place" else visit.place.number
            target = organisations.organisation(session, number)
            reach = HoldLevel.county if level == "county" else HoldLevel.municipality
            hold = holds.set_hold(session, reach, target=target, reason=form["reason"].strip(), now=visit.now)
        made = hold.id
    if visit.guest.has_password_alone:
        return visit.go("/me/codes", said="done.stopped")
    return visit.go(f"stops/{made}")


@router.get("/for/{number}/stops/{hold:int}")
def show_hold(visit: Annotated[Visit, Depends(on("home.read"))], hold: int) -> Response:
    """Show one stop: what it keeps back, and what slipped out."""
    with visit.reading() as session:
        found = stops.stop_report(session, hold, now=visit.now)
    return visit.page("stop/stopped.html", report=found)


@router.get("/for/{number}/stops/{hold:int}/lift")
def ask_to_lift(visit: Annotated[Visit, Depends(on("hold.lift"))], hold: int) -> Response:
    """Ask before a stop is lifted: nothing goes by itself afterwards. Only who set it is asked."""
    with visit.reading() as session:
        stops.own_hold(session, hold)
        found = stops.stop_report(session, hold, now=visit.now)
    return visit.page("stop/lift.html", report=found)


@router.post("/for/{number}/stops/{hold:int}/lift")
def lift(visit: Annotated[Visit, Depends(on("hold.lift"))], hold: int) -> Response:
    """Lift a stop that this organisation set."""
    with visit.acting() as session:
        holds.lift_hold(session, stops.own_hold(session, hold), now=visit.now)
    return visit.go(f"stops/{hold}", said="done.lifted")
