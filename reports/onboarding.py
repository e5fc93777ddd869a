"""The beginning of an organisation, step by step: what is done and what is left. Worked out from the rows, kept nowhere.

So one may leave at any point and another person may go on; a step that was done elsewhere is done here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import assessments, timing, wording
from campaigns.store import (
    Account,
    AccountState,
    Membership,
    Organisation,
    OrganisationGroup,
    OrganisationKind,
    Role,
    StandingApproval,
)

MINUTES = {
    "people": 2, "profile": 2, "accounts": 4, "channels": 1, "assessments": 2, "standing": 1, "quiet": 1,
    "substitutes": 1, "seen": 1, "groups": 2,
}  # fmt: skip
"""About how long each step takes whoever has what it asks for at hand; a municipality's together are under a quarter
of an hour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be seen to."""

    code: str
    path: str
    """Where, below the organisation's address."""
    done: bool
    may_settle: bool = False
    """Leaving it as it is would be an answer, too."""
    number: int = 0
    """How many of what it counts there are."""

    @property
    def minutes(self) -> int:
        """Return about how long it takes."""
        return MINUTES[self.code]


def steps(session: Session, *, now: datetime) -> tuple[Step, ...]:
    """Return the steps of the actor's organisation in the order in which they are best taken."""
    place = session.get_one(Organisation, session.info["actor"].organisation_id)
    people = _people(session, now)
    if place.kind == OrganisationKind.county:
        return _of_a_county(session, people)
    settled = set(place.settled or ())
    accounts = session.scalars(select(Account).where(Account.state != AccountState.disconnected)).all()
    language = wording.written_language(place.language_decision, place.language)
    wanting = assessments.wanting(session, timing.local(now, place.timezone).date())
    given = session.scalar(
        select(StandingApproval.id).where(
            StandingApproval.withdrawn_at.is_(None), StandingApproval.expires_at > now
        )
    )
    confirmed = [one for one in accounts if one.state != AccountState.unconfirmed]
    return (
        Step("people", "members", bool(people[Role.admin] and people[Role.approver]), number=people[Role.approver]),
        Step("profile", "profile", language is not None and bool((place.profile or {}).get("phone"))),
        Step("accounts", "accounts", bool(confirmed) and len(confirmed) == len(accounts), number=len(confirmed)),
        Step("channels", "accounts", "channels" in settled or any(one.language for one in accounts), may_settle=True),
        Step("assessments", "accounts", (bool(accounts) and not wanting) or "assessments" in settled, may_settle=True, number=wanting),
        Step("standing", "standing", given is not None or "standing" in settled, may_settle=True),
        Step("quiet", "profile", not place.quiet_hours or "quiet" in settled, may_settle=True),
        Step("substitutes", "members", people[Role.approver] > 1 or "substitutes" in settled, may_settle=True),
        Step("seen", "profile", place.named is not None),
    )  # fmt: skip


def _of_a_county(session: Session, people: dict[Role, int]) -> tuple[Step, ...]:
    groups = session.scalar(select(func.count(OrganisationGroup.id))) or 0
    return (
        Step("people", "members", bool(people[Role.admin] and people[Role.coordinator])),
        Step("groups", "groups", groups > 0, number=groups),
    )


def _people(session: Session, now: datetime) -> dict[Role, int]:
    """Return how many people have each role today."""
    rows = session.execute(
        select(Membership.role, func.count(Membership.person_id.distinct()))
        .where(Membership.lasts(now.astimezone(timing.NORWAY).date()))
        .group_by(Membership.role)
    )
    return dict.fromkeys(Role, 0) | {row[0]: row[1] for row in rows}
