"""The organisation's profile: what campaigns take from it, how its texts are approved, when posts go, and where it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.responses import Response

from campaigns import approval, profiles, wording
from campaigns.participation import FactsRefused
from web.forms import Error
from web.visits import Pages, Visit, on

router = Pages()
BASE = "/for/{number}/profile"
ANSWERS = {"yes": True, "no": False}
CHOICES = ("quiet_hours", "named", "public_page")


def _page(
    visit: Visit, status: int = 200, errors: tuple[Error, ...] = (), typed: Mapping[str, str] | None = None
) -> Response:
    with visit.reading() as session:
        place = profiles.own_profile(session)
        language = wording.written_language(place.language_decision, place.language)
    kept = {"language": language or "", "phone": str((place.profile or {}).get("phone", ""))}
    return visit.page(
        "admin/profile.html",
        status,
        place=place,
        errors=errors,
        typed=typed or kept,
        written=profiles.WRITTEN,
    )


@router.get(BASE)
def show_profile(visit: Annotated[Visit, Depends(on("profile.change"))]) -> Response:
    """Show the profile."""
    return _page(visit)


@router.post(BASE)
def change_profile(
    visit: Annotated[Visit, Depends(on("profile.change", takes=("language", "phone")))],
) -> Response:
    """Change written language and telephone; approvals fall where a text changes."""
    typed = {"language": visit.form["language"], "phone": visit.form["phone"]}
    try:
        with visit.acting() as session:
            profiles.change_profile(
                session, language=typed["language"], phone=typed["phone"].strip() or None,
                now=visit.now,
            )  # fmt: skip
            fallen = approval.review_all(session, visit.website.desk.connectors, now=visit.now)
    except FactsRefused as refused:
        errors = tuple(
            Error(name, visit.voice.problem(one.code, one.values)) for name, one in refused.problems.items()
        )
        return _page(visit, 422, errors, typed)
    return visit.go("profile", said="done.profile", count=len(fallen), number=visit.voice.number(len(fallen)))


@router.post(f"{BASE}/trust")
def change_trust(visit: Annotated[Visit, Depends(on("trust.change", takes=("second_person",)))]) -> Response:
    """Say whether every text needs a second pair of eyes (threat E5)."""
    answer = _answer(visit.form["second_person"])
    with visit.acting() as session:
        profiles.change_trust(session, second_person=answer, now=visit.now)
    return visit.go("profile", said="done.trust")


@router.post(f"{BASE}/choices")
def change_choices(visit: Annotated[Visit, Depends(on("choices.change", takes=CHOICES))]) -> Response:
    """Say when posts may go and where the organisation is seen; what is not answered stays unanswered."""
    given = {name: _answer(visit.form[name]) for name in CHOICES if visit.form[name]}
    if not given:
        raise HTTPException(422)
    with visit.acting() as session:
        profiles.change_choices(session, **given, now=visit.now)
    return visit.go("profile", said="done.choices")


def _answer(typed: str) -> bool:
    if typed not in ANSWERS:
        raise HTTPException(422)
    return ANSWERS[typed]
