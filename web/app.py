"""The web process put together: what every page needs, the routers, and a page for each way in which a request can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property

from fastapi import FastAPI
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp

from campaigns.media import MediaFolder
from campaigns.providers import Provider, read_providers
from campaigns.sentences import Language
from campaigns.settings import Settings
from campaigns.store import Store
from web import (
    accounts,
    adapting,
    admin,
    answering,
    api,
    audit,
    calendar,
    campaign,
    connecting,
    cookies,
    days,
    deliveries,
    drafts,
    drill,
    editor,
    entrance,
    groups,
    hand,
    home,
    instance,
    loading,
    login,
    media,
    members,
    onboarding,
    open_pages,
    own_password,
    participation,
    profile,
    providers,
    public,
    rehearsal,
    reports,
    results,
    standing,
    stop,
    stop_device,
    telling,
    tokens,
    troubles,
)
from web.assets import BELOW, TYPES, assets
from web.cookies import Jar
from web.guard import Guard
from web.languages import choose_language, language_of
from web.pages import error_answer, error_page, visit_page
from web.visits import Visit
from workers.desk import Desk

ROUTERS = (
    login.router,
    entrance.router,
    own_password.router,
    providers.router,
    answering.router,
    home.router,
    campaign.router,
    rehearsal.router,
    participation.router,
    adapting.router,
    calendar.router,
    deliveries.router,
    drafts.router,
    editor.router,
    loading.router,
    hand.router,
    media.router,
    reports.router,
    results.router,
    stop.router,
    stop_device.router,
    tokens.router,
    admin.router,
    onboarding.router,
    accounts.router,
    connecting.router,
    members.router,
    profile.router,
    days.router,
    standing.router,
    audit.router,
    groups.router,
    drill.router,
    instance.router,
    public.router,
    api.router,
    telling.router,
)
"""Every router of pages behind the login; one line each."""
LEAST_TO_PACK = 600
"""Bytes from which a page is compressed."""
PACKED = (*DEFAULT_EXCLUDED_CONTENT_TYPES, *TYPES.values())
"""What is not compressed when it is asked for: it is already, or gains nothing."""


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
        self.jar = Jar.of(settings)

    @cached_property
    def providers(self) -> Mapping[str, Provider]:
        """Return the identity providers that people may log in with."""
        return read_providers(self.settings.oidc_file)

    @cached_property
    def desk(self) -> Desk:
        """Return connectors, vault and pictures, as a worker has them."""
        return Desk(self.settings, self.store, now=self.now)

    def build_middleware_stack(self) -> ASGIApp:
        """Return everything that answers, inside the guard."""
        packed = GZipMiddleware(
            super().build_middleware_stack(), minimum_size=LEAST_TO_PACK, exclude_content_types=PACKED
        )
        return Guard(packed, self.settings, self.refuse)

    def refuse(self, request: Request, code: int) -> Response:
        """Return the answer for a request that does not get in: a host name that is not ours, a form from elsewhere."""
        return self.trouble(request, code)

    def trouble(self, request: Request, code: int, *, headers: Mapping[str, str] | None = None) -> Response:
        """Return the answer to a request that went wrong, in the reader's language: a page, or JSON to a program."""
        answer = error_answer if request.url.path.startswith(f"{api.BELOW}/") else error_page
        return answer(code, self.language(request), headers)

    def language(self, request: Request, own: str | None = None) -> Language:
        """Return the language for a request: asked for in the address, chosen before, her own, or the browser's."""
        asked = language_of(request.query_params.get("lang"))
        chosen = language_of(self.jar.read(request, cookies.LANGUAGE))
        return choose_language(
            asked or chosen or language_of(own), request.headers.get("accept-language", "")
        )

    def page(self, visit: Visit, template: str, status: int, values: Mapping[str, object]) -> HTMLResponse:
        """Return a page of a visit, begun with what was said to be told there; remembers a language asked for."""
        said = cookies.unpack(self.jar.read(visit.request, cookies.SAID))
        response = visit_page(visit, template, status, {**values, "said": said})
        if said:
            self.jar.drop(response, cookies.SAID)
        if asked := language_of(visit.request.query_params.get("lang")):
            self.jar.put(response, cookies.LANGUAGE, asked, lasts=cookies.A_YEAR)
        return response


def make_web(settings: Settings, store: Store, *, now: Callable[[], datetime] | None = None) -> FastAPI:
    """Return the web application on this store; `now` is the clock, for tests.

    Raises: AssetsMissing.
    """
    website = Website(settings, store, now or (lambda: datetime.now(UTC)))
    open_pages.add_to(website)
    for router in ROUTERS:
        website.include_router(router)
    troubles.add_to(website)
    _add_assets(website)
    return website


def _add_assets(website: Website) -> None:
    found = assets()

    @website.api_route(BELOW + "{where:path}", methods=open_pages.READ)
    def give_asset(request: Request, where: str) -> Response:
        return found.answer(request, where)
