"""The way in with a password and a code, and everything that must not open it (threats A12, B1, B2, B5, B7, B8, B11–B14, G5)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher, extract_parameters
from entering import set_up_codes
from visitor import Visitor, words_of
from world import World

from campaigns import credentials, entrance, entry_links, members
from campaigns.entrance import Browser, Door
from campaigns.store import Credential, EntryLink, FailedTries, Letter, LoginSession, Membership, Person, Role
from campaigns.tries import network_of

MAIL = "adviser@4601.example"
PASSWORD = "fire ord etter kvarandre"
HERE = Browser("127.0.0.1", "test")


@pytest.fixture
def local(world: World) -> World:
    """A world in which Bergen's adviser has a password."""
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == MAIL).one()
        credentials.set_password(session, person, PASSWORD, now=world.now)
    return world


@pytest.fixture
def seed(local: World) -> str:
    """The seed of her codes, which she has confirmed."""
    earlier = local.now - timedelta(minutes=5)
    with local.store.system() as session:
        person = session.query(Person).where(Person.mail == MAIL).one()
        begun = credentials.begin_codes(session, local.desk.vault, person.id, now=earlier)
        code = pyotp.TOTP(begun.seed.reveal()).at(earlier)
        credentials.confirm_codes(
            session, local.desk.vault, person.id, begun.ticket.reveal(), code, address="x", now=earlier
        )
    return begun.seed.reveal()


def log_in(visitor: Visitor, password: str = PASSWORD, mail: str = MAIL, **more: str) -> Any:
    visitor.get("/login")
    return visitor.post("/login", {"mail": mail, "password": password, **more})


def test_password_and_code_let_in_and_nothing_less(seed: str, local: World, web: Any) -> None:
    visitor = Visitor(web)
    answer = log_in(visitor, next="/for/4601")
    assert answer.headers["location"] == "/login/code?next=/for/4601"
    assert visitor.get("/for/4601").status_code == 303  # the password alone opens nothing
    wrong = visitor.post("/login/code", {"code": "000000", "next": "/for/4601"})
    assert wrong.status_code == 422
    code = pyotp.TOTP(seed).at(local.now)
    done = visitor.post("/login/code", {"code": code, "next": "/for/4601"})
    assert visitor.follow(done).status_code == 200


def test_a_code_is_good_once(seed: str, local: World, web: Any) -> None:
    code = pyotp.TOTP(seed).at(local.now)
    for expected in (303, 422):
        visitor = Visitor(web)
        log_in(visitor)
        assert visitor.post("/login/code", {"code": code, "next": "/"}).status_code == expected


def test_without_codes_one_is_led_to_them_and_has_no_second_factor_till_then(local: World, web: Any) -> None:
    visitor = Visitor(web)
    page = visitor.follow(log_in(visitor))
    assert "You give no one-time codes yet." in words_of(page)
    with local.store.system(write=False) as session:
        assert session.query(LoginSession).one().factor_at is None
    old = visitor.cookies["samklang"]
    secret, done = set_up_codes(visitor, local)
    assert len(re.findall(r"<li>(?:[0-9a-f]{4}-){4}[0-9a-f]{4}</li>", done.text)) == 10
    assert visitor.cookies["samklang"] != old  # the session has another token from here on
    with local.store.system(write=False) as session:
        assert session.query(LoginSession).one().factor_at is not None
        assert secret.encode() not in (session.query(Credential).one().seed or b"")


def test_a_recovery_code_lets_in_once(local: World, web: Any) -> None:
    visitor = Visitor(web)
    log_in(visitor)
    _, done = set_up_codes(visitor, local)
    spare = re.findall(r"<li>((?:[0-9a-f]{4}-){4}[0-9a-f]{4})</li>", done.text)[0]
    for expected in (303, 422):
        again = Visitor(web)
        log_in(again)
        assert again.post("/login/code", {"code": spare, "next": "/"}).status_code == expected


def test_after_five_failures_the_sixth_is_not_looked_at_though_it_is_right(local: World, web: Any) -> None:
    visitor = Visitor(web)
    for _ in range(5):
        assert log_in(visitor, "something else here").status_code == 422
    refused = log_in(visitor)
    assert refused.status_code == 422
    assert "too many tries" in words_of(refused)
    local.now += timedelta(seconds=16)
    assert log_in(visitor).status_code == 303


def test_the_sixth_code_is_refused_though_right_and_another_account_elsewhere_is_not(
    seed: str, local: World, web: Any
) -> None:
    visitor = Visitor(web)
    log_in(visitor)
    for _ in range(5):
        visitor.post("/login/code", {"code": "000000", "next": "/"})
    assert (
        visitor.post("/login/code", {"code": pyotp.TOTP(seed).at(local.now), "next": "/"}).status_code == 429
    )
    with local.store.system() as session:
        other = session.query(Person).where(Person.mail == "adviser@4621.example").one()
        credentials.set_password(session, other, PASSWORD, now=local.now)
    door = Door(local.store, local.desk.vault, local.now)
    assert entrance.knock(door, other.mail, PASSWORD, Browser("192.0.2.7", "x")) is not None


def test_an_address_of_ipv6_counts_with_its_whole_network() -> None:
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff")
    assert network_of("2001:db8:0:1::1") != network_of("2001:db8::1")


def test_nobody_learns_whether_an_address_is_known(local: World, web: Any) -> None:
    wrong = [
        words_of(log_in(Visitor(web), "not her password", mail=one)) for one in (MAIL, "x@nowhere.example")
    ]
    assert wrong[0].replace(MAIL, "") == wrong[1].replace("x@nowhere.example", "")
    sent = []
    for mail in (MAIL, "x@nowhere.example"):
        visitor = Visitor(web)
        visitor.get("/login/forgotten")
        sent.append(visitor.post("/login/forgotten", {"mail": mail}).text)
    assert sent[0] == sent[1]


def test_nobody_learns_whether_a_municipality_has_an_admin_or_a_domain(local: World, web: Any) -> None:
    with local.store.system() as session:
        session.query(Membership).where(
            Membership.organisation_id == local.places["4636"].id, Membership.role == Role.admin
        ).delete()
    told = []
    for mail in ("turid@solund.kommune.no", "turid@evil.example", MAIL):
        visitor = Visitor(web)
        visitor.get("/login/first")
        typed = {"number": "4636", "name": "Turid", "mail": mail}
        answer = visitor.post("/login/first", typed)
        assert answer.status_code == 200
        told.append(answer.text.replace(mail, ""))
    assert told[0] == told[1] == told[2]
    with local.store.system(write=False) as session:
        sent = [one.address for one in session.query(Letter).where(Letter.kind == "first_admin")]
    assert sent == ["turid@solund.kommune.no"]


def test_a_wrong_password_takes_as_long_where_there_is_no_account(
    local: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One comparison either way, of the same weight: it is what takes the time."""
    door, verify, compared = Door(local.store, local.desk.vault, local.now), PasswordHasher.verify, []

    def counted(hasher: PasswordHasher, known: str, given: str) -> bool:
        compared.append(extract_parameters(known))
        return verify(hasher, known, given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for mail in (MAIL, "x@nowhere.example"):
        assert entrance.knock(door, mail, "not her password", HERE) is None
    assert len(compared) == 2
    assert compared[0] == compared[1]


def _link(world: World, mail: str = MAIL) -> str:
    token = entrance.operator_link(Door(world.store, world.desk.vault, world.now), mail)
    assert token is not None
    return token.reveal()


def test_a_forgotten_password_is_made_anew_by_a_link_that_is_good_once(
    seed: str, local: World, web: Any
) -> None:
    elsewhere = Visitor(web, MAIL)
    visitor = Visitor(web)
    visitor.get("/login/forgotten")
    visitor.post("/login/forgotten", {"mail": MAIL})
    with local.store.system(write=False) as session:
        letter = session.query(Letter).where(Letter.kind == "new_password").one()
        assert letter.sealed
        assert "enter" not in repr(letter.details)  # the way in lies sealed
    token = _link(local)
    led = visitor.get(f"/enter/{token}")
    assert token not in led.headers["location"]
    assert led.headers["referrer-policy"] == "no-referrer"
    visitor.follow(led)
    answer = visitor.post("/enter", {"password": "eit heilt nytt passord"})
    assert answer.headers["location"] == "/login"  # the code is still asked for
    assert elsewhere.get("/for/4601").status_code == 303  # every session has ended
    log = log_in(Visitor(web), "eit heilt nytt passord")
    assert log.headers["location"].startswith("/login/code")
    again = Visitor(web)
    assert again.follow(again.get(f"/enter/{token}")).status_code == 410
    with local.store.system(write=False) as session:
        assert session.query(Letter).where(Letter.kind == "password_changed").count() == 1


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_a_link_changes_nothing_however_often(local: World, web: Any, method: str) -> None:
    token = _link(local)
    visitor = Visitor(web)
    for _ in range(3):
        visitor._ask(method, f"/enter/{token}")
        visitor._ask(method, "/enter")
    with local.store.system(write=False) as session:
        assert session.query(EntryLink).one().used_at is None


def test_a_link_dies_after_its_minutes(local: World, web: Any) -> None:
    token = _link(local)
    local.now += timedelta(minutes=10, seconds=1)
    visitor = Visitor(web)
    assert visitor.follow(visitor.get(f"/enter/{token}")).status_code == 410


def test_the_store_has_no_plain_token_and_no_plain_password(seed: str, local: World, web: Any) -> None:
    token = _link(local)
    visitor = Visitor(web)
    log_in(visitor)
    with local.store.system(write=False) as session:
        rows = [*session.query(EntryLink), *session.query(Credential), *session.query(FailedTries)]
        whole = repr([vars(one) for one in rows])
    assert token not in whole
    assert PASSWORD not in whole
    assert MAIL not in repr([one.about for one in rows if isinstance(one, FailedTries)])


@pytest.mark.parametrize(
    "password", ["kort", "x" * 129, "passordpassord", "aaaaaaaaaaaa", "adviser er passordet mitt"]
)
def test_a_bad_password_is_refused_with_a_reason_and_is_not_repeated(
    local: World, web: Any, password: str
) -> None:
    token = _link(local)
    visitor = Visitor(web)
    visitor.follow(visitor.get(f"/enter/{token}"))
    answer = visitor.post("/enter", {"password": password})
    assert answer.status_code == 422
    assert "Put 1 thing right" in words_of(answer)
    assert password not in answer.text
    assert visitor.post("/enter", {"password": "eit heilt anna passord"}).status_code == 303


def _invite(world: World, roles: list[Role]) -> tuple[int, str]:
    with world.store.scope(world.actors["4601"]) as session:
        person = members.add(session, name="Ny Person", mail="ny@bergen.example", roles=roles, now=world.now)
        return person.id, entry_links.invite(session, person, now=world.now).reveal()


def test_a_new_member_chooses_her_password_by_a_link_and_is_at_home_in_one_place(
    world: World, web: Any
) -> None:
    _, token = _invite(world, [Role.editor])
    visitor = Visitor(web)
    page = visitor.follow(visitor.get(f"/enter/{token}"))
    assert "Bergen wants you to join." in words_of(page)
    led = visitor.post("/enter", {"password": PASSWORD})
    assert led.headers["location"] == "/me/codes?next=/"
    assert visitor.get("/for/4601").status_code == 303  # not before she gives codes
    set_up_codes(visitor, world)
    assert visitor.get("/for/4601").status_code == 200
    assert visitor.get("/for/4621").status_code == 404
    again = Visitor(web)
    assert again.follow(again.get(f"/enter/{token}")).status_code == 410


def test_an_invitation_gives_back_no_role_that_was_taken_meanwhile(world: World) -> None:
    person, token = _invite(world, [Role.editor])
    with world.store.scope(world.actors["4601"]) as session:
        members.remove(session, person, now=world.now)
    door = Door(world.store, world.desk.vault, world.now)
    entrance.enter_by_link(door, token, PASSWORD, HERE)
    with world.store.system(write=False) as session:
        assert not session.query(Membership).where(Membership.person_id == person).count()


def test_a_first_admin_comes_from_the_municipalitys_own_domain_and_only_where_there_is_none(
    world: World,
) -> None:
    door = Door(world.store, world.desk.vault, world.now)
    with world.store.system() as session:
        assert (
            entry_links.first_admin(session, "4601", mail="a@bergen.kommune.no", name="A", now=world.now)
            is None
        )
        session.query(Membership).where(
            Membership.organisation_id == world.places["4636"].id, Membership.role == Role.admin
        ).delete()
    with world.store.system() as session:
        for mail in (
            "a@county.example",
            "a@evil.example",
            "a@bergen.kommune.no",
            "a@solund.kommune.no.evil.example",
        ):
            assert entry_links.first_admin(session, "4636", mail=mail, name="A", now=world.now) is None
        token = entry_links.first_admin(
            session, "4636", mail="turid@solund.kommune.no", name="Turid", now=world.now
        )
        late = entry_links.first_admin(
            session, "4636", mail="per@solund.kommune.no", name="Per", now=world.now
        )
    assert token is not None
    assert late is not None
    entrance.enter_by_link(door, token.reveal(), PASSWORD, HERE)
    roles = world.store.actor("turid@solund.kommune.no", "4636", how="test").roles
    assert Role.admin in roles
    from campaigns.organisations import NotFound

    with pytest.raises(NotFound):  # by now there is one
        entrance.enter_by_link(door, late.reveal(), PASSWORD, HERE)


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_the_way_in_is_whole_in_each_language(local: World, web: Any, language: str) -> None:
    visitor = Visitor(web, language=language)
    token = _link(local)
    visitor.get(f"/enter/{token}")
    for path in ("/login", "/login/code", "/login/forgotten", "/login/first", "/enter"):
        page = visitor.get(path)
        assert f'<html lang="{language}">' in page.text, path
        assert not re.search(r"\b(page|login|done)\.[a-z_.]+", words_of(page)), path
