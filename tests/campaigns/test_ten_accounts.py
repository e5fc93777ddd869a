"""A text that is too long for one of ten accounts keeps the whole message back, and says where and by how much."""

from __future__ import annotations

from dataclasses import replace

import paper
import pytest
from world import World

from campaigns import accounts, approval, participation, plans
from campaigns.store import Answer
from connectors.base import Connected, Profile
from connectors.secret import Secret

WORDS = "Det held med vatn. " * 12


@pytest.fixture
def ten(world: World) -> World:
    """Bergen has ten accounts on one platform; the seventh one's server takes 200 characters, the others 500."""
    content = paper.paper()
    content["messages"] = [
        content["messages"][1] | {"text": [{"locked": {"nn": WORDS, "nb": WORDS}}], "to": ["mastodon"]}
    ]
    content["hashtags"] = []
    paper.load(world, content)
    usual = world.desk.connectors["mastodon"].limits
    for number in range(10):
        limits = replace(usual, length=200) if number == 6 else usual
        profile = Profile(
            f"id{number}", f"@konto{number}@social.example", "", "https://social.example", None, limits=limits
        )
        with world.store.scope(world.actors["4601"]) as session:
            accounts.keep_account(
                session, world.desk.vault, "mastodon", "https://social.example",
                Connected(profile, {"token": Secret("demo")}), language=None, now=world.now,
            )  # fmt: skip
    world.invite(paper.KEY)
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        participation.answer(session, mine, Answer.joined, now=world.now)
        plans.plan_participation(session, mine, now=world.now)
    return world


def test_one_of_ten_that_is_too_short_keeps_the_message_back_everywhere(ten: World) -> None:
    outcome = ten.approve("4601", paper.KEY)
    assert outcome.approved == ()
    blocked = {one.account: [found.code for found in one.problems] for one in outcome.blocked if one.blocked}
    assert blocked == {"mastodon @konto6@social.example": ["wording.too_long_without_short"]}
    (problem,) = [found for one in outcome.blocked if one.blocked for found in one.problems]
    assert problem.values["over"] == len(WORDS.strip()) - 200


def test_nothing_is_cut_and_a_short_wording_frees_that_account_alone(ten: World) -> None:
    content = paper.paper()
    short = {"nn": "Det held med vatn.", "nb": "Det holder med vann."}
    content["messages"] = [
        content["messages"][1]
        | {"text": [{"locked": {"nn": WORDS, "nb": WORDS}}], "short": [{"locked": short}], "to": ["mastodon"]}
    ]
    content["hashtags"] = []
    paper.load(ten, content)
    approved = ten.approve("4601", paper.KEY).approved
    texts = {one.account: one.post.text for one in approved if one.post}
    assert len(texts) == 10
    assert {account for account, text in texts.items() if text == short["nn"]} == {
        "mastodon @konto6@social.example"
    }
    with ten.store.scope(ten.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        drafts = approval.open_drafts(session, ten.desk.connectors, mine, (), now=ten.now)
        assert approval.waiting(session, drafts, now=ten.now) == []
