"""Another password for whoever is logged in and has a local account: at her own page, with the present one."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import entrance
from campaigns.credentials import PasswordRefused
from campaigns.tries import TooSoon
from web import cookies
from web.entrance import browser_of, door_of
from web.forms import LOGIN, Error
from web.visits import MYSELF, Pages, Visit, on

router = Pages()
PRESENT, NEW = f"{LOGIN}present", f"{LOGIN}new"
"""Names that are never written into a page, also where a session has ended in between (`forms.LOGIN`)."""
FIELDS = {name: name.replace(".", "-") for name in (PRESENT, NEW)}
"""The fields' ids, for the summary of errors."""


def _page(visit: Visit, status: int = 200, *errors: Error) -> Response:
    if entrance.has_codes(visit.website.store, visit.guest.person_id) is None:
        raise HTTPException(404)
    return visit.page("login/password.html", status, errors=errors, present=PRESENT, new=NEW)


@router.get("/me/password")
def show_password(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Ask for the present password and another one; unknown to whoever logs in elsewhere alone."""
    return _page(visit)


@router.post("/me/password")
def change_password(visit: Annotated[Visit, Depends(on(MYSELF, takes=(PRESENT, NEW)))]) -> Response:
    """Change the password; what was typed is shown to nobody again."""
    try:
        token = entrance.change_password(
            door_of(visit.request), visit.guest, visit.token, visit.form[PRESENT], visit.form[NEW],
            browser_of(visit.request),
        )  # fmt: skip
    except TooSoon as trouble:
        when = visit.voice.moment_or_clock(trouble.until)
        return _page(visit, 429, Error(FIELDS[PRESENT], visit.say(trouble.code, when=when)))
    except PasswordRefused as refused:
        wrong = [Error(FIELDS[NEW], visit.voice.problem(one.code, one.values)) for one in refused.problems]
        return _page(visit, 422, *wrong)
    except LookupError:
        raise HTTPException(404) from None
    if token is None:
        return _page(visit, 422, Error(FIELDS[PRESENT], visit.say("login.wrong_present")))
    response = visit.go("/me", said="done.password")
    visit.website.jar.put(response, cookies.SESSION, token.reveal())
    return response
