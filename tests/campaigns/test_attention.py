"""What waits for a person: each thing appears when it should, is gone when it is done, and is somebody else's never."""

from __future__ import annotations

import paper
import pytest
from sqlalchemy import update
from world import World

from campaigns import (
    adaptation,
    attention,
    local_days,
    organisations,
    participation,
    plans,
    rescheduling,
    standing,
)
from campaigns.access import Forbidden
from campaigns.attention import Item
from campaigns.local_days import Stretch
from campaigns.store import Account, AccountState, Answer, Delivery, Role


def waiting(world: World, number: str = "4601") -> dict[str, Item]:
    with world.store.scope(world.actors[number], write=False) as session:
        return {one.code: one for one in attention.waiting(session, world.desk.connectors, now=world.now)}


def later(**more: object) -> paper.Paper:
    """Return the document a month later, to be answered and approved on working days before."""
    content = paper.paper()
    return content | {
        "anchor": "2027-02-16",
        "answer": {"by": "2027-01-29"},
        "approve_by": "2027-02-10 15:00",
        **more,
    }


def invited(world: World, content: paper.Paper | None = None) -> None:
    paper.load(world, content or later())
    world.connect("4601", ["mastodon"])
    world.invite(paper.KEY)


def at(world: World, day: int, month: int = 1) -> None:
    world.now = world.now.replace(month=month, day=day)


@pytest.mark.parametrize("silence", ["out", "in"])
def test_an_invitation_asks_until_it_is_answered_and_says_what_silence_means(
    world: World, silence: str
) -> None:
    invited(world, later(answer={"by": "2027-01-29", "silence": silence}))
    asked = waiting(world)[f"waiting.answer_{silence}"]
    assert (asked.values["day"], asked.values["left"], asked.remind) == ("29.01.2027", 14, False)
    for day in (22, 27, 29):
        at(world, day)
        assert waiting(world)[f"waiting.answer_{silence}"].remind, day
    at(world, 30)
    assert waiting(world) == {}


def test_an_own_day_off_moves_the_reminder(world: World) -> None:
    invited(world)
    day = world.now.date().replace(day=29)
    with world.store.scope(world.actors["4601"]) as session:
        local_days.replace(session, [Stretch(day, day, "Marknad")], now=world.now)
    at(world, 28)
    assert waiting(world)["waiting.answer_out"].remind
    at(world, 29)
    assert not waiting(world)["waiting.answer_out"].remind


def test_approvals_are_asked_for_by_message_until_they_are_given(world: World) -> None:
    invited(world)
    world.join("4601", paper.KEY)
    asked = waiting(world)["waiting.approve"]
    assert asked.values["day"] == "10.02.2027"
    world.approve("4601", paper.KEY)
    assert waiting(world) == {}


def test_what_is_blocked_is_said_to_be_blocked(world: World) -> None:
    invited(world)
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.answer(session, mine, Answer.joined, now=world.now)
    world.clock.plan()
    with world.store.scope(world.actors["4601"]) as session:
        plans.plan_participation(session, participation.participation_in(session, paper.KEY), now=world.now)
    assert waiting(world)["waiting.blocked"].values["message"] == "bilete"


def test_a_late_fact_is_asked_for_on_its_day_and_each_day_at_work_after(world: World) -> None:
    content = later()
    content["facts"]["antal"] = {"kind": "number", "known": "T-4", "ask": {"nn": "Tal?", "nb": "Tall?"}}
    content["messages"][1]["text"] = {"nn": "Takk for {antal}.", "nb": "Takk for {antal}."}
    invited(world, content)
    world.join("4601", paper.KEY)
    world.approve("4601", paper.KEY)
    assert waiting(world) == {}
    at(world, 12, 2)
    assert waiting(world)["waiting.fact"].remind
    at(world, 13, 2)
    assert not waiting(world)["waiting.fact"].remind, "a Saturday"
    paper.fill(world, "4601", antal="17")
    assert set(waiting(world)) == {"waiting.approve"}


def test_a_correction_asks_for_a_new_look_and_offers_what_meets_own_words(world: World) -> None:
    invited(world)
    world.join("4601", paper.KEY)
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        row = participation.message_in(session, mine, "bilete")
        adaptation.adapt(session, mine, row, language="nn", number=1, text="Hei, alle!", now=world.now)
    world.approve("4601", paper.KEY)
    new = later()
    new["messages"][0]["text"][0]["free"]["nn"] = "God dag {kommune}!"
    new["messages"][1]["text"][0]["locked"]["nn"] = "Det held med 20 liter."
    paper.load(world, new)
    world.clock.plan()
    found = waiting(world)
    assert set(found) == {"waiting.approve_again", "waiting.offer"}
    assert found["waiting.approve_again"].values["message"] == "tekst"


def test_a_second_person_a_veto_and_what_went_wrong_are_asked_about(world: World) -> None:
    content = paper.paper()
    for message in content["messages"]:
        message["send"] = {"on": "T+1", "at": "12:00", "together": True}
    paper.under_way(world, "4601", content=content)
    with world.store.system() as session:
        organisations.organisation(session, "4601").second_person = True
        session.execute(update(Delivery).values(approvals_needed=2))
    assert set(waiting(world)) == {"waiting.second_person"}
    with world.store.system() as session:
        organisations.organisation(session, "4601").second_person = False
        session.execute(update(Delivery).values(approvals_needed=1))
    with world.store.scope(world.actors["4601"]) as session:
        standing.give(session, "46", now=world.now)
    content["messages"][1]["text"][0]["locked"]["nn"] = "Det held med 20 liter."
    paper.load(world, content)
    world.clock.plan()
    world.clock.stand()
    assert "waiting.veto" in waiting(world)
    world.wait(days=3)
    world.tick()
    with world.store.system() as session:
        session.execute(update(Account).values(state=AccountState.login_lost))
    assert {"waiting.stranded", "waiting.account"} <= set(waiting(world))


def test_nobody_sees_what_waits_elsewhere(world: World) -> None:
    invited(world)
    world.join("4601", paper.KEY)
    assert set(waiting(world, "4621")) == {"waiting.answer_out"}
    with world.store.system() as session:
        organisations.add_member(session, "46", name="K", mail="k@county.example", roles=[Role.coordinator])
    with (
        pytest.raises(Forbidden),
        world.store.scope(world.store.actor("k@county.example", "46", how="t")) as session,
    ):
        attention.waiting(session, world.desk.connectors, now=world.now)


def test_a_move_by_the_county_is_told_until_it_goes_and_can_be_refused(world: World) -> None:
    paper.under_way(world, "4601")
    content = paper.paper()
    content["messages"][1]["send"] = {"on": "T", "between": "12:00-15:00"}
    paper.load(world, content)
    world.clock.plan()
    told = waiting(world)["waiting.moved"].values
    assert (told["message"], told["before"]) == ("tekst", "12.01.2027 10:06")
    assert "gate.changed_after_approval" not in {one.reason for one in world.deliveries()}
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        row = participation.message_in(session, mine, "tekst")
        rescheduling.set_own_time(session, mine, row, world.now.replace(hour=13), now=world.now)
    assert "waiting.moved" not in waiting(world)


def test_moved_there_and_back_is_not_moved(world: World) -> None:
    paper.under_way(world, "4601")
    for at_ in ("11:30", "10:06"):
        content = paper.paper()
        content["messages"][1]["send"]["at"] = at_
        paper.load(world, content)
        world.clock.plan()
    assert waiting(world) == {}
