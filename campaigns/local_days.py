"""An organisation's own days: school holidays, fairs, days on which nobody is at work; brought in from a calendar file.

A file is iCal (`.ics`) or CSV with `from,to,name`. It becomes plain stretches of days; nothing of the file is kept. The
days count when deadlines are counted in working days, and a post on one of them gets a warning.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import audit, timing
from campaigns.access import must
from campaigns.organisations import NotFound
from campaigns.store import LocalDay
from campaigns.wording import hidden_characters
from connectors.base import Problem

MOST_BYTES = 1_000_000
MOST_DAYS = 500
"""Stretches in one file; a school year has about eight."""
LONGEST = timedelta(days=100)
"""A stretch longer than a summer is a slip of the pen."""
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` to `last`, both included, and what they are."""

    first: date
    last: date
    name: str


class CalendarRefused(ValueError):
    """A calendar file that cannot be taken, with every problem at once; nothing was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems


def read(source: bytes) -> list[Stretch]:
    """Return the stretches of an iCal or CSV file, in order and each once.

    Raises: CalendarRefused.
    """
    if len(source) > MOST_BYTES:
        raise CalendarRefused([Problem("calendar.too_large", {"limit": MOST_BYTES // 1_000_000})])
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CalendarRefused([Problem("calendar.encoding")]) from None
    problems: list[Problem] = []
    rows = (
        _ical(text, problems) if text.lstrip().upper().startswith("BEGIN:VCALENDAR") else _csv(text, problems)
    )
    found = sorted(set(rows), key=lambda one: (one.first, one.last, one.name))
    if len(found) > MOST_DAYS:
        problems.append(Problem("calendar.too_many", {"number": len(found), "limit": MOST_DAYS}))
    if not found and not problems:
        problems.append(Problem("calendar.empty"))
    if problems:
        raise CalendarRefused(problems)
    return found


def _csv(text: str, problems: list[Problem]) -> list[Stretch]:
    """Return the rows of `from,to,name`; a heading, and semicolons for commas, are fine."""
    separator = ";" if text.partition("\n")[0].count(";") >= 2 else ","
    found: list[Stretch] = []
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=separator))
    except csv.Error:
        problems.append(Problem("calendar.row", {"line": 1}))
        return []
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not cells[0][:1].isdigit()):
            continue
        try:
            first, last = date.fromisoformat(cells[0]), date.fromisoformat(cells[1] or cells[0])
            name = cells[2]
        except (ValueError, IndexError):
            problems.append(Problem("calendar.row", {"line": number}))
            continue
        found += _checked(first, last, name, str(number), problems)
    return found


def _ical(text: str, problems: list[Problem]) -> list[Stretch]:
    try:
        events = Calendar.from_ical(text).walk("VEVENT")
    except (ValueError, KeyError, IndexError):
        problems.append(Problem("calendar.unreadable"))
        return []
    found: list[Stretch] = []
    for number, event in enumerate(events, start=1):
        if "RRULE" in event:
            problems.append(Problem("calendar.repeats", {"name": str(event.get("SUMMARY", number))[:60]}))
            continue
        try:
            begins, ends = event.decoded("DTSTART"), event.decoded("DTEND", None)
        except (ValueError, KeyError, TypeError):
            begins = ends = None
        if not isinstance(begins, date):
            problems.append(Problem("calendar.row", {"line": number}))
            continue
        first, last = _days(begins, ends)
        found += _checked(first, last, str(event.get("SUMMARY", "")), str(number), problems)
    return found


def _days(begins: date, ends: object) -> tuple[date, date]:
    """Return the first and last day of an event; the end of one in whole days is the day after (RFC 5545)."""
    if isinstance(begins, datetime):
        return begins.date(), ends.date() if isinstance(ends, datetime) else begins.date()
    return begins, ends - timedelta(days=1) if isinstance(ends, date) and ends > begins else begins


def _checked(first: date, last: date, name: str, where: str, problems: list[Problem]) -> Iterable[Stretch]:
    name = " ".join(name.split())[:LONGEST_NAME]
    if last < first or last - first > LONGEST:
        problems.append(Problem("calendar.stretch", {"line": where}))
    elif not name or hidden_characters(name):
        problems.append(Problem("calendar.name", {"line": where}))
    else:
        return [Stretch(first, last, name)]
    return []


def replace(session: Session, stretches: Sequence[Stretch], *, now: datetime) -> None:
    """Store an organisation's days in place of those it had.

    Raises: Forbidden.
    """
    actor = must(session, "profile.change", "own")
    session.execute(delete(LocalDay))
    session.add_all(
        LocalDay(organisation_id=actor.organisation_id, first=one.first, last=one.last, name=one.name)
        for one in stretches
    )
    session.flush()
    audit.record(session, actor, "days.replace", "", {"stretches": len(stretches)}, now=now)


def add(session: Session, new: Sequence[Stretch], *, now: datetime) -> int:
    """Store days beside those that are there; return how many were new.

    Raises: Forbidden.
    """
    actor = must(session, "profile.change", "own")
    known = set(stretches(session, actor.organisation_id))
    missing = [one for one in dict.fromkeys(new) if one not in known]
    session.add_all(
        LocalDay(organisation_id=actor.organisation_id, first=one.first, last=one.last, name=one.name)
        for one in missing
    )
    session.flush()
    if missing:
        audit.record(session, actor, "days.add", "", {"stretches": len(missing)}, now=now)
    return len(missing)


def remove(session: Session, day_id: int, *, now: datetime) -> None:
    """Take one stretch of days away.

    Raises: Forbidden; NotFound.
    """
    actor = must(session, "profile.change", "own")
    row = session.scalar(select(LocalDay).where(LocalDay.id == day_id))
    if row is None:
        raise NotFound("day.unknown", id=day_id)
    session.delete(row)
    session.flush()
    audit.record(session, actor, "days.remove", row.name, {"first": f"{row.first:%Y-%m-%d}"}, now=now)


def own(session: Session) -> Sequence[LocalDay]:
    """Return the days of the actor's organisation, in order."""
    return session.scalars(select(LocalDay).order_by(LocalDay.first, LocalDay.last, LocalDay.name)).all()


def as_csv(days: Iterable[Stretch]) -> str:
    """Return days as a file that `read` takes: what was shown is what is stored, through the same limits."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(
        (one.first.isoformat(), one.last.isoformat(), one.name) for one in days
    )
    return file.getvalue()


def stretches(session: Session, organisation_id: int) -> list[Stretch]:
    """Return an organisation's days, in order."""
    rows = select(LocalDay).where(LocalDay.organisation_id == organisation_id)
    return [
        Stretch(one.first, one.last, one.name)
        for one in session.scalars(rows.order_by(LocalDay.first, LocalDay.last, LocalDay.name))
    ]


def name_of(day: date, known: Iterable[Stretch]) -> str | None:
    """Return what a day is among these stretches, or `None`."""
    return next((one.name for one in known if one.first <= day <= one.last), None)


def working(known: Sequence[Stretch]) -> Callable[[date], bool]:
    """Return "people here are at work on this day": no week-end, no holiday, none of their own days."""
    return lambda day: timing.is_working_day(day) and name_of(day, known) is None
