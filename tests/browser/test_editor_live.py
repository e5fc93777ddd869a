"""The campaign editor in a real browser: it saves by itself, two people write in one draft, and a phone is enough."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from looking import Watch, axe, sideways
from playwright.sync_api import Browser, Page, Route, expect
from world import World

from campaigns import sessions
from campaigns.drafting import beginning
from campaigns.drafting.tree import Tree
from campaigns.store import CampaignDraft, Person

Open = Callable[..., Page]
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
AT = "/for/46/drafts/1"


@pytest.fixture
def tree(world: World) -> Tree:
    """A draft of a campaign with a picture."""
    world.load(world.definition(world.message(to="mastodon, instagram"), world.message("to")))
    with world.store.scope(world.actors["46"]) as session:
        return Tree.of(beginning.reopen(session, "prove", now=world.now).tree)


@pytest.fixture
def paragraph(tree: Tree) -> str:
    """The name of the field with the first words of the first message."""
    return f"f.{tree.below(tree.messages[0].id, 'paragraph')[0].id}.text.nn"


@pytest.fixture
def open_at(world: World, tree: Tree, serve, browser: Browser) -> Iterator[Open]:
    """Return a function that gives a page of the county's coordinator; what nobody may see fails the test."""
    address = serve(world.store, lambda: world.now, world.settings)
    opened: list[tuple[object, Watch]] = []

    def opener(path: str, *, size: dict[str, int] = DESK, **more: object) -> Page:
        with world.store.system() as session:
            person = session.query(Person).where(Person.mail == "ingrid@county.example").one()
            token = sessions.begin(session, person, how="test", device="test", now=world.now, factor=True)
        context = browser.new_context(viewport=size, base_url=address, locale="nn-NO", **more)
        context.add_cookies(
            [
                {"name": "samklang", "value": token.reveal(), "url": address},
                {"name": "language", "value": "nn", "url": address},
            ]
        )
        page = context.new_page()
        page.set_default_timeout(20_000)
        opened.append((context, Watch(page)))
        page.goto(path)
        return page

    yield opener
    for context, watch in opened:
        context.close()  # type: ignore[attr-defined]
        assert watch.troubles == []


def fine(page: Page) -> None:
    """Hold that axe-core finds nothing on a page and that it need not be scrolled sideways."""
    assert axe(page) == []
    assert sideways(page) == []


def stored(world: World, field: str) -> str:
    """Return what is kept in a field."""
    part, _, name = field.removeprefix("f.").partition(".")
    with world.store.system(write=False) as session:
        found = Tree.of(session.get_one(CampaignDraft, 1).tree).find(part)
    assert found is not None
    return found[name]


@pytest.mark.parametrize(
    "size", [DESK, PHONE, {"width": 320, "height": 800}], ids=lambda one: str(one["width"])
)
def test_every_page_of_the_editor_is_fine_at_every_width(
    open_at: Open, tree: Tree, size: dict[str, int]
) -> None:
    page = open_at("/for/46/drafts", size=size)
    fine(page)
    for path in ("", f"/messages/{tree.messages[0].id}", "/load"):
        page.goto(AT + path)
        fine(page)


def test_what_is_typed_is_kept_by_itself_and_the_checks_and_the_preview_follow(
    world: World, open_at: Open, tree: Tree, paragraph: str
) -> None:
    page = open_at(f"{AT}/messages/{tree.messages[0].id}")
    words = page.locator(f"[name='{paragraph}']")
    words.fill("Hei {kommune}, hva synes dere? {lenke}")
    expect(page.locator("#lagra")).to_contain_text("Lagra kl.")
    expect(page.locator("#kontroll")).to_contain_text("har ord som er bokmål")
    expect(page.locator("#kontroll .synes").first).to_contain_text("Hei Solund, hva synes dere?")
    words.press_sequentially(" Ja!")
    expect(page.locator("#kontroll .synes").first).to_contain_text("Ja!")
    expect(words).to_be_focused()
    assert stored(world, paragraph) == "Hei {kommune}, hva synes dere? {lenke} Ja!"
    fine(page)


def test_a_message_is_looked_at_in_another_municipality_and_language_without_losing_a_word(
    world: World, open_at: Open, tree: Tree, paragraph: str
) -> None:
    page = open_at(f"{AT}/messages/{tree.messages[0].id}")
    page.locator(f"[name='{paragraph}']").fill("Hei {kommune}! {lenke}")
    place = page.get_by_label("Vis for")
    place.select_option(label=world.places["4601"].name)
    first = page.locator("#kontroll .synes").first
    expect(first).to_contain_text(f"Hei {world.places['4601'].name}!")
    page.get_by_label("På", exact=True).select_option("nb")
    expect(first).to_contain_text("bokmål")
    expect(place).to_have_value("4601")
    assert stored(world, paragraph) == "Hei {kommune}! {lenke}"
    page.get_by_role("button", name="Lagre", exact=True).first.click()
    expect(page.get_by_text("Alt er lagra.")).to_be_visible()
    expect(page.get_by_label("Vis for")).to_have_value("4601")
    fine(page)


def test_an_answer_that_gets_lost_makes_no_conflict_with_oneself(
    world: World, open_at: Open, tree: Tree, paragraph: str
) -> None:
    page = open_at(f"{AT}/messages/{tree.messages[0].id}")
    words = page.locator(f"[name='{paragraph}']")
    lost: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()  # the server has it, and the page never hears of it
        lost.append("one")
        route.fulfill(status=204, body="")

    page.route("**/autosave", lose, times=1)
    words.fill("Først {lenke}")
    page.wait_for_timeout(100)
    while not lost:
        page.wait_for_timeout(50)
    assert stored(world, paragraph) == "Først {lenke}"
    words.press_sequentially(" og så")
    expect(page.locator("#lagra")).to_contain_text("Lagra kl.")
    assert stored(world, paragraph) == "Først {lenke} og så"


def test_two_people_write_in_one_message_and_nothing_is_lost(
    world: World, open_at: Open, tree: Tree, paragraph: str
) -> None:
    where = f"{AT}/messages/{tree.messages[0].id}"
    one, other = open_at(where), open_at(where)
    bokmaal = paragraph.replace(".nn", ".nb")
    one.locator(f"[name='{paragraph}']").fill("Nynorsk {lenke}")
    expect(one.locator("#lagra")).to_contain_text("Lagra kl.")
    other.locator(f"[name='{bokmaal}']").fill("Bokmål {lenke}")
    expect(other.locator("#lagra")).to_contain_text("har òg endra her")
    other.locator(f"[name='{bokmaal}']").press_sequentially(" meir")
    expect(other.locator("#kontroll")).to_be_visible()
    other.locator(f"[name='{paragraph}']").fill("Noko heilt anna {lenke}")
    expect(other.locator("#lagra")).to_contain_text("Ingenting er overskrive.")
    assert (stored(world, paragraph), stored(world, bokmaal)) == ("Nynorsk {lenke}", "Bokmål {lenke} meir")
    other.get_by_role("button", name="Sjå begge tekstane").click()
    expect(other.get_by_role("heading", name="To har endra det same")).to_be_visible()
    fine(other)
    other.get_by_label("Begge", exact=False).first.check()
    other.get_by_role("button", name="Lagre valet").click()
    expect(other.get_by_text("Alt er lagra.")).to_be_visible()
    assert stored(world, paragraph) == "Nynorsk {lenke}\nNoko heilt anna {lenke}"


def test_what_is_taken_out_is_put_back_on_a_phone(world: World, open_at: Open, tree: Tree) -> None:
    page = open_at(AT, size=PHONE)
    page.get_by_role("button", name="Ta bort to", exact=True).click()
    expect(page.get_by_role("heading", name="Tatt bort")).to_be_visible()
    fine(page)
    page.get_by_role("button", name=re.compile("^Set inn att")).click()
    expect(page.get_by_role("link", name="to", exact=True)).to_be_visible()


def test_a_session_that_ends_is_told_while_one_writes_and_nothing_is_lost(
    world: World, open_at: Open, tree: Tree, paragraph: str
) -> None:
    page = open_at(f"{AT}/messages/{tree.messages[0].id}")
    world.now += timedelta(hours=13)
    page.locator(f"[name='{paragraph}']").fill("Mine ord {lenke}")
    expect(page.locator("#lagra")).to_contain_text("Det du har skrive, står her.")
    page.get_by_role("button", name="Lagre", exact=True).first.click()
    expect(page.get_by_role("heading", name="Du er logga ut, men ingenting er tapt")).to_be_visible()
    assert page.locator(f"input[name='{paragraph}']").input_value() == "Mine ord {lenke}"


def test_without_scripts_the_same_form_saves(world: World, open_at: Open, tree: Tree, paragraph: str) -> None:
    page = open_at(f"{AT}/messages/{tree.messages[0].id}", java_script_enabled=False)
    page.locator(f"[name='{paragraph}']").fill("Utan skript {lenke}")
    page.get_by_role("button", name="Lagre", exact=True).first.click()
    expect(page.get_by_text("Alt er lagra.")).to_be_visible()
    assert stored(world, paragraph) == "Utan skript {lenke}"
