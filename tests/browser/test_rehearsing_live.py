"""A rehearsal in a real browser: begun, watched without a reload, read; and a phone made a stop button that stops in two taps."""

from __future__ import annotations

from collections.abc import Callable

from looking import axe, sideways
from playwright.sync_api import Page, expect
from world import World

from bench.pictures import enter
from campaigns import holds, rehearsals
from campaigns.rehearsals import Progress

HERE = "/for/46/campaigns/prove/rehearsals"


def test_a_rehearsal_is_watched_as_it_goes(page: Page, world: World, serve: Callable) -> None:
    world.load(world.definition(world.message("ein")))
    settings = world.settings.model_copy(update={"demo_login": True, "public_url": None})
    product = serve(world.store, lambda: world.now, settings)
    enter(page, product, "Vestland")
    page.goto(product + HERE)
    assert (axe(page), sideways(page)) == ([], [])
    page.locator(f'form[action="{HERE}"] button').click()
    page.wait_for_url("**/rehearsals/*")
    made = int(page.url.rpartition("/")[2])
    with world.store.system() as session:
        script = rehearsals.claim(session, made, now=world.now)
        assert script is not None
        rehearsals.note(session, script, Progress(47, world.now, 3, 9), now=world.now)
    expect(page.locator("progress")).to_have_attribute("value", "47", timeout=60_000)
    assert (axe(page), sideways(page)) == ([], [])
    with world.store.system() as session:
        rehearsals.refuse(session, script, "rehearsal.nobody", {}, now=world.now)
    page.locator("main section a.ds-button").click(timeout=60_000)
    expect(page.locator("main .melding")).to_be_visible()
    assert axe(page) == []


def test_a_phone_that_was_made_a_stop_button_stops_in_two_taps(
    page: Page, world: World, serve: Callable
) -> None:
    settings = world.settings.model_copy(update={"demo_login": True, "public_url": None})
    product = serve(world.store, lambda: world.now, settings)
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page, product, "Bergen")
    page.goto(f"{product}/me")
    page.locator('form[action="/me/stop-devices"] button').click()
    page.wait_for_url("**/stop")
    page.context.clear_cookies(name="samklang")
    page.goto(f"{product}/stop")
    assert (axe(page), sideways(page)) == ([], [])
    page.locator('form[action="/stop"] button').click()
    expect(page.locator("main .melding")).to_be_visible()
    assert (axe(page), sideways(page)) == ([], [])
    with world.store.system(write=False) as session:
        assert [one.target_id for one in holds.open_holds(session)] == [world.places["4601"].id]
