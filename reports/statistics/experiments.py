"""What came of wording A against wording B: the effect over pairs, two intervals, and the word for it.

Municipalities were paired and drawn beforehand (`campaigns.experiments`), and are counted as assigned: a changed text
still counts as its wording, and a removed post with its last count. The rules are those of the statistics
specification, section 6. There is one analysis, of what was fixed before the draw; other metrics, messages and
platforms get numbers without a word. Municipalities that follow each other blur the difference, which can be larger
than seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reports.statistics.paired import Estimate, Interval, estimate

Scale = Literal["ratio", "share"]
Word = Literal["a_over_b", "b_over_a", "alike", "too_little"]
Reason = Literal["few_pairs", "uneven_drop_out", "definition_changed", "unclear", "not_planned"]
State = Literal["ready", "waiting", "refused"]

PAIRS_FOR_WORD = 8
ALIKE = 1.15
"""A ratio up to this, and a difference of shares up to 15 % of the share over all, is about alike."""
UNEVEN = 1.645
"""Standard errors by which drop-out of the two wordings may differ."""


@dataclass(frozen=True, slots=True)
class Post:
    """One live counting post of a municipality, at the age of the analysis; `None` is unknown."""

    message: str
    platform: str
    count: int | None
    reach: int | None = None
    """Persons, for metrics per person reached."""
    version: int = 1
    """Version of what the platform counts under this word."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A municipality with the posts of the wording it was assigned."""

    inhabitants: int
    posts: tuple[Post, ...]
    followers: Mapping[str, int] = field(default_factory=dict)
    """Per platform, over the accounts used, where they are known."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two municipalities, one with either wording."""

    a: Arm
    b: Arm


@dataclass(frozen=True, slots=True)
class Result:
    """What an analysis found: A against B as a ratio, or as a difference of shares (0.01 is one point)."""

    scale: Scale
    pairs: int
    """That could be compared."""
    effect: float | None
    interval: Interval | None
    check: Interval | None
    word: Word | None
    reason: Reason | None
    """Why there is too little data, or why there is no word at all."""
    fell_out: int
    """Pairs that could not be compared."""
    without_a: int
    """Of these, pairs in which nothing is known of the one with wording A."""
    without_b: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one counting post has come."""

    number: str
    """The municipality's."""
    age: float | None
    """Hours since it was published; `None`: not yet."""
    frozen: bool = False
    """No more samples are taken: it was removed, or its sampling is over."""


def find_difference(pair: Pair) -> float | None:
    """Return ln of A's level over B's: the mean over their common platforms, or `None` when there is none.

    Per platform, over the messages that both have known; against followers there if both are known, else inhabitants.
    """
    mine, theirs = _known_counts(pair.a), _known_counts(pair.b)
    common = mine.keys() & theirs.keys()
    differences = []
    for platform in sorted({platform for platform, _ in common}):
        slots = [slot for slot in common if slot[0] == platform]
        a, b = _denominators(pair, platform)
        count_a, count_b = sum(mine[slot] for slot in slots), sum(theirs[slot] for slot in slots)
        differences.append(_log(count_a) - math.log(a) - (_log(count_b) - math.log(b)))
    return math.fsum(differences) / len(differences) if differences else None


def find_share_difference(pair: Pair) -> float | None:
    """Return A's share of those reached minus B's, over the messages both have known, or `None` without any.

    For metrics with at most one per person: a reach that is 0 or below the count is unknown.

    Raises: ValueError when there are posts of more than one platform, whose persons cannot be added.
    """
    mine, theirs = _known_shares(pair.a), _known_shares(pair.b)
    if len({platform for platform, _ in mine.keys() | theirs.keys()}) > 1:
        raise ValueError("shares of those reached are compared on one platform")
    common = mine.keys() & theirs.keys()
    if not common:
        return None
    return _share([mine[slot] for slot in common]) - _share([theirs[slot] for slot in common])


def choose(found: Estimate, alike: float) -> tuple[Word, Reason | None]:
    """Return the word for an estimate, the first whose rule holds; both intervals must agree.

    `alike` is the difference, on the estimate's scale, up to which A and B are about alike.
    """
    if found.pairs < PAIRS_FOR_WORD or found.interval is None or found.check is None:
        return "too_little", "few_pairs"
    both = (found.interval, found.check)
    if all(one.low > 0 for one in both):
        return "a_over_b", None
    if all(one.high < 0 for one in both):
        return "b_over_a", None
    if all(one.within(alike) for one in both):
        return "alike", None
    return "too_little", "unclear"


def analyse(pairs: Sequence[Pair], seed: str, *, scale: Scale = "ratio", planned: bool = True) -> Result:
    """Return what the pairs, in the order of the draw, say of A against B.

    `planned` is whether this is what was fixed before the draw; only that gets a word.
    """
    find = find_difference if scale == "ratio" else find_share_difference
    compared = [(pair, difference) for pair in pairs if (difference := find(pair)) is not None]
    found = estimate([difference for _, difference in compared], seed)
    alike = (
        math.log(ALIKE) if scale == "ratio" else (ALIKE - 1) * _share_over_all([one for one, _ in compared])
    )
    known = _known_counts if scale == "ratio" else _known_shares
    without_a = sum(not known(pair.a) for pair in pairs)
    without_b = sum(not known(pair.b) for pair in pairs)
    no_word = _why_none([pair for pair, _ in compared], without_a, without_b, planned)
    word, reason = choose(found, alike) if no_word is None else (None, no_word)
    shown = math.exp if scale == "ratio" else float
    return Result(
        scale=scale,
        pairs=found.pairs,
        effect=None if found.mean is None else shown(found.mean),
        interval=found.interval and Interval(shown(found.interval.low), shown(found.interval.high)),
        check=found.check and Interval(shown(found.check.low), shown(found.check.high)),
        word=word,
        reason=reason,
        fell_out=len(pairs) - len(compared),
        without_a=without_a,
        without_b=without_b,
    )


def when_to_analyse(
    posts: Sequence[Progress], pairs: Sequence[tuple[str, str]], age: float, *, stopped: bool = False
) -> State:
    """Tell whether the one analysis may be made; before it is, nobody sees figures by wording.

    `posts` are the counting ones that are out or still to come, `pairs` the municipalities' numbers, `age` in hours.
    After an emergency stop of the campaign, what never came out is not waited for, but 8 whole pairs must be left.
    """
    out = [post for post in posts if post.age is not None]
    still_to_come = len(out) < len(posts) and not stopped
    young = any(post.age is not None and post.age < age and not post.frozen for post in posts)
    if still_to_come or young:
        return "waiting"
    numbers = {post.number for post in out}
    whole = sum(first in numbers and second in numbers for first, second in pairs)
    return "refused" if stopped and whole < PAIRS_FOR_WORD else "ready"


def is_uneven(without_a: int, without_b: int) -> bool:
    """Tell whether so many more fell out on one side that the wording itself may be why."""
    return abs(without_a - without_b) > UNEVEN * math.sqrt(without_a + without_b)


def _why_none(compared: Iterable[Pair], without_a: int, without_b: int, planned: bool) -> Reason | None:
    """Return why no word may be said, whatever the numbers, or `None`."""
    if not planned:
        return "not_planned"
    if is_uneven(without_a, without_b):
        return "uneven_drop_out"
    posts = [post for pair in compared for arm in (pair.a, pair.b) for post in arm.posts]
    versions = {(post.platform, post.version) for post in posts if post.count is not None}
    return "definition_changed" if len(versions) > len({platform for platform, _ in versions}) else None


# -- counts


Slot = tuple[str, str]
"""Platform and message."""


def _known_counts(arm: Arm) -> dict[Slot, int]:
    """Return the counts of each slot; of several accounts in one, all must be known."""
    sums: dict[Slot, int] = {}
    unknown = {(post.platform, post.message) for post in arm.posts if post.count is None}
    for post in arm.posts:
        slot = (post.platform, post.message)
        if post.count is not None and slot not in unknown:
            sums[slot] = sums.get(slot, 0) + post.count
    return sums


def _known_shares(arm: Arm) -> dict[Slot, tuple[int, int]]:
    """Return (count, reach) of each slot; of several accounts in one, all must be known."""
    sums: dict[Slot, tuple[int, int]] = {}
    unknown: set[Slot] = set()
    for post in arm.posts:
        slot = (post.platform, post.message)
        if post.count is None or post.reach is None or post.reach < max(1, post.count):
            unknown.add(slot)
        else:
            count, reach = sums.get(slot, (0, 0))
            sums[slot] = (count + post.count, reach + post.reach)
    return {slot: share for slot, share in sums.items() if slot not in unknown}


def _denominators(pair: Pair, platform: str) -> tuple[float, float]:
    """Return what the two are counted against on a platform, the same kind for both."""
    followers = pair.a.followers.get(platform), pair.b.followers.get(platform)
    a, b = followers
    return (a, b) if a and b else (pair.a.inhabitants, pair.b.inhabitants)


def _log(count: int) -> float:
    """Return the logarithm of a count; a half is added so that 0 has one."""
    return math.log(count + 0.5)


def _share(rows: Sequence[tuple[int, int]]) -> float:
    return sum(count for count, _ in rows) / sum(reach for _, reach in rows)


def _share_over_all(pairs: Iterable[Pair]) -> float:
    """Return the share of those reached over all pairs that are compared, whatever the wording."""
    rows = []
    for pair in pairs:
        mine, theirs = _known_shares(pair.a), _known_shares(pair.b)
        rows += [row for slot in mine.keys() & theirs.keys() for row in (mine[slot], theirs[slot])]
    return _share(rows) if rows else 0.0
