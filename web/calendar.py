"""The calendar: a month of posts and deadlines, and moving a post by dragging it or by the keyboard."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import approval, participation, rescheduling, timing
from campaigns.timing import SpringGap
from reports import month
from reports.rewording import rewording
from web.forms import Error
from web.moments import read_moment
from web.visits import Pages, Visit, on

router = Pages()
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")
MOVE = "/for/{number}/calendar/{key}/{message}"


@router.get("/for/{number}/calendar")
def show_calendar(visit: Annotated[Visit, Depends(on("home.read"))], month: str = "") -> Response:
    """Show a month: a table where there is room, an agenda where there is not."""
    return _calendar(visit, month)


def _calendar(visit: Visit, wanted: str, status: int = 200, errors: Sequence[Error] = ()) -> Response:
    found = _MONTH.fullmatch(wanted)
    today = timing.local(visit.now, "Europe/Oslo").date()
    first = date(int(found[1]), int(found[2]), 1) if found else today
    with visit.reading() as session:
        shown = month.month(session, first, now=visit.now)
    return visit.page("calendar/month.html", status, month=shown, errors=errors)


@router.get(MOVE)
def show_move(visit: Annotated[Visit, Depends(on("draft.read"))], key: str, message: str) -> Response:
    """Show where a message goes and ask for another day or time: the way without a mouse."""
    return _move_page(visit, key, message)


def _move_page(
    visit: Visit, key: str, message: str, status: int = 200, errors: Sequence[Error] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    with visit.reading() as session:
        found = rewording(session, visit.website.desk.connectors, key, message, now=visit.now)
    return visit.page("calendar/move.html", status, found=found, errors=errors, typed=typed or {})


@router.post(MOVE)
def move(
    visit: Annotated[Visit, Depends(on("participation.adapt", "invited", takes=("day", "clock")))],
    key: str,
    message: str,
) -> Response:
    """Give a message a time of the municipality's own; what cannot be keeps the page and says why."""
    typed = {"day": visit.form["day"], "clock": visit.form["clock"]}
    try:
        at = read_moment(typed["day"], typed["clock"], visit.place.timezone)
        if at is None:
            error = Error("day", visit.say("page.message.no_time"))
            return _move_page(visit, key, message, 422, [error], typed)
        with visit.acting() as session:
            mine = participation.participation_in(session, key)
            row = participation.message_in(session, mine, message)
            rescheduling.set_own_time(session, mine, row, at, now=visit.now)
            approval.review(session, visit.website.desk.connectors, mine, now=visit.now)
    except rescheduling.NotThen as refused:
        error = Error("day", visit.voice.problem(refused.problem.code, refused.problem.values))
        return _move_page(visit, key, message, 422, [error], typed)
    except SpringGap as gap:
        error = Error("clock", visit.voice.problem(gap.code, gap.values))
        return _move_page(visit, key, message, 422, [error], typed)
    day = visit.voice.iso_day(at)
    return visit.go(
        f"calendar?month={day[:7]}#p-{day}-{key}-{message}", said="done.time_set", when=visit.voice.moment(at)
    )
