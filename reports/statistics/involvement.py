"""Involvement in its parts, each line a figure with its base: questions, answers, inputs, who took part, what came of it.

There is never one index of it, and neither baselines nor words are used (statistics specification, section 7). What
nobody said is unknown and not 0. Contributors are those that a municipality reports itself, and are never counted from
identities.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from reports.statistics.suppression import HIDDEN, Shown, hide_count, may_show_share

NoMedian = Literal["no_questions", "more_than_half_wait"]
Outcome = Literal["published", "not_yet", "missed"]

LEAST_BASE = 5
"""Questions without which a share of answered ones has no interval."""
Z = 1.644854
"""Standard deviations on either side in 90 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `base`, with a 90 % interval from 0 to 1 where the base is large enough."""

    count: int
    base: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Ages:
    """Of those who gave their age, how many are under 30 and how many are not; and how many gave none."""

    under_30: Shown
    from_30: Shown
    not_given: Shown


def share_answered(answered: int, questions: int) -> Share:
    """Return the share of answered questions with its Wilson interval.

    Raises: ValueError when more are answered than asked, or a count is negative.
    """
    if not 0 <= answered <= questions:
        raise ValueError("a share is of a base that holds it")
    if questions < LEAST_BASE:
        return Share(answered, questions, None, None)
    p, n = answered / questions, questions
    scale = 1 + Z**2 / n
    centre = (p + Z**2 / (2 * n)) / scale
    half = Z / scale * math.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    low = 0.0 if answered == 0 else centre - half
    high = 1.0 if answered == questions else centre + half
    return Share(answered, questions, low, high)


def find_median(answered: Sequence[float], waiting: Sequence[float]) -> float | NoMedian:
    """Return the time within which half of the questions are answered (Kaplan and Meier), or why there is none.

    `answered` are times from question to answer, `waiting` those that unanswered questions have waited until now, all
    in the same hours: of the clock, or those that somebody is there.

    Raises: ValueError when a time is negative.
    """
    if any(time < 0 for time in (*answered, *waiting)):
        raise ValueError("no answer comes before its question")
    if not answered and not waiting:
        return "no_questions"
    unanswered = Fraction(1)  # exact, since a half has to be found
    for time in sorted(set(answered)):
        # Who has waited exactly as long was still waiting when this answer came.
        before = sum(one >= time for one in answered) + sum(one >= time for one in waiting)
        unanswered *= 1 - Fraction(sum(one == time for one in answered), before)
        if unanswered <= Fraction(1, 2):
            return time
    return "more_than_half_wait"


def tell_outcome(published_on: date | None, promised_on: date | None, today: date) -> Outcome:
    """Return whether the municipality told what came of it: published, not yet, or missed after the promised day."""
    if published_on is not None and published_on <= today:
        return "published"
    return "missed" if promised_on is not None and promised_on < today else "not_yet"


def show_ages(under_30: int, given: int, not_given: int, *, sum_is_shown: bool) -> Ages:
    """Return what a shared view shows of ages: `under_30` of `given`, and the bar of those who gave none.

    `sum_is_shown` tells whether the number of all contributors stands elsewhere; then one hidden bar hides all three,
    since it could be subtracted.

    Raises: ValueError when more are under 30 than gave their age, or a count is negative.
    """
    hide_share = not may_show_share(under_30, given, whole_is_public=False)
    hide_rest = hide_count(not_given)
    if sum_is_shown:
        hide_share = hide_rest = hide_share or hide_rest
    share = (HIDDEN, HIDDEN) if hide_share else (Shown("shown", under_30), Shown("shown", given - under_30))
    return Ages(*share, HIDDEN if hide_rest else Shown("shown", not_given))


def share_answers(answers: Mapping[str, int]) -> dict[str, float | None]:
    """Return each answer's share of all who answered; "do not know" is an answer like the others.

    Shares are 0 to 1, and `None` where nobody answered.

    Raises: ValueError when a count is negative.
    """
    if any(count < 0 for count in answers.values()):
        raise ValueError("a count is not negative")
    base = sum(answers.values())
    return {answer: count / base if base else None for answer, count in answers.items()}
