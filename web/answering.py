"""Answering an invitation by the link in a mail, without a login: three buttons and nothing that works by itself.

Opening a link changes nothing, however often a scanner does (threat B2): its secret moves into a cookie and out of the
address (B5), and what answers is a form with a word that only the page and the cookie have together.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from campaigns import answer_links
from campaigns.store import Answer
from web import cookies
from web.forms import Form, read_form
from web.pages import login_page
from web.visits import Pages

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
LINK, WORD = "answer", "answerword"
"""Cookies: of the link, and of the form."""
ANSWERS = {"in": Answer.joined, "out": Answer.out, "later": Answer.later}


async def typed(request: Request) -> Form:
    """Return what was chosen."""
    return await read_form(request, ("answer", "word"))


@router.get("/answer/{token}")
def open_link(request: Request, token: str) -> Response:
    """Take a link's secret out of the address at once."""
    website: Website = request.app
    response = RedirectResponse("/answer", 303)
    if cookies.is_link(token):
        website.jar.put(response, LINK, token, lasts=3600)
    return response


@router.get("/answer")
def show_invitation(request: Request) -> Response:
    """Show what is asked with the texts as they would be there, and the three answers."""
    website: Website = request.app
    token = website.jar.read(request, LINK)
    found = answer_links.look_at(website.store, token, now=website.now())
    offer = answer_links.texts(website.store, website.desk.connectors, token, now=website.now())
    word = secrets.token_urlsafe(16)
    response = _page(request, 200 if found else 410, found=found, offer=offer, word=word, said="")
    website.jar.put(response, WORD, word, lasts=3600)
    return response


@router.post("/answer")
def answer(request: Request, form: Annotated[Form, Depends(typed)]) -> Response:
    """Take the answer; the link is spent with it, and everybody who may answer there is told."""
    website: Website = request.app
    word = website.jar.read(request, WORD)
    if not word or not secrets.compare_digest(word.encode(), form["word"].encode()):
        raise HTTPException(403)
    said = ANSWERS.get(form["answer"])
    if said is None:
        raise HTTPException(422)
    found = answer_links.answer(website.store, website.jar.read(request, LINK), said, now=website.now())
    response = _page(
        request, 200 if found else 410, found=found, offer=None, word="", said=form["answer"] if found else ""
    )
    website.jar.drop(response, LINK)
    website.jar.drop(response, WORD)
    return response


def _page(request: Request, status: int, **values: object) -> Response:
    website: Website = request.app
    return login_page(website.language(request), website.now(), "path/answer.html", status, **values)
