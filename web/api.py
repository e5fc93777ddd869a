"""The JSON interface for an organisation's own programs: the same functions as the pages, a token instead of a cookie.

A cookie opens nothing here (threat B10), and a token nothing on the pages. Addresses are those of the pages below
`/api`. What goes wrong is JSON, too: `{"code": "error.403", "text": …}`, the code for programs, the text for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from campaigns import access, api_tokens, holds
from campaigns.access import Relation
from campaigns.store import Actor
from reports import ahead, following, stops
from web.visits import Pages

if TYPE_CHECKING:
    from web.app import Website

router = Pages()
BELOW = "/api"
BASE = f"{BELOW}/for/{{number}}"


@dataclass(slots=True)
class Call:
    """One call of a program, acting as whoever made its token."""

    website: Website
    actor: Actor
    now: datetime

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


class ByToken:
    """What one route of the interface asks for: an action of the access table, within the token's scopes."""

    def __init__(self, action: str, relations: tuple[Relation, ...]) -> None:
        self.action = action
        self.relations = relations

    def __call__(self, request: Request, number: str) -> Call:
        """Return the call, or refuse it.

        Raises: HTTPException 401 without a token that opens this here, 403 for what its maker may not.
        """
        website: Website = request.app
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        now = website.now()
        actor = None
        if kind.lower() == "bearer" and token.startswith(api_tokens.PREFIX):
            actor = api_tokens.recognise(website.store, token.strip(), number, self.action, now=now)
        if actor is None:
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        if not any(access.may(actor, self.action, one) for one in self.relations):
            raise HTTPException(403)
        return Call(website, actor, now)


def by_token(action: str, *relations: Relation) -> ByToken:
    """Return what a route asks for; `own` where no relation is named."""
    return ByToken(action, relations or ("own",))


@router.get(f"{BASE}/campaigns")
def list_campaigns(call: Annotated[Call, Depends(by_token("campaign.read", "owner", "invited"))]) -> Response:
    """Give the campaigns that the organisation owns or takes part in."""
    with call.reading() as session:
        own = following.lines(session, now=call.now)
        invited = following.own_lines(session, now=call.now)
    return _answer({"own": [_line(one) for one in own], "invited": [_line(one) for one in invited]})


@router.get(f"{BASE}/campaigns/{{key}}")
def give_campaign(call: Annotated[Call, Depends(by_token("campaign.read", "owner"))], key: str) -> Response:
    """Give one campaign of the organisation's own with everybody who was invited."""
    with call.reading() as session:
        found = following.following(session, key, now=call.now)
    places = [{**asdict(one), "truth": _truth(one.truth)} for one in found.followers]
    return _answer({**_line(found.line), "messages": found.messages, "places": places})


@router.get(f"{BASE}/week")
def give_week(call: Annotated[Call, Depends(by_token("home.read"))]) -> Response:
    """Give what goes out in the next seven days, and the deadlines."""
    with call.reading() as session:
        return _answer([asdict(one) for one in ahead.week(session, now=call.now)])


@router.get(f"{BASE}/stops")
def list_stops(call: Annotated[Call, Depends(by_token("home.read"))]) -> Response:
    """Give the stops in force."""
    with call.reading() as session:
        return _answer([asdict(one) for one in stops.in_force(session)])


class WantedStop(BaseModel):
    """What a program may say when it stops."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field("", max_length=500)


@router.post(f"{BASE}/stops")
def stop(
    call: Annotated[Call, Depends(by_token("hold.set", "own", "parent"))], wanted: WantedStop
) -> Response:
    """Stop everything of the organisation's; in force when this answers. A person lifts it."""
    with call.acting() as session:
        made = holds.hold_widest(session, reason=wanted.reason, now=call.now).id
    return _answer({"stop": made, "since": call.now}, status=201)


def _line(line: following.Line) -> dict[str, object]:
    told = {**asdict(line), "truth": _truth(line.truth), "invited": line.invited, "joined": line.joined}
    del told["campaign_id"]  # an address has the key
    return told


def _truth(truth: Any) -> dict[str, object]:
    return {**asdict(truth), "all": truth.all}


def _answer(content: object, status: int = 200) -> Response:
    return JSONResponse(_plain(content), status_code=status)


def _plain(content: object) -> object:
    """Return a value as JSON takes it: moments and days as ISO 8601 texts."""
    if isinstance(content, datetime | date):
        return content.isoformat()
    if isinstance(content, dict):
        return {str(name): _plain(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_plain(one) for one in content]
    return content
