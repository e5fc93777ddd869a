"""Answers and what follows from them: joining late, leaving, coming back, silence, exceptions, facts, plans."""

from __future__ import annotations

import paper
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from world import World

from campaigns import approval, documents, gates, participation, plans
from campaigns.organisations import NotFound
from campaigns.participation import FactsRefused
from campaigns.states import State
from campaigns.store import Answer, AuditEntry, Choice, Delivery, FactValue, History, Message


def planned(world: World, number: str) -> list[tuple[str, str]]:
    """Return message and state of a municipality's deliveries."""
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Message.key, Delivery.state)
            .join(Message, Message.id == Delivery.message_id)
            .where(Delivery.organisation_id == world.places[number].id)
            .order_by(Message.key)
        )
        return [(row[0], row[1].value) for row in rows]


def answer(world: World, number: str, said: Answer) -> int:
    """Answer as a municipality and return how many deliveries were withdrawn."""
    with world.store.scope(world.actors[number]) as session:
        mine = participation.participation_in(session, "prove")
        withdrawn = participation.answer(session, mine, said, now=world.now)
        plans.plan_participation(session, mine, now=world.now)
        return withdrawn


def two_messages(world: World) -> None:
    """Load a campaign with a message at 10:05 and one at 14:00, connect Bergen and invite."""
    world.load(world.definition(world.message("fyrst"), world.message("sist", at="14:00")))
    world.connect("4601", ["mastodon"])
    world.invite()


# -- coming and going


def test_who_joins_late_gets_nothing_planned_that_is_over(world: World) -> None:
    two_messages(world)
    world.wait(hours=2)  # noon; the first message was at 10:05, with an hour's grace
    world.join("4601")
    assert planned(world, "4601") == [("sist", "planned")]


def test_who_joins_within_the_lateness_limit_still_takes_part(world: World) -> None:
    two_messages(world)
    world.wait(minutes=30)
    world.join("4601")
    world.approve("4601")
    world.tick()
    assert planned(world, "4601") == [("fyrst", "published"), ("sist", "planned")]


def test_leaving_cancels_what_has_not_gone_and_joining_again_takes_it_up(world: World) -> None:
    two_messages(world)
    world.join("4601")
    world.approve("4601")
    world.wait(minutes=5)
    world.tick()
    assert answer(world, "4601", Answer.out) == 1
    assert planned(world, "4601") == [("fyrst", "published"), ("sist", "cancelled")]
    answer(world, "4601", Answer.joined)
    assert planned(world, "4601") == [("fyrst", "published"), ("sist", "planned")]
    assert world.history(world.deliveries("4601")[1].id) == ["cancel", "retry"]
    world.wait(hours=4)
    world.tick()
    assert len(world.live()) == 2


def test_who_comes_back_too_late_is_not_sent(world: World) -> None:
    two_messages(world)
    world.join("4601")
    world.approve("4601")
    answer(world, "4601", Answer.out)
    world.wait(hours=8)
    answer(world, "4601", Answer.joined)
    world.tick()
    world.tick()
    assert {state for _, state in planned(world, "4601")} <= {"cancelled", "missed"}
    assert world.calls() == []


def test_an_exception_takes_one_message_out_and_in_again(world: World) -> None:
    two_messages(world)
    world.join("4601")
    for choice, state in (
        (Choice.out, "cancelled"),
        (Choice.joined, "planned"),
        (Choice.undecided, "planned"),
    ):
        with world.store.scope(world.actors["4601"]) as session:
            mine = participation.participation_in(session, "prove")
            message = session.scalars(select(Message).where(Message.key == "fyrst")).one()
            participation.choose(session, mine, message, choice, now=world.now)
            plans.plan_participation(session, mine, now=world.now)
        assert planned(world, "4601") == [("fyrst", state), ("sist", "planned")]
    world.approve("4601")
    world.wait(minutes=5)
    world.tick()
    assert planned(world, "4601") == [("fyrst", "planned"), ("sist", "planned")]  # undecided is not yes


def test_planning_again_changes_nothing(world: World) -> None:
    world.under_way("4601", to="mastodon, bluesky")
    world.clock.plan()
    before = [(one.id, one.due_at, one.key, one.state) for one in world.deliveries()]
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        assert not plans.plan_participation(session, mine, now=world.now)
    with world.store.system() as session:
        assert plans.plan_everybody(session, now=world.now) == []
        assert not plans.anybody_behind(session)
    assert [(one.id, one.due_at, one.key, one.state) for one in world.deliveries()] == before


# -- silence (D1)


@pytest.mark.parametrize("said", [None, Answer.later])
def test_silence_that_means_in_is_planned_and_counted_and_never_sent_without_an_approval(
    world: World, said: Answer | None
) -> None:
    world.load(world.definition(world.message(), silence="in"))
    world.connect("4601", ["mastodon"])
    world.invite()
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        participation.fill_facts(session, mine, {"lenke": "https://www.bergen.kommune.no/x"}, now=world.now)
    _plan(world, "4601")
    assert planned(world, "4601") == [("ein", "planned")]
    if said:
        world.approve("4601")
        answer(world, "4601", said)
    world.wait(minutes=5)
    world.tick()
    assert world.calls() == []
    if said is None:
        with world.store.system(write=False) as session:
            assert gates.why_not_yet(session, world.delivery().id, world.now) == ["gate.not_approved"]
    world.wait(hours=2)
    world.tick()
    assert planned(world, "4601") == [("ein", "missed" if said is None else "cancelled")]
    assert world.calls() == []


def _plan(world: World, number: str) -> None:
    with world.store.scope(world.actors[number]) as session:
        plans.plan_participation(session, participation.participation_in(session, "prove"), now=world.now)


def test_silence_that_means_out_plans_nothing(world: World) -> None:
    two_messages(world)
    _plan(world, "4601")
    assert planned(world, "4601") == []


# -- a new version


def test_a_new_version_is_planned_for_everybody_by_the_clock(world: World) -> None:
    world.under_way("4601", "4621")
    moved = world.definition(world.message(at="11:30"), world.message("ny", at="12:00"))
    world.load(moved)
    with world.store.system(write=False) as session:
        assert plans.anybody_behind(session)
        assert gates.why_not_yet(session, world.delivery("4601").id, world.now) == ["gate.being_planned"]
    world.clock.plan()
    for number in ("4601", "4621"):
        times = {key: one.due_at for key, one in _by_message(world, number).items()}
        assert {key: f"{at:%H:%M}" for key, at in times.items() if at} == {"ein": "10:30", "ny": "11:00"}
    assert {one.snapshot_hash is None for one in world.deliveries("4601")} == {True, False}


def _by_message(world: World, number: str) -> dict[str, Delivery]:
    with world.store.system(write=False) as session:
        rows = session.execute(
            select(Message.key, Delivery)
            .join(Message, Message.id == Delivery.message_id)
            .where(Delivery.organisation_id == world.places[number].id)
        )
        return {row[0]: row[1] for row in rows}


def test_a_retired_message_is_cancelled_and_a_live_one_stays(world: World) -> None:
    two_messages(world)
    world.join("4601")
    world.approve("4601")
    world.wait(minutes=5)
    world.tick()
    world.load(world.definition(world.message("ny", at="15:00")))
    world.clock.plan()
    assert planned(world, "4601") == [("fyrst", "published"), ("ny", "planned"), ("sist", "cancelled")]
    with world.store.system(write=False) as session:
        moved = session.scalars(select(History).where(History.move == "cancel")).one()
    assert (moved.actor, moved.reason) == ("plan", "delivery.not_wanted")


def test_a_loud_message_that_is_quiet_again_keeps_quiet_hours(world: World) -> None:
    content = paper.paper()
    content["messages"][1]["quiet"] = {"override": "Stormvarsel"}
    paper.under_way(world, "4601", content=content)
    assert {one.ignores_quiet for one in world.deliveries()} == {False, True}
    del content["messages"][1]["quiet"]
    content["messages"][1]["send"]["at"] = "10:07"
    paper.load(world, content)
    world.clock.plan()
    assert {one.ignores_quiet for one in world.deliveries()} == {False}


def test_quiet_hours_follow_the_document_also_when_no_time_changes(world: World) -> None:
    content = paper.paper()
    paper.under_way(world, "4601", content=content)
    content["messages"][1]["quiet"] = {"override": "Stormvarsel"}
    paper.load(world, content)
    world.clock.plan()
    loud = {one.ignores_quiet for one in _by_message(world, "4601").values()}
    assert loud == {False, True}


# -- facts


def test_facts_are_refused_all_at_once_and_none_is_stored(world: World) -> None:
    content = paper.paper()
    content["facts"] |= {
        "telefon": {"kind": "phone", "ask": {"nn": "Telefon", "nb": "Telefon"}},
        "dag": {"kind": "date", "ask": {"nn": "Dag", "nb": "Dag"}},
    }
    content["messages"][1]["text"] = [{"fill": {"nn": "{telefon} {dag}", "nb": "{telefon} {dag}"}}]
    paper.load(world, content)
    world.invite(paper.KEY)
    with pytest.raises(FactsRefused) as told:
        paper.fill(
            world, "4601",
            lenke="http://evil.example/", telefon="12", dag="2027-04-12", frist="2027-01-01", ukjend="x",
        )  # fmt: skip
    assert {name: found.code for name, found in told.value.problems.items()} == {
        "lenke": "facts.url_https",
        "telefon": "facts.phone",
        "frist": "participation.unknown_fact",
        "ukjend": "participation.unknown_fact",
    }
    with world.store.system(write=False) as session:
        assert session.scalars(select(FactValue)).all() == []
        assert (
            session.scalars(select(AuditEntry).where(AuditEntry.action == "participation.fill")).all() == []
        )


def test_a_fact_is_kept_in_one_form_and_only_a_change_is_written_down(world: World) -> None:
    paper.load(world, paper.paper())
    world.invite(paper.KEY)
    assert paper.fill(world, "4601", lenke=" https://WWW.bergen.kommune.no/x ") == ["lenke"]
    assert paper.fill(world, "4601", lenke="https://www.bergen.kommune.no/x") == []
    with world.store.system(write=False) as session:
        assert session.scalars(select(FactValue.value)).all() == ["https://www.bergen.kommune.no/x"]
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.action == "participation.fill"))
        assert len(acts.all()) == 1


# -- whose campaign


def test_a_campaign_one_was_not_invited_to_does_not_exist(world: World) -> None:
    content = paper.paper()
    content["invite"] = {"municipalities": ["4601"]}
    paper.load(world, content)
    world.invite(paper.KEY)
    for key in (paper.KEY, "finst-ikkje"):
        with pytest.raises(NotFound) as told, world.store.scope(world.actors["4621"]) as session:
            participation.participation_in(session, key)
        assert told.value.code == "campaign.unknown"
        with pytest.raises(NotFound), world.store.scope(world.actors["4621"]) as session:
            participation.owned_campaign(session, key)


def test_inviting_again_invites_only_who_is_new(world: World) -> None:
    content = paper.paper()
    content["invite"] = {"municipalities": ["4601"]}
    paper.load(world, content)
    assert _invite(world) == ["4601"]
    started = world.campaign(paper.KEY).active_at
    world.wait(hours=1)
    content["invite"] = {"municipalities": ["4601", "4636"]}
    paper.load(world, content)
    assert _invite(world) == ["4636"]
    assert world.campaign(paper.KEY).active_at == started


def _invite(world: World) -> list[str]:
    with world.store.scope(world.actors["46"]) as session:
        campaign = participation.owned_campaign(session, paper.KEY)
        return [one.number for one in participation.invite(session, campaign, now=world.now)]


def test_an_account_that_comes_later_asks_for_its_own_approval(world: World) -> None:
    world.load(world.definition(world.message(to="mastodon, bluesky")))
    world.connect("4601", ["mastodon"])
    world.invite()
    world.join("4601")
    world.approve("4601")
    world.connect("4601", ["bluesky"])
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        drafts = approval.open_drafts(session, world.desk.connectors, mine, (), now=world.now)
    assert len(drafts) == 2
    world.wait(minutes=5)
    world.tick()
    states = {one.platform: one.state for one in world.deliveries()}
    assert states == {"mastodon": State.published, "bluesky": State.planned}


def test_a_county_never_reads_what_a_municipality_has_not_approved(world: World) -> None:
    paper.load(world, paper.paper())
    world.invite(paper.KEY)
    paper.fill(world, "4601", lenke="https://www.bergen.kommune.no/canary")
    with world.store.scope(world.actors["46"], write=False) as session:
        assert _values(session) == []


def _values(session: Session) -> list[str]:
    return list(session.scalars(select(FactValue.value)))


def test_a_document_that_cannot_be_read_back_is_told_by_name(world: World) -> None:
    paper.load(world, paper.paper())
    campaign = world.campaign(paper.KEY)
    assert participation.stored_definition(campaign) == paper.definition(paper.paper())
    campaign.document = "samklang: 2"
    with pytest.raises(ValueError, match=paper.KEY):
        participation.stored_definition(campaign)
    assert documents.not_sent_yet(paper.definition(paper.paper())) == []
