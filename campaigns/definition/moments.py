"""Days and times as a document states them: wall time, absolute or relative to the campaign's anchor.

No zone, no spread, no quiet hours: turning these into moments is the business of `campaigns.timing`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

LONGEST_WINDOW = timedelta(hours=12)

# How days, times and spans are written; the document's JSON Schema is made from these, too.
DATE = re.compile(r"(20\d\d)-(\d\d)-(\d\d)", re.ASCII)
OFFSET = re.compile(r"T(?: ?([+−–-]) ?(\d{1,3}))?", re.ASCII)  # signs as word processors write them, too
CLOCK = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII)
WINDOW = re.compile(r"([\d:]+) ?[–-] ?([\d:]+)", re.ASCII)
SPAN = re.compile(r"(\d{1,5}) ?(min|h|d)", re.ASCII)
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST_SPAN = timedelta(days=7)


def _unreadable(code: str, value: object) -> PydanticCustomError:
    """Return the error for a value that does not have the form the code tells of."""
    return PydanticCustomError(code, "{value}", {"value": str(value)[:60]})


def parse_date(value: object) -> date:
    """Return the date of `YYYY-MM-DD` (years 2000–2099); a date passes as it is."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    found = DATE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise _unreadable("definition.date", value)
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        raise _unreadable("definition.date_impossible", value) from None


def parse_clock(value: object) -> time:
    """Return the wall time of `HH:MM` or `HH:MM:SS`; a time passes as it is."""
    if isinstance(value, time):
        return value
    found = CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise _unreadable("definition.clock", value)
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        raise _unreadable("definition.clock", value) from None


def parse_moment(value: object) -> datetime:
    """Return the naive wall time of `YYYY-MM-DD HH:MM[:SS]`; a naive datetime passes as it is."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value
    day, separator, clock = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if not separator:
        raise _unreadable("definition.moment", value)
    return datetime.combine(parse_date(day), parse_clock(clock.strip()))


def parse_clock_or_moment(value: object) -> time | datetime | None:
    """Return the wall time, with its date where one is given; `None` passes."""
    if value is None:
        return None
    if isinstance(value, datetime) or (isinstance(value, str) and " " in value.strip()):
        return parse_moment(value)
    return parse_clock(value)


def parse_span(value: object) -> timedelta:
    """Return the length of `60 min`, `2 h` or `1 d`, from one minute to seven days; a timedelta passes."""
    if isinstance(value, timedelta):
        return value
    found = SPAN.fullmatch(value) if isinstance(value, str) else None
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not timedelta(0) < span <= _LONGEST_SPAN:
        raise _unreadable("definition.span", value)
    return span


def span_text(span: timedelta) -> str:
    """Return a span in the largest unit that states it without a remainder."""
    for unit in ("d", "h", "min"):
        if span >= _UNITS[unit] and not span % _UNITS[unit]:
            return f"{span // _UNITS[unit]} {unit}"
    raise ValueError(f"{span} is not a whole number of minutes")


def clock_text(clock: time) -> str:
    """Return `HH:MM`, with seconds where there are any."""
    return clock.isoformat("seconds" if clock.second else "minutes")


Date = Annotated[date, BeforeValidator(parse_date)]
Clock = Annotated[time, BeforeValidator(parse_clock), PlainSerializer(clock_text)]
Moment = Annotated[datetime, BeforeValidator(parse_moment)]
Span = Annotated[timedelta, BeforeValidator(parse_span), PlainSerializer(span_text)]


class Day(BaseModel):
    """A day: a date, or so many days before or after the campaign's anchor, which documents call T."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fixed: date | None = None
    offset: int | None = None
    """Days after the anchor; negative is before."""

    @classmethod
    def parse(cls, text: str) -> Day:
        """Return the day of `2027-01-12`, `T`, `T-7` or `T+34`.

        Raises: pydantic.ValidationError.
        """
        return cls.model_validate(text)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if isinstance(value, date):
            return {"fixed": value}
        if not isinstance(value, str):
            return value
        if found := OFFSET.fullmatch(value):
            days = int(found[2] or 0)
            return {"offset": days if found[1] in (None, "+") else -days}
        if not value[:1].isdigit():
            raise _unreadable("definition.day", value)
        return {"fixed": parse_date(value)}

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Day:
        if (self.fixed is None) == (self.offset is None):
            raise _unreadable("definition.day", "")
        return self

    @property
    def relative(self) -> bool:
        """Whether this day needs the campaign's anchor."""
        return self.offset is not None

    def on(self, anchor: date | None) -> date:
        """Return the date, given the anchor's.

        Raises: ValueError when the day is relative and there is no anchor.
        """
        if self.fixed is not None:
            return self.fixed
        if anchor is None or self.offset is None:
            raise ValueError("a relative day needs an anchor")
        return anchor + timedelta(days=self.offset)

    def __str__(self) -> str:
        if self.fixed is not None:
            return self.fixed.isoformat()
        return f"T{self.offset:+d}" if self.offset else "T"


class Window(BaseModel):
    """A stretch of wall time on a day; an end that is not after the start lies on the next day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: Clock
    end: Clock

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        found = WINDOW.fullmatch(value)
        if not found:
            raise _unreadable("definition.window", value)
        return {"start": parse_clock(found[1]), "end": parse_clock(found[2])}

    @model_validator(mode="after")
    def _is_bounded(self) -> Window:
        if self.start == self.end or self.length > LONGEST_WINDOW:
            raise _unreadable("definition.window_length", self)
        return self

    @property
    def length(self) -> timedelta:
        """How long the window is on the wall clock; more than nothing, at most twelve hours."""
        begin = datetime.combine(date.min, self.start)
        end = datetime.combine(date.min, self.end)
        return end - begin if end > begin else end - begin + timedelta(days=1)

    def __str__(self) -> str:
        return f"{clock_text(self.start)}-{clock_text(self.end)}"


class Send(BaseModel):
    """When a message goes, by exactly one of three rules: a fixed time, one relative to the anchor, or released (D18).

    The fields are the document's own; what others need is `day`, `start`, `end`, `together` and `released`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    on: Day | None = None
    """The day, with `at` or `between`."""
    at: Annotated[time | datetime | None, BeforeValidator(parse_clock_or_moment)] = None
    """The wall time from which it goes, spread over ten minutes; or day and time in one, without `on`."""
    between: Window | None = None
    """The stretch of wall time within which it goes: neighbours at different times."""
    when: Literal["released"] | None = None
    """No time at all: an approver starts it."""
    together: bool = False
    """Simultaneous everywhere; otherwise neighbours are spread."""  # D20

    @model_validator(mode="after")
    def _is_one_rule(self) -> Send:
        times = (self.at is not None) + (self.between is not None)
        if self.when:
            whole = self.on is None and not times
        elif isinstance(self.at, datetime):
            whole = self.on is None and self.between is None
        else:
            whole = self.on is not None and times == 1
        if not whole:
            raise PydanticCustomError("definition.send_rule", "a message has exactly one time rule")
        if self.together and self.at is None:
            raise PydanticCustomError("definition.send_together", "together needs at")
        return self

    @property
    def day(self) -> Day | None:
        """The day of the sending; `None` when it waits to be released."""
        return Day(fixed=self.at.date()) if isinstance(self.at, datetime) else self.on

    @property
    def start(self) -> time | None:
        """The wall time at, or from, which it goes; `None` when it waits to be released."""
        if isinstance(self.at, datetime):
            return self.at.time()
        return self.between.start if self.between else self.at

    @property
    def end(self) -> time | None:
        """The wall time at which the window closes, on the next day if not after `start`; `None` without a window."""
        return self.between.end if self.between else None

    @property
    def released(self) -> bool:
        """Whether there is no time until an approver starts it."""
        return self.when is not None
