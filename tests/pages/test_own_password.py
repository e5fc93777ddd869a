"""Another password for whoever is logged in: what it asks, what it ends, and who is told (threats B8, B11, B13, G5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from entering import ADVISER, person_id, set_up_codes
from visitor import Visitor, words_of
from world import World

from campaigns import audit, credentials, entrance, entry_links
from campaigns.entrance import Browser, Door
from campaigns.sentences import LANGUAGES
from campaigns.store import AuditEntry, Letter, Person

OLD, NEW = "fire ord etter kvarandre", "heilt andre ord enn før"
Change = Callable[..., Any]


@pytest.fixture
def local(world: World) -> World:
    """A world in which Bergen's adviser has a password."""
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == ADVISER).one()
        credentials.set_password(session, person, OLD, now=world.now)
    return world


@pytest.fixture
def her(local: World, web: Any) -> Visitor:
    """Her browser, in which she has given password and code."""
    visitor = Visitor(web)
    visitor.get("/login")
    visitor.post("/login", {"mail": ADVISER, "password": OLD, "next": "/"})
    set_up_codes(visitor, local)
    visitor.get("/me/password")
    return visitor


def change(visitor: Visitor, present: str = OLD, new: str = NEW) -> Any:
    return visitor.post("/me/password", {"login.present": present, "login.new": new})


def opens(world: World, password: str) -> bool:
    door = Door(world.store, world.desk.vault, world.now)
    return entrance.knock(door, ADVISER, password, Browser("192.0.2.50", "test")) is not None


def test_the_new_password_opens_the_old_one_does_not_and_both_she_and_the_chain_are_told(
    local: World, her: Visitor
) -> None:
    assert 'href="/me/password"' in her.get("/me").text
    done = change(her)
    assert done.headers["location"] == "/me"
    assert "The password was changed" in words_of(her.follow(done))
    assert opens(local, NEW)
    assert not opens(local, OLD)
    with local.store.system(write=False) as session:
        assert session.query(Letter).where(Letter.kind == "password_changed").one().address == ADVISER
        act = session.query(AuditEntry).where(AuditEntry.action == "password.change").one()
        assert act.person_id == person_id(local)
        assert act.organisation_id == local.places["4601"].id
        assert all(ADVISER in audit.in_words(act, language) for language in LANGUAGES)
        assert credentials.has_codes(session, person_id(local))


def test_her_other_sessions_and_what_was_under_way_end(local: World, web: Any, her: Visitor) -> None:
    elsewhere = Visitor(web, ADVISER)
    half = Visitor(web)
    half.get("/login")
    half.post("/login", {"mail": ADVISER, "password": OLD, "next": "/"})  # waits for its code
    door = Door(local.store, local.desk.vault, local.now)
    letter = entrance.operator_link(door, ADVISER)
    old = her.cookies["samklang"]
    change(her)
    assert elsewhere.get("/for/4601").status_code == 303
    assert half.post("/login/code", {"code": "000000", "next": "/"}).headers["location"] == "/login?next=/"
    assert letter is not None
    assert entrance.look_at(door, letter.reveal()) is None
    assert her.get("/for/4601").status_code == 200
    her.cookies["samklang"] = old
    assert her.get("/for/4601").status_code == 303  # the session goes on under another token


def test_the_present_password_is_asked_for_and_counts_as_a_try(local: World, her: Visitor) -> None:
    for _ in range(5):
        wrong = change(her, present="noko anna enn det rette")
        assert wrong.status_code == 422
        assert 'href="#login-present"' in wrong.text
    refused = change(her)
    assert refused.status_code == 429
    assert "too many tries" in words_of(refused)
    assert her.get("/for/4601/stop").status_code == 200  # a stop waits for none of it
    local.now += timedelta(seconds=16)
    her.get("/me/password")
    assert change(her).status_code == 303


@pytest.mark.parametrize("new", ["kort", "x" * 129, "passordpassord", "adviser er passordet mitt", OLD])
def test_a_weak_password_or_the_same_is_refused_with_the_reason_and_nothing_changes(
    local: World, web: Any, her: Visitor, new: str
) -> None:
    elsewhere = Visitor(web, ADVISER)
    refused = change(her, new=new)
    assert refused.status_code == 422
    assert 'href="#login-new"' in refused.text
    assert new not in refused.text
    assert opens(local, OLD)
    assert elsewhere.get("/for/4601").status_code == 200
    with local.store.system(write=False) as session:
        assert session.query(Letter).where(Letter.kind == "password_changed").count() == 0


def test_what_was_typed_is_in_no_page_not_even_when_the_session_has_ended(local: World, her: Visitor) -> None:
    assert OLD not in change(her, new="kort").text
    local.now += timedelta(hours=2)
    kept = change(her)
    assert kept.status_code == 401
    assert OLD not in kept.text
    assert NEW not in kept.text


def test_who_logs_in_elsewhere_alone_has_no_such_page(world: World, web: Any) -> None:
    visitor = Visitor(web, "adviser@4621.example")
    assert "/me/password" not in visitor.get("/me").text
    assert visitor.get("/me/password").status_code == 404
    assert change(visitor).status_code == 404


def test_an_invitation_that_was_not_used_stays_good(local: World, her: Visitor) -> None:
    with local.store.scope(local.actors["4601"]) as session:
        person = session.get_one(Person, person_id(local))
        token = entry_links.invite(session, person, now=local.now).reveal()
    change(her)
    door = Door(local.store, local.desk.vault, local.now)
    assert entrance.look_at(door, token) is not None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_each_language(her: Visitor, language: str) -> None:
    page = her.get(f"/me/password?lang={language}")
    assert f'<html lang="{language}">' in page.text
    assert "page." not in words_of(page)
