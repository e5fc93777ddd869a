"""A missing language version blocks with its reason, per municipality and per account; nothing is put in its place."""

import paper
import pytest
from sqlalchemy import select
from world import World

from campaigns.approval import Outcome
from campaigns.store import Account, Organisation


@pytest.fixture
def waiting(world: World) -> World:
    paper.under_way(world, "4601")
    return world


def reasons(outcome: Outcome) -> set[tuple[str, str, object]]:
    return {
        (one.message_key, one.account.partition(" ")[0], found.values.get("language", found.code))
        for one in outcome.blocked
        for found in one.problems
        if found.severity == "blocking"
    }


def test_a_municipality_whose_language_is_missing_is_blocked_on_every_account(waiting: World) -> None:
    with waiting.store.system() as session:
        session.get_one(Organisation, waiting.places["4601"].id).language = "se"
    outcome = waiting.approve("4601", paper.KEY)
    assert outcome.approved == ()
    assert {(account, language) for _, account, language in reasons(outcome)} == {
        ("mastodon", "se"),
        ("bluesky", "se"),
    }
    assert {found.code for one in outcome.blocked for found in one.problems} == {"wording.missing_language"}
    assert {one.body for one in outcome.blocked} == {""}


def test_an_account_with_a_language_of_its_own_is_blocked_alone_and_says_which(waiting: World) -> None:
    with waiting.store.system() as session:
        session.scalars(select(Account).where(Account.platform == "bluesky")).one().language = "smj"
    outcome = waiting.approve("4601", paper.KEY)
    assert {(account, language) for _, account, language in reasons(outcome)} == {("bluesky", "smj")}


def test_an_account_may_have_the_version_that_its_municipality_has_not(waiting: World) -> None:
    with waiting.store.system() as session:
        session.get_one(Organisation, waiting.places["4601"].id).language = "sma"
        for account in session.scalars(select(Account)):
            account.language = "nb"
    outcome = waiting.approve("4601", paper.KEY)
    assert reasons(outcome) == set()
    assert {one.post.language for one in outcome.approved if one.post} == {"nb"}


def test_a_bokmal_word_in_a_nynorsk_text_is_warned_of_and_a_name_that_was_filled_in_is_not(
    world: World,
) -> None:
    content = paper.paper()
    content["facts"]["stad"] = {"kind": "place", "ask": {"nn": "Stad", "nb": "Sted"}}
    content["messages"][0]["text"][0] = {
        "free": {"nn": "Vi kommer ikke til {stad}.", "nb": "Vi kommer ikke til {stad}."}
    }
    paper.under_way(world, "4601", content=content)
    paper.fill(world, "4601", stad="Nygård kirke")
    outcome = world.approve("4601", paper.KEY)
    told = {
        found.values["words"]
        for one in (*outcome.approved, *outcome.blocked)
        for found in one.problems
        if found.code == "checks.mixed_nn"
    }
    assert told == {"kommer, ikke"}
    assert reasons(outcome) == set()
