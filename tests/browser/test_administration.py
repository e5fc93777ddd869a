"""The administration in a real browser: out to a platform's page and back by a link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from world import World

from bench.pictures import enter
from campaigns.settings import Settings
from campaigns.store import Account, AccountState


@pytest.fixture
def settings(world: World) -> Settings:
    """The settings of a demo."""
    return world.settings.model_copy(update={"demo_login": True, "public_url": None})


def test_an_account_is_connected_by_going_out_and_coming_back(
    page: Page, world: World, serve: Callable, settings: Settings
) -> None:
    product = serve(world.store, lambda: world.now, settings)
    enter(page, product, "Bergen")
    page.goto(f"{product}/for/4601/accounts/connect/mastodon")
    page.locator("form", has=page.locator("#base")).get_by_label(re.compile("Tenar|Server")).fill(
        world.bases["mastodon"]
    )
    page.locator("form", has=page.locator("#base")).get_by_role("button").click()
    page.locator("main a.ds-button:not([data-variant])").click()
    page.locator("[name=account]").fill(world.handle("4601"))
    page.locator("button[name=allow], [type=submit]").first.click()
    page.wait_for_url("**/for/4601/accounts/back/mastodon?**")
    page.locator("main form button").click()
    page.wait_for_url("**/confirm")
    assert world.handle("4601") in page.locator("main").inner_text()
    page.locator("main form button").click()
    page.wait_for_url("**/for/4601/accounts/*")
    with world.store.system(write=False) as session:
        assert session.scalars(select(Account.state)).all() == [AccountState.connected]
