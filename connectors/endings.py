"""Sorts a platform's status codes into the classes of `errors`, as far as they mean the same everywhere.

It reads no sentence of an answer: those are localised. What a code means on one platform alone stands in that
platform's file and is looked at before this.
"""

from __future__ import annotations

from connectors.answers import Answer
from connectors.errors import ConnectorError, LoginLost, NotSent, RateLimited, Refused, Scope

_MOVED = frozenset({301, 308, 410})
"""The server says for good that it is elsewhere, or no more."""
_GATE = frozenset({408, 421, 425})
"""Refused by the machinery in front before it was read: request time-out, misdirected, too early."""


def failure(answer: Answer, platform: str, *, scope: Scope = "account") -> ConnectorError:
    """Return the error that an answer other than success stands for.

    A 403 that is no JSON comes from a wall in front of the platform, not from the platform. An irreversible call's 5xx, and any status that says neither yes nor no, is OutcomeUnknown; the same on a
    repeatable call is NotSent.
    """
    status = answer.status
    note = f"{answer.host}: status {status} {answer.error_name()}".rstrip()
    if status == 429:
        return RateLimited(wait=answer.wait(), scope=scope, diagnostic=note, platform=platform)
    if status == 401:
        return LoginLost(diagnostic=note, platform=platform)
    if status in _MOVED:
        return LoginLost("connector.moved", diagnostic=note, host=answer.host)
    if status == 403 and "json" not in answer.headers.get("content-type", ""):
        return NotSent("connector.blocked", wait=answer.wait(), diagnostic=note, host=answer.host)
    if status == 403:
        return LoginLost("connector.not_permitted", diagnostic=note, platform=platform)
    if status in _GATE:
        return NotSent(wait=answer.wait(), diagnostic=note, platform=platform)
    if status == 413:
        return Refused("connector.too_large", diagnostic=note, platform=platform)
    if 400 <= status < 500:
        return Refused(diagnostic=note, platform=platform)
    return answer.unclear("connector.no_answer", diagnostic=f"status {status}")
