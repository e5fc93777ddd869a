"""Connecting an account in the browser: on the platform's own page where it has one, else with a key from there.

Nothing is changed by a GET: a POST makes the state and answers with a plain link out, since a form may lead nowhere but
here; who comes back finds a button. The state counts for one person, organisation, platform, server and redirect
address, once (threat C1); the server is also kept in a cookie, so that another browser brings nothing to an end.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote, urlencode

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import accounts, connecting
from campaigns.accounts import AccountTaken
from campaigns.connecting import BACK, LIFE, Choice, ConnectingOver, Kept, Porch
from campaigns.vault import KeysProblem
from connectors import CONNECTORS, Connector, ConnectorError, Secret, kind_of
from web import cookies
from web.accounts import porch, trouble_sentence
from web.callers import asked_for
from web.forms import Error
from web.pages import open_page
from web.status import platform_title
from web.visits import Pages, Visit, on

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
BASE = "/for/{number}/accounts"
BROUGHT = ("code", "state", "iss")
"""What platforms send people back with (RFC 6749, 4.1.2; RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a browser was sent to: kept in its cookie."""

    number: str
    platform: str
    server: str

    def packed(self) -> str:
        """Return it as a cookie takes it."""
        plain = json.dumps([self.number, self.platform, self.server])
        return base64.urlsafe_b64encode(plain.encode()).decode()


def way_of(visit: Visit) -> Way | None:
    """Return where this browser was sent to, or `None` where it was not, or long ago."""
    return _read_way(visit.website.jar.read(visit.request, cookies.CONNECTING))


def _read_way(packed: str) -> Way | None:
    try:
        kept = json.loads(base64.urlsafe_b64decode(packed.encode()))
    except ValueError:
        return None
    is_ours = isinstance(kept, list) and len(kept) == 3 and all(isinstance(one, str) for one in kept)
    return Way(*kept) if is_ours else None


def redirect_of(visit: Visit) -> str:
    """Return where platforms send people back to: from the settings alone, never from a request (threat B6)."""
    return f"{visit.website.settings.own_address}{BACK}"


def _kind(platform: str) -> type[Connector]:
    if platform not in {one.name for one in CONNECTORS}:
        raise HTTPException(404)
    return kind_of(platform)


def _form(
    visit: Visit, platform: str, status: int = 200, errors: tuple[Error, ...] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return the page of one platform; what is secret is never written back into it."""
    kind = _kind(platform)
    shown = {one.name for one in kind.login_fields if not one.secret}
    kept = {name: value for name, value in (typed or {}).items() if name in shown}
    return visit.page("admin/connect.html", status, kind=kind, errors=errors, typed=kept)


@router.get(f"{BASE}/connect")
def choose_platform(visit: Annotated[Visit, Depends(on("account.connect"))]) -> Response:
    """Show the platforms that there are."""
    return visit.page("admin/platforms.html", kinds=CONNECTORS)


@router.get(f"{BASE}/connect/{{platform}}")
def show_form(
    visit: Annotated[Visit, Depends(on("account.connect"))], platform: str, account: int | None = None
) -> Response:
    """Show what a platform asks for; for an account that is connected again, with its server.

    Who she is, is proven before she types any secret: one that was typed is written into no page.
    """
    if not visit.guest.is_fresh(visit.now):
        return RedirectResponse(f"/login/again?next={asked_for(visit.request)}", 303)
    typed: dict[str, str] = {}
    if account is not None:
        with visit.reading() as session:
            typed["base"] = accounts.account_of(session, account).base
    return _form(visit, platform, typed=typed)


@router.post(f"{BASE}/connect/{{platform}}/key")
def connect_with_key(
    visit: Annotated[Visit, Depends(on("account.connect", takes=("login.*",)))], platform: str
) -> Response:
    """Log in with what was typed, keep the account unconfirmed, and go on to say whose it is."""
    kind = _kind(platform)
    typed = visit.form.starting("login.")
    errors = _missing(visit, kind, typed)
    if errors:
        return _form(visit, platform, 422, errors, typed)
    secrets = {one.name: Secret(typed.get(one.name, "").strip()) for one in kind.login_fields}
    del secrets["base"]
    try:
        out = porch(visit, platform)
        server = _server(out, typed.get("base", ""))
        connected = out.connector.connect(server, secrets)
        kept = connecting.keep(out, server, connected, language=None, confirmed=False, now=visit.now)
    except (ConnectorError, AccountTaken, KeysProblem, OSError) as trouble:
        return _refused(visit, platform, trouble, typed)
    return _kept(visit, kept)


def _missing(visit: Visit, kind: type[Connector], typed: Mapping[str, str]) -> tuple[Error, ...]:
    return tuple(
        Error(f"login-{one.name}", visit.say("page.connect.missing"))
        for one in kind.login_fields
        if one.needed and not typed.get(one.name, "").strip()
    )


def _server(out: Porch, typed: str) -> str:
    return connecting.server_of(out.connector, typed.strip()) if typed.strip() else ""


def _kept(visit: Visit, kept: Kept) -> Response:
    """Return the way on: what nobody has said yes to before is shown and asked about (threat C2)."""
    if kept.confirmed:
        return visit.go(f"accounts/{kept.account_id}", said="done.reconnected")
    return visit.go(f"accounts/{kept.account_id}/confirm")


def _refused(visit: Visit, platform: str, trouble: Exception, typed: Mapping[str, str]) -> Response:
    """Return the form again with what stands in the way."""
    if isinstance(trouble, ConnectorError):
        status, told = 422, trouble_sentence(visit, platform, trouble)
    elif isinstance(trouble, AccountTaken):
        status, told = 409, visit.say(trouble.code)
    elif isinstance(trouble, ConnectingOver):
        status, told = 403, visit.say(trouble.code)
    else:
        status, told = 503, visit.say("page.connect.no_keys")
    return _form(visit, platform, status, (Error("kople", told),), typed)


@router.post(f"{BASE}/connect/{{platform}}/begin")
def begin(
    visit: Annotated[Visit, Depends(on("account.connect", takes=("base",)))], platform: str
) -> Response:
    """Make the state, and show the link to the platform's own page."""
    kind = _kind(platform)
    if not kind.asks_consent:
        raise HTTPException(404)
    needed = any(one.name == "base" and one.needed for one in kind.login_fields)
    typed = {"base": visit.form["base"]}
    if needed and not typed["base"].strip():
        return _form(visit, platform, 422, (Error("base", visit.say("page.connect.missing")),))
    try:
        out = porch(visit, platform)
        chosen = typed["base"].strip() or out.connector.chosen.get("url", "")
        server = connecting.server_of(out.connector, chosen)
        begun = connecting.begin(out, server, redirect_of(visit), now=visit.now)
    except (ConnectorError, KeysProblem, OSError) as trouble:
        return _refused(visit, platform, trouble, typed)
    response = visit.page("admin/out.html", kind=kind, address=begun.address, server=server)
    way = Way(visit.place.number, platform, server)
    visit.website.jar.put(response, cookies.CONNECTING, way.packed(), lasts=int(LIFE.total_seconds()))
    return response


@router.get(BACK)
def come_back(request: Request) -> Response:
    """Lead somebody whom a platform sent back to the organisation that she was connecting for; changes nothing.

    Who was sent out by the command pastes this address: so it asks for no login, and stays as it is.
    """
    website: Website = request.app
    way = _read_way(website.jar.read(request, cookies.CONNECTING))
    if way is None:
        return open_page(website.language(request), website.now(), "admin/over.html", 403, here=BACK)
    brought = {name: request.query_params.get(name, "") for name in (*BROUGHT, "error")}
    asked = urlencode({name: value for name, value in brought.items() if value})
    return RedirectResponse(f"/for/{quote(way.number)}/accounts/back/{quote(way.platform)}?{asked}", 303)


@router.get(f"{BASE}/back/{{platform}}")
def show_back(visit: Annotated[Visit, Depends(on("account.connect"))], platform: str) -> Response:
    """Show a button to whoever came back; nothing is changed yet."""
    kind, way = _kind(platform), way_of(visit)
    brought = {name: visit.request.query_params.get(name, "") for name in BROUGHT}
    if way is None or (way.number, way.platform) != (visit.place.number, platform):
        return _refused(visit, platform, ConnectingOver(), {})
    if not brought["code"] or not brought["state"]:
        error = Error(
            "kople", visit.say("page.connect.said_no", platform=platform_title(kind.name, visit.voice))
        )
        return _form(visit, platform, 422, (error,), {"base": way.server})
    return visit.page("admin/back.html", kind=kind, brought=brought, server=way.server)


@router.post(f"{BASE}/back/{{platform}}")
def finish(visit: Annotated[Visit, Depends(on("account.connect", takes=BROUGHT))], platform: str) -> Response:
    """Trade what was brought back for a login; where it reaches several accounts, ask which."""
    kind, way, form = _kind(platform), way_of(visit), visit.form
    try:
        server = _own_way(visit, way, platform).server
        found = connecting.finish(
            porch(visit, platform), server, redirect_of(visit), state=Secret(form["state"]),
            code=Secret(form["code"]), issuer=form["iss"] or None, now=visit.now,
        )  # fmt: skip
    except (ConnectorError, ConnectingOver, AccountTaken, KeysProblem, OSError) as trouble:
        return _refused(visit, platform, trouble, {"base": way.server} if way else {})
    if isinstance(found, Choice):
        return visit.page("admin/choose.html", kind=kind, choice=found)
    return _kept(visit, found)


def _own_way(visit: Visit, way: Way | None, platform: str) -> Way:
    """Return the way that this browser went, if it was for this organisation and platform.

    Raises: ConnectingOver.
    """
    if way is None or (way.number, way.platform) != (visit.place.number, platform):
        raise ConnectingOver
    return way


@router.post(f"{BASE}/choose/{{platform}}")
def choose(
    visit: Annotated[Visit, Depends(on("account.connect", takes=("state", "remote_id")))], platform: str
) -> Response:
    """Keep the one of several accounts that a person chose; the logins of the others are gone."""
    _kind(platform)
    way, form = way_of(visit), visit.form
    try:
        server = _own_way(visit, way, platform).server
        kept = connecting.choose(
            porch(visit, platform), server, redirect_of(visit), state=Secret(form["state"]),
            remote_id=form["remote_id"], now=visit.now,
        )  # fmt: skip
    except (ConnectingOver, AccountTaken, KeysProblem, OSError) as trouble:
        return _refused(visit, platform, trouble, {})
    return _kept(visit, kept)
