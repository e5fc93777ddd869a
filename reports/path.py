"""A municipality's way through one campaign, on one page: its answer, accounts, facts, and every text as it will be.

A frozen value for pages: what an approver sees here is what she approves, and `seen` carries the digests that prove it
(threat E2). Plans nothing and stores nothing: reading a page changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import approval, gates, invited_texts, participation, plans, rendering, timing
from campaigns.access import must
from campaigns.checks import Problem
from campaigns.rendered import Draft
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Campaign,
    Choice,
    Delivery,
    Fact,
    FactValue,
    Message,
    Organisation,
    Participation,
    Person,
)
from campaigns.values import Values
from connectors.base import Connector
from connectors.post import Picture

WORDS_A_MINUTE = 200
"""How fast a text is read with attention; a fact to be looked up takes a minute."""
BY_TROUBLE = ("failed", "missed", "unsure", "publishing", "queued", "removed", "published")
"""States of what has gone, or should have, the most in need of a person first."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A fact that the municipality gives."""

    name: str
    question: Mapping[str, str]
    kind: str
    own_site: bool
    value: str
    """What it gave; empty where nothing."""
    default: str
    """What stands there without it, from its profile or the document."""
    known_on: date | None


@dataclass(frozen=True, slots=True)
class Channel:
    """An account that takes part."""

    id: int
    platform: str
    handle: str
    language: str | None
    state: str


@dataclass(frozen=True, slots=True)
class Text:
    """One text with the accounts on which it goes out so."""

    parts: tuple[tuple[str, str], ...]
    """Paragraphs with their kinds: locked, fill, free, own, options, tags."""
    text: str
    language: str
    pictures: tuple[Picture, ...]
    accounts: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def blocking(self) -> tuple[Problem, ...]:
        """Return what must be put right before it can be approved."""
        return tuple(one for one in self.problems if one.severity == "blocking")


@dataclass(frozen=True, slots=True)
class Card:
    """One message on the way."""

    key: str
    title: Mapping[str, str]
    number: int
    mandatory: bool
    waits_for_start: bool
    choice: str
    status: str
    """ready, late_fact, blocked, approved, worded, second, gone, out, preview"""
    at: datetime | None
    own_time: bool
    moved_from: datetime | None
    texts: tuple[Text, ...]
    awaits: tuple[str, ...]
    planned: tuple[int, ...]
    """Ids of the deliveries that have not gone."""
    deliveries: tuple[tuple[int, str, str], ...]
    """Id, account and state of each, once anything has gone."""

    @property
    def state(self) -> str:
        """Return how it went, by what went worst, once anything has gone."""
        return min((state for _, _, state in self.deliveries), key=BY_TROUBLE.index)


@dataclass(frozen=True, slots=True)
class Path:
    """One municipality's way through one campaign."""

    key: str
    title: Mapping[str, str]
    owner: str
    owned: bool
    """The campaign is its own (D15)."""
    contact: str
    purpose: str
    silence: str
    answer_by: date
    approve_by: datetime | None
    ends_on: date
    closed: bool
    answer: str
    answered_at: datetime | None
    answered_by: str | None
    language: str | None
    channels: tuple[Channel, ...]
    shortfalls: tuple[Problem, ...]
    asks: tuple[Ask, ...]
    cards: tuple[Card, ...]
    seen: Mapping[int, str]
    """For each delivery that an approval is about, the digest of what is shown."""
    values: tuple[str, ...]
    """What was put in for the municipality, so that a page can mark it."""

    @property
    def approvable(self) -> tuple[Card, ...]:
        """Return the messages that a yes would approve, or whose wording it would."""
        return tuple(one for one in self.cards if one.status in ("ready", "late_fact"))

    def seen_of(self, card: Card) -> dict[int, str]:
        """Return the digests of what is shown of one message."""
        return {one: self.seen[one] for one in card.planned if one in self.seen}

    @property
    def minutes(self) -> int:
        """Return how long it takes about: reading with attention, and a minute for each fact to look up."""
        words = sum(len(one.text.split()) for card in self.cards for one in card.texts[:1])
        return max(
            2, round(words / WORDS_A_MINUTE) + sum(not one.value and not one.default for one in self.asks)
        )


def path(
    session: Session, connectors: Mapping[str, Connector], key: str, *, only: str | None = None, now: datetime
) -> Path:
    """Return the actor's organisation's way through a campaign, or through one message of it alone.

    Raises: Forbidden; NotFound for a campaign that did not invite it.
    """
    mine = participation.participation_in(session, key)
    actor = must(session, "draft.read", "own", owner_id=mine.organisation_id)
    campaign = session.scalars(
        select(Campaign).where(Campaign.id == mine.campaign_id).options(*rendering.WHOLE)
    ).one()
    place = session.get_one(Organisation, actor.organisation_id)
    owner = session.get_one(Organisation, campaign.organisation_id)
    accounts = _accounts(session)
    work = _Work(session, connectors, campaign, place, mine, accounts, only, now)
    cards = work.cards()
    by = session.get(Person, mine.answered_by) if mine.answered_by else None
    return Path(
        key=campaign.key, title=campaign.title, owner=f"{owner.name} {owner.form}",
        owned=owner.id == place.id,
        contact=participation.stored_definition(campaign).contact.name, purpose=campaign.purpose, silence=campaign.silence,
        answer_by=campaign.answer_by,
        approve_by=datetime.fromisoformat(campaign.approve_by) if campaign.approve_by else None,
        ends_on=campaign.ends_on, closed=campaign.closed_at is not None, answer=mine.answer.value,
        answered_at=mine.answered_at, answered_by=by.name if by else None, language=place.language,
        channels=tuple(_channel(one) for one in accounts if one.base),
        shortfalls=tuple(Problem(one.code, one.values, "warning") for one in plans.shortfalls(session, mine, now=now)),
        asks=_asks(session, campaign, place), cards=cards, seen=work.seen, values=work.inserted(),
    )  # fmt: skip


def _accounts(session: Session) -> Sequence[Account]:
    usable = (
        select(Account)
        .where(Account.state != AccountState.disconnected)
        .order_by(Account.platform, Account.id)
    )
    return session.scalars(usable).all()


def _channel(account: Account) -> Channel:
    return Channel(account.id, account.platform, account.handle, account.language, account.state.value)


def _asks(session: Session, campaign: Campaign, place: Organisation) -> tuple[Ask, ...]:
    facts = session.scalars(
        select(Fact).where(Fact.campaign_id == campaign.id, Fact.message_id.is_(None), Fact.value.is_(None))
    ).all()
    given = select(FactValue).where(FactValue.fact_id.in_([one.id for one in facts]))
    own = {one.fact_id: one.value for one in session.scalars(given)}
    known = Values(session, campaign, place)
    return tuple(
        Ask(
            one.key, one.ask, one.kind, one.own_site, own.get(one.id, ""),
            (known.default(one) or "") if one.id not in own else "", one.known_on,
        )
        for one in facts
    )  # fmt: skip


class _Work:
    """What the cards of one page are made from, read once."""

    def __init__(
        self, session: Session, connectors: Mapping[str, Connector], campaign: Campaign, place: Organisation,
        mine: Participation, accounts: Sequence[Account], only: str | None, now: datetime,
    ) -> None:  # fmt: skip
        self.session, self.connectors, self.campaign, self.place = session, connectors, campaign, place
        self.mine, self.accounts, self.now = mine, accounts, now
        every = enumerate((one for one in campaign.messages if not one.retired), start=1)
        self.numbered = [(number, one) for number, one in every if only in (None, one.key)]
        self.messages = [one for _, one in self.numbered]
        self.choices = {one.message_id: one for one in mine.choices}
        self.rows = session.scalars(
            select(Delivery)
            .where(
                Delivery.participation_id == mine.id,
                Delivery.message_id.in_([one.id for one in self.messages]),
            )
            .order_by(Delivery.id)
        ).all()
        planned = [one for one in self.rows if one.state == State.planned]
        self.planned = {one.id: one for one in planned}
        self.drafts = rendering.drafts(session, campaign, place, connectors, planned)
        self.wanting = {one.delivery_id for one in approval.waiting(session, self.drafts, now=now)}
        self.closed = gates.closed_gates(session, list(self.planned), now)
        self.seen = {one.delivery_id: approval.shown(one) for one in self.drafts}
        self.labels = {one.id: f"{one.platform} · {one.handle}" for one in accounts}

    @cached_property
    def renderer(self) -> rendering.Renderer:
        """Return what renders texts that nothing is planned of."""
        return rendering.Renderer(self.session, self.campaign, self.place, self.connectors)

    def inserted(self) -> tuple[str, ...]:
        """Return every value that was put into a text, the longest first."""
        values = Values(self.session, self.campaign, self.place)
        languages = {one.language for one in self.accounts if one.language} | {self.place.language or "nn"}
        return invited_texts.inserted(values, self.messages, *languages)

    def cards(self) -> tuple[Card, ...]:
        """Return a card for each message, in order."""
        joined = self.mine.answer == Answer.joined
        return tuple(
            self._card(number, one) if joined else self._preview(number, one) for number, one in self.numbered
        )

    def _card(self, number: int, message: Message) -> Card:
        rows = [one for one in self.rows if one.message_id == message.id]
        drafts = [one for one in self.drafts if self.planned[one.delivery_id].message_id == message.id]
        choice = self.choices.get(message.id)
        dues = [one.due_at for one in rows if one.due_at is not None and one.state != State.cancelled]
        moved = [one.moved_from for one in rows if one.moved_from is not None and one.state == State.planned]
        gone = [one for one in rows if one.state not in (State.planned, State.cancelled)]
        card = Card(
            key=message.key, title=message.title, number=number, mandatory=message.mandatory,
            waits_for_start=timing.rule_of(message.send).released and not dues,
            choice=choice.choice.value if choice else Choice.joined.value, status="",
            at=min(dues, default=None), own_time=bool(choice and choice.own_time_at),
            moved_from=min(moved, default=None), texts=self._texts(drafts),
            awaits=tuple(dict.fromkeys(name for one in drafts for name in one.awaits)),
            planned=tuple(one.delivery_id for one in drafts),
            deliveries=tuple((one.id, self.labels.get(one.account_id, one.platform), one.state.value) for one in gone),
        )  # fmt: skip
        return replace(card, status=self._status(card, drafts, gone))

    def _status(self, card: Card, drafts: Sequence[Draft], gone: Sequence[Delivery]) -> str:
        if card.choice == Choice.out:
            return "out"
        if not drafts:
            return "gone" if gone else "preview"
        if any(one.blocked and not one.only_awaits for one in drafts):
            return "blocked"
        wanting = [one for one in drafts if one.delivery_id in self.wanting]
        if not wanting:
            return "worded" if any(one.only_awaits for one in drafts) else "approved"
        codes = {code for one in wanting for code in self.closed.get(one.delivery_id, ())}
        if "gate.second_person" in codes:
            return "second"
        return "late_fact" if any(one.only_awaits for one in wanting) else "ready"

    def _texts(self, drafts: Sequence[Draft]) -> tuple[Text, ...]:
        """Return the texts, each once with all the accounts on which it goes out."""
        found: dict[object, Text] = {}
        for one in drafts:
            label = self.labels.get(self.planned[one.delivery_id].account_id, one.account)
            text = replace(self._text(one), accounts=(label,))
            same = (text.parts, text.text, text.language, str(text.pictures), str(text.problems))
            known = found.get(same)
            found[same] = replace(known, accounts=(*known.accounts, *text.accounts)) if known else text
        return tuple(found.values())

    @staticmethod
    def _text(draft: Draft) -> Text:
        post = draft.post
        return Text(
            parts=draft.parts, text=post.text if post else "", language=post.language if post else "",
            pictures=post.pictures if post else (), accounts=(), problems=draft.problems,
        )  # fmt: skip

    def _preview(self, number: int, message: Message) -> Card:
        """Return what a message would look like here, though nothing is planned yet."""
        passing, nowhere = invited_texts.unplanned(self.place, message)
        account = next((one for one in self.accounts if one.platform in message.platforms), nowhere)
        drafts = [self.renderer.draft(passing, message, account)]
        rule = timing.rule_of(message.send)
        texts = tuple(replace(self._text(one), problems=()) for one in drafts)
        window = timing.span(rule, self.place.timezone)
        return Card(
            key=message.key, title=message.title, number=number, mandatory=message.mandatory,
            waits_for_start=rule.released, choice=Choice.joined.value, status="preview",
            at=window[0] if window else None, own_time=False, moved_from=None, texts=texts, awaits=(),
            planned=(), deliveries=(),
        )  # fmt: skip
