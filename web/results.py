"""A municipality's own results, campaign by campaign."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from reports import results
from reports.campaign_report import METRICS
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/results")
def show_results(visit: Annotated[Visit, Depends(on("report.read", "own"))]) -> Response:
    """Show what came of the municipality's own posts, campaign by campaign."""
    with visit.reading() as session:
        found = results.own_results(session, now=visit.now)
    return visit.page("results/own.html", found=found, metrics=METRICS)
