"""Deliveries that a person carries out: never a worker, never a draft, and her word is marked as hers (D32)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from passing import let_pass
from sqlalchemy import select
from world import World

from campaigns import accounts, attention, by_hand, gates, holds, plans
from campaigns.access import Forbidden
from campaigns.addresses import place_address
from campaigns.by_hand import NotByHand
from campaigns.organisations import NotFound
from campaigns.participation import participation_in
from campaigns.states import State
from campaigns.store import Account, AccountState, HoldLevel
from connectors import HAND, ConnectorError, Manual, Post, Secret
from reports.campaign_report import report
from reports.matters import matters

GROUP = "https://www.facebook.com/groups/vi-pa-voss"
POSTED = f"{GROUP}/posts/123"


def connect_place(world: World, number: str = "4621", *, covers: str = "", address: str = GROUP) -> int:
    typed = {"place": "Vi på Voss", "address": address, "covers": covers}
    connected = Manual(world.desk.wire).connect("", {name: Secret(value) for name, value in typed.items()})
    with world.store.scope(world.actors[number]) as session:
        kept = accounts.keep_account(
            session, world.desk.vault, HAND.name, "", connected, language=None, now=world.now
        )
        return kept.id


def under_way(world: World, *, to: str = "manual", covers: str = "", approve: bool = True) -> None:
    """Have Voss's group connected, and one message for it due at 10:05."""
    connect_place(world, covers=covers)
    world.load(world.definition(world.message(to=to)))
    world.invite()
    world.join("4621")
    if approve:
        world.approve("4621")


def say(world: World, address: str = POSTED, *, number: str = "4621", delivery: int | None = None) -> None:
    with world.store.scope(world.actors[number]) as session:
        by_hand.mark_published(session, delivery or world.delivery("4621").id, address, now=world.now)


def the_tasks(world: World, number: str = "4621") -> list[by_hand.Task]:
    with world.store.scope(world.actors[number], write=False) as session:
        return by_hand.tasks(session, now=world.now)


def test_no_worker_ever_takes_what_a_person_carries_out(world: World) -> None:
    under_way(world)
    let_pass(world, hours=3)
    assert world.states() == [State.planned]
    assert [errand for errand, _, _ in world.nudged if errand != "notify"] == []
    with world.store.system(write=False) as session:
        assert gates.why_not_yet(session, world.delivery("4621").id, world.now) == ["gate.by_hand"]


def test_what_a_person_is_given_is_what_was_approved(world: World) -> None:
    under_way(world)
    (task,) = the_tasks(world)
    assert task.post == Post("Hei Voss. Les meir: https://www.voss.kommune.no/x", "nn")
    assert (task.place, task.address) == ("Vi på Voss", GROUP)


def test_a_draft_is_handed_to_nobody(world: World) -> None:
    under_way(world, approve=False)
    (task,) = the_tasks(world)
    assert task.post is None
    assert "gate.not_approved" in task.awaits
    with pytest.raises(NotByHand) as caught:
        say(world)
    assert caught.value.code == "hand.not_approved"


def test_her_word_settles_it_marked_as_hers_and_counts_in_the_report(world: World) -> None:
    under_way(world)
    world.wait(minutes=20)
    say(world, f"  {POSTED}\n")
    delivery = world.delivery("4621")
    assert (delivery.state, delivery.address, delivery.stated) == (State.published, POSTED, True)
    assert world.history(delivery.id) == ["attest"]
    assert delivery.next_sample_at is None, "there is nobody to count"
    with world.store.scope(world.actors["46"], write=False) as session:
        told = report(session, world.campaign(), now=world.now, age=None)
    assert (told.truth.live, told.truth.stated) == (1, 1)


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://www.facebook.com/", "hand.bad_address"),
        ("https://facebook.evil.example/groups/vi-pa-voss/posts/1", "hand.bad_address"),
        ("http://www.facebook.com/groups/vi-pa-voss/posts/1", "hand.bad_address"),
        ("javascript:alert(1)", "hand.bad_address"),
        ("posts/123", "hand.bad_address"),
        ("", "hand.bad_address"),
    ],
)
def test_an_address_that_cannot_be_the_posts_is_refused(world: World, address: str, code: str) -> None:
    under_way(world)
    with pytest.raises(NotByHand) as caught:
        say(world, address)
    assert caught.value.code == code
    assert world.states() == [State.planned]


def test_an_address_is_given_for_one_post_only_and_a_post_is_settled_once(world: World) -> None:
    connect_place(world)
    world.load(world.definition(world.message(to="manual"), world.message("to", to="manual")))
    world.invite()
    world.join("4621")
    world.approve("4621")
    first, second = world.deliveries("4621")
    say(world, delivery=first.id)
    with pytest.raises(NotByHand) as caught:
        say(world, delivery=second.id)
    assert caught.value.code == "hand.address_given"
    with pytest.raises(NotByHand) as caught:
        say(world, f"{GROUP}/posts/9", delivery=first.id)
    assert caught.value.code == "hand.settled"


def test_it_waits_a_day_is_missed_and_can_still_be_said_to_be_out(world: World) -> None:
    under_way(world)
    let_pass(world, hours=24)
    assert world.states() == [State.planned]
    let_pass(world, minutes=6)
    assert world.states() == [State.missed]
    say(world)
    assert world.states() == [State.published]


def test_a_stop_takes_the_text_away_and_what_is_out_is_out(world: World) -> None:
    under_way(world)
    with world.store.scope(world.actors["46"]) as session:
        holds.set_hold(session, HoldLevel.county, now=world.now, target=world.places["46"])
    (task,) = the_tasks(world)
    assert (task.post, task.awaits) == (None, ("gate.held",))
    say(world)
    assert world.states() == [State.published]


def test_nobody_elses_people_may_say_it_and_nothing_else_can_be_said(world: World) -> None:
    under_way(world)
    for number, refused in (("4601", NotFound), ("46", Forbidden)):
        with pytest.raises(refused):
            say(world, number=number)
    world.connect("4621", ["mastodon"])
    with world.store.scope(world.actors["4621"]) as session:
        plans.plan_participation(session, participation_in(session, "prove"), now=world.now)
    with pytest.raises(NotFound):
        say(world, delivery=10**6)


def test_a_place_gets_the_messages_of_the_platforms_that_it_covers(world: World) -> None:
    world.connect("4621", ["mastodon"])
    under_way(world, to="mastodon", covers="Mastodon, snapchat")
    assert sorted(one.platform for one in world.deliveries("4621")) == ["manual", "mastodon"]


def test_a_municipality_without_any_account_is_handed_everything(world: World) -> None:
    world.load(world.definition(world.message(to="mastodon, bluesky")))
    world.invite()
    world.join("4621")
    world.approve("4621")
    (task,) = the_tasks(world)
    assert task.post is not None
    assert (task.place, task.address) == ("Voss", "")
    say(world, "https://www.voss.kommune.no/nytt/1")
    assert world.delivery("4621").stated


def test_one_that_never_answered_gets_no_place_made_for_it(world: World) -> None:
    world.load(world.definition(world.message(), silence="in"))
    world.invite()
    world.tick()
    with world.store.system(write=False) as session:
        assert session.scalars(select(Account)).all() == []


def test_with_an_account_of_its_own_nothing_is_handed_over_any_more(world: World) -> None:
    world.load(world.definition(world.message()))
    world.invite()
    world.join("4621")
    assert [one.platform for one in world.deliveries("4621")] == ["manual"]
    world.connect("4621", ["mastodon"])
    with world.store.scope(world.actors["4621"]) as session:
        plans.plan_participation(session, participation_in(session, "prove"), now=world.now)
    states = {one.platform: one.state for one in world.deliveries("4621")}
    assert states == {"manual": State.cancelled, "mastodon": State.planned}


def test_what_was_put_out_by_hand_goes_on_no_account_that_comes_later(world: World) -> None:
    world.load(world.definition(world.message()))
    world.invite()
    world.join("4621")
    world.approve("4621")
    say(world, "https://www.voss.kommune.no/nytt/1")
    world.connect("4621", ["mastodon"])
    with world.store.scope(world.actors["4621"]) as session:
        plans.plan_participation(session, participation_in(session, "prove"), now=world.now)
    assert [(one.platform, one.state) for one in world.deliveries("4621")] == [("manual", State.published)]


def test_what_is_due_is_on_the_list_of_what_waits(world: World) -> None:
    under_way(world)

    def waiting() -> list[tuple[str, object]]:
        with world.store.scope(world.actors["4621"], write=False) as session:
            found = attention.waiting(session, world.desk.connectors, now=world.now)
        return [(one.code, one.values.get("number")) for one in found if one.code != "waiting.assessment"]

    assert waiting() == []
    world.wait(minutes=6)
    assert waiting() == [("waiting.by_hand", 1)]
    say(world)
    assert waiting() == []


@pytest.mark.parametrize(
    ("pasted", "base", "fits"),
    [
        ("https://m.facebook.com/groups/x/posts/1", "https://www.facebook.com", True),
        ("https://www.facebook.com/?story_fbid=1&id=2", "https://www.facebook.com", True),
        ("https://www.facebook.com", "https://www.facebook.com", False),
        ("https://kari@www.facebook.com/x", "https://www.facebook.com", False),
        ("https://www.facebook.com:8443/x", "https://www.facebook.com", False),
        ("https://www.facebook.com:x/x", "https://www.facebook.com", False),
        ("https://www.facebook.com/x\u202ey", "https://www.facebook.com", False),
        ("https://www.voss.kommune.no/nytt/1", "", True),
        ("https://localhost/nytt/1", "", False),
        (f"https://www.voss.kommune.no/{'x' * 2000}", "", False),
    ],
)
def test_the_form_and_the_host_of_an_address_are_checked(pasted: str, base: str, fits: bool) -> None:
    assert place_address(pasted, base) is fits


def test_a_place_is_an_account_without_a_login(world: World) -> None:
    number = connect_place(world, covers="snapchat, Facebook facebook")
    account = world.account(number)
    assert (account.state, account.base, account.remote_id) == (
        AccountState.connected,
        "https://www.facebook.com",
        "groups/vi-pa-voss",
    )
    assert account.covers == ["facebook", "snapchat"]
    with pytest.raises(accounts.AccountTaken):
        connect_place(world, "4601")
    with pytest.raises(ConnectorError):
        connect_place(world, address="not an address")


def test_nothing_is_ever_called_there(world: World) -> None:
    manual, post = Manual(world.desk.wire), Post("Hei", "nn")
    assert manual.check(post) == []
    assert [one.code for one in manual.check(Post(" ", "nn"))] == ["connector.empty"]
    for ask in (
        lambda: manual.whoami(None),
        lambda: manual.prepare(None, post, "k", lambda _: b"", world.now),
        lambda: manual.publish(None, post, "k", {}),
        lambda: manual.find(None, post, "k", None, world.now),
        lambda: manual.measure(None, ["1"]),
    ):
        with pytest.raises(ConnectorError):
            ask()
    assert manual.patience == timedelta(hours=24)


def test_what_is_due_by_hand_is_a_matter_on_the_status_page(world: World) -> None:
    under_way(world)

    def needs() -> list[tuple[str, int, tuple[str, ...]]]:
        with world.store.system(write=False) as session:
            found = matters(session, world.now, named=True)
            return [(one.need, one.count, one.places) for one in found if one.need == "by_hand"]

    assert needs() == []
    world.wait(minutes=6)
    assert needs() == [("by_hand", 1, ("Voss",))]
    say(world)
    assert needs() == []
