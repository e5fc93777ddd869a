"""What the status page says, worked out from the overview so that the templates only lay it out. Reads no row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from campaigns.gates import GATES
from campaigns.sentences import catalogue
from connectors import CONNECTORS
from reports.campaign_report import Place, Truth
from reports.overview import OpenHold
from reports.truth_words import TROUBLES
from reports.voice import Voice

HOLDS_SHOWN = 3
"""So many stops stand in the red band, the widest first; the rest is a number."""

PARTS = ("live", "under_way", "unsure", "failed", "missed", "removed", "waiting")
"""The parts of delivery truth in the order of the bar: done, going, in trouble, to come."""


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a bar: which part, how many, and how many stand before it."""

    part: str
    count: int
    start: int


def shares(truth: Truth) -> list[Share]:
    """Return the parts of the bar that are not empty."""
    found, start = [], 0
    for part in PARTS:
        count = getattr(truth, part)
        if count:
            found.append(Share(part, count, start))
        start += count
    return found


def troubles(truth: Truth) -> dict[str, int]:
    """Return what went wrong in a municipality, with its numbers."""
    return {part: getattr(truth, part) for part in TROUBLES if getattr(truth, part)}


def kept_back(place: Place) -> dict[str, int]:
    """Return the codes of the gates that keep a municipality's posts back, in the order of the gates."""
    order = [gate.code for gate in GATES]
    return dict(sorted(place.closed_gates.items(), key=lambda item: order.index(item[0])))


def waits_for_time_alone(place: Place) -> bool:
    """Return whether something waits that no gate keeps back."""
    return place.truth.waiting > sum(place.closed_gates.values())


def hold_sentence(voice: Voice, hold: OpenHold) -> str:
    """Return what an emergency stop stops, naming it where names are shown."""
    code = f"page.held.{hold.level}"
    if hold.target is None and hold.level != "everything":
        return voice.say(f"{code}.unnamed")
    return voice.say(code, target=hold.target)


def hold_reason(voice: Voice, hold: OpenHold) -> str:
    """Return why: the instance's own sentence, or a person's words as a quotation; empty where none is told."""
    if not hold.reason:
        return ""
    if hold.reason in catalogue():
        return voice.say(hold.reason)
    return voice.say("page.held.why", text=hold.reason)


def silence_sentence(voice: Voice, process: str, seen_at: datetime | None) -> str:
    """Return which process is not there, and since when where that is known."""
    if process == "clock" and seen_at is None:
        return voice.say("page.silent.clock.never")
    return voice.say(f"page.silent.{process}", when=voice.moment_or_clock(seen_at) if seen_at else "")


def platform_title(name: str, voice: Voice) -> str:
    """Return a platform's own name; what has none of its own, such as a person's hand, in the reader's language."""
    own = f"page.platform.{name}"
    return voice.say(own) if own in catalogue() else _TITLES.get(name, name)


def fill_platform(values: Mapping[str, object], platform: str, voice: Voice) -> dict[str, object]:
    """Return the values of a reason with the platform's own name, which a few of them leave out."""
    return {"platform": platform_title(platform, voice), **values}


def with_titles(values: Mapping[str, object], voice: Voice) -> dict[str, object]:
    """Return the values of a problem with the title of the platform that they name."""
    found = {"platform": platform_title(str(values["platform"]), voice)} if "platform" in values else {}
    return {**values, **found}


def web_address(address: str | None) -> str | None:
    """Return the address if it may become a link: http and https alone, with a host (threat D1)."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.hostname else None


_TITLES = {kind.name: kind.title for kind in CONNECTORS}
