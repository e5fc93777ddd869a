"""A visit: one request of one person, acting for the organisation that its address names.

`on` is how a route says what it asks for: an action of the access table, in which relation, and which fields it takes.
It finds who is there, what she may, whether her form is her own, and gives the handler a `Visit`; no handler sees the
database in any other way (threat A14). The organisation is always in the address, never in the session (A11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from campaigns import access, sessions
from campaigns.access import Relation
from campaigns.sessions import Guest, Place
from campaigns.store import Actor
from connectors.secret import Secret
from reports.voice import Voice
from web import cookies
from web.forms import CSRF, Form, read_form

if TYPE_CHECKING:
    from web.app import Website

SAFE = frozenset({"GET", "HEAD"})


class Pages(APIRouter):
    """A router whose pages also answer HEAD, which FastAPI's GET routes refuse."""

    def get(self, path: str, **more: Any) -> Callable[..., Any]:
        """Add a page."""
        return self.api_route(path, methods=["GET", "HEAD"], include_in_schema=False, **more)

    def post(self, path: str, **more: Any) -> Callable[..., Any]:
        """Add an act."""
        return self.api_route(path, methods=["POST"], include_in_schema=False, **more)


class LoginNeeded(Exception):
    """Nobody is logged in (any more); what was typed comes along, so that it can be kept."""

    def __init__(self, form: Form) -> None:
        super().__init__("login needed")
        self.form = form


class AskAgain(Exception):
    """Something cannot be taken just now, and can after a step of hers.

    A form's token is another session's (`stale`), the second factor is too old (`factor`), or there is none yet and a
    password is all that was shown (`codes`) (threats B10, B21).
    """

    def __init__(self, visit: Visit, reason: str) -> None:
        super().__init__(reason)
        self.visit = visit
        self.reason = reason


@dataclass(slots=True)
class Visit:
    """One request of one person. `place` is the organisation in the address; pages of her own have none."""

    website: Website
    request: Request
    guest: Guest
    token: Secret
    voice: Voice
    now: datetime
    form: Form = field(default_factory=Form)
    own_place: Place | None = None

    @property
    def place(self) -> Place:
        """Return the organisation that the address names.

        Raises: LookupError on a page that belongs to no organisation.
        """
        if self.own_place is None:
            raise LookupError("this page belongs to no organisation")
        return self.own_place

    @property
    def actor(self) -> Actor:
        """Return who acts."""
        return self.guest.acts_for(self.place)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open the organisation's scope to read in."""
        with self.website.store.scope(self.actor, write=False) as session:
            yield session

    @contextmanager
    def acting(self) -> Iterator[Session]:
        """Open the organisation's scope to act in."""
        with self.website.store.scope(self.actor) as session:
            yield session

    def say(self, code: str, /, **values: object) -> str:
        """Return a sentence in the reader's language."""
        return self.voice.say(code, **values)

    def may(self, action: str, relation: Relation = "own") -> bool:
        """Return whether she may; what she may not, a page does not offer."""
        return self.own_place is not None and access.may(self.actor, action, relation)

    def csrf(self) -> str:
        """Return a token for a form on this page."""
        return cookies.form_token(self.token, self._scope)

    @property
    def _scope(self) -> str:
        return self.own_place.number if self.own_place else ""

    @property
    def form_is_own(self) -> bool:
        """Return whether the form came from a page of this session and this organisation."""
        return cookies.is_form_token(self.form[CSRF], self.token, self._scope)

    @property
    def is_partial(self) -> bool:
        """Return whether a script asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    def at(self, path: str = "") -> str:
        """Return an address below the organisation's own."""
        return f"/for/{self.place.number}{f'/{path}' if path else ''}"

    def page(self, template: str, status: int = 200, /, **values: object) -> HTMLResponse:
        """Return a page made of a template and values."""
        return self.website.page(self, template, status, values)

    def go(self, path: str = "", /, said: str = "", **values: object) -> RedirectResponse:
        """Return the way to a page below the organisation's address, which begins with a sentence about what was done."""
        target = path if path.startswith("/") else self.at(path)
        response = RedirectResponse(target, 303)
        if said:
            self.website.jar.put(response, cookies.SAID, cookies.pack(said, values))
        return response


MYSELF = "myself"
"""What a route names that is about the person herself and belongs to no organisation."""


class On:
    """What one route asks for; FastAPI calls it with the request, and hands its visit to the handler."""

    def __init__(
        self,
        action: str,
        relations: tuple[Relation, ...],
        takes: tuple[str, ...],
        *,
        with_file: bool,
        with_password_alone: bool,
    ) -> None:
        self.action = action
        self.relations = relations
        self.takes = takes
        self.with_file = with_file
        self.with_password_alone = with_password_alone

    async def __call__(self, request: Request) -> Visit:
        """Return the visit, or refuse it.

        Raises: LoginNeeded; AskAgain; HTTPException 404 for another organisation's address, 403 for what the roles do
        not allow, 413 or 422 for a form that cannot be taken.
        """
        form = Form()
        if request.method not in SAFE:
            form = await read_form(request, self.takes, with_file=self.with_file)
        visit = await run_in_threadpool(self._recognise, request, form)
        if visit.guest.has_password_alone and not self.with_password_alone:
            raise AskAgain(visit, "codes")
        if self.action == MYSELF:
            return self._checked(visit)
        if visit.own_place is None:
            raise HTTPException(404)
        if not any(visit.may(self.action, one) for one in self.relations):
            raise HTTPException(403)
        return self._checked(visit)

    def _recognise(self, request: Request, form: Form) -> Visit:
        website: Website = request.app
        token, now = website.jar.read(request, cookies.SESSION), website.now()
        guest = sessions.recognise(website.store, token, now=now) if token else None
        if guest is None:
            raise LoginNeeded(form)
        number = request.path_params.get("number")
        place = guest.place(str(number)) if number else None
        voice = Voice(website.language(request, guest.language), now)
        return Visit(website, request, guest, Secret(token), voice, now, form, place)

    def _checked(self, visit: Visit) -> Visit:
        if visit.request.method in SAFE:
            return visit
        if not visit.form_is_own:
            raise AskAgain(visit, "stale")
        if self.action in access.SECOND_FACTOR and not visit.guest.is_fresh(visit.now):
            raise AskAgain(visit, "factor")
        return visit


def on(
    action: str, *relations: Relation, takes: tuple[str, ...] = (), with_file: bool = False,
    with_password_alone: bool = False,
) -> On:  # fmt: skip
    """Return what a route asks for: an action of the access table in one of these relations; `own` where none is named.

    `takes` are the fields of its form, `fact.*` for all that begin so; `with_file` allows a picture's size.
    `with_password_alone` lets in who has no one-time codes yet: to set them up, to leave, and to stop.
    """
    return On(
        action, relations or ("own",), takes, with_file=with_file, with_password_alone=with_password_alone
    )


Values = Mapping[str, object]
