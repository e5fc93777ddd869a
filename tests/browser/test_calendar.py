"""Calendar, deliveries and results in a real browser: a post is dragged, or moved by the keyboard alone; a phone has an agenda."""

from __future__ import annotations

import pytest
from looking import DESK, PHONE, Open, fine
from playwright.sync_api import Page, expect
from world import World

from campaigns.states import State
from campaigns.store import Delivery, Message

BOTH = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
JANUARY = "/for/4601/calendar?month=2027-01"
POST = "#p-2027-01-{day}-prove-ein"


@pytest.fixture
def address(world: World, serve) -> str:
    """The pages of a world in which Bergen may move one message, and another goes at one moment everywhere."""
    apart = world.message("ein").replace(", together: true", "")
    world.under_way("4601", messages=[apart, world.message("saman", at="11:05")])
    return serve(world.store, lambda: world.now, world.settings.model_copy(update={"demo_login": True}))


def when(world: World, message: str = "ein") -> str:
    """Return when a message of Bergen's goes, in Oslo's winter time."""
    with world.store.system(write=False) as session:
        row = session.query(Delivery).join(Message, Message.id == Delivery.message_id)
        at = row.where(Message.key == message).one().due_at
    assert at is not None
    return f"{at.replace(hour=at.hour + 1):%d.%m. %H.%M}"


def is_moved(page: Page, sentence: str, day: str) -> None:
    """Hold that a page says where the post went, and that the post has the focus on its new day."""
    expect(page.get_by_role("status")).to_have_text(sentence)
    expect(page.locator(f"td[data-day='2027-01-{day}']").locator(POST.format(day=day))).to_be_focused()


@BOTH
def test_a_post_is_dragged_to_another_day_and_keeps_its_time_of_day(world: World, open_as: Open) -> None:
    page = open_as("4601")
    page.goto(JANUARY)
    fine(page)
    page.locator(POST.format(day=12)).drag_to(page.locator("td[data-day='2027-01-14']"))
    is_moved(page, "Innlegget går torsdag 14. januar kl. 10.05.", "14")
    assert when(world) == "14.01. 10.05"
    fine(page)


def test_a_post_dragged_to_a_quiet_day_stays_and_one_is_told_why(world: World, open_as: Open) -> None:
    page = open_as("4601")
    page.goto(JANUARY)
    page.locator(POST.format(day=12)).drag_to(page.locator("td[data-day='2027-01-17']"))
    expect(page.get_by_role("heading", name="Rett 1 ting før du går vidare")).to_be_visible()
    expect(page.get_by_label("Dag")).to_have_value("2027-01-17")
    assert when(world) == "12.01. 10.05"
    fine(page)


def test_a_post_dropped_where_it_was_or_nowhere_asks_nobody(world: World, open_as: Open) -> None:
    page = open_as("4601")
    page.goto(JANUARY)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    post = page.locator(POST.format(day=12))
    post.drag_to(page.locator("td[data-day='2027-01-12']"))
    post.drag_to(page.locator("h1"))
    expect(post).to_be_visible()
    assert "POST" not in asked
    assert when(world) == "12.01. 10.05"


def test_what_goes_at_one_moment_everywhere_is_not_to_be_dragged(open_as: Open) -> None:
    page = open_as("4601")
    page.goto(JANUARY)
    post = page.locator("#p-2027-01-12-prove-saman")
    expect(post).to_be_visible()
    assert post.get_attribute("draggable") is None
    assert post.get_attribute("href") == "/for/4601/campaigns/prove#m-saman"


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the wanted thing has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == wanted:
            return
    raise AssertionError(f"not reachable by keyboard: {wanted}")


@BOTH
def test_by_keyboard_alone_a_post_is_moved(world: World, open_as: Open) -> None:
    page = open_as("4601")
    page.goto(JANUARY)
    page.locator("main").focus()
    tab_to(page, "p-2027-01-12-prove-ein")
    page.keyboard.press("Enter")
    expect(
        page.get_by_text("tysdag 12. januar", exact=True)
    ).to_be_visible()  # written out, in the page's language
    fine(page)
    page.get_by_label("Dag").focus()
    page.get_by_label("Dag").fill("2027-01-15")
    page.keyboard.press("Tab")
    tab_to(page, "clock")  # past the parts of the date field
    page.keyboard.press("Control+A")
    page.keyboard.type("12.30")
    page.keyboard.press("Enter")
    is_moved(page, "Innlegget går fredag 15. januar kl. 12.30.", "15")
    assert when(world) == "15.01. 12.30"


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 700}], ids=["390px", "320px"])
def test_a_phone_has_an_agenda_and_moves_a_post_from_it(
    world: World, open_as: Open, size: dict[str, int]
) -> None:
    page = open_as("4601", size=size)
    page.goto(JANUARY)
    expect(page.locator("table.kal")).to_be_hidden()
    agenda = page.get_by_role("region", name="Dag for dag")
    expect(agenda.get_by_role("listitem").filter(has_text="Tysdag 12. januar")).to_be_visible()
    fine(page)
    agenda.locator("#a-2027-01-12-prove-ein").click()
    fine(page)
    page.get_by_label("Dag").fill("2027-01-14")
    page.get_by_label("Klokkeslett").fill("12.30")
    page.get_by_role("button", name="Flytt").click()
    expect(page.get_by_role("status")).to_have_text("Innlegget går torsdag 14. januar kl. 12.30.")
    expect(agenda.locator("#a-2027-01-14-prove-ein")).to_be_focused()
    assert when(world) == "14.01. 12.30"
    fine(page)


def test_without_script_a_post_is_moved_on_a_page_of_its_own(world: World, open_as: Open) -> None:
    page = open_as("4601", java_script_enabled=False)
    page.goto(JANUARY)
    page.locator(POST.format(day=12)).click()
    page.get_by_label("Dag").fill("2027-01-14")
    page.get_by_role("button", name="Flytt").click()
    expect(page.get_by_role("status")).to_have_text("Innlegget går torsdag 14. januar kl. 10.05.")
    assert when(world) == "14.01. 10.05"


@pytest.mark.parametrize("width", [DESK["width"], 390, 320])
def test_what_is_live_in_doubt_missed_or_put_out_by_hand_is_for_everybody(
    world: World, open_as: Open, width: int
) -> None:
    world.join("4621")  # which has no account
    world.approve("4621")
    world.wait(minutes=6)
    world.tick()
    world.wait(minutes=70)
    world.tick()  # the first is live and counted
    in_doubt, _ = world.deliveries("4601")
    page = open_as("4601", size={"width": width, "height": 900})
    for path in ("results", "campaigns/prove/report", f"deliveries/{in_doubt.id}", "deliveries?state=live"):
        page.goto(f"/for/4601/{path}")
        fine(page)
    ingrid = open_as("46", size={"width": width, "height": 900})
    ingrid.goto("/for/46/campaigns/prove/report")
    fine(ingrid)
    leave(world, "unsure", needs_person=True, called_at=world.now, attempt=1)
    page.goto(f"/for/4601/deliveries/{in_doubt.id}")
    expect(page.get_by_role("heading", name="Ligg innlegget ute?")).to_be_visible()
    fine(page)
    leave(world, "missed", reason="delivery.too_late")
    for path in ("deliveries?state=stranded", f"deliveries/{in_doubt.id}"):
        page.goto(f"/for/4601/{path}")
        page.get_by_role("button", name="Lagre val").click()  # nothing is chosen
        expect(page.get_by_role("heading", name="Rett 1 ting før du går vidare")).to_be_visible()
        fine(page)
    voss = open_as("4621", size={"width": width, "height": 900})
    voss.goto("/for/4621/hand")
    fine(voss)
    voss.get_by_role("link", name="Legg ut").first.click()
    voss.context.grant_permissions(["clipboard-read", "clipboard-write"])
    voss.get_by_role("button", name="Kopier", exact=True).click()
    expect(voss.get_by_role("status").first).to_have_text("Kopiert")
    copied = voss.evaluate("() => navigator.clipboard.readText()")
    assert copied == "Hei Voss. Les meir: https://www.voss.kommune.no/x"
    fine(voss)


def leave(world: World, state: str, **more: object) -> None:
    """Leave Bergen's deliveries in a state."""
    with world.store.system() as session:
        for one in session.query(Delivery).where(Delivery.organisation_id == world.places["4601"].id):
            one.state = State(state)
            for name, value in more.items():
                setattr(one, name, value)
