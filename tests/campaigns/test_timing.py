from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.register import colour_count, colours, neighbours
from campaigns.sentences import LANGUAGES, sentence
from campaigns.timing import (
    AT_SPREAD,
    ZONES,
    Rule,
    SpringGap,
    due_at,
    instant,
    is_holiday,
    is_quiet,
    is_warning_test,
    late_at,
    next_awake,
    quiet_in,
    quiet_reason,
    rule_of,
    slot,
    span,
)

OSLO = "Europe/Oslo"
DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
CLOCKS = st.times().map(lambda found: found.replace(microsecond=0))
ZONE = st.sampled_from(ZONES)
SPRING = [date(2026, 3, 29), date(2027, 3, 28), date(2028, 3, 26), date(2029, 3, 25), date(2030, 3, 31)]
AUTUMN = [date(2026, 10, 25), date(2027, 10, 31), date(2028, 10, 29), date(2029, 10, 28), date(2030, 10, 27)]


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return instant(day, time(hour, minute), OSLO)


@given(DAYS, CLOCKS, ZONE)
def test_a_wall_time_comes_back_from_utc_unless_it_lies_in_the_spring_gap(
    day: date, wall: time, zone: str
) -> None:
    in_gap = day in SPRING and wall.hour == 2
    if in_gap:
        with pytest.raises(SpringGap):
            instant(day, wall, zone)
    else:
        moment = instant(day, wall, zone)
        assert moment.tzinfo is UTC
        assert moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(day, wall)


@pytest.mark.parametrize("day", SPRING)
@pytest.mark.parametrize("zone", ZONES)
def test_a_time_in_the_spring_gap_is_refused_with_the_nearest_valid_times(day: date, zone: str) -> None:
    for wall in (time(2), time(2, 30), time(2, 59, 59)):
        with pytest.raises(SpringGap) as caught:
            instant(day, wall, zone)
        assert (caught.value.before, caught.value.after) == (time(1, 59), time(3))
    told = sentence(caught.value.code, caught.value.values, "nn")
    assert "01:59" in told
    assert "03:00" in told
    assert "{" not in told


@pytest.mark.parametrize("day", AUTUMN)
def test_of_an_hour_that_comes_twice_in_autumn_the_first_is_used(day: date) -> None:
    assert instant(day, time(2, 30), OSLO) == datetime(day.year, day.month, day.day, 0, 30, tzinfo=UTC)
    assert instant(day, time(3), OSLO) - instant(day, time(2), OSLO) == timedelta(hours=2)


@given(DAYS, CLOCKS, CLOCKS)
def test_a_later_wall_time_of_a_day_is_never_an_earlier_moment(day: date, one: time, other: time) -> None:
    assume(not (day in SPRING and 2 in (one.hour, other.hour)))
    assert (one <= other) == (instant(day, one, OSLO) <= instant(day, other, OSLO))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Stockholm", "", "../etc/passwd"])
def test_only_norwegian_zones_are_taken(zone: str) -> None:
    with pytest.raises(ValueError, match="is not one of"):
        instant(date(2027, 1, 12), time(12), zone)


@given(DAYS, CLOCKS, CLOCKS, st.integers(0, 4), st.text(max_size=30), ZONE)
def test_a_slot_lies_in_its_window_on_a_whole_second(
    day: date, start: time, end: time, colour: int, key: str, zone: str
) -> None:
    rule = Rule(day, start, end)
    try:
        window = span(rule, zone)
    except SpringGap:
        return
    assert window is not None
    due = due_at(rule, zone=zone, colour=colour, colours=5, key=key)
    assert due is not None
    assert window[0] <= due < window[1]
    assert due.microsecond == 0
    assert due == due_at(rule, zone=zone, colour=colour, colours=5, key=key)


@given(st.integers(10, 12 * 3600), st.integers(1, 10), st.data())
def test_neighbouring_colours_never_share_a_part_and_keep_half_a_part_between_them(
    seconds: int, count: int, data: st.DataObject
) -> None:
    start = datetime(2027, 1, 12, 17, tzinfo=UTC)
    one, other = (data.draw(st.integers(0, count - 1)) for _ in "ab")
    moments = [
        slot(
            start, start + timedelta(seconds=seconds), colour=colour, colours=count, key=data.draw(st.text())
        )
        for colour in (one, other)
    ]
    distance = abs((moments[0] - moments[1]).total_seconds())
    if one == other:
        assert distance <= seconds / count / 2
    else:
        assert (one < other) == (moments[0] < moments[1])
        assert distance >= seconds / count / 2 - 1


def test_real_neighbours_never_go_at_the_same_time() -> None:
    rule = Rule(date(2027, 1, 12), time(18), time(20))
    due = {
        number: due_at(rule, zone=OSLO, colour=colour, colours=colour_count(), key=f"message-1/{number}")
        for number, colour in colours().items()
    }
    for number, others in neighbours().items():
        for other in others:
            one, two = due[number], due[other]
            assert one is not None
            assert two is not None
            assert abs(one - two) >= timedelta(minutes=11)


def test_a_slot_is_the_same_on_every_machine_and_in_every_version() -> None:
    rule = Rule(date(2027, 1, 12), time(18), time(20))
    due = due_at(rule, zone=OSLO, colour=3, colours=5, key="x")
    assert due == datetime(2027, 1, 12, 18, 16, 36, tzinfo=UTC)


def test_an_empty_window_and_an_unknown_colour_are_refused() -> None:
    start = datetime(2027, 1, 12, 17, tzinfo=UTC)
    with pytest.raises(ValueError, match="a window"):
        slot(start, start, colour=0, colours=5, key="x")
    with pytest.raises(ValueError, match="a colour"):
        slot(start, start + timedelta(hours=1), colour=5, colours=5, key="x")


@given(DAYS, CLOCKS, st.integers(0, 4), st.text(max_size=9))
def test_a_time_alone_spreads_at_most_ten_minutes_and_together_not_at_all(
    day: date, at: time, colour: int, key: str
) -> None:
    assume(not (day in SPRING and at.hour == 2))
    spread = due_at(Rule(day, at), zone=OSLO, colour=colour, colours=5, key=key)
    exact = due_at(Rule(day, at, together=True), zone=OSLO, colour=colour, colours=5, key=key)
    assert spread is not None
    assert exact == instant(day, at, OSLO)
    assert timedelta(0) <= spread - exact < AT_SPREAD


def test_a_message_that_is_released_by_hand_has_no_time() -> None:
    assert Rule().released
    assert due_at(Rule(), zone=OSLO, colour=0, colours=5, key="x") is None
    assert span(Rule(), OSLO) is None
    assert quiet_in(Rule(), OSLO) is None


@pytest.mark.parametrize(
    ("day", "start", "end", "hours"),
    [
        (date(2027, 1, 12), time(22), time(2), 4),  # across midnight
        (date(2026, 12, 31), time(23), time(1), 2),  # across the year
        (date(2027, 3, 27), time(23), time(4), 4),  # across the spring change
        (date(2027, 3, 28), time(1), time(4), 2),
        (date(2027, 10, 30), time(23), time(4), 6),  # across the autumn change
        (date(2027, 10, 31), time(1), time(4), 4),
    ],
)
def test_windows_across_midnight_and_clock_changes_have_their_true_length(
    day: date, start: time, end: time, hours: int
) -> None:
    window = span(Rule(day, start, end), OSLO)
    assert window is not None
    assert window[1] - window[0] == timedelta(hours=hours)
    assert window[0] == instant(day, start, OSLO)


def test_a_rule_survives_being_stored() -> None:
    for rule in (
        Rule(),
        Rule(date(2027, 1, 12), time(18)),
        Rule(date(2027, 1, 12), time(18, 0, 30), time(2), together=False),
        Rule(date(2027, 1, 12), time(18), together=True),
    ):
        assert rule_of(rule.json()) == rule


def test_late_is_so_much_after_due() -> None:
    due = datetime(2027, 1, 12, 17, tzinfo=UTC)
    assert late_at(due, timedelta(minutes=60)) == datetime(2027, 1, 12, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (local(date(2027, 1, 12), 6, 59), "night"),
        (local(date(2027, 1, 12), 7), None),
        (local(date(2027, 1, 12), 20, 59), None),
        (local(date(2027, 1, 12), 21), "night"),
        (local(date(2027, 1, 10), 12), "sunday"),
        (local(date(2027, 5, 17), 12), "holiday"),
        (local(date(2027, 3, 28), 12), "holiday"),
        (datetime(2027, 7, 1, 19, 30, tzinfo=UTC), "night"),  # half past nine in summer time
        (datetime(2027, 1, 12, 19, 30, tzinfo=UTC), None),
    ],
)
def test_nights_sundays_and_holidays_are_quiet(at: datetime, why: str | None) -> None:
    assert quiet_reason(at, OSLO) == why
    assert is_quiet(at, OSLO) == (why is not None)


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        (date(2027, 3, 24), False),  # the day before Maundy Thursday
        (date(2027, 3, 25), True),
        (date(2027, 3, 27), True),  # Easter Eve
        (date(2027, 3, 29), True),
        (date(2027, 5, 6), True),  # Ascension Day
        (date(2027, 5, 15), False),  # the eve of Whitsun is an ordinary Saturday here
        (date(2026, 12, 23), False),
        (date(2026, 12, 24), True),
        (date(2026, 12, 26), True),
        (date(2026, 12, 31), True),
        (date(2027, 2, 6), False),  # the Sámi national day is a flag day
    ],
)
def test_holidays_are_the_public_ones_and_three_eves(day: date, holiday: bool) -> None:
    assert is_holiday(day) is holiday


@settings(deadline=None)  # the first look loads the calendar
@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 30)), ZONE)  # noqa: DTZ001  # made aware below
def test_the_next_awake_moment_is_the_first_that_is_not_quiet(naive: datetime, zone: str) -> None:
    at = naive.replace(tzinfo=UTC)
    awake = next_awake(at, zone)
    assert awake >= at
    assert not is_quiet(awake, zone)
    if is_quiet(at, zone):
        assert awake.astimezone(ZoneInfo(zone)).time() == time(7)
        assert is_quiet(awake - timedelta(seconds=1), zone)
        steps = (at + timedelta(hours=hour) for hour in range((awake - at) // timedelta(hours=1)))
        assert all(is_quiet(step, zone) for step in steps)
    else:
        assert awake == at


def test_after_easter_the_first_awake_morning_is_tuesday() -> None:
    assert next_awake(local(date(2027, 3, 24), 21), OSLO) == local(date(2027, 3, 30), 7)


def test_an_organisation_may_have_its_own_holidays() -> None:
    at = local(date(2027, 2, 6), 12)
    assert quiet_reason(at, OSLO, holiday=lambda day: day == date(2027, 2, 6)) == "holiday"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Rule(date(2027, 1, 12), time(18), time(20)), None),
        (Rule(date(2027, 1, 12), time(18), time(21)), None),
        (Rule(date(2027, 1, 12), time(18), time(21, 1)), "night"),
        (Rule(date(2027, 1, 12), time(20, 55)), "night"),  # the ten minutes of spread reach into the night
        (Rule(date(2027, 1, 12), time(20, 55), together=True), None),
        (Rule(date(2027, 1, 12), time(20), time(8)), "night"),
        (Rule(date(2027, 1, 10), time(18), together=True), "sunday"),
        (Rule(date(2027, 5, 14), time(20), time(7, 30)), "night"),
    ],
)
def test_a_rule_is_quiet_where_any_moment_of_its_span_is(rule: Rule, why: str | None) -> None:
    assert quiet_in(rule, OSLO) == why


@pytest.mark.parametrize(
    ("at", "test"),
    [
        (local(date(2027, 6, 9), 12), True),
        (local(date(2027, 1, 13), 11, 30), True),
        (local(date(2027, 1, 13), 13), False),
        (local(date(2027, 1, 6), 12), False),
        (local(date(2027, 2, 10), 12), False),
    ],
)
def test_the_test_of_the_warning_system_is_known(at: datetime, test: bool) -> None:
    assert is_warning_test(at, OSLO) is test


@pytest.mark.parametrize("why", ["night", "sunday", "holiday"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_be_quiet_has_a_sentence(why: str, language: str) -> None:
    told = sentence(f"timing.quiet.{why}", {"time": "21:30", "day": "12.01.2027"}, language)  # type: ignore[arg-type]
    assert "12.01.2027" in told
    assert "{" not in told
