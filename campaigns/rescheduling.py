"""What people do about when something goes, or whether: own times, starting what waits, moving, dropping, taking back.

None of it sends anything: a delivery is planned anew, and the gates stand before it as before any other. What a person
gave a time of its own, planning leaves alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from campaigns import audit, gates, overrides, timing
from campaigns.access import must
from campaigns.deliveries import make
from campaigns.parts import FOLLOW_GRACE, POST
from campaigns.plans import plan_participation
from campaigns.states import BEFORE_SENDING, State
from campaigns.store import (
    Actor,
    Campaign,
    Choice,
    Delivery,
    Message,
    MessageChoice,
    Organisation,
    Participation,
)
from connectors import CONNECTORS
from connectors.base import Problem

DID_NOT_GO = frozenset({State.missed, State.failed})
"""What waits for somebody to say what becomes of it."""
COMES_BACK = or_(Delivery.state.in_(DID_NOT_GO), and_(Delivery.state == State.cancelled, Delivery.by_person))
"""What a new time brings back: also what a person took back, never what a plan did not want."""
PASSING = frozenset(
    {"gate.being_planned", "gate.paused", "gate.predecessor", "gate.quiet_hours", "gate.by_hand"}
)
"""Gates that open by themselves, with the post before, or by a person's hand; quiet hours are asked about apart."""


class NotThen(ValueError):
    """A message may not go at that time, or not be moved at all; nothing was changed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def set_own_time(
    session: Session, participation: Participation, message: Message, at: datetime | None, *, now: datetime
) -> None:
    """Let a message go out here at a time of the municipality's own; `None` gives it the campaign's time again.

    It holds for what is planned, also for what was moved before: the newest word of a person counts.

    Raises: Forbidden; NotThen for a time that has passed, is before the campaign's, after its end, or quiet.
    """
    actor = must(session, "participation.adapt", "invited", owner_id=participation.organisation_id)
    if timing.rule_of(message.send).released:
        raise NotThen(Problem("rescheduling.waits_to_be_started", {"message": message.key}))
    if at is not None:
        _must_be_allowed(session, participation, message, at, now)
    _choice_of(session, participation, message).own_time_at = at
    session.flush()
    planned = _ids(session, participation, message, Delivery.state == State.planned)
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(planned), Delivery.state == State.planned)
        .values(by_person=False)
        .execution_options(synchronize_session=False)
    )
    plan_participation(session, participation, now=now)
    session.execute(  # this move is nobody else's
        update(Delivery)
        .where(Delivery.participation_id == participation.id, Delivery.message_id == message.id)
        .values(moved_from=None)
        .execution_options(synchronize_session=False)
    )
    _record(session, actor, "participation.adapt", participation, message, {"time": _text(at)}, now)


def start(session: Session, participation: Participation, message: Message, *, now: datetime) -> datetime:
    """Start a message that waits to be released (D18); return when it goes: now, or when quiet hours are over.

    Raises: Forbidden; NotThen for a message that has a time, that was started already, or that is over.
    """
    actor = must(session, "message.release", "invited", owner_id=participation.organisation_id)
    choice = _choice_of(session, participation, message)
    if not timing.rule_of(message.send).released:
        raise NotThen(Problem("rescheduling.has_a_time", {"message": message.key}))
    if choice.own_time_at is not None:
        raise NotThen(Problem("rescheduling.already_started", {"message": message.key}))
    place = session.get_one(Organisation, participation.organisation_id)
    loud = message.quiet_override is not None or not place.quiet_hours
    at = now if loud else timing.next_awake(now, place.timezone)
    campaign = session.get_one(Campaign, participation.campaign_id)
    rule = timing.rule_of(message.send)
    if code := timing.own_time_problem(rule, at, place.timezone, campaign.ends_on):
        raise NotThen(Problem(code, {"end": f"{campaign.ends_on:%d.%m.%Y}"}))
    choice.own_time_at = at
    session.flush()
    plan_participation(session, participation, now=now)
    _record(session, actor, "message.release", participation, message, {"time": _text(at)}, now)
    return at


def move(
    session: Session, participation: Participation, message: Message, at: datetime, *, now: datetime
) -> int:
    """Give what was missed, failed or taken back a new time, and what is planned; return how many were moved.

    What is live or under way stays what it is, and so does what still goes together with everybody's. The approval
    holds: the time is no part of it (D2).

    Raises: Forbidden; NotThen.
    """
    actor = must(session, "delivery.move", "own", owner_id=participation.organisation_id)
    _must_be_allowed(session, participation, message, at, now, stranded=True)
    campaign = session.get_one(Campaign, participation.campaign_id)
    ids = _ids(session, participation, message, or_(COMES_BACK, _free(message)))
    if not ids:
        _refuse_planned(session, participation, message)
    count = _retime(session, actor, ids, at, campaign, now)
    _record(session, actor, "delivery.move", participation, message, {"time": _text(at), "moved": count}, now)
    return count


def move_planned(
    session: Session, participation: Participation, message: Message, at: datetime, *, now: datetime
) -> int:
    """Give what is still planned of a message another time, and nothing else of it; return how much of it is planned.

    Where it may have a time of the municipality's own, that is what it gets (`set_own_time`).

    Raises: Forbidden; NotThen.
    """
    ids = _ids(session, participation, message, _free(message))
    rule = timing.rule_of(message.send)
    if ids and not rule.together and not rule.released:
        set_own_time(session, participation, message, at, now=now)
        return len(ids)
    actor = must(session, "delivery.move", "own", owner_id=participation.organisation_id)
    if not ids:
        _refuse_planned(session, participation, message)
        return 0
    _must_be_allowed(session, participation, message, at, now, stranded=True)
    campaign = session.get_one(Campaign, participation.campaign_id)
    count = _retime(session, actor, ids, at, campaign, now)
    _record(session, actor, "delivery.move", participation, message, {"time": _text(at), "moved": count}, now)
    return count


def publish(
    session: Session, participation: Participation, message: Message, *, planned: bool = False, now: datetime
) -> int:
    """Let what did not go of a message go now, or with `planned` what still waits for its time; return how many.

    What no time helps (it is not approved, a stop reaches it, its account is gone) keeps the time it has, so that it
    is not missed by this. Nothing is sent here: every gate is asked again.

    Raises: Forbidden; NotThen, with what keeps it where nothing of it can go.
    """
    actor = must(session, "delivery.move", "own", owner_id=participation.organisation_id)
    ids = _ids(session, participation, message, _free(message) if planned else COMES_BACK)
    if not ids:
        if planned:
            _refuse_planned(session, participation, message)
        return 0
    _must_be_allowed(session, participation, message, now, now, stranded=True)
    closed = gates.closed_gates(session, ids, now)
    free = [one for one in ids if can_go(closed.get(one, ()))]
    if not free:
        raise NotThen(Problem(next(code for code in closed[ids[0]] if code not in PASSING)))
    campaign = session.get_one(Campaign, participation.campaign_id)
    count = _retime(session, actor, free, now, campaign, now)
    _record(
        session, actor, "delivery.move", participation, message, {"time": _text(now), "moved": count}, now
    )
    return count


def can_go(closed: Iterable[str]) -> bool:
    """Return whether nothing keeps a delivery but what passes by itself."""
    return PASSING.issuperset(closed)


def offered(
    send: Mapping[str, object], *, planned: bool, own_time: bool, free: bool, zone: str, ends_on: date,
    now: datetime,
) -> tuple[str, ...]:  # fmt: skip
    """Return what may be chosen for a message: `publish`, `move` and `drop`, as far as the rules allow each.

    `own_time`: it was given a time by a person, or is not planned any more; `free`: something of it can go.
    """
    rule = timing.rule_of(send)
    fixed = planned and not own_time and (rule.together or rule.released)
    code = timing.own_time_problem(rule, now, zone, ends_on)
    if fixed or code == "timing.own_time.after_end":
        return ("drop",)
    early = code == "timing.own_time.too_early"
    return ("publish", "move", "drop") if free and not early else ("move", "drop")


def drop(session: Session, participation: Participation, message: Message, *, now: datetime) -> int:
    """Give up what was missed or has failed, so that it asks nobody any more; return how many.

    Raises: Forbidden.
    """
    actor = must(session, "delivery.withdraw", "own", owner_id=participation.organisation_id)
    ids = _ids(session, participation, message, Delivery.state.in_(DID_NOT_GO))
    return _cancel(session, actor, participation, message, ids, "delivery.dropped", now)


def withdraw(session: Session, participation: Participation, message: Message, *, now: datetime) -> int:
    """Take back what has not gone of a message, also what is queued; return how many. `move` brings it back.

    The municipality goes on taking part; what is live stays live.

    Raises: Forbidden.
    """
    actor = must(session, "delivery.withdraw", "own", owner_id=participation.organisation_id)
    ids = _ids(session, participation, message, Delivery.state.in_(BEFORE_SENDING))
    return _cancel(session, actor, participation, message, ids, "delivery.withdrawn", now)


def _must_be_allowed(
    session: Session, participation: Participation, message: Message, at: datetime, now: datetime, *,
    stranded: bool = False,
) -> None:  # fmt: skip
    """Refuse a time at which the message may not go.

    `stranded`: what did not go at its time may go alone, even where all were to go together.

    Raises: NotThen.
    """
    place = session.get_one(Organisation, participation.organisation_id)
    campaign = session.get_one(Campaign, participation.campaign_id)
    rule = timing.rule_of(message.send)
    if at < now - timedelta(minutes=1):
        raise NotThen(Problem("timing.own_time.past"))
    code = timing.own_time_problem(rule, at, place.timezone, campaign.ends_on)
    if code and not (stranded and code == "timing.own_time.together"):
        raise NotThen(Problem(code, {"end": f"{campaign.ends_on:%d.%m.%Y}"}))
    loud = (
        message.quiet_override is not None
        or not place.quiet_hours
        or message.id in overrides.loud_messages(session, participation)
    )
    if not loud and (quiet := timing.quiet_reason(at, place.timezone)):
        local = timing.local(at, place.timezone)
        raise NotThen(
            Problem(f"timing.quiet.{quiet}", {"time": f"{local:%H:%M}", "day": f"{local:%d.%m.%Y}"})
        )


def _free(message: Message) -> ColumnElement[bool]:
    """Return "it is planned, and its time is its own": not what goes with everybody's, not what nobody has started."""
    free = (Delivery.state == State.planned) & Delivery.due_at.is_not(None)
    return free & Delivery.by_person.is_(True) if timing.rule_of(message.send).together else free


def _refuse_planned(session: Session, participation: Participation, message: Message) -> None:
    """Say why what is planned has no time of its own; where nothing is planned there is nothing to refuse.

    Raises: NotThen.
    """
    if not _ids(session, participation, message, Delivery.state == State.planned):
        return
    if timing.rule_of(message.send).released:
        raise NotThen(Problem("rescheduling.waits_to_be_started", {"message": message.key}))
    raise NotThen(Problem("timing.own_time.together"))


def _retime(
    session: Session, actor: Actor, ids: Collection[int], at: datetime, campaign: Campaign, now: datetime
) -> int:
    """Plan deliveries for another time, those that did not go anew; return how many."""
    late = timedelta(seconds=campaign.late_after)
    times = {"due_at": at, "next_try_at": at, "late_at": at + late, "by_person": True, "moved_from": None}
    moved = make(
        session, "retry", sorted(ids), now=now, actor=actor.label, reason="delivery.moved",
        where=[COMES_BACK], changes=times,
    )  # fmt: skip
    these = (Delivery.id.in_(ids), Delivery.state == State.planned)
    planned = session.scalars(select(Delivery.id).where(*these)).all()
    _write(session, these, times)
    # what follows a post may go a little later than the post itself
    _write(session, (*these, Delivery.kind != POST), {"late_at": at + late + FOLLOW_GRACE})
    for kind in CONNECTORS:  # a person's hand has its own patience (D32)
        if kind.patience > late:
            _write(session, (*these, Delivery.platform == kind.name), {"late_at": at + kind.patience})
    return len({*moved, *planned})


def _write(session: Session, where: Sequence[ColumnElement[bool]], values: Mapping[str, object]) -> None:
    session.execute(
        update(Delivery).where(*where).values(values).execution_options(synchronize_session=False)
    )


def _choice_of(session: Session, participation: Participation, message: Message) -> MessageChoice:
    present = next((one for one in participation.choices if one.message_id == message.id), None)
    if present is None:
        present = MessageChoice(
            organisation_id=participation.organisation_id, message_id=message.id, choice=Choice.joined
        )
        participation.choices.append(present)
        session.flush()
    return present


def _ids(
    session: Session, participation: Participation, message: Message, where: ColumnElement[bool]
) -> Sequence[int]:
    return session.scalars(
        select(Delivery.id)
        .where(Delivery.participation_id == participation.id, Delivery.message_id == message.id, where)
        .order_by(Delivery.id)
    ).all()


def _cancel(
    session: Session, actor: Actor, participation: Participation, message: Message, ids: Sequence[int],
    reason: str, now: datetime,
) -> int:  # fmt: skip
    done = make(
        session, "cancel", ids, now=now, actor=actor.label, reason=reason, changes={"by_person": True}
    )
    _record(session, actor, "delivery.withdraw", participation, message, {"count": len(done)}, now)
    return len(done)


def _record(
    session: Session, actor: Actor, action: str, participation: Participation, message: Message,
    details: dict[str, object], now: datetime,
) -> None:  # fmt: skip
    key = session.get_one(Campaign, participation.campaign_id).key
    audit.record(session, actor, action, f"{key}/{message.key}", details, now=now)


def _text(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
