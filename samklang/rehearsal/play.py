"""The play: everybody acts at their time, the clock jumps from one thing that happens to the next, and all is written down."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from time import monotonic

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from campaigns import adaptation, approval, documents, participation, plans, register, rescheduling, timing
from campaigns.definition.model import Definition, Texts
from campaigns.media import Rendition
from campaigns.rehearsals import Progress
from campaigns.snapshots import ApprovedSnapshot
from campaigns.states import State
from campaigns.store import (
    Announcement,
    Answer,
    Approval,
    ApprovalKind,
    Campaign,
    Delivery,
    Fact,
    Message,
    Organisation,
    ParagraphKind,
    Participation,
    Pause,
    Snapshot,
)
from reports.rehearsal.behaviours import Behaviour, Plan
from reports.rehearsal.outcome import Blocked, Outcome, Sent, surprises
from samklang.rehearsal.stage import Stage

ZONE = timing.ZONES[0]
OUTAGE = timedelta(hours=2)
UNENDED = (State.planned, State.queued, State.publishing, State.unsure)
MOST_STEPS = 20_000
"""A guard against a circle; 43 municipalities with six messages take about 600."""

TOLD_EVERY = 0.5
"""Seconds between two words on how far it has come."""

Act = Callable[[], None]


@dataclass
class Play:
    """One campaign on one stage."""

    stage: Stage
    definition: Definition
    pictures: Mapping[str, Rendition]
    places: Sequence[Organisation]
    behaviours: Mapping[str, Behaviour]
    acts: list[tuple[datetime, int, Act]] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)
    blocked: dict[tuple[str, str, str, str], Blocked] = field(default_factory=dict)
    faults: list[dict[str, object]] = field(default_factory=list)
    told: Callable[[Progress], None] = lambda _: None
    """Hears how far the play has come."""

    def run(self) -> Outcome:
        """Play the campaign to its end and return what it came to."""
        begun = self.stage.now
        self._open()
        first, second = self._first_two()
        for turn, place in enumerate(self.places):
            self._cast(place, self.behaviours[place.number], begun, turn, first, second)
        self._start_what_waits(first[0])
        steps, acts, progress = 0, len(self.acts), Progress(0)
        told_at = monotonic()
        while (moment := self._next()) is not None and steps < MOST_STEPS:
            self.stage.move_to(moment)
            while self.acts and self.acts[0][0] <= self.stage.now:
                heapq.heappop(self.acts)[2]()
            self.stage.tick()
            steps += 1
            if monotonic() - told_at >= TOLD_EVERY:
                progress, told_at = self._progress(progress, acts), monotonic()
                self.told(progress)
        sent = tuple(self._sent())
        found = surprises(sent, self.plans, self.blocked.values(), register.neighbours())
        return Outcome(
            self.definition.campaign, _texts(self.definition.title),
            {one.key: _texts(one.title) for one in self.definition.messages}, begun, self.stage.now,
            self.behaviours, sent, tuple(self.blocked.values()), found,
        )  # fmt: skip

    # -- what people do

    def _open(self) -> None:
        """Load the campaign and invite, as its owner."""
        with self.stage.store.scope(self.stage.county(self.definition.owner)) as session:
            documents.load(session, self.stage.desk.media, self.definition, self.pictures, now=self.stage.now)
            campaign = participation.owned_campaign(session, self.definition.campaign)
            participation.invite(session, campaign, now=self.stage.now)

    def _first_two(self) -> tuple[tuple[datetime, datetime], datetime]:
        """Return the first message's earliest and latest moment, and the second's earliest, by the document's own times."""
        spans = sorted(
            window
            for message in self.definition.messages
            if (window := timing.span(documents.rule_of(message.send, self.definition.anchor), ZONE))
        )
        if not spans:
            day = self.definition.anchor or self.definition.answer.by + timedelta(days=1)
            start = timing.next_awake(timing.instant(day, time(12), ZONE), ZONE)
            return (start, start), start
        return spans[0], spans[min(1, len(spans) - 1)][0]

    def _cast(
        self, place: Organisation, behaviour: Behaviour, begun: datetime, turn: int,
        first: tuple[datetime, datetime], second: datetime,
    ) -> None:  # fmt: skip
        """Give a municipality its acts, and what befalls it."""
        joins = begun + timedelta(minutes=5 + turn)
        leaves = broken = None
        if behaviour == Behaviour.silent:
            self.plans[place.number] = Plan(behaviour, None)
            return
        if behaviour == Behaviour.late:
            joins = first[1] + self.definition.late_after + timedelta(minutes=1 + turn)
        self._at(joins, lambda: self._join(place, adapts=behaviour == Behaviour.adapts))
        for known in self._late_days(begun):
            self._at(max(known, joins + timedelta(minutes=1)), lambda: self._finish(place))
        if behaviour == Behaviour.withdraws:
            leaves = second - timedelta(hours=1)
            self._at(leaves, lambda: self._leave(place))
        elif behaviour == Behaviour.account_broken:
            broken = first[0] - timedelta(minutes=1)
            self._at(broken, lambda: self._revoke(place))
        elif behaviour == Behaviour.platform_down:
            self._at(first[0] - timedelta(minutes=1), lambda: self._fail(place, "status", None))
            self._at(first[0] + OUTAGE, self._recover)
        elif behaviour == Behaviour.answer_lost:
            self._at(first[0] - timedelta(minutes=1), lambda: self._fail(place, "drop_after", 1))
        self.plans[place.number] = Plan(behaviour, joins, leaves, broken)

    def _at(self, moment: datetime, act: Act) -> None:
        heapq.heappush(self.acts, (moment, len(self.acts), act))

    def _late_days(self, begun: datetime) -> list[datetime]:
        """Return the moments, ten in the morning, at which facts that come late are there."""
        facts = [*self.definition.facts.values()]
        facts += [
            fact
            for message in self.definition.messages
            for name in message.facts
            if (fact := self.definition.fact(name, message))
        ]
        days = {one.known.on(self.definition.anchor) for one in facts if one.known and one.value is None}
        moments = (timing.instant(day, time(10), ZONE) for day in sorted(days))
        return [moment for moment in moments if moment > begun]

    def _join(self, place: Organisation, *, adapts: bool) -> None:
        now = self.stage.now
        with self.stage.store.scope(self.stage.adviser(place.number)) as session:
            mine = participation.participation_in(session, self.definition.campaign)
            participation.answer(session, mine, Answer.joined, now=now)
            participation.fill_facts(session, mine, self._values(mine, place, now.date()), now=now)
            plans.plan_participation(session, mine, now=now)
            if adapts:
                self._reword(session, mine, place)
        self._approve(place)

    def _finish(self, place: Organisation) -> None:
        """Fill in what is known by now, and approve the finished texts."""
        now = self.stage.now
        with self.stage.store.scope(self.stage.adviser(place.number)) as session:
            mine = participation.participation_in(session, self.definition.campaign)
            if mine.answer != Answer.joined:
                return
            participation.fill_facts(session, mine, self._values(mine, place, now.date()), now=now)
            approval.review(session, self.stage.desk.connectors, mine, now=now)
        self._approve(place)

    def _approve(self, place: Organisation) -> None:
        now = self.stage.now
        with self.stage.store.scope(self.stage.adviser(place.number)) as session:
            mine = participation.participation_in(session, self.definition.campaign)
            outcome = approval.approve(session, self.stage.desk.connectors, mine, now=now)
        for draft in outcome.blocked:
            for problem in draft.problems:
                if problem.severity == "blocking":
                    key = (place.number, draft.message_key, draft.account, problem.code)
                    self.blocked[key] = Blocked(
                        place.number,
                        place.name,
                        draft.message_key,
                        draft.account,
                        problem.code,
                        dict(problem.values),
                    )
        for draft in outcome.approved:  # what was put right since does not stand in the way any more
            for key in [one for one in self.blocked if one[:2] == (place.number, draft.message_key)]:
                del self.blocked[key]

    def _reword(self, session: Session, mine: Participation, place: Organisation) -> None:
        campaign = session.get_one(Campaign, mine.campaign_id)
        for message in campaign.messages:
            for one in message.paragraphs:
                if (
                    one.kind == ParagraphKind.free
                    and one.form == "full"
                    and one.arm == "a"
                    and not one.retired
                ):
                    for wording in one.wordings:
                        adaptation.adapt(
                            session, mine, message, language=wording.language, number=one.position + 1,
                            text=f"{place.name}: {wording.text}", now=self.stage.now,
                        )  # fmt: skip
                    break

    def _leave(self, place: Organisation) -> None:
        with self.stage.store.scope(self.stage.adviser(place.number)) as session:
            mine = participation.participation_in(session, self.definition.campaign)
            participation.answer(session, mine, Answer.out, now=self.stage.now)

    def _start_what_waits(self, at: datetime) -> None:
        """Let everybody who takes part start what waits to be released, at noon of the first message's day."""
        waiting = [one.key for one in self.definition.messages if one.send.released]
        noon = timing.instant(timing.local(at, ZONE).date(), time(12), ZONE)
        for place in self.places if waiting else ():
            self._at(noon, lambda place=place: self._start(place, waiting))  # type: ignore[misc]  # a default binds the place

    def _start(self, place: Organisation, keys: Sequence[str]) -> None:
        with self.stage.store.scope(self.stage.adviser(place.number)) as session:
            mine = participation.participation_in(session, self.definition.campaign)
            if mine.answer == Answer.joined:
                for key in keys:
                    message = participation.message_in(session, mine, key)
                    rescheduling.start(session, mine, message, now=self.stage.now)

    def _values(self, mine: Participation, place: Organisation, today: date) -> dict[str, str]:
        """Return made-up values for the facts that a municipality gives, as far as they can be known today."""
        with self.stage.store.system(write=False) as session:
            facts = session.scalars(
                select(Fact).where(Fact.campaign_id == mine.campaign_id, Fact.message_id.is_(None))
            ).all()
        return {
            one.key: _made_up(one, place, self.definition)
            for one in facts
            if one.value is None and (one.known_on is None or one.known_on <= today)
        }

    # -- what befalls accounts

    def _revoke(self, place: Organisation) -> None:
        for platform in self.stage.bases:
            self.stage.tell(platform, "POST", f"/_sandbox/revoke/{self.stage.handle(place.number)}", {})

    def _fail(self, place: Organisation, what: str, times: int | None) -> None:
        match = {"handle": self.stage.handle(place.number)} | ({"method": "POST"} if times else {})
        self.faults.append({"match": match, "times": times, "do": what})
        self._set_faults()

    def _recover(self) -> None:
        self.faults = [one for one in self.faults if one["do"] != "status"]
        self._set_faults()

    def _set_faults(self) -> None:
        for platform in self.stage.bases:
            self.stage.tell(platform, "PUT", "/_sandbox/faults", self.faults)

    # -- time

    def _next(self) -> datetime | None:
        """Return the next moment at which anything happens: an act, a time to send, to look, to give up, to approve."""
        with self.stage.store.system(write=False) as session:
            now = self.stage.now
            waiting = Delivery.state == State.planned
            moments = [
                session.scalar(
                    select(func.min(Delivery.next_try_at)).where(waiting, Delivery.next_try_at > now)
                ),
                session.scalar(select(func.min(Delivery.late_at)).where(waiting, Delivery.late_at > now)),
                session.scalar(select(func.min(Pause.until)).where(Pause.until > now)),
                session.scalar(
                    select(func.min(Announcement.effective_at)).where(
                        Announcement.settled_at.is_(None), Announcement.effective_at > now
                    )
                ),
                session.scalar(
                    select(func.min(Delivery.next_look_at)).where(
                        Delivery.state == State.unsure,
                        Delivery.needs_person.is_(False),
                        Delivery.next_look_at > now,
                    )
                ),
            ]
            stuck = session.scalar(
                select(Delivery.id)
                .where(or_(Delivery.state == State.queued, Delivery.state == State.publishing))
                .limit(1)
            )
        if stuck is not None:
            moments.append(now + timedelta(seconds=10))
        if self.acts:
            moments.append(max(self.acts[0][0], now))
        known = [one for one in moments if one is not None]
        return min(known) if known else None

    def _progress(self, before: Progress, acts: int) -> Progress:
        """Return how far it has come: half of it by the acts, half by the posts that came to an end, never less."""
        with self.stage.store.system(write=False) as session:
            counted = session.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
            states = {row[0]: row[1] for row in counted}
        planned = sum(states.values())
        ended = planned - sum(states.get(one, 0) for one in UNENDED)
        share = 50 * (acts - len(self.acts)) // max(acts, 1) + 50 * ended // max(planned, 1)
        return Progress(
            max(before.share, min(share, 99)), self.stage.now, states.get(State.published, 0), planned
        )

    # -- what it came to

    def _sent(self) -> Iterator[Sent]:
        live = self._live()
        names = {one.id: one for one in self.places}
        with self.stage.store.system(write=False) as session:
            approved = set(
                session.scalars(select(Approval.snapshot_hash).where(Approval.kind == ApprovalKind.final))
            )
            rows = session.execute(
                select(Delivery, Message, Snapshot.body)
                .join(Message, Message.id == Delivery.message_id)
                .outerjoin(Snapshot, Snapshot.hash == Delivery.snapshot_hash)
                .order_by(Message.position, Delivery.organisation_id, Delivery.platform, Delivery.id)
            ).all()
        for delivery, message, body in rows:
            if delivery.due_at is None or delivery.late_at is None or delivery.organisation_id not in names:
                continue
            post = ApprovedSnapshot(body, delivery.snapshot_hash or "").post if body else None
            place = names[delivery.organisation_id]
            yield Sent(
                number=place.number, name=place.name, message=message.key, kind=delivery.kind,
                platform=delivery.platform, language=post.language if post else "", state=delivery.state,
                reason=delivery.reason, due_at=delivery.due_at, late_at=delivery.late_at,
                at=delivery.published_at, text=post.text if post else "",
                together=timing.rule_of(message.send).together,
                live=live.get((delivery.platform, self.stage.handle(place.number), post.text if post else ""), 0),
                approved=delivery.snapshot_hash in approved,
            )  # fmt: skip

    def _live(self) -> dict[tuple[str, str, str], int]:
        """Return how many live posts each account has of each text: the platforms' own truth."""
        found: dict[tuple[str, str, str], int] = {}
        for platform in self.stage.bases:
            for post in self.stage.live(platform):
                key = (platform, str(post["handle"]).partition(".")[0], str(post["text"]))
                found[key] = found.get(key, 0) + 1
        return found


def begin_at(definition: Definition) -> datetime:
    """Return when a rehearsal begins: nine in the morning, ten days before answers are due, before the first message."""
    return timing.instant(definition.answer.by - timedelta(days=10), time(9), ZONE)


def _texts(texts: Texts) -> dict[str, str]:
    return {str(language): text for language, text in texts.items()}


def _made_up(fact: Fact, place: Organisation, definition: Definition) -> str:
    hosts = place.profile.get("own_hosts") or ["example.no"]
    anchor = definition.anchor or definition.answer.by
    values = {
        "url": f"https://www.{str(hosts[0]).removeprefix('www.')}/{definition.campaign}",
        "date": (anchor + timedelta(days=7)).isoformat(),
        "time": "12:00",
        "number": str(10 + (place.population or 0) % 90),
        "phone": str(place.profile.get("phone") or "55 00 00 00"),
        "place": "biblioteket",
        "text": "frivillige og naboar",
    }
    return values[fact.kind]
