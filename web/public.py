"""Open pages about the service and about what is out: accessibility, privacy, and a campaign's page that can be switched off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from reports.feed import feed as feed_of
from web.pages import open_page
from web.visits import Pages

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
GAPS = ("charts", "offline", "embedded", "tested")
"""Known gaps of the accessibility statement, each a sentence of the catalogue."""
AUTHORITIES = {"universal_design": "https://www.uutilsynet.no/", "privacy": "https://www.datatilsynet.no/"}
"""Where one may complain in Norway."""
KEPT = ("people", "acts", "logins", "inhabitants", "pictures")
"""What the page on privacy tells of, each with why and how long."""


def _about(request: Request, template: str, **values: object) -> Response:
    website: Website = request.app
    settings = website.settings
    language = website.language(request)
    return open_page(
        language, website.now(), template, 200, here=request.url.path, run_by=settings.run_by, contact=settings.contact, authorities=AUTHORITIES,
        **values,
    )  # fmt: skip


@router.get("/accessibility")
def show_accessibility(request: Request) -> Response:
    """Show the accessibility statement, in the order of the form that Norwegian law asks for (EØS rule on WAD)."""
    return _about(request, "public/accessibility.html", gaps=GAPS)


@router.get("/privacy")
def show_privacy(request: Request) -> Response:
    """Show what is kept about people, why, and for how long."""
    return _about(request, "public/privacy.html", kept=KEPT)


@router.get("/public/{number}/{campaign}")
def show_campaign(request: Request, number: str, campaign: str) -> Response:
    """Show what is out in a campaign, of one municipality or of everybody in it who wants to be seen."""
    website: Website = request.app
    with website.store.system(write=False) as session:
        found = feed_of(session, number, campaign)
    if found is None:
        raise HTTPException(404)
    places = sorted({entry.place for entry in found.entries})
    return _about(request, "public/campaign.html", feed=found, places=places)
