"""A platform's answer as hostile input: bounded JSON, single fields, waiting times.

Nothing in an answer is believed: a number may be text, a list endless, a date nonsense (threats C11, C12). It sorts
no status codes (that is `endings`) and reads nothing from the network (that is `wire`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import cast

from connectors.errors import ConnectorError, NotSent, OutcomeUnknown

DEPTH = 40
"""Deepest nesting that is read; answers of the known platforms stay under 15."""
DIGITS = 20
"""Longest whole number that is read."""
MOST = 10**12
"""A count at or above this is nonsense (threats C12)."""
LONGEST_WAIT = timedelta(hours=24)

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (names in any case) and the whole body, already bounded in size."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    host: str
    at: datetime
    """When it arrived, aware UTC."""
    irreversible: bool = False
    """Whether the call was one that must not be repeated in doubt."""
    took: float = 0.0
    """Seconds from the beginning of the call."""

    @property
    def ok(self) -> bool:
        """Return whether the status is a success."""
        return 200 <= self.status < 300

    def json(self) -> object:
        """Return the body read as bounded JSON.

        Raises: NotSent (`connector.bad_answer`), or OutcomeUnknown where the call was irreversible.
        """
        why = ""
        try:
            return read_json(self.body)
        except ValueError as error:
            why = str(error)
        # Raised here and not above, so that no part of the body hangs on the exception's chain.
        raise self.unclear("connector.bad_answer", diagnostic=f"status {self.status}, not usable JSON: {why}")

    def object(self) -> Mapping[str, object]:
        """Return the body read as one JSON object.

        Raises: as `json`.
        """
        value = self.json()
        if not isinstance(value, dict):
            raise self.unclear("connector.bad_answer", diagnostic=f"status {self.status}, not an object")
        return cast("Mapping[str, object]", value)

    def error_name(self) -> str:
        """Return the short `error` word of a JSON error body, or nothing; never a sentence, those are localised."""
        try:
            value = read_json(self.body)
        except ValueError:
            return ""
        name = value.get("error") if isinstance(value, dict) else None
        return name if isinstance(name, str) and re.fullmatch(r"\w{1,64}", name, re.ASCII) else ""

    def wait(self) -> timedelta | None:
        """Return how long the platform asks us to wait, if it says so in a way that can be read."""
        return read_wait(self.headers, self.at)

    def unclear(self, code: str, *, diagnostic: str) -> ConnectorError:
        """Return the error for an answer that says neither yes nor no."""
        if self.irreversible:
            return OutcomeUnknown(diagnostic=f"{self.host}: {diagnostic}", host=self.host)
        return NotSent(code, wait=self.wait(), diagnostic=f"{self.host}: {diagnostic}", host=self.host)


def read_json(body: bytes) -> object:
    """Return JSON read from hostile bytes: at most 40 deep, no NaN or Infinity, no endless numbers, no double keys.

    Raises: ValueError with a short reason that holds nothing of the body.
    """
    if body.count(b"[") + body.count(b"{") > DEPTH and _depth(body) > DEPTH:
        raise ValueError("nested too deep")
    try:
        return json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_constant,
        )
    except _Unreadable as error:
        reason = str(error)
    except UnicodeDecodeError:
        reason = "not UTF-8"
    except (ValueError, RecursionError):
        reason = "malformed"
    raise ValueError(reason)


def read_wait(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait that response headers ask for, from 0 s to 24 h, or `None` when they say nothing readable.

    `Retry-After` is seconds or an HTTP date (RFC 9110, 10.2.3); `X-RateLimit-Reset` an ISO 8601 moment or unix
    seconds; `RateLimit-Reset` unix seconds or seconds from now. The first readable one in this order holds.
    """
    given = {name.lower(): value.strip() for name, value in headers.items()}
    for name in ("retry-after", "x-ratelimit-reset", "ratelimit-reset"):
        until = _moment(given.get(name, ""), now)
        if until is not None:
            return min(max(until - now, timedelta()), LONGEST_WAIT)
    return None


def count(value: object) -> int | None:
    """Return a count if it is a whole number from 0 to under 10^12, else `None` for unknown."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST else None


def line(value: object, longest: int = 500) -> str:
    """Return a string field cut to `longest` characters and without control characters, else an empty string."""
    return "".join(sign for sign in value[:longest] if sign.isprintable()) if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """Return an ISO 8601 field as aware UTC, else `None`."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else None
    except (ValueError, OverflowError):
        return None


def mapping(value: object) -> Mapping[str, object]:
    """Return a field that should be an object, empty where it is not."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, object]]:
    """Return the objects of a field that should be a list of them."""
    return [mapping(entry) for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def objects(answer: Answer) -> list[Mapping[str, object]]:
    """Return the objects of an answer that must be a list: no list at all is no answer, and not an empty one.

    Raises: as `Answer.json`.
    """
    value = answer.json()
    if not isinstance(value, list):
        raise answer.unclear("connector.bad_answer", diagnostic=f"status {answer.status}, not a list")
    return items(value)


class _Unreadable(ValueError):
    """A bound of ours was met; the message is our own words."""


def _moment(value: str, now: datetime) -> datetime | None:
    """Return the moment a header names; a small number counts from `now`, a large one from 1970."""
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", value, re.ASCII):
        seconds = float(value)
        # 10^9 s is 2001 as a date and 31 years as a wait.
        return datetime.fromtimestamp(seconds, UTC) if 1e9 <= seconds < 1e11 else _later(now, seconds)
    iso = moment(value)
    if iso is not None:
        return iso
    try:
        date = parsedate_to_datetime(value) if len(value) < 60 else None
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    if date is None:
        return None
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _later(now: datetime, seconds: float) -> datetime:
    return now + min(timedelta(seconds=min(seconds, 1e9)), LONGEST_WAIT)


def _depth(body: bytes) -> int:
    """Return the deepest nesting of brackets outside strings, in one pass."""
    deepest = level = 0
    for token in _TOKENS.finditer(body):
        sign = token[0]
        if sign in (b"[", b"{"):
            level += 1
            deepest = max(deepest, level)
        elif sign in (b"]", b"}"):
            level -= 1
    return deepest


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise _Unreadable("a key stands twice")
    return read


def _whole(digits: str) -> int:
    if len(digits) > DIGITS:
        raise _Unreadable("endless number")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits) if len(digits) <= 400 else math.inf
    if not math.isfinite(number):
        raise _Unreadable("number beyond bounds")
    return number


def _constant(name: str) -> object:
    raise _Unreadable(f"{name} is not JSON")
