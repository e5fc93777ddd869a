"""What a municipality said yes to in advance, and what that announces: with the very text, since a veto is about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import standing
from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.store import (
    Account,
    Campaign,
    Delivery,
    Message,
    Organisation,
    OrganisationKind,
    Person,
    Snapshot,
)


@dataclass(frozen=True, slots=True)
class Given:
    """A standing approval."""

    id: int
    county: str
    unseen: bool
    preparedness_minutes: int
    given_by: str
    own: bool
    """Given by the one who looks: the second person is somebody else."""
    given_at: datetime
    expires_at: datetime
    waits: bool
    """It counts when a second person says so."""
    over: bool


@dataclass(frozen=True, slots=True)
class Announced:
    """A text that goes unless somebody here says no in time."""

    id: int
    message: Mapping[str, str]
    campaign: Mapping[str, str]
    platform: str
    account: str
    at: datetime
    text: str
    language: str


def given(session: Session, *, now: datetime) -> tuple[Given, ...]:
    """Return the standing approvals of the actor's organisation that were not taken back."""
    rows = standing.own(session)
    actor = session.info["actor"]
    place = session.get_one(Organisation, actor.organisation_id)
    ids = {one.owner_id for one in rows}
    counties = {
        row[0]: row[1]
        for row in session.execute(select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids)))
    }
    people = {
        row[0]: row[1]
        for row in session.execute(
            select(Person.id, Person.name).where(Person.id.in_({one.given_by for one in rows}))
        )
    }
    return tuple(
        Given(
            one.id, counties[one.owner_id], one.unseen, one.preparedness_minutes, people.get(one.given_by, ""),
            one.given_by == actor.person_id, one.given_at, one.expires_at,
            place.second_person and one.seconded_by is None, one.expires_at <= now,
        )
        for one in rows
    )  # fmt: skip


def announced(session: Session) -> tuple[Announced, ...]:
    """Return what is announced in the actor's organisation and open to a veto, the next one first."""
    open_ones = standing.announced(session)
    rows = session.execute(
        select(Delivery, Message, Campaign, Account)
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(Delivery.id.in_({one.delivery_id for one in open_ones}))
    )
    found = {row[0].id: row for row in rows}
    hashes = {one.snapshot_hash for one in open_ones}
    kept = {one.hash: one for one in session.scalars(select(Snapshot).where(Snapshot.hash.in_(hashes)))}
    told = []
    for one in open_ones:
        delivery, message, campaign, account = found[one.delivery_id]
        text, language = _text(kept.get(one.snapshot_hash))
        told.append(
            Announced(
                one.id, message.title, campaign.title, delivery.platform,
                account.handle, one.effective_at, text, language,
            )
        )  # fmt: skip
    return tuple(told)


def _text(kept: Snapshot | None) -> tuple[str, str]:
    if kept is None:
        return "", ""
    try:
        post = ApprovedSnapshot(kept.body, kept.hash).post
    except Tampered:
        return "", ""
    return post.text, post.language


def counties(session: Session) -> list[tuple[str, str]]:
    """Return the numbers and names of the counties one may give a standing approval, one's own first."""
    actor = session.info["actor"]
    own = session.get_one(Organisation, actor.organisation_id)
    rows = session.scalars(
        select(Organisation).where(Organisation.kind == OrganisationKind.county).order_by(Organisation.name)
    ).all()
    ordered = sorted(rows, key=lambda one: one.id != own.parent_id)
    return [(one.number, one.name) for one in ordered if one.id != own.id]
