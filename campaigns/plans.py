"""Plans carried out: a participation's deliveries brought in line with the campaign, its answers and its accounts.

What is wanted is decided here; what has to change follows from the pure `planning.plan`. Never touches what is
queued or later.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, insert, select, update
from sqlalchemy.orm import Session, selectinload

from campaigns import by_hand, overrides, register, timing
from campaigns.accounts import limits_of
from campaigns.deliveries import make, write_each
from campaigns.parts import FOLLOW_GRACE, Part, parts, poll_stands_apart
from campaigns.planning import ExistingDelivery, Identity, Plan, WantedDelivery, plan
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Campaign,
    Choice,
    Delivery,
    Message,
    MessageChoice,
    Organisation,
    Participation,
)
from connectors import REACHED, kind_of
from connectors.base import Problem

WHOLE = (
    selectinload(Campaign.messages).selectinload(Message.paragraphs),
    selectinload(Campaign.messages).selectinload(Message.pictures),
)
"""A campaign with everything that planning reads of it: a question for each table, not for each message."""


def plan_participation(session: Session, participation: Participation, *, now: datetime) -> Plan:
    """Plan one municipality's deliveries of one campaign and return what changed; planning again changes nothing."""
    campaign = session.get_one(Campaign, participation.campaign_id, options=WHOLE)
    place = session.get_one(Organisation, participation.organisation_id)
    accounts = session.scalars(select(Account).where(Account.organisation_id == place.id)).all()
    messages = [one for one in campaign.messages if not one.retired]
    existing = _existing(session, participation)
    usable = _usable(session, place, participation, accounts, now)
    accounts = list({one.id: one for one in (*accounts, *usable)}.values())
    handed_over = by_hand.put_out(session, participation)
    open_ones = [one for one in messages if one.id not in handed_over]
    wanted = _wanted(campaign, place, participation, open_ones, usable, existing, now)
    steps = plan(wanted, existing)
    unwanted = "delivery.not_wanted" if campaign.closed_at is None else "delivery.campaign_closed"
    _create(session, campaign, place, participation, accounts, messages, steps.create)
    _link(session, participation, messages, accounts)
    _change(session, steps, unwanted, now)
    _follow_quiet_overrides(session, participation, messages)
    participation.planned_version = campaign.plan_mark
    session.flush()
    return steps


def shortfalls(session: Session, participation: Participation, *, now: datetime) -> list[Problem]:
    """Return why less is planned for a municipality than the campaign has: a platform without an account, a past time."""
    campaign = session.get_one(Campaign, participation.campaign_id)
    messages = [one for one in campaign.messages if not one.retired]
    place = session.get_one(Organisation, participation.organisation_id)
    here = select(Account.platform).where(
        Account.organisation_id == place.id, Account.state != AccountState.disconnected
    )
    reached = {kind.name for kind in REACHED}
    lacking = {name for one in messages for name in one.platforms if name in reached}
    lacking -= set(session.scalars(here))
    found = [Problem("plan.no_account", {"platform": name}) for name in sorted(lacking)]
    if session.scalar(here.where(Account.base != "").limit(1)) is None:
        found = [Problem("plan.by_hand")]
    late = timedelta(seconds=campaign.late_after)
    dues = [intended_at(campaign, place, one, None) for one in messages]
    past = [due is not None and timing.late_at(due, late) <= now for due in dues]
    if past and all(past):
        found.append(Problem("plan.all_past"))
    return found


def plan_everybody(session: Session, *, now: datetime, limit: int = 50) -> list[Participation]:
    """Plan the participations that are behind their campaign's version; return them. For the clock."""
    behind = session.scalars(
        select(Participation)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Participation.planned_version != Campaign.plan_mark)
        .order_by(Participation.id)
        .limit(limit)
        .options(selectinload(Participation.choices))
    ).all()
    kept = {one.campaign_id for one in behind}  # as long as they are held here, nobody reads them again
    campaigns = session.scalars(select(Campaign).where(Campaign.id.in_(kept)).options(*WHOLE)).all()
    for participation in behind:
        plan_participation(session, participation, now=now)
    del campaigns
    return list(behind)


def anybody_behind(session: Session) -> bool:
    """Return whether any participation has not followed its campaign's newest version."""
    behind = (
        select(Participation.id)
        .join(Campaign, Campaign.id == Participation.campaign_id)
        .where(Participation.planned_version != Campaign.plan_mark)
    )
    return session.scalar(behind.limit(1)) is not None


def _existing(session: Session, participation: Participation) -> list[ExistingDelivery]:
    rows = session.execute(
        select(
            Delivery.id,
            Delivery.message_id,
            Delivery.account_id,
            Delivery.kind,
            Delivery.position,
            Delivery.due_at,
            Delivery.late_at,
            Delivery.state,
            Delivery.by_person,
        ).where(Delivery.participation_id == participation.id)
    )
    return [ExistingDelivery(*row) for row in rows]


def _wanted(
    campaign: Campaign,
    place: Organisation,
    participation: Participation,
    messages: Sequence[Message],
    accounts: Sequence[Account],
    existing: Sequence[ExistingDelivery],
    now: datetime,
) -> list[WantedDelivery]:
    """Return a delivery for each message on each of the municipality's accounts that the message is for.

    Silence that means "in" is planned and counted; the gates see to it that it is not sent (D1). What was over
    before the municipality came is not planned: it could only be missed. A closed campaign wants nothing more.
    """
    if campaign.closed_at is not None:
        return []
    silent_in = participation.answer == Answer.unanswered and campaign.silence == "in"
    if participation.answer != Answer.joined and not silent_in:
        return []
    choices = {one.message_id: one for one in participation.choices}
    there = {one.identity for one in existing}
    wanted = []
    for message in messages:
        choice = choices.get(message.id)
        if choice is not None and choice.choice == Choice.out:
            continue
        due_at = intended_at(campaign, place, message, choice)
        for account in accounts:
            if not _is_for(message, account):
                continue
            for part in parts_on(message, account):
                wish = _wish(message, account, part, due_at, campaign.late_after)
                if wish.late_at is None or wish.late_at > now or wish.identity in there:
                    wanted.append(wish)
    return wanted


def intended_at(
    campaign: Campaign, place: Organisation, message: Message, choice: MessageChoice | None
) -> datetime | None:
    """Return when a message goes out here: at the municipality's own time while that is allowed, else at the plan's."""
    rule = timing.rule_of(message.send)
    own = choice.own_time_at if choice else None
    if own is not None and timing.own_time_problem(rule, own, place.timezone, campaign.ends_on) is None:
        return own
    return timing.due_at(
        rule,
        zone=place.timezone,
        colour=place.colour,
        colours=register.colour_count(),
        key=f"{campaign.key}/{message.key}/{place.number}",
    )


def _usable(
    session: Session,
    place: Organisation,
    participation: Participation,
    accounts: Sequence[Account],
    now: datetime,
) -> list[Account]:
    """Return the accounts to plan for; a municipality that takes part and never had one puts its posts out by hand.

    One that took its account away gets nothing handed over: what was live there would go out a second time.
    """
    own = [one for one in accounts if not by_hand.is_stopgap(one)]
    if own or participation.answer != Answer.joined:
        return [one for one in own if one.state != AccountState.disconnected]
    return list(accounts) or [by_hand.stopgap(session, place, now=now)]


def _is_for(message: Message, account: Account) -> bool:
    """Return whether a message goes out on an account: its platform is named, or one that it covers; else by hand."""
    if by_hand.is_stopgap(account):
        return True
    return account.platform in message.platforms or bool(set(account.covers or ()) & set(message.platforms))


def parts_on(message: Message, account: Account) -> list[Part]:
    """Return what a message becomes on an account: its post, a thread, a first comment, a poll of its own."""
    limits = limits_of(account) or kind_of(account.platform).limits
    apart = poll_stands_apart(limits, poll=message.poll is not None, pictures=bool(message.pictures))
    return parts([one.form for one in message.paragraphs if not one.retired], poll_apart=apart)


def _wish(
    message: Message, account: Account, part: Part, due_at: datetime | None, late_after: int
) -> WantedDelivery:
    patience = max(timedelta(seconds=late_after), kind_of(account.platform).patience)
    late_at = timing.late_at(due_at, patience) if due_at else None
    if late_at is not None and part.follows is not None:
        late_at += FOLLOW_GRACE
    return WantedDelivery(message.id, account.id, part.kind, part.position, due_at, late_at)


def _create(
    session: Session, campaign: Campaign, place: Organisation, participation: Participation,
    accounts: Sequence[Account], messages: Sequence[Message], wishes: Sequence[WantedDelivery],
) -> None:  # fmt: skip
    if not wishes:
        return
    platforms = {one.id: one.platform for one in accounts}
    loud = {one.id: one.quiet_override is not None for one in messages}
    session.execute(
        insert(Delivery),
        [
            {
                "organisation_id": place.id,
                "owner_id": campaign.organisation_id,
                "county_id": place.parent_id,
                "campaign_id": campaign.id,
                "participation_id": participation.id,
                "message_id": wish.message_id,
                "account_id": wish.account_id,
                "platform": platforms[wish.account_id],
                "kind": wish.kind,
                "position": wish.position,
                "key": str(uuid.uuid4()),
                "due_at": wish.due_at,
                "late_at": wish.late_at,
                "next_try_at": wish.due_at,
                "ignores_quiet": loud[wish.message_id],
            }
            for wish in wishes
        ],
    )


def _link(
    session: Session, participation: Participation, messages: Sequence[Message], accounts: Sequence[Account]
) -> None:
    """Tell each delivery that follows another which one: rows know each other only once they are there."""
    follows = {
        Identity(message.id, account.id, part.kind, part.position): Identity(
            message.id, account.id, *part.follows
        )
        for message in messages
        for account in accounts
        for part in parts_on(message, account)
        if part.follows
    }
    if not follows:
        return
    rows = session.execute(
        select(
            Delivery.message_id, Delivery.account_id, Delivery.kind, Delivery.position,
            Delivery.id, Delivery.predecessor_id, Delivery.state,
        ).where(Delivery.participation_id == participation.id)
    ).all()  # fmt: skip
    by_identity = {Identity(*row[:4]): row for row in rows}
    pairs = [(by_identity.get(one), by_identity.get(first)) for one, first in follows.items()]
    write_each(
        session,
        {
            one.id: {"predecessor_id": first.id}
            for one, first in pairs
            if one and first and one.predecessor_id != first.id and one.state == State.planned
        },
    )


def _change(session: Session, steps: Plan, unwanted: str, now: datetime) -> None:
    for move in steps.change:
        before = func.coalesce(Delivery.moved_from, Delivery.due_at)
        told = case((and_(Delivery.snapshot_hash.is_not(None), before != move.due_at), before), else_=None)
        session.execute(
            update(Delivery)
            .where(Delivery.id == move.id, Delivery.state == State.planned)
            .values({**_times(move.due_at, move.late_at), "moved_from": told})
            .execution_options(synchronize_session=False)
        )
    make(session, "cancel", steps.cancel, now=now, actor="plan", reason=unwanted)
    for move in steps.revive:
        changes = _times(move.due_at, move.late_at)
        make(
            session,
            "retry",
            [move.id],
            now=now,
            actor="plan",
            reason="delivery.wanted_again",
            changes=changes,
        )


def _follow_quiet_overrides(
    session: Session, participation: Participation, messages: Sequence[Message]
) -> None:
    """Let what is planned keep or ignore quiet hours as its message or a person here says, also where its time stays."""
    passed_over = overrides.loud_messages(session, participation)
    loud = Delivery.message_id.in_(
        [one.id for one in messages if one.quiet_override is not None or one.id in passed_over]
    )
    session.execute(
        update(Delivery)
        .where(
            Delivery.participation_id == participation.id,
            Delivery.state == State.planned,
            Delivery.ignores_quiet != loud,
        )
        .values(ignores_quiet=loud)
        .execution_options(synchronize_session=False)
    )


def _times(due_at: datetime | None, late_at: datetime | None) -> Mapping[str, datetime | None]:
    return {"due_at": due_at, "late_at": late_at, "next_try_at": due_at}
