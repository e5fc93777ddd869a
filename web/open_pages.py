"""What needs no login by its nature: the status page, health, pictures for platforms, public feeds, platforms' signs.

Nothing here writes, and municipalities are named on the status page only where the settings say so (demo).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from campaigns import shown_pictures
from campaigns.media import PictureRefused
from connectors import icon, names
from reports.feed import Feed
from reports.feed import feed as feed_of
from reports.health import health
from reports.overview import Overview, overview
from reports.voice import Voice
from web import feed
from web.pages import feed_page, status_page

if TYPE_CHECKING:
    from web.app import Website

READ = ["GET", "HEAD"]
"""FastAPI's GET routes refuse HEAD unless it is named."""


def add_to(website: Website) -> None:
    """Add what needs no login by its nature."""
    _add_status(website)
    _add_open_things(website)


def _add_status(website: Website) -> None:
    @website.api_route("/status", methods=READ)
    def show_status(request: Request, refresh: Annotated[Literal["yes"] | None, Query()] = None) -> Response:
        return status_page(_look(website), website.language(request), refresh=refresh is not None)

    @website.api_route("/status.json", methods=READ)
    def give_status() -> Response:
        return JSONResponse(_look(website).as_json())

    @website.api_route("/health", methods=READ)
    def give_health() -> Response:
        found = health(website.store, now=website.now())
        return JSONResponse(found.as_json(), status_code=200 if found.well else 503)


def _add_open_things(website: Website) -> None:
    """Add pictures for platforms, feeds, the platforms' signs."""

    @website.api_route(shown_pictures.PATH, methods=READ)
    def give_picture(token: str) -> Response:
        return Response(_picture(website, token), media_type="image/jpeg")

    @website.api_route("/feed/{number}", methods=READ)
    @website.api_route("/feed/{number}/{campaign}", methods=READ)
    def give_feed(request: Request, number: str, campaign: str | None = None) -> Response:
        return _give_feed(website, request, number, campaign)

    @website.api_route("/feed-picture/{number}/{sha256}.jpg", methods=READ)
    def give_feed_picture(number: str, sha256: str) -> Response:
        return Response(_feed_picture(website, number, sha256), media_type="image/jpeg")

    @website.api_route("/platform/{name}.svg", methods=READ)
    def give_icon(name: str) -> Response:
        if name not in names():
            raise HTTPException(404)
        return Response(icon(name), media_type="image/svg+xml")


def _look(website: Website) -> Overview:
    """Return how the instance stands now."""
    with website.store.system(write=False) as session:
        return overview(session, now=website.now(), named=website.settings.open_status)


def _picture(website: Website, token: str) -> bytes:
    """Return the picture that a platform was given this address for; it needs no login, and ends within the hour.

    Raises: HTTPException where the address opens nothing, whatever the reason.
    """
    with website.store.system(write=False) as session:
        digest = shown_pictures.behind(session, token, now=website.now())
    try:
        return website.media.read(digest or "")
    except (PictureRefused, ValueError):
        raise HTTPException(404) from None


def _give_feed(website: Website, request: Request, number: str, campaign: str | None) -> Response:
    """Return what is out, as a page or as a feed, by the ending of the address; it needs no login.

    Raises: HTTPException where there is no such feed.
    """
    name, _, form = (number if campaign is None else campaign).partition(".")
    found = _feed(website, name if campaign is None else number, None if campaign is None else name)
    if found is None or form not in feed.FORMS:
        raise HTTPException(404)
    language = website.language(request)
    base = (website.settings.public_url or str(request.base_url)).rstrip("/")
    voice = Voice(language, website.now())
    if form == "atom":
        return feed.conditional(request, feed.as_atom(found, voice, base), "application/atom+xml")
    if form == "json":
        return feed.conditional(request, feed.as_json(found, voice, base), "application/feed+json")
    return feed_page(found, language, website.now())


def _feed_picture(website: Website, number: str, sha256: str) -> bytes:
    """Return a picture that is in a municipality's feed.

    Raises: HTTPException where it is not.
    """
    found = _feed(website, number, None)
    if found is None or not found.picture(sha256):
        raise HTTPException(404)
    try:
        return website.media.read(sha256)
    except (PictureRefused, ValueError):
        raise HTTPException(404) from None


def _feed(website: Website, number: str, campaign: str | None) -> Feed | None:
    with website.store.system(write=False) as session:
        return feed_of(session, number, campaign)
