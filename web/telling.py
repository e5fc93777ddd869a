"""What a person wants to be told, and how soon: her own choices, for all organisations that she works for at once."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import notices
from campaigns.organisations import NotFound
from web.visits import MYSELF, Pages, Visit, on

router = Pages()


@router.get("/me/notices")
def show_choices(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Show what she is told of, and what she may choose."""
    offered = notices.choices_of(visit.website.store, visit.guest.person_id)
    return visit.page("me/notices.html", offered=offered)


@router.post("/me/notices")
def choose(visit: Annotated[Visit, Depends(on(MYSELF, takes=("kind.*",)))]) -> Response:
    """Store what she chose; a kind or a choice that is not offered to her is no form of ours."""
    try:
        notices.choose_of(visit.website.store, visit.guest.person_id, visit.form.starting("kind."))
    except NotFound:
        raise HTTPException(422) from None
    return visit.go("/me/notices", said="done.notices")
