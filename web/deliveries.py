"""Deliveries at the pages: lists by what is the matter, one with its history, the unsure question, and what was missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import doubts, participation, rescheduling
from campaigns.timing import SpringGap
from reports import deliveries, stranded
from web.forms import Error
from web.moments import read_moment
from web.navigation import is_county
from web.visits import Pages, Visit, on

router = Pages()
READS = on("delivery.read", "own", "owner")
ACTS = ("publish", "move", "drop")


@router.get("/for/{number}/deliveries")
def list_deliveries(
    visit: Annotated[Visit, Depends(READS)], state: str = "", campaign: str = "", page: int = 1
) -> Response:
    """Show a list of deliveries; what was missed or has failed is where one decides about it."""
    if state in ("missed", "failed", "stranded") and not is_county(visit):
        return show_stranded(visit)
    with visit.reading() as session:
        found = deliveries.listing(session, state or "waiting", campaign=campaign, page=page, now=visit.now)
        if not state and not found.rows:
            first = next((kind for kind in deliveries.KINDS if found.counts.get(kind)), "waiting")
            found = deliveries.listing(session, first, campaign=campaign, page=page, now=visit.now)
    return visit.page("deliveries/list.html", found=found, kinds=deliveries.KINDS, campaign=campaign)


def show_stranded(
    visit: Visit, status: int = 200, errors: Sequence[Error] = (), typed: Mapping[str, str] | None = None
) -> Response:
    """Return the list of what did not go, with what was chosen and what is wrong with it."""
    with visit.reading() as session:
        found = stranded.messages(session)
    return visit.page("deliveries/stranded.html", status, found=found, errors=errors, typed=typed or {})


@router.post("/for/{number}/deliveries/stranded")
def decide(
    visit: Annotated[Visit, Depends(on("delivery.move", takes=("act.*", "day.*", "clock.*")))],
) -> Response:
    """Publish, move or drop what did not go: all that was chosen, or nothing and every problem at once."""
    form, errors, done = visit.form, [], 0
    wanted = {name: act for name, act in form.starting("act.").items() if act}
    if any(act not in ACTS for act in wanted.values()):
        raise HTTPException(422)
    if not wanted:
        return show_stranded(visit, 422, [Error("innhald", visit.say("page.stranded.choose"))])
    try:
        with visit.acting() as session:
            for name, act in wanted.items():
                when = form["day." + name], form["clock." + name]
                problem = _decide(visit, session, name, act, when)
                if problem:
                    errors.append(Error("day-" + name.replace("/", "-"), problem))
                done += 1
            if errors:
                raise _NothingDone
    except _NothingDone:
        return show_stranded(visit, 422, errors, {name: form[name] for name in form.fields})
    return visit.go(
        "deliveries?state=stranded", said="done.decided", count=done, number=visit.voice.number(done)
    )


class _NothingDone(Exception):
    """Something cannot be done as chosen; what was done before it is taken back."""


def _decide(visit: Visit, session: Session, name: str, act: str, when: tuple[str, str]) -> str:
    """Do what was chosen about one message, or return why it cannot be done.

    Raises: NotFound for a message that is not one's own: then nothing is done at all (threat A2).
    """
    key, _, message = name.partition("/")
    mine = participation.participation_in(session, key)
    row = participation.message_in(session, mine, message)
    if act == "drop":
        rescheduling.drop(session, mine, row, now=visit.now)
        return ""
    try:
        at: datetime | None = visit.now if act == "publish" else read_moment(*when, visit.place.timezone)
        if at is None:
            return visit.say("page.message.no_time")
        rescheduling.move(session, mine, row, at, now=visit.now)
    except rescheduling.NotThen as refused:
        return visit.voice.problem(refused.problem.code, refused.problem.values)
    except SpringGap as gap:
        return visit.voice.problem(gap.code, gap.values)
    return ""


@router.get("/for/{number}/deliveries/{delivery:int}")
def show_delivery(visit: Annotated[Visit, Depends(READS)], delivery: int) -> Response:
    """Show one delivery: what was sent, what became of it, and what one may do."""
    return _show(visit, delivery)


def _show(
    visit: Visit,
    delivery: int,
    status: int = 200,
    errors: Sequence[Error] = (),
    typed: Mapping[str, str] | None = None,
) -> Response:
    with visit.reading() as session:
        found = deliveries.detail(session, delivery, now=visit.now)
    return visit.page("deliveries/detail.html", status, found=found, errors=errors, typed=typed or {})


@router.post("/for/{number}/deliveries/{delivery:int}/decide")
def decide_one(
    visit: Annotated[Visit, Depends(on("delivery.move", takes=("act", "day", "clock")))], delivery: int
) -> Response:
    """Publish, move or drop the message of one delivery that did not go, on every account on which it did not."""
    form = visit.form
    typed = {name: form[name] for name in ("act", "day", "clock")}
    if form["act"] not in ACTS:
        return _show(visit, delivery, 422, [Error("act", visit.say("page.delivery.choose"))], typed)
    with visit.reading() as session:
        name = deliveries.own_stranded(session, delivery)
    if name is None:
        return _show(visit, delivery, 409, [Error("act", visit.say("page.delivery.settled"))], typed)
    with visit.acting() as session:
        problem = _decide(visit, session, name, form["act"], (form["day"], form["clock"]))
    if problem:
        field = "day" if form["act"] == "move" else "act"
        return _show(visit, delivery, 422, [Error(field, problem)], typed)
    return visit.go(f"deliveries/{delivery}", said="done.decided", count=1, number=visit.voice.number(1))


@router.post("/for/{number}/deliveries/{delivery:int}/answer")
def answer(
    visit: Annotated[Visit, Depends(on("delivery.answer", takes=("live", "address")))], delivery: int
) -> Response:
    """Take the answer to "is it live?"; not to know is a full answer, and changes nothing."""
    form = visit.form
    typed = {"live": form["live"], "address": form["address"]}
    if form["live"] not in ("yes", "no", "unknown"):
        return _show(visit, delivery, 422, [Error("live", visit.say("page.unsure.choose"))], typed)
    if form["live"] == "unknown":
        return visit.go(f"deliveries/{delivery}", said="done.unsure_unknown")
    try:
        with visit.acting() as session:
            doubts.answer(
                session, delivery, live=form["live"] == "yes", address=form["address"].strip() or None, now=visit.now,
                speed=visit.website.settings.sampling_speed,
            )  # fmt: skip
    except doubts.AnswerRefused as refused:
        error = Error("address", visit.voice.problem(refused.problem.code, refused.problem.values))
        return _show(visit, delivery, 422, [error], typed)
    return visit.go(f"deliveries/{delivery}", said=f"done.unsure_{form['live']}")
