"""Standing approvals: a municipality's yes in advance to one county, in two cases, with time for a veto (D4, threat E4).

A corrected locked part of a text that was approved renews; a message that nobody here has seen goes only where the
municipality said so and it is wholly locked or filled in. Either is announced first and takes effect when the veto
time is over, unless the text has changed again. Anything else asks, as ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from campaigns import approval, audit, rendering, snapshots
from campaigns.access import Forbidden, must
from campaigns.organisations import NotFound, organisation
from campaigns.rendered import Draft
from campaigns.states import State
from campaigns.store import (
    Announcement,
    Answer,
    Campaign,
    Delivery,
    Organisation,
    OrganisationKind,
    Participation,
    Snapshot,
    StandingApproval,
)
from connectors.base import Connector, Problem

VETO = timedelta(minutes=30)
"""Time for a veto (D4); in preparedness campaigns it is what the municipality chose."""
LASTS = timedelta(days=365)
"""A standing approval ends after twelve months (threat E4)."""
AHEAD = timedelta(days=7)
"""So long before its time a text is announced: long enough for a veto by people who work part-time."""


THEIRS = frozenset({"locked", "fill", "options", "tags"})
"""Parts of a text that a municipality cannot word: only its facts are its own (D19)."""


class StandingRefused(ValueError):
    """A standing approval that cannot be given; nothing was stored."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def give(
    session: Session, county: str, *, unseen: bool = False, preparedness_minutes: int = 30, now: datetime
) -> StandingApproval:
    """Give the county with this number a standing approval, in place of an earlier one.

    Raises: Forbidden; NotFound; StandingRefused for anybody but a county, or minutes beyond a day.
    """
    actor = must(session, "standing.give", "own")
    owner = organisation(session, county)
    if owner.id == actor.organisation_id:
        raise Forbidden("standing.give")  # its own campaigns are approved where they are written
    if owner.kind != OrganisationKind.county:
        raise StandingRefused(Problem("standing.not_a_county", {"name": owner.name}))
    if not 0 <= preparedness_minutes <= 24 * 60:
        raise StandingRefused(Problem("standing.minutes", {"minutes": preparedness_minutes}))
    for old in own(session):
        if old.owner_id == owner.id:
            old.withdrawn_at = now
    made = StandingApproval(
        organisation_id=actor.organisation_id, owner_id=owner.id, unseen=unseen,
        preparedness_minutes=preparedness_minutes, given_by=actor.person_id or 0, given_at=now,
        expires_at=now + LASTS,
    )  # fmt: skip
    session.add(made)
    session.flush()
    details = {"unseen": unseen, "preparedness_minutes": preparedness_minutes}
    audit.record(session, actor, "standing.give", owner.number, details, now=now)
    return made


def second(session: Session, standing: StandingApproval, *, now: datetime) -> None:
    """Give the second person's yes, where the organisation asks for one.

    Raises: Forbidden, also for the person who gave it.
    """
    actor = must(session, "standing.give", "own", owner_id=standing.organisation_id)
    if actor.person_id == standing.given_by:
        raise Forbidden("standing.give")
    standing.seconded_by = actor.person_id
    audit.record(session, actor, "standing.second", str(standing.id), {}, now=now)


def withdraw(session: Session, standing: StandingApproval, *, now: datetime) -> None:
    """Take a standing approval back; what it has announced is not approved by it any more.

    Raises: Forbidden.
    """
    actor = must(session, "standing.give", "own", owner_id=standing.organisation_id)
    standing.withdrawn_at = now
    audit.record(session, actor, "standing.withdraw", str(standing.id), {}, now=now)


def own(session: Session) -> list[StandingApproval]:
    """Return the standing approvals of the session's organisation that were not taken back."""
    mine = (
        select(StandingApproval).where(StandingApproval.withdrawn_at.is_(None)).order_by(StandingApproval.id)
    )
    return list(session.scalars(mine))


def announced(session: Session) -> list[Announcement]:
    """Return what is announced in the session's organisation and neither settled nor vetoed, the next one first."""
    open_ones = (Announcement.settled_at.is_(None), Announcement.vetoed_at.is_(None))
    return list(session.scalars(select(Announcement).where(*open_ones).order_by(Announcement.effective_at)))


def veto(session: Session, announcement: Announcement, *, now: datetime) -> None:
    """Say no to a text that a standing approval would have approved; it asks like any other from now on.

    Raises: Forbidden; NotFound when its time is over.
    """
    actor = must(session, "standing.veto", "own", owner_id=announcement.organisation_id)
    if announcement.settled_at is not None or announcement.effective_at <= now:
        raise NotFound("standing.too_late", id=announcement.id)
    announcement.vetoed_at, announcement.vetoed_by = now, actor.person_id
    audit.record(session, actor, "standing.veto", str(announcement.delivery_id), {}, now=now)


# -- for the clock


def participations_concerned(session: Session, *, now: datetime) -> list[Participation]:
    """Return the participations in which a standing approval may have something to announce."""
    open_ones = select(Delivery.participation_id).where(
        Delivery.state == State.planned,
        Delivery.due_at <= now + AHEAD,
        approval.lacking(now),
        ~exists().where(
            Announcement.delivery_id == Delivery.id,
            Announcement.settled_at.is_(None),
            Announcement.vetoed_at.is_(None),
        ),
    )
    rows = (
        select(Participation)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .join(
            StandingApproval,
            and_(
                StandingApproval.organisation_id == Participation.organisation_id,
                StandingApproval.owner_id == Campaign.organisation_id,
            ),
        )
        .where(in_force(now), _said_yes(now), Participation.id.in_(open_ones))
        .order_by(Participation.id)
        .distinct()
    )
    return list(session.scalars(rows))


def in_force(now: datetime) -> ColumnElement[bool]:
    """Return "this standing approval, of the organisation joined to it, counts now"."""
    return and_(
        StandingApproval.withdrawn_at.is_(None),
        StandingApproval.expires_at > now,
        or_(Organisation.second_person.is_(False), StandingApproval.seconded_by.is_not(None)),
    )


def _said_yes(now: datetime) -> ColumnElement[bool]:
    """Return "it takes part, or its silence means so and the answer is overdue" (D1)."""
    silent = and_(
        Participation.answer == Answer.unanswered, Campaign.silence == "in", Campaign.answer_by < now.date()
    )
    return or_(Participation.answer == Answer.joined, silent)


def announce(
    session: Session, connectors: Mapping[str, Connector], participation: Participation, *, now: datetime
) -> list[Announcement]:
    """Announce what the municipality's standing approval covers; return the new announcements. For the clock."""
    standing = _standing(session, participation, now)
    if standing is None:
        return []
    campaign = session.get_one(Campaign, participation.campaign_id)
    rows = session.scalars(
        select(Delivery).where(
            Delivery.participation_id == participation.id, Delivery.state == State.planned,
            Delivery.due_at <= now + AHEAD, approval.lacking(now),
        )
    ).all()  # fmt: skip
    place = session.get_one(Organisation, participation.organisation_id)
    minutes = standing.preparedness_minutes if campaign.purpose == "preparedness" else None
    wait = VETO if minutes is None else timedelta(minutes=minutes)
    by_id = {one.id: one for one in rows}
    made = []
    for draft in rendering.drafts(session, campaign, place, connectors, rows):
        delivery = by_id[draft.delivery_id]
        if draft.blocked or not _covers(session, standing, delivery, draft) or _told(session, draft):
            continue
        approval.keep_snapshots(session, delivery.organisation_id, {draft.hash: draft.body}, now)
        made.append(
            Announcement(
                organisation_id=delivery.organisation_id, delivery_id=delivery.id, snapshot_hash=draft.hash,
                standing_id=standing.id, announced_at=now, effective_at=now + wait,
            )
        )  # fmt: skip
    session.add_all(made)
    session.flush()
    return made


def _standing(session: Session, participation: Participation, now: datetime) -> StandingApproval | None:
    return session.scalar(
        select(StandingApproval)
        .join(Organisation, Organisation.id == StandingApproval.organisation_id)
        .join(Campaign, Campaign.organisation_id == StandingApproval.owner_id)
        .where(
            Campaign.id == participation.campaign_id,
            StandingApproval.organisation_id == participation.organisation_id,
            in_force(now),
        )
        .order_by(StandingApproval.id.desc())
        .limit(1)
    )


def _covers(session: Session, standing: StandingApproval, delivery: Delivery, draft: Draft) -> bool:
    """Return whether the draft differs from what was approved in locked parts alone, or is unseen and has no free ones."""
    if delivery.snapshot_hash is None:
        never_seen = delivery.wording_hash is None and delivery.approval_fell_at is None
        return standing.unseen and never_seen and snapshots.consists_of(draft.body, THEIRS)
    if delivery.approval_fell_at is None:
        return False  # it waits for a second person, or for another account's message
    before = session.get(Snapshot, delivery.snapshot_hash)
    changed = snapshots.changed_kinds(before.body, draft.body) if before else None
    return changed is not None and changed <= {"locked"}


def _told(session: Session, draft: Draft) -> bool:
    """Return whether this very text was announced for this delivery before; a veto is not asked for twice."""
    same = (Announcement.delivery_id == draft.delivery_id, Announcement.snapshot_hash == draft.hash)
    return session.scalar(select(Announcement.id).where(*same)) is not None


def anything_announced(session: Session, *, now: datetime) -> bool:
    """Return whether the veto time of any announcement is over."""
    return session.scalar(_over(now).limit(1)) is not None


def _over(now: datetime) -> Select[Announcement]:
    return select(Announcement).where(
        Announcement.settled_at.is_(None), Announcement.vetoed_at.is_(None), Announcement.effective_at <= now
    )


def settle(session: Session, connectors: Mapping[str, Connector], *, now: datetime) -> list[int]:
    """Approve what was announced and not vetoed, if it still is what would be sent; return the deliveries."""
    done = []
    for announcement in session.scalars(_over(now).order_by(Announcement.id)).all():
        announcement.settled_at = now
        delivery = session.get_one(Delivery, announcement.delivery_id)
        standing = session.get_one(StandingApproval, announcement.standing_id)
        place = session.get_one(Organisation, announcement.organisation_id)
        campaign = session.get_one(Campaign, delivery.campaign_id)
        counts = standing.withdrawn_at is None and standing.expires_at > now
        drafts: Sequence[Draft] = rendering.drafts(session, campaign, place, connectors, [delivery])
        if (
            counts
            and delivery.state == State.planned
            and drafts
            and drafts[0].hash == announcement.snapshot_hash
        ):
            approval.approve_in_advance(session, delivery, drafts[0], person_id=standing.given_by, now=now)
            done.append(delivery.id)
    session.flush()
    return done
