"""Approvals: a person's yes to exactly these bytes on this account, and their fall when something approved changes.

A snapshot is stored once under its hash; the approval is a row about that hash; a delivery points to it. What differs
from the approved is not sent (E1). The time is outside the hash (D2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import audit, rendering
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.plans import plan_participation
from campaigns.rendering import Draft
from campaigns.states import State
from campaigns.store import (
    Approval,
    ApprovalKind,
    Campaign,
    Delivery,
    Message,
    Organisation,
    Participation,
    Snapshot,
)
from connectors.base import Connector


class ChangedSinceSeen(ValueError):
    """Something changed between the page and the yes; the drafts as they are now are in `drafts` (threat E2)."""

    code = "approval.changed_since_seen"

    def __init__(self, drafts: Sequence[Draft]) -> None:
        super().__init__(self.code)
        self.drafts = drafts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an approval came to: what is approved now, and what could not be, with its problems."""

    approved: tuple[Draft, ...]
    blocked: tuple[Draft, ...]


def open_drafts(
    session: Session,
    connectors: Mapping[str, Connector],
    participation: Participation,
    messages: Sequence[str],
    *,
    now: datetime,
) -> list[Draft]:
    """Return what the municipality would approve now: its deliveries still before sending, of these messages or of all.

    Plans first, so that an answer or an account given a moment ago counts.

    Raises: Forbidden for who may not read drafts; NotFound for a message that the campaign does not have.
    """
    must(session, "draft.read", "own", owner_id=participation.organisation_id)
    plan_participation(session, participation, now=now)
    campaign = session.get_one(Campaign, participation.campaign_id)
    keys = {one.key for one in campaign.messages if not one.retired}
    if unknown := [key for key in messages if key not in keys]:
        raise NotFound("message.unknown", key=unknown[0])
    wanted = set(messages) or keys
    rows = session.scalars(
        select(Delivery)
        .join(Message, Message.id == Delivery.message_id)
        .where(
            Delivery.participation_id == participation.id,
            Delivery.state == State.planned,
            Message.key.in_(wanted),
        )
        .order_by(Message.position, Delivery.platform, Delivery.id)
        .execution_options(populate_existing=True)
    ).all()
    place = session.get_one(Organisation, participation.organisation_id)
    return rendering.drafts(session, campaign, place, connectors, rows)


def approve(
    session: Session,
    connectors: Mapping[str, Connector],
    participation: Participation,
    messages: Sequence[str] = (),
    *,
    seen: Mapping[int, str] | None = None,
    now: datetime,
) -> Outcome:
    """Approve these messages, or all, as they are now; a message that is blocked on one account is not approved at all.

    `seen` has the hash shown for each delivery; anything else now is refused and nothing is approved.

    Raises: Forbidden; NotFound; ChangedSinceSeen.
    """
    actor = must(session, "message.approve", "invited", owner_id=participation.organisation_id)
    drafts = open_drafts(session, connectors, participation, messages, now=now)
    if seen is not None and {one.delivery_id: one.hash for one in drafts} != dict(seen):
        raise ChangedSinceSeen(drafts)
    stuck = {one.message_key for one in drafts if one.blocked}
    ready = [one for one in drafts if one.message_key not in stuck]
    for draft in ready:
        _approve_one(session, participation.organisation_id, draft, actor.person_id or 0, actor.how, now)
    if ready:
        campaign = session.get_one(Campaign, participation.campaign_id)
        details = {
            "messages": sorted({one.message_key for one in ready}),
            "hashes": [one.hash for one in ready],
        }
        audit.record(session, actor, "message.approve", campaign.key, details, now=now)
    return Outcome(tuple(ready), tuple(one for one in drafts if one.message_key in stuck))


def _approve_one(
    session: Session, organisation_id: int, draft: Draft, person_id: int, how: str, now: datetime
) -> None:
    if session.get(Snapshot, draft.hash) is None:
        session.add(
            Snapshot(hash=draft.hash, organisation_id=organisation_id, body=draft.body, stored_at=now)
        )
        session.flush()
    standing = session.scalar(
        select(Approval.id).where(
            Approval.snapshot_hash == draft.hash,
            Approval.kind == ApprovalKind.final,
            Approval.withdrawn_at.is_(None),
        )
    )
    if standing is None:
        session.add(
            Approval(
                organisation_id=organisation_id, snapshot_hash=draft.hash, kind=ApprovalKind.final,
                person_id=person_id, at=now, how=how,
            )
        )  # fmt: skip
        session.flush()
    session.execute(
        update(Delivery)
        .where(Delivery.id == draft.delivery_id, Delivery.state == State.planned)
        .where(Delivery.snapshot_hash.is_distinct_from(draft.hash) | Delivery.approval_fell_at.is_not(None))
        .values(
            snapshot_hash=draft.hash, approval_fell_at=None, handle=None
        )  # a handle belongs to its snapshot
        .execution_options(synchronize_session=False)
    )


def review(
    session: Session, connectors: Mapping[str, Connector], participation: Participation, *, now: datetime
) -> list[Draft]:
    """Let approvals fall exactly where what was approved is not what would be sent now; return what fell.

    They also fall where a picture's consent no longer covers this municipality, channel or time: that is no part of
    the bytes. Called whenever wordings, facts, pictures or profiles may have changed.
    """
    campaign = session.get_one(Campaign, participation.campaign_id)
    place = session.get_one(Organisation, participation.organisation_id)
    rows = session.scalars(
        select(Delivery)
        .where(
            Delivery.participation_id == participation.id,
            Delivery.state == State.planned,
            Delivery.snapshot_hash.is_not(None),
            Delivery.approval_fell_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).all()
    approved = {one.id: one.snapshot_hash for one in rows}
    fallen = [
        one
        for one in rendering.drafts(session, campaign, place, connectors, rows)
        if one.hash != approved[one.delivery_id]
        or any(found.code.startswith("checks.rights_") for found in one.problems)
    ]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([one.delivery_id for one in fallen]), Delivery.state == State.planned)
        .values(approval_fell_at=now)
        .execution_options(synchronize_session=False)
    )
    return fallen


def review_all(session: Session, connectors: Mapping[str, Connector], *, now: datetime) -> list[Draft]:
    """Let approvals fall in all campaigns of the session's organisation: its accounts or its profile changed."""
    mine = session.scalars(select(Participation).order_by(Participation.id)).all()
    return [fallen for one in mine for fallen in review(session, connectors, one, now=now)]
