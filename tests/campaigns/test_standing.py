"""Standing approvals: two cases, veto time, and what no standing approval ever does (D1, D4, threat E4)."""

from __future__ import annotations

import copy
from datetime import timedelta

import paper
import pytest
from sqlalchemy import select
from world import World

from campaigns import organisations, standing
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from campaigns.standing import LASTS, VETO, StandingRefused
from campaigns.store import Announcement, Approval, Organisation, OrganisationKind, Role, StandingApproval

LATER = {"on": "T+1", "at": "12:00", "together": True}


def later_paper(**changes: object) -> paper.Paper:
    """Return the document with both messages a day later, so that there is time for a veto."""
    content = paper.paper()
    for message in content["messages"]:
        message["send"] = LATER
    return content | changes


def give(world: World, number: str = "4601", *, unseen: bool = False, minutes: int = 30) -> int:
    with world.store.scope(world.actors[number]) as session:
        given = standing.give(session, "46", unseen=unseen, preparedness_minutes=minutes, now=world.now)
        return given.id


def correct(world: World, kind: str = "locked", **more: object) -> None:
    """Correct the locked paragraph of the second message, or the free one of the first."""
    new = later_paper(**more)
    if kind == "locked":
        new["messages"][1]["text"][0]["locked"]["nn"] = "Det held med 20 liter vatn."
    else:
        new["messages"][0]["text"][0]["free"]["nn"] = "God dag {kommune}!"
    paper.load(world, new)
    world.clock.plan()
    world.clock.stand()


def announcements(world: World) -> list[Announcement]:
    with world.store.system(write=False) as session:
        return list(session.scalars(select(Announcement).order_by(Announcement.id)))


def live_texts(world: World) -> set[str]:
    return {str(one["text"]).split("\n")[0] for one in world.live()}


@pytest.fixture
def approved(world: World) -> World:
    """Bergen has approved a campaign that goes out tomorrow at noon."""
    paper.under_way(world, "4601", content=later_paper())
    return world


def tomorrow(world: World) -> None:
    world.wait(hours=26, minutes=1)
    for _ in range(3):
        world.tick()


# -- a corrected locked part


def test_a_corrected_locked_part_renews_when_the_veto_time_is_over(approved: World) -> None:
    give(approved)
    correct(approved)
    told = announcements(approved)
    assert len(told) == 2
    assert {one.effective_at - one.announced_at for one in told} == {VETO}
    approved.wait(minutes=29)
    approved.tick()
    assert {one.settled_at for one in announcements(approved)} == {None}
    tomorrow(approved)
    assert live_texts(approved) == {"Hei Bergen!", "Det held med 20 liter vatn."}
    with approved.store.system(write=False) as session:
        how = session.scalars(select(Approval.how).where(Approval.how == "standing approval")).all()
    assert len(how) == 2


def test_without_a_standing_approval_a_correction_asks(approved: World) -> None:
    correct(approved)
    assert announcements(approved) == []
    tomorrow(approved)
    assert live_texts(approved) == {"Hei Bergen!"}


def test_a_veto_keeps_the_text_back_and_it_asks_like_any_other(approved: World) -> None:
    give(approved)
    correct(approved)
    with approved.store.scope(approved.actors["4601"]) as session:
        for one in standing.announced(session):
            standing.veto(session, one, now=approved.now)
    tomorrow(approved)
    assert live_texts(approved) == {"Hei Bergen!"}
    assert len(announcements(approved)) == 2, "a veto is not asked for twice"


def test_a_veto_after_its_time_is_told_to_be_too_late(approved: World) -> None:
    give(approved)
    correct(approved)
    approved.wait(minutes=31)
    with approved.store.scope(approved.actors["4601"]) as session, pytest.raises(NotFound):
        standing.veto(session, standing.announced(session)[0], now=approved.now)


def test_a_second_correction_within_the_veto_time_begins_anew(approved: World) -> None:
    give(approved)
    correct(approved)
    approved.wait(minutes=20)
    new = later_paper()
    new["messages"][1]["text"][0]["locked"]["nn"] = "Det held med 30 liter vatn."
    paper.load(approved, new)
    approved.clock.plan()
    approved.wait(minutes=15)
    approved.clock.stand()
    assert all(one.snapshot_hash is None or one.approval_fell_at for one in approved.deliveries()[2:])
    approved.wait(seconds=1)
    approved.clock.stand()
    assert max(one.effective_at for one in announcements(approved)) > approved.now + timedelta(minutes=29)
    tomorrow(approved)
    assert live_texts(approved) == {"Hei Bergen!", "Det held med 30 liter vatn."}


@pytest.mark.parametrize("kind", ["free", "picture", "hashtags"])
def test_what_is_no_locked_part_always_asks(approved: World, kind: str) -> None:
    give(approved, unseen=True)
    if kind == "free":
        correct(approved, "free")
    else:
        new = later_paper()
        if kind == "picture":
            new["messages"][0]["picture"]["alt"]["nn"] = "Noko anna enn før."
        else:
            new["hashtags"] = ["Nytt"]
        paper.load(approved, new)
        approved.clock.plan()
        approved.clock.stand()
    assert announcements(approved) == []


# -- what nobody has seen


def unseen_paper(*, free: bool = False, silence: str = "out") -> paper.Paper:
    content = copy.deepcopy(later_paper())
    content["answer"] = {"by": "2027-01-11", "silence": silence}
    content["messages"] = content["messages"][1:]
    if free:
        content["messages"][0]["text"].append({"free": {"nn": "Hei!", "nb": "Hei!"}})
    return content


@pytest.mark.parametrize(
    ("unseen", "free", "goes"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_an_unseen_message_goes_only_if_the_municipality_said_so_and_nothing_in_it_is_free(
    world: World, unseen: bool, free: bool, goes: bool
) -> None:
    give(world, unseen=unseen)
    paper.load(world, unseen_paper(free=free))
    world.connect("4601", ["mastodon"])
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    world.clock.stand()
    assert len(announcements(world)) == goes
    world.wait(minutes=31)
    tomorrow(world)
    assert len(world.live()) == goes


@pytest.mark.parametrize(("given", "goes"), [(True, True), (False, False)])
def test_silence_that_means_in_goes_only_by_a_standing_approval_given_earlier(
    world: World, given: bool, goes: bool
) -> None:
    if given:
        give(world, unseen=True)
    paper.load(world, unseen_paper(silence="in"))
    world.connect("4601", ["mastodon"])
    world.invite(paper.KEY)
    world.clock.plan()
    world.clock.stand()
    tomorrow(world)
    assert len(world.live()) == goes


def test_in_preparedness_the_municipality_chose_the_veto_time(world: World) -> None:
    give(world, unseen=True, minutes=0)
    paper.load(world, unseen_paper() | {"purpose": "preparedness"})
    world.connect("4601", ["mastodon"])
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    world.clock.stand()
    assert {one.settled_at for one in announcements(world)} == {world.now}


# -- who gives it, to whom, for how long


def test_only_an_approver_gives_it_and_only_to_a_county(world: World) -> None:
    with pytest.raises(Forbidden), world.store.scope(world.actors["46"]) as session:
        standing.give(session, "46", now=world.now)
    with world.store.system() as session:
        session.add(Organisation(number="dsb", kind=OrganisationKind.agency, name="DSB"))
    for number in ("dsb", "4621"):
        with pytest.raises(StandingRefused), world.store.scope(world.actors["4601"]) as session:
            standing.give(session, number, now=world.now)
    with pytest.raises(StandingRefused):
        give(world, minutes=-1)


@pytest.mark.parametrize("ending", ["expired", "withdrawn"])
def test_a_standing_approval_that_ended_approves_nothing(approved: World, ending: str) -> None:
    number = give(approved)
    correct(approved)
    with approved.store.scope(approved.actors["4601"]) as session:
        one = session.get_one(StandingApproval, number)
        if ending == "withdrawn":
            standing.withdraw(session, one, now=approved.now)
        else:
            one.expires_at = approved.now + timedelta(minutes=30)
    tomorrow(approved)
    assert live_texts(approved) == {"Hei Bergen!"}


def test_it_lasts_a_year_and_a_new_one_takes_the_place_of_the_old(world: World) -> None:
    give(world)
    newer = give(world, unseen=True)
    with world.store.scope(world.actors["4601"]) as session:
        (one,) = standing.own(session)
        assert (one.id, one.expires_at) == (newer, world.now + LASTS)


def test_where_two_persons_are_asked_for_it_counts_from_the_second_yes(approved: World) -> None:
    with approved.store.system() as session:
        organisations.organisation(session, "4601").second_person = True
        organisations.add_member(session, "4601", name="Odd", mail="odd@4601.example", roles=[Role.approver])
    number = give(approved)
    correct(approved)
    assert announcements(approved) == []
    with pytest.raises(Forbidden), approved.store.scope(approved.actors["4601"]) as session:
        standing.second(session, session.get_one(StandingApproval, number), now=approved.now)
    odd = approved.store.actor("odd@4601.example", "4601", how="test")
    with approved.store.scope(odd) as session:
        standing.second(session, session.get_one(StandingApproval, number), now=approved.now)
    approved.clock.stand()
    assert len(announcements(approved)) == 2
