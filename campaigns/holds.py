"""Emergency stops. Setting one is a single row that every gate reads; nothing else has to happen for it to work."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import Forbidden, may, must
from campaigns.gates import held
from campaigns.organisations import NotFound
from campaigns.states import State
from campaigns.store import Account, Actor, Delivery, Hold, HoldLevel, Organisation, OrganisationKind, views

SLIPPED = timedelta(minutes=10)
"""How far back a stop looks for what went out just before it."""


def widest(actor: Actor, action: str = "hold.set") -> HoldLevel | None:
    """Return the widest level that an actor may stop, or rehearse to stop; `None` for who may stop nothing.

    In a county whoever may not stop its municipalities stops one account at a time: what is the county's as a whole is
    theirs, too (D11).
    """
    county = actor.organisation_kind == OrganisationKind.county
    if county and may(actor, action, "parent"):
        return HoldLevel.county
    if may(actor, action, "own"):
        return HoldLevel.account if county else HoldLevel.municipality
    return None


def hold_widest(session: Session, *, now: datetime, reason: str = "") -> Hold:
    """Stop everything of the actor's organisation that she may stop as a whole.

    Raises: Forbidden where that is one account at a time, or nothing.
    """
    actor = session.info.get("actor")
    level = widest(actor) if isinstance(actor, Actor) else None
    if not isinstance(actor, Actor) or level is None or level == HoldLevel.account:
        raise Forbidden("hold.set")
    place = session.get_one(Organisation, actor.organisation_id)
    return set_hold(session, level, target=place, reason=reason, now=now)


def set_hold(
    session: Session, level: HoldLevel, *, now: datetime, target: Organisation | None = None,
    account: Account | None = None, reason: str = "",
) -> Hold:  # fmt: skip
    """Stop everything within the level at once; return the hold. In force as soon as it is committed.

    Raises: Forbidden when this actor may not stop that; NotFound when it would stop nothing.
    """
    _must_aim(level, target, account)
    actor = _may_hold(session, level, target, account)
    hold = Hold(
        level=level,
        organisation_id=actor.organisation_id if actor else None,
        target_id=target.id if target else None,
        account_id=account.id if account else None,
        set_at=now,
        set_by=actor.person_id if actor else None,
        reason=reason,
    )
    session.add(hold)
    session.flush()
    if actor:
        subject = target.number if target else (account.handle if account else "")
        audit.record(session, actor, "hold.set", f"{level}:{subject}", {"reason": reason}, now=now)
    return hold


def _must_aim(level: HoldLevel, target: Organisation | None, account: Account | None) -> None:
    """Refuse a hold without its target: somebody would believe that it stops something."""
    if level == HoldLevel.account and account is None:
        raise NotFound("account.unknown", id=0)
    county = target is not None and target.kind == OrganisationKind.county
    if (level == HoldLevel.county and not county) or (level == HoldLevel.municipality and target is None):
        raise NotFound("organisation.unknown", number=target.number if target else "")


def _may_hold(
    session: Session, level: HoldLevel, target: Organisation | None, account: Account | None
) -> Actor | None:
    """Return the actor, or `None` for the instance itself (D11: a county holds its own, accounts are their owner's)."""
    if session.info.get("system"):
        return None
    if level == HoldLevel.everything:
        raise Forbidden("hold.set")
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        raise Forbidden("hold.set")
    if level == HoldLevel.account and account is not None:
        if account.organisation_id != actor.organisation_id:
            raise NotFound("account.unknown", id=account.id)
        return must(session, "hold.set", "own")
    if target is None:
        raise Forbidden("hold.set")
    own = target.id == actor.organisation_id
    if level == HoldLevel.municipality and own:
        return must(session, "hold.set", "own")
    if (own and target.kind == OrganisationKind.county) or target.parent_id == actor.organisation_id:
        return must(session, "hold.set", "parent")
    raise Forbidden("hold.set")


def lift_hold(session: Session, hold: Hold, *, now: datetime) -> None:
    """Lift a hold; nothing is sent by this that has gone stale meanwhile: the clock lists that as missed.

    Raises: Forbidden when another level set it (D11).
    """
    actor = session.info.get("actor")
    if isinstance(actor, Actor):
        if hold.organisation_id != actor.organisation_id or not may(actor, "hold.lift", "own"):
            raise Forbidden("hold.lift")
        audit.record(session, actor, "hold.lift", f"{hold.level}:{hold.id}", {}, now=now)
        hold.lifted_by = actor.person_id
    elif hold.organisation_id is not None or not session.info.get("system"):
        raise Forbidden("hold.lift")
    hold.lifted_at = now


def open_holds(session: Session) -> list[Hold]:
    """Return the holds in force that concern this actor: those it set, those that reach it, those in its county."""
    holds = session.scalars(select(Hold).where(Hold.lifted_at.is_(None)).order_by(Hold.set_at, Hold.id)).all()
    actor = session.info.get("actor")
    if not holds or not isinstance(actor, Actor):
        return list(holds)
    here = Organisation.id == actor.organisation_id
    parents = session.scalars(select(Organisation.parent_id).where(here)).all()
    children = session.scalars(
        select(Organisation.id).where(Organisation.parent_id == actor.organisation_id)
    ).all()
    concerned = {actor.organisation_id, *parents, *children}
    own_accounts = set(session.scalars(select(Account.id)))
    return [
        one
        for one in holds
        if one.level == HoldLevel.everything
        or one.organisation_id == actor.organisation_id
        or (one.target_id is not None and one.target_id in concerned)
        or one.account_id in own_accounts
    ]


def is_held(session: Session, reason: str) -> bool:
    """Return whether the instance itself already holds everything for this reason."""
    return (
        session.scalar(
            select(Hold.id).where(
                Hold.reason == reason, Hold.lifted_at.is_(None), Hold.organisation_id.is_(None)
            )
        )
        is not None
    )


def slipped_out(session: Session, hold: Hold) -> list[Delivery]:
    """Return what went live, or may have, in the minutes before the hold and while it took hold, newest first.

    A municipality sees its own; a county also those of the campaigns it owns (D11).
    """
    slipped = (
        select(Delivery)
        .join(Hold, held())
        .where(Hold.id == hold.id, Delivery.called_at >= hold.set_at - SLIPPED, _live_or_may_be())
        .order_by(Delivery.called_at.desc())
    )
    return list(session.scalars(views.own_or_owned(session, slipped)))


def _live_or_may_be() -> ColumnElement[bool]:
    """Return "a call was made that is not proven to have failed"; what was put off or refused did not slip out."""
    return or_(
        Delivery.state.in_([State.published, State.unsure, State.removed]),
        and_(Delivery.state == State.publishing, Delivery.noted_at.is_not(None)),
    )
