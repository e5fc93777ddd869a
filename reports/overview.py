"""How the whole instance stands at one moment, as a frozen value: delivery truth, what needs a person, what is held.

The status page and its JSON are made from this. A value that is not `named` carries counts alone: no title, no
municipality, no account, no words that a person wrote. It renders nothing, and persons are never in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session, aliased

from campaigns.sentences import catalogue
from campaigns.states import State
from campaigns.store import (
    Account,
    Delivery,
    History,
    Hold,
    HoldLevel,
    Message,
    Organisation,
    Pause,
    views,
)
from reports import health
from reports.campaign_report import CampaignReport, Truth, report
from reports.matters import Matter, matters

NEWEST = 12
"""How many moves are shown."""
PASSING = (State.queued, State.publishing)
"""States that say nothing yet: seconds later they are another."""


@dataclass(frozen=True, slots=True)
class OpenHold:
    """An emergency stop in force."""

    level: str
    since: datetime
    target: str | None
    """The organisation or account it stops."""
    set_by: str | None
    """The organisation that set it; `None` is the instance or its operator, or nothing is named."""
    reason: str | None
    """A code of the catalogue, or a person's own words."""


@dataclass(frozen=True, slots=True)
class OpenPause:
    """A stretch of silence that a platform asked for."""

    scope: str
    until: datetime
    platform: str | None
    target: str | None
    """The account's handle with its owner, or the server's address."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move of one delivery."""

    at: datetime
    move: str
    target: str
    place: str
    platform: str
    message: Mapping[str, str]
    """The message's title by written language."""
    address: str | None
    """Where the post can be seen, while it is live."""
    reason: str | None
    reason_values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Part:
    """One campaign: its report, and how many of its deliveries should have gone by now."""

    report: CampaignReport
    due: int


@dataclass(frozen=True, slots=True)
class Overview:
    """How the instance stands."""

    made_at: datetime
    named: bool
    truth: Truth
    due: int
    """Deliveries whose intended time has passed, without those that a person withdrew."""
    clock_seen_at: datetime | None
    """When a clock last said that it runs; `None` when none ever has."""
    silent: tuple[health.Silent, ...]
    """The processes that are not there to do what waits for them."""
    matters: tuple[Matter, ...]
    holds: tuple[OpenHold, ...]
    """The widest first."""
    pauses: tuple[OpenPause, ...]
    moves: tuple[Step, ...]
    """The newest first."""
    campaigns: tuple[Part, ...]

    def as_json(self) -> dict[str, object]:
        """Return plain values for a script."""
        return {
            "made_at": self.made_at.isoformat(),
            "named": self.named,
            "truth": {**asdict(self.truth), "all": self.truth.all},
            "due": self.due,
            "clock_seen_at": self.clock_seen_at.isoformat() if self.clock_seen_at else None,
            "silent": list(self.silent),
            "needs_person": [_plain(one) for one in self.matters],
            "holds": [_plain(one) for one in self.holds],
            "pauses": [_plain(one) for one in self.pauses],
            "moves": [_plain(one) for one in self.moves],
            "campaigns": [{**one.report.as_json(), "due": one.due} for one in self.campaigns],
        }


def overview(session: Session, *, now: datetime, named: bool) -> Overview:
    """Return how the instance stands, for a session that sees everything.

    Nine questions to the store; where `named`, two more and those of each campaign's report.
    """
    counts = _counts(session, now)
    seen = health.clock_seen_at(session)
    due = {campaign: sum(row.due for row in rows) for campaign, rows in counts.items()}
    return Overview(
        made_at=now,
        named=named,
        truth=_truth([row for rows in counts.values() for row in rows]),
        due=sum(due.values()),
        clock_seen_at=seen,
        silent=health.silent(session, now, seen),
        matters=matters(session, now, named),
        holds=_holds(session, named),
        pauses=_pauses(session, now, named),
        moves=_moves(session) if named else (),
        campaigns=_campaigns(session, due, now) if named else (),
    )


@dataclass(frozen=True, slots=True)
class _Row:
    """Deliveries of one campaign in one state."""

    state: State
    count: int
    stated: int
    due: int


def _counts(session: Session, now: datetime) -> dict[int, list[_Row]]:
    gone_by = and_(Delivery.due_at <= now, Delivery.state != State.cancelled)
    rows = session.execute(
        select(
            Delivery.campaign_id,
            Delivery.state,
            func.count(),
            func.sum(case((Delivery.stated, 1), else_=0)),
            func.sum(case((gone_by, 1), else_=0)),
        ).group_by(Delivery.campaign_id, Delivery.state)
    )
    by_campaign: dict[int, list[_Row]] = {}
    for campaign_id, state, count, stated, due in rows:
        by_campaign.setdefault(campaign_id, []).append(_Row(state, count, stated, due))
    return by_campaign


def _truth(rows: Sequence[_Row]) -> Truth:
    def count(*wanted: State) -> int:
        return sum(row.count for row in rows if row.state in wanted)

    return Truth(
        live=count(State.published),
        stated=sum(row.stated for row in rows if row.state == State.published),
        waiting=count(State.planned),
        under_way=count(State.queued, State.publishing),
        unsure=count(State.unsure),
        failed=count(State.failed),
        missed=count(State.missed),
        cancelled=count(State.cancelled),
        removed=count(State.removed),
    )


def _holds(session: Session, named: bool) -> tuple[OpenHold, ...]:
    setter, target = aliased(Organisation), aliased(Organisation)
    rows = session.execute(
        select(Hold, setter.name, target.name, Account.handle)
        .outerjoin(setter, setter.id == Hold.organisation_id)
        .outerjoin(target, target.id == Hold.target_id)
        .outerjoin(Account, Account.id == Hold.account_id)
        .where(Hold.lifted_at.is_(None))
        .order_by(Hold.set_at)
    )
    found = [
        OpenHold(
            level=hold.level.value,
            since=hold.set_at,
            target=(reached or handle) if named else None,
            set_by=by if named else None,
            reason=_reason(hold, named),
        )
        for hold, by, reached, handle in rows
    ]
    narrow_to_wide = [level.value for level in HoldLevel]
    return tuple(sorted(found, key=lambda one: -narrow_to_wide.index(one.level)))


def _reason(hold: Hold, named: bool) -> str | None:
    """Return why: the instance's own reasons are codes, and only those are told where nothing is named."""
    own_words = hold.organisation_id is not None or hold.reason not in catalogue()
    return None if not hold.reason or (own_words and not named) else hold.reason


def _pauses(session: Session, now: datetime, named: bool) -> tuple[OpenPause, ...]:
    on_server = select(func.min(Account.platform)).where(Account.base == Pause.target).scalar_subquery()
    owner = aliased(Account)
    rows = session.execute(
        select(Pause, owner.platform, owner.handle, Organisation.name, on_server)
        .outerjoin(owner, owner.id == Pause.account_id)
        .outerjoin(Organisation, Organisation.id == owner.organisation_id)
        .where(Pause.until > now)
        .order_by(Pause.until)
    )
    found = []
    for pause, platform, handle, place, server_platform in rows:
        kinds = {
            "account": (platform, f"{handle} ({place})"),
            "app": (pause.target, None),
            "instance": (server_platform, pause.target),
        }
        where, target = kinds[pause.scope]
        found.append(OpenPause(pause.scope, pause.until, where, target if named else None))
    return tuple(found)


def _moves(session: Session) -> tuple[Step, ...]:
    rows = session.execute(
        select(History, Organisation.name, Delivery.platform, Delivery.state, Delivery.address, Message.title)
        .join(Delivery, Delivery.id == History.delivery_id)
        .join(Organisation, Organisation.id == History.organisation_id)
        .join(Message, Message.id == Delivery.message_id)
        .where(History.target.not_in(PASSING))
        .order_by(History.id.desc())
        .limit(NEWEST)
    )
    return tuple(
        Step(
            at=history.at,
            move=history.move,
            target=history.target.value,
            place=place,
            platform=platform,
            message=title,
            address=address if state == State.published else None,
            reason=history.reason,
            reason_values=history.reason_values or {},
        )
        for history, place, platform, state, address, title in rows
    )


def _campaigns(session: Session, due: Mapping[int, int], now: datetime) -> tuple[Part, ...]:
    """Return the running campaigns first, then those that nobody was invited to yet, then the closed ones."""
    visible = sorted(
        views.visible_campaigns(session), key=lambda one: (one.closed_at is not None, one.active_at is None)
    )
    return tuple(Part(report(session, one, age=None, now=now), due.get(one.id, 0)) for one in visible)


def _plain(value: Any) -> dict[str, object]:
    """Return a small dataclass as JSON takes it."""
    return {
        name: content.isoformat() if isinstance(content, datetime) else content
        for name, content in asdict(value).items()
    }
