"""Approvals: a person's yes to exactly these bytes on this account, and their fall when something approved changes.

A snapshot is stored once under its hash; the approval is a row about that hash; a delivery points to it. What differs
from the approved is not sent (E1). The time is outside the hash (D2). There are two kinds (D3): a final approval, and
one of the wording while a fact is awaited, which sends nothing. Where an organisation asks for a second pair of eyes,
the last editor of a text is not its approver, and a text that nobody edited needs two (E5).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, or_, select, update
from sqlalchemy.orm import Session

from campaigns import audit, editors, gates, rendering, snapshots
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.plans import plan_participation
from campaigns.rendered import Draft
from campaigns.states import State
from campaigns.store import (
    Actor,
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

UNAPPROVED = frozenset(
    {"gate.not_approved", "gate.late_fact", "gate.second_person", "gate.changed_after_approval"}
)
"""Gates that an approval opens."""


class ChangedSinceSeen(ValueError):
    """Something changed between the page and the yes; the drafts as they are now are in `drafts` (threat E2)."""

    code = "approval.changed_since_seen"

    def __init__(self, drafts: Sequence[Draft]) -> None:
        super().__init__(self.code)
        self.drafts = drafts


class SecondPersonNeeded(PermissionError):
    """The approver is the last editor of these messages, and the organisation asks for a second pair of eyes (E5)."""

    code = "approval.second_person"

    def __init__(self, messages: Collection[str]) -> None:
        super().__init__(self.code)
        self.values = {"messages": ", ".join(sorted(messages))}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an approval came to: what is approved now, and what could not be, with its problems."""

    approved: tuple[Draft, ...]
    blocked: tuple[Draft, ...]
    worded: tuple[Draft, ...] = ()
    """What is approved but for the facts it awaits; the finished text asks once more (D3)."""


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


def waiting(session: Session, drafts: Sequence[Draft], *, now: datetime) -> list[Draft]:
    """Return those of the drafts that an approval would do something about; the rest is approved as it is."""
    closed = gates.closed_gates(session, [one.delivery_id for one in drafts], now)
    rows = select(Delivery.id, Delivery.wording_hash).where(Delivery.id.in_(list(closed)))
    worded: dict[int, str | None] = {row[0]: row[1] for row in session.execute(rows)}
    return [
        one
        for one in drafts
        if UNAPPROVED & set(closed.get(one.delivery_id, ()))
        and not (one.only_awaits and worded.get(one.delivery_id) == one.wording_hash)
    ]


def lacking(now: datetime) -> ColumnElement[bool]:
    """Return "a delivery lacks what an approval gives": a first yes, a second person's, or a new one after a change."""
    return or_(*(~gates.is_open(code, now) for code in sorted(UNAPPROVED)))


def shown(draft: Draft) -> str:
    """Return the digest that a yes to this draft is about: the wording's while facts are awaited."""
    return draft.wording_hash if draft.only_awaits else draft.hash


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

    Where only late facts are missing the wording is approved. `seen` has for each delivery the digest that was shown
    (`shown`); anything else now is refused and nothing is approved.

    Raises: Forbidden; NotFound; ChangedSinceSeen; SecondPersonNeeded.
    """
    actor = must(session, "message.approve", "invited", owner_id=participation.organisation_id)
    # the row is the lock: of two people who approve at once, the second sees what the first did
    session.execute(select(Participation.id).where(Participation.id == participation.id).with_for_update())
    drafts = open_drafts(session, connectors, participation, messages, now=now)
    if seen is not None and {one.delivery_id: shown(one) for one in drafts} != dict(seen):
        raise ChangedSinceSeen(drafts)
    stuck = {one.message_key for one in drafts if one.blocked and not one.only_awaits}
    willing = [one for one in drafts if one.message_key not in stuck]
    needed = _persons_needed(session, participation, actor, {one.message_key for one in willing})
    ready = [one for one in willing if not one.blocked]
    worded = [one for one in willing if one.blocked]
    final = {one.hash: one.body for one in ready}
    wordings = {one.wording_hash: one.wording_body for one in worded}
    keep_snapshots(session, participation.organisation_id, final | wordings, now)
    _say_yes(session, participation.organisation_id, final, ApprovalKind.final, actor, now)
    _say_yes(session, participation.organisation_id, wordings, ApprovalKind.wording, actor, now)
    _point(session, ready, {one.delivery_id: needed[one.message_key] for one in ready})
    _point_wording(session, worded)
    if willing:
        campaign = session.get_one(Campaign, participation.campaign_id)
        details = {
            "messages": sorted({one.message_key for one in willing}),
            "hashes": [shown(one) for one in willing],
        }
        audit.record(session, actor, "message.approve", campaign.key, details, now=now)
    return Outcome(tuple(ready), tuple(one for one in drafts if one.message_key in stuck), tuple(worded))


def _persons_needed(
    session: Session, participation: Participation, actor: Actor, messages: Collection[str]
) -> dict[str, int]:
    """Return how many persons must say yes to each message.

    Raises: SecondPersonNeeded.
    """
    place = session.get_one(Organisation, participation.organisation_id)
    if not place.second_person:
        return dict.fromkeys(messages, 1)
    last = editors.last_editors(session, participation)
    if own := [key for key in messages if last.get(key) == actor.person_id]:
        raise SecondPersonNeeded(own)
    return {key: 1 if last.get(key) is not None else 2 for key in messages}


def keep_snapshots(session: Session, organisation_id: int, bodies: Mapping[str, str], now: datetime) -> None:
    """Store snapshots under their digests; the same again is no other."""
    kept = set(session.scalars(select(Snapshot.hash).where(Snapshot.hash.in_(list(bodies)))))
    session.add_all(
        Snapshot(hash=digest, organisation_id=organisation_id, body=body, stored_at=now)
        for digest, body in bodies.items()
        if digest not in kept
    )
    session.flush()


def _say_yes(
    session: Session, organisation_id: int, digests: Collection[str], kind: ApprovalKind, actor: Actor, now: datetime
) -> None:  # fmt: skip
    """Write the approvals down, once for each person."""
    said = set(
        session.scalars(
            select(Approval.snapshot_hash).where(
                Approval.snapshot_hash.in_(list(digests)),
                Approval.kind == kind,
                Approval.person_id == actor.person_id,
                Approval.withdrawn_at.is_(None),
            )
        )
    )
    session.add_all(
        Approval(
            organisation_id=organisation_id, snapshot_hash=digest, kind=kind,
            person_id=actor.person_id or 0, at=now, how=actor.how,
        )
        for digest in digests
        if digest not in said
    )  # fmt: skip
    session.flush()


def _point(session: Session, drafts: Sequence[Draft], needed: Mapping[int, int]) -> None:
    """Let each delivery send its snapshot, and forget what was prepared for another."""
    if not drafts:
        return
    digest = case({one.delivery_id: one.hash for one in drafts}, value=Delivery.id)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([one.delivery_id for one in drafts]), Delivery.state == State.planned)
        .where(Delivery.snapshot_hash.is_distinct_from(digest) | Delivery.approval_fell_at.is_not(None))
        .values(
            snapshot_hash=digest,
            wording_hash=None,
            approvals_needed=case(needed, value=Delivery.id),
            approval_fell_at=None,
            handle=None,
        )
        .execution_options(synchronize_session=False)
    )


def _point_wording(session: Session, drafts: Sequence[Draft]) -> None:
    """Keep the wording with its delivery; what was approved for sending before is no longer what would be sent."""
    if not drafts:
        return
    digest = case({one.delivery_id: one.wording_hash for one in drafts}, value=Delivery.id)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([one.delivery_id for one in drafts]), Delivery.state == State.planned)
        .values(wording_hash=digest, snapshot_hash=None, approval_fell_at=None, handle=None)
        .execution_options(synchronize_session=False)
    )


def approve_in_advance(
    session: Session, delivery: Delivery, draft: Draft, *, person_id: int, now: datetime
) -> None:
    """Approve a draft by a standing approval whose veto time is over; the person is who gave it (D4)."""
    actor = Actor(person_id, delivery.organisation_id, "municipality", frozenset(), "standing approval")
    keep_snapshots(session, delivery.organisation_id, {draft.hash: draft.body}, now)
    _say_yes(session, delivery.organisation_id, [draft.hash], ApprovalKind.final, actor, now)
    _point(session, [draft], {draft.delivery_id: 1})


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
            Delivery.snapshot_hash.is_not(None) | Delivery.wording_hash.is_not(None),
            Delivery.approval_fell_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).all()
    bodies = _bodies(session, rows)
    by_id = {one.id: one for one in rows}
    fallen = [
        one
        for one in rendering.drafts(session, campaign, place, connectors, rows)
        if not _still_holds(one, by_id[one.delivery_id], bodies)
    ]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_([one.delivery_id for one in fallen]), Delivery.state == State.planned)
        .values(approval_fell_at=now)
        .execution_options(synchronize_session=False)
    )
    return fallen


def _bodies(session: Session, rows: Sequence[Delivery]) -> dict[str, str]:
    wanted = {digest for one in rows for digest in (one.snapshot_hash, one.wording_hash) if digest}
    found = select(Snapshot.hash, Snapshot.body).where(Snapshot.hash.in_(wanted))
    return {row[0]: row[1] for row in session.execute(found)}


def _still_holds(draft: Draft, delivery: Delivery, bodies: Mapping[str, str]) -> bool:
    """Return whether what a person said yes to is what there is: the finished text, or the wording before it is."""
    if any(found.code.startswith("checks.rights_") for found in draft.problems):
        return False
    if delivery.snapshot_hash is None:
        kept, now = bodies.get(delivery.wording_hash or ""), draft.wording_body
    else:
        kept, now = bodies.get(delivery.snapshot_hash), draft.body
    return bool(kept and now) and snapshots.same(kept or "", now)


def review_all(session: Session, connectors: Mapping[str, Connector], *, now: datetime) -> list[Draft]:
    """Let approvals fall in all campaigns of the session's organisation: its accounts or its profile changed."""
    mine = session.scalars(select(Participation).order_by(Participation.id)).all()
    return [fallen for one in mine for fallen in review(session, connectors, one, now=now)]
