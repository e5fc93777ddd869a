"""Reminding those who have not answered: as long as an answer is asked for, by the days of the calendar on the wall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import paper
import pytest
from letterbox import letterbox, plain
from visitor import Visitor, words_of
from world import World

from campaigns import closing, participation
from campaigns.store import Campaign, Participation

Person = Callable[..., Visitor]
LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def asked(world: World) -> World:
    """Three municipalities were invited, to answer by 29 January, and none has."""
    more = {"anchor": "2027-02-16", "answer": {"by": "2027-01-29"}, "approve_by": "2027-02-10 15:00"}
    paper.load(world, paper.paper() | more)
    world.invite(paper.KEY)
    return world


def reminded(world: World) -> int:
    with world.store.system(write=False) as session:
        return session.query(Participation).where(Participation.reminded_at.is_not(None)).count()


@LITE
def test_on_the_last_day_whoever_is_reminded_gets_a_letter(asked: World, person: Person) -> None:
    asked.now = datetime(2027, 1, 29, 9, 0, tzinfo=UTC)
    asked.wait(seconds=0)
    ingrid = person("46")
    assert "/remind" in ingrid.get("/for/46/campaigns/papir").text
    ingrid.follow(ingrid.post("/for/46/campaigns/papir/remind"))
    assert reminded(asked) == 3
    with letterbox(asked) as box:
        asked.clock.notify()
        asked.clock.notify()
        assert len(box.mails) == 3
        assert all("inviterer dykk" in plain(one) for one in box.mails)


@LITE
@pytest.mark.parametrize("over", ["deadline", "closed"])
def test_nobody_is_reminded_of_what_is_over_and_the_county_is_told_so(
    asked: World, person: Person, over: str
) -> None:
    person("46").get("/for/46/campaigns/papir")
    if over == "deadline":
        asked.now = datetime(2027, 1, 29, 23, 30, tzinfo=UTC)  # half past midnight, on the day after
    else:
        asked.now = datetime(2027, 1, 20, 9, 0, tzinfo=UTC)
        with asked.store.scope(asked.actors["46"]) as session:
            closing.close(session, participation.owned_campaign(session, "papir"), now=asked.now)
    ingrid = person("46")
    assert "/remind" not in ingrid.get("/for/46/campaigns/papir").text
    ingrid.get("/for/46/stop")  # a page with a form
    refused = ingrid.post("/for/46/campaigns/papir/remind")
    assert refused.status_code == 409
    assert "Nobody was reminded" in words_of(refused)
    assert reminded(asked) == 0
    with asked.store.system(write=False) as session:
        (campaign,) = session.query(Campaign).all()
        assert not participation.asks_for_answers(campaign, now=asked.now)
