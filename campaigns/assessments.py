"""Assessments of privacy: each account has an address where the organisation's own one lies, and a day to go through it again.

That one is missing or overdue is a warning, told where accounts are listed and among what waits; it stops nothing, since
whether a channel may be used is the organisation's to judge (GDPR, articles 5 and 35), not the tool's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import must
from campaigns.store import Account, AccountState
from campaigns.wording import hidden_characters
from connectors.base import Problem

Standing = Literal["in_order", "missing", "overdue"]
LONGEST = 500


class AssessmentRefused(ValueError):
    """An assessment that cannot be taken, with every problem by its field; nothing was stored."""

    def __init__(self, problems: Mapping[str, Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems.values()))
        self.problems = problems


def standing_of(account: Account, today: date) -> Standing:
    """Return how an account's assessment stands on a day."""
    if account.assessment is None or account.assessment_review_on is None:
        return "missing"
    return "overdue" if account.assessment_review_on < today else "in_order"


def keep(session: Session, account: Account, *, address: str, review_on: date | None, now: datetime) -> None:
    """Keep where an account's assessment lies, and until when it holds.

    Raises: Forbidden; AssessmentRefused.
    """
    actor = must(session, "account.assess", "own", owner_id=account.organisation_id)
    address = address.strip()
    problems: dict[str, Problem] = {}
    if not _is_address(address):
        problems["assessment"] = Problem("assessment.address")
    if review_on is None:
        problems["review_on"] = Problem("assessment.review_on")
    if problems:
        raise AssessmentRefused(problems)
    account.assessment, account.assessment_review_on = address, review_on
    session.flush()
    subject = f"{account.platform}:{account.handle}"
    details = {"address": address, "review_on": f"{review_on:%Y-%m-%d}"}
    audit.record(session, actor, "account.assess", subject, details, now=now)


def wanting(session: Session, today: date) -> int:
    """Return how many accounts in use have no assessment, or one that is overdue."""
    return (
        session.scalar(
            select(func.count(Account.id)).where(
                Account.state != AccountState.disconnected,
                or_(
                    Account.assessment.is_(None),
                    Account.assessment_review_on.is_(None),
                    Account.assessment_review_on < today,
                ),
            )
        )
        or 0
    )


def _is_address(text: str) -> bool:
    """Return whether a text is an https address that a page may link to."""
    if len(text) > LONGEST or any(one.isspace() for one in text) or hidden_characters(text):
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and "." in host and not parts.username
