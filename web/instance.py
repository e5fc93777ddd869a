"""The instance's own page, for its operators: processes, queues, accounts in trouble, versions. Names no municipality."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from reports.instance import look
from web.visits import MYSELF, Pages, Visit, on

router = Pages()


def is_operator(visit: Visit) -> bool:
    """Return whether the settings name her as one who keeps the instance running."""
    return visit.guest.mail.lower() in visit.website.settings.operator_mails


@router.get("/instance")
def show_instance(visit: Annotated[Visit, Depends(on(MYSELF))]) -> Response:
    """Show how the instance stands; for anybody else there is no such page."""
    if not is_operator(visit):
        raise HTTPException(404)
    return visit.page("admin/instance.html", found=look(visit.website.store, now=visit.now))
