"""The ways a platform can go wrong, as rules that a test or a rehearsal sets over HTTP.

A rule says which calls it meets, how often, and what then happens. This module decides which rules meet a call and
what a made-up answer looks like; the server does the breaking, since only it holds the socket.

Kinds, with their settings and defaults. Done or not:

* `status` (status 503, headers, body), `rate_limit` (wait 60 s, style: the platform's), `expired_login`, `reject`:
  answered so, and nothing is done
* `drop_before` (how "reset" or "close"): cut before the body is read, nothing is done
* `hang` (seconds 30, carry_out false): silence, then hung up; done only if `carry_out`
* `status_after` (status 502), `drop_after` (how), `truncate`, `trickle` (bytes_per_second 20), `hide` (seconds 60):
  done
* what is done may stay unseen by readers for `hidden` seconds besides
* `latency` (seconds 1): late but well; the only kind that adds to another rule for the same call
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

from sandbox.exchange import Doc, Response, answer

Kind = Literal[
    "latency",
    "status",
    "status_after",
    "drop_before",
    "drop_after",
    "truncate",
    "hang",
    "trickle",
    "rate_limit",
    "expired_login",
    "reject",
    "hide",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_SETTINGS: dict[str, tuple[type, ...]] = {
    "seconds": (int, float),
    "wait": (int, float),
    "hidden": (int, float),
    "bytes_per_second": (int, float),
    "status": (int,),
    "carry_out": (bool,),
    "style": (str,),
    "how": (str,),
    "headers": (dict,),
    "body": (str, dict, list),
}

_BOUNDS = {
    "seconds": (0, 3_600),
    "wait": (0, 86_400),
    "hidden": (0, 86_400),
    "bytes_per_second": (1, 10_000_000),
    "status": (200, 599),
}
_WORDS = {
    "style": ("mastodon", "bluesky", "graph", "retry_after_seconds", "retry_after_date", "nonsense"),
    "how": ("reset", "close"),
}


class Nonsense(ValueError):
    """A rule that cannot be meant."""


@dataclass(slots=True)
class Rule:
    """One fault. `left` counts down as calls are met; `None` is for ever."""

    kind: Kind
    method: str = ""
    path: str = ""
    handle: str = ""
    left: int | None = 1
    settings: Doc = field(default_factory=dict)

    def meets(self, method: str, path: str, handle: str) -> bool:
        """Return whether this call is meant; what the rule leaves open, and `*` in its path, matches everything."""
        return (
            self.left != 0
            and self.method in ("", method)
            and fnmatchcase(path, f"{self.path}*")
            and self.handle in ("", handle)
        )

    def setting(self, name: str, default: Any) -> Any:
        """Return a setting of the rule, or the default."""
        return self.settings.get(name, default)

    @property
    def hidden(self) -> float:
        """Return for how many seconds readers do not see what is done."""
        return float(self.setting("seconds", 60) if self.kind == "hide" else self.setting("hidden", 0))

    def as_json(self) -> Doc:
        """Return the rule as it was set, with the times that are left."""
        match = {"method": self.method, "path": self.path, "handle": self.handle}
        given = {name: value for name, value in match.items() if value}
        return {"match": given, "times": self.left, "do": self.kind, **self.settings}


def read(doc: object) -> Rule:
    """Return the rule that `doc` describes.

    Raises: Nonsense with a sentence about what is wrong.
    """
    if not isinstance(doc, dict):
        raise Nonsense("A rule is an object with match, times and do.")
    match, kind, times = doc.get("match") or {}, doc.get("do"), doc.get("times", 1)
    if kind not in KINDS:
        raise Nonsense(f"do is {kind!r}; it is one of {', '.join(KINDS)}.")
    if not isinstance(match, dict) or not set(match) <= {"method", "path", "handle"}:
        raise Nonsense("match has method, path and handle, and nothing else.")
    if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
        raise Nonsense("times is a whole number from 1, or null for ever.")
    settings = {name: value for name, value in doc.items() if name not in ("match", "do", "times")}
    _check(settings)
    named = {name: str(match.get(name) or "") for name in ("method", "path", "handle")}
    return Rule(kind, named["method"].upper(), named["path"], named["handle"], times, settings)


def _check(settings: Doc) -> None:
    for name, value in settings.items():
        if name not in _SETTINGS or not isinstance(value, _SETTINGS[name]):
            raise Nonsense(f"{name} is unknown or of the wrong kind.")
        low, high = _BOUNDS.get(name, (0, 0))
        if high and not low <= settings[name] <= high:
            raise Nonsense(f"{name} lies between {low} and {high}.")
        if name in _WORDS and value not in _WORDS[name]:
            raise Nonsense(f"{name} is one of {', '.join(_WORDS[name])}.")


class Faults:
    """The rules in force. Safe to ask from many threads; a rule that is met once breaks exactly one call."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def set(self, rules: Sequence[Rule]) -> None:
        """Put `rules` in place of those before."""
        with self._lock:
            self._rules = list(rules)

    def as_json(self) -> list[Doc]:
        """Return the rules that can still meet a call."""
        with self._lock:
            return [rule.as_json() for rule in self._rules if rule.left != 0]

    def take_early(self, method: str, path: str, handle: str) -> Rule | None:
        """Use up and return the rule that meets this call, if it is one that cuts before the body is read."""
        with self._lock:
            found = self._first(method, path, handle)
            if found is None or found.kind != "drop_before":
                return None
            return _used(found)

    def take(self, method: str, path: str, handle: str) -> tuple[float, Rule | None]:
        """Use up what meets this call: return all latency in seconds, and the first rule of another kind."""
        with self._lock:
            waits = [
                rule for rule in self._rules if rule.kind == "latency" and rule.meets(method, path, handle)
            ]
            seconds = sum(float(_used(rule).setting("seconds", 1.0)) for rule in waits)
            found = self._first(method, path, handle)
            return seconds, _used(found) if found else None

    def _first(self, method: str, path: str, handle: str) -> Rule | None:
        others = (rule for rule in self._rules if rule.kind != "latency")
        return next((rule for rule in others if rule.meets(method, path, handle)), None)


def _used(rule: Rule) -> Rule:
    """Count a rule down by one and return it."""
    if rule.left is not None:
        rule.left -= 1
    return rule


def status_response(rule: Rule, default: int) -> Response:
    """Return the answer that a `status` or `status_after` rule asks for; without a body, a proxy's error page."""
    status = int(rule.setting("status", default))
    body = rule.setting("body", None)
    headers = {str(name): str(value) for name, value in rule.setting("headers", {}).items()}
    if body is None:
        body = f"<html><head><title>{status}</title></head><body><h1>{status}</h1><hr>proxy</body></html>"
    kind = "text/html" if isinstance(body, str) else "application/json"
    content = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(status, content.encode(), {"Content-Type": f"{kind}; charset=utf-8"} | headers)


def rate_limit_response(rule: Rule, style: str, now: float, error: Doc) -> Response:
    """Return a 429 that says how long to wait in the given style."""
    wait = float(rule.setting("wait", 60))
    reset = datetime.fromtimestamp(now + wait, UTC)
    headers = {
        "mastodon": {
            "X-RateLimit-Limit": "300",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": reset.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        },
        "bluesky": {
            "RateLimit-Limit": "5000",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": str(round(now + wait)),
            "RateLimit-Policy": "5000;w=3600",
        },
        "retry_after_seconds": {"Retry-After": str(round(wait))},
        "retry_after_date": {"Retry-After": format_datetime(reset, usegmt=True)},
        "nonsense": {"Retry-After": "soon", "X-RateLimit-Reset": "later", "RateLimit-Reset": "-"},
    }
    return answer(error, 429, headers[rule.setting("style", style)])
