from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from campaigns.definition.moments import LONGEST_WINDOW, Day, Send, Window, parse_span, span_text

DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
TIMES = st.times().map(lambda clock: clock.replace(microsecond=0))


@given(DATES)
def test_a_date_reads_back_as_it_is_written(day: date):
    assert Day.parse(str(Day(fixed=day))) == Day(fixed=day)
    assert Day(fixed=day).on(None) == day


@given(st.integers(-999, 999), DATES)
def test_a_day_from_the_anchor_reads_back_and_lies_so_many_days_away(offset: int, anchor: date):
    day = Day(offset=offset)
    assert Day.parse(str(day)) == day
    assert day.on(anchor) - anchor == timedelta(days=offset)


def test_a_day_from_the_anchor_needs_one():
    with pytest.raises(ValueError, match="anchor"):
        Day.parse("T-7").on(None)


@pytest.mark.parametrize(
    ("written", "offset"), [("T", 0), ("T-7", -7), ("T–7", -7), ("T−7", -7), ("T + 34", 34)]
)
def test_signs_as_word_processors_write_them_are_understood(written: str, offset: int):
    assert Day.parse(written).offset == offset


@pytest.mark.parametrize(
    "written", ["", "t", "T7", "T+1000", "T+", "7", "1.1.2027", "2027-13-01", "2127-01-01", "T+٣"]
)
def test_what_is_no_day_is_refused(written: str):
    with pytest.raises(ValidationError):
        Day.parse(written)


@given(TIMES, TIMES)
def test_a_window_is_longer_than_nothing_and_at_most_twelve_hours_even_over_midnight(start: time, end: time):
    anyday = datetime(2027, 1, 1)  # noqa: DTZ001  # wall time
    length = (datetime.combine(anyday, end) - datetime.combine(anyday, start)) % timedelta(days=1)
    if timedelta(0) < length <= LONGEST_WINDOW:
        window = Window(start=start, end=end)
        assert window.length == length
        assert Window.model_validate(str(window)) == window
    else:
        with pytest.raises(ValidationError):
            Window(start=start, end=end)


@given(DATES, TIMES)
def test_a_fixed_time_is_the_same_in_one_value_or_two(day: date, clock: time):
    together = Send.model_validate({"at": f"{day} {clock}"})
    apart = Send.model_validate({"on": str(day), "at": str(clock)})
    assert (together.day, together.start, together.end) == (apart.day, apart.start, None)
    assert not together.released


def test_a_released_message_has_no_time():
    send = Send.model_validate({"when": "released"})
    assert (send.released, send.day, send.start, send.end) == (True, None, None, None)


def test_a_window_over_midnight_ends_on_the_next_day():
    send = Send.model_validate({"on": "T", "between": "23:30-00:30"})
    assert (send.start, send.end) == (time(23, 30), time(0, 30))


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_a_message_has_exactly_one_time_rule(on: bool, at: bool, moment: bool, between: bool, when: bool):
    parts: dict[str, object] = {"on": "T"} if on else {}
    if at or moment:
        parts["at"] = "2027-01-12 18:00" if moment else "18:00"
    parts |= {"between": "18:00-20:00"} if between else {}
    parts |= {"when": "released"} if when else {}
    relative = on and ((at and not moment) != between) and not moment and not when
    fixed = moment and not on and not between and not when
    released = when and not on and not at and not moment and not between
    if relative or fixed or released:
        Send.model_validate(parts)
    else:
        with pytest.raises(ValidationError):
            Send.model_validate(parts)


@given(st.integers(1, 7 * 24 * 60))
def test_a_length_of_time_reads_back_as_it_is_written(minutes: int):
    span = timedelta(minutes=minutes)
    assert parse_span(span_text(span)) == span
