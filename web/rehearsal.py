"""Rehearsals of a campaign: asked for, watched, and read. What they play is played elsewhere, and nothing is sent."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import rehearsals
from campaigns.organisations import NotFound
from campaigns.store import Cast
from reports.rehearsal import kept
from reports.rehearsal.kept import Kept
from reports.rehearsal.outcome import Outcome
from web import rehearsed
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/campaigns/{key}/rehearsals"
ONE = f"{BASE}/{{rehearsal:int}}"

Asked = Annotated[Visit, Depends(on("campaign.rehearse", "owner"))]


@router.get(BASE)
def show_rehearsals(visit: Asked, key: str) -> Response:
    """Show the rehearsals so far, and the way to begin one."""
    return _list(visit, key)


def _list(
    visit: Visit, key: str, *, status: int = 200, errors: tuple[Error, ...] = (), cast: str = Cast.everybody
) -> Response:
    with visit.reading() as session:
        found = kept.shown(session, key, now=visit.now)
    return visit.page(
        "campaign/rehearsals.html", status, found=found, casts=list(Cast), cast=cast, errors=errors,
        most=rehearsals.KEPT,
    )  # fmt: skip


@router.post(BASE)
def begin(
    visit: Annotated[Visit, Depends(on("campaign.rehearse", "owner", takes=("cast",)))], key: str
) -> Response:
    """Ask for a rehearsal; a process that plays takes it up."""
    chosen = visit.form["cast"] or Cast.everybody
    if chosen not in set(Cast):
        raise HTTPException(422)
    try:
        with visit.acting() as session:
            made = rehearsals.begin(session, key, Cast(chosen), now=visit.now)
    except rehearsals.Refused as refused:
        error = Error("cast", visit.voice.problem(refused.code, refused.values))
        return _list(visit, key, status=409, errors=(error,), cast=chosen)
    return visit.go(f"campaigns/{key}/rehearsals/{made}")


@router.get(ONE)
def show_rehearsal(visit: Asked, key: str, rehearsal: int) -> Response:
    """Show how far a rehearsal has come, or what it came to."""
    found, one, outcome = _one(visit, key, rehearsal)
    if outcome is None:
        return visit.page("campaign/rehearsal_under_way.html", found=found, one=one)
    return visit.page(
        "campaign/rehearsal.html", found=found, one=one, outcome=outcome,
        titles=rehearsed.titles_of(outcome, visit.voice),
        blocked=rehearsed.blocked_lines(outcome, visit.voice),
        surprises=rehearsed.surprise_lines(outcome, visit.voice),
        counts=sorted(outcome.counts().items(), key=lambda pair: -pair[1]),
        messages=rehearsed.messages(outcome, visit.voice), places=kept.places(outcome),
        casts=rehearsed.casts(outcome), residents=rehearsed.resident_views(outcome),
    )  # fmt: skip


@router.get(f"{ONE}/progress")
def show_progress(visit: Asked, key: str, rehearsal: int) -> Response:
    """Show the part of a rehearsal's page that tells how far it has come."""
    with visit.reading() as session:
        found = kept.shown(session, key, now=visit.now)
    return visit.page("campaign/rehearsal_progress.html", found=found, one=_of(found, rehearsal))


@router.post(f"{ONE}/stop")
def stop(visit: Asked, key: str, rehearsal: int) -> Response:
    """End a rehearsal that is under way."""
    with visit.acting() as session:
        ended = rehearsals.stop(session, key, rehearsal, now=visit.now)
    said = "done.rehearsal_stopped" if ended else "done.rehearsal_over"
    return visit.go(f"campaigns/{key}/rehearsals/{rehearsal}", said=said)


@router.get(f"{ONE}/messages/{{message}}")
def show_message(visit: Asked, key: str, rehearsal: int, message: str) -> Response:
    """Show what would become of one message everywhere."""
    found, one, outcome = _played(visit, key, rehearsal)
    line = next((each for each in rehearsed.messages(outcome, visit.voice) if each.key == message), None)
    if line is None:
        raise NotFound("message.unknown", campaign=key, key=message)
    return visit.page("campaign/rehearsal_message.html", found=found, one=one, line=line)


@router.get(f"{ONE}/places/{{place}}")
def show_place(visit: Asked, key: str, rehearsal: int, place: str) -> Response:
    """Show what would go out in one municipality, word for word, and what stands in the way there."""
    found, one, outcome = _played(visit, key, rehearsal)
    line = next((each for each in kept.places(outcome) if each.number == place), None)
    if line is None:
        raise NotFound("rehearsal.unknown", id=rehearsal)
    return visit.page(
        "campaign/rehearsal_place.html", found=found, one=one, place=line,
        titles=rehearsed.titles_of(outcome, visit.voice), sent=outcome.of_place(place),
        blocked=rehearsed.blocked_in(outcome, place, visit.voice),
    )  # fmt: skip


def _one(visit: Visit, key: str, rehearsal: int) -> tuple[kept.Shown, Kept, Outcome | None]:
    with visit.reading() as session:
        found = kept.shown(session, key, now=visit.now)
        return found, _of(found, rehearsal), kept.outcome_of(session, key, rehearsal)


def _played(visit: Visit, key: str, rehearsal: int) -> tuple[kept.Shown, Kept, Outcome]:
    found, one, outcome = _one(visit, key, rehearsal)
    if outcome is None:
        raise NotFound("rehearsal.unknown", id=rehearsal)
    return found, one, outcome


def _of(found: kept.Shown, rehearsal: int) -> Kept:
    one = next((each for each in found.kept if each.id == rehearsal), None)
    if one is None:
        raise NotFound("rehearsal.unknown", id=rehearsal)
    return one
