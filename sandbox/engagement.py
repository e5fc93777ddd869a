"""Reactions to a post as a pure function of its id, its age and the size of the place.

Nothing is stored and nothing is drawn anew: the same post at the same age has the same counts on every machine and
after every restart. It knows no clock and no database, and it claims no more than to look believable.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from statistics import NormalDist

HOUR = 3600.0

_REFERENCE_SIZE = 2_000
_REFERENCE_REACTIONS = 7.0
"""Reactions that a middling post gets in a place of 2,000: 3.5 per 1,000 inhabitants."""
_SIZE_EXPONENT = 0.6
"""Sub-linear: half as many per inhabitant for each sixfold of size; 294,860 inhabitants give 0.5 per 1,000."""
_FOLLOWER_EXPONENT = 0.5
_TYPICAL_SHARE, _TYPICAL_EXPONENT = 0.9, 0.85
"""Followers that a place of a size usually has: about 575 of 2,000 and 40,000 of 294,860."""
_DEFAULT_SIZE = 3_000
"""Used when neither inhabitants nor followers are known."""

_LUCK = 0.55
"""Standard deviation of the post's own luck on the logarithmic scale: one post in six gets over 1.7 times the middle."""
_KIND_LUCK = 0.25
_SETTLING = 18 * HOUR
_CURVE = 0.7
"""The growth curve reaches 12 % after one hour, 70 % after a day and 99 % after a week."""

_SHARES = {"favourites": 0.72, "boosts": 0.16, "replies": 0.09, "quotes": 0.03}
_VOTES_PER_REACTION = 3.0
"""Answering a poll costs one tap, so more do it than react."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many reacted to one post so far, by kind."""

    favourites: int
    boosts: int
    replies: int
    quotes: int

    @property
    def total(self) -> int:
        """Return all reactions together."""
        return self.favourites + self.boosts + self.replies + self.quotes


def typical_followers(inhabitants: int) -> int:
    """Return the number of followers that a place of this size usually has."""
    return round(_TYPICAL_SHARE * math.pow(max(0, inhabitants), _TYPICAL_EXPONENT))


def saturation(age: float, settling: float = _SETTLING) -> float:
    """Return the share of its final reactions that a post has after `age` seconds, from 0 to 1."""
    return -math.expm1(-math.pow(max(0.0, age) / settling, _CURVE))


def expected(inhabitants: int | None, followers: int | None = None) -> float:
    """Return the final reactions of a middling post for a place of this size and an account of this following."""
    size = inhabitants or _size_behind(followers)
    reactions = _REFERENCE_REACTIONS * math.pow(size / _REFERENCE_SIZE, _SIZE_EXPONENT)
    if inhabitants and followers is not None:
        reactions *= math.pow(followers / max(1, typical_followers(inhabitants)), _FOLLOWER_EXPONENT)
    return reactions


def counts(
    post_id: str, age: float, inhabitants: int | None = None, followers: int | None = None, seed: int = 0
) -> Counts:
    """Return the whole-number counts of a post at `age` seconds; they are 0 at age 0 and never fall."""
    final = expected(inhabitants, followers) * math.exp(_LUCK * _normal(seed, post_id, "luck"))
    return Counts(
        **{kind: _grown(post_id, kind, final * share, age, seed) for kind, share in _SHARES.items()}
    )


def votes(
    post_id: str,
    age: float,
    options: int,
    inhabitants: int | None = None,
    followers: int | None = None,
    seed: int = 0,
) -> tuple[int, ...]:
    """Return the votes for each of a poll's options at `age` seconds; some options are liked better than others."""
    final = _VOTES_PER_REACTION * expected(inhabitants, followers)
    weights = [math.exp(0.6 * _normal(seed, post_id, f"option {number}")) for number in range(options)]
    return tuple(
        _grown(post_id, f"vote {number}", final * weight / sum(weights), age, seed)
        for number, weight in enumerate(weights)
    )


def _grown(post_id: str, kind: str, final: float, age: float, seed: int) -> int:
    """Return one count: the growth curve, rounded by a fixed draw so that small numbers are right on average."""
    mine = final * math.exp(_KIND_LUCK * _normal(seed, post_id, kind))
    settling = _SETTLING * math.exp(0.3 * _normal(seed, post_id, kind + " pace"))
    # A draw below 1 leaves nothing at age 0 and keeps the count from ever falling.
    return math.floor(mine * saturation(age, settling) + _uniform(seed, post_id, kind + " rounding"))


def _size_behind(followers: int | None) -> float:
    if not followers:
        return float(_DEFAULT_SIZE)
    return math.pow(followers / _TYPICAL_SHARE, 1 / _TYPICAL_EXPONENT)


def _uniform(seed: int, post_id: str, what: str) -> float:
    digest = hashlib.sha256(f"{seed}\n{post_id}\n{what}".encode()).digest()
    return (int.from_bytes(digest[:6], "big") + 0.5) / 2**48


def _normal(seed: int, post_id: str, what: str) -> float:
    return NormalDist().inv_cdf(_uniform(seed, post_id, what))
