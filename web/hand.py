"""What people put out by hand: the text to copy, the pictures to save, the steps, and the address that comes of it (D32)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from campaigns import by_hand
from reports import titles
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/hand")
def list_tasks(visit: Annotated[Visit, Depends(on("delivery.answer"))]) -> Response:
    """Show what is to be put out by hand within the week."""
    with visit.reading() as session:
        tasks = by_hand.tasks(session, now=visit.now)
        names = titles.of_campaigns(session)
    return visit.page("hand/list.html", tasks=tasks, names=names)


@router.get("/for/{number}/hand/{delivery:int}")
def show_task(visit: Annotated[Visit, Depends(on("delivery.answer"))], delivery: int) -> Response:
    """Show one task with its text, pictures and steps."""
    return _show(visit, delivery)


def _show(
    visit: Visit, delivery: int, status: int = 200, errors: Sequence[Error] = (), typed: str = ""
) -> Response:
    with visit.reading() as session:
        task = by_hand.task(session, delivery, now=visit.now)
    return visit.page("hand/task.html", status, task=task, errors=errors, typed=typed)


@router.post("/for/{number}/hand/{delivery:int}")
def mark_published(
    visit: Annotated[Visit, Depends(on("delivery.answer", takes=("address",)))], delivery: int
) -> Response:
    """Take a person's word that it is out, and where; an address that cannot be keeps what was typed."""
    address = visit.form["address"]
    try:
        with visit.acting() as session:
            by_hand.mark_published(session, delivery, address, now=visit.now)
    except by_hand.NotByHand as refused:
        error = Error("address", visit.voice.problem(refused.code, refused.values))
        return _show(visit, delivery, 422, [error], address)
    return visit.go("hand", said="done.put_out")
