"""The pages that need no login, as browsers show them: the status page, a feed and a page for what is not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from looking import axe, sideways
from passing import let_pass
from playwright.sync_api import Page, expect
from stage import NOW, play_a_busy_morning
from world import World

from campaigns.sentences import LANGUAGES
from campaigns.store import Store


@pytest.fixture
def busy(store: Store, serve: Callable) -> str:
    """The address of a status page on which every state of every list occurs."""
    play_a_busy_morning(store)
    return serve(store, lambda: NOW)


@pytest.fixture
def out(world: World, serve: Callable) -> str:
    """The address of a product in which Bergen and Voss have a message with a picture out."""
    world.under_way("4601", "4621", to="mastodon, instagram")
    let_pass(world, minutes=6)
    assert set(world.states()) == {"published"}
    return serve(world.store, lambda: world.now, world.settings)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_status_page_is_for_everybody(page: Page, busy: str, language: str) -> None:
    page.goto(f"{busy}/status?lang={language}")
    assert axe(page) == []
    assert sideways(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_feed_is_for_everybody(page: Page, out: str, language: str) -> None:
    page.goto(f"{out}/feed/4601?lang={language}")
    expect(page.get_by_role("article").get_by_role("img", name="Ein grøn flate.")).to_be_visible()
    assert axe(page) == []
    assert sideways(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_for_what_is_not_there_is_for_everybody(page: Page, busy: str, language: str) -> None:
    page.set_extra_http_headers({"accept-language": language})
    answer = page.goto(f"{busy}/nothing")
    assert answer is not None
    assert answer.status == 404
    assert axe(page) == []
    assert sideways(page) == []


def test_the_shapes_of_the_tags_and_the_letters_are_loaded_under_the_policy(page: Page, busy: str) -> None:
    page.goto(f"{busy}/status?lang=nn")
    masks = page.evaluate(
        "() => [...document.querySelectorAll('.st')].map(e => getComputedStyle(e, '::before').maskImage)"
    )
    assert len(masks) > 10
    assert all(one.startswith('url("data:image/svg+xml') for one in masks)
    assert page.evaluate("() => document.fonts.ready.then(() => document.fonts.check('16px Inter'))")
    assert page.evaluate("() => getComputedStyle(document.body).fontFamily").startswith("Inter")


def test_the_first_key_leads_past_the_head(page: Page, busy: str) -> None:
    page.goto(f"{busy}/status?lang=nn")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Hopp til hovudinnhaldet")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_what_pages_load_is_asked_for_once(page: Page, busy: str) -> None:
    for language in ("nn", "en"):
        page.goto(f"{busy}/status?lang={language}", wait_until="networkidle")  # letters and icon come late
        page.evaluate("() => document.fonts.ready.then(() => true)")
    sizes = page.evaluate(
        "() => performance.getEntriesByType('resource').filter(e => e.name.endsWith('.css') || e.name.endsWith('.woff2'))"
        ".map(e => e.transferSize)"
    )
    assert len(sizes) >= 3
    assert set(sizes) == {0}
