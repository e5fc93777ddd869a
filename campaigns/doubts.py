"""A person's answer to the one question that no look-up could settle: is the post live?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaigns import audit, recovery
from campaigns.access import must
from campaigns.addresses import own_address
from campaigns.organisations import NotFound
from campaigns.store import Delivery
from connectors.base import Problem


class AnswerRefused(ValueError):
    """An answer that cannot be taken; nothing was changed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def answer(
    session: Session, delivery_id: int, *, live: bool, address: str | None, now: datetime, speed: float = 1.0
) -> None:
    """Take a person's word whether a post is live, and where; not live lets it be sent again while there is time.

    Raises: Forbidden; NotFound; AnswerRefused for an address that is not the account's, or when it is in doubt no more.
    """
    actor = must(session, "delivery.answer", "own")
    found = session.get(Delivery, delivery_id)
    if found is None or found.organisation_id != actor.organisation_id:
        raise NotFound("delivery.unknown", id=delivery_id)
    if address and not own_address(address, found.account.address, found.account.base):
        raise AnswerRefused(Problem("delivery.bad_address", {"host": found.account.base}))
    moved = recovery.answer_unsure(
        session, found, live=live, address=address, now=now, actor=actor.label, speed=speed
    )
    if not moved:
        raise AnswerRefused(Problem("delivery.not_unsure", {"id": delivery_id}))
    audit.record(
        session, actor, "delivery.answer", str(delivery_id), {"live": "yes" if live else "no"}, now=now
    )
