"""One message as a municipality changes it: own words beside the county's, offers of corrections, its time, checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, cast

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import adaptation, approval, overrides, participation, rescheduling
from campaigns.adaptation import AdaptationRefused
from campaigns.store import Message, Participation
from campaigns.timing import SpringGap
from reports.rewording import rewording
from web.forms import Error
from web.moments import read_moment
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/campaigns/{key}/messages/{message}"


def show(
    visit: Visit, key: str, message: str, *, language: str = "", status: int = 200,
    errors: Sequence[Error] = (), typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return the page, with what was typed and what is wrong with it."""
    with visit.reading() as session:
        found = rewording(
            session, visit.website.desk.connectors, key, message, language=language, now=visit.now
        )
    return visit.page("path/message.html", status, found=found, errors=errors, typed=typed or {})


@router.get(BASE)
def show_message(
    visit: Annotated[Visit, Depends(on("draft.read"))], key: str, message: str, language: str = ""
) -> Response:
    """Show one message."""
    return show(visit, key, message, language=language)


def _rows(session: Session, key: str, message: str) -> tuple[Participation, Message]:
    mine = participation.participation_in(session, key)
    return mine, participation.message_in(session, mine, message)


@router.post(f"{BASE}/words")
def reword(
    visit: Annotated[
        Visit,
        Depends(on("participation.adapt", "invited", takes=("language", "words.*", "back.*", "drop.*"))),
    ],
    key: str,
    message: str,
) -> Response:
    """Take own words for free paragraphs; all of them, or none and every problem at once."""
    language, typed = visit.form["language"], visit.form.starting("words.")
    back, drop = visit.form.starting("back."), visit.form.starting("drop.")
    errors: list[Error] = []
    try:
        with visit.acting() as session:
            mine, row = _rows(session, key, message)
            county = {
                f"{one.form.replace(':', '_')}.{one.number}": one
                for one in adaptation.places(session, mine, row, language)
            }
            for name in {*typed, *back, *drop}:
                if name not in county:
                    raise HTTPException(422)
                errors += _adapt(visit, session, mine, row, language, name, county[name], typed, back, drop)
            if errors:
                raise AdaptationRefused([])
            approval.review(session, visit.website.desk.connectors, mine, now=visit.now)
    except AdaptationRefused:
        return show(visit, key, message, language=language, status=422, errors=errors, typed=typed)
    return visit.go(f"campaigns/{key}/messages/{message}?language={language}", said="done.reworded")


def _adapt(
    visit: Visit, session: Session, mine: Participation, row: Message, language: str, name: str,
    place: adaptation.Place, typed: Mapping[str, str], back: Mapping[str, str], drop: Mapping[str, str],
) -> list[Error]:  # fmt: skip
    """Take one paragraph's words, and return what is wrong with them."""
    text: str | None = typed.get(name, "").strip()
    if name in back or (text == place.county.strip() and name not in drop):
        text = None
    elif name in drop:
        text = ""
    if text == place.own or (text is None and place.own is None):
        return []
    try:
        adaptation.adapt(
            session,
            mine,
            row,
            language=language,
            number=place.number,
            text=text,
            form=place.form,
            now=visit.now,
        )
    except AdaptationRefused as refused:
        return [
            Error(f"words-{name.replace('.', '-')}", visit.voice.problem(one.code, one.values))
            for one in refused.problems
        ]
    return []


@router.post(f"{BASE}/offer")
def settle(
    visit: Annotated[
        Visit, Depends(on("participation.adapt", "invited", takes=("offer", "own", "county", "take")))
    ],
    key: str,
    message: str,
) -> Response:
    """Do what was chosen about a correction of the county that meets own words; about the very texts that were shown."""
    form = visit.form
    if form["take"] not in ("merged", "own", "county"):
        return show(visit, key, message, status=422, errors=[Error("take", visit.say("page.message.choose"))])
    try:
        with visit.acting() as session:
            mine, _ = _rows(session, key, message)
            found = [
                one
                for one in adaptation.offers(session, mine)
                if str(one.adaptation_id) == form["offer"] and one.message_key == message
            ]
            if not found or (found[0].own, found[0].county) != (form["own"], form["county"]):
                error = Error("take", visit.say("page.message.offer_changed"))
                return show(visit, key, message, status=409, errors=[error])
            take = cast("Literal['merged', 'own', 'county']", form["take"])
            adaptation.settle(session, mine, found[0], take, now=visit.now)
            approval.review(session, visit.website.desk.connectors, mine, now=visit.now)
    except AdaptationRefused as refused:
        errors = [Error("take", visit.voice.problem(one.code, one.values)) for one in refused.problems]
        return show(visit, key, message, status=422, errors=errors)
    return visit.go(f"campaigns/{key}/messages/{message}", said="done.offer_settled")


@router.post(f"{BASE}/time")
def set_time(
    visit: Annotated[Visit, Depends(on("participation.adapt", "invited", takes=("day", "clock", "back")))],
    key: str,
    message: str,
) -> Response:
    """Give a message a time of its own, or the campaign's again."""
    form = visit.form
    typed = {"day": form["day"], "clock": form["clock"]}
    try:
        at = None if form["back"] else read_moment(form["day"], form["clock"], visit.place.timezone)
        if at is None and not form["back"]:
            error = Error("day", visit.say("page.message.no_time"))
            return show(visit, key, message, status=422, errors=[error], typed=typed)
        with visit.acting() as session:
            mine, row = _rows(session, key, message)
            rescheduling.set_own_time(session, mine, row, at, now=visit.now)
            approval.review(session, visit.website.desk.connectors, mine, now=visit.now)
    except rescheduling.NotThen as refused:
        error = Error("day", visit.voice.problem(refused.problem.code, refused.problem.values))
        return show(visit, key, message, status=422, errors=[error], typed=typed)
    except SpringGap as gap:
        error = Error("clock", visit.voice.problem(gap.code, gap.values))
        return show(visit, key, message, status=422, errors=[error], typed=typed)
    return visit.go(
        f"campaigns/{key}/messages/{message}",
        said="done.time_back" if at is None else "done.time_set",
        when=visit.voice.moment(at) if at else "",
    )


@router.post(f"{BASE}/pass-over")
def pass_over(
    visit: Annotated[Visit, Depends(on("check.pass_over", "invited", takes=("check", "reason")))],
    key: str,
    message: str,
) -> Response:
    """Take a person's word, with her name and reason, that a check is passed over."""
    form = visit.form
    try:
        with visit.acting() as session:
            mine, row = _rows(session, key, message)
            overrides.pass_over(session, mine, row, form["check"], form["reason"], now=visit.now)
            approval.review(session, visit.website.desk.connectors, mine, now=visit.now)
    except overrides.OverrideRefused as refused:
        error = Error("reason", visit.voice.problem(refused.problem.code, refused.problem.values))
        return show(visit, key, message, status=422, errors=[error], typed={"reason": form["reason"]})
    return visit.go(f"campaigns/{key}/messages/{message}", said="done.passed_over")
