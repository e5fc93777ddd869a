"""Deliveries at the pages: lists by what is the matter, one with its history, the unsure question, and what one decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import doubts, participation, rescheduling
from campaigns.states import State
from campaigns.timing import SpringGap
from reports import decisions, deliveries
from web.forms import Error
from web.moments import read_moment
from web.navigation import is_county
from web.visits import Pages, Visit, on

router = Pages()
READS = on("delivery.read", "own", "owner")
ACTS = ("publish", "move", "drop")
MOST_DIGITS = 7
"""Of a page's number."""


@router.get("/for/{number}/deliveries")
def list_deliveries(
    visit: Annotated[Visit, Depends(READS)], state: str = "", campaign: str = "", page: int = 1
) -> Response:
    """Show a list of deliveries; what a municipality may still decide about is gathered by message, with the choice."""
    with visit.reading() as session:
        kind = state or deliveries.first_kind(session, campaign)
        if not is_county(visit):
            kind = "stranded" if kind in ("missed", "failed") else kind
            if kind in decisions.KINDS:
                return _choices(visit, session, kind, campaign, page)
        found = deliveries.listing(session, kind, campaign=campaign, page=page)
    return visit.page("deliveries/list.html", found=found, kinds=deliveries.KINDS, campaign=campaign)


def _choices(
    visit: Visit, session: Session, kind: str, campaign: str, page: int, status: int = 200,
    errors: Sequence[Error] = (), typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    """Return a list on which one decides, with what was chosen and what is wrong with it."""
    found = decisions.choices(session, kind, campaign=campaign, page=page, now=visit.now)
    return visit.page(
        "deliveries/decide.html", status, found=found, kinds=deliveries.KINDS, campaign=campaign,
        errors=errors, typed=typed or {},
    )  # fmt: skip


@router.post("/for/{number}/deliveries/decisions")
def decide(
    visit: Annotated[
        Visit,
        Depends(on("delivery.move", takes=("act.*", "day.*", "clock.*", "state", "campaign", "page"))),
    ],
) -> Response:
    """Publish, move or drop what did not go or is planned: all that was chosen, or nothing and every problem at once."""
    form, errors, done = visit.form, [], 0
    kind = form["state"]
    wanted = {name: act for name, act in form.starting("act.").items() if act}
    if kind not in decisions.KINDS or any(act not in ACTS for act in wanted.values()):
        raise HTTPException(422)
    if not wanted:
        return _again(visit, [Error("innhald", visit.say("page.stranded.choose"))])
    try:
        with visit.acting() as session:
            for name, act in wanted.items():
                when = form["day." + name], form["clock." + name]
                problem = _decide(visit, session, name, act, when, planned=kind != "stranded")
                if problem:
                    errors.append(Error("day-" + name.replace("/", "-"), problem))
                done += 1
            if errors:
                raise _NothingDone
    except _NothingDone:
        return _again(visit, errors)
    return visit.go(
        _list(kind, form["campaign"]), said="done.decided", count=done, number=visit.voice.number(done)
    )


def _again(visit: Visit, errors: Sequence[Error]) -> Response:
    """Return the list from which something was chosen that cannot be, with everything that was typed."""
    form = visit.form
    page = int(form["page"]) if form["page"].isdecimal() and len(form["page"]) < MOST_DIGITS else 1
    typed = {name: form[name] for name in form.fields}
    with visit.reading() as session:
        return _choices(
            visit, session, form["state"] or "stranded", form["campaign"], page, 422, errors, typed
        )


def _list(kind: str, campaign: str) -> str:
    return "deliveries?" + urlencode({"state": kind} | ({"campaign": campaign} if campaign else {}))


class _NothingDone(Exception):
    """Something cannot be done as chosen; what was done before it is taken back."""


def _decide(
    visit: Visit, session: Session, name: str, act: str, when: tuple[str, str], *, planned: bool
) -> str:
    """Do what was chosen about one message, or return why it cannot be done.

    `planned` is what waits for its time; else it is about what did not go. What somebody else has seen to meanwhile is
    told. Raises: NotFound for a message that is not one's own: then nothing is done at all (threat A2).
    """
    key, _, message = name.partition("/")
    mine = participation.participation_in(session, key)
    row = participation.message_in(session, mine, message)
    try:
        if act == "drop":
            drop = rescheduling.withdraw if planned else rescheduling.drop
            done = drop(session, mine, row, now=visit.now)
        elif act == "publish":
            done = rescheduling.publish(session, mine, row, planned=planned, now=visit.now)
        elif (at := read_moment(*when, visit.place.timezone)) is None:
            return visit.say("page.message.no_time")
        else:
            move = rescheduling.move_planned if planned else rescheduling.move
            done = move(session, mine, row, at, now=visit.now)
    except rescheduling.NotThen as refused:
        return visit.voice.problem(refused.problem.code, refused.problem.values)
    except SpringGap as gap:
        return visit.voice.problem(gap.code, gap.values)
    return "" if done else visit.say("page.delivery.settled")


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
    visit: Annotated[Visit, Depends(on("delivery.move", takes=("act", "day", "clock", "state")))],
    delivery: int,
) -> Response:
    """Publish, move or drop the message of one delivery, on every account on which it is as far as on this one."""
    form = visit.form
    typed = {name: form[name] for name in ("act", "day", "clock")}
    if form["act"] not in ACTS:
        return _show(visit, delivery, 422, [Error("act", visit.say("page.delivery.choose"))], typed)
    with visit.reading() as session:
        found = deliveries.own_undecided(session, delivery)
    if found is None or found[1] != (form["state"] == State.planned):  # not as it was when she looked
        return _show(visit, delivery, 409, [Error("act", visit.say("page.delivery.settled"))], typed)
    name, planned = found
    with visit.acting() as session:
        problem = _decide(visit, session, name, form["act"], (form["day"], form["clock"]), planned=planned)
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
