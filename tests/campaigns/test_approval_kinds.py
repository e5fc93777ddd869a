"""Approvals of two kinds, second persons, checks that are passed over, and two people at once (D3, threats E1, E5)."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Barrier, Thread

import paper
import pytest
from sqlalchemy import select
from world import World

from campaigns import approval, checks, gates, organisations, overrides, participation, plans
from campaigns.approval import SecondPersonNeeded
from campaigns.overrides import OverrideRefused
from campaigns.rendered import Draft
from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.store import Actor, Approval, ApprovalKind, Organisation, Role, Snapshot


def late_paper() -> paper.Paper:
    """Return a document whose second message tells a number that nobody has until 12 January."""
    content = paper.paper()
    content["facts"]["antal"] = {
        "kind": "number", "known": "T-1", "ask": {"nn": "Kor mange?", "nb": "Hvor mange?"},
    }  # fmt: skip
    content["messages"][1]["text"] = [
        {"fill": {"nn": "Takk for {antal} innspel.", "nb": "Takk for {antal} innspill."}}
    ]
    return content


@pytest.fixture
def late(world: World) -> World:
    """Bergen takes part in a campaign with a late fact, and has approved what could be approved."""
    paper.load(world, late_paper())
    world.connect("4601")
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    return world


def drafts(world: World, messages: Sequence[str] = ()) -> list[Draft]:
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        return approval.open_drafts(session, world.desk.connectors, mine, messages, now=world.now)


def approve_as(world: World, who: Actor, messages: Sequence[str] = ()) -> approval.Outcome:
    with world.store.scope(who) as session:
        mine = participation.participation_in(session, paper.KEY)
        return approval.approve(session, world.desk.connectors, mine, messages, now=world.now)


def reasons(world: World, message: str) -> set[str]:
    with world.store.system(write=False) as session:
        ids = [one.id for one in world.deliveries() if one.message_id == _message_id(world, message)]
        return {code for codes in gates.closed_gates(session, ids, world.now).values() for code in codes}


def _message_id(world: World, key: str) -> int:
    with world.store.scope(world.actors["4601"], write=False) as session:
        return participation.message_in(session, participation.participation_in(session, paper.KEY), key).id


def fill_number(world: World, number: str = "214") -> None:
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.fill_facts(session, mine, {"antal": number}, now=world.now)
        approval.review(session, world.desk.connectors, mine, now=world.now)


# -- late facts


def test_the_wording_is_approved_now_and_the_finished_text_when_the_fact_is_there(late: World) -> None:
    outcome = late.approve("4601", paper.KEY)
    assert {one.message_key for one in outcome.approved} == {"bilete"}
    assert {one.message_key for one in outcome.worded} == {"tekst"}
    assert reasons(late, "tekst") == {"gate.late_fact", "gate.not_approved"}
    late.wait(minutes=7)
    late.tick()
    assert len(late.live()) == 1, "a wording sends nothing"
    fill_number(late)
    (waits,) = {one.message_key for one in drafts(late) if not one.only_awaits}
    assert waits == "tekst"
    late.approve("4601", paper.KEY)
    assert reasons(late, "tekst") == set()
    late.tick()
    assert "Takk for 214 innspel.\n\n#Beredskap" in {one["text"] for one in late.live()}


def test_a_fact_that_is_never_given_leaves_its_message_missed_and_says_why(late: World) -> None:
    late.approve("4601", paper.KEY)
    late.wait(hours=3)
    late.tick()
    missed = [one for one in late.deliveries() if one.state == "missed"]
    assert {one.reason for one in missed if one.message_id == _message_id(late, "tekst")} == {
        "gate.late_fact"
    }


def test_a_wording_falls_when_the_county_changes_it_and_holds_when_the_fact_comes(late: World) -> None:
    late.approve("4601", paper.KEY)
    fill_number(late)
    assert "gate.changed_after_approval" not in reasons(late, "tekst")
    new = late_paper()
    new["messages"][1]["text"][0]["fill"]["nn"] = "Takk for heile {antal} innspel."
    paper.load(late, new)
    late.clock.plan()
    assert "gate.changed_after_approval" in reasons(late, "tekst")


def test_a_wording_can_never_be_sent_whatever_the_rows_say(late: World) -> None:
    late.approve("4601", paper.KEY)
    with late.store.system(write=False) as session:
        kind = select(Approval.snapshot_hash).where(Approval.kind == ApprovalKind.wording)
        for digest in session.scalars(kind):
            with pytest.raises(Tampered):
                ApprovedSnapshot(session.get_one(Snapshot, digest).body, digest)


def test_what_is_approved_does_not_ask_again(late: World) -> None:
    late.approve("4601", paper.KEY)
    with late.store.scope(late.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        found = approval.open_drafts(session, late.desk.connectors, mine, (), now=late.now)
        assert approval.waiting(session, found, now=late.now) == []
    fill_number(late)
    with late.store.scope(late.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        found = approval.open_drafts(session, late.desk.connectors, mine, (), now=late.now)
        assert {one.message_key for one in approval.waiting(session, found, now=late.now)} == {"tekst"}


# -- a second pair of eyes


@pytest.fixture
def careful(world: World) -> tuple[World, Actor]:
    """Bergen wants two pairs of eyes; the second are Odd's."""
    paper.load(world, paper.paper())
    world.connect("4601")
    world.invite(paper.KEY)
    with world.store.system() as session:
        organisations.organisation(session, "4601").second_person = True
        organisations.add_member(
            session, "4601", name="Odd", mail="odd@4601.example", roles=[Role.approver, Role.editor]
        )
    world.join("4601", paper.KEY)
    return world, world.store.actor("odd@4601.example", "4601", how="test")


def test_the_last_editor_of_a_text_does_not_approve_it_whatever_her_roles(
    careful: tuple[World, Actor],
) -> None:
    world, odd = careful
    with pytest.raises(SecondPersonNeeded):
        world.approve("4601", paper.KEY)
    assert len(approve_as(world, odd).approved) == 4
    assert reasons(world, "tekst") == set()


def test_what_nobody_edited_needs_two_persons(careful: tuple[World, Actor]) -> None:
    world, odd = careful
    with world.store.system() as session:
        session.execute(select(Organisation).where(Organisation.number == "4601")).scalar_one()
        for table in ("fact_value",):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    approve_as(world, odd, ["tekst"])
    assert reasons(world, "tekst") == {"gate.second_person"}
    approve_as(world, odd, ["tekst"])
    assert reasons(world, "tekst") == {"gate.second_person"}, "one person twice is one person"
    world.approve("4601", paper.KEY, ["tekst"])
    assert reasons(world, "tekst") == set()


# -- two at once


def test_two_people_who_approve_at_once_both_have_approved_one_text(world: World) -> None:
    paper.load(world, paper.paper())
    world.connect("4601")
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="Odd", mail="odd@4601.example", roles=[Role.approver])
    people = [world.actors["4601"], world.store.actor("odd@4601.example", "4601", how="test")]
    start, came = Barrier(2), []

    def go(who: Actor) -> None:
        start.wait()
        came.append(len(approve_as(world, who).approved))

    threads = [Thread(target=go, args=(who,)) for who in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert came == [4, 4]
    assert len({one.snapshot_hash for one in world.deliveries()}) == 4
    with world.store.system(write=False) as session:
        assert len(session.scalars(select(Approval)).all()) == 8


# -- passed over


def night_paper() -> paper.Paper:
    content = paper.paper()
    content["messages"][1]["send"] = {"on": "T", "at": "22:30", "together": True}
    return content


def pass_over(world: World, code: str, reason: str) -> None:
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        row = participation.message_in(session, mine, "tekst")
        overrides.pass_over(session, mine, row, code, reason, now=world.now)
        plans.plan_participation(session, mine, now=world.now)


def test_a_check_of_judgement_is_passed_over_with_name_and_reason_and_the_post_goes(world: World) -> None:
    paper.load(world, night_paper())
    world.connect("4601", ["mastodon"])
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    outcome = world.approve("4601", paper.KEY, ["tekst"])
    assert [one.code for one in outcome.blocked[0].problems] == ["timing.quiet.night"]
    pass_over(world, "timing.quiet.night", "Folk er oppe i natt")
    (draft,) = world.approve("4601", paper.KEY, ["tekst"]).approved
    told = {one.code: dict(one.values) for one in draft.problems}
    assert told["checks.passed_over"] == {"reason": "Folk er oppe i natt", "name": "Adviser 4601"}
    world.wait(hours=12, minutes=31)
    world.tick()
    assert [one["text"] for one in world.live()] == ["Det held med vatn.\n\n#Beredskap"]


@pytest.mark.parametrize(
    "code",
    ["checks.alt_missing", "checks.rights_ended", "connector.too_long", "checks.unfilled", "", "timing"],
)
def test_what_the_law_or_a_platform_asks_for_is_never_passed_over(world: World, code: str) -> None:
    paper.under_way(world, "4601")
    assert not checks.may_pass_over(code)
    with pytest.raises(OverrideRefused):
        pass_over(world, code, "Fordi")


def test_a_check_is_not_passed_over_without_a_reason(world: World) -> None:
    paper.under_way(world, "4601")
    with pytest.raises(OverrideRefused):
        pass_over(world, "timing.quiet.night", "  ")
