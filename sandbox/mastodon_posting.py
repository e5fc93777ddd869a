"""Reads and checks what a client wants to post to Mastodon, the way a 4.6 server does.

Pure: parameters in, a checked draft or a refusal out. Uploads and parents are looked up elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox import mastodon_shapes as shapes
from sandbox import text
from sandbox.exchange import Declined, Doc

VISIBILITIES = ("public", "unlisted", "private", "direct")


class Invalid(Declined):
    """The server refuses the content; its text is the server's own English."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be posted. `poll` holds options, expires_at in unix seconds, multiple and hide_totals."""

    text: str
    spoiler: str
    visibility: str
    language: str
    sensitive: bool
    poll: Doc | None


def length(words: str, software: shapes.Software = shapes.MASTODON) -> int:
    """Return the length as Mastodon counts: graphemes, an address as 23, a remote mention without its server.

    Other software counts the code points as they stand.
    """
    if software.plain:
        return len(words)
    words = text.ADDRESS.sub("x" * software.per_url, words)
    words = re.sub(r"(?<![\w/])@(\w+)@[\w.-]+\w", r"@\1", words)
    return text.graphemes(words)


def read(params: Doc, has_media: bool, now: float, software: shapes.Software = shapes.MASTODON) -> Draft:
    """Return the draft that the parameters describe. `now` is unix seconds.

    Raises: Invalid.
    """
    words, spoiler = str(params.get("status") or ""), str(params.get("spoiler_text") or "")
    poll = _poll(params, now)
    if poll and has_media:
        raise Invalid("Cannot attach media to a poll")
    if not words.strip() and not has_media and not spoiler:
        raise Invalid("Validation failed: Text can't be blank")
    if length(spoiler + words, software) > software.length:
        raise Invalid(f"Validation failed: Text character limit of {software.length} exceeded")
    visibility = str(params.get("visibility") or "public")
    if visibility not in VISIBILITIES:
        raise Invalid("Validation failed: Visibility is not included in the list")
    language = str(params.get("language") or "")
    sensitive = bool(spoiler) or _truth(params.get("sensitive"))
    return Draft(words, spoiler, visibility, language, sensitive, poll)


def read_alt(params: Doc) -> str:
    """Return an upload's description.

    Raises: Invalid when it is too long.
    """
    alt = str(params.get("description") or "")
    if text.graphemes(alt) > shapes.ALT_LENGTH:
        raise Invalid(f"Validation failed: Description character limit of {shapes.ALT_LENGTH} exceeded")
    return alt


def read_number(given: object) -> int | None:
    """Return a whole number, `None` for anything else."""
    digits = str(given)
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None


def _poll(params: Doc, now: float) -> Doc | None:
    given = params.get("poll")
    if not isinstance(given, dict):
        return None
    options = [str(option) for option in given.get("options") or []]
    seconds = read_number(given.get("expires_in")) or 0
    if not 2 <= len(options) <= shapes.POLL_OPTIONS or len(set(options)) < len(options):
        raise Invalid("Validation failed: Poll options must be two to four different ones")
    if any(not option.strip() or text.graphemes(option) > shapes.POLL_OPTION_LENGTH for option in options):
        raise Invalid("Validation failed: Poll options can't be longer than 50 characters each")
    if not shapes.POLL_SHORTEST <= seconds <= shapes.POLL_LONGEST:
        raise Invalid("Validation failed: Poll duration is too short or too long")
    return {
        "options": options,
        "expires_at": now + seconds,
        "multiple": _truth(given.get("multiple")),
        "hide_totals": _truth(given.get("hide_totals")),
    }


def _truth(given: object) -> bool:
    """Return a form's or JSON's idea of true."""
    return given is True or str(given).lower() in ("true", "1", "on", "t")
