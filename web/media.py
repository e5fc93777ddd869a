"""Pictures behind the login: of campaigns that the organisation owns or was invited to (threat A6)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import pictures
from campaigns.media import PictureRefused
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/media/{sha256}.jpg")
def give_picture(visit: Annotated[Visit, Depends(on("home.read"))], sha256: str) -> Response:
    """Give a stored picture, under its digest, to whoever may see a campaign that has it."""
    with visit.reading() as session:
        if not pictures.is_visible(session, sha256):
            raise HTTPException(404)
    try:
        return Response(visit.website.media.read(sha256), media_type="image/jpeg")
    except (PictureRefused, ValueError):
        raise HTTPException(404) from None
