"""How campaigns stand, for the county that follows them: who has come how far, what is live, what comes next.

Frozen values for pages, read with a bounded number of questions however many deliveries there are: rows are counted in
the store, never fetched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from campaigns import approval, participation
from campaigns.organisations import NotFound
from campaigns.states import State
from campaigns.store import Adaptation, Answer, Campaign, Delivery, Organisation, Participation, views
from reports.campaign_report import Truth

STAGES = ("approved", "adapting", "in", "later", "out", "withdrawn", "unanswered")
"""How far a municipality may have come, in the order in which a bar shows them."""
NEED_FOLLOWING = ("unanswered", "later", "in", "adapting", "approved", "withdrawn", "out")
"""The order of a list in which those who need to be followed up stand first."""


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign in a list."""

    campaign_id: int
    """Keys are unique to their owners alone."""
    key: str
    title: Mapping[str, str]
    purpose: str
    begins_on: date | None
    ends_on: date
    answer_by: date
    active: bool
    closed: bool
    stages: Mapping[str, int]
    truth: Truth
    due: int

    @property
    def invited(self) -> int:
        """How many municipalities were asked."""
        return sum(self.stages.values())

    @property
    def joined(self) -> int:
        """How many take part."""
        return sum(self.stages.get(one, 0) for one in ("approved", "adapting", "in"))


@dataclass(frozen=True, slots=True)
class Follower:
    """One municipality's way through a campaign, as its county may see it: no word that is not approved (threat A13)."""

    number: str
    name: str
    population: int | None
    language: str | None
    stage: str
    answered_at: datetime | None
    truth: Truth
    approved: int
    """Of its deliveries that have not gone, how many are approved."""
    own_words: int
    """Paragraphs it worded itself."""


@dataclass(frozen=True, slots=True)
class Following:
    """One campaign with everybody who was invited."""

    asks_for_answers: bool
    """Who has not answered can be reminded."""
    line: Line
    silence: str
    approve_by: datetime | None
    """Wall time where the municipality is."""
    languages: tuple[str, ...]
    messages: int
    first_at: datetime | None
    approved: int
    unapproved: int
    followers: tuple[Follower, ...]
    takes_part: bool
    """The owner is one of the invited (D15)."""
    public_page: bool
    """It has an open page and feeds."""


@dataclass(slots=True)
class _Tally:
    """Deliveries of one municipality in one campaign, counted by the store."""

    states: Counter[State]
    stated: int = 0
    due: int = 0
    approved: int = 0
    first_at: datetime | None = None

    @property
    def truth(self) -> Truth:
        """Return where they are."""
        one = self.states
        return Truth(
            live=one[State.published], stated=self.stated, waiting=one[State.planned],
            under_way=one[State.queued] + one[State.publishing], unsure=one[State.unsure],
            failed=one[State.failed], missed=one[State.missed], cancelled=one[State.cancelled],
            removed=one[State.removed],
        )  # fmt: skip


def lines(session: Session, *, now: datetime) -> tuple[Line, ...]:
    """Return the campaigns that the actor's organisation owns, running ones first; four questions to the store."""
    own = session.info["actor"].organisation_id
    campaigns = [one for one in views.visible_campaigns(session) if one.organisation_id == own]
    answers: dict[int, list[Participation]] = {}
    for one in views.answers(session):
        answers.setdefault(one.campaign_id, []).append(one)
    worded = views.worded(session)
    tallies = _tallies(session, now)
    found = [
        _line(one, answers.get(one.id, []), worded, tallies.get(one.id, {}))
        for one in sorted(
            campaigns, key=lambda one: (one.closed_at is not None, one.active_at is None, -one.id)
        )
    ]
    return tuple(found)


def own_lines(session: Session, *, now: datetime) -> tuple[Line, ...]:
    """Return the campaigns that the actor's organisation was invited to, with its own part in each; three questions."""
    mine = {one.campaign_id: one for one in session.scalars(select(Participation))}
    campaigns = [one for one in views.visible_campaigns(session) if one.id in mine]
    worded = set(session.scalars(select(Adaptation.participation_id).distinct()))
    tallies = _tallies(session, now, own=True)
    return tuple(
        _line(one, [mine[one.id]], worded, tallies.get(one.id, {}))
        for one in sorted(campaigns, key=lambda one: (one.closed_at is not None, -one.id))
    )


def following(session: Session, key: str, *, now: datetime) -> Following:
    """Return one campaign of the actor's organisation with everybody who was invited.

    Raises: NotFound for a campaign that it does not own.
    """
    campaign = _own(session, key)
    pairs = views.participations(session, campaign)
    words = views.own_words(session, campaign)
    worded = {mine.id for mine, place in pairs if words.get(place.id)}
    tallies = _tallies(session, now, campaign).get(campaign.id, {})
    followers = [
        _follower(mine, place, tallies.get(place.id, _Tally(Counter())), words.get(place.id, 0))
        for mine, place in pairs
    ]
    followers.sort(key=lambda one: (NEED_FOLLOWING.index(one.stage), one.name))
    approved = sum(one.approved for one in tallies.values())
    waiting = sum(one.states[State.planned] for one in tallies.values())
    return Following(
        asks_for_answers=participation.asks_for_answers(campaign, now=now),
        line=_line(campaign, [mine for mine, _ in pairs], worded, tallies),
        silence=campaign.silence,
        approve_by=datetime.fromisoformat(campaign.approve_by) if campaign.approve_by else None,
        languages=tuple(campaign.languages),
        messages=sum(not one.retired for one in campaign.messages),
        first_at=min((one.first_at for one in tallies.values() if one.first_at), default=None),
        approved=min(approved, waiting),
        unapproved=max(0, waiting - approved),
        followers=tuple(followers),
        takes_part=any(place.id == campaign.organisation_id for _, place in pairs),
        public_page=campaign.public_page,
    )


def _own(session: Session, key: str) -> Campaign:
    own = session.info["actor"].organisation_id
    found = session.scalar(select(Campaign).where(Campaign.organisation_id == own, Campaign.key == key))
    if found is None:
        raise NotFound("campaign.unknown", key=key)
    return found


def stage(answer: Answer, truth: Truth, approved: int, *, worded: bool) -> str:
    """Return how far a municipality has come: derived from its answer and its deliveries, never stored."""
    if answer == Answer.out:
        return "withdrawn" if truth.cancelled or truth.live else "out"
    if answer != Answer.joined:
        return str(answer.value)
    if truth.all and approved >= truth.waiting:
        return "approved"
    return "adapting" if worded or approved or truth.live else "in"


def _line(
    campaign: Campaign, answers: Sequence[Participation], worded: set[int], tallies: Mapping[int, _Tally]
) -> Line:
    stages: Counter[str] = Counter()
    for one in answers:
        mine = tallies.get(one.organisation_id, _Tally(Counter()))
        stages[stage(one.answer, mine.truth, mine.approved, worded=one.id in worded)] += 1
    whole = _Tally(Counter())
    for each in tallies.values():
        whole.states.update(each.states)
        whole.stated += each.stated
        whole.due += each.due
    return Line(
        campaign_id=campaign.id,
        key=campaign.key,
        title=campaign.title,
        purpose=campaign.purpose,
        begins_on=campaign.anchor,
        ends_on=campaign.ends_on,
        answer_by=campaign.answer_by,
        active=campaign.active_at is not None,
        closed=campaign.closed_at is not None,
        stages={one: stages[one] for one in STAGES if stages[one]},
        truth=whole.truth,
        due=whole.due,
    )


def _follower(mine: Participation, place: Organisation, tally: _Tally, own_words: int) -> Follower:
    return Follower(
        number=place.number,
        name=place.name,
        population=place.population,
        language=place.language,
        stage=stage(mine.answer, tally.truth, tally.approved, worded=own_words > 0),
        answered_at=mine.answered_at,
        truth=tally.truth,
        approved=tally.approved,
        own_words=own_words,
    )


def _tallies(
    session: Session, now: datetime, campaign: Campaign | None = None, *, own: bool = False
) -> dict[int, dict[int, _Tally]]:
    """Return counted deliveries by campaign and organisation; one question, whose rows are municipalities and states."""
    query = _counted(now) if campaign is None else _counted(now).where(Delivery.campaign_id == campaign.id)
    found: dict[int, dict[int, _Tally]] = {}
    for campaign_id, place_id, state, count, stated, due, approved, first in session.execute(
        query if own else views.owned(session, query)
    ):
        tally = found.setdefault(campaign_id, {}).setdefault(place_id, _Tally(Counter()))
        tally.states[state] += count
        tally.stated += stated
        tally.due += due
        tally.approved += approved
        if first is not None and state != State.cancelled:
            tally.first_at = min(tally.first_at or first, first)
    return found


def _counted(now: datetime) -> Select[int, int, State, int, int, int, int, datetime | None]:
    waits = Delivery.state == State.planned
    is_approved = waits & ~approval.lacking(now)
    gone_by = (Delivery.due_at <= now) & (Delivery.state != State.cancelled)

    def number(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((condition, 1), else_=0))

    return select(
        Delivery.campaign_id, Delivery.organisation_id, Delivery.state, func.count(),
        number(Delivery.stated & (Delivery.state == State.published)), number(gone_by), number(is_approved),
        func.min(Delivery.due_at),
    ).group_by(Delivery.campaign_id, Delivery.organisation_id, Delivery.state)  # fmt: skip
