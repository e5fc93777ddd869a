"""Members of the organisation: who is there, appointed, changed, removed; and substitutes for some days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import entrance, invitations, members
from campaigns.members import Member, MemberRefused, Stay
from campaigns.store import Role
from campaigns.tries import TooSoon
from web.entrance import door_of
from web.forms import Error, Form
from web.moments import read_day
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/members"
STAYING = ("begins_on", "ends_on", "stands_in_for")
FIELDS = ("role", *STAYING)


def _roles(form: Form) -> list[Role]:
    """Return the roles that were ticked.

    Raises: HTTPException 422 for a word that is no role.
    """
    if not set(form.all("role")) <= set(Role):
        raise HTTPException(422)
    return [one for one in Role if one in form.all("role")]


def _stay(visit: Visit) -> Stay:
    """Return the days that were typed.

    Raises: MemberRefused for what is no day.
    """
    form = visit.form
    days = {name: read_day(form[name]) for name in ("begins_on", "ends_on")}
    wrong = {name for name in days if form[name].strip() and days[name] is None}
    if wrong:
        raise MemberRefused({name: members.no_day() for name in wrong})
    chosen = form["stands_in_for"]
    if chosen and not chosen.isdecimal():
        raise HTTPException(422)
    return Stay(days["begins_on"], days["ends_on"], int(chosen) if chosen else None)


def _errors(visit: Visit, refused: MemberRefused) -> tuple[Error, ...]:
    return tuple(
        Error(name, visit.voice.problem(one.code, one.values)) for name, one in refused.problems.items()
    )


def _typed(form: Form) -> dict[str, object]:
    return {**{name: form[name] for name in ("name", "mail", *STAYING)}, "roles": form.all("role")}


def _page(
    visit: Visit, status: int = 200, errors: Sequence[Error] = (), typed: Mapping[str, object] | None = None
) -> Response:
    with visit.reading() as session:
        found, pending = members.listed(session), invitations.pending(session)
    return visit.page(
        "admin/members.html", status, members=found, pending=pending, roles=tuple(Role), errors=errors,
        typed=typed or {"name": "", "mail": "", "begins_on": "", "ends_on": "", "stands_in_for": "", "roles": ()},
    )  # fmt: skip


@router.get(BASE)
def list_members(visit: Annotated[Visit, Depends(on("member.read"))]) -> Response:
    """Show who is there."""
    return _page(visit)


@router.post(BASE)
def add_member(
    visit: Annotated[Visit, Depends(on("member.add", takes=("name", "mail", *FIELDS)))],
) -> Response:
    """Make somebody a member of one's own organisation, and of no other (threat A12)."""
    form = visit.form
    try:
        with visit.acting() as session:
            person = members.add(
                session, name=form["name"], mail=form["mail"], roles=_roles(form), stay=_stay(visit),
                now=visit.now,
            )  # fmt: skip
            entrance.welcome(session, door_of(visit.request), person, visit.place.name)
    except MemberRefused as refused:
        return _page(visit, 422, _errors(visit, refused), _typed(form))
    return visit.go("members", said="done.member_added", who=" ".join(form["name"].split()))


def _one(
    visit: Visit, person: int, template: str = "admin/member.html", status: int = 200,
    errors: Sequence[Error] = (), typed: Mapping[str, object] | None = None,
) -> Response:  # fmt: skip
    with visit.reading() as session:
        found = members.listed(session)
        one, pending = members.member(session, person), invitations.pending(session).get(person)
    return visit.page(
        template, status, member=one, invited=pending, members=found, roles=tuple(Role), errors=errors,
        typed=typed or _as_typed(one),
    )  # fmt: skip


def _as_typed(one: Member) -> dict[str, object]:
    return {
        "roles": one.roles,
        "begins_on": one.begins_on or "",
        "ends_on": one.ends_on or "",
        "stands_in_for": str(one.stands_in_for or ""),
    }


@router.get(f"{BASE}/{{person:int}}")
def show_member(visit: Annotated[Visit, Depends(on("member.change"))], person: int) -> Response:
    """Show one member, to change her roles or days."""
    return _one(visit, person)


@router.post(f"{BASE}/{{person:int}}")
def change_member(
    visit: Annotated[Visit, Depends(on("member.change", takes=FIELDS))], person: int
) -> Response:
    """Give a member these roles and no others."""
    try:
        with visit.acting() as session:
            members.change(session, person, roles=_roles(visit.form), stay=_stay(visit), now=visit.now)
    except MemberRefused as refused:
        return _one(visit, person, "admin/member.html", 422, _errors(visit, refused), _typed(visit.form))
    return visit.go(_back(visit, person), said="done.member_changed")


@router.post(f"{BASE}/{{person:int}}/invite")
def invite_again(visit: Annotated[Visit, Depends(on("member.add"))], person: int) -> Response:
    """Send a member who has not come in yet another link instead of the one she has."""
    try:
        with visit.acting() as session:
            entrance.invite_again(session, door_of(visit.request), person, visit.place.name)
    except TooSoon as trouble:
        when = visit.voice.moment_or_clock(trouble.until)
        return _one(
            visit, person, status=429, errors=[Error("invited", visit.say("member.letters", when=when))]
        )
    return visit.go("members", said="done.invited_again")


@router.get(f"{BASE}/{{person:int}}/remove")
def ask_to_remove(visit: Annotated[Visit, Depends(on("member.remove"))], person: int) -> Response:
    """Ask before somebody is removed."""
    return _one(visit, person, "admin/remove_member.html")


@router.post(f"{BASE}/{{person:int}}/remove")
def remove_member(visit: Annotated[Visit, Depends(on("member.remove"))], person: int) -> Response:
    """Take every role here from a member, or her invitation back."""
    try:
        with visit.acting() as session:
            invitations.remove(session, person, now=visit.now)
    except MemberRefused as refused:
        return _one(visit, person, "admin/remove_member.html", 409, _errors(visit, refused))
    return visit.go(_back(visit, person), said="done.member_removed")


def _back(visit: Visit, person: int) -> str:
    """Return where to go: whoever changed herself may not be let in here any more."""
    return "/" if person == visit.guest.person_id else "members"
