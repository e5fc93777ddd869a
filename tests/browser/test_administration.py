"""The administration in a real browser: for everybody, at every width; and out to a platform's page and back by a link."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from looking import axe, sideways
from playwright.sync_api import Page
from sqlalchemy import select
from world import World

from bench.pictures import enter
from campaigns.settings import Settings
from campaigns.store import Account, AccountState

PAGES = {
    "Vestland": ("/for/46/admin", "/for/46/groups", "/for/46/drill", "/for/46/profile", "/instance"),
    "Bergen": tuple(
        f"/for/4601/{path}"
        for path in (
            "admin", "accounts", "accounts/1", "accounts/1/confirm", "accounts/1/disconnect", "accounts/connect",
            "accounts/connect/mastodon", "members", "members/2", "members/2/remove", "profile", "standing",
            "calendar-days", "audit?check=yes", "onboarding", "drill",
        )
    ),
}  # fmt: skip
OPEN = ("/accessibility", "/privacy", "/public/46/prove")


@pytest.fixture
def settings(world: World) -> Settings:
    """The settings of a demo whose coordinator is its operator, too."""
    return world.settings.model_copy(
        update={"demo_login": True, "public_url": None, "operators": "ingrid@county.example"}
    )


@pytest.mark.parametrize("who", PAGES)
def test_every_page_is_for_everybody(
    page: Page, world: World, serve: Callable, settings: Settings, who: str
) -> None:
    world.under_way("4601")
    product = serve(world.store, lambda: world.now, settings)
    enter(page, product, who)
    for path in (*PAGES[who], *OPEN):
        answer = page.goto(product + path)
        assert answer is not None
        assert (path, answer.status) == (path, 200)
        assert (path, axe(page)) == (path, [])
        assert (path, sideways(page)) == (path, [])


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
