"""What would come to nothing is told before anybody acts on it."""

from __future__ import annotations

import json
from datetime import timedelta

import paper
import pytest
from sqlalchemy import select
from world import START, World

from campaigns import participation, plans
from campaigns.definition.reading import read
from campaigns.foresight import foresee
from campaigns.store import Participation
from connectors import Wire, connector, names

KINDS = {name: connector(name, Wire(allow_private=True, user_agent="test")) for name in names()}


def foreseen(content: paper.Paper, *, hours: float = 0) -> list[tuple[str, dict[str, str | int]]]:
    now = START + timedelta(hours=hours)
    return [(one.code, dict(one.values)) for one in foresee(paper.definition(content), KINDS, now=now)]


def test_a_document_in_good_time_and_of_good_length_raises_no_doubt() -> None:
    assert foreseen(paper.paper()) == []


def test_a_message_whose_time_has_passed_everywhere_is_told() -> None:
    content = paper.paper()
    content["messages"][0]["send"] = {"on": "T-1", "at": "10:05", "together": True}
    assert foreseen(content) == [("document.message_past", {"message": "bilete"})]


def test_a_document_that_is_past_as_a_whole_is_told_once() -> None:
    assert foreseen(paper.paper(), hours=0.9) == []
    assert foreseen(paper.paper(), hours=3) == [("document.all_past", {})]


def test_a_text_that_fits_nowhere_even_without_its_facts_is_told_for_each_platform_and_language() -> None:
    content = paper.paper()
    content["messages"][1]["text"] = [{"locked": {"nn": "å" * 301 + "{kommune}", "nb": "å" * 501}}]
    assert [
        (values["platform"], values["language"], values["length"]) for _, values in foreseen(content)
    ] == [("Mastodon", "nb", 501), ("Bluesky", "nn", 301), ("Bluesky", "nb", 501)]


def test_a_shorter_form_or_words_that_may_be_dropped_leave_no_doubt() -> None:
    content = paper.paper()
    content["messages"][1]["text"] = [{"locked": {"nn": "å" * 600, "nb": "å" * 600}}]
    content["messages"][1]["short"] = [{"locked": {"nn": "Kort.", "nb": "Kort."}}]
    assert foreseen(content) == []
    content["messages"][0]["text"].append({"free": {"nn": "å" * 600, "nb": "å" * 600}})
    assert foreseen(content) == []


@pytest.mark.parametrize(
    ("invite", "code"),
    [
        ({"municipalities": ["4601", "9999"]}, "definition.municipality_unknown"),
        ({"county": "99"}, "definition.county_unknown"),
    ],
)
def test_a_place_that_the_register_does_not_have_is_an_error_at_its_line(
    invite: dict[str, object], code: str
) -> None:
    content = paper.paper()
    content["invite"] = invite
    found = read(json.dumps(content).encode(), platforms=frozenset(names()))
    assert found.definition is None
    assert code in [one.code for one in found.errors]


def shortfalls(world: World) -> list[tuple[str, dict[str, str | int]]]:
    with world.store.scope(world.actors["4601"], write=False) as session:
        (mine,) = session.scalars(select(Participation))
        return [(one.code, dict(one.values)) for one in plans.shortfalls(session, mine, now=world.now)]


def test_a_municipality_is_told_which_platforms_it_has_no_account_on(world: World) -> None:
    paper.under_way(world, "4601")
    assert shortfalls(world) == []
    world.wait(hours=3)
    assert shortfalls(world) == [("plan.all_past", {})]


def test_a_platform_without_an_account_is_named_and_without_any_it_is_by_hand(world: World) -> None:
    paper.load(world, paper.paper())
    with world.store.scope(world.actors["46"]) as session:
        participation.invite(session, participation.owned_campaign(session, paper.KEY), now=world.now)
    assert shortfalls(world) == [("plan.by_hand", {})]
    world.connect("4601", ["bluesky"])
    assert shortfalls(world) == [("plan.no_account", {"platform": "mastodon"})]
