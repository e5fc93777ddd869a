"""Whether what a notice says is still so, asked when its letter is written. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import gates
from campaigns.participation import asks_for_answers
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Announcement,
    Answer,
    Campaign,
    Delivery,
    History,
    Hold,
    Notice,
    Participation,
)


def is_still_so(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Return whether what a notice says is so now: a letter never tells what is over."""
    return _STILL[notice.kind](session, notice, now) if notice.kind in _STILL else True


def _delivery_is(*states: State) -> Callable[[Session, Notice, datetime], bool]:
    def still(session: Session, notice: Notice, now: datetime) -> bool:
        del now
        one = session.get(Delivery, notice.subject_id)
        if one is None or one.state not in states:
            return False
        if notice.kind == "moved":
            return one.moved_from is not None and one.due_at == notice.turn
        return one.approval_fell_at == notice.turn if notice.kind == "approval_fell" else True

    return still


def _look_is(session: Session, notice: Notice, now: datetime) -> bool:
    waits = select(Delivery.id).where(
        Delivery.id == notice.subject_id,
        Delivery.state == State.planned,
        Delivery.approval_fell_at.is_(None),
        ~gates.is_open("gate.second_person", now),
    )
    return session.scalar(waits) is not None


def _move_is(session: Session, notice: Notice, now: datetime) -> bool:
    del now
    moved = session.get(History, notice.subject_id)
    one = session.get(Delivery, moved.delivery_id) if moved else None
    return one is not None and moved is not None and one.state == moved.target


def _invitation_is(session: Session, notice: Notice, now: datetime) -> bool:
    mine = session.get(Participation, notice.subject_id)
    if mine is None or mine.answer not in (Answer.unanswered, Answer.later):
        return False
    return asks_for_answers(session.get_one(Campaign, mine.campaign_id), now=now)


def _loss_is(session: Session, notice: Notice, now: datetime) -> bool:
    del now
    account = session.get(Account, notice.subject_id)
    return account is not None and account.state == AccountState.login_lost


def _veto_is(session: Session, notice: Notice, now: datetime) -> bool:
    one = session.get(Announcement, notice.subject_id)
    open_one = one is not None and one.settled_at is None and one.vetoed_at is None
    return open_one and one is not None and one.effective_at > now


def _stop_is(session: Session, notice: Notice, now: datetime) -> bool:
    del now
    hold = session.get(Hold, notice.subject_id)
    return hold is not None and hold.lifted_at is None


_STILL: Mapping[str, Callable[[Session, Notice, datetime], bool]] = {
    "invitation": _invitation_is,
    "approval_fell": _delivery_is(State.planned),
    "second_person": _look_is,
    "moved": _delivery_is(State.planned),
    "unsure": _delivery_is(State.unsure),
    "missed": _move_is,
    "failed": _move_is,
    "missed_there": _move_is,
    "vanished": _delivery_is(State.removed),
    "account_lost": _loss_is,
    "veto": _veto_is,
    "stop": _stop_is,
}
