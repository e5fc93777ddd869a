"""The preview of a correction: it says what the correction then does, and changes nothing itself."""

from __future__ import annotations

from typing import Any

import paper
import pytest
from sqlalchemy import select
from world import World

from campaigns import adaptation, corrections, participation, standing
from campaigns.access import Forbidden
from campaigns.corrections import Preview
from campaigns.store import Base


def preview(world: World, content: paper.Paper, who: str = "46") -> Preview:
    return corrections.preview(
        world.store, world.actors[who], world.desk.connectors, world.desk.media, paper.definition(content),
        {"bilete.png": paper.picture()}, now=world.now,
    )  # fmt: skip


def corrected() -> paper.Paper:
    """Return the document with a locked and a free paragraph corrected."""
    new = paper.paper()
    new["messages"][0]["text"][0]["free"]["nn"] = "God dag {kommune}!"
    new["messages"][1]["text"][0]["locked"]["nn"] = "Det held med 20 liter vatn."
    return new


def rows(world: World) -> dict[str, list[Any]]:
    with world.store.system(write=False) as session:
        return {
            name: sorted(map(repr, session.execute(select(table))))
            for name, table in Base.metadata.tables.items()
        }


@pytest.fixture
def running(world: World) -> World:
    """Bergen has words of its own, Voss has none, Solund has a standing approval; all have approved."""
    paper.under_way(world, "4601", "4621", "4636")
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        row = participation.message_in(session, mine, "bilete")
        adaptation.adapt(session, mine, row, language="nn", number=1, text="Hei, alle!", now=world.now)
    world.approve("4601", paper.KEY)
    with world.store.scope(world.actors["4636"]) as session:
        standing.give(session, "46", now=world.now)
    return world


def test_a_preview_tells_what_falls_renews_and_is_offered_and_changes_nothing(running: World) -> None:
    before = rows(running)
    found = {one.number: one for one in preview(running, corrected()).touched}
    assert rows(running) == before
    assert (found["4601"].falls, found["4601"].offers) == (2, 1), (
        "its own words stand; the locked part follows"
    )
    assert (found["4621"].falls, found["4621"].offers) == (4, 0)
    assert (found["4636"].falls, found["4636"].renews) == (4, 2)


def test_the_correction_does_what_the_preview_said(running: World) -> None:
    found = {one.number: one for one in preview(running, corrected()).touched}
    paper.load(running, corrected())
    running.clock.plan()
    for number, one in found.items():
        fell = [row for row in running.deliveries(number) if row.approval_fell_at is not None]
        assert len(fell) == one.falls


def test_what_is_live_is_listed_with_its_address(running: World) -> None:
    running.wait(minutes=7)
    running.tick()
    found = preview(running, corrected())
    # Bergen's own words are live as they were; its locked part is not
    assert sorted((one.name, one.message, one.platform) for one in found.live if one.platform == "mastodon") == [
        ("Bergen", "tekst", "mastodon"), ("Solund", "bilete", "mastodon"), ("Solund", "tekst", "mastodon"),
        ("Voss", "bilete", "mastodon"), ("Voss", "tekst", "mastodon"),
    ]  # fmt: skip
    assert all(one.address.startswith("http") for one in found.live)


def test_a_message_taken_out_is_cancelled_where_it_waits(running: World) -> None:
    new = paper.paper()
    new["messages"].pop()
    assert {one.cancelled for one in preview(running, new).touched} == {2}


def test_a_message_moved_is_told_and_no_approval_falls(running: World) -> None:
    new = paper.paper()
    new["messages"][0]["send"]["at"] = "11:30"
    assert {(one.moved, one.falls) for one in preview(running, new).touched} == {(2, 0)}


def test_the_same_document_costs_nothing(running: World) -> None:
    found = preview(running, paper.paper())
    assert [one for one in found.touched if one.anything] == []
    assert found.version == 1


def test_only_the_owners_coordinator_sees_a_preview(running: World) -> None:
    with pytest.raises(Forbidden):
        preview(running, corrected(), "4601")
