"""What came of posts: a campaign's report for its owner, and a municipality's own results."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import participation
from campaigns.access import Forbidden
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
        stands = participation.relations(session, key)
        if "owner" in stands and visit.may("report.read", "owner"):
            whole = results.campaign_results(session, key, now=visit.now)
            line = whole.following.line
            return visit.page("results/campaign.html", found=whole, line=line, metrics=METRICS)
        if not visit.may("report.read", "invited"):
            raise Forbidden("report.read")
        found = results.own_report(session, key, now=visit.now)
    return visit.page("results/part.html", found=found, line=found.line, metrics=METRICS)


@router.get("/for/{number}/results")
def show_results(visit: Annotated[Visit, Depends(on("report.read", "own"))]) -> Response:
    """Show what came of the municipality's own posts, campaign by campaign."""
    with visit.reading() as session:
        found = results.own_results(session, now=visit.now)
    return visit.page("results/own.html", found=found, metrics=METRICS)
