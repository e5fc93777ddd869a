"""From wall time to moments: summer time, windows and how they are spread, quiet hours, holidays, working days.

Wall time lives in documents and here; everything that leaves this module is an aware UTC `datetime`. It asks no clock
and knows no organisation: colour, zone and key are arguments, so that the same question always has the same answer
and nobody's time depends on who else takes part (D20).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from holidays import country_holidays

ZONES = ("Europe/Oslo", "Arctic/Longyearbyen")
"""The zones a municipality may have."""
NORWAY = ZoneInfo(ZONES[0])
"""The wall time in which moments are told to people who act for no municipality of their own."""

AT_SPREAD = timedelta(minutes=10)
"""How far `at` alone is spread (D18)."""

QUIET_FROM, QUIET_UNTIL = time(21), time(7)
"""Quiet hours of every day, wall time (domain notes, section 6)."""

Quiet = Literal["night", "sunday", "holiday"]

_MINUTE = timedelta(minutes=1)

# The national test of the warning system: second Wednesday of January and June at 12:00; posts keep clear of
# 11:30-13:00 (domain notes, section 3.6).
_TEST_MONTHS = frozenset({1, 6})
_TEST_FROM, _TEST_UNTIL = time(11, 30), time(13)


class SpringGap(ValueError):
    """The wall time does not exist: the clock jumps over it. Names the nearest times that do."""

    code = "timing.spring_gap"

    def __init__(self, wall: datetime, before: time, after: time) -> None:
        self.before = before
        self.after = after
        self.values: Mapping[str, str] = {
            "time": f"{wall:%H:%M}",
            "day": f"{wall:%d.%m.%Y}",
            "before": f"{before:%H:%M}",
            "after": f"{after:%H:%M}",
        }
        super().__init__(
            f"{wall:%Y-%m-%d %H:%M} does not exist; nearest are {before:%H:%M} and {after:%H:%M}"
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """When a message goes, with its day resolved (D18).

    An `end` that is not after `start` lies on the next day. Without `day` and `start` it waits to be released.
    """

    day: date | None = None
    start: time | None = None
    end: time | None = None
    together: bool = False

    @property
    def released(self) -> bool:
        """Whether there is no time until an approver starts it."""
        return self.day is None or self.start is None

    def json(self) -> dict[str, object]:
        """Return the rule as plain JSON values, as `rule_of` takes them."""
        return {
            "day": self.day.isoformat() if self.day else None,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "together": self.together,
            "released": self.released,
        }


def rule_of(stored: Mapping[str, object]) -> Rule:
    """Return the rule of plain JSON values; a rule that says `released` has no time."""
    if stored.get("released"):
        return Rule()
    day, start, end = (stored.get(name) for name in ("day", "start", "end"))
    return Rule(
        day=date.fromisoformat(str(day)) if day else None,
        start=time.fromisoformat(str(start)) if start else None,
        end=time.fromisoformat(str(end)) if end else None,
        together=bool(stored.get("together")),
    )


def instant(day: date, wall: time, zone: str) -> datetime:
    """Return the moment of a wall time, in UTC; of an hour that comes twice in autumn, the first.

    Raises: SpringGap when the clock jumps over it; ValueError for a zone that is not in `ZONES`.
    """
    moment = datetime.combine(day, wall)
    if not _exists(moment, zone):
        raise SpringGap(moment, _nearest(moment, zone, -_MINUTE), _nearest(moment, zone, _MINUTE))
    return moment.replace(tzinfo=_zone(zone)).astimezone(UTC)


def local(at: datetime, zone: str) -> datetime:
    """Return a moment as wall time where the zone holds.

    Raises: ValueError for a zone that is not in `ZONES`.
    """
    return at.astimezone(_zone(zone))


def slot(start: datetime, end: datetime, *, colour: int, colours: int, key: str) -> datetime:
    """Return a delivery's moment in the window [start, end): its colour's part, and a small jitter from `key`.

    The window has as many equal parts as there are colours. Moments lie in the first half of their part, so that
    neighbours are at least half a part from each other, and the accounts of one municipality at most half a part.
    Whole seconds after `start`. Depends on nothing but the arguments: others' joining and leaving move nobody.

    Raises: ValueError for an empty window or a colour outside 0 … colours - 1.
    """
    seconds = int((end - start).total_seconds())
    if seconds < 1 or not 0 <= colour < colours:
        raise ValueError("a slot needs a window of at least a second, and a colour among the colours")
    first, following = (seconds * part // colours for part in (colour, colour + 1))
    jitter = _fraction(key, max(1, (following - first) // 2))
    return start + timedelta(seconds=first + jitter)


def span(rule: Rule, zone: str) -> tuple[datetime, datetime] | None:
    """Return the first possible moment of a rule and the end after the last; `None` when it waits to be released.

    For `together` both are the same moment. `at` alone has ten minutes (D18).

    Raises: SpringGap.
    """
    if rule.day is None or rule.start is None:
        return None
    start = instant(rule.day, rule.start, zone)
    if rule.together:
        return start, start
    if rule.end is None:
        return start, start + AT_SPREAD
    last_day = rule.day if rule.end > rule.start else rule.day + timedelta(days=1)
    return start, instant(last_day, rule.end, zone)


def due_at(rule: Rule, *, zone: str, colour: int, colours: int, key: str) -> datetime | None:
    """Return when a delivery is meant to go, in UTC; `None` when it waits to be released.

    `key` names what is to be spread, such as message and account; the same key gives the same moment for ever.

    Raises: SpringGap.
    """
    window = span(rule, zone)
    if window is None or rule.together:
        return window and window[0]
    return slot(*window, colour=colour, colours=colours, key=key)


def late_at(due: datetime, late_after: timedelta) -> datetime:
    """Return the moment from which a delivery is too late to be sent."""
    return due + late_after


def own_time_problem(rule: Rule, at: datetime, zone: str, ends_on: date) -> str | None:
    """Return why a municipality may not send a message at this moment, as a code, or `None` when it may.

    Not before the campaign's own first moment, so that nobody is ahead of the others; not after the campaign's last
    day; and what goes out together has no time of its own. What waits to be released has no first moment.
    """
    if rule.together and not rule.released:
        return "timing.own_time.together"
    window = span(rule, zone)
    if window is not None and at < window[0]:
        return "timing.own_time.too_early"
    return "timing.own_time.after_end" if at.astimezone(_zone(zone)).date() > ends_on else None


def is_holiday(day: date) -> bool:
    """Tell whether a day is a public holiday in Norway, or an eve that is kept like one (domain notes, section 6)."""
    return day in _holidays(day.year)


def quiet_reason(at: datetime, zone: str, *, holiday: Callable[[date], bool] = is_holiday) -> Quiet | None:
    """Return why nobody is to be disturbed at this moment, or `None` when posting is fine."""
    local = at.astimezone(_zone(zone))
    if holiday(local.date()):
        return "holiday"
    if local.weekday() == 6:
        return "sunday"
    return None if QUIET_UNTIL <= local.time() < QUIET_FROM else "night"


def is_quiet(at: datetime, zone: str, *, holiday: Callable[[date], bool] = is_holiday) -> bool:
    """Tell whether this moment lies in quiet hours, on a Sunday or on a holiday."""
    return quiet_reason(at, zone, holiday=holiday) is not None


def next_awake(at: datetime, zone: str, *, holiday: Callable[[date], bool] = is_holiday) -> datetime:
    """Return the first moment, from `at` on, that is not quiet, in UTC."""
    if not is_quiet(at, zone, holiday=holiday):
        return at.astimezone(UTC)
    local = at.astimezone(_zone(zone))
    day = local.date() + timedelta(days=local.time() >= QUIET_UNTIL)
    while quiet_reason(morning := instant(day, QUIET_UNTIL, zone), zone, holiday=holiday):
        day += timedelta(days=1)
    return morning


def quiet_in(rule: Rule, zone: str, *, holiday: Callable[[date], bool] = is_holiday) -> Quiet | None:
    """Return why some moment of the rule's span would be quiet, or `None`; for the check of a document.

    Raises: SpringGap.
    """
    window = span(rule, zone)
    if window is None:
        return None
    start, last = window[0], max(window[0], window[1] - timedelta(seconds=1))
    # A quiet stretch lasts ten hours or more, so that hourly looks and the two ends miss none.
    looks = [start + timedelta(hours=hour) for hour in range((last - start) // timedelta(hours=1) + 1)]
    reasons = (quiet_reason(moment, zone, holiday=holiday) for moment in (*looks, last))
    return next((reason for reason in reasons if reason), None)


def is_warning_test(at: datetime, zone: str) -> bool:
    """Tell whether this moment is kept clear for the national test of the warning system."""
    local = at.astimezone(_zone(zone))
    second_wednesday = local.weekday() == 2 and 8 <= local.day <= 14
    return local.month in _TEST_MONTHS and second_wednesday and _TEST_FROM <= local.time() < _TEST_UNTIL


def is_working_day(day: date) -> bool:
    """Tell whether people are at work: Monday to Friday and no holiday or eve kept like one."""
    return day.weekday() < 5 and not is_holiday(day)


def _zone(name: str) -> ZoneInfo:
    if name not in ZONES:
        raise ValueError(f"{name!r} is not one of {', '.join(ZONES)}")
    return ZoneInfo(name)


def _exists(wall: datetime, zone: str) -> bool:
    """Tell whether a naive wall time comes back unchanged from UTC; one in the spring gap does not."""
    there = wall.replace(tzinfo=_zone(zone)).astimezone(UTC)
    return there.astimezone(_zone(zone)).replace(tzinfo=None) == wall


def _nearest(wall: datetime, zone: str, step: timedelta) -> time:
    """Return the nearest whole minute that exists, going by `step`; a gap is an hour long."""
    wall = wall.replace(second=0, microsecond=0)
    while not _exists(wall, zone):
        wall += step
    return wall.time()


def _fraction(key: str, below: int) -> int:
    """Return a whole number from 0 to below `below` that is the same for the same key on every machine."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % below


@cache
def _holidays(year: int) -> frozenset[date]:
    public = country_holidays("NO", years=year, language="en_US")
    easter_eve = min(public.get_named("Easter Sunday")) - timedelta(days=1)
    return frozenset(public) | {easter_eve, date(year, 12, 24), date(year, 12, 31)}
