"""An organisation's own days: calendar files of good and bad will, and what the days do."""

from __future__ import annotations

from datetime import date

import paper
import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import World

from campaigns import approval, local_days, organisations, participation
from campaigns.access import Forbidden
from campaigns.local_days import CalendarRefused, Stretch, read
from campaigns.store import Role

WINTER = Stretch(date(2027, 2, 22), date(2027, 2, 26), "Vinterferie")
ICAL = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Skule//NO
BEGIN:VEVENT
UID:1@skule.example
DTSTAMP:20260801T000000Z
DTSTART;VALUE=DATE:20270222
DTEND;VALUE=DATE:20270227
SUMMARY:Vinterferie
END:VEVENT
BEGIN:VEVENT
UID:2@skule.example
DTSTAMP:20260801T000000Z
DTSTART;VALUE=DATE:20270517
SUMMARY:Planleggings
 dag
END:VEVENT
END:VCALENDAR
"""


def codes(source: bytes) -> list[str]:
    with pytest.raises(CalendarRefused) as told:
        read(source)
    return [one.code for one in told.value.problems]


def test_a_calendar_is_read_with_its_last_day_and_its_folded_lines() -> None:
    day = date(2027, 5, 17)
    assert read(ICAL.replace("\n", "\r\n").encode()) == [WINTER, Stretch(day, day, "Planleggingsdag")]


@pytest.mark.parametrize(
    "source",
    [
        "2027-02-22,2027-02-26,Vinterferie\n",
        "from,to,name\n2027-02-22,2027-02-26,Vinterferie\n\n2027-02-22,2027-02-26,Vinterferie",
        "\ufefffrå;til;namn\r\n2027-02-22;2027-02-26; Vinterferie \r\n",
    ],
)
def test_a_table_is_read_whichever_way_a_spreadsheet_wrote_it(source: str) -> None:
    assert read(source.encode()) == [WINTER]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"", ["calendar.empty"]),
        (b"\xff\xfe2\x000\x00", ["calendar.encoding"]),
        (b"2027-02-22,2027-02-26\n27.02.2027,,x", ["calendar.row", "calendar.row"]),
        (b"2027-02-26,2027-02-22,Feil\n2027-01-01,2027-12-31,Heile", ["calendar.stretch", "calendar.stretch"]),
        (b"2027-02-22,2027-02-26, ", ["calendar.name"]),
        ("2027-02-22,2027-02-26,\u202eeirefretniV".encode(), ["calendar.name"]),
        (b"BEGIN:VCALENDAR\nnonsense", ["calendar.unreadable"]),
        (ICAL.replace("SUMMARY:Vinterferie", "SUMMARY:Kvar veke\nRRULE:FREQ=WEEKLY").encode(), ["calendar.repeats"]),
        (b"0" * (local_days.MOST_BYTES + 1), ["calendar.too_large"]),
        ("".join(f"20{y:02}-01-{d:02},,Dag {y} {d}\n" for y in range(25, 45) for d in range(1, 29)).encode(),
         ["calendar.too_many"]),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_taken_is_told_with_everything_that_is_wrong(
    source: bytes, expected: list[str]
) -> None:
    assert codes(source) == expected


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | st.text(max_size=200).map(lambda more: (ICAL + more).encode())
)
def test_no_file_does_more_than_be_refused(source: bytes) -> None:
    found: list[Stretch] = []
    refused: tuple[object, ...] = ()
    try:
        found = read(source)
    except CalendarRefused as told:
        refused = tuple(told.problems)
    assert bool(found) != bool(refused)
    assert all(one.first <= one.last and one.name for one in found)


def bring_in(world: World, number: str, *days: Stretch) -> None:
    with world.store.scope(world.actors[number]) as session:
        local_days.replace(session, days, now=world.now)


def test_a_post_on_an_own_day_off_gets_a_warning_there_alone(world: World) -> None:
    paper.under_way(world, "4601", "4621")
    bring_in(world, "4601", Stretch(date(2027, 1, 10), date(2027, 1, 12), "Juleferie"))
    told = {}
    for number in ("4601", "4621"):
        with world.store.scope(world.actors[number]) as session:
            mine = participation.participation_in(session, paper.KEY)
            drafts = approval.open_drafts(session, world.desk.connectors, mine, (), now=world.now)
            told[number] = {one.code for draft in drafts for one in draft.problems}
    assert "checks.local_day" in told["4601"]
    assert "checks.local_day" not in told["4621"]


def test_new_days_take_the_place_of_the_old(world: World) -> None:
    for day in (WINTER, Stretch(date(2027, 6, 21), date(2027, 8, 15), "Sommarferie")):
        bring_in(world, "4601", day)
    with world.store.scope(world.actors["4601"]) as session:
        assert [one.name for one in local_days.stretches(session, world.places["4601"].id)] == ["Sommarferie"]


def test_a_coordinator_brings_in_no_days(world: World) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "46", name="K", mail="k@county.example", roles=[Role.coordinator])
    with (
        pytest.raises(Forbidden),
        world.store.scope(world.store.actor("k@county.example", "46", how="t")) as session,
    ):
        local_days.replace(session, [WINTER], now=world.now)
