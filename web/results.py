"""What came of posts: a campaign's report for its owner, and a municipality's own results."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.responses import Response

from campaigns.organisations import NotFound
from reports import results
from reports.campaign_report import METRICS
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/campaigns/{key}/report")
def show_report(
    visit: Annotated[Visit, Depends(on("report.read", "owner", "invited"))], key: str
) -> Response:
    """Show a campaign's report: all of it to its owner, to a municipality its own part; delivery truth first."""
    with visit.reading() as session:
        whole = _whole(visit, session, key)
        if whole is not None:
            line = whole.following.line
            return visit.page("results/campaign.html", found=whole, line=line, metrics=METRICS)
        found = results.own_report(session, key, now=visit.now)
    return visit.page("results/part.html", found=found, line=found.line, metrics=METRICS)


def _whole(visit: Visit, session: Session, key: str) -> results.CampaignResults | None:
    """Return a campaign's whole report where it is one's own; `None` where one was invited by another."""
    if not visit.may("report.read", "owner"):
        return None
    try:
        return results.campaign_results(session, key, now=visit.now)
    except NotFound:
        if not visit.may("report.read", "invited"):
            raise
        return None


@router.get("/for/{number}/results")
def show_results(visit: Annotated[Visit, Depends(on("report.read", "own"))]) -> Response:
    """Show what came of the municipality's own posts, campaign by campaign."""
    with visit.reading() as session:
        found = results.own_results(session, now=visit.now)
    return visit.page("results/own.html", found=found, metrics=METRICS)
