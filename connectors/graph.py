"""The Graph API's errors, limits and shapes, as Meta's platforms give them.

Facts: Meta's pages on error handling and rate limiting, and what other clients recorded against the live API, read
2026-11. An error is judged by its code and sub-code alone: a dead login comes with status 400, and the sentences are
localised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.answers import Answer, count, items, line, mapping, read_json
from connectors.endings import failure
from connectors.errors import ConnectorError, LoginLost, RateLimited, Refused, Scope

THROTTLED = frozenset({4, 17, 32, 341, 613, 80001, 80002})
_APP_WIDE = 4
_DEAD = frozenset({102, 190})
_NOT_PERMITTED = frozenset({3, 10, *range(200, 300)})
_PERSON_NEEDED = frozenset({1404006, 1404078, 1404112, 2207050, 4279013, 4854002})
"""Sub-codes: the account is limited, or somebody has to prove who she is."""
_THEIR_FAULT = frozenset({1, 2})
_UNAVAILABLE = frozenset({1363047, 1609010})
_TOO_FAST = frozenset({(368, 1390008), (4, 2207051)})
_LONG_PAUSE = timedelta(hours=3)
"""The pause after "posting too fast", which names none."""
_QUOTA = (9, 2207042)
QUOTA_PAUSE = timedelta(hours=1)
"""A day's quota is used; it fills again post by post, a day after each."""
NEARLY_FULL = 90
"""Percent of an allowance from which on nothing is asked that can wait."""
_MISSING = (100, 33)
_SOME_MISSING = 803
_GONE = frozenset({(24, 4279009), (24, 2207006), (100, 33)})
"""What a post that was deleted is answered with, by whoever is asked about it."""
DUPLICATES = frozenset({506, 1366051})
"""A code, and a sub-code of pictures: the very same was posted just before."""


@dataclass(frozen=True, slots=True)
class GraphError:
    """What an error says of itself in numbers."""

    code: int
    subcode: int
    transient: bool

    @property
    def missing(self) -> bool:
        """Return whether the thing is gone, or hidden from this login."""
        return (self.code, self.subcode) == _MISSING or self.code == _SOME_MISSING

    @property
    def duplicate(self) -> bool:
        """Return whether it says that the same was posted already; how far back it looks is not documented."""
        return bool({self.code, self.subcode} & DUPLICATES)


def graph_error(answer: Answer) -> GraphError | None:
    """Return the error of an answer, or `None` where it has none in the platform's form."""
    try:
        error = mapping(mapping(read_json(answer.body)).get("error"))
    except ValueError:
        return None
    code = error.get("code")
    if not isinstance(code, int) or isinstance(code, bool):  # there are codes below nought
        return None
    return GraphError(code, count(error.get("error_subcode")) or 0, error.get("is_transient") is True)


def is_gone(error: GraphError) -> bool:
    """Return whether a post that was asked about is there no more, or hidden from this login."""
    return error.missing or (error.code, error.subcode) in _GONE


def graph_failure(answer: Answer, platform: str) -> ConnectorError:
    """Return the error that an answer other than success stands for.

    A fault on their side (code 1 or 2, "transient", any 5xx) does not mean that nothing was posted: on the publishing
    call it is OutcomeUnknown (seven live posts after seven such answers were reported in 2025).
    """
    error = graph_error(answer)
    if error is None:
        return failure(answer, platform)
    note = f"{answer.host}: status {answer.status} code {error.code}/{error.subcode}"
    if (error.code, error.subcode) in _TOO_FAST:
        return RateLimited(wait=_LONG_PAUSE, diagnostic=note, platform=platform)
    if (error.code, error.subcode) == _QUOTA:
        return RateLimited(wait=QUOTA_PAUSE, diagnostic=note, platform=platform)
    if error.code in THROTTLED:
        wait = usage(answer).regain or answer.wait()
        scope: Scope = "app" if error.code == _APP_WIDE else "account"
        return RateLimited(wait=wait, scope=scope, diagnostic=note, platform=platform)
    if error.code in _DEAD:
        return LoginLost(diagnostic=note, platform=platform)
    if error.code in _NOT_PERMITTED or error.subcode in _PERSON_NEEDED or error.missing:
        return LoginLost("connector.not_permitted", diagnostic=note, platform=platform)
    theirs = error.code in _THEIR_FAULT or error.transient or error.subcode in _UNAVAILABLE
    if theirs or answer.status >= 500:
        return answer.unclear("connector.no_answer", diagnostic=f"code {error.code}/{error.subcode}")
    return Refused(diagnostic=note, platform=platform)


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of an allowance is used, and how long until there is some again where it is used up."""

    percent: int = 0
    regain: timedelta | None = None


def usage(answer: Answer) -> Usage:
    """Return the most used allowance that an answer's headers tell of; nonsense tells nothing."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    app = _read(headers.get("x-app-usage", ""))
    business = _read(headers.get("x-business-use-case-usage", ""))
    told = [app, *(one for entry in business.values() for one in items(entry))]
    percents = [
        count(one.get(name)) or 0 for one in told for name in ("call_count", "total_time", "total_cputime")
    ]
    minutes = max((count(one.get("estimated_time_to_regain_access")) or 0 for one in told), default=0)
    regain = timedelta(minutes=min(minutes, 24 * 60)) if minutes else None
    return Usage(max(percents, default=0), regain)


def _read(header: str) -> Mapping[str, object]:
    try:
        return mapping(read_json(header.encode()))
    except ValueError:
        return {}


def insight(value: object) -> int | None:
    """Return an insight's count: a number, or the sum of an object of numbers (paid and organic)."""
    if isinstance(value, dict) and set(value) <= {"paid", "organic"}:
        parts = [count(one) for one in value.values()]
        return None if not parts or None in parts else sum(part or 0 for part in parts)
    return count(value)


def insights(node: Mapping[str, object]) -> dict[str, int | None]:
    """Return the insights that hang on a node by their names."""
    found: dict[str, int | None] = {}
    for one in items(mapping(node.get("insights")).get("data")):
        values = items(one.get("values"))
        found[line(one.get("name"))] = insight(values[0].get("value")) if values else None
    return found
