"""Campaigns as their owner follows them: the list, and who has answered what."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import closing, open_pages, participation
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from reports import following
from web.forms import Error
from web.navigation import is_county
from web.participation import show_path
from web.visits import Pages, Visit, on

router = Pages()


@router.get("/for/{number}/campaigns")
def list_campaigns(visit: Annotated[Visit, Depends(on("campaign.read", "owner", "invited"))]) -> Response:
    """Show the campaigns that the organisation owns, or was invited to."""
    with visit.reading() as session:
        own = following.lines(session, now=visit.now)
        invited = () if is_county(visit) else following.own_lines(session, now=visit.now)
    return visit.page("campaign/list.html", own=own, invited=invited)


@router.get("/for/{number}/campaigns/{key}")
def show_campaign(
    visit: Annotated[Visit, Depends(on("campaign.read", "owner", "invited"))], key: str, stage: str = ""
) -> Response:
    """Show a campaign: to its owner who has come how far, to a municipality its own way through it."""
    if not is_county(visit):
        try:
            return show_path(visit, key)
        except (NotFound, Forbidden):  # perhaps one of its own to which it has not invited itself yet (D15)
            return show_following(visit, key, stage=stage)
    return show_following(visit, key, stage=stage)


@router.get("/for/{number}/campaigns/{key}/following")
def follow(
    visit: Annotated[Visit, Depends(on("campaign.read", "owner"))], key: str, stage: str = ""
) -> Response:
    """Show to a campaign's owner who has come how far, also where it was invited itself (D15)."""
    return show_following(visit, key, stage=stage)


@router.get("/for/{number}/campaigns/{key}/part")
def show_part(visit: Annotated[Visit, Depends(on("campaign.read", "invited"))], key: str) -> Response:
    """Show to whoever was invited its own way through a campaign, also to its owner (D15)."""
    return show_path(visit, key)


def show_following(
    visit: Visit, key: str, *, stage: str = "", status: int = 200, errors: tuple[Error, ...] = ()
) -> Response:
    """Return the page of everybody who was invited, or of those who have come so far."""
    with visit.reading() as session:
        found = following.following(session, key, now=visit.now)
    return visit.page("campaign/following.html", status, found=found, stage=stage, errors=errors)


def _owners(visit: Visit, key: str) -> str:
    """Return where a campaign's owner follows it: a municipality's first page is its own part."""
    return f"campaigns/{key}" if is_county(visit) else f"campaigns/{key}/following"


@router.post("/for/{number}/campaigns/{key}/invite")
def invite(visit: Annotated[Visit, Depends(on("campaign.invite", "owner"))], key: str) -> Response:
    """Invite everybody whom the document names and who is not invited yet."""
    with visit.acting() as session:
        new = participation.invite(session, participation.owned_campaign(session, key), now=visit.now)
    return visit.go(
        _owners(visit, key), said="done.invited", count=len(new), number=visit.voice.number(len(new))
    )


@router.post("/for/{number}/campaigns/{key}/remind")
def remind(visit: Annotated[Visit, Depends(on("campaign.invite", "owner"))], key: str) -> Response:
    """Remind those who have not answered."""
    try:
        with visit.acting() as session:
            count = participation.remind(session, participation.owned_campaign(session, key), now=visit.now)
    except participation.AnswersOver as over:
        return show_following(visit, key, status=409, errors=(Error("h-frist", visit.say(over.code)),))
    said = "done.reminded" if count else "done.reminded_nobody"
    return visit.go(_owners(visit, key), said=said, count=count, number=visit.voice.number(count))


@router.post("/for/{number}/campaigns/{key}/open-page")
def switch_page(
    visit: Annotated[Visit, Depends(on("campaign.show", "owner", takes=("shown",)))], key: str
) -> Response:
    """Show the campaign's open page and feeds to everybody, or to nobody."""
    if visit.form["shown"] not in ("yes", "no"):
        raise HTTPException(422)
    shown = visit.form["shown"] == "yes"
    with visit.acting() as session:
        open_pages.switch(session, participation.owned_campaign(session, key), shown=shown, now=visit.now)
    return visit.go(f"campaigns/{key}", said="done.page_shown" if shown else "done.page_hidden")


@router.get("/for/{number}/campaigns/{key}/close")
def ask_to_close(visit: Annotated[Visit, Depends(on("campaign.close", "owner"))], key: str) -> Response:
    """Ask before a campaign is closed, and say what would never go out then."""
    with visit.reading() as session:
        campaign = participation.owned_campaign(session, key)
        unsent, owed = closing.unsent(session, campaign), closing.owed(session, campaign)
    return visit.page("campaign/close.html", campaign=campaign, unsent=unsent, owed=owed)


@router.post("/for/{number}/campaigns/{key}/close")
def close(visit: Annotated[Visit, Depends(on("campaign.close", "owner"))], key: str) -> Response:
    """Close a campaign: nothing of it is sent from now on."""
    try:
        with visit.acting() as session:
            closing.close(session, participation.owned_campaign(session, key), now=visit.now)
    except closing.Owed as owed:
        error = Error("lukk", visit.voice.problem(owed.code, owed.values))
        return show_following(visit, key, status=409, errors=(error,))
    return visit.go(_owners(visit, key), said="done.closed")
