"""How far an account's posts reach: a choice of the municipality, part of what is approved, and sent every time."""

from __future__ import annotations

import json
import urllib.request

import pytest
from world import World

from campaigns import accounts, approval
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from campaigns.store import Account


def change(world: World, account_id: int, wanted: str, number: str = "4601") -> None:
    """Change it as the admin, and let fall what was approved."""
    with world.store.scope(world.actors[number]) as session:
        account = accounts.account_of(session, account_id)
        accounts.change_visibility(session, account, wanted, now=world.now)
        approval.review_all(session, world.desk.connectors, now=world.now)


def seen(world: World, address: str) -> str:
    """Return the visibility of a live post as the platform tells it."""
    post_id = address.rpartition("/")[2]
    with urllib.request.urlopen(f"{world.bases['mastodon']}/api/v1/statuses/{post_id}", timeout=10) as answer:
        return str(json.load(answer)["visibility"])


def send(world: World) -> str:
    world.approve("4601")
    world.wait(minutes=6)
    world.tick()
    address = world.delivery().address
    assert address is not None
    return address


def test_a_post_is_public_unless_the_account_says_otherwise(world: World) -> None:
    world.under_way("4601")
    assert seen(world, send(world)) == "public"


def test_another_reach_fells_the_approval_and_reaches_the_platform(world: World) -> None:
    world.under_way("4601")
    change(world, world.delivery().account_id, "unlisted")
    world.wait(minutes=6)
    world.tick()
    assert world.live() == [], "nobody has approved it so"
    assert seen(world, send(world)) == "unlisted"


def test_a_reach_that_the_platform_does_not_have_is_refused(world: World) -> None:
    mastodon, bluesky = world.connect("4601", ["mastodon", "bluesky"])
    for account_id, wanted in ((mastodon, "secret"), (bluesky, "unlisted")):
        with pytest.raises(NotFound) as told:
            change(world, account_id, wanted)
        assert told.value.code == "account.no_such_visibility"
    change(world, bluesky, "public")


def test_nobody_changes_it_elsewhere(world: World) -> None:
    (account_id,) = world.connect("4601", ["mastodon"])
    with pytest.raises(NotFound):
        change(world, account_id, "unlisted", "4621")
    with pytest.raises(Forbidden), world.store.system() as session:
        accounts.change_visibility(session, session.get_one(Account, account_id), "unlisted", now=world.now)


def test_a_word_that_came_into_the_row_otherwise_is_the_usual_one(world: World) -> None:
    (account_id,) = world.connect("4601", ["bluesky"])
    account = world.account(account_id)
    account.visibility = "unlisted"
    assert accounts.visibility_of(account) == "public"
