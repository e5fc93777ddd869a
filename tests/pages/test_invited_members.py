"""Invitations of members that nobody has accepted: shown to the admin, sent anew, and taken back (threats A12, B1, B21, G13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from entering import person_id
from visitor import Visitor, words_of
from world import World

from campaigns import audit, credentials, entrance, entry_links, invitations, letters
from campaigns.access import Forbidden
from campaigns.entrance import Browser, Door
from campaigns.organisations import NotFound
from campaigns.sentences import LANGUAGES
from campaigns.store import AuditEntry, EntryLink, Letter, Membership
from campaigns.tries import LETTERS

MAIL = "jon@4601.example"
NEW = {"name": "Jon", "mail": MAIL, "role": "approver"}
PASSWORD = "fire ord etter kvarandre"


@pytest.fixture
def bergen(world: World, person: Callable[..., Visitor]) -> Visitor:
    """The browser of Bergen's admin, who has invited Jon."""
    visitor = person("4601")
    visitor.get("/for/4601/members")
    assert visitor.post("/for/4601/members", NEW).status_code == 303
    return visitor


def sent(world: World) -> list[str]:
    """Return the tokens of the invitations that lie in letters to Jon and will go, or went, the oldest first."""
    with world.store.system(write=False) as session:
        rows = session.query(Letter).where(Letter.kind == invitations.LETTER, Letter.address == MAIL)
        paths = [
            world.desk.vault.open(letters.context_of(one), one.key_id or "", one.sealed)
            for one in rows.order_by(Letter.id)
            if one.sealed
        ]
    return [one.reveal().rpartition("/")[2] for one in paths]


def door(world: World) -> Door:
    return Door(world.store, world.desk.vault, world.now)


def opened(web: Any, token: str) -> tuple[int, str]:
    visitor = Visitor(web)
    page = visitor.follow(visitor.get(f"/enter/{token}"))
    return page.status_code, words_of(page)


def acts(world: World) -> list[str]:
    with world.store.system(write=False) as session:
        rows = session.query(AuditEntry).where(AuditEntry.subject == MAIL).order_by(AuditEntry.id)
        assert all(MAIL in audit.in_words(one, language) for one in rows for language in LANGUAGES)
        return [one.action for one in rows]


def test_the_admin_sees_who_was_invited_and_has_not_come(world: World, bergen: Visitor) -> None:
    page = words_of(bergen.get("/for/4601/members"))
    assert page.count("Invited, not in yet") == 1  # and not beside those who are there
    assert "The link holds until" in page
    world.now += entry_links.LIVES["invitation"] + timedelta(seconds=1)
    again = Visitor(bergen.web, "adviser@4601.example")
    assert "The link ran out on" in words_of(again.get("/for/4601/members"))


def test_who_has_come_in_is_invited_no_more(world: World, bergen: Visitor) -> None:
    entrance.enter_by_link(door(world), sent(world)[0], PASSWORD, Browser("192.0.2.1", "test"))
    assert "Invited, not in yet" not in words_of(bergen.get("/for/4601/members"))
    assert bergen.post(f"/for/4601/members/{person_id(world, MAIL)}/invite").status_code == 404


def test_an_invitation_that_was_taken_back_opens_nothing_in_the_words_of_any_dead_link(
    world: World, web: Any, bergen: Visitor
) -> None:
    (token,) = sent(world)
    jon = person_id(world, MAIL)
    waiting = Visitor(web)  # has opened the link, and types a password just now
    waiting.follow(waiting.get(f"/enter/{token}"))
    assert "Take back the invitation to Jon?" in words_of(bergen.get(f"/for/4601/members/{jon}/remove"))
    assert bergen.post(f"/for/4601/members/{jon}/remove").status_code == 303
    assert opened(web, token) == opened(web, "a-guess")
    waiting.post("/enter", {"password": PASSWORD})
    assert waiting.get("/me").status_code == 303
    with world.store.system(write=False) as session:
        assert credentials.of(session, jon) is None
        assert session.query(Membership).where(Membership.person_id == jon).count() == 0
    assert acts(world) == ["member.add", "member.remove", "invitation.take_back"]
    assert "Jon" not in words_of(bergen.get("/for/4601/members")).replace("Jon is", "")


def test_a_letter_that_has_not_gone_goes_no_more(world: World, bergen: Visitor) -> None:
    bergen.get("/for/4601/members")
    bergen.post(f"/for/4601/members/{person_id(world, MAIL)}/remove")
    with world.store.system(write=False) as session:
        assert letters.due(session, ["mail"], now=world.now) == []
    assert sent(world) == []


def test_who_was_taken_back_gets_no_roles_by_a_forgotten_password(world: World, bergen: Visitor) -> None:
    bergen.get("/for/4601/members")
    bergen.post(f"/for/4601/members/{person_id(world, MAIL)}/remove")
    link = entrance.operator_link(door(world), MAIL)
    assert link is not None
    visitor = Visitor(bergen.web)
    visitor.follow(visitor.get(f"/enter/{link.reveal()}"))
    visitor.post("/enter", {"password": PASSWORD})
    assert visitor.get("/for/4601").status_code == 303  # codes first, and then there is nothing for him


def test_a_new_link_takes_the_place_of_the_one_before(world: World, web: Any, bergen: Visitor) -> None:
    (first,) = sent(world)
    jon = person_id(world, MAIL)
    assert "Send a new link" in words_of(bergen.get(f"/for/4601/members/{jon}"))
    done = bergen.post(f"/for/4601/members/{jon}/invite")
    assert "A new link is on its way" in words_of(bergen.follow(done))
    (second,) = sent(world)  # the first letter had not gone, and goes no more
    assert opened(web, first)[0] == 410
    assert opened(web, second)[0] == 200
    assert acts(world) == ["member.add", "invitation.anew"]


def test_an_invitation_whose_time_is_over_is_sent_anew(world: World, web: Any, bergen: Visitor) -> None:
    world.now += entry_links.LIVES["invitation"] + timedelta(seconds=1)
    late = Visitor(web, "adviser@4601.example")
    late.get("/for/4601/members")
    assert late.post(f"/for/4601/members/{person_id(world, MAIL)}/invite").status_code == 303
    assert opened(web, sent(world)[-1])[0] == 200


def test_nobody_gets_a_heap_of_invitations(world: World, bergen: Visitor) -> None:
    jon = person_id(world, MAIL)
    bergen.get(f"/for/4601/members/{jon}")
    answers = [bergen.post(f"/for/4601/members/{jon}/invite") for _ in range(LETTERS.free + 1)]
    assert [one.status_code for one in answers] == [303] * LETTERS.free + [429]
    assert "She has got several letters already" in words_of(answers[-1])
    assert opened(bergen.web, sent(world)[-1])[0] == 200  # what was refused has not taken the last link away


def test_another_organisation_can_neither_see_nor_end_it(world: World, bergen: Visitor) -> None:
    jon = person_id(world, MAIL)
    with world.store.scope(world.actors["4621"]) as session:
        assert invitations.pending(session) == {}
        with pytest.raises(NotFound):
            invitations.remove(session, jon, now=world.now)
        with pytest.raises(NotFound):
            invitations.withdraw(session, jon, now=world.now)
    assert len(sent(world)) == 1


def test_two_organisations_invite_one_person_and_one_takes_it_back(
    world: World, web: Any, person: Callable[..., Visitor], bergen: Visitor
) -> None:
    voss = person("4621")
    voss.get("/for/4621/members")
    assert voss.post("/for/4621/members", NEW).status_code == 303
    bergens, vosss = sent(world)
    bergen.get("/for/4601/members")
    bergen.post(f"/for/4601/members/{person_id(world, MAIL)}/remove")
    assert opened(web, bergens)[0] == 410
    assert opened(web, vosss)[0] == 200
    assert sent(world) == [vosss]


def test_only_an_admin_does_it_and_shows_who_she_is_first(world: World, web: Any, bergen: Visitor) -> None:
    jon = person_id(world, MAIL)
    with world.store.system() as session:
        session.query(Membership).where(
            Membership.person_id == person_id(world), Membership.role == "admin"
        ).delete()
    for function in (invitations.remove, invitations.withdraw):
        editor = world.store.actor("adviser@4601.example", "4601", how="test")
        with pytest.raises(Forbidden), world.store.scope(editor) as session:
            function(session, jon, now=world.now)


def test_an_old_second_factor_is_asked_for_again(world: World, bergen: Visitor) -> None:
    bergen.get(f"/for/4601/members/{person_id(world, MAIL)}")
    world.now += timedelta(minutes=16)
    assert bergen.post(f"/for/4601/members/{person_id(world, MAIL)}/invite").status_code == 403
    with world.store.system(write=False) as session:
        assert session.query(EntryLink).count() == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_are_whole_in_each_language(
    world: World, person: Callable[..., Visitor], bergen: Visitor, language: str
) -> None:
    mine = person("4601", language=language)
    jon = person_id(world, MAIL)
    for path in ("/for/4601/members", f"/for/4601/members/{jon}", f"/for/4601/members/{jon}/remove"):
        assert "page." not in words_of(mine.get(path)), path
    del bergen
