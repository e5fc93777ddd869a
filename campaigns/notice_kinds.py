"""Kinds of notices: who is told of what, how soon, and what of it a person may choose. Asks no database.

Who is told follows from the access table: whoever may do something about it. A choice is offered where it makes sense.
A stop cannot be switched off by whoever may lift it: it never lifts itself, so that a stop of which these people do not
know lasts until somebody wonders why it is so quiet.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from campaigns import timing
from campaigns.access import TABLE
from campaigns.reminders import Working
from campaigns.store import Role

SOON = timedelta(hours=48)
"""What concerns something that is due so soon is told at once: the next daily letter may be a week-end away."""
LETTER_AT, LETTER_UNTIL = time(8), time(16)
"""Daily letters go at the beginning of a working day; where that was missed, as long as people are at work."""


class When(enum.StrEnum):
    """How soon a person is told of something."""

    off = "off"
    daily = "daily"
    at_once = "at_once"


ANY = (When.off, When.daily, When.at_once)
NEVER_OFF = (When.daily, When.at_once)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice."""

    action: str
    """Whoever may do this, in whatever relation, is told."""
    choices: tuple[When, ...]
    usual: When | None
    """How soon people are told who chose nothing; `None` where that follows from the matter."""
    page: str = "campaigns/{campaign}"
    """Where the link leads, below `/for/<number>/`."""


KINDS: Mapping[str, Kind] = {
    "invitation": Kind("participation.answer", ANY, When.daily),
    "answered_by_link": Kind("participation.answer", NEVER_OFF, When.daily),
    "correction": Kind("participation.adapt", ANY, When.daily),
    "second_person": Kind("message.approve", ANY, None),
    "approval_fell": Kind("message.approve", NEVER_OFF, None),
    "moved": Kind("delivery.withdraw", ANY, None),
    "veto": Kind("standing.veto", (When.off, When.at_once), When.at_once),
    "account_lost": Kind("account.connect", NEVER_OFF, None, "accounts"),
    "unsure": Kind("delivery.answer", NEVER_OFF, When.at_once),
    "missed": Kind("delivery.withdraw", ANY, When.at_once),
    "failed": Kind("delivery.withdraw", ANY, When.at_once),
    "vanished": Kind("delivery.withdraw", ANY, When.daily, "deliveries"),
    "missed_there": Kind("campaign.close", ANY, When.daily),
    "stop": Kind("hold.set", ANY, When.at_once, "stop"),
    "lifted": Kind("hold.set", ANY, When.at_once, "stop"),
    "mail_refused": Kind("member.add", ANY, When.daily, ""),
    "waiting": Kind("draft.read", (When.off, When.daily), When.daily, ""),
}
"""`waiting` is what `attention` finds on the day; nothing of it is stored."""

STOPS = frozenset({"stop", "lifted"})


def roles_told(kind: str) -> frozenset[Role]:
    """Return the roles that are told of a kind."""
    return frozenset(TABLE[KINDS[kind].action])


def choices(kind: str, roles: Collection[Role]) -> tuple[When, ...]:
    """Return what somebody in these roles may choose for a kind; the usual one is among them."""
    if kind in STOPS and any(role in TABLE["hold.lift"] for role in roles):
        return (When.at_once,)
    return KINDS[kind].choices


def when(kind: str, roles: Collection[Role], chosen: str | None, *, soon: bool) -> When:
    """Return how soon somebody in these roles is told; a choice that is not offered (any more) counts for nothing."""
    if chosen in choices(kind, roles):
        return When(chosen)
    usual = KINDS[kind].usual
    if usual is None:
        return When.at_once if soon else When.daily
    return usual


def known_zone(zone: str) -> str:
    """Return a zone, or Norway's for one that is none of ours: one organisation's fault silences nobody's letters."""
    return zone if zone in timing.ZONES else timing.ZONES[0]


def day_of_letter(now: datetime, zone: str, *, working: Working) -> date | None:
    """Return the day whose daily letter may go now, where people are at work by now; `None` at any other time.

    Wall time of the zone: at eight in summer and in winter.
    """
    wall = timing.local(now, known_zone(zone))
    at_work = working(wall.date()) and LETTER_AT <= wall.time() < LETTER_UNTIL
    return wall.date() if at_work else None
