"""LinkedIn's Rest.li: lists in addresses, versions that end, and errors with codes.

Facts: LinkedIn's pages on versioning, errors and Rest.li, read 2026-11. A version `YYYYMM` ends about the middle of the
same month a year later; there is no default. Success of a creation is 201 with the id in a header.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from connectors.answers import Answer, items, line, mapping, read_json
from connectors.endings import failure
from connectors.errors import ConnectorError, NotSent, RateLimited, Refused

_VERSION_ENDED = frozenset({"NONEXISTENT_VERSION", "VERSION_MISSING"})
_VERSION_WAIT = timedelta(hours=1)
"""An operator has to set another one; asking more often makes no difference."""
_AT_WORK = "MEDIA_ASSET_WAITING_UPLOAD"
_UPLOAD_ENDED = "EXPIRED_UPLOAD_URL"
_CONFLICT = 409
DUPLICATE = "DUPLICATE_POST"


def encoded(urn: str) -> str:
    """Return a URN as it stands in a path or a query."""
    return quote(urn, safe="")


def listed(urns: Iterable[str]) -> str:
    """Return a list as it stands in a query: its members encoded, its own signs not."""
    return f"List({','.join(encoded(one) for one in urns)})"


def ends_on(version: str) -> datetime | None:
    """Return when a version ends, `None` for what is none."""
    try:
        return datetime(int(version[:4]) + 1, int(version[4:]), 15, tzinfo=UTC) if len(version) == 6 else None
    except ValueError:
        return None


def codes(answer: Answer) -> frozenset[str]:
    """Return the codes that an error names, wherever it does."""
    try:
        told = mapping(read_json(answer.body))
    except ValueError:
        return frozenset()
    details = items(mapping(told.get("errorDetails")).get("inputErrors"))
    return frozenset(line(one.get("code"), 80) for one in (told, *details)) - {""}


def message(answer: Answer) -> str:
    """Return an error's words; only ids are ever read out of them."""
    try:
        return line(mapping(read_json(answer.body)).get("message"), 2000)
    except ValueError:
        return ""


def rest_failure(answer: Answer, platform: str) -> ConnectorError:
    """Return the error that an answer other than success stands for."""
    told = codes(answer)
    note = f"{answer.host}: status {answer.status} {' '.join(sorted(told))}"[:200].rstrip()
    if told & _VERSION_ENDED or answer.status == 426:
        return NotSent("connector.version_ended", wait=_VERSION_WAIT, diagnostic=note, platform=platform)
    if answer.status == 429:
        # allowances are of a day, and nothing tells how much is left
        wait = answer.wait() or _until_midnight(answer.at)
        return RateLimited(wait=wait, scope="app", diagnostic=note, platform=platform)
    if _AT_WORK in told:
        wait = timedelta(seconds=10)
        return NotSent("connector.media_processing", wait=wait, diagnostic=note, platform=platform)
    if _UPLOAD_ENDED in told:
        return NotSent(prepare_again=True, diagnostic=note, platform=platform)
    if "MEDIA_ASSET_PROCESSING_FAILED" in told:
        return Refused("connector.media_refused", diagnostic=note, platform=platform)
    if answer.status == _CONFLICT:
        return NotSent(diagnostic=note, platform=platform)
    return failure(answer, platform)


def _until_midnight(now: datetime) -> timedelta:
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=1) - now


def moment_of(milliseconds: object) -> datetime | None:
    """Return a time in milliseconds as aware UTC, else `None`."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def body_of(elements: Mapping[str, object], answer: Answer) -> list[Mapping[str, object]]:
    """Return the elements of a list.

    Raises: NotSent for what is no list.
    """
    if not isinstance(elements.get("elements"), list):
        raise answer.unclear("connector.bad_answer", diagnostic="no list of elements")
    return items(elements.get("elements"))
