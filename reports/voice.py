"""How a page, a letter or a report speaks: numbers, moments and names as the reader's language writes them.

Every date and number is written here, on the server: browsers know no nynorsk. It holds no sentence; those are in
the catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal

from campaigns.sentences import DAY, Language, best_of, page_sentence, sentence
from campaigns.timing import NORWAY

NAMES_SHOWN = 8
"""So many names are listed before "and 12 more"."""
NO_BREAK = "\u00a0"

_SHORT_DAY = {"nn": "d. MMMM", "nb": "d. MMMM", "en": "d MMMM"}
_CLOCK = {"nn": f"kl.{NO_BREAK}%H.%M", "nb": f"kl.{NO_BREAK}%H.%M", "en": "%H:%M"}
_SECONDS = {"nn": ".%S", "nb": ".%S", "en": ":%S"}
_MOMENT = {"nn": "{day} {clock}", "nb": "{day} {clock}", "en": "{day} at {clock}"}


@dataclass(frozen=True, slots=True)
class Title:
    """A title with the language it is written in, so that a screen reader says it right."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Voice:
    """One language at one moment: what the templates write with."""

    language: Language
    now: datetime | None = None
    """Lets a moment be told without what everybody knows: this year, today."""

    def say(self, code: str, /, **values: object) -> str:
        """Return the sentence of `code` as a page puts it."""
        return page_sentence(code, values, self.language)

    def problem(self, code: str, values: Mapping[str, object]) -> str:
        """Return a sentence about what is wrong; its values may have any names."""
        return page_sentence(code, values, self.language)

    def number(self, value: int) -> str:
        """Return a whole number with its thousands apart; Norwegian puts a no-break space there."""
        return str(format_decimal(value, locale=self.language))

    def seconds(self, value: float) -> str:
        """Return seconds with two decimals."""
        return str(format_decimal(round(value, 2), format="0.00", locale=self.language))

    def moment(self, at: datetime) -> str:
        """Return day and time of day; the year is told when it is not this one."""
        wall = at.astimezone(NORWAY)
        this_year = self.now is not None and wall.year == self.now.astimezone(NORWAY).year
        pattern = DAY[self.language] + ("" if this_year else " y")
        day = format_date(wall, pattern, locale=self.language)
        return _MOMENT[self.language].format(day=day, clock=wall.strftime(_CLOCK[self.language]))

    def day(self, day: date) -> str:
        """Return a day with its weekday; the year is told when it is not this one."""
        this_year = self.now is not None and day.year == self.now.astimezone(NORWAY).year
        return str(format_date(day, DAY[self.language] + ("" if this_year else " y"), locale=self.language))

    def day_of(self, at: datetime) -> str:
        """Return the day of a moment."""
        return self.day(at.astimezone(NORWAY).date())

    def clock(self, at: datetime) -> str:
        """Return the time of day of a moment."""
        return at.astimezone(NORWAY).strftime(_CLOCK[self.language])

    @staticmethod
    def iso_day(at: datetime) -> str:
        """Return a moment's day as a date field takes it."""
        return at.astimezone(NORWAY).date().isoformat()

    def plain_clock(self, at: datetime) -> str:
        """Return a moment's time of day without a word before it, as one types it."""
        return self.clock(at).split(NO_BREAK)[-1]

    def weekday(self, day: date) -> str:
        """Return the name of a day of the week, as a heading."""
        name = str(format_date(day, "EEEE", locale=self.language))
        return name[:1].upper() + name[1:]

    def short_day(self, day: date) -> str:
        """Return a day without its weekday."""
        return str(format_date(day, _SHORT_DAY[self.language], locale=self.language))

    def month(self, day: date) -> str:
        """Return a month with its year."""
        return str(format_date(day, "MMMM y", locale=self.language))

    def decimal(self, value: float) -> str:
        """Return a number with one decimal."""
        return str(format_decimal(value, format="#,##0.0", locale=self.language))

    def rate(self, value: float) -> str:
        """Return a number of a rate: one decimal below ten, and whole from there on."""
        return self.decimal(value) if value < 10 else self.number(round(value))

    def until(self, day: date) -> str:
        """Return how far away a day is, in words."""
        if self.now is None:
            return self.day(day)
        left = (day - self.now.astimezone(NORWAY).date()).days
        if left in (0, 1):
            return self.say(f"page.until.{'today' if left == 0 else 'tomorrow'}")
        code = "page.until.days" if left > 0 else "page.until.past"
        return self.say(code, count=abs(left), number=self.number(abs(left)))

    def today_date(self) -> date:
        """Return what day it is in Norway.

        Raises: LookupError for a voice that does not know.
        """
        if self.now is None:
            raise LookupError("this voice knows no time")
        return self.now.astimezone(NORWAY).date()

    def today(self) -> str:
        """Return what day it is, as the beginning of a sentence."""
        if self.now is None:
            return ""
        day = self.day(self.now.astimezone(NORWAY).date())
        return day[:1].upper() + day[1:]

    def wall(self, at: datetime) -> str:
        """Return a wall time that has no zone of its own."""
        return _MOMENT[self.language].format(
            day=self.day(at.date()), clock=at.strftime(_CLOCK[self.language])
        )

    def say_packed(self, said: tuple[str, Mapping[str, str]]) -> str:
        """Return the sentence that was packed for this page; `one` where its count was one."""
        values: dict[str, object] = dict(said[1])
        if values.get("count") == "1":
            values["count"] = 1
        return sentence(said[0], values, self.language)

    def moment_or_clock(self, at: datetime) -> str:
        """Return the time of day with its seconds where that was today, else the moment."""
        wall = at.astimezone(NORWAY)
        if self.now is None or wall.date() != self.now.astimezone(NORWAY).date():
            return self.moment(at)
        return wall.strftime(_CLOCK[self.language] + _SECONDS[self.language])

    def names(self, names: Sequence[str]) -> str:
        """Return names as a list in words, cut where it grows long."""
        shown, left = list(names[:NAMES_SHOWN]), len(names) - NAMES_SHOWN
        if left > 0:
            shown.append(self.say("page.and_more", count=left, number=self.number(left)))
        return str(format_list(shown, locale=self.language))

    def title(self, texts: Mapping[str, str]) -> Title:
        """Return a title in the reader's language, else in the other Norwegian one, else in any there is."""
        return Title(*best_of(texts, self.language))
