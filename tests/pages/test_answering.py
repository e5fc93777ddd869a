"""Answers by the link in a mail: what a link can do, and all that it cannot (threats B1–B6)."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from dumping import dump
from routing import ABSENT, behind, fill
from visitor import Visitor, words_of
from world import World

from campaigns import answer_links, organisations, participation
from campaigns.store import Answer, AnswerLink, AuditEntry, Membership, Participation, Person, Role

BERGEN = "adviser@4601.example"


@pytest.fixture
def invited(world: World) -> World:
    """Everybody is invited, and the answer is due today."""
    definition = world.definition(world.message())
    due = definition.answer.model_copy(update={"by": world.now.date()})
    world.load(definition.model_copy(update={"answer": due}))
    world.invite()
    return world


def link_for(world: World, mail: str = BERGEN, number: str = "4601") -> str:
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == mail).one()
        mine = (
            session.query(Participation).where(Participation.organisation_id == world.places[number].id).one()
        )
        return answer_links.make_link(session, mine, person, now=world.now).reveal()


def opened(web: Any, token: str) -> tuple[Visitor, Any]:
    visitor = Visitor(web)
    page = visitor.follow(visitor.get(f"/answer/{token}"))
    return visitor, page


def word_of(page: Any) -> str:
    return re.search(r'name="word" value="([^"]+)"', page.text)[1]


@pytest.mark.parametrize("said", ["in", "out", "later"])
def test_an_addressee_answers_without_a_login(invited: World, web: Any, said: str) -> None:
    visitor, page = opened(web, link_for(invited))
    assert "The link was sent to Adviser 4601 <adviser@4601.example>" in words_of(page)
    done = visitor.post("/answer", {"answer": said, "word": word_of(page)})
    assert done.status_code == 200
    assert invited.participation("4601").answer.value == said
    with invited.store.system(write=False) as session:
        act = session.query(AuditEntry).where(AuditEntry.action == "participation.answer").one()
        assert act.how == "answer link"


def test_answering_is_not_approving_and_nothing_goes_out(invited: World, web: Any) -> None:
    invited.connect("4601", ["mastodon"])
    visitor, page = opened(web, link_for(invited))
    visitor.post("/answer", {"answer": "in", "word": word_of(page)})
    invited.wait(minutes=6)
    invited.tick()
    assert invited.live() == []
    assert invited.states() == ["planned"]


def test_opening_changes_nothing_however_often_and_whoever_does(invited: World, web: Any) -> None:
    token = link_for(invited)
    for method in ("GET", "HEAD", "GET", "HEAD"):
        visitor = Visitor(web)
        visitor._ask(method, f"/answer/{token}")
        page = visitor._ask(method, "/answer")
        scripts = re.findall(r"<script\b[^>]*>", page.text)
        assert all(re.match(r'<script src="/static/', one) for one in scripts), "none of the page's own"
        assert not re.search(r"\bon[a-z]+=|http-equiv|hx-trigger|javascript:", page.text)
    assert invited.participation("4601").answer == Answer.unanswered


def test_a_scanner_that_sends_the_form_without_the_pages_cookie_answers_nothing(
    invited: World, web: Any
) -> None:
    token = link_for(invited)
    scanner = Visitor(web)
    scanner.cookies["answer"] = token
    assert scanner.post("/answer", {"answer": "in", "word": ""}).status_code == 403
    assert scanner.post("/answer", {"answer": "in", "word": "guess"}).status_code == 403
    assert invited.participation("4601").answer == Answer.unanswered


def _gone(invited: World, token: str, reason: str) -> None:
    with invited.store.system() as session:
        link = session.query(AnswerLink).one()
        if reason == "revoked":
            mine = session.get_one(Participation, link.participation_id)
            participation.take_back_links(session, mine, now=invited.now)
        if reason == "left":
            session.query(Membership).where(
                Membership.person_id == link.person_id, Membership.role != Role.admin
            ).delete()
        if reason == "closed":
            session.query(Participation).first().campaign.closed_at = invited.now
    if reason == "deadline":
        invited.now += timedelta(days=1)


@pytest.mark.parametrize("reason", ["revoked", "left", "closed", "deadline", "guessed", "used"])
def test_a_link_that_is_over_says_the_same_whatever_the_reason(invited: World, web: Any, reason: str) -> None:
    token = link_for(invited)
    if reason == "used":
        visitor, page = opened(web, token)
        visitor.post("/answer", {"answer": "out", "word": word_of(page)})
    _gone(invited, token, reason)
    _, page = opened(web, "guess" if reason == "guessed" else token)
    assert page.status_code == 410
    assert "This link is used up" in words_of(page)
    assert "Bergen" not in words_of(page)


def test_a_link_opens_no_page_behind_the_login_and_does_nothing_else(invited: World, web: Any) -> None:
    visitor, page = opened(web, link_for(invited))
    before = dump(invited.store)
    for method, path, _ in behind():
        where = fill(path, {**ABSENT, "number": "4601", "key": "prove", "message": "ein"})
        if method == "GET":
            assert visitor.get(where).headers["location"].startswith("/login?next="), path
        else:
            assert visitor.post(where, csrf=word_of(page)).status_code == 401, path
    assert dump(invited.store) == before


def test_the_secret_is_in_no_address_after_the_first_in_no_table_and_in_no_log(
    invited: World, web: Any, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the visitor's own
    token = link_for(invited)
    led = Visitor(web).get(f"/answer/{token}")
    assert token not in led.headers["location"]
    visitor, page = opened(web, token)
    assert token not in page.text
    visitor.post("/answer", {"answer": "in", "word": "a guess"})
    visitor.post("/answer", {"answer": "in", "word": word_of(page)})
    opened(web, token)
    assert all(token not in row for rows in dump(invited.store).values() for row in rows)
    logged = caplog.text + "".join(capsys.readouterr())
    assert token not in logged


def test_a_forged_host_is_refused_before_anything_is_made(invited: World, web: Any) -> None:
    assert Visitor(web).get("/answer", headers={"Host": "evil.example"}).status_code == 400


def test_the_answer_can_be_changed_by_a_login_until_it_has_gone(invited: World, web: Any) -> None:
    visitor, page = opened(web, link_for(invited))
    visitor.post("/answer", {"answer": "out", "word": word_of(page)})
    invited.connect("4601", ["mastodon"])
    invited.join("4601")
    assert invited.participation("4601").answer == Answer.joined
    invited.approve("4601")
    invited.wait(minutes=6)
    invited.tick()
    assert len(invited.live()) == 1
    with invited.store.scope(invited.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        assert participation.answer(session, mine, Answer.out, now=invited.now) == 0, "what has gone is out"
    assert invited.states() == ["published"]


@pytest.mark.parametrize(("said", "opens"), [(Answer.joined, 410), (Answer.out, 410), (Answer.later, 200)])
@pytest.mark.parametrize("way", ["login", "link"])
def test_a_yes_or_a_no_takes_everybodys_links_back(
    invited: World, web: Any, said: Answer, opens: int, way: str
) -> None:
    with invited.store.system() as session:
        organisations.add_member(session, "4601", name="E", mail="e@4601.example", roles=[Role.editor])
    theirs = link_for(invited, "e@4601.example")
    if way == "login":
        with invited.store.scope(invited.actors["4601"]) as session:
            mine = participation.participation_in(session, "prove")
            participation.answer(session, mine, said, now=invited.now)
    else:
        assert answer_links.answer(invited.store, link_for(invited), said, now=invited.now)
    _, page = opened(web, theirs)
    assert page.status_code == opens


def test_an_answer_that_could_not_be_kept_spends_no_link(
    invited: World, web: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, page = opened(web, link_for(invited))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr("campaigns.plans.plan_participation", fail)
        with pytest.raises(RuntimeError):
            visitor.post("/answer", {"answer": "in", "word": word_of(page)})
    assert invited.participation("4601").answer.value == "unanswered"
    assert visitor.post("/answer", {"answer": "in", "word": word_of(page)}).status_code == 200
    assert invited.participation("4601").answer.value == "in"
