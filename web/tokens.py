"""The page of an organisation's tokens: made, shown once, and taken back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import api_tokens
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
DAYS = 90


def _page(
    visit: Visit, status: int = 200, *, made: str = "", errors: tuple[Error, ...] = (),
    typed: Mapping[str, object] | None = None,
) -> Response:  # fmt: skip
    with visit.reading() as session:
        tokens = api_tokens.own(session, now=visit.now)
    return visit.page(
        "tokens.html", status, tokens=tokens, made=made, errors=errors, scopes=tuple(api_tokens.SCOPES),
        typed=typed or {"name": "", "days": str(DAYS), "scopes": ()},
    )  # fmt: skip


@router.get("/for/{number}/tokens")
def show_tokens(visit: Annotated[Visit, Depends(on("token.make"))]) -> Response:
    """Show the tokens that still open something."""
    return _page(visit)


@router.post("/for/{number}/tokens")
def make_token(
    visit: Annotated[Visit, Depends(on("token.make", takes=("name", "scope", "days")))],
) -> Response:
    """Make a token and show it, this once."""
    form = visit.form
    days = int(form["days"]) if form["days"].isdecimal() and len(form["days"]) < 6 else 0
    try:
        with visit.acting() as session:
            token = api_tokens.make(session, form["name"], form.all("scope"), days, now=visit.now)
    except api_tokens.TokenRefused as refused:
        where = {"token.name_missing": "name", "token.scopes_missing": "scope", "token.days": "days"}
        errors = tuple(
            Error(where[one.code], visit.voice.problem(one.code, one.values)) for one in refused.problems
        )
        typed = {"name": form["name"], "scopes": form.all("scope"), "days": form["days"]}
        return _page(visit, 422, errors=errors, typed=typed)
    return _page(visit, made=token.reveal())


@router.post("/for/{number}/tokens/{token:int}/revoke")
def revoke_token(visit: Annotated[Visit, Depends(on("token.make"))], token: int) -> Response:
    """Take a token back."""
    with visit.acting() as session:
        api_tokens.revoke(session, token, now=visit.now)
    return visit.go("tokens", said="done.token_revoked")
