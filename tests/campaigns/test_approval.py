"""Approvals: exactly these bytes on this account, seen by a person; and what the worker refuses (threats E2, E3)."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence

import paper
import pytest
from sqlalchemy import select, text, update
from world import World

from campaigns import accounts, approval, participation
from campaigns.organisations import NotFound
from campaigns.snapshots import ApprovedSnapshot, Tampered, digest
from campaigns.states import State
from campaigns.store import Account, AccountState, Approval, Delivery, Message, Organisation, Snapshot
from connectors.post import Post
from connectors.secret import Secret

# -- the approval itself


def drafts(world: World, number: str = "4601", messages: Sequence[str] = ()) -> list[approval.Draft]:
    with world.store.scope(world.actors[number]) as session:
        mine = participation.participation_in(session, paper.KEY)
        return approval.open_drafts(session, world.desk.connectors, mine, messages, now=world.now)


def approve_seen(world: World, seen: dict[int, str]) -> approval.Outcome:
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        return approval.approve(session, world.desk.connectors, mine, seen=seen, now=world.now)


@pytest.fixture
def waiting(world: World) -> World:
    """A world in which Bergen has joined and approved nothing."""
    paper.load(world, paper.paper())
    world.connect("4601")
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    return world


def test_an_approval_of_what_changed_since_it_was_seen_approves_nothing(waiting: World) -> None:
    seen = {one.delivery_id: one.hash for one in drafts(waiting)}
    new = paper.paper()
    new["messages"][1]["text"][0]["locked"]["nn"] = "Noko anna."
    paper.load(waiting, new)
    with pytest.raises(approval.ChangedSinceSeen) as told:
        approve_seen(waiting, seen)
    assert {one.hash for one in told.value.drafts} != set(seen.values())
    assert len(told.value.drafts) == 4
    with waiting.store.system(write=False) as session:
        assert session.scalars(select(Approval)).all() == []
        assert session.scalars(select(Snapshot)).all() == []
    assert {one.snapshot_hash for one in waiting.deliveries()} == {None}


def test_an_account_that_came_after_the_page_was_seen_is_not_approved_with_it(waiting: World) -> None:
    seen = {one.delivery_id: one.hash for one in drafts(waiting)}
    short = dict(list(seen.items())[1:])
    for stale in (short, seen | {99: "0" * 64}):
        with pytest.raises(approval.ChangedSinceSeen):
            approve_seen(waiting, stale)
    assert len(approve_seen(waiting, seen).approved) == 4


def posts(world: World, message: str) -> dict[str, Post]:
    return {
        one.account.split()[0]: one.post
        for one in drafts(world)
        if one.message_key == message and one.post is not None
    }


def test_alternative_texts_and_options_are_filled_in_like_the_text(waiting: World) -> None:
    new = paper.paper()
    new["messages"][0]["picture"]["alt"] = {"nn": "Rådhuset i {kommune}.", "nb": "Rådhuset i {kommune}."}
    new["messages"][1]["poll"] = {
        "days": 3,
        "options": [{"nn": "Meir {kommune}", "nb": "Mer {kommune}"}, {"nn": "Mindre", "nb": "Mindre"}],
    }
    paper.load(waiting, new)
    assert {one.pictures[0].alt for one in posts(waiting, "bilete").values()} == {"Rådhuset i Bergen."}
    asked = posts(waiting, "tekst")
    assert asked["mastodon"].poll is not None
    assert asked["mastodon"].poll.options == ("Meir Bergen", "Mindre")
    assert asked["bluesky"].poll is None
    assert asked["bluesky"].text == "Det held med vatn.\n\n– Meir Bergen\n– Mindre\n\n#Beredskap"


def test_a_value_that_only_an_alternative_text_lacks_keeps_the_message_back(waiting: World) -> None:
    new = paper.paper()
    new["facts"]["stad"] = {"kind": "place", "ask": {"nn": "Kvar?", "nb": "Hvor?"}}
    new["messages"][0]["picture"]["alt"] = {"nn": "Tavla på {stad}.", "nb": "Tavlen på {stad}."}
    paper.load(waiting, new)
    outcome = waiting.approve("4601", paper.KEY)
    assert {one.message_key for one in outcome.approved} == {"tekst"}
    told = {(one.code, *one.values.values()) for draft in outcome.blocked for one in draft.problems}
    assert ("approval.fact_missing", "stad") in told


def test_pictures_beyond_what_the_platform_takes_are_told_of(waiting: World) -> None:
    new = paper.paper()
    picture = new["messages"][0].pop("picture")
    new["messages"][0]["pictures"] = [picture | {"file": f"b{number}.png"} for number in range(5)]
    colours = ("navy", "teal", "olive", "maroon", "gray")
    paper.load(
        waiting, new, {f"b{number}.png": paper.picture(colour) for number, colour in enumerate(colours)}
    )
    for draft in drafts(waiting, messages=["bilete"]):
        assert draft.post is not None
        assert not draft.blocked
        told = [one for one in draft.problems if one.code == "approval.pictures_left_out"]
        assert [dict(one.values) for one in told] == [
            {"number": 5, "limit": 4, "platform": draft.account.split()[0].title()}
        ]
        assert len(draft.post.pictures) == 4


def test_a_message_can_be_approved_alone_and_an_unknown_one_not(waiting: World) -> None:
    outcome = waiting.approve("4601", paper.KEY, ["tekst"])
    assert {one.message_key for one in outcome.approved} == {"tekst"}
    assert sum(one.snapshot_hash is not None for one in waiting.deliveries()) == 2
    with pytest.raises(NotFound):
        waiting.approve("4601", paper.KEY, ["finst-ikkje"])


def test_approving_twice_is_approving_once(waiting: World) -> None:
    waiting.approve("4601", paper.KEY)
    waiting.approve("4601", paper.KEY)
    with waiting.store.system(write=False) as session:
        assert len(session.scalars(select(Approval)).all()) == 4
        for body, hashed in session.execute(select(Snapshot.body, Snapshot.hash)):
            assert hashlib.sha256(body.encode()).hexdigest() == hashed


def test_a_message_that_is_blocked_on_one_account_waits_on_all_and_holds_up_no_other(waiting: World) -> None:
    with waiting.store.system() as session:
        account = session.scalars(select(Account).where(Account.platform == "bluesky")).one()
        account.language = "se"  # no message is written in it
    outcome = waiting.approve("4601", paper.KEY)
    assert outcome.approved == ()
    with waiting.store.system() as session:
        session.scalars(select(Account).where(Account.platform == "bluesky")).one().language = None
        message = session.scalars(select(Message).where(Message.key == "tekst")).one()
        for wording in message.paragraphs[0].wordings:
            wording.text = "{telefon}"
    outcome = waiting.approve("4601", paper.KEY)
    assert {one.message_key for one in outcome.approved} == {"bilete"}
    assert {(one.message_key, one.problems[0].code) for one in outcome.blocked} == {
        ("tekst", "approval.fact_missing")
    }
    told = [found.code for one in outcome.blocked for found in one.problems]
    assert "checks.unfilled" not in told  # the same hole is told once


def test_an_undecided_language_blocks_with_its_own_sentence(world: World) -> None:
    with world.store.system() as session:
        place = session.get_one(Organisation, world.places["4636"].id)
        place.language, place.language_decision = None, "neutral"
    paper.load(world, paper.paper())
    world.connect("4636")
    world.invite(paper.KEY)
    world.join("4636", paper.KEY)
    outcome = world.approve("4636", paper.KEY)
    assert outcome.approved == ()
    codes = {(found.code, found.values["organisation"]) for one in outcome.blocked for found in one.problems}
    assert codes == {("approval.language_unknown", "Solund")}
    assert all(one.blocked and one.body == "" for one in outcome.blocked)


def test_a_default_comes_from_the_profile_and_only_where_it_fits_the_kind(world: World) -> None:
    content = paper.paper()
    content["facts"] = {
        "side": {"kind": "url", "default": "profile.website", "ask": {"nn": "Side", "nb": "Side"}},
        "tal": {"kind": "number", "default": "profile.website", "ask": {"nn": "Tal", "nb": "Tall"}},
    }
    content["messages"] = [content["messages"][1]]
    content["messages"][0]["text"] = [{"fill": {"nn": "{side}", "nb": "{side}"}}]
    content["messages"].append(copy.deepcopy(content["messages"][0]) | {"key": "tal"})
    content["messages"][1]["text"] = [{"fill": {"nn": "{tal}", "nb": "{tal}"}}]
    paper.load(world, content, {})
    world.connect("4601", ["mastodon"])
    world.invite(paper.KEY)
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.answer(session, mine, participation.Answer.joined, now=world.now)
    outcome = world.approve("4601", paper.KEY)
    assert [one.post.text for one in outcome.approved if one.post] == [
        "https://www.bergen.kommune.no\n\n#Beredskap"
    ]
    assert [one.message_key for one in outcome.blocked] == ["tal"]


# -- what the worker refuses (E3)


def _only(world: World, *, platform: str = "mastodon") -> Delivery:
    (found,) = [
        one for one in world.deliveries() if one.platform == platform and one.due_at == min_due(world)
    ]
    return found


def min_due(world: World) -> object:
    return min(one.due_at for one in world.deliveries() if one.due_at)


def test_a_picture_whose_bytes_were_swapped_on_disk_is_not_sent(world: World) -> None:
    paper.under_way(world, "4601")
    path = world.desk.media.path(paper.picture().sha256)
    path.write_bytes(paper.picture("red").content)
    world.wait(minutes=5)
    world.tick()
    assert (_only(world).state, _only(world).reason) == (State.failed, "media.altered")
    assert world.live() == []


def test_a_picture_that_is_gone_from_disk_is_not_sent_without(world: World) -> None:
    paper.under_way(world, "4601")
    world.desk.media.path(paper.picture().sha256).unlink()
    world.wait(minutes=5)
    world.tick()
    assert (_only(world).state, _only(world).reason) == (State.failed, "media.gone")
    assert world.live() == []


def test_a_snapshot_that_was_altered_in_the_database_is_not_sent(world: World) -> None:
    world.under_way("4601")
    drop = {
        "sqlite": "DROP TRIGGER snapshot_stays_update",
        "postgresql": "DROP TRIGGER snapshot_stays ON snapshot",
    }
    with world.store.system() as session:
        session.execute(text(drop[world.store.engine.dialect.name]))
        session.execute(text("UPDATE snapshot SET body = replace(body, 'Bergen', 'Berlin')"))
    world.wait(minutes=5)
    world.tick()
    assert (world.delivery().state, world.delivery().reason) == (State.failed, "delivery.tampered")
    assert world.calls() == []


def test_an_approval_for_another_account_sends_nothing(world: World) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        account = session.scalars(select(Account)).one()
        account.remote_id = "somebody-else"
        accounts.seal_login(session, world.desk.vault, account, {"token": Secret("theirs")}, now=world.now)
    world.wait(minutes=5)
    world.tick()
    assert (world.delivery().state, world.delivery().reason) == (State.failed, "delivery.other_account")
    assert world.calls() == []


def test_a_login_does_not_open_for_an_account_that_was_swapped_under_it(world: World) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        session.execute(update(Account).values(remote_id="somebody-else"))
    world.wait(minutes=5)
    world.tick()
    assert (world.delivery().state, world.delivery().reason) == (State.planned, "account.cannot_open")
    assert world.account(world.delivery().account_id).state == AccountState.login_lost
    assert world.calls() == []


def test_a_withdrawn_approval_sends_nothing(world: World) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        session.execute(update(Approval).values(withdrawn_at=world.now))
    world.wait(minutes=5)
    world.tick()
    assert world.states() == ["planned"]
    assert world.calls() == []


def test_an_approved_snapshot_is_made_of_the_bytes_that_were_approved_and_of_no_others(world: World) -> None:
    world.under_way("4601")
    with world.store.system(write=False) as session:
        stored = session.scalars(select(Snapshot)).one()
    assert ApprovedSnapshot(stored.body, stored.hash).post.text.startswith("Hei Bergen")
    for body in (stored.body + " ", stored.body.replace("Bergen", "Berlin"), ""):
        with pytest.raises(Tampered):
            ApprovedSnapshot(body, stored.hash)
    assert digest(stored.body) == stored.hash
