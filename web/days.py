"""The local calendar: a file is read, shown, and stored only when a person has said that it is right (threat D16)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import local_days
from campaigns.local_days import CalendarRefused, Stretch
from web.forms import Error
from web.moments import read_day
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/calendar-days"
How = Literal["add", "replace"]


def _page(visit: Visit, status: int = 200, errors: tuple[Error, ...] = ()) -> Response:
    with visit.reading() as session:
        found = local_days.own(session)
    return visit.page("admin/days.html", status, days=found, errors=errors)


def _errors(visit: Visit, refused: CalendarRefused, field: str) -> tuple[Error, ...]:
    return tuple(Error(field, visit.voice.problem(one.code, one.values)) for one in refused.problems[:20])


@router.get(BASE)
def show_days(visit: Annotated[Visit, Depends(on("profile.change"))]) -> Response:
    """Show the organisation's own days."""
    return _page(visit)


@router.post(f"{BASE}/read")
def read_file(
    visit: Annotated[Visit, Depends(on("profile.change", takes=("file",), with_file=True))],
) -> Response:
    """Read a calendar file and show what is in it; nothing is stored."""
    content = visit.form.files.get("file", b"")
    if not content:
        return _page(visit, 422, (Error("file", visit.say("page.days.no_file")),))
    try:
        found = local_days.read(content)
    except CalendarRefused as refused:
        return _page(visit, 422, _errors(visit, refused, "file"))
    return visit.page("admin/days_preview.html", days=found, rows=local_days.as_csv(found))


@router.post(f"{BASE}/keep")
def keep_days(visit: Annotated[Visit, Depends(on("profile.change", takes=("rows", "how")))]) -> Response:
    """Store what was shown, beside the days that are there or in their place; through the same limits as the file."""
    how = visit.form["how"]
    if how not in ("add", "replace"):
        raise HTTPException(422)
    try:
        found = local_days.read(visit.form["rows"].encode())
    except CalendarRefused as refused:
        return _page(visit, 422, _errors(visit, refused, "file"))
    with visit.acting() as session:
        if how == "replace":
            local_days.replace(session, found, now=visit.now)
        else:
            local_days.add(session, found, now=visit.now)
    return visit.go(
        "calendar-days", said="done.days_kept", count=len(found), number=visit.voice.number(len(found))
    )


@router.post(f"{BASE}/one")
def add_day(
    visit: Annotated[Visit, Depends(on("profile.change", takes=("first", "last", "name")))],
) -> Response:
    """Store one stretch of days that was typed."""
    form = visit.form
    first, last = read_day(form["first"]), read_day(form["last"] or form["first"])
    if first is None or last is None:
        return _page(visit, 422, (Error("first", visit.say("page.days.no_day")),))
    try:
        found = local_days.read(local_days.as_csv([Stretch(first, last, form["name"])]).encode())
    except CalendarRefused as refused:
        return _page(visit, 422, _errors(visit, refused, "name"))
    with visit.acting() as session:
        local_days.add(session, found, now=visit.now)
    return visit.go("calendar-days", said="done.days_kept", count=1, number=visit.voice.number(1))


@router.post(f"{BASE}/{{day:int}}/remove")
def remove_day(visit: Annotated[Visit, Depends(on("profile.change"))], day: int) -> Response:
    """Take one stretch of days away."""
    with visit.acting() as session:
        local_days.remove(session, day, now=visit.now)
    return visit.go("calendar-days", said="done.day_removed")
