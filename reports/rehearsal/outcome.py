"""What a rehearsal came to: who got what, when, in which language; what was blocked; and what should not have been. Pure."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from campaigns.states import State
from reports.rehearsal.behaviours import Behaviour, Plan, expected


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery as it ended."""

    number: str
    name: str
    message: str
    kind: str
    platform: str
    language: str
    state: State
    reason: str | None
    due_at: datetime
    late_at: datetime
    at: datetime | None
    """When it went live."""
    text: str
    together: bool
    live: int
    """How many posts of it the platform really has."""
    approved: bool


@dataclass(frozen=True, slots=True)
class Blocked:
    """A check that keeps a message back in one municipality, with its sentence's code and values."""

    number: str
    name: str
    message: str
    account: str
    code: str
    values: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Surprise:
    """An outcome that is not the one its behaviour should give, or that nothing should ever give."""

    code: str
    values: Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole rehearsal as a frozen value; the same document, behaviours and seed give the same."""

    campaign: str
    title: Mapping[str, str]
    messages: Mapping[str, Mapping[str, str]]
    """The messages' titles by key, in their order."""
    begun_at: datetime
    ended_at: datetime
    behaviours: Mapping[str, Behaviour]
    sent: tuple[Sent, ...]
    blocked: tuple[Blocked, ...]
    surprises: tuple[Surprise, ...]

    @property
    def passed(self) -> bool:
        """Return whether no check blocks and everything ended as it should."""
        return not self.blocked and not self.surprises

    def counts(self) -> dict[str, int]:
        """Return how many deliveries ended in each state."""
        return dict(Counter(one.state.value for one in self.sent))

    def of_place(self, number: str) -> tuple[Sent, ...]:
        """Return what one municipality got, in the order of time."""
        mine = (one for one in self.sent if one.number == number)
        return tuple(sorted(mine, key=lambda one: (one.at or one.due_at, one.message, one.platform)))

    def as_json(self) -> dict[str, object]:
        """Return plain values for a script."""
        return {**asdict(self), "passed": self.passed, "counts": self.counts()}


def surprises(
    sent: Sequence[Sent],
    plans: Mapping[str, Plan],
    blocked: Iterable[Blocked],
    neighbours: Mapping[str, frozenset[str]],
) -> tuple[Surprise, ...]:
    """Return every outcome that is not what it should be."""
    stuck = {(one.number, one.message) for one in blocked}
    first_due = min((one.due_at for one in sent), default=None)
    first = {
        one.message for one in sent if first_due is not None and one.due_at - first_due < timedelta(hours=12)
    }
    found = [
        told
        for one in sent
        for told in _wrong(one, plans[one.number], one.message in first, (one.number, one.message) in stuck)
    ]
    return (*found, *_side_by_side(sent, neighbours))


def _wrong(one: Sent, plan: Plan, first: bool, stuck: bool) -> Iterable[Surprise]:
    values: dict[str, str | int] = {
        "name": one.name, "message": one.message, "platform": one.platform, "state": one.state.value,
        "behaviour": plan.behaviour.value,
    }  # fmt: skip
    if one.live > 1:
        yield Surprise("rehearsal.twice", {**values, "number": one.live})
    if one.live and not one.approved:
        yield Surprise("rehearsal.unapproved", values)
    if one.live and one.state not in {State.published, State.unsure}:
        yield Surprise("rehearsal.lies", values)
    if one.at is not None and not one.due_at <= one.at <= one.late_at:
        yield Surprise("rehearsal.out_of_time", values)
    allowed = expected(plan, one.due_at, one.late_at, first=first)
    if one.state not in allowed and not (stuck and one.state == State.missed):
        yield Surprise("rehearsal.unexpected", values)


def _side_by_side(sent: Sequence[Sent], neighbours: Mapping[str, frozenset[str]]) -> Iterable[Surprise]:
    """Yield neighbours that were to go out at the same moment although the message does not say together."""
    posts = {(one.number, one.message): one for one in sent if one.kind == "post" and not one.together}
    for (number, message), one in posts.items():
        for other in neighbours.get(number, ()):
            beside = posts.get((other, message))
            if beside is not None and number < other and beside.due_at == one.due_at:
                yield Surprise(
                    "rehearsal.side_by_side", {"name": one.name, "other": beside.name, "message": message}
                )


@dataclass(frozen=True, slots=True)
class Met:
    """A post as a resident meets it."""

    at: datetime
    sent: Sent
    minutes: int | None
    """Since the same message from somebody else she follows; `None` for the first."""


def resident(outcome: Outcome, number: str, neighbours: Mapping[str, frozenset[str]]) -> tuple[Met, ...]:
    """Return what somebody who follows her municipality and its neighbours meets on one platform, in order."""
    around = {number, *neighbours.get(number, ())}
    platform = next((one.platform for one in outcome.sent if one.number == number), "")
    seen = sorted(
        (
            one
            for one in outcome.sent
            if one.number in around and one.at is not None and one.platform == platform
        ),
        key=lambda one: (one.at or one.due_at, one.number),
    )
    before: dict[tuple[str, str], datetime] = {}
    met = []
    for one in seen:
        at = one.at or one.due_at
        last = before.get((one.message, one.kind))
        met.append(Met(at, one, None if last is None else round((at - last).total_seconds() / 60)))
        before[one.message, one.kind] = at
    return tuple(met)


def residents(
    outcome: Outcome, populations: Mapping[str, int], neighbours: Mapping[str, frozenset[str]]
) -> list[str]:
    """Return the municipalities whose residents are shown: the largest, and the one with most neighbours taking part."""
    there = sorted({one.number for one in outcome.sent})
    if not there:
        return []
    largest = max(there, key=lambda number: (populations.get(number, 0), number))
    most = max(there, key=lambda number: (len(neighbours.get(number, frozenset()) & set(there)), number))
    return list(dict.fromkeys([largest, most]))


_JSON = TypeAdapter(Outcome)


def pack(outcome: Outcome) -> bytes:
    """Return an outcome as a row keeps it: JSON, compressed; 700 posts are some 20 kB."""
    return zlib.compress(_JSON.dump_json(outcome))


def unpack(packed: bytes) -> Outcome:
    """Return the outcome that was packed."""
    return _JSON.validate_json(zlib.decompress(packed))
