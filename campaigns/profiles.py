"""An organisation's profile: what its people decide about themselves, taken as default in every campaign.

The register gives a language decision and a website; here are what only the organisation can say: the written
language it chose (neutral never means bokmål) and its telephone. Lets no approval fall itself: the caller reviews.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import must
from campaigns.definition.model import Language
from campaigns.facts import check_fact
from campaigns.organisations import NotFound
from campaigns.participation import FactsRefused
from campaigns.store import Organisation
from connectors.base import Problem

WRITTEN: tuple[Language, ...] = ("nn", "nb")
"""Written languages an organisation may choose; the register's "neutral" is none (it never means bokmål)."""


def own_profile(session: Session) -> Organisation:
    """Return the organisation of the session's actor."""
    return session.get_one(Organisation, session.info["actor"].organisation_id)


def change_profile(
    session: Session, *, language: str | None = None, phone: str | None = None, now: datetime
) -> Organisation:
    """Change what is given and leave the rest; return the organisation as it is now.

    Raises: Forbidden; FactsRefused for a language that cannot be chosen or a telephone that is none; nothing is stored.
    """
    actor = must(session, "profile.change", "own")
    if language is not None and language not in WRITTEN:
        raise FactsRefused({"language": Problem("profile.which_language")})
    place = own_profile(session)
    changed: dict[str, str] = {}
    if phone is not None:
        kept = check_fact("phone", phone)
        if isinstance(kept, Problem):
            raise FactsRefused({"phone": kept})
        if kept != place.profile.get("phone"):
            place.profile = {**place.profile, "phone": kept}
            changed["phone"] = kept
    if language is not None and language != place.language:
        place.language = changed["language"] = language
    if changed:
        session.flush()
        audit.record(session, actor, "profile.change", place.number, changed, now=now)
    return place


def change_trust(session: Session, *, second_person: bool, now: datetime) -> None:
    """Say whether every text needs a second pair of eyes from now on; what is approved already stays approved.

    An admin's act, not an editor's: whoever wants to be her own second person must not be able to switch it off.

    Raises: Forbidden.
    """
    actor = must(session, "trust.change", "own")
    place = own_profile(session)
    if place.second_person != second_person:
        place.second_person = second_person
        session.flush()
        audit.record(session, actor, "trust.change", place.number, {"second_person": second_person}, now=now)


STEPS = ("channels", "standing", "quiet", "substitutes", "assessments")
"""Steps of the beginning at which leaving everything as it is is an answer, too."""


def is_named(place: Organisation) -> bool:
    """Return whether views across municipalities may call it by its name: only where it was asked and said so."""
    return place.named is True


def change_choices(
    session: Session,
    *,
    quiet_hours: bool | None = None,
    named: bool | None = None,
    public_page: bool | None = None,
    now: datetime,
) -> None:
    """Change when posts may go, and where the organisation is seen; what is not given is left.

    Raises: Forbidden.
    """
    actor = must(session, "choices.change", "own")
    place = own_profile(session)
    wanted = {"quiet_hours": quiet_hours, "named": named, "public_page": public_page}
    changed = {
        name: value for name, value in wanted.items() if value is not None and getattr(place, name) != value
    }
    if not changed:
        return
    place.quiet_hours = changed.get("quiet_hours", place.quiet_hours)
    place.named = changed.get("named", place.named)
    place.public_page = changed.get("public_page", place.public_page)
    session.flush()
    told = ", ".join(f"{name}: {'yes' if value else 'no'}" for name, value in changed.items())
    audit.record(session, actor, "choices.change", place.number, {**changed, "choices": told}, now=now)


def settle(session: Session, step: str, *, now: datetime) -> None:
    """Say that a step of the beginning was looked at, and is to stay as it is.

    Raises: Forbidden; NotFound for a step at which that is no answer.
    """
    actor = must(session, "profile.change", "own")
    if step not in STEPS:
        raise NotFound("onboarding.no_such_step", step=step)
    place = own_profile(session)
    if step not in (place.settled or []):
        place.settled = [*(place.settled or []), step]
        session.flush()
        audit.record(session, actor, "onboarding.settle", step, {}, now=now)
