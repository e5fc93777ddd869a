"""What a municipality may publish now, move or drop, gathered by message, a page at a time.

That is what did not go at its time, what a stop or an account keeps back, and what still waits for its time. What may
be chosen for each is a rule (`rescheduling.offered`); here it is only asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from campaigns import gates, rescheduling
from campaigns.gates import GATES
from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.store import Account, Actor, Campaign, Delivery, Message, Organisation, Snapshot
from reports import deliveries

AT_ONCE = 20
"""Messages on one page: each has its text and its choice."""
PLANNED_KINDS = ("held", "login_lost", "unapproved", "waiting")
"""Lists of what is still planned."""
KINDS = ("stranded", *PLANNED_KINDS)
"""Lists on which one decides."""


@dataclass(frozen=True, slots=True)
class Part:
    """One delivery of a message."""

    id: int
    platform: str
    account: str
    reason: str | None
    reason_values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Choice:
    """One message about which somebody may decide."""

    campaign: str
    campaign_title: Mapping[str, str]
    message: str
    title: Mapping[str, str]
    state: str
    due_at: datetime | None
    text: str
    """What was approved; empty where nothing was."""
    language: str
    parts: tuple[Part, ...]
    gates: tuple[str, ...]
    """What keeps it, whatever its time."""
    acts: tuple[str, ...]
    """What may be chosen."""

    @property
    def name(self) -> str:
        """Return what its fields are called."""
        return f"{self.campaign}/{self.message}"


@dataclass(frozen=True, slots=True)
class Choices:
    """One page of messages about which somebody may decide."""

    kind: str
    counts: Mapping[str, int]
    """Deliveries of each kind of list."""
    campaigns: tuple[tuple[str, Mapping[str, str]], ...]
    messages: tuple[Choice, ...]
    count: int
    """Messages on all pages."""
    page: int
    pages: int


def choices(session: Session, kind: str, *, campaign: str = "", page: int = 1, now: datetime) -> Choices:
    """Return one page of the messages of the actor's organisation that are of a kind; the oldest first.

    Raises: KeyError for a kind about which nobody decides.
    """
    if kind not in KINDS:
        raise KeyError(kind)
    these = _these(select(Delivery.message_id), kind, campaign).group_by(Delivery.message_id)
    count = session.scalar(select(func.count()).select_from(these.subquery())) or 0
    pages = max(1, -(-count // AT_ONCE))
    page = min(max(1, page), pages)
    first = these.order_by(func.min(Delivery.due_at), Delivery.message_id)
    shown = session.scalars(first.limit(AT_ONCE).offset((page - 1) * AT_ONCE)).all()
    counts, known = deliveries.counts(session, campaign), deliveries.campaigns(session)
    messages = _messages(session, kind, shown, now) if shown else ()
    return Choices(kind, counts, known, messages, count, page, pages)


def _these(query: Select[*deliveries.Columns], kind: str, campaign: str) -> Select[*deliveries.Columns]:
    return deliveries.joined(query).where(deliveries.is_kind(kind), deliveries.of_campaign(campaign))


def _messages(session: Session, kind: str, shown: Sequence[int], now: datetime) -> tuple[Choice, ...]:
    query = _these(select(Delivery, Campaign, Message, Account, Snapshot.body), kind, "").outerjoin(
        Snapshot,
        (Snapshot.hash == Delivery.snapshot_hash) & (Snapshot.organisation_id == Delivery.organisation_id),
    )
    rows = session.execute(
        query.where(Delivery.message_id.in_(shown)).order_by(Delivery.due_at, Delivery.id)
    ).all()
    closed = gates.closed_gates(session, [row[0].id for row in rows], now)
    actor: Actor = session.info["actor"]
    place = session.get_one(Organisation, actor.organisation_id)
    found = []
    for message_id in shown:
        mine = [row for row in rows if row[0].message_id == message_id]
        if mine:
            found.append(_choice(kind, mine, closed, place, now))
    return tuple(found)


def _choice(
    kind: str, rows: Sequence[tuple[Delivery, Campaign, Message, Account, str | None]],
    closed: Mapping[int, Iterable[str]], place: Organisation, now: datetime,
) -> Choice:  # fmt: skip
    first, campaign, message, _, body = rows[0]
    text, language = _text(first, body)
    codes = {code for row in rows for code in closed.get(row[0].id, ())}
    acts = rescheduling.offered(
        message.send, planned=kind in PLANNED_KINDS, own_time=any(deliveries.has_own_time(row[0], message) for row in rows),
        free=any(rescheduling.can_go(closed.get(row[0].id, ())) for row in rows),
        zone=place.timezone, ends_on=campaign.ends_on, now=now,
    )  # fmt: skip
    parts = tuple(
        Part(one.id, one.platform, account.handle, one.reason, one.reason_values or {})
        for one, _, _, account, _ in rows
    )
    keeps = tuple(one.code for one in GATES if one.code in codes - rescheduling.PASSING)
    state = kind if kind in ("held", "unapproved") else first.state.value
    return Choice(
        campaign.key, campaign.title, message.key, message.title, state, first.due_at, text, language,
        parts, keeps, acts,
    )  # fmt: skip


def _text(delivery: Delivery, body: str | None) -> tuple[str, str]:
    try:
        post = ApprovedSnapshot(body, delivery.snapshot_hash or "").post if body else None
    except Tampered:
        post = None
    return (post.text, post.language) if post else ("", "")
