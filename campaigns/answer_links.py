"""Answers by the link in a mail, without a login: in, out or later for one municipality in one campaign, never a yes to a text.

A link belongs to one addressee. It dies at the answer deadline, with its use, when she is no member any more, and when
it is taken back; whatever the reason, it is told in the same words (threats B1–B4). What it does is done in her name,
and stands in the audit chain as done by link, of which all who may answer are told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaigns import invited_texts, notices, participation, plans, tickets, timing
from campaigns.access import TABLE
from campaigns.causes import BY_LINK
from campaigns.invited_texts import InvitedTexts
from campaigns.store import (
    Actor,
    Answer,
    AnswerLink,
    Campaign,
    Membership,
    Notice,
    Organisation,
    Participation,
    Person,
    Store,
)
from connectors.base import Connector
from connectors.secret import Secret

MAY = frozenset(TABLE["participation.answer"])
"""Who may answer an invitation; others get no link."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is about; the texts come with `texts`."""

    place: str
    owner: str
    title: Mapping[str, str]
    answer_by: date
    silence: str
    sent_to: str
    answer: str
    path: str
    """Where the whole campaign is, behind the login."""


def make_link(session: Session, mine: Participation, person: Person, *, now: datetime) -> Secret:
    """Return a new link's secret for an addressee; her earlier ones for the same campaign go on opening it."""
    token = tickets.new_token()
    session.add(
        AnswerLink(
            organisation_id=mine.organisation_id, token_hash=tickets.digest(token.reveal()), participation_id=mine.id,
            person_id=person.id, made_at=now,
        )
    )  # fmt: skip
    session.flush()
    return token


def of_notice(session: Session, notice: Notice, person: Person, now: datetime) -> Secret | None:
    """Return where the link in an invitation's letter leads, or `None` for whoever may not answer: her page, then."""
    mine = session.get(Participation, notice.subject_id)
    if mine is None or not _may_answer(
        session, mine.organisation_id, person.id, now.astimezone(timing.NORWAY).date()
    ):
        return None
    return Secret(f"/answer/{make_link(session, mine, person, now=now).reveal()}")


notices.LINKS["invitation"] = of_notice


def look_at(store: Store, token: str, *, now: datetime) -> Invitation | None:
    """Return what a link is about; `None` when it opens nothing (any more). Looking changes nothing (threat B2)."""
    with store.system(write=False) as session:
        found = _open(session, token, now)
        if found is None:
            return None
        link, mine, campaign, place = found
        person = session.get_one(Person, link.person_id)
        owner = session.get_one(Organisation, campaign.organisation_id)
        return Invitation(
            f"{place.name} {place.form}", f"{owner.name} {owner.form}", campaign.title, campaign.answer_by,
            campaign.silence, f"{person.name} <{person.mail}>", mine.answer.value,
            f"/for/{place.number}/campaigns/{campaign.key}",
        )  # fmt: skip


def texts(
    store: Store, connectors: Mapping[str, Connector], token: str, *, now: datetime
) -> InvitedTexts | None:
    """Return what a link shows to be read: the campaign's texts as its owner offers them there, and no word of anybody else's.

    `None` when it opens nothing (any more).
    """
    with store.system(write=False) as session:
        found = _open(session, token, now)
        if found is None:
            return None
        _, _, campaign, place = found
        owner = session.get_one(Organisation, campaign.organisation_id)
        as_owner = Actor(None, owner.id, owner.kind.value, frozenset(), BY_LINK)
        asked = campaign.id, place.id
    with store.scope(as_owner, write=False) as session:
        return invited_texts.offered(session, connectors, *asked)


def answer(store: Store, token: str, said: Answer, *, now: datetime) -> Invitation | None:
    """Answer by a link, and return what it was about; `None` when it opens nothing (any more).

    Joining plans, so that the texts are there to be read; nothing is approved by it, and so nothing goes out.
    """
    shown = look_at(store, token, now=now)
    with store.system(write=False) as session:
        found = _open(session, token, now)
        if shown is None or found is None:
            return None
        link, _, campaign, place = found
        actor = Actor(link.person_id, place.id, place.kind.value, MAY, BY_LINK, place.name)
        key = campaign.key
    with store.scope(actor) as session:  # spent and answered together, or neither
        own = participation.participation_in(session, key)
        if not _spend(session, own, token, now):
            return None
        participation.answer(session, own, said, now=now)
        if said == Answer.joined:
            plans.plan_participation(session, own, now=now)
    return shown


def _spend(session: Session, mine: Participation, token: str, now: datetime) -> bool:
    """Use up a link, and with it the addressee's others for the same campaign; return whether this one was still good."""
    good = (AnswerLink.used_at.is_(None), AnswerLink.revoked_at.is_(None))
    person_id = session.scalar(
        update(AnswerLink)
        .where(AnswerLink.token_hash == tickets.digest(token), *good)
        .values(used_at=now)
        .returning(AnswerLink.person_id)
        .execution_options(synchronize_session=False)
    )
    if person_id is None:
        return False
    session.execute(
        update(AnswerLink)
        .where(AnswerLink.participation_id == mine.id, AnswerLink.person_id == person_id, *good)
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
    return True


def _open(
    session: Session, token: str, now: datetime
) -> tuple[AnswerLink, Participation, Campaign, Organisation] | None:
    query = (
        select(AnswerLink, Participation, Campaign, Organisation)
        .join(Participation, Participation.id == AnswerLink.participation_id)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .join(Organisation, Organisation.id == AnswerLink.organisation_id)
        .where(
            AnswerLink.token_hash == tickets.digest(token),
            AnswerLink.used_at.is_(None),
            AnswerLink.revoked_at.is_(None),
            Campaign.closed_at.is_(None),
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    link, mine, campaign, place = row
    today = timing.local(now, place.timezone).date()
    over = today > campaign.answer_by or not _may_answer(session, place.id, link.person_id, today)
    return None if over else (link, mine, campaign, place)


def _may_answer(session: Session, organisation_id: int, person_id: int, today: date) -> bool:
    found = select(Membership.id).where(
        Membership.organisation_id == organisation_id,
        Membership.person_id == person_id,
        Membership.role.in_(MAY),
        Membership.lasts(today),
    )
    return session.scalar(found.limit(1)) is not None
