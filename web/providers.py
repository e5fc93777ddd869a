"""The way to an identity provider and back: to log in, to prove oneself again, to link a login, to accept an invitation.

Each provider has one address that it leads back to (threat B16); what comes back counts in the browser that set out (B15).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import structlog
from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import identities, sessions, tickets
from campaigns.identities import Arrival, Errand, InvitationOver, NotIn, Porch, ProviderAway
from campaigns.sessions import Guest
from connectors.secret import Secret
from web import cookies
from web.entrance import STEP
from web.login import device_of, enter, safe_target
from web.pages import told_page
from web.visits import MYSELF, AskAgain, Pages, Visit, on

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
log = structlog.get_logger()


@router.get("/login/with/{provider}")
def set_out(request: Request, provider: str, next: str = "/") -> Response:
    """Go to a provider to log in."""
    return _go(request, provider, Errand("login", safe_target(next)))


@router.get("/login/again/with/{provider}")
def set_out_again(visit: Annotated[Visit, Depends(on(MYSELF))], provider: str, next: str = "/") -> Response:
    """Go to a provider to prove again who one is."""
    errand = Errand("again", safe_target(next), visit.guest.person_id)
    return _go(visit.request, provider, errand)


@router.get("/enter/with/{provider}")
def set_out_invited(request: Request, provider: str) -> Response:
    """Go to a provider with whose login an invitation is accepted."""
    website: Website = request.app
    token = website.jar.read(request, STEP)
    return _go(request, provider, Errand("invitation", "/", invitation=token or "-"))


@router.get("/me/logins")
def show_linked(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Show which providers one can log in with."""
    linked = identities.linked(visit.website.store, visit.guest.person_id)
    listed = [(one, one.key in linked, linked.get(one.key)) for one in visit.website.providers.values()]
    return visit.page("login/linked.html", listed=listed)


@router.post("/me/logins")
def set_out_to_link(visit: Annotated[Visit, Depends(on(MYSELF, takes=("provider",)))]) -> Response:
    """Show the way to a provider whose login one wants to use from now on: a plain link, past `form-action` (threat D3)."""
    if not visit.guest.is_fresh(visit.now):
        raise AskAgain(visit, "factor")
    request, key = visit.request, visit.form["provider"]
    browser = _browser(request)
    errand = Errand("link", "/me/logins", visit.guest.person_id)
    try:
        address = identities.begin(_porch(request, key), errand, browser, now=visit.now)
    except ProviderAway as away:
        return told_page(request, away.code, 503, then="/me/logins")
    title = visit.website.providers[key].title
    response = visit.page("login/out.html", title=title, address=address)
    visit.website.jar.put(response, cookies.WAY, browser.reveal())
    return response


@router.get("/login/with/{provider}/back")
def come_back(
    request: Request, provider: str, state: str = "", code: str = "", iss: str | None = None
) -> Response:
    """Take what somebody brings back; what is not hers, not now or not from there opens nothing."""
    website: Website = request.app
    token, now = website.jar.read(request, cookies.SESSION), website.now()
    guest = sessions.recognise(website.store, token, now=now) if token else None
    try:
        arrival = identities.finish(
            _porch(request, provider), Secret(website.jar.read(request, cookies.WAY)), state=state,
            code=Secret(code) if code else None, issuer=iss, person_id=guest.person_id if guest else None, now=now,
        )  # fmt: skip
    except ProviderAway as away:
        return told_page(request, away.code, 503)
    except NotIn as refused:
        log.info("not_let_in", provider=provider, reason=refused.code)
        return told_page(request, refused.code, 403)
    return _arrive(request, arrival, guest, Secret(token))


def _arrive(request: Request, arrival: Arrival, guest: Guest | None, token: Secret) -> Response:
    website: Website = request.app
    if arrival.purpose == "link":
        response: Response = RedirectResponse(arrival.target, 303)
        website.jar.put(response, cookies.SAID, cookies.pack("done.linked", {}))
        return response
    if arrival.purpose == "again" and guest is not None:
        return enter(
            website, sessions.prove_again(website.store, guest, token, now=website.now()), arrival.target
        )
    begun = sessions.begin_for(
        website.store, arrival.person_id, how=arrival.how, device=device_of(request), now=website.now(),
        factor_at=arrival.factor_at, instead_of=token.reveal(),
    )  # fmt: skip
    if begun is None:
        raise HTTPException(403)
    response = enter(website, begun, arrival.target)
    website.jar.drop(response, STEP)
    return response


def _go(request: Request, key: str, errand: Errand) -> Response:
    website: Website = request.app
    porch = _porch(request, key)
    if request.method == "HEAD":
        return Response(status_code=204)  # nobody sets out
    browser = _browser(request)
    try:
        address = identities.begin(porch, errand, browser, now=website.now())
    except ProviderAway as away:
        return told_page(request, away.code, 503)
    except InvitationOver as over:
        return told_page(request, over.code, 404)
    response = RedirectResponse(address, 303)
    website.jar.put(response, cookies.WAY, browser.reveal())
    return response


def _browser(request: Request) -> Secret:
    """Return what only this browser has: kept, so that two tabs can be under way at once."""
    website: Website = request.app
    kept = website.jar.read(request, cookies.WAY)
    return Secret(kept) if cookies.is_link(kept) else tickets.new_token()


def _porch(request: Request, key: str) -> Porch:
    """Return where one goes out and comes back for a provider.

    Raises: HTTPException 404 for one that is not listed.
    """
    website: Website = request.app
    provider = website.providers.get(key)
    if provider is None:
        raise HTTPException(404)
    base = (website.settings.public_url or str(request.base_url)).rstrip("/")
    return Porch(website.store, website.desk.wire, provider, f"{base}/login/with/{key}/back")
