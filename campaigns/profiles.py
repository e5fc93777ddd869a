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
from campaigns.participation import FactsRefused
from campaigns.store import Organisation
from connectors.base import Problem


def own_profile(session: Session) -> Organisation:
    """Return the organisation of the session's actor."""
    return session.get_one(Organisation, session.info["actor"].organisation_id)


def change_profile(
    session: Session, *, language: Language | None = None, phone: str | None = None, now: datetime
) -> Organisation:
    """Change what is given and leave the rest; return the organisation as it is now.

    Raises: Forbidden; FactsRefused when the telephone is none, and nothing is stored.
    """
    actor = must(session, "profile.change", "own")
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
