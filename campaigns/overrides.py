"""A person's word that a check is passed over: which message, which check, who, and why.

Only what is a matter of judgement can be passed over (`checks.may_pass_over`); what a platform would refuse and what a
law asks for never can. The word stands in the audit chain and beside the text it is about.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import audit, checks
from campaigns.access import must
from campaigns.store import Campaign, CheckOverride, Message, Participation
from connectors.base import Problem


class OverrideRefused(ValueError):
    """A check that cannot be passed over, or no reason; nothing was stored."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def pass_over(
    session: Session, participation: Participation, message: Message, code: str, reason: str, *, now: datetime
) -> None:
    """Write down that a person passes over a check that would block this message, with her reason.

    Raises: Forbidden; OverrideRefused.
    """
    actor = must(session, "check.pass_over", "invited", owner_id=participation.organisation_id)
    reason = " ".join(reason.split())
    if not checks.may_pass_over(code):
        raise OverrideRefused(Problem("override.never", {"check": code}))
    if not reason:
        raise OverrideRefused(Problem("override.reason_missing"))
    present = session.scalar(
        select(CheckOverride).where(
            CheckOverride.participation_id == participation.id,
            CheckOverride.message_id == message.id,
            CheckOverride.code == code,
        )
    )
    if present is None:
        present = CheckOverride(
            organisation_id=participation.organisation_id, participation_id=participation.id,
            message_id=message.id, code=code,
        )  # fmt: skip
        session.add(present)
    present.reason, present.person_id, present.at = reason[:500], actor.person_id or 0, now
    session.flush()
    subject = f"{session.get_one(Campaign, participation.campaign_id).key}/{message.key}"
    audit.record(session, actor, "check.pass_over", subject, {"check": code, "reason": reason[:500]}, now=now)


def loud_messages(session: Session, participation: Participation) -> set[int]:
    """Return the messages for which somebody here answers for quiet hours."""
    own = select(CheckOverride.message_id).where(
        CheckOverride.participation_id == participation.id,
        CheckOverride.code.startswith(checks.QUIET),
    )
    return set(session.scalars(own))
