"""A municipality's way through a campaign on one page: answer, facts, texts, and its yes. Each act calls one rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import approval, participation, plans, rescheduling
from campaigns.participation import FactsRefused
from campaigns.store import Answer, Choice, Participation
from reports import path
from web.forms import Error
from web.navigation import is_county
from web.visits import Pages, Visit, on

router = Pages()
ANSWERS = {"in": Answer.joined, "out": Answer.out, "later": Answer.later}
CHOICES = {"in": Choice.joined, "out": Choice.out, "undecided": Choice.undecided}
BASE = "/for/{number}/campaigns/{key}"


def show_path(
    visit: Visit, key: str, *, status: int = 200, errors: Sequence[Error] = (),
    typed: Mapping[str, str] | None = None, changed: bool = False,
) -> Response:  # fmt: skip
    """Return the page, with what was typed and what is wrong with it."""
    with visit.reading() as session:
        found = path.path(session, visit.website.desk.connectors, key, now=visit.now)
    template = "path/path.html" if found.answer == "in" else "path/invitation.html"
    return visit.page(template, status, path=found, errors=errors, typed=typed or {}, changed=changed)


def part_of(visit: Visit, key: str) -> str:
    """Return where an organisation's own part of a campaign is: a county's own page is its owner's."""
    return f"campaigns/{key}/part" if is_county(visit) else f"campaigns/{key}"


@router.post(f"{BASE}/answer")
def answer(
    visit: Annotated[Visit, Depends(on("participation.answer", "invited", takes=("answer",)))], key: str
) -> Response:
    """Take the municipality's answer: in, out or later; changeable as long as something has not gone."""
    said = ANSWERS.get(visit.form["answer"])
    if said is None:
        raise HTTPException(422)
    with visit.acting() as session:
        mine = participation.participation_in(session, key)
        withdrawn = participation.answer(session, mine, said, now=visit.now)
        if said == Answer.joined:
            _follow(visit, session, mine)
    if said == Answer.joined:
        return visit.go(part_of(visit, key), said="done.joined")
    told = f"done.answered_{said.value}" if not withdrawn else "done.withdrawn"
    return visit.go(part_of(visit, key), said=told, count=withdrawn, number=visit.voice.number(withdrawn))


def _follow(visit: Visit, session: Session, mine: Participation) -> None:
    """Bring plan and approvals in line with what was just decided."""
    plans.plan_participation(session, mine, now=visit.now)
    approval.review(session, visit.website.desk.connectors, mine, now=visit.now)


@router.post(f"{BASE}/facts")
def fill(
    visit: Annotated[Visit, Depends(on("participation.fill", "invited", takes=("fact.*",)))], key: str
) -> Response:
    """Keep the local facts; with one that cannot be taken nothing is kept, and everything typed stays on the page."""
    typed = visit.form.starting("fact.")
    try:
        with visit.acting() as session:
            mine = participation.participation_in(session, key)
            given = {name: value for name, value in typed.items() if value.strip()}
            changed = participation.fill_facts(session, mine, given, now=visit.now)
            _follow(visit, session, mine)
    except FactsRefused as refused:
        errors = [
            Error(f"fact-{name}", visit.voice.problem(one.code, one.values))
            for name, one in refused.problems.items()
        ]
        return show_path(visit, key, status=422, errors=errors, typed=typed)
    said = "done.facts_kept" if changed else "done.nothing_changed"
    return visit.go(f"{part_of(visit, key)}#tekstar", said=said)


@router.post(f"{BASE}/approve")
def approve(
    visit: Annotated[Visit, Depends(on("message.approve", "invited", takes=("seen.*", "message")))], key: str
) -> Response:
    """Approve what was shown, and nothing else: every text's digest comes along from the page (threat E2)."""
    seen = {
        int(one): digest
        for one, digest in visit.form.starting("seen.").items()
        if one.isdecimal() and len(one) < 19
    }
    messages = [one for one in visit.form.all("message") if one]
    try:
        with visit.acting() as session:
            mine = participation.participation_in(session, key)
            outcome = approval.approve(
                session, visit.website.desk.connectors, mine, messages, seen=seen, now=visit.now
            )
    except approval.ChangedSinceSeen as changed:
        error = Error("tekstar", visit.say(changed.code))
        return show_path(visit, key, status=409, errors=[error], changed=True)
    except approval.SecondPersonNeeded as needed:
        error = Error("tekstar", visit.voice.problem(needed.code, needed.values))
        return show_path(visit, key, status=409, errors=[error])
    count = len({one.message_key for one in (*outcome.approved, *outcome.worded)})
    said = (
        "done.approved" if outcome.approved else "done.worded" if outcome.worded else "done.nothing_approved"
    )
    return visit.go(part_of(visit, key), said=said, count=count, number=visit.voice.number(count))


@router.post(f"{BASE}/messages/{{message}}/choice")
def choose(
    visit: Annotated[Visit, Depends(on("participation.answer", "invited", takes=("choice",)))],
    key: str,
    message: str,
) -> Response:
    """Take an exception for one message: in, out, or undecided until it goes."""
    choice = CHOICES.get(visit.form["choice"])
    if choice is None:
        raise HTTPException(422)
    with visit.acting() as session:
        mine = participation.participation_in(session, key)
        row = participation.message_in(session, mine, message)
        participation.choose(session, mine, row, choice, now=visit.now)
        _follow(visit, session, mine)
    return visit.go(f"{part_of(visit, key)}#m-{message}", said=f"done.choice_{choice.value}")


@router.post(f"{BASE}/messages/{{message}}/withdraw")
def withdraw(
    visit: Annotated[Visit, Depends(on("delivery.withdraw", "own"))], key: str, message: str
) -> Response:
    """Take back what has not gone of a message, also what is queued."""
    with visit.acting() as session:
        mine = participation.participation_in(session, key)
        row = participation.message_in(session, mine, message)
        count = rescheduling.withdraw(session, mine, row, now=visit.now)
    return visit.go(
        f"{part_of(visit, key)}#m-{message}",
        said="done.withdrawn",
        count=count,
        number=visit.voice.number(count),
    )


@router.post(f"{BASE}/messages/{{message}}/start")
def start(
    visit: Annotated[Visit, Depends(on("message.release", "invited"))], key: str, message: str
) -> Response:
    """Start a message that waits to be released by a person (D18)."""
    try:
        with visit.acting() as session:
            mine = participation.participation_in(session, key)
            row = participation.message_in(session, mine, message)
            at = rescheduling.start(session, mine, row, now=visit.now)
    except rescheduling.NotThen as refused:
        error = Error(f"m-{message}", visit.voice.problem(refused.problem.code, refused.problem.values))
        return show_path(visit, key, status=409, errors=[error])
    return visit.go(f"{part_of(visit, key)}#m-{message}", said="done.started", when=visit.voice.moment(at))
