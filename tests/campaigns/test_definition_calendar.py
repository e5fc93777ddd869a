"""A document's times against the calendar, before anybody is invited."""

from __future__ import annotations

import json

import paper
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns import timing
from campaigns.definition.reading import Problem, read, said
from campaigns.documents import rule_of
from connectors import names


def problems(send: dict[str, object], **more: object) -> list[Problem]:

    content = paper.paper()
    content["messages"] = [content["messages"][1] | {"send": send} | more]
    content["ends"] = "T+200"
    found = read(json.dumps(content).encode(), platforms=frozenset(names()))
    return [one for one in found.problems if one.code.startswith("timing.")]


@pytest.mark.parametrize(
    "send",
    [
        {"at": "2027-03-28 02:30", "together": True},
        {"on": "T+75", "at": "02:00"},
        {"on": "2027-03-28", "between": "01:30-02:30"},
    ],
)
def test_a_time_in_the_summer_time_gap_is_an_error_that_names_the_nearest_times(
    send: dict[str, object],
) -> None:
    (one,) = problems(send, quiet={"override": "Natt"})
    assert (one.code, one.severity) == ("timing.spring_gap", "error")
    assert (one.values["before"], one.values["after"]) == ("01:59", "03:00")
    assert "03:00" in said(one, "nn")


@pytest.mark.parametrize(
    ("send", "code"),
    [
        ({"on": "T", "at": "22:00"}, "timing.quiet.night"),
        ({"on": "T+5", "at": "12:00"}, "timing.quiet.sunday"),
        ({"on": "2027-05-17", "at": "12:00"}, "timing.quiet.holiday"),
        ({"on": "T", "between": "19:00-23:00"}, "timing.quiet.night"),
    ],
)
def test_a_quiet_time_is_told_early_and_is_no_error(send: dict[str, object], code: str) -> None:
    assert [(one.code, one.severity) for one in problems(send)] == [(code, "warning")]
    assert problems(send, quiet={"override": "Det hastar"}) == []


@settings(deadline=None)
@given(st.integers(0, 150), st.integers(0, 23), st.integers(0, 59))
def test_every_time_that_a_document_may_have_can_be_planned(day: int, hour: int, minute: int) -> None:
    send = {"on": f"T+{day}", "at": f"{hour:02}:{minute:02}"}
    gaps = [one for one in problems(send) if one.severity == "error"]
    content = paper.paper()
    content["ends"] = "T+200"
    content["messages"] = [content["messages"][1] | {"send": send}]
    if not gaps:
        definition = paper.definition(content)
        rule = rule_of(definition.messages[0].send, definition.anchor)
        for zone in timing.ZONES:
            assert timing.span(rule, zone) is not None
