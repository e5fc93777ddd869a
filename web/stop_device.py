"""The emergency stop without a login: one page with one button, on a browser that was made a device for it (threat E9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import stop_devices
from campaigns.stop_devices import Holder
from connectors.secret import Secret
from reports import stops
from web import cookies
from web.forms import CSRF, Form, read_form
from web.login import device_of
from web.pages import login_page
from web.visits import MYSELF, Pages, Visit, on

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
PATH = "/stop"


@router.get(PATH)
def show_button(request: Request) -> Response:
    """Show the button, and what is stopped already."""
    return _page(request)


async def typed(request: Request) -> Form:
    """Return what the button sends."""
    return await read_form(request, ())


@router.post(PATH)
def stop(request: Request, form: Annotated[Form, Depends(typed)]) -> Response:
    """Stop everything in the device's organisation; in force when this answers."""
    website: Website = request.app
    token, holder = _holder(request)
    if holder is None:
        return _page(request, 401)
    if not cookies.is_form_token(form[CSRF], Secret(token), PATH):
        return _page(request, 403)
    with website.store.scope(holder.actor) as session:
        stop_devices.stop(session, holder.device_id, now=website.now())
    return RedirectResponse(PATH, 303)


def _holder(request: Request) -> tuple[str, Holder | None]:
    website: Website = request.app
    token = website.jar.read(request, cookies.STOP)
    return token, stop_devices.recognise(website.store, token, now=website.now()) if token else None


def _page(request: Request, status: int = 200) -> Response:
    website: Website = request.app
    token, holder = _holder(request)
    language = website.language(request, holder.language if holder else None)
    if holder is None:
        return login_page(language, website.now(), "stop/no_device.html", status)
    with website.store.scope(holder.actor, write=False) as session:
        found = stops.in_force(session)
    return login_page(
        language, website.now(), "stop/device.html", status, holder=holder, stops=found,
        csrf=cookies.form_token(Secret(token), PATH), again=status != 200,
    )  # fmt: skip


@router.post("/me/stop-devices")
def make_device(visit: Annotated[Visit, Depends(on(MYSELF, takes=("place",)))]) -> Response:
    """Make this browser a device that may stop in one of one's organisations."""
    website, place = visit.website, visit.guest.place(visit.form["place"])
    if place is None:
        raise HTTPException(404)
    with website.store.scope(visit.guest.acts_for(place)) as session:
        token = stop_devices.make(
            session, device_of(visit.request), now=visit.now,
            instead_of=website.jar.read(visit.request, cookies.STOP),
        )  # fmt: skip
    response = RedirectResponse(PATH, 303)
    website.jar.put(response, cookies.STOP, token.reveal(), lasts=int(stop_devices.LASTS.total_seconds()))
    return response


@router.post("/me/stop-devices/{stop_device:int}/end")
def end_device(visit: Annotated[Visit, Depends(on(MYSELF))], stop_device: int) -> Response:
    """End one of one's own devices."""
    stop_devices.end(visit.website.store, visit.guest, stop_device, now=visit.now)
    return visit.go("/me", said="done.stop_device_ended")
