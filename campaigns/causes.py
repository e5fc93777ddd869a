"""What people are to be told of, read from the rows that say it: each cause is a question, and writes nothing.

A cause is derived and not written by the act: a stop stays one INSERT (threat E9), the one function that moves
deliveries stays on one page, and a county writes nothing into a municipality's rows. The act's own row is there as soon
as the act is; what has no notice yet is found here, however often a clock died in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, literal, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from campaigns import gates
from campaigns.notice_kinds import SOON
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Announcement,
    Answer,
    Approval,
    AuditEntry,
    Campaign,
    Delivery,
    History,
    Hold,
    HoldLevel,
    Membership,
    Message,
    Notice,
    Organisation,
    Participation,
    Person,
)
from connectors import kind_of

log = structlog.get_logger()

LATELY = timedelta(days=3)
"""What happened before that is told no more: a clock that stood still for a week, or an older database."""
MOST = 500
"""Rows of a cause in one go; the rest comes with the next tick."""
BY_LINK = "answer link"
"""How an answer was given that came by the link in a mail; stands so in the audit chain (threat B4)."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that one organisation is to be told."""

    organisation_id: int
    kind: str
    subject_id: int
    turn: datetime
    details: Mapping[str, object]
    soon: bool = False
    """It concerns something that is due within two days."""
    without: int | None = None
    """A person who need not be told: she did it."""


def causes(session: Session, *, now: datetime) -> Iterator[Cause]:
    """Yield what nobody was told of yet; a question that fails by a fault of ours keeps no other from being asked."""
    for ask in _ALL:
        try:
            yield from list(ask(session, now))
        except SQLAlchemyError:
            raise  # the transaction is over; the next tick asks again
        except Exception as error:
            log.exception("cause_failed", cause=ask.__name__, error=type(error).__name__)


Column = InstrumentedAttribute[Any] | ColumnElement[Any]


def _untold(kind: str, organisation: Column | None, subject: Column, turn: Column) -> ColumnElement[bool]:
    same = [Notice.kind == kind, Notice.subject_id == subject, Notice.turn == turn]
    if organisation is not None:
        same.append(Notice.organisation_id == organisation)
    return ~exists().where(*same)


def _running() -> tuple[ColumnElement[bool], ...]:
    return Campaign.active_at.is_not(None), Campaign.closed_at.is_(None)


def _about(campaign: Campaign, message: Message | None = None) -> dict[str, object]:
    found: dict[str, object] = {"campaign": campaign.key, "title": dict(campaign.title)}
    if message is not None:
        found |= {"message": message.key, "message_title": dict(message.title)}
    return found


def _invitations(session: Session, now: datetime) -> Iterator[Cause]:
    heard = func.coalesce(
        Participation.reminded_at, Participation.invited_at
    )  # a reminder is the invitation again
    asked = (
        select(Participation, Campaign, Organisation.name)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .where(
            heard >= now - LATELY,
            Participation.answer.in_([Answer.unanswered, Answer.later]),
            *_running(),
            _untold("invitation", Participation.organisation_id, Participation.id, heard),
        )
        .order_by(Participation.id)
        .limit(MOST)
    )
    for mine, campaign, owner in session.execute(asked):
        details = {**_about(campaign), "owner": owner, "day": campaign.answer_by.isoformat()}
        details["silence"] = campaign.silence
        yield Cause(mine.organisation_id, "invitation", mine.id, mine.reminded_at or mine.invited_at, details)


def _answers(session: Session, now: datetime) -> Iterator[Cause]:
    said = (
        select(AuditEntry, Person.name)
        .outerjoin(Person, Person.id == AuditEntry.person_id)
        .where(
            AuditEntry.at >= now - LATELY,
            AuditEntry.action == "participation.answer",
            AuditEntry.how == BY_LINK,
            _untold("answered_by_link", AuditEntry.organisation_id, AuditEntry.id, AuditEntry.at),
        )
        .order_by(AuditEntry.id)
        .limit(MOST)
    )
    for entry, person in session.execute(said).all():
        about = (
            select(Campaign)
            .join(Participation, Participation.campaign_id == Campaign.id)
            .where(Participation.organisation_id == entry.organisation_id, Campaign.key == entry.subject)
            .order_by(Participation.invited_at.desc())
            .limit(1)
        )
        if campaign := session.scalar(about):
            answer = str(entry.details.get("answer", ""))
            details = {**_about(campaign), "answer": answer, "person": person or "–"}
            yield Cause(entry.organisation_id, "answered_by_link", entry.id, entry.at, details)


def _corrections(session: Session, now: datetime) -> Iterator[Cause]:
    corrected = (
        select(Participation, Campaign, Organisation.name)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .join(Organisation, Organisation.id == Campaign.organisation_id)
        .where(
            Campaign.loaded_at >= now - LATELY,
            Campaign.version > 1,
            Campaign.loaded_at > Participation.invited_at,
            Participation.answer != Answer.out,
            Participation.organisation_id != Campaign.organisation_id,
            *_running(),
            _untold("correction", Participation.organisation_id, Participation.id, Campaign.loaded_at),
        )
        .order_by(Participation.id)
        .limit(MOST)
    )
    for mine, campaign, owner in session.execute(corrected):
        details = {**_about(campaign), "owner": owner}
        yield Cause(mine.organisation_id, "correction", mine.id, campaign.loaded_at, details)


def _deliveries(
    kind: str, turn: Column, *conditions: Column, running: bool = True
) -> Select[Delivery, Message, Campaign, Account, Any]:
    return (
        select(Delivery, Message, Campaign, Account, turn)
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .join(Account, Account.id == Delivery.account_id)
        .where(*conditions, _untold(kind, Delivery.organisation_id, Delivery.id, turn))
        .where(*(_running() if running else ()))
        .order_by(Delivery.id)
        .limit(MOST)
    )


def _fallen(session: Session, now: datetime) -> Iterator[Cause]:
    fell = _deliveries(
        "approval_fell", Delivery.approval_fell_at,
        Delivery.approval_fell_at >= now - LATELY, Delivery.state == State.planned,
    )  # fmt: skip
    for one, message, campaign, account, turn in session.execute(fell):
        details = {**_about(campaign, message), "account": name_of(account), **_due(one)}
        yield Cause(one.organisation_id, "approval_fell", one.id, turn, details, _is_soon(one, now))


_YES = aliased(Approval)


def _second_looks(session: Session, now: datetime) -> Iterator[Cause]:
    """Yield texts that one person has approved and that wait for another, to everybody but that one (threat E5)."""
    careful = list(session.scalars(select(Organisation.id).where(Organisation.second_person)))
    if not careful:
        return
    asked = (
        select(Delivery, Message, Campaign, Account, _YES)
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .join(Account, Account.id == Delivery.account_id)
        .join(_YES, _YES.snapshot_hash == Delivery.snapshot_hash)
        .where(
            _YES.at >= now - LATELY, _YES.withdrawn_at.is_(None), Delivery.state == State.planned,
            Delivery.organisation_id.in_(careful), Delivery.approvals_needed > 1, Delivery.approval_fell_at.is_(None), *_running(),
            ~gates.is_open("gate.second_person", now),
            _untold("second_person", Delivery.organisation_id, Delivery.id, _YES.at),
        )
        .order_by(Delivery.id, _YES.id)
        .limit(MOST)
    )  # fmt: skip
    for one, message, campaign, account, yes in session.execute(asked):
        details = {**_about(campaign, message), "account": name_of(account), **_due(one)}
        soon = _is_soon(one, now)
        yield Cause(one.organisation_id, "second_person", one.id, yes.at, details, soon, yes.person_id)


def _moved(session: Session, now: datetime) -> Iterator[Cause]:
    moved = _deliveries(
        "moved", Delivery.due_at,
        Delivery.moved_from.is_not(None), Delivery.state == State.planned, Delivery.due_at.is_not(None),
    )  # fmt: skip
    for one, message, campaign, account, turn in session.execute(moved):
        before = one.moved_from.isoformat() if one.moved_from else ""
        details = {**_about(campaign, message), "account": name_of(account), "before_at": before, **_due(one)}
        yield Cause(one.organisation_id, "moved", one.id, turn, details, _is_soon(one, now))


def _unsure(session: Session, _: datetime) -> Iterator[Cause]:
    doubtful = _deliveries(
        "unsure", func.coalesce(Delivery.called_at, Delivery.due_at, type_=Delivery.due_at.type),
        Delivery.state == State.unsure, Delivery.needs_person,
    )  # fmt: skip
    for one, message, campaign, account, turn in session.execute(doubtful):
        about = _about(campaign, message) | {"account": name_of(account)}
        yield Cause(one.organisation_id, "unsure", one.id, turn, about)


def _due(delivery: Delivery) -> dict[str, object]:
    return {"due_at": delivery.due_at.isoformat()} if delivery.due_at else {}


def _is_soon(delivery: Delivery, now: datetime) -> bool:
    return delivery.due_at is not None and delivery.due_at <= now + SOON


_WENT_WRONG: BindParameter[Any] = bindparam(
    "went_wrong", ["miss", "refuse"], expanding=True, literal_execute=True
)
"""Written out in the statement: an index on these rows alone is used for no value that comes apart."""


def _gone_wrong(session: Session, now: datetime) -> Iterator[Cause]:
    """Yield what was missed or refused, to the municipality and to the owner of the campaign: told to both sides."""
    lately = (History.at >= now - LATELY, History.move.in_(_WENT_WRONG))
    if session.scalar(select(History.id).where(*lately).limit(1)) is None:
        return  # the usual case, found by an index of its own
    for kind, move, state in (("missed", "miss", State.missed), ("failed", "refuse", State.failed)):
        for whose, told_as in ((Delivery.organisation_id, kind), (Delivery.owner_id, "missed_there")):
            wrong = (
                select(History, Delivery, Message, Campaign, Account, Organisation.name)
                .join(Delivery, Delivery.id == History.delivery_id)
                .join(Message, Message.id == Delivery.message_id)
                .join(Campaign, Campaign.id == Delivery.campaign_id)
                .join(Account, Account.id == Delivery.account_id)
                .join(Organisation, Organisation.id == Delivery.organisation_id)
                .where(
                    *lately, History.move == move,
                    Delivery.state == state, *_running(), _untold(told_as, whose, History.id, History.at),
                )
                .order_by(History.id)
                .limit(MOST)
            )  # fmt: skip
            if told_as == "missed_there":
                wrong = wrong.where(Delivery.owner_id != Delivery.organisation_id)
            for moved, one, message, campaign, account, place in session.execute(wrong):
                details = {**_about(campaign, message), "account": name_of(account), **_due(one)}
                details |= {"place": place, "reason": moved.reason or ""}
                owner = one.owner_id if told_as == "missed_there" else one.organisation_id
                yield Cause(owner, told_as, moved.id, moved.at, details)


def _vanished(session: Session, now: datetime) -> Iterator[Cause]:
    """Yield posts that their platforms no longer have, though nobody here took them down (D8)."""
    lately = (Delivery.state == State.removed, Delivery.seen_missing_at >= now - LATELY)
    gone = _deliveries("vanished", Delivery.seen_missing_at, *lately, running=False)
    for one, message, campaign, account, turn in session.execute(gone):
        details = {**_about(campaign, message), "account": name_of(account)}
        yield Cause(one.organisation_id, "vanished", one.id, turn, details)


def _lost(session: Session, now: datetime) -> Iterator[Cause]:
    lost = (
        select(Account)
        .where(
            Account.state == AccountState.login_lost,
            Account.lost_at >= now - LATELY,
            _untold("account_lost", Account.organisation_id, Account.id, Account.lost_at),
        )
        .order_by(Account.id)
        .limit(MOST)
    )
    for one in session.scalars(lost):
        soon = select(func.count()).where(
            Delivery.account_id == one.id,
            Delivery.state.in_([State.planned, State.queued]),
            Delivery.due_at <= now + SOON,
        )
        number = session.scalar(soon) or 0
        details = {"account": name_of(one), "number": number}
        yield Cause(one.organisation_id, "account_lost", one.id, one.lost_at or now, details, number > 0)


def _vetoes(session: Session, now: datetime) -> Iterator[Cause]:
    announced = (
        select(Announcement, Message, Campaign)
        .join(Delivery, Delivery.id == Announcement.delivery_id)
        .join(Message, Message.id == Delivery.message_id)
        .join(Campaign, Campaign.id == Delivery.campaign_id)
        .where(
            Announcement.settled_at.is_(None),
            Announcement.vetoed_at.is_(None),
            Announcement.effective_at > now,
            _untold("veto", Announcement.organisation_id, Announcement.id, Announcement.announced_at),
        )
        .order_by(Announcement.id)
        .limit(MOST)
    )
    for one, message, campaign in session.execute(announced):
        details = {**_about(campaign, message), "until_at": one.effective_at.isoformat()}
        yield Cause(one.organisation_id, "veto", one.id, one.announced_at, details)


_SETTER, _TARGET = aliased(Organisation), aliased(Organisation)


def _holds(session: Session, now: datetime) -> Iterator[Cause]:
    """Yield stops and their liftings to everybody whom they concern, all of them in one transaction or none."""
    for kind, turn in (("stop", Hold.set_at), ("lifted", Hold.lifted_at)):
        fresh = (
            select(Hold, _SETTER.name, _TARGET.name)
            .outerjoin(_SETTER, _SETTER.id == Hold.organisation_id)
            .outerjoin(_TARGET, _TARGET.id == Hold.target_id)
            .where(turn >= now - LATELY, _untold(kind, None, Hold.id, turn))
            .order_by(Hold.id)
            .limit(MOST)
        )
        for hold, setter, target in session.execute(fresh).all():
            account = session.get(Account, hold.account_id) if hold.account_id else None
            details: dict[str, object] = {
                "level": hold.level.value, "by": setter or "", "target": target or "", "reason": hold.reason,
                "account": name_of(account) if account else "", "set_at": hold.set_at.isoformat(),
            }  # fmt: skip
            at = hold.set_at if kind == "stop" else hold.lifted_at or now
            for organisation_id in concerned(session, hold, account):
                yield Cause(organisation_id, kind, hold.id, at, details)


def concerned(session: Session, hold: Hold, account: Account | None) -> list[int]:
    """Return the organisations that a stop concerns and that have anybody to tell: those it reaches, and who set it."""
    peopled = select(Membership.organisation_id).distinct().order_by(Membership.organisation_id)
    if hold.level == HoldLevel.everything:
        return list(session.scalars(peopled))
    wanted: list[Column] = (
        [Membership.organisation_id == hold.organisation_id] if hold.organisation_id else []
    )
    if account is not None:
        wanted.append(Membership.organisation_id == account.organisation_id)
    if hold.target_id is not None:
        target = session.get_one(Organisation, hold.target_id)
        wanted.append(Membership.organisation_id == target.id)
        if hold.level == HoldLevel.county:
            below = select(Organisation.id).where(Organisation.parent_id == target.id)
            elsewhere = select(Delivery.organisation_id).where(
                Delivery.owner_id == target.id, Delivery.state.in_([State.planned, State.queued])
            )
            wanted += [Membership.organisation_id.in_(below), Membership.organisation_id.in_(elsewhere)]
        elif target.parent_id is not None:
            wanted.append(Membership.organisation_id == target.parent_id)
    return list(session.scalars(peopled.where(or_(literal(False), *wanted))))


def name_of(account: Account) -> str:
    """Return an account as people know it, in whatever language: a place where somebody puts posts out by its name."""
    kind = kind_of(account.platform)
    return account.handle if kind.by_hand else f"{kind.title} {account.handle}"


_ALL: tuple[Callable[[Session, datetime], Iterator[Cause]], ...] = (
    _holds, _vetoes, _unsure, _gone_wrong, _vanished, _lost, _fallen, _second_looks, _moved, _invitations, _answers, _corrections,
)  # fmt: skip
