"""The named views: the only reads that cross from one organisation into another, each checking the relation (D31).

An owner sees participations, deliveries and figures of its own campaigns; the system sees everything; everybody
else gets nothing. What a municipality has not approved is not in here: views give no text at all (threat A13).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Executable, Row, Select, func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from campaigns.store.accounts import Account
from campaigns.store.campaigns import Campaign
from campaigns.store.deliveries import Delivery
from campaigns.store.organisations import Membership, Organisation
from campaigns.store.participation import Adaptation, Answer, MessageChoice, Participation
from campaigns.store.records import Figure
from campaigns.store.session import Actor

Query = TypeVar("Query", bound=Executable)
Columns = TypeVarTuple("Columns")
FigureRow = Row[int, str, int | None, str, str | None, int, bool]
"""Delivery, metric, value, how it was found, why there is none, version of what is counted, and whether it fell."""


def visible_campaigns(session: Session) -> list[Campaign]:
    """Return the campaigns that the session's actor owns or was invited to; the system sees all."""
    query = select(Campaign).order_by(Campaign.id)
    actor = session.info.get("actor")
    if isinstance(actor, Actor):
        invited = select(Participation.campaign_id).where(
            Participation.organisation_id == actor.organisation_id
        )
        query = query.where((Campaign.organisation_id == actor.organisation_id) | Campaign.id.in_(invited))
    elif not session.info.get("system"):
        return []
    return list(session.scalars(query))


def is_connected_elsewhere(session: Session, platform: str, base: str, remote_id: str) -> bool:
    """Return whether another organisation has this account connected; never which one (D17, threat C4)."""
    actor = session.info.get("actor")
    same = (Account.platform == platform, Account.base == base, Account.remote_id == remote_id)
    found = select(Account.organisation_id).where(*same).execution_options(across_organisations=True)
    owner = session.scalar(found)
    return owner is not None and isinstance(actor, Actor) and owner != actor.organisation_id


def owner_of(session: Session, platform: str, base: str, remote_id: str) -> Actor | None:
    """Return the organisation that has this account, as nobody in particular of it; for a session that sees all."""
    same = (Account.platform == platform, Account.base == base, Account.remote_id == remote_id)
    owner = session.scalar(
        select(Organisation).join(Account, Account.organisation_id == Organisation.id).where(*same)
    )
    return (
        None
        if owner is None
        else Actor(None, owner.id, owner.kind.value, frozenset(), "another organisation")
    )


def is_member_anywhere(session: Session, person_id: int) -> bool:
    """Return whether a person works for any organisation at all; never for which."""
    found = select(Membership.id).where(Membership.person_id == person_id).limit(1)
    return session.scalar(found.execution_options(across_organisations=True)) is not None


def participations(session: Session, campaign: Campaign) -> Sequence[tuple[Participation, Organisation]]:
    """Return who was invited with its organisation, by number: all for the owner, one's own for a municipality."""
    query = (
        select(Participation, Organisation)
        .join(Organisation, Organisation.id == Participation.organisation_id)
        .where(Participation.campaign_id == campaign.id)
        .order_by(Organisation.number)
    )
    return [(row[0], row[1]) for row in session.execute(reaching(session, campaign, query))]


def choices(session: Session, campaign: Campaign) -> Sequence[MessageChoice]:
    """Return everybody's exceptions for single messages: whether they send them, nothing of their words."""
    query = (
        select(MessageChoice)
        .join(Participation, Participation.id == MessageChoice.participation_id)
        .where(Participation.campaign_id == campaign.id)
    )
    return session.scalars(reaching(session, campaign, query)).all()


def own_words(session: Session, campaign: Campaign) -> dict[int, int]:
    """Return how many paragraphs each municipality worded itself or left out: their number, never a word of them."""
    query = (
        select(Adaptation.organisation_id, func.count(Adaptation.paragraph_id.distinct()))
        .join(Participation, Participation.id == Adaptation.participation_id)
        .where(Participation.campaign_id == campaign.id)
        .group_by(Adaptation.organisation_id)
    )
    return {row[0]: row[1] for row in session.execute(reaching(session, campaign, query))}


def deliveries(session: Session, campaign: Campaign) -> Sequence[Delivery]:
    """Return the campaign's deliveries with their accounts and messages, in the order of their times."""
    query = (
        select(Delivery)
        .where(Delivery.campaign_id == campaign.id)
        .options(joinedload(Delivery.account), joinedload(Delivery.message))
        .order_by(Delivery.due_at, Delivery.id)
    )
    return session.scalars(reaching(session, campaign, query)).all()


def figures(session: Session, campaign: Campaign, age: int) -> Sequence[FigureRow]:
    """Return what the campaign's posts came to at an age in hours; 0 is the newest count of each.

    They come as rows and not as objects: there are tens of thousands, and nobody changes one.
    """
    query = (
        select(
            Figure.delivery_id, Figure.metric, Figure.value, Figure.how, Figure.absent, Figure.version, Figure.fell
        )
        .join(Delivery, Delivery.id == Figure.delivery_id)
        .where(Delivery.campaign_id == campaign.id, Figure.age == age)
    )  # fmt: skip
    return session.execute(reaching(session, campaign, query)).all()


def add_invitations(
    session: Session, campaign: Campaign, organisations: Sequence[int], *, now: datetime
) -> None:
    """Write an unanswered participation for each organisation: the one row that an owner writes in another's name.

    Raises: PermissionError for anybody but the campaign's owner.
    """
    actor = session.info.get("actor")
    if not isinstance(actor, Actor) or actor.organisation_id != campaign.organisation_id:
        raise PermissionError("only the owner of a campaign invites to it")
    if organisations:
        session.execute(
            insert(Participation).execution_options(across_organisations=True),
            [
                {"organisation_id": one, "campaign_id": campaign.id, "invited_at": now}
                for one in organisations
            ],
        )


def own_or_owned(session: Session, query: Select[*Columns]) -> Select[*Columns]:
    """Return a query on deliveries for the actor's own and those of the campaigns it owns, wherever they go out."""
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        return query
    mine = (Delivery.organisation_id == actor.organisation_id) | (Delivery.owner_id == actor.organisation_id)
    return query.where(mine).execution_options(across_organisations=True)


def reaching(session: Session, campaign: Campaign, query: Query) -> Query:
    """Return the query across organisations for the campaign's owner, and within the scope for everybody else."""
    actor = session.info.get("actor")
    if isinstance(actor, Actor) and actor.organisation_id == campaign.organisation_id:
        return query.execution_options(across_organisations=True)
    return query


def remind(session: Session, campaign: Campaign, *, not_since: datetime, now: datetime) -> int:
    """Write down that those who have not answered are reminded, unless they heard of it since; return how many.

    Raises: PermissionError for anybody but the campaign's owner.
    """
    actor = session.info.get("actor")
    if not isinstance(actor, Actor) or actor.organisation_id != campaign.organisation_id:
        raise PermissionError("only the owner of a campaign reminds of it")
    heard = func.coalesce(Participation.reminded_at, Participation.invited_at)
    done = session.execute(
        update(Participation)
        .where(
            Participation.campaign_id == campaign.id, heard <= not_since,
            Participation.answer.in_([Answer.unanswered, Answer.later]),
        )
        .values(reminded_at=now)
        .returning(Participation.id)
        .execution_options(across_organisations=True, synchronize_session=False)
    )  # fmt: skip
    return len(done.all())


def of_delivery(session: Session, delivery: Delivery, query: Query) -> Query:
    """Return a query about one delivery for its organisation, and for the owner of its campaign."""
    actor = session.info.get("actor")
    if isinstance(actor, Actor) and actor.organisation_id == delivery.owner_id:
        return query.execution_options(across_organisations=True)
    return query


def owned(session: Session, query: Select[*Columns]) -> Select[*Columns]:
    """Return a query on deliveries for those of the campaigns that the actor's organisation owns."""
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        return query
    return query.where(Delivery.owner_id == actor.organisation_id).execution_options(
        across_organisations=True
    )


def answers(session: Session) -> Sequence[Participation]:
    """Return the answers to the campaigns that the actor's organisation owns; no word of anybody's is in them."""
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        return []
    query = (
        select(Participation)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Campaign.organisation_id == actor.organisation_id)
        .execution_options(across_organisations=True)
    )
    return session.scalars(query).all()


def worded(session: Session) -> set[int]:
    """Return the participations, in campaigns of the actor's organisation, in which something was worded anew."""
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        return set()
    query = (
        select(Adaptation.participation_id)
        .distinct()
        .join(Participation, Participation.id == Adaptation.participation_id)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Campaign.organisation_id == actor.organisation_id)
        .execution_options(across_organisations=True)
    )
    return set(session.scalars(query))
