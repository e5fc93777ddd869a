"""How municipalities behave in a rehearsal, and what each behaviour should come to. Pure."""

from __future__ import annotations

import enum
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.states import State


class Behaviour(enum.StrEnum):
    """What a municipality does with its invitation, or what befalls it."""

    joins_at_once = "joins_at_once"
    """Joins, fills in its facts and approves on the first day; late facts on theirs."""
    silent = "silent"
    """Never answers."""
    late = "late"
    """Answers and approves only when the first message is too late."""
    adapts = "adapts"
    """Puts words of its own in the place of the first free paragraph of each message."""
    withdraws = "withdraws"
    """Stands out after all, an hour before the second message, or the only one."""
    account_broken = "account_broken"
    """Its logins are revoked a minute before the first message, and nobody connects them again."""
    platform_down = "platform_down"
    """Every call of its accounts fails for two hours around the first message."""
    answer_lost = "answer_lost"
    """The platform takes its first post and the answer is lost."""


SHARES: Mapping[Behaviour, int] = {
    Behaviour.joins_at_once: 50,
    Behaviour.adapts: 20,
    Behaviour.silent: 8,
    Behaviour.late: 6,
    Behaviour.withdraws: 4,
    Behaviour.account_broken: 4,
    Behaviour.platform_down: 4,
    Behaviour.answer_lost: 4,
}
"""Of a hundred municipalities, so many behave like this when they are drawn from a seed."""


@dataclass(frozen=True, slots=True)
class Plan:
    """When a municipality acts, and which of its messages that reaches."""

    behaviour: Behaviour
    approves_at: datetime | None
    """`None` for one that never does."""
    leaves_at: datetime | None = None
    broken_at: datetime | None = None


def draw(numbers: Sequence[str], seed: int, given: Mapping[str, Behaviour]) -> dict[str, Behaviour]:
    """Return a behaviour for each municipality: what is given, the rest drawn by shares; the same for the same seed."""
    chance = random.Random(seed)  # a rehearsal is to be repeated, not to be secret
    drawn = {
        number: chance.choices(list(SHARES), weights=list(SHARES.values()))[0] for number in sorted(numbers)
    }
    return {**drawn, **{number: behaviour for number, behaviour in given.items() if number in drawn}}


def expected(plan: Plan, due_at: datetime, late_at: datetime, *, first: bool) -> frozenset[State | None]:
    """Return the states in which a delivery of a message that nothing blocks may end; `None` is never planned at all.

    `first` is the campaign's first message, around which platforms fail.
    """
    if plan.approves_at is None:
        return frozenset({None, State.missed})
    if plan.leaves_at is not None and plan.leaves_at < due_at:
        return frozenset({None, State.cancelled})
    if plan.approves_at >= late_at:
        return frozenset({None, State.missed})
    if plan.broken_at is not None and plan.broken_at < due_at:
        return frozenset({State.missed})
    if plan.behaviour == Behaviour.platform_down and first:
        return frozenset({State.published, State.missed})
    return frozenset({State.published})
