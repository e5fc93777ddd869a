"""What waits for a person in one organisation: the list that a tired adviser begins her day with. Writes nothing.

Each item says what is asked, until when, and whether today is a day to remind of it. Deadlines count working days, with
the organisation's own days off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import (
    adaptation,
    approval,
    assessments,
    by_hand,
    gates,
    local_days,
    reminders,
    rendering,
    standing,
    timing,
)
from campaigns.access import must
from campaigns.rendered import Draft
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Campaign,
    Delivery,
    Message,
    Organisation,
    Participation,
)
from campaigns.values import Values
from connectors.base import Connector

ENDS_SOON = timedelta(days=14)
"""How long before its end a login that nothing renews is told of: the one person who may connect may be on holiday."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits: a code of the catalogue with its values, and its deadline."""

    code: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    until: date | None = None
    remind: bool = False
    """Today is a day to remind of it."""


@dataclass(frozen=True, slots=True)
class _Day:
    """The day it is where the organisation is, and when people there are at work."""

    now: datetime
    today: date
    working: reminders.Working


def waiting(session: Session, connectors: Mapping[str, Connector], *, now: datetime) -> list[Item]:
    """Return everything that waits for a person in the session's organisation, what is most pressing first.

    Raises: Forbidden.
    """
    actor = must(session, "draft.read", "own")
    place = session.get_one(Organisation, actor.organisation_id)
    known = local_days.stretches(session, place.id)
    day = _Day(now, timing.local(now, place.timezone).date(), local_days.working(known))
    found = [
        *_accounts(session),
        *_ending(session, place, day),
        *_assessments(session, day),
        *_unsure(session),
        *_by_hand(session, day),
        *_announced(session),
    ]
    running = session.execute(
        select(Participation, Campaign)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Campaign.closed_at.is_(None), Campaign.active_at.is_not(None))
        .options(*rendering.WHOLE)
        .order_by(Participation.id)
    )
    for mine, campaign in running.all():
        found += _campaign(session, connectors, campaign, mine, place, day)
    return sorted(found, key=lambda one: (not one.remind, one.until or date.max))


def _campaign(
    session: Session, connectors: Mapping[str, Connector], campaign: Campaign, mine: Participation,
    place: Organisation, day: _Day,
) -> Iterator[Item]:  # fmt: skip
    if mine.answer in (Answer.unanswered, Answer.later):
        if campaign.answer_by >= day.today:
            values = {"campaign": campaign.key, "silence": campaign.silence}
            yield _item(f"waiting.answer_{campaign.silence}", values, campaign.answer_by, day)
        return
    if mine.answer != Answer.joined:
        return
    yield from _late_facts(session, campaign, mine, place, day)
    yield from _approvals(session, connectors, campaign, mine, place, day)
    for key in dict.fromkeys(one.message_key for one in adaptation.pending(session, mine)):
        yield Item("waiting.offer", {"campaign": campaign.key, "message": key})
    yield from _moved(session, campaign, mine, place)
    for key, count in _stranded(session, mine):
        yield Item("waiting.stranded", {"campaign": campaign.key, "message": key, "number": count})


def _item(code: str, values: Mapping[str, str | int], until: date, day: _Day) -> Item:
    left = reminders.working_days_left(day.today, until, working=day.working)
    remind = reminders.is_reminder_day(day.today, until, working=day.working)
    return Item(code, {**values, "day": f"{until:%d.%m.%Y}", "left": left}, until, remind)


def _late_facts(
    session: Session, campaign: Campaign, mine: Participation, place: Organisation, day: _Day
) -> Iterator[Item]:
    values = Values(session, campaign, place)
    planned = select(Delivery.message_id, func.min(Delivery.due_at)).where(
        Delivery.participation_id == mine.id, Delivery.state == State.planned
    )
    due = {row[0]: row[1] for row in session.execute(planned.group_by(Delivery.message_id))}
    told: set[str] = set()
    for message in campaign.messages:
        if message.id not in due:
            continue
        known = values.of(message, campaign.languages[0])
        for name, known_on in values.late(message).items():
            at = due[message.id]
            needed = timing.local(at, place.timezone).date() if at else known_on
            if name in known or name in told or day.today < known_on:
                continue
            told.add(name)
            remind = reminders.asks_for_a_late_fact(day.today, known_on, needed, working=day.working)
            yield Item(
                "waiting.fact",
                {"campaign": campaign.key, "fact": name, "day": f"{needed:%d.%m.%Y}"},
                needed,
                remind,
            )


def _approvals(
    session: Session, connectors: Mapping[str, Connector], campaign: Campaign, mine: Participation,
    place: Organisation, day: _Day,
) -> Iterator[Item]:  # fmt: skip
    rows = session.scalars(
        select(Delivery).where(Delivery.participation_id == mine.id, Delivery.state == State.planned)
    ).all()
    waiting_for = gates.closed_gates(session, [one.id for one in rows], day.now)
    rows = [one for one in rows if approval.UNAPPROVED & set(waiting_for.get(one.id, ()))]
    drafts = rendering.drafts(session, campaign, place, connectors, rows) if rows else []
    wanting = approval.waiting(session, drafts, now=day.now) if drafts else []
    messages: dict[str, list[Draft]] = {}
    for one in wanting:
        messages.setdefault(one.message_key, []).append(one)
    due = {one.id: one.due_at for one in rows}
    closed = gates.closed_gates(session, [one.delivery_id for one in wanting], day.now)
    for key, those in messages.items():
        codes = {code for one in those for code in closed.get(one.delivery_id, ())}
        until = _approve_by(campaign, [due[one.delivery_id] for one in those], place, day)
        yield _item(_approval_code(codes, those), {"campaign": campaign.key, "message": key}, until, day)


def _approval_code(codes: set[str], drafts: list[Draft]) -> str:
    """Return what an approval waits for: a second person, a new look, or a first one; or something else before that."""
    if any(one.blocked and not one.only_awaits for one in drafts):
        return "waiting.blocked"
    if "gate.changed_after_approval" in codes:
        return "waiting.approve_again"
    return "waiting.second_person" if "gate.second_person" in codes else "waiting.approve"


def _approve_by(campaign: Campaign, due: list[datetime | None], place: Organisation, day: _Day) -> date:
    """Return the campaign's deadline for approvals, while it lies ahead, else the day the message goes."""
    if campaign.approve_by and (by := datetime.fromisoformat(campaign.approve_by).date()) >= day.today:
        return by
    first = min((one for one in due if one is not None), default=None)
    return timing.local(first, place.timezone).date() if first else campaign.ends_on


def _moved(session: Session, campaign: Campaign, mine: Participation, place: Organisation) -> Iterator[Item]:
    """Tell of approved messages that the county has moved since (D2); an own time or a withdrawal refuses it."""
    rows = session.execute(
        select(Message.key, func.min(Delivery.moved_from), func.min(Delivery.due_at))
        .join(Delivery, Delivery.message_id == Message.id)
        .where(
            Delivery.participation_id == mine.id,
            Delivery.state == State.planned,
            Delivery.moved_from.is_not(None),
            Delivery.due_at.is_not(None),
        )
        .group_by(Message.key, Message.position)
        .order_by(Message.position)
    )
    for key, before, after in rows:
        if before is not None and after is not None:
            was, is_now = timing.local(before, place.timezone), timing.local(after, place.timezone)
            values = {"before": f"{was:%d.%m.%Y %H:%M}", "after": f"{is_now:%d.%m.%Y %H:%M}"}
            yield Item("waiting.moved", {"campaign": campaign.key, "message": key, **values}, is_now.date())


def _stranded(session: Session, mine: Participation) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Message.key, func.count())
        .join(Delivery, Delivery.message_id == Message.id)
        .where(Delivery.participation_id == mine.id, Delivery.state.in_([State.missed, State.failed]))
        .group_by(Message.key, Message.position)
        .order_by(Message.position)
    )
    return [(row[0], row[1]) for row in rows]


def _accounts(session: Session) -> Iterator[Item]:
    lost = select(Account).where(Account.state == AccountState.login_lost).order_by(Account.id)
    for one in session.scalars(lost):
        yield Item("waiting.account", {"account": f"{one.platform} {one.handle}"}, remind=True)


def _ending(session: Session, place: Organisation, day: _Day) -> Iterator[Item]:
    """Tell of logins that end within a fortnight and that nothing renews, before they have."""
    soon = select(Account).where(
        Account.state == AccountState.connected, Account.login_ends_at <= day.now + ENDS_SOON
    )
    for one in session.scalars(soon.order_by(Account.login_ends_at)):
        ends = timing.local(one.login_ends_at or day.now, place.timezone).date()
        yield Item(
            "waiting.login_ends",
            {"account": f"{one.platform} {one.handle}", "day": f"{ends:%d.%m.%Y}"},
            ends,
            remind=True,
        )


def _assessments(session: Session, day: _Day) -> Iterator[Item]:
    """Tell of accounts whose assessment of privacy is missing or overdue; it stops nothing."""
    if number := assessments.wanting(session, day.today):
        yield Item("waiting.assessment", {"number": number})


def _unsure(session: Session) -> Iterator[Item]:
    asked = select(func.count()).where(Delivery.state == State.unsure, Delivery.needs_person)
    if number := session.scalar(asked):
        yield Item("waiting.unsure", {"number": number}, remind=True)


def _by_hand(session: Session, day: _Day) -> Iterator[Item]:
    for key, number in by_hand.due_now(session, now=day.now):
        yield Item("waiting.by_hand", {"message": key, "number": number}, day.today, remind=True)


def _announced(session: Session) -> Iterator[Item]:
    for one in standing.announced(session):
        message = session.get_one(Delivery, one.delivery_id).message.key
        yield Item(
            "waiting.veto", {"message": message, "number": one.id}, one.effective_at.date(), remind=True
        )
