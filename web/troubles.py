"""What a person is told when a request goes wrong: whoever is not logged in, may not, or met a fault of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from web.callers import asked_for
from web.pages import again_line, again_page
from web.visits import SAFE, AskAgain, LoginNeeded

if TYPE_CHECKING:
    from web.app import Website

log = structlog.get_logger()


def add_to(website: Website) -> None:
    """Add a page for each of our own refusals and for every fault."""
    _add_refusals(website)
    _add_faults(website)


def _add_refusals(website: Website) -> None:
    @website.exception_handler(LoginNeeded)
    def ask_to_log_in(request: Request, error: LoginNeeded) -> Response:
        if request.headers.get("hx-request") == "true":
            return again_line(website.language(request), website.now(), reason="login")
        if request.method in SAFE:
            return RedirectResponse(f"/login?next={asked_for(request)}", 303)
        return again_page(
            website.language(request), website.now(), request.url.path, error.form, reason="login"
        )

    @website.exception_handler(AskAgain)
    def ask_again(request: Request, error: AskAgain) -> Response:
        visit = error.visit
        if visit.is_partial:
            return again_line(visit.voice.language, visit.now, reason=error.reason)
        if request.method in SAFE:
            return RedirectResponse(f"/me/codes?next={asked_for(request)}", 303)
        return again_page(
            visit.voice.language,
            visit.now,
            request.url.path,
            visit.form,
            reason=error.reason,
            token=visit.csrf(),
        )

    @website.exception_handler(Forbidden)
    def tell_forbidden(request: Request, error: Forbidden) -> Response:
        log.info("forbidden", action=error.action)
        return website.trouble(request, 403)

    @website.exception_handler(NotFound)
    def tell_unknown(request: Request, error: NotFound) -> Response:
        del error  # whether it exists elsewhere is nobody's business (threat A1)
        return website.trouble(request, 404)


def _add_faults(website: Website) -> None:
    @website.exception_handler(HTTPException)
    def tell(request: Request, error: HTTPException) -> Response:
        return website.trouble(request, error.status_code, headers=error.headers)

    @website.exception_handler(RequestValidationError)
    def tell_invalid(request: Request, error: RequestValidationError) -> Response:
        del error  # it holds the input, which is nobody else's to read (threat G5)
        return website.trouble(request, 422)

    @website.exception_handler(SQLAlchemyError)
    def tell_no_database(request: Request, error: SQLAlchemyError) -> Response:
        log.error("database_unreachable", error=type(error).__name__)
        return website.trouble(request, 503 if isinstance(error, OperationalError) else 500)

    @website.exception_handler(Exception)
    def tell_fault(request: Request, error: Exception) -> Response:
        del error  # the server logs it
        return website.trouble(request, 500)
