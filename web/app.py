"""The web process: the open status page, its figures as JSON, and a health check. Each handler calls one function.

There is no login yet, so nothing here writes, and municipalities are named only where the settings say so (demo).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Literal

import structlog
from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from campaigns import shown_pictures
from campaigns.media import MediaFolder, PictureRefused
from campaigns.sentences import Language
from campaigns.settings import Settings
from campaigns.store import Store
from connectors import icon, names
from reports.feed import Feed
from reports.feed import feed as feed_of
from reports.health import health
from reports.overview import Overview, overview
from web import feed
from web.assets import BELOW, TYPES, assets
from web.guard import Guard
from web.pages import error_page, feed_page, status_page
from web.voice import Voice, choose_language

READ = ["GET", "HEAD"]
"""FastAPI's GET routes refuse HEAD unless it is named."""
PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *TYPES.values())
"""What is not packed when it is asked for: it is packed already, or gains nothing."""

log = structlog.get_logger()


class Website(FastAPI):
    """FastAPI with our guard around it, outside even its own page for errors nobody caught."""

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> None:
        super().__init__(
            title="Samklang", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
        )
        self.settings = settings
        self.store = store
        self.now = now
        self.media = MediaFolder(settings.media_path)

    def build_middleware_stack(self) -> ASGIApp:
        """Return everything that answers, packed for browsers that take it, inside the guard."""
        packing = GZipMiddleware(super().build_middleware_stack(), exclude_content_types=PACKED)
        return Guard(packing, self.settings, self.refuse)

    def refuse(self, request: Request) -> HTMLResponse:
        """Return the page for a host name that is not ours."""
        return self.trouble(request, 400)

    def trouble(self, request: Request, code: int, *, allow: str | None = None) -> HTMLResponse:
        """Return the page for a request that went wrong, in the browser's language."""
        language = choose_language(None, request.headers.get("accept-language", ""))
        return error_page(code, language, allow=allow)

    def look(self) -> Overview:
        """Return how the instance stands now."""
        with self.store.system(write=False) as session:
            return overview(
                session,
                now=self.now(),
                named=self.settings.open_status,
                speed=self.settings.sampling_speed,
            )

    def picture(self, token: str) -> bytes:
        """Return the picture that a platform was given this address for; it needs no login, and ends within the hour.

        Raises: HTTPException where the address opens nothing, whatever the reason.
        """
        with self.store.system(write=False) as session:
            digest = shown_pictures.behind(session, token, now=self.now())
        try:
            return self.media.read(digest or "")
        except (PictureRefused, ValueError):
            raise HTTPException(404) from None

    def give_feed(
        self, request: Request, number: str, campaign: str | None, lang: Language | None
    ) -> Response:
        """Return what is out, as a page or as a feed, by the ending of the address; it needs no login.

        Raises: HTTPException where there is no such feed.
        """
        name, _, form = (number if campaign is None else campaign).partition(".")
        found = self._feed(name if campaign is None else number, None if campaign is None else name)
        if found is None or form not in feed.FORMS:
            raise HTTPException(404)
        language = choose_language(lang, request.headers.get("accept-language", ""))
        base = (self.settings.public_url or str(request.base_url)).rstrip("/")
        voice = Voice(language, self.now())
        if form == "atom":
            return feed.conditional(request, feed.as_atom(found, voice, base), "application/atom+xml")
        if form == "json":
            return feed.conditional(request, feed.as_json(found, voice, base), "application/feed+json")
        return feed_page(found, language, self.now())

    def feed_picture(self, number: str, sha256: str) -> bytes:
        """Return a picture that is in a municipality's feed.

        Raises: HTTPException where it is not.
        """
        found = self._feed(number, None)
        if found is None or not found.picture(sha256):
            raise HTTPException(404)
        try:
            return self.media.read(sha256)
        except (PictureRefused, ValueError):
            raise HTTPException(404) from None

    def _feed(self, number: str, campaign: str | None) -> Feed | None:
        with self.store.system(write=False) as session:
            return feed_of(session, number, campaign)


def make_web(settings: Settings, store: Store, *, now: Callable[[], datetime] | None = None) -> FastAPI:
    """Return the web application on this store; `now` is the clock, for tests.

    Raises: AssetsMissing.
    """
    website = Website(settings, store, now or (lambda: datetime.now(UTC)))
    _add_pages(website)
    _add_open_things(website)
    _add_troubles(website)
    _add_assets(website)
    return website


def _add_pages(website: Website) -> None:
    @website.api_route("/", methods=READ)
    def show_status(
        request: Request,
        lang: Annotated[Language | None, Query()] = None,
        refresh: Annotated[Literal["yes"] | None, Query()] = None,
    ) -> Response:
        language = choose_language(lang, request.headers.get("accept-language", ""))
        return status_page(website.look(), language, refresh=refresh is not None)

    @website.api_route("/status.json", methods=READ)
    def give_status() -> Response:
        return JSONResponse(website.look().as_json())

    @website.api_route("/health", methods=READ)
    def give_health() -> Response:
        found = health(website.store, now=website.now())
        return JSONResponse(found.as_json(), status_code=200 if found.well else 503)


def _add_open_things(website: Website) -> None:
    """Add what needs no login by its nature: pictures for platforms, feeds, the platforms' signs."""

    @website.api_route(shown_pictures.PATH, methods=READ)
    def give_picture(token: str) -> Response:
        return Response(website.picture(token), media_type="image/jpeg")

    @website.api_route("/feed/{number}", methods=READ)
    @website.api_route("/feed/{number}/{campaign}", methods=READ)
    def give_feed(
        request: Request,
        number: str,
        campaign: str | None = None,
        lang: Annotated[Language | None, Query()] = None,
    ) -> Response:
        return website.give_feed(request, number, campaign, lang)

    @website.api_route("/feed-picture/{number}/{sha256}.jpg", methods=READ)
    def give_feed_picture(number: str, sha256: str) -> Response:
        return Response(website.feed_picture(number, sha256), media_type="image/jpeg")

    @website.api_route("/platform/{name}.svg", methods=READ)
    def give_icon(name: str) -> Response:
        if name not in names():
            raise HTTPException(404)
        return Response(icon(name), media_type="image/svg+xml")


def _add_assets(website: Website) -> None:
    found = assets()

    @website.api_route(BELOW + "{where:path}", methods=READ)
    def give_asset(request: Request, where: str) -> Response:
        return found.answer(request, where)


def _add_troubles(website: Website) -> None:
    @website.exception_handler(HTTPException)
    def tell(request: Request, error: HTTPException) -> Response:
        return website.trouble(request, error.status_code, allow=(error.headers or {}).get("Allow"))

    @website.exception_handler(RequestValidationError)
    def tell_invalid(request: Request, error: RequestValidationError) -> Response:
        del error  # it holds the input, which is nobody else's to read (threat G5)
        return website.trouble(request, 422)

    @website.exception_handler(SQLAlchemyError)
    def tell_no_database(request: Request, error: SQLAlchemyError) -> Response:
        log.error("database_unreachable", error=type(error).__name__)
        return website.trouble(request, 503)

    @website.exception_handler(Exception)
    def tell_fault(request: Request, error: Exception) -> Response:
        del error  # the server logs it
        return website.trouble(request, 500)
