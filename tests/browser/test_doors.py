"""The way in with a password in a real browser: codes first, then everything; and the pages about it are for everybody."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
from looking import axe, sideways
from playwright.sync_api import Page, expect
from world import World

from campaigns import answer_links, credentials, entry_links, organisations
from campaigns.store import Organisation, Participation, Person, Role

MAIL = "adviser@4601.example"
OLD, NEW = "fire ord etter kvarandre", "heilt andre ord enn før"


def fine(page: Page) -> bool:
    """Return whether a page is for everybody, and fits."""
    assert (page.url, axe(page)) == (page.url, [])
    assert (page.url, sideways(page)) == (page.url, [])
    return True


def prepared(world: World) -> str:
    """Give Bergen's adviser a password, invite a colleague and the municipality; return the end of an answering link."""
    definition = world.definition(world.message())
    due = definition.answer.model_copy(update={"by": world.now.date()})
    world.load(definition.model_copy(update={"answer": due}))
    world.invite()
    with world.store.system() as session:
        place = session.get_one(Organisation, world.places["4601"].id)
        person = session.query(Person).where(Person.mail == MAIL).one()
        credentials.set_password(session, person, OLD, now=world.now)
        jon = organisations.add_member(
            session, "4601", name="Jon", mail="jon@4601.example", roles=[Role.editor]
        )
        entry_links.make(
            session, "invitation", mail=jon.mail, person=jon, name=jon.name, place=place, made_by=person.id,
            now=world.now,
        )  # fmt: skip
        mine = session.query(Participation).where(Participation.organisation_id == place.id).one()
        return answer_links.make_link(session, mine, person, now=world.now).reveal()


def test_a_password_leads_to_codes_and_they_to_everything(page: Page, world: World, serve: Callable) -> None:
    link = prepared(world)
    product = serve(world.store, lambda: world.now, world.settings)
    page.goto(f"{product}/answer/{link}")
    expect(page.locator("main")).to_contain_text("Hei Bergen. Les meir:")
    assert fine(page)

    page.goto(f"{product}/login?next=/for/4601/members")
    page.locator("#mail").fill(MAIL)
    page.locator("#password").fill(OLD)
    page.locator("main form button").click()
    page.wait_for_url("**/me/codes?next=/for/4601/members")
    assert fine(page)
    page.goto(f"{product}/for/4601/stop")
    assert fine(page)
    page.goto(f"{product}/for/4601/members")  # leads back to the codes
    page.locator("form[action='/me/codes'] button").click()
    assert fine(page)
    seed = page.locator("code").inner_text().replace(" ", "")
    page.locator("#code").fill(pyotp.TOTP(seed).at(world.now))
    page.locator("form[action='/me/codes/confirm'] button").click()
    expect(page.locator("main li")).to_have_count(10)
    assert fine(page)
    page.locator("main a.ds-button").click()
    page.wait_for_url("**/for/4601/members")

    expect(page.locator("table")).to_contain_text("Jon")
    assert fine(page)
    page.locator("tr", has_text="Jon").get_by_role("link").click()
    assert fine(page)
    page.locator("#invited a").click()
    assert fine(page)

    page.goto(f"{product}/me/password")
    assert fine(page)
    page.locator("#login-present").fill(OLD)
    page.locator("#login-new").fill(NEW)
    page.locator("main form button").click()
    page.wait_for_url("**/me")
    expect(page.locator("[role=status]")).to_be_visible()
