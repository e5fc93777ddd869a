"""Drafts of campaigns: the list, and the ways in which one begins."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.responses import RedirectResponse, Response

from campaigns import drafts
from campaigns.definition import reading
from campaigns.definition.source import MOST_BYTES
from campaigns.drafting import beginning, keeping
from campaigns.participation import owned_campaign
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
MOST_TOLD = 20
"""Problems of an uploaded document that are told at once."""


def show_list(visit: Visit, *, status: int = 200, errors: tuple[Error, ...] = ()) -> Response:
    """Return the page with the organisation's drafts and the ways to begin one."""
    with visit.reading() as session:
        found, models = drafts.own(session), beginning.models(session)
        away = keeping.put_away_lately(session, now=visit.now)
    return visit.page(
        "drafts/list.html", status, drafts=found, models=models, away=away, days_kept=keeping.KEPT.days,
        days_away=keeping.AWAY.days, errors=errors,
    )  # fmt: skip


@router.get("/for/{number}/drafts")
def list_drafts(visit: Annotated[Visit, Depends(on("campaign.draft"))]) -> Response:
    """Show the drafts that are being written."""
    return show_list(visit)


@router.post("/for/{number}/drafts/new")
def begin_fresh(visit: Annotated[Visit, Depends(on("campaign.draft"))]) -> Response:
    """Begin a draft of which nothing is written."""
    with visit.acting() as session:
        draft_id = beginning.begin(session, now=visit.now).id
    return visit.go(f"drafts/{draft_id}")


@router.post("/for/{number}/drafts/document")
def begin_from_document(
    visit: Annotated[Visit, Depends(on("campaign.draft", takes=("document",), with_file=True))],
) -> Response:
    """Begin a draft with what an uploaded document says, or tell what is wrong with the document (threat D6)."""
    source = visit.form.files.get("document", b"")
    if not source:
        return _refuse(visit, [visit.say("page.editor.no_document")])
    read = reading.read(source[: MOST_BYTES + 1], platforms=frozenset(visit.website.desk.connectors))
    if read.definition is None:
        said = [reading.said(one, visit.voice.language) for one in read.errors or read.problems]
        return _refuse(visit, said[:MOST_TOLD])
    with visit.acting() as session:
        draft_id = beginning.begin_from(session, read.definition, now=visit.now).id
    return visit.go(f"drafts/{draft_id}", said="done.draft_taken")


def _refuse(visit: Visit, sentences: list[str]) -> Response:
    return show_list(visit, status=422, errors=tuple(Error("document", one) for one in sentences))


@router.post("/for/{number}/drafts/model")
def begin_on_model(
    visit: Annotated[Visit, Depends(on("campaign.draft", takes=("campaign",)))],
) -> Response:
    """Begin a new campaign with another one's words and pictures."""
    with visit.acting() as session:
        draft_id = beginning.build_on(session, visit.form["campaign"], now=visit.now).id
    return visit.go(f"drafts/{draft_id}", said="done.draft_built")


@router.post("/for/{number}/drafts/{draft:int}/away")
def put_away(visit: Annotated[Visit, Depends(on("campaign.draft"))], draft: int) -> Response:
    """Put a draft away that nobody wants."""
    with visit.acting() as session:
        drafts.put_away(session, drafts.draft_in(session, draft, change=True), now=visit.now)
    return visit.go("drafts", said="done.draft_away")


@router.post("/for/{number}/drafts/{draft:int}/back")
def take_back(visit: Annotated[Visit, Depends(on("campaign.draft"))], draft: int) -> Response:
    """Go on with a draft that was put away."""
    try:
        with visit.acting() as session:
            keeping.take_back(session, draft, now=visit.now)
    except drafts.DraftRefused as refused:
        told = Error("innhald", visit.voice.problem(refused.problem.code, refused.problem.values))
        return show_list(visit, status=409, errors=(told,))
    return visit.go(f"drafts/{draft}", said="done.draft_back")


@router.get("/for/{number}/campaigns/{key}/edit")
def ask_to_edit(visit: Annotated[Visit, Depends(on("campaign.draft"))], key: str) -> Response:
    """Lead to the draft of a campaign, or ask before one is begun."""
    with visit.reading() as session:
        campaign = owned_campaign(session, key)
        present = next((one for one in drafts.own(session) if one.campaign_id == campaign.id), None)
    if present is not None:
        return RedirectResponse(visit.at(f"drafts/{present.id}"), 303)
    return visit.page("drafts/edit.html", campaign=campaign)


@router.post("/for/{number}/campaigns/{key}/edit")
def edit(visit: Annotated[Visit, Depends(on("campaign.draft"))], key: str) -> Response:
    """Begin a draft of a stored campaign, or lead to the one that somebody has begun."""
    with visit.acting() as session:
        draft_id = beginning.reopen(session, key, now=visit.now).id
    return visit.go(f"drafts/{draft_id}")
