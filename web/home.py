"""The start page of an organisation: what waits for its people now, its campaigns, and the week ahead."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import attention
from reports import ahead, county, following, titles
from web import onboarding, words
from web.navigation import is_county
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}")
def show_home(visit: Annotated[Visit, Depends(on("home.read"))]) -> Response:
    """Show what waits, by the kind of organisation."""
    return _show_county(visit) if is_county(visit) else _show_municipality(visit)


def _show_county(visit: Visit) -> Response:
    with visit.reading() as session:
        lines = following.lines(session, now=visit.now)
        matters = county.matters(session, lines, now=visit.now)
        week = ahead.week(session, now=visit.now)
    return visit.page("home/county.html", lines=lines, matters=matters, week=week)


def _show_municipality(visit: Visit) -> Response:
    connectors = visit.website.desk.connectors
    with visit.reading() as session:
        items = attention.waiting(session, connectors, now=visit.now) if visit.may("draft.read") else []
        lines = following.own_lines(session, now=visit.now)
        week = ahead.week(session, now=visit.now)
        names = titles.of_campaigns(session)
    return visit.page(
        "home/municipality.html",
        items=words.gathered(items),
        lines=lines,
        week=week,
        names=names,
        left=onboarding.left(visit),
    )
