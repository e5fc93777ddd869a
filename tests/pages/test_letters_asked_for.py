"""Letters that anybody can ask for: how many an address gets, and that asking tells nothing (threats B14, G13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from entering import ADVISER, person_id
from visitor import Visitor, words_of
from world import World

from bench.counting import questions
from campaigns import credentials, entrance, tries
from campaigns.entrance import Browser, Door
from campaigns.store import EntryLink, Identity, Letter, Membership, Person, Role
from campaigns.tries import LETTERS, LETTERS_FROM, TooSoon

NOBODY = "nobody@nowhere.example"
ELSEWHERE = "adviser@4621.example"


@pytest.fixture
def known(world: World) -> World:
    """A world in which Bergen's adviser has a password, and Voss' logs in at a provider alone."""
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == ADVISER).one()
        credentials.set_password(session, person, "fire ord etter kvarandre", now=world.now)
        session.add(
            Identity(
                person_id=person_id(world, ELSEWHERE), provider="idp", issuer="i", subject="s", linked_at=world.now
            )
        )  # fmt: skip
    return world


def ask(web: Any, mail: str) -> Any:
    visitor = Visitor(web)
    visitor.get("/login/forgotten")
    return visitor.post("/login/forgotten", {"mail": mail})


def knock(world: World, mail: str, network: str = "192.0.2.1") -> None:
    entrance.forgot(Door(world.store, world.desk.vault, world.now), mail, Browser(network, "test"))


def letters(world: World, kind: str = "new_password") -> int:
    with world.store.system(write=False) as session:
        return session.query(Letter).where(Letter.kind == kind).count()


@pytest.mark.parametrize("mail", [ADVISER, NOBODY, ELSEWHERE])
def test_the_fourth_letter_waits_whoever_is_asked_for(known: World, web: Any, mail: str) -> None:
    for _ in range(LETTERS.free):
        assert ask(web, mail).status_code == 200
    refused = ask(web, mail)
    assert refused.status_code == 429
    assert "Several letters were asked for already" in words_of(refused)
    assert f'value="{mail}"' in refused.text  # what was typed is kept
    known.now += LETTERS.first
    assert ask(web, mail).status_code == 200
    assert letters(known) == (LETTERS.free + 1 if mail == ADVISER else 0)


def test_known_and_unknown_are_answered_in_the_same_words_at_the_same_count(known: World, web: Any) -> None:
    told = {
        mail: [
            (one.status_code, words_of(one).replace(mail, ""))
            for one in (ask(web, mail) for _ in range(LETTERS.free + 2))
        ]
        for mail in (ADVISER, NOBODY, ELSEWHERE)
    }
    assert told[ADVISER] == told[NOBODY] == told[ELSEWHERE]


def test_known_and_unknown_cost_the_same_work(known: World) -> None:
    assert known.desk.vault  # which asks the store, too, when it is opened
    cost = {}
    for mail in (ADVISER, NOBODY, ELSEWHERE):
        with questions(known.store) as asked:
            knock(known, mail, network=f"192.0.2.{len(cost)}")
        cost[mail] = asked.value
    assert cost[ADVISER] == cost[NOBODY] == cost[ELSEWHERE]
    with known.store.system(write=False) as session:
        assert [one.mail for one in session.query(EntryLink)] == [
            ADVISER
        ]  # what was done for the others is undone
        assert [one.address for one in session.query(Letter)] == [ADVISER]


def test_a_day_of_asking_from_everywhere_sends_a_dozen_letters_at_most(known: World) -> None:
    begun = known.now
    turn = 0
    while known.now - begun < timedelta(days=1):
        turn += 1
        try:
            knock(known, ADVISER, network=f"198.51.{turn // 250}.{turn % 250}")
        except TooSoon as wait:
            known.now = wait.until
    assert letters(known) <= 12


def test_one_network_asks_for_a_town_hall_and_no_more(known: World) -> None:
    for turn in range(LETTERS_FROM.free):
        knock(known, f"x{turn}@x.example")
    with pytest.raises(TooSoon):
        knock(known, ADVISER)
    assert letters(known) == 0
    knock(known, ADVISER, network="192.0.2.99")
    assert letters(known) == 1


def test_who_followed_the_letter_may_forget_again(known: World) -> None:
    door = Door(known.store, known.desk.vault, known.now)
    for _ in range(LETTERS.free):
        knock(known, ADVISER)
    token = entrance.operator_link(door, ADVISER)
    assert token is not None
    entrance.enter_by_link(door, token.reveal(), "eit heilt anna passord", Browser("192.0.2.1", "test"))
    knock(known, ADVISER)
    assert letters(known) == LETTERS.free + 1


def test_letters_slow_no_password(known: World, web: Any) -> None:
    for _ in range(LETTERS.free + 2):
        ask(web, ADVISER)
    visitor = Visitor(web)
    visitor.get("/login")
    right = {"mail": ADVISER, "password": "fire ord etter kvarandre", "next": "/"}
    assert visitor.post("/login", right).status_code == 303


def test_what_is_no_address_is_told_and_kept(known: World, web: Any) -> None:
    refused = ask(web, "ikkje ei adresse")
    assert refused.status_code == 422
    assert 'href="#mail"' in refused.text
    assert 'value="ikkje ei adresse"' in refused.text


def test_letters_for_a_first_admin_are_limited_in_the_same_way(world: World, web: Any) -> None:
    with world.store.system() as session:
        session.query(Membership).where(
            Membership.organisation_id == world.places["4636"].id, Membership.role == Role.admin
        ).delete()
    for number in ("4636", "4601"):  # the second has an admin: nothing is sent, and the count is the same
        mail = f"turid@{'solund' if number == '4636' else 'bergen'}.kommune.no"
        answers = []
        for _ in range(LETTERS.free + 1):
            visitor = Visitor(web)
            visitor.get("/login/first")
            typed = {"number": number, "name": "Turid", "mail": mail}
            answers.append(visitor.post("/login/first", typed).status_code)
        assert answers == [200] * LETTERS.free + [429]
    assert letters(world, "first_admin") == LETTERS.free


def test_a_wait_doubles_up_to_its_longest() -> None:
    waits = [LETTERS.wait(number) for number in range(9)]
    assert waits[:5] == [timedelta(0)] * 3 + [timedelta(minutes=15), timedelta(minutes=30)]
    assert waits[-1] == LETTERS.longest
    assert tries.GUESSES.wait(5) == timedelta(seconds=15)
