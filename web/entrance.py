"""The way in with a password and a one-time code: login, links that let somebody in once, and the codes themselves.

No page tells whether somebody is known here: the same words, the same status, whatever was typed (threat B14).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import segno
from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import entrance
from campaigns.credentials import NewSeed, PasswordRefused
from campaigns.entrance import Browser, Door
from campaigns.mail_addresses import AddressRefused
from campaigns.providers import Provider
from campaigns.tries import TooSoon
from connectors.secret import Secret
from reports.voice import Voice
from web import cookies
from web.callers import address_of
from web.forms import Error, Form, read_form
from web.login import device_of, enter, safe_target, show_login
from web.navigation import stoppable
from web.pages import login_page
from web.visits import MYSELF, Pages, Visit, on

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
STEP = "step"
"""The cookie between password and code, and of a link that was opened."""
ISSUER = "Samklang"


async def typed(request: Request) -> Form:
    """Return what was typed into a form of the way in."""
    return await read_form(request, ("mail", "password", "code", "next", "name", "number"))


Typed = Annotated[Form, Depends(typed)]


def door_of(request: Request) -> Door:
    """Return what the way in needs."""
    website: Website = request.app
    return Door(website.store, website.desk.vault, website.now())


def browser_of(request: Request) -> Browser:
    """Return where a request comes from: the peer itself, or whom a named proxy speaks for (threat G9)."""
    website: Website = request.app
    return Browser(
        address_of(request, website.settings), device_of(request), website.jar.read(request, cookies.SESSION)
    )


def _page(request: Request, template: str, status: int = 200, **values: object) -> Response:
    website: Website = request.app
    return login_page(website.language(request), website.now(), template, status, **values)


def _voice(request: Request) -> Voice:
    website: Website = request.app
    return Voice(website.language(request), website.now())


def _too_soon(request: Request, trouble: TooSoon) -> str:
    voice = _voice(request)
    return voice.say(trouble.code, when=voice.moment_or_clock(trouble.until))


def _say(request: Request, code: str, **values: object) -> str:
    return _voice(request).problem(code, values)


@router.post("/login")
def log_in(request: Request, form: Typed) -> Response:
    """Take mail address and password."""
    target = safe_target(form["next"])
    try:
        opened = entrance.knock(door_of(request), form["mail"], form["password"], browser_of(request))
    except TooSoon as trouble:
        return show_login(
            request, target, errors=[Error("mail", _too_soon(request, trouble))], mail=form["mail"]
        )
    if opened is None:
        wrong = [Error("mail", _say(request, "login.wrong"))]
        return show_login(request, target, errors=wrong, mail=form["mail"])
    website: Website = request.app
    if opened.session is not None:
        return enter(website, opened.session, f"/me/codes?next={quote(target, safe='/')}")
    response = RedirectResponse(f"/login/code?next={quote(target, safe='/')}", 303)
    website.jar.put(response, STEP, opened.asks_code.reveal() if opened.asks_code else "", lasts=300)
    return response


@router.get("/login/code")
def ask_code(request: Request, next: str = "/") -> Response:
    """Ask for the one-time code."""
    return _page(request, "login/code.html", target=safe_target(next))


@router.post("/login/code")
def take_code(request: Request, form: Typed) -> Response:
    """Take the one-time code."""
    website: Website = request.app
    target = safe_target(form["next"])
    try:
        token = website.jar.read(request, STEP)
        session = entrance.give_code(door_of(request), token, form["code"], browser_of(request))
    except LookupError:
        return RedirectResponse(f"/login?next={quote(target, safe='/')}", 303)
    except TooSoon as trouble:
        return _page(
            request,
            "login/code.html",
            429,
            target=target,
            errors=[Error("code", _too_soon(request, trouble))],
        )
    if session is None:
        wrong = [Error("code", _say(request, "login.wrong_code"))]
        return _page(request, "login/code.html", 422, target=target, errors=wrong)
    response = enter(website, session, target)
    website.jar.drop(response, STEP)
    return response


@router.get("/login/forgotten")
def show_forgotten(request: Request) -> Response:
    """Ask for the mail address of whoever has forgotten her password."""
    return _page(request, "login/forgotten.html", sent=False, mail="")


@router.post("/login/forgotten")
def forgot(request: Request, form: Typed) -> Response:
    """Say that a link is on its way, whether or not anybody has this address."""
    try:
        entrance.forgot(door_of(request), form["mail"], browser_of(request))
    except (AddressRefused, TooSoon) as refused:
        status, errors = _no_letter(request, refused)
        return _page(request, "login/forgotten.html", status, sent=False, mail=form["mail"], errors=errors)
    return _page(request, "login/forgotten.html", sent=True, mail="")


def _no_letter(request: Request, refused: AddressRefused | TooSoon) -> tuple[int, list[Error]]:
    """Return what is told of a letter that does not go: it depends on what was typed and asked alone (threat B14)."""
    if isinstance(refused, AddressRefused):
        return 422, [Error("mail", _say(request, refused.code))]
    voice = _voice(request)
    when = voice.moment_or_clock(refused.until)
    return 429, [Error("mail", voice.say("login.letters_too_soon", when=when))]


@router.get("/login/first")
def show_first(request: Request) -> Response:
    """Ask who wants to be the first admin of a municipality."""
    return _page(request, "login/first.html", sent=False, form=Form())


@router.post("/login/first")
def ask_first(request: Request, form: Typed) -> Response:
    """Say that a link is on its way, if the address is in the municipality's domain and it has no admin yet."""
    try:
        entrance.ask_first_admin(
            door_of(request), form["number"].strip(), form["mail"], form["name"].strip(), browser_of(request)
        )
    except (AddressRefused, TooSoon) as refused:
        status, errors = _no_letter(request, refused)
        return _page(request, "login/first.html", status, sent=False, form=form, errors=errors)
    return _page(request, "login/first.html", sent=True, form=form)


@router.get("/enter/{token}")
def open_link(request: Request, token: str) -> Response:
    """Take a link's secret out of the address at once, so that it stays in no history and no log (threat B5)."""
    website: Website = request.app
    response = RedirectResponse("/enter", 303)
    if cookies.is_link(token):
        website.jar.put(response, STEP, token, lasts=600)
    return response


@router.get("/enter")
def show_entry(request: Request) -> Response:
    """Show what a link is for; opening it changes nothing (threat B2)."""
    website: Website = request.app
    shown = entrance.look_at(door_of(request), website.jar.read(request, STEP))
    return _page(
        request, "login/enter.html", 200 if shown else 410, shown=shown, providers=_providers(request)
    )


def _providers(request: Request) -> list[Provider]:
    website: Website = request.app
    return list(website.providers.values())


@router.post("/enter")
def take_entry(request: Request, form: Typed) -> Response:
    """Let somebody in by a link, with the password that she chose."""
    website: Website = request.app
    token = website.jar.read(request, STEP)
    door = door_of(request)
    try:
        session = entrance.enter_by_link(door, token, form["password"], browser_of(request))
    except PasswordRefused as refused:
        errors = [Error("password", _say(request, one.code, **one.values)) for one in refused.problems]
        return _page(
            request,
            "login/enter.html",
            422,
            shown=entrance.look_at(door, token),
            errors=errors,
            providers=_providers(request),
        )
    response = (
        RedirectResponse("/login", 303) if session is None else enter(website, session, "/me/codes?next=/")
    )
    website.jar.drop(response, STEP)
    return response


# -- codes


@router.get("/me/codes")
def show_codes(
    visit: Annotated[Visit, Depends(on(MYSELF, with_password_alone=True))], next: str = "/me"
) -> Response:
    """Show whether one gives one-time codes, and how to begin; who has shown a password alone sees no other page."""
    has = entrance.has_codes(visit.website.store, visit.guest.person_id)
    return _codes_page(visit, next, has=has)


def _codes_page(
    visit: Visit, target: str, status: int = 200, *, has: bool | None, begun: NewSeed | None = None,
    codes: Sequence[str] = (), errors: Sequence[Error] = (),
) -> Response:  # fmt: skip
    return visit.page(
        "login/codes.html", status, has=has, target=safe_target(target), stoppable=stoppable(visit), codes=codes,
        errors=errors, seed=_in_fours(begun.seed.reveal()) if begun else "",
        square=_square(visit, begun.seed) if begun else "", ticket=begun.ticket.reveal() if begun else "",
    )  # fmt: skip


@router.post("/me/codes")
def begin_codes(
    visit: Annotated[Visit, Depends(on(MYSELF, takes=("next",), with_password_alone=True))],
) -> Response:
    """Make a seed and show it as a square and in letters; with codes already, only after a fresh one (threat B21)."""
    has = entrance.has_codes(visit.website.store, visit.guest.person_id)
    if has is None:
        raise HTTPException(404)
    if has and not visit.guest.is_fresh(visit.now):
        return visit.page("login/again.html", 403, target="/me/codes", demo=False, codes=True, providers=())
    return _begin_anew(visit)


def _begin_anew(visit: Visit, status: int = 200, *errors: Error) -> Response:
    begun = entrance.begin_codes(door_of(visit.request), visit.guest.person_id)
    if begun is None:
        raise HTTPException(404)
    return _codes_page(visit, visit.form["next"], status, has=False, begun=begun, errors=errors)


def _show_seed(visit: Visit, status: int, sentence: str) -> Response:
    """Show the seed of this page again, or another one where its time is over."""
    begun = entrance.begun_seed(door_of(visit.request), visit.guest.person_id, visit.form["ticket"])
    if begun is None:
        return _begin_anew(visit, 422, Error("code", visit.say("login.seed_over")))
    errors = [Error("code", sentence)]
    return _codes_page(visit, visit.form["next"], status, has=False, begun=begun, errors=errors)


@router.post("/me/codes/confirm")
def confirm_codes(
    visit: Annotated[Visit, Depends(on(MYSELF, takes=("code", "next", "ticket"), with_password_alone=True))],
) -> Response:
    """Take the first code, and show the recovery codes this once."""
    try:
        done = entrance.confirm_codes(
            door_of(visit.request), visit.guest, visit.token, visit.form["ticket"], visit.form["code"],
            browser_of(visit.request),
        )  # fmt: skip
    except TooSoon as trouble:
        return _show_seed(visit, 429, _too_soon(visit.request, trouble))
    except LookupError:
        return _show_seed(visit, 422, "")
    if done is None:
        return _show_seed(visit, 422, visit.voice.problem("login.wrong_code", {}))
    token, codes = done
    visit.token = token
    response = _codes_page(visit, visit.form["next"], has=True, codes=codes)
    visit.website.jar.put(response, cookies.SESSION, token.reveal())
    return response


def _in_fours(seed: str) -> str:
    return " ".join(seed[place : place + 4] for place in range(0, len(seed), 4))


def _square(visit: Visit, seed: Secret) -> str:
    """Return the square that an authenticator reads, as the path of an SVG; no style, so the policy lets it be."""
    label = f"{ISSUER}:{visit.guest.mail}"
    code = segno.make(f"otpauth://totp/{label}?secret={seed.reveal()}&issuer={ISSUER}", error="m")
    return "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(code.matrix) for x, dark in enumerate(row) if dark
    )
