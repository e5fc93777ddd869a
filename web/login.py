"""The way in and out. In the demo one chooses who to be; that page refuses to exist anywhere but on this machine (G7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import entrance, identities, sessions, stop_devices
from campaigns.entrance import Browser, Door
from campaigns.tries import TooSoon
from connectors.secret import Secret
from web import cookies
from web.callers import address_of
from web.forms import Error, Form, read_form
from web.pages import login_page
from web.visits import MYSELF, Pages, Visit, on

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
DEMO = "chosen in the demo"
_TARGET = re.compile(r"/(?![/\\])[^\x00-\x20\x7f\\]*")
"""An address on this site: no host, no control characters, no backslash that a browser takes for a slash (threat B20)."""


def safe_target(wanted: str) -> str:
    """Return where to go after a login: what was wanted if it is an address on this site, else the start page."""
    return wanted if _TARGET.fullmatch(wanted) else "/"


def device_of(request: Request) -> str:
    """Return what a browser calls itself, in short: its name and the system it runs on."""
    agent = request.headers.get("user-agent", "")
    names = ("Firefox", "Edg", "OPR", "Chrome", "Safari")
    systems = ("iPhone", "iPad", "Android", "Windows", "Mac OS", "Linux")
    found = [next((one for one in those if one in agent), "") for those in (names, systems)]
    return " · ".join({"Edg": "Edge", "OPR": "Opera"}.get(one, one) for one in found if one) or "?"


async def typed(request: Request) -> Form:
    """Return what was typed into a form of this page."""
    return await read_form(request, ("person", "next"))


@router.get("/")
def show_start(request: Request) -> Response:
    """Lead to the first of one's organisations, or to the login."""
    website: Website = request.app
    token = website.jar.read(request, cookies.SESSION)
    guest = sessions.recognise(website.store, token, now=website.now()) if token else None
    if guest is None:
        return RedirectResponse("/login", 303)
    return RedirectResponse(f"/for/{guest.places[0].number}" if guest.places else "/me", 303)


@router.get("/login")
def show_ways_in(request: Request, next: str = "/") -> Response:
    """Show the ways in."""
    return show_login(request, next)


def show_login(request: Request, next: str, *, errors: Sequence[Error] = (), mail: str = "") -> Response:
    """Return the page of the ways in, with what was typed and what is wrong with it."""
    website: Website = request.app
    target = safe_target(next)
    people = sessions.choosable(website.store) if website.settings.demo_login else []
    wanted = re.match(r"/for/([^/?]+)", target)
    chosen = next_person(people, wanted[1] if wanted else "")
    return login_page(
        website.language(request), website.now(), "login/login.html", 422 if errors else 200, people=people,
        chosen=chosen, target=target, errors=errors, mail=mail,
        providers=[] if people else list(website.providers.values()),
    )  # fmt: skip


def next_person(people: list[sessions.Choosable], number: str) -> sessions.Choosable | None:
    """Return who works for the organisation that one was on the way to."""
    return next((one for one in people if one.number == number), None)


@router.post("/login/person")
def log_in_as(request: Request, form: Annotated[Form, Depends(typed)]) -> Response:
    """Log in as one of the demo's people."""
    website: Website = request.app
    if not website.settings.demo_login or not form["person"].isdecimal() or len(form["person"]) > 18:
        raise HTTPException(404)
    token = sessions.begin_for(
        website.store, int(form["person"]), how=DEMO, device=device_of(request), now=website.now(),
        factor_at=website.now(), instead_of=website.jar.read(request, cookies.SESSION),
    )  # fmt: skip
    if token is None:
        raise HTTPException(404)
    return enter(website, token, safe_target(form["next"]))


def enter(website: Website, token: Secret, target: str) -> Response:
    """Return the way in with the session's cookie."""
    response = RedirectResponse(target, 303)
    website.jar.put(response, cookies.SESSION, token.reveal())
    return response


@router.get("/login/done")
def show_done(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Say that one is logged in, and that the page one came from can go on."""
    return visit.page("login/done.html")


@router.get("/login/again")
def show_again(visit: Annotated[Visit, Depends(on(MYSELF))], next: str = "/") -> Response:
    """Ask for a fresh proof before an act that wants one."""
    return _again(visit, next)


def _again(visit: Visit, target: str, status: int = 200, errors: Sequence[Error] = ()) -> Response:
    has = entrance.has_codes(visit.website.store, visit.guest.person_id)
    listed = visit.website.providers.values()
    linked = identities.linked(visit.website.store, visit.guest.person_id) if listed else {}
    return visit.page(
        "login/again.html", status, target=safe_target(target), demo=visit.website.settings.demo_login,
        codes=bool(has), errors=errors, providers=[one for one in listed if one.key in linked],
    )  # fmt: skip


@router.post("/login/again")
def prove_again(visit: Annotated[Visit, Depends(on(MYSELF, takes=("next", "code")))]) -> Response:
    """Take a one-time code, or in the demo a person's word for it."""
    website, target = visit.website, visit.form["next"]
    if website.settings.demo_login and not visit.form["code"]:
        return enter(
            website,
            sessions.prove_again(website.store, visit.guest, visit.token, now=visit.now),
            safe_target(target),
        )
    door = Door(website.store, website.desk.vault, visit.now)
    try:
        token = entrance.prove_again(
            door,
            visit.guest,
            visit.token,
            visit.form["code"],
            Browser(address_of(visit.request, website.settings), device_of(visit.request)),
        )
    except TooSoon as trouble:
        wrong = visit.say(trouble.code, when=visit.voice.moment_or_clock(trouble.until))
        return _again(visit, target, 429, [Error("code", wrong)])
    if token is None:
        return _again(visit, target, 422, [Error("code", visit.voice.problem("login.wrong_code", {}))])
    return enter(website, token, safe_target(target))


@router.post("/logout")
def log_out(visit: Annotated[Visit, Depends(on(MYSELF, with_password_alone=True))]) -> Response:
    """End this session, here and on the server (threat B8)."""
    sessions.leave(visit.website.store, visit.token)
    response = RedirectResponse("/login", 303)
    visit.website.jar.drop(response, cookies.SESSION)
    return response


@router.get("/me")
def show_me(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Show one's organisations and sessions."""
    store, guest = visit.website.store, visit.guest
    return visit.page(
        "login/me.html", sessions=sessions.own_sessions(store, guest, now=visit.now),
        local=entrance.has_codes(store, guest.person_id) is not None,
        devices=stop_devices.own(store, guest, now=visit.now), device_days=stop_devices.LASTS.days,
        stoppable=[one for one in guest.places if stop_devices.may_keep(guest.acts_for(one))],
    )  # fmt: skip


@router.post("/me/sessions/{session_id:int}/end")
def end_session(visit: Annotated[Visit, Depends(on(MYSELF))], session_id: int) -> Response:
    """End one of one's own sessions."""
    if not sessions.end_one(visit.website.store, visit.guest, session_id):
        raise HTTPException(404)
    return visit.go("/me", said="done.session_ended")


@router.post("/me/language")
def choose_language(visit: Annotated[Visit, Depends(on(MYSELF, takes=("language",)))]) -> Response:
    """Remember the language that pages and mails are to be in."""
    if visit.form["language"] not in ("nn", "nb", "en"):
        raise HTTPException(422)
    sessions.choose_language(visit.website.store, visit.guest, visit.form["language"])
    response = visit.go("/me", said="done.language")
    visit.website.jar.put(response, cookies.LANGUAGE, visit.form["language"], lasts=cookies.A_YEAR)
    return response
