"""Journeys in a real browser: the municipality's way on a phone, by keyboard, over a slow line; the stop in two taps."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from looking import PHONE, Open, fine
from playwright.sync_api import Page, expect
from world import DOCUMENT, World

from campaigns.store import Approval

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
LINK = "https://www.bergen.kommune.no/x"


@pytest.fixture
def address(world: World, serve) -> str:
    """The pages of a world in which everybody is invited to two messages, and Bergen has two accounts."""
    world.connect("4601", ["mastodon", "bluesky"])
    two = [
        world.message("ein", to="mastodon, bluesky"),
        world.message("to", at="11:05", to="mastodon")
        .replace(", together: true", "")
        .replace("- fill:", "- free:"),
    ]
    definition = world.definition(*two)
    today = definition.answer.model_copy(update={"by": world.now.date()})
    world.load(definition.model_copy(update={"answer": today}))
    world.invite()
    return serve(world.store, lambda: world.now, world.settings.model_copy(update={"demo_login": True}))


@BOTH
def test_the_municipalitys_way_on_a_phone_from_invitation_to_approved(world: World, open_as: Open) -> None:
    page = open_as("4601", size=PHONE)
    page.goto("/for/4601")
    fine(page)
    page.get_by_role("link", name=re.compile("^Svar")).click()
    expect(page.get_by_role("heading", name="Vil de vere med på «Prøve»?")).to_be_visible()
    fine(page)
    page.get_by_role("button", name="Bli med").click()
    expect(page.get_by_role("status")).to_contain_text("De er med.")
    fine(page)
    page.locator("#fact-lenke").fill("tull")
    page.get_by_role("button", name="Lagre og vis tekstane").click()
    expect(page.get_by_role("heading", name="Rett 1 ting før du går vidare")).to_be_visible()
    expect(page.locator("#fact-lenke")).to_have_value("tull")
    fine(page)
    page.locator("#fact-lenke").fill(LINK)
    page.get_by_role("button", name="Lagre og vis tekstane").click()
    expect(page.get_by_text(f"Hei Bergen. Les meir: {LINK}").first).to_be_visible()
    fine(page)
    page.get_by_role("button", name="Godkjenn alle 2").click()
    expect(page.get_by_role("status")).to_contain_text("2 innlegg er godkjende.")
    fine(page)
    assert all(one.snapshot_hash for one in world.deliveries("4601"))


@BOTH
def test_three_people_in_three_languages_bring_a_campaign_from_plan_to_report(
    world: World, open_as: Open, tmp_path: Path
) -> None:
    ingrid = open_as("46", language="en")
    plan(ingrid, planned(world, tmp_path))
    ingrid.get_by_role("button", name="Invite the municipalities").click()
    expect(ingrid.get_by_role("heading", name="0 of 3 municipalities take part")).to_be_visible()
    world.connect("4621", ["mastodon"])
    for number, language, keep in (
        ("4601", "nn", "Lagre og vis tekstane"),
        ("4621", "nb", "Lagre og vis tekstene"),
    ):
        page = open_as(number, language=language)
        page.goto(f"/for/{number}")
        page.get_by_role("link", name="Ute og klar").first.click()
        page.get_by_role("button", name="Bli med", exact=True).click()
        site = world.places[number].website
        page.locator("#fact-lenke").fill(f"{site}/x")
        page.get_by_role("button", name=keep).click()
        if number == "4621":
            put_own_words(page)
        page.get_by_role("button", name="Godkjenn alle 2").click()
        expect(page.get_by_role("status")).to_be_visible()
    ingrid.reload()
    expect(ingrid.get_by_role("heading", name="2 of 3 municipalities take part")).to_be_visible()
    expect(ingrid.get_by_text("Has approved").first).to_be_visible()
    for _ in range(5):
        world.wait(minutes=16)
        world.tick()
        ingrid.reload()  # she has the page open all the while
    expect(ingrid.get_by_text("5 of 5 posts are live").first).to_be_visible()
    assert any("Velkomen til Voss" in str(one["text"]) for one in world.live("4621"))
    ingrid.get_by_role("link", name="Report").click()
    expect(ingrid.get_by_text("5 of 5 posts are live").first).to_be_visible()
    expect(ingrid.get_by_text("2 municipalities have not said that they may be named")).to_be_visible()
    fine(ingrid)


def planned(world: World, folder: Path) -> Path:
    """Write the county's campaign to a file."""
    messages = [
        world.message("ein", to="mastodon, bluesky"),
        world.message("to", at="11:05", to="mastodon")
        .replace(", together: true", "")
        .replace("- fill:", "- free:"),
    ]
    text = DOCUMENT.format(key="ute", late_after=60, silence="out", messages="".join(messages))
    file = folder / "campaign.yaml"
    file.write_text(text.replace("nn: Prøve, nb: Prøve", "nn: Ute og klar, nb: Ute og klar"), "utf-8")
    return file


def plan(page: Page, document: Path) -> None:
    """Plan a campaign: begun from a document, one deadline changed in the editor, looked over, and loaded."""
    page.goto("/for/46")
    page.get_by_role("link", name="New campaign").click()
    page.locator("#document").set_input_files(document)
    page.get_by_role("button", name="Take the document").click()
    expect(page.get_by_text("The document is taken.")).to_be_visible()
    page.get_by_label("Answer by").fill("2027-01-12")
    page.get_by_role("button", name="Save", exact=True).first.click()
    page.get_by_role("link", name="Look it over and load").first.click()
    page.get_by_role("button", name="Load", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("ute is stored as version 1.")


def put_own_words(page: Page) -> None:
    """Reword the second message, and see the difference from the county's."""
    page.get_by_role("link", name="Skriv om eller flytt to").click()
    page.get_by_label("Avsnitt 1").fill("Velkomen til {kommune}! Les meir: {lenke}")
    page.get_by_role("button", name="Lagre teksten").click()
    expect(page.locator("ins").first).to_contain_text("Velkomen")
    page.get_by_role("link", name="Tilbake til godkjenningen").click()


@BOTH
def test_the_stop_takes_two_taps_on_a_phone(world: World, open_as: Open) -> None:
    page = open_as("46", size=PHONE)
    page.goto("/for/46")
    page.get_by_role("link", name="Naudstopp").click()
    fine(page)
    page.get_by_role("button", name="Stopp heile Vestland no").click()
    expect(page.locator(".stopptopp")).to_be_visible()
    fine(page)
    bergen = open_as("4601", size=PHONE)
    bergen.goto("/for/4601")
    expect(bergen.locator(".stopptopp")).to_be_visible()
    fine(bergen)


def test_by_keyboard_alone_one_gets_from_the_start_page_to_approved(world: World, open_as: Open) -> None:
    page = open_as("4601")
    page.goto("/for/4601")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Hopp til hovudinnhaldet")
    page.keyboard.press("Enter")
    _press(page, re.compile("^Svar"))
    _press(page, "Bli med")
    _type(page, "fact-lenke", LINK)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Det lokale er lagra.")
    _press(page, "Godkjenn alle 2")
    expect(page.get_by_role("status")).to_contain_text("2 innlegg er godkjende.")
    assert all(one.snapshot_hash for one in world.deliveries("4601"))


def test_by_keyboard_alone_the_county_stops_everything_and_lifts_it_again(
    world: World, open_as: Open
) -> None:
    page = open_as("46")
    page.goto("/for/46")
    _press(page, "Naudstopp")
    _press(page, "Stopp heile Vestland no")
    expect(page.locator(".stopptopp")).to_be_visible()
    _press(page, "Opphev stoppen")
    expect(page.get_by_role("heading", name="Oppheve stoppen?")).to_be_visible()
    _press(page, "Opphev stoppen")
    expect(page.locator(".stopptopp")).to_have_count(0)


def test_by_keyboard_alone_the_county_begins_a_draft_and_writes_in_it(world: World, open_as: Open) -> None:
    page = open_as("46")
    page.goto("/for/46/drafts")
    _press(page, "Begynn")
    title = page.get_by_label("Tittel, nynorsk").first
    _type(page, title.get_attribute("id") or "", "Ein tittel")
    _press(page, "Lagre")
    expect(title).to_have_value("Ein tittel")
    _press(page, "Legg til bodskap")
    expect(page).to_have_url(re.compile("/messages/"))


def _tab(page: Page, found: str) -> None:
    """Press Tab until what has the focus is the wanted thing: it must be reachable, and within reach."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"() => {{ const e = document.activeElement; return {found} }}"):
            box = page.locator(":focus").bounding_box()
            assert box is not None
            assert box["width"] > 0
            return
    raise AssertionError(f"not reachable by keyboard: {found}")


def _press(page: Page, words: str | re.Pattern[str]) -> None:
    pattern = words.pattern if isinstance(words, re.Pattern) else f"^{re.escape(words)}"
    _tab(page, f"/{pattern}/.test(e.textContent.trim())")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def _type(page: Page, field: str, words: str) -> None:
    _tab(page, f"e.id === '{field}'")
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def test_what_was_typed_outlives_the_end_of_the_session(world: World, open_as: Open, address: str) -> None:
    page = open_as("4601")
    page.goto("/for/4601/campaigns/prove")
    page.get_by_role("button", name="Bli med").click()
    page.locator("#fact-lenke").fill(LINK)
    world.now += timedelta(hours=2)  # she was called to a meeting
    page.get_by_role("button", name="Lagre og vis tekstane").click()
    expect(page.get_by_role("heading", name="Du er logga ut, men ingenting er tapt")).to_be_visible()
    fine(page)
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Logg inn i ei ny fane").click()
    other = opened.value
    other.get_by_label("Person").select_option(label="Bergen – Adviser 4601")
    other.get_by_role("button", name="Logg inn", exact=True).click()
    other.close()
    page.get_by_role("button", name="Send på nytt").click()
    expect(page.get_by_role("heading", name="Send det du skreiv?")).to_be_visible()
    page.get_by_role("button", name="Send på nytt").click()
    expect(page.get_by_text(f"Hei Bergen. Les meir: {LINK}").first).to_be_visible()


def test_over_a_slow_line_the_way_works_and_a_doubled_tap_does_nothing_twice(
    world: World, open_as: Open
) -> None:
    page = open_as("4601", size=PHONE)
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 20_000},
    )
    page.goto("/for/4601/campaigns/prove")
    page.get_by_role("button", name="Bli med").dblclick()
    expect(page.get_by_role("heading", name="Fyll inn det lokale")).to_be_visible()
    assert len(world.deliveries("4601")) == 3
    page.locator("#fact-lenke").fill(LINK)
    page.get_by_role("button", name="Lagre og vis tekstane").click()
    expect(page.get_by_text(f"Hei Bergen. Les meir: {LINK}").first).to_be_visible()
    page.get_by_role("button", name="Godkjenn alle 2").dblclick()
    expect(page.get_by_role("status")).to_be_visible()
    assert len(world.deliveries("4601")) == 3
    assert all(one.snapshot_hash for one in world.deliveries("4601"))
    with world.store.system(write=False) as session:
        assert session.query(Approval).count() == 3


HEAVIEST = 120_000
"""Bytes over the line for the first page of a visit, letters and all, as they come compressed."""


@pytest.mark.parametrize(
    "path", ["/login", "/for/46", "/for/46/campaigns/prove", "/for/4601/campaigns/prove"]
)
def test_the_first_page_of_a_visit_is_light(world: World, open_as: Open, path: str) -> None:
    world.join("4601")
    page = open_as("4601" if "4601" in path else "46", size=PHONE)
    page.goto(path, wait_until="networkidle")
    weights: dict[str, int] = page.evaluate(
        """() => Object.fromEntries([...performance.getEntriesByType("navigation"),
             ...performance.getEntriesByType("resource")].map(e => [e.name, e.encodedBodySize]))"""
    )
    assert len(weights) > 4
    assert sum(weights.values()) <= HEAVIEST, weights
