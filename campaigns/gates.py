"""The gates that keep a planned delivery from being released: one list, read by everybody.

The release query, the claim, the note before the irreversible call and `why_not_yet` are made from the same
expressions, so that what a page shows and what the workers do cannot part. An expression that is unknown, because a
row is missing, counts as closed (threat G17).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from campaigns import timing
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Approval,
    ApprovalKind,
    Campaign,
    Choice,
    Delivery,
    Hold,
    HoldLevel,
    MessageChoice,
    MessagePicture,
    Organisation,
    Participation,
    Pause,
    StopDrill,
    views,
)
from connectors import CONNECTORS

Expression = ColumnElement[bool]
_FIRST = aliased(Delivery)
"""The delivery that one follows; made once, since an alias costs more than all the gates together."""


_FINAL = (
    Approval.snapshot_hash == Delivery.snapshot_hash,
    Approval.organisation_id == Delivery.organisation_id,
    Approval.kind == ApprovalKind.final,
    Approval.withdrawn_at.is_(None),
)
"""A final approval of what a delivery would send."""


class Moment(NamedTuple):
    """What the gates need to know about the time: the instant, and the zones where it is no quiet hour."""

    now: datetime | BindParameter[Any]
    awake: Sequence[str] | BindParameter[Any]


def moment(now: datetime) -> Moment:
    """Return what the gates need to know about this instant."""
    return Moment(now, [zone for zone in timing.ZONES if not timing.is_quiet(now, zone)])


LATER = Moment(bindparam("gate_now"), bindparam("gate_awake", expanding=True))
"""For statements that are built once, since building one costs more than carrying it out; `values_at` gives the values."""


def values_at(now: datetime) -> dict[str, object]:
    """Return the values for a statement built with `LATER`."""
    found = moment(now)
    return {"gate_now": found.now, "gate_awake": found.awake}


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition for sending: the code of the sentence shown while it is closed, and its SQL for "open"."""

    code: str
    is_open: Callable[[Moment], Expression]


def _campaign_active(at: Moment) -> Expression:
    del at
    return exists().where(
        Campaign.id == Delivery.campaign_id, Campaign.active_at.is_not(None), Campaign.closed_at.is_(None)
    )


def _municipality_in(at: Moment) -> Expression:
    """An explicit yes opens, and silence where that means in; what silence may send is a matter of approval (D1)."""
    del at
    silent_in = exists().where(
        Participation.id == Delivery.participation_id,
        Participation.answer == Answer.unanswered,
        Campaign.id == Delivery.campaign_id,
        Campaign.silence == "in",
    )
    choice = (
        select(MessageChoice.choice)
        .where(
            MessageChoice.participation_id == Delivery.participation_id,
            MessageChoice.message_id == Delivery.message_id,
        )
        .scalar_subquery()
    )
    answer = (
        select(Participation.answer).where(Participation.id == Delivery.participation_id).scalar_subquery()
    )
    return and_(
        or_(answer == Answer.joined, silent_in), func.coalesce(choice, Choice.joined) == Choice.joined
    )


def _follows_the_campaign(at: Moment) -> Expression:
    """A correction holds everything back until plans and approvals have been gone through (D4).

    A closed campaign's mark is negative; closing has a gate of its own.
    """
    del at
    return exists().where(
        Participation.id == Delivery.participation_id,
        Participation.campaign_id == Campaign.id,
        func.abs(Participation.planned_version) == Campaign.version,
    )


def _not_changed(at: Moment) -> Expression:
    del at
    return Delivery.approval_fell_at.is_(None)


def _approved(at: Moment) -> Expression:
    del at
    return exists().where(*_FINAL)


def _no_late_fact(at: Moment) -> Expression:
    """Return "it is not only its wording that is approved": the finished text asks for a yes of its own (D3)."""
    del at
    return Delivery.wording_hash.is_(None)


def _second_person(at: Moment) -> Expression:
    """Return "so many persons as this text needs have approved it" (threat E5)."""
    del at
    persons = select(func.count(Approval.person_id.distinct())).where(*_FINAL).scalar_subquery()
    return or_(Delivery.approvals_needed <= 1, persons >= Delivery.approvals_needed)


def _account_connected(at: Moment) -> Expression:
    del at
    return exists().where(Account.id == Delivery.account_id, Account.state == AccountState.connected)


def not_paused(now: datetime) -> Expression:
    """Return "the platform asked for no pause that this delivery's account is within"; for reading calls, too."""
    return _not_paused(moment(now))


def _not_paused(at: Moment) -> Expression:
    return ~exists().where(Account.id == Delivery.account_id, _pauses_account(at.now))


def account_not_paused(now: datetime) -> Expression:
    """Return "the platform asked for no pause that this account is within"."""
    return ~exists().where(_pauses_account(now)).correlate(Account)


def _pauses_account(now: Any) -> Expression:
    return and_(
        Pause.until > now,
        or_(
            and_(Pause.scope == "account", Pause.target == cast(Account.id, String)),
            and_(Pause.scope == "app", Pause.target == Account.platform),
            and_(Pause.scope == "instance", Pause.target == Account.base),
        ),
    )


def _no_hold(at: Moment) -> Expression:
    del at
    return ~exists().where(Hold.lifted_at.is_(None), held())


def held(hold: type[Hold] | type[StopDrill] = Hold) -> Expression:
    """Return "this hold, or one that is only rehearsed, reaches this delivery" (D11).

    A county reaches its municipalities' deliveries and its own campaigns wherever they run; its hold on one
    municipality is about joint campaigns. A municipality's own hold is about everything it sends. A hold whose level
    or target cannot be read reaches everything.
    """
    return or_(
        hold.level.not_in([HoldLevel.account, HoldLevel.municipality, HoldLevel.county]),
        and_(hold.level == HoldLevel.account, hold.account_id.is_(None)),
        and_(hold.level != HoldLevel.account, hold.target_id.is_(None)),
        and_(hold.level == HoldLevel.account, hold.account_id == Delivery.account_id),
        and_(
            hold.level == HoldLevel.municipality,
            hold.target_id == Delivery.organisation_id,
            or_(
                hold.organisation_id.is_(None),
                hold.organisation_id == Delivery.organisation_id,
                hold.organisation_id == Delivery.owner_id,
                Delivery.owner_id != Delivery.organisation_id,
            ),
        ),
        and_(
            hold.level == HoldLevel.county,
            or_(hold.target_id == Delivery.county_id, hold.target_id == Delivery.owner_id),
        ),
    )


def _picture_rights(at: Moment) -> Expression:
    return ~exists().where(
        MessagePicture.message_id == Delivery.message_id, MessagePicture.valid_until <= at.now
    )


def _predecessor_live(at: Moment) -> Expression:
    del at
    return or_(
        Delivery.predecessor_id.is_(None),
        exists().where(_FIRST.id == Delivery.predecessor_id, _FIRST.state == State.published),
    )


def _awake(at: Moment) -> Expression:
    return or_(
        Delivery.ignores_quiet,
        exists().where(
            Organisation.id == Delivery.organisation_id,
            or_(Organisation.quiet_hours.is_(False), Organisation.timezone.in_(at.awake)),
        ),
    )


_BY_HAND = [kind.name for kind in CONNECTORS if kind.by_hand]


def _not_by_hand(at: Moment) -> Expression:
    """Return "software carries it out": what a person does waits for her, however open everything else is (D32)."""
    del at
    return Delivery.platform.not_in(_BY_HAND)


GATES: tuple[Gate, ...] = (
    Gate("gate.held", _no_hold),
    Gate("gate.campaign_not_active", _campaign_active),
    Gate("gate.not_taking_part", _municipality_in),
    Gate("gate.being_planned", _follows_the_campaign),
    Gate("gate.changed_after_approval", _not_changed),
    Gate("gate.late_fact", _no_late_fact),
    Gate("gate.not_approved", _approved),
    Gate("gate.second_person", _second_person),
    Gate("gate.account_not_connected", _account_connected),
    Gate("gate.paused", _not_paused),
    Gate("gate.picture_rights", _picture_rights),
    Gate("gate.predecessor", _predecessor_live),
    Gate("gate.quiet_hours", _awake),
    Gate("gate.by_hand", _not_by_hand),
)
"""In the order in which a person would want to hear of them."""


def all_open(now: datetime | Moment) -> Expression:
    """Return "every gate of this delivery is open"; unknown counts as closed."""
    when = now if isinstance(now, Moment) else moment(now)
    return and_(*(func.coalesce(gate.is_open(when), literal(False)) for gate in GATES))


def is_open(code: str, now: datetime) -> Expression:
    """Return "this one gate is open"; unknown counts as closed.

    Raises: KeyError for a gate that is none.
    """
    by_code = {gate.code: gate for gate in GATES}
    return func.coalesce(by_code[code].is_open(moment(now)), literal(False))


def closed_gates(
    session: Session, ids: Sequence[int], now: datetime, *, of: Campaign | None = None
) -> dict[int, list[str]]:
    """Return for each delivery the codes of its closed gates, in the order of `GATES`.

    With `of`, the deliveries of that campaign across organisations, if the session's actor owns it.
    """
    when = moment(now)
    columns: list[Any] = [
        func.coalesce(gate.is_open(when), literal(False)).label(f"gate_{place}")
        for place, gate in enumerate(GATES)
    ]
    query: Select[Any] = select(Delivery.id, *columns).where(Delivery.id.in_(ids))
    if of is not None:
        query = views.reaching(session, of, query.where(Delivery.campaign_id == of.id))
    closed: dict[int, list[str]] = {}
    for row in session.execute(query):
        closed[row[0]] = [gate.code for gate, is_open in zip(GATES, row[1:], strict=True) if not is_open]
    return closed


def why_not_yet(session: Session, delivery_id: int, now: datetime) -> list[str]:
    """Return the codes of the gates that keep this delivery back; empty when only its time is awaited."""
    return closed_gates(session, [delivery_id], now).get(delivery_id, ["gate.unknown"])
