"""The beginning, the rehearsed stop, the operator's page, and what anybody may read (A4, A8, D10, G8)."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import update
from visitor import Visitor, words_of
from world import World

from campaigns import assessments, holds, members, profiles, standing
from campaigns.sentences import LANGUAGES
from campaigns.store import Account, Organisation, Role
from reports import onboarding
from web.app import make_web

Browser = Callable[..., Visitor]


def left(world: World, number: str = "4601") -> list[str]:
    with world.store.scope(world.actors[number], write=False) as session:
        return [one.code for one in onboarding.steps(session, now=world.now) if not one.done]


# -- the beginning


def test_each_step_is_done_when_the_rows_say_so_wherever_it_was_done(world: World, person: Browser) -> None:
    bergen = person("4601")
    asked = ["profile", "accounts", "channels", "assessments", "standing", "quiet", "substitutes", "seen"]
    assert left(world) == asked
    with world.store.scope(world.actors["4601"]) as session:
        profiles.change_profile(session, language="nn", phone="55 00 00 00", now=world.now)
    (mine,) = world.connect("4601", ["mastodon"])
    assert left(world) == ["channels", "standing", "quiet", "substitutes", "seen"]
    with world.store.scope(world.actors["4601"]) as session:
        standing.give(session, "46", now=world.now)
        members.add(session, name="Jon", mail="jon@4601.example", roles=[Role.approver], now=world.now)
    assert left(world) == ["channels", "quiet", "seen"]
    bergen.get("/for/4601/onboarding")
    for step in ("channels", "quiet"):
        assert bergen.post(f"/for/4601/onboarding/{step}").status_code == 303
    assert "1 step left" in words_of(bergen.get("/for/4601/onboarding"))
    assert "One step left" in words_of(bergen.get("/for/4601"))
    bergen.get("/for/4601/profile")
    bergen.post("/for/4601/profile/choices", {"named": "no"})
    assert left(world) == []
    assert "Everything is in place" in words_of(bergen.get("/for/4601/onboarding"))
    assert "step left" not in words_of(bergen.get("/for/4601"))
    with world.store.system() as session:
        session.execute(update(Account).where(Account.id == mine).values(assessment=None))
        assert assessments.wanting(session, world.now.date()) == 1
    assert left(world) == ["assessments"]


def test_a_municipality_is_told_that_it_begins_in_under_a_quarter_of_an_hour(person: Browser) -> None:
    page = words_of(person("4601").get("/for/4601/onboarding"))
    (told,) = re.findall(r"steps left, about (\d+) minutes", page)
    assert 0 < int(told) <= 15


def test_a_neutral_decision_leaves_the_language_to_be_asked(world: World) -> None:
    with world.store.system() as session:
        place = session.get_one(Organisation, world.places["4601"].id)
        place.language, place.language_decision, place.profile = None, "neutral", {"phone": "55000000"}
    assert "profile" in left(world)


def test_only_steps_for_which_it_is_an_answer_are_left_as_they_are(world: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/onboarding")
    for step in ("people", "accounts", "profile", "seen", "evil"):
        assert bergen.post(f"/for/4601/onboarding/{step}").status_code == 404
    assert "groups" in left(world, "46")


def test_the_administration_leads_to_what_she_may_and_to_nothing_else(world: World, person: Browser) -> None:
    with world.store.scope(world.actors["4601"]) as session:
        members.add(session, name="Lesar", mail="r@4601.example", roles=[Role.reader], now=world.now)
    bergen = person("4601")
    reader = Visitor(bergen.web, "r@4601.example")
    full, bare = bergen.get("/for/4601/admin").text, reader.get("/for/4601/admin").text
    for path in ("accounts", "members", "profile", "standing", "calendar-days", "audit", "drill", "tokens"):
        assert f'href="/for/4601/{path}"' in full
        assert bergen.get(f"/for/4601/{path}").status_code == 200
        assert (f'href="/for/4601/{path}"' in bare) == (path == "members")
    assert 'href="/for/46/groups"' in person("46").get("/for/46/admin").text
    assert 'href="/instance"' not in full


# -- the rehearsed stop


def test_a_rehearsal_tells_the_seconds_for_each_municipality_and_stops_nothing(
    world: World, person: Browser
) -> None:
    world.under_way("4601", "4621")
    county = person("46")
    county.get("/for/46/drill")
    page = county.follow(county.post("/for/46/drill"))
    text = words_of(page)
    assert all(name in text for name in ("Bergen", "Voss", "Solund"))
    assert "1 of 1" in text
    assert "All 3 municipalities would have been silent" in text
    assert "has not read the row yet" in text
    world.tick()
    assert "The clock had read the row" in words_of(county.get(page.url.path))
    assert "Last rehearsal" in words_of(county.get("/for/46/stop"))
    with world.store.system(write=False) as session:
        assert holds.open_holds(session) == []


def test_a_rehearsal_elsewhere_is_unknown(world: World, person: Browser) -> None:
    bergen, voss = person("4601"), person("4621")
    bergen.get("/for/4601/drill")
    made = bergen.post("/for/4601/drill").headers["location"].rpartition("/")[2]
    assert voss.get(f"/for/4621/drill/{made}").status_code == 404
    assert "not rehearsed a stop yet" in words_of(voss.get("/for/4621/stop"))


# -- the operator's page


@pytest.fixture
def operator(world: World) -> Visitor:
    settings = world.settings.model_copy(update={"operators": " Ops@x.example, ADVISER@4601.example"})
    return Visitor(make_web(settings, world.store, now=lambda: world.now), "adviser@4601.example")


def test_the_operator_sees_counts_and_versions_and_no_names(world: World, operator: Visitor) -> None:
    world.under_way("4601", "4621")
    world.wait(minutes=6)
    with world.store.system() as session:
        session.execute(update(Account).values(state="login_lost"))
    page = operator.get("/instance")
    text = words_of(page)
    assert "as the program's" in text
    assert "sqlite" in text or "postgresql" in text
    assert "No clock was seen yet" in text
    rows = [words_of_row(one) for one in re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)]
    queue, logins = (row[1:] for row in rows if row[0] == "Mastodon")
    assert queue == ["2", "0", "0", "0", "0"], "due, queued, publishing, not confirmed, failed"
    assert logins == ["0", "2", "0", "0", "0"], "connected, lost, resting, unconfirmed, disconnected"
    body = page.text.split("<main")[1].split("</main>")[0]
    assert not any(name in body for name in ("Bergen", "Voss", "Solund", world.handle("4601")))
    assert 'href="/instance"' in operator.get("/for/4601/admin").text
    world.tick()
    assert "The clock was last seen" in words_of(operator.get("/instance"))


def words_of_row(row: str) -> list[str]:
    """Return the cells of a row that says something."""
    return [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<t[dh]\b.*?</t[dh]>", row, re.DOTALL)]


def test_for_anybody_else_there_is_no_such_page(person: Browser) -> None:
    for number in ("46", "4601"):
        assert person(number).get("/instance").status_code == 404


# -- what anybody may read


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_about_the_service_are_there_in_three_languages_without_a_login(
    world: World, language: str
) -> None:
    settings = world.settings.model_copy(update={"run_by": "Vestland", "contact": "post@x.example"})
    anybody = Visitor(make_web(settings, world.store, now=lambda: world.now), language=language)
    for path in ("/accessibility", "/privacy"):
        page = anybody.get(path)
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert "Vestland" in page.text
        assert "mailto:post@x.example" in page.text
    assert "uutilsynet.no" in anybody.get("/accessibility").text


def test_every_page_leads_to_the_statement_and_to_privacy(person: Browser) -> None:
    for page in (person("4601").get("/for/4601"), Visitor(person("46").web).get("/login")):
        assert 'href="/accessibility"' in page.text
        assert 'href="/privacy"' in page.text


def test_what_is_out_in_a_campaign_is_open_to_all_until_it_is_switched_off(
    world: World, person: Browser
) -> None:
    world.under_way("4601", "4621")
    anybody = Visitor(person("46").web)
    before = anybody.get("/public/46/prove")
    assert before.status_code == 200
    assert "Hei Bergen" not in words_of(before)
    world.wait(minutes=6)
    world.tick()
    page = anybody.get("/public/46/prove")
    assert "Hei Bergen" in words_of(page)
    assert "Hei Voss" in words_of(page)
    bergen = person("4601")
    bergen.get("/for/4601/profile")
    bergen.post("/for/4601/profile/choices", {"public_page": "no"})
    for path in (
        "/public/4601/prove",
        "/feed/4601",
        "/feed/4601.atom",
        "/feed/4601.json",
        "/feed/4601/prove",
    ):
        assert anybody.get(path).status_code == 404, path
    assert "Bergen" not in anybody.get("/public/46/prove").text
    assert "Bergen" not in anybody.get("/feed/46/prove.json").text
    assert "Hei Voss" in words_of(anybody.get("/public/46/prove"))


@pytest.mark.parametrize("path", ["/public/9999/prove", "/public/46/nothing", "/public/4601/%3Cscript%3E"])
def test_a_campaign_that_is_not_there_has_no_page(person: Browser, path: str) -> None:
    assert Visitor(person("46").web).get(path).status_code == 404
