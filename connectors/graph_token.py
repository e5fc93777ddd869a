"""A token that lives sixty days and is renewed by itself before it ends: Meta's kind without a refresh token.

Facts: Meta's documentation of long-lived tokens, read 2026-11: one can be renewed from its second day on, and not once it
has ended. How old a pasted token is nobody says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from connectors.answers import Answer, count, line, moment
from connectors.errors import LoginLost
from connectors.graph import graph_error
from connectors.secret import Secret

_AHEAD = timedelta(days=10)
"""How long before its end a token is renewed: time enough for a person where that fails."""
_AGAIN = timedelta(days=1)
"""When it is tried again, where it could not be renewed."""
_DEAD = 190


def is_due(secrets: Mapping[str, Secret], now: datetime) -> bool:
    """Return whether the token is to be renewed by now; one of unknown age is."""
    due = moment(secrets["renew_at"].reveal()) if "renew_at" in secrets else None
    return due is None or now >= due


def renewed(answer: Answer, token: Secret, platform: str) -> dict[str, Secret]:
    """Return the secrets to keep after asking for a renewal: the new token, else the old one to be tried again tomorrow.

    Raises: LoginLost where the old one has ended.
    """
    error = graph_error(answer)
    if error is not None and error.code == _DEAD:
        raise LoginLost(diagnostic=f"{answer.host}: not renewed, code 190/{error.subcode}", platform=platform)
    if not answer.ok:
        return _kept(token, answer.at + _AGAIN)
    told = answer.object()
    fresh, seconds = line(told.get("access_token"), 4000), count(told.get("expires_in"))
    if not fresh or seconds is None:
        return _kept(token, answer.at + _AGAIN)
    ends = answer.at + timedelta(seconds=min(seconds, 400 * 86_400))
    return _kept(Secret(fresh), max(answer.at + _AGAIN, ends - _AHEAD))


def _kept(token: Secret, renew_at: datetime) -> dict[str, Secret]:
    return {"access_token": token, "renew_at": Secret(renew_at.astimezone(UTC).isoformat())}
