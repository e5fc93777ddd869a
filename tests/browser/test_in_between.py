"""Pages that only a state shows, not an address: on the way in, after a mistake, before there is anything, out of order."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
import pytest
from looking import Open, fine
from playwright.sync_api import Page, Response, expect
from test_doors import MAIL, OLD, prepared
from world import World

from bench.addresses import addresses
from campaigns import credentials, entry_links
from campaigns.store import Organisation, Person


def invitation(world: World, kind: str = "invitation") -> str:
    """Return the end of a link that lets Bergen's adviser in, or lets her choose a new password."""
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == MAIL).one()
        place = session.get_one(Organisation, world.places["4601"].id)
        return entry_links.make(
            session, kind, mail=MAIL, person=person, name=person.name, place=place, made_by=person.id,
            now=world.now,
        ).reveal()  # fmt: skip


def with_codes(world: World) -> None:
    """Let Bergen's adviser have one-time codes, as if she had set them up long ago."""
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == MAIL).one()
        begun = credentials.begin_codes(session, world.desk.vault, person.id, now=world.now)
        code = pyotp.TOTP(begun.seed.reveal()).at(world.now)
        assert credentials.confirm_codes(
            session,
            world.desk.vault,
            person.id,
            begun.ticket.reveal(),
            code,
            address="192.0.2.1",
            now=world.now,
        )


def press(page: Page) -> Response:
    """Send the page's form as it stands, past what the browser itself would hold back, and return the answer."""
    page.evaluate("() => { document.querySelector('main form').noValidate = true }")
    with page.expect_response(lambda one: one.request.method == "POST") as answered:
        page.locator("main form button:not([type=button])").first.click()
    page.wait_for_load_state()
    return answered.value


def test_the_whole_way_of_an_answering_link_is_for_everybody(
    page: Page, world: World, serve: Callable
) -> None:
    link = prepared(world)
    product = serve(world.store, lambda: world.now, world.settings)
    page.goto(f"{product}/answer/{link}")
    page.get_by_role("button").first.click()
    expect(page.locator("h1")).to_be_visible()
    fine(page)
    page.goto(f"{product}/answer/{link}")  # spent
    fine(page)
    page.goto(f"{product}/answer/nothing")
    fine(page)


def test_the_way_in_is_for_everybody_with_every_mistake_on_it(
    page: Page, world: World, serve: Callable
) -> None:
    prepared(world)
    with_codes(world)
    product = serve(world.store, lambda: world.now, world.settings)
    for where, field in (("/login", "#mail"), ("/login/forgotten", "#mail"), ("/login/first", "#mail")):
        page.goto(f"{product}{where}")
        fine(page)
        page.locator(field).fill("ikkje ei adresse")
        assert press(page).status in (200, 401, 422), where
        fine(page)
    page.goto(f"{product}/login")
    page.locator("#mail").fill(MAIL)
    page.locator("#password").fill(OLD)
    page.locator("main form button").first.click()
    expect(page.locator("#code")).to_be_visible()
    fine(page)
    page.locator("#code").fill("000000")
    assert press(page).status == 422
    fine(page)
    page.goto(f"{product}/login/forgotten")
    page.locator("#mail").fill(MAIL)
    assert press(page).status == 200
    fine(page)


@pytest.mark.parametrize("kind", ["invitation", "password"])
def test_an_entry_link_is_for_everybody_new_mistaken_and_spent(
    page: Page, world: World, serve: Callable, kind: str
) -> None:
    link = invitation(world, kind)
    product = serve(world.store, lambda: world.now, world.settings)
    page.goto(f"{product}/enter/{link}")
    fine(page)
    assert press(page).status == 422  # nothing typed
    fine(page)
    page.goto(f"{product}/enter/nothing")
    fine(page)


def test_what_is_forbidden_or_unknown_is_told_for_everybody(world: World, open_as: Open) -> None:
    page = open_as("4601")
    for where, status in (("/for/4601/nothing", 404), ("/for/46/groups", 404), ("/for/4601/groups", 403)):
        answer = page.goto(where)
        assert answer is not None
        assert answer.status in (403, 404), (where, status)
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 900})
            fine(page)


@pytest.fixture
def address(world: World, serve: Callable) -> str:
    """The pages of a world in which nothing was done yet."""
    return serve(world.store, lambda: world.now, world.settings)


@pytest.mark.parametrize("number", ["46", "4601"])
def test_every_list_is_for_everybody_while_it_is_empty(world: World, open_as: Open, number: str) -> None:
    page = open_as(number)
    where = [
        one for one in addresses(world.store, world.actors[number], "none") if "/campaigns/none" not in one
    ]
    assert len(where) > 20
    for one in where:
        answer = page.goto(one)
        assert answer is not None
        assert (one, answer.status in (200, 404)) == (one, True)
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            fine(page)


FORMS = ("members", "tokens", "days", "groups", "profile", "stop", "drill", "standing")


@pytest.mark.parametrize("number", ["46", "4601"])
def test_every_mistake_in_a_form_is_told_for_everybody(world: World, open_as: Open, number: str) -> None:
    page = open_as(number)
    told = []
    for form in FORMS:
        answer = page.goto(f"/for/{number}/{form}")
        if (
            answer is None
            or answer.status != 200
            or not page.locator("main form[method=post] button").count()
        ):
            continue
        page.evaluate("() => document.querySelectorAll('main form').forEach(one => one.noValidate = true)")
        with page.expect_response(lambda one: one.request.method == "POST") as answered:
            page.locator("main form[method=post] button:not([type=button])").last.click()
        page.wait_for_load_state()
        if answered.value.status != 422:
            continue
        told.append(form)
        expect(page.locator("main [class*=error], main .feil, main [role=alert]").first).to_be_visible()
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            fine(page)
    assert len(told) >= 2
