"""A password alone, while one-time codes are not set up: it opens setting them up, leaving and stopping, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from entering import ADVISER, person_id, seed_on, set_up_codes, ticket_on
from visitor import Visitor, words_of
from world import World

from campaigns import credentials, sessions
from campaigns.store import AuditEntry, Credential, Hold, Letter, LoginSession, Person
from web.app import make_web

PASSWORD = "fire ord etter kvarandre"
Browser = Callable[..., Visitor]


@pytest.fixture
def enter(world: World, web: Any) -> Browser:
    """Return a function that gives a browser in which Bergen's adviser has given her password, and no more."""
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == ADVISER).one()
        credentials.set_password(session, person, PASSWORD, now=world.now)

    def browser(target: str = "/for/4601/campaigns", language: str = "en") -> Visitor:
        visitor = Visitor(web, language=language)
        visitor.get("/login")
        answer = visitor.post("/login", {"mail": ADVISER, "password": PASSWORD, "next": target})
        assert answer.headers["location"] == f"/me/codes?next={target}"
        visitor.follow(answer)
        return visitor

    return browser


def test_a_page_leads_to_the_codes_and_back_when_they_are_set_up(world: World, enter: Browser) -> None:
    visitor = enter()
    led = visitor.get("/for/4601/calendar?month=2027-01")
    assert led.headers["location"] == "/me/codes?next=/for/4601/calendar%3Fmonth%3D2027-01"
    visitor.follow(led)
    shown = visitor.post("/me/codes", {"next": "/for/4601/calendar?month=2027-01"})
    code = pyotp.TOTP(seed_on(shown)).at(world.now)
    more = {"ticket": ticket_on(shown), "next": "/for/4601/calendar?month=2027-01"}
    done = visitor.post("/me/codes/confirm", {"code": code, **more})
    assert 'href="/for/4601/calendar?month=2027-01"' in done.text
    assert visitor.get("/for/4601/calendar?month=2027-01").status_code == 200


def test_the_way_back_never_leads_to_another_site(enter: Browser) -> None:
    visitor = enter()
    assert "evil" not in visitor.get("/me/codes?next=//evil.example").text
    assert "evil" not in visitor.post("/me/codes", {"next": "https://evil.example"}).text


def test_a_form_does_nothing_and_what_was_typed_is_kept(world: World, enter: Browser) -> None:
    visitor = enter()
    kept = visitor.post("/for/4601/campaigns/prove/answer", {"answer": "in"})
    assert kept.status_code == 403
    assert 'name="answer" value="in"' in kept.text
    assert "/me/codes?next=/login/done" in kept.text
    with world.store.system(write=False) as session:
        assert session.query(AuditEntry).where(AuditEntry.action == "participation.answer").count() == 0


def test_a_page_that_saves_by_itself_is_told_in_a_line(enter: Browser) -> None:
    answer = enter().post(
        "/for/4601/campaigns/prove/answer", {"answer": "in"}, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 401
    assert "Set up one-time codes first" in words_of(answer)


def test_she_may_leave(enter: Browser) -> None:
    visitor = enter()
    assert "/logout" in visitor.get("/me/codes").text
    assert visitor.post("/logout").headers["location"] == "/login"
    assert visitor.get("/me/codes").headers["location"].startswith("/login")


def test_she_may_stop_and_sees_nothing_but_that_it_holds(world: World, enter: Browser) -> None:
    visitor = enter()
    assert 'href="/for/4601/stop"' in visitor.get("/me/codes").text
    page = visitor.get("/for/4601/stop")
    assert page.status_code == 200
    assert "/for/4601/calendar" not in page.text  # no menu, since it would lead nowhere
    stopped = visitor.post("/for/4601/stop", {"reason": "feil tekst"})
    assert stopped.headers["location"] == "/me/codes"
    assert "The stop holds" in words_of(visitor.follow(stopped))
    with world.store.system(write=False) as session:
        hold = session.query(Hold).one()
        assert (
            session.query(AuditEntry).where(AuditEntry.action == "hold.set").one().how == sessions.NO_FACTOR
        )
    assert visitor.get(f"/for/4601/stops/{hold.id}").headers["location"].startswith("/me/codes")
    assert visitor.get("/for/4621/stop").status_code == 404  # another's


def test_setting_them_up_opens_everything_ends_other_sessions_and_is_told_by_mail(
    world: World, enter: Browser
) -> None:
    elsewhere, visitor = enter(), enter()
    set_up_codes(visitor, world)
    assert visitor.get("/for/4601").status_code == 200
    assert elsewhere.get("/me/codes").status_code == 303
    with world.store.system(write=False) as session:
        assert session.query(Letter).where(Letter.kind == "codes_begun").one().address == ADVISER


def test_a_seed_is_confirmed_on_the_page_that_showed_it_and_nobody_else_has_seen_it(
    world: World, enter: Browser
) -> None:
    thief, owner = enter(), enter()
    stolen = thief.post("/me/codes")
    shown = owner.post("/me/codes")
    assert seed_on(stolen) != seed_on(shown)
    wrong = owner.post("/me/codes/confirm", {"code": "000000", "ticket": ticket_on(shown)})
    assert wrong.status_code == 422
    assert seed_on(wrong) == seed_on(shown)  # the page's own, again
    code = pyotp.TOTP(seed_on(shown)).at(world.now)
    assert owner.post("/me/codes/confirm", {"code": code, "ticket": ticket_on(shown)}).status_code == 200
    late = pyotp.TOTP(seed_on(stolen)).at(world.now)
    assert thief.post("/me/codes/confirm", {"code": late, "ticket": ticket_on(stolen)}).status_code == 401


def test_a_seed_is_over_after_its_minutes_and_another_persons_is_none(world: World, enter: Browser) -> None:
    visitor = enter()
    shown = visitor.post("/me/codes")
    with world.store.system() as session:
        other = session.query(Person).where(Person.mail == "adviser@4621.example").one()
        credentials.set_password(session, other, PASSWORD, now=world.now)
        theirs = credentials.begin_codes(session, world.desk.vault, other.id, now=world.now)
    code = pyotp.TOTP(theirs.seed.reveal()).at(world.now)
    foreign = visitor.post("/me/codes/confirm", {"code": code, "ticket": theirs.ticket.reveal()})
    assert foreign.status_code == 422
    assert seed_on(foreign) not in (theirs.seed.reveal(), seed_on(shown))
    world.now += credentials.SEED_LIFE + timedelta(seconds=1)
    code = pyotp.TOTP(seed_on(shown)).at(world.now)
    over = visitor.post("/me/codes/confirm", {"code": code, "ticket": ticket_on(shown)})
    assert over.status_code == 422
    assert "Here is a new square" in words_of(over)


def test_a_change_of_telephone_that_is_not_finished_leaves_the_codes_as_they_are(
    world: World, enter: Browser
) -> None:
    visitor = enter()
    first, _ = set_up_codes(visitor, world)
    visitor.get("/me/codes")
    second = seed_on(visitor.post("/me/codes"))
    assert second != first
    with world.store.system(write=False) as session:
        assert credentials.has_codes(session, person_id(world))
    again = Visitor(visitor.web)
    again.get("/login")
    assert again.post("/login", {"mail": ADVISER, "password": PASSWORD, "next": "/"}).headers["location"] == (
        "/login/code?next=/"
    )
    world.now += timedelta(seconds=30)
    assert (
        again.post("/login/code", {"code": pyotp.TOTP(second).at(world.now), "next": "/"}).status_code == 422
    )
    assert (
        again.post("/login/code", {"code": pyotp.TOTP(first).at(world.now), "next": "/"}).status_code == 303
    )


def test_a_new_seed_lies_sealed_until_it_is_confirmed(world: World, enter: Browser) -> None:
    seed = seed_on(enter().post("/me/codes"))
    from campaigns.store import Ticket

    with world.store.system(write=False) as session:
        assert seed not in repr([vars(one) for one in session.query(Ticket)])
        assert session.query(Credential).one().seed is None


def test_who_comes_through_a_provider_or_is_chosen_in_the_demo_sets_up_nothing(
    world: World, web: Any
) -> None:
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == ADVISER).one()
        credentials.set_password(session, person, PASSWORD, now=world.now)
        token = sessions.begin(session, person, how="login at entra", device="", now=world.now)
        session.query(LoginSession).one()
    visitor = Visitor(web)
    visitor.cookies["samklang"] = token.reveal()
    assert visitor.get("/for/4601").status_code == 200
    settings = world.settings.model_copy(update={"demo_login": True, "public_url": None})
    demo = Visitor(make_web(settings, world.store, now=lambda: world.now))
    chosen = {"person": str(person_id(world)), "next": "/for/4601"}
    assert demo.follow(demo.post("/login/person", chosen)).status_code == 200


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_the_page_that_is_left_is_whole_in_each_language(enter: Browser, language: str) -> None:
    visitor = enter(language=language)
    page = visitor.get("/me/codes")
    assert f'<html lang="{language}">' in page.text
    assert "page." not in words_of(page)
    assert visitor.get("/for/4601/stop").status_code == 200
