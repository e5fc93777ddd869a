"""A browser that may stop and nothing else: made by whoever may stop, two taps without a login, ended like a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from visitor import Visitor, words_of
from world import World

from campaigns import audit, holds, members
from campaigns.sentences import LANGUAGES
from campaigns.stop_devices import HOW, LASTS
from campaigns.store import Membership, Role, StopDevice
from web.app import make_web

Browser = Callable[..., Visitor]


def made(person: Browser, number: str = "4601") -> Visitor:
    """Return a browser that was made a device and has lost its login since."""
    phone = person(number)
    phone.get("/me")
    answer = phone.post("/me/stop-devices", {"place": number})
    assert (answer.status_code, answer.headers["location"]) == (303, "/stop")
    del phone.cookies["samklang"]
    return phone


def open_holds(world: World) -> list[tuple[str, int | None]]:
    with world.store.system(write=False) as session:
        return [(one.level.value, one.set_by) for one in holds.open_holds(session)]


def acts(world: World, number: str = "4601") -> list[tuple[str, str]]:
    with world.store.scope(world.actors[number], write=False) as session:
        return [(entry.action, entry.how) for entry, _ in audit.acts(session, limit=3)]


@pytest.mark.parametrize(("number", "level"), [("4601", "municipality"), ("46", "county")])
def test_two_taps_stop_everything_of_ones_own_without_a_login(
    world: World, person: Browser, number: str, level: str
) -> None:
    world.under_way("4601")
    phone = made(person, number)
    world.wait(minutes=0, seconds=60)
    assert phone.get("/me").status_code == 303, "nobody is logged in"
    assert "Stop" in words_of(phone.get("/stop"))
    page = phone.follow(phone.post("/stop"))
    assert open_holds(world) == [(level, world.actors[number].person_id)]
    assert "A stop is lifted by somebody who logs in." in words_of(page)
    world.wait(minutes=6)
    world.tick()
    assert world.states() == ["planned"]
    assert acts(world, number)[:2] == [("hold.set", HOW), ("device.make", "test")]


def test_it_works_for_weeks_and_not_a_moment_longer(world: World, person: Browser) -> None:
    phone = made(person)
    world.now += LASTS - timedelta(seconds=1)
    assert "everything in Bergen" in words_of(phone.get("/stop"))
    world.now += timedelta(seconds=1)
    assert "is no stop button" in words_of(phone.get("/stop"))
    assert phone.post("/stop").status_code == 401
    assert open_holds(world) == []


def test_it_opens_nothing_else(world: World, person: Browser) -> None:
    world.under_way("4601")
    phone = made(person)
    phone.get("/stop")
    for path in ("/", "/me", "/for/4601", "/for/4601/stop", "/for/4601/campaigns/prove"):
        assert phone.get(path).headers["location"].startswith("/login"), path
    phone.follow(phone.post("/stop"))
    for path in ("/for/4601/stops/1/lift", "/for/4601/stop", "/me/stop-devices", "/me/stop-devices/1/end"):
        assert phone.post(path).status_code == 401, path
    assert len(open_holds(world)) == 1
    phone.cookies["samklang"] = phone.cookies["stop"]
    assert phone.get("/for/4601").status_code == 303, "it is no session under another name either"


def test_it_is_gone_with_the_role(world: World, person: Browser) -> None:
    phone = made(person)
    phone.get("/stop")
    with world.store.system() as session:
        session.execute(
            delete(Membership).where(
                Membership.person_id == world.actors["4601"].person_id,
                Membership.role.in_([Role.editor, Role.approver, Role.admin]),
            )
        )
    assert phone.post("/stop").status_code == 401
    assert "is no stop button" in words_of(phone.get("/stop"))
    assert open_holds(world) == []


def test_who_may_not_stop_makes_none_and_nobody_makes_one_elsewhere(world: World, person: Browser) -> None:
    with world.store.scope(world.actors["4601"]) as session:
        members.add(session, name="Lesar", mail="r@4601.example", roles=[Role.reader], now=world.now)
    bergen = person("4601")
    reader = Visitor(bergen.web, "r@4601.example")
    assert "stop button" not in words_of(reader.get("/me"))
    assert reader.post("/me/stop-devices", {"place": "4601"}).status_code == 403
    bergen.get("/me")
    assert bergen.post("/me/stop-devices", {"place": "4621"}).status_code == 404
    with world.store.system(write=False) as session:
        assert session.scalars(select(StopDevice)).all() == []


def test_it_is_listed_and_ended_on_ones_own_page(world: World, person: Browser) -> None:
    phone = made(person)
    desk, voss = person("4601"), person("4621")
    page = desk.get("/me")
    assert "Lasts until" in words_of(page)
    voss.get("/me")
    assert voss.post("/me/stop-devices/1/end").status_code == 404
    desk.get("/me")
    assert "The stop button is ended." in words_of(desk.follow(desk.post("/me/stop-devices/1/end")))
    assert acts(world)[0] == ("device.end", "test")
    assert phone.post("/stop").status_code == 401
    with world.store.system(write=False) as session:
        assert session.scalars(select(StopDevice)).all() == []


def test_a_press_that_was_not_hers_stops_nothing_and_asks_once_more(world: World, person: Browser) -> None:
    phone = made(person)
    phone.get("/stop")
    other = phone.post("/stop", csrf="0" * 80)
    assert other.status_code == 403
    assert "Press once more" in words_of(other)
    elsewhere = phone.post("/stop", headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert open_holds(world) == []
    phone.get("/stop")
    assert phone.post("/stop").status_code == 303


def test_made_twice_in_one_browser_it_is_one(world: World, person: Browser) -> None:
    phone = person("4601")
    for _ in range(2):
        phone.get("/me")
        phone.post("/me/stop-devices", {"place": "4601"})
    with world.store.system(write=False) as session:
        assert len(session.scalars(select(StopDevice)).all()) == 1


def test_its_cookie_is_its_own_and_closed(world: World) -> None:
    settings = world.settings.model_copy(update={"public_url": "https://127.0.0.1"})
    web = make_web(settings, world.store, now=lambda: world.now)
    phone = Visitor(web, "adviser@4601.example")
    phone.cookies["__Host-samklang"] = phone.cookies.pop("samklang")
    phone.get("/me")
    cookie = phone.post("/me/stop-devices", {"place": "4601"}).headers["set-cookie"]
    assert cookie.startswith("__Host-stop=")
    closed = ("HttpOnly", "Secure", "SameSite=lax", "Path=/", f"Max-Age={90 * 24 * 3600}")
    assert all(one in cookie for one in closed), cookie
    assert "domain" not in cookie.lower()
    with world.store.system(write=False) as session:
        digest = session.scalars(select(StopDevice.token_hash)).one()
    assert digest not in cookie


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_pages_speak_the_readers_language(world: World, person: Browser, language: str) -> None:
    phone = person("4601", language=language)
    assert f'<html lang="{language}">' in phone.get("/stop").text
    phone.get("/me")
    phone.post("/me/stop-devices", {"place": "4601"})
    told = words_of(phone.get("/stop"))
    assert "{" not in told
    assert "Bergen" in told
