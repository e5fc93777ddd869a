"""The county's pages: what waits, who has answered, closing, and the emergency stop in two taps."""

from __future__ import annotations

import re
from collections.abc import Callable

import paper
import pytest
from fastapi import FastAPI
from sqlalchemy import update
from visitor import Visitor, words_of
from world import World

from campaigns import closing, organisations, participation
from campaigns.states import State
from campaigns.store import Delivery, Role

Person = Callable[..., Visitor]


@pytest.fixture
def ingrid(person: Person) -> Visitor:
    return person("46")


def test_an_empty_county_is_told_that_nothing_waits(ingrid: Visitor) -> None:
    page = words_of(ingrid.get("/for/46"))
    assert "Nothing waits for you" in page
    assert "No campaign is running" in page


def test_who_has_come_how_far_stands_with_those_first_who_need_following(
    world: World, ingrid: Visitor
) -> None:
    world.under_way("4601")
    world.join("4621")
    page = ingrid.get("/for/46/campaigns/prove")
    words = words_of(page)
    assert "2 of 3 municipalities take part" in words
    table = words[words.index("Progress") :]
    assert table.index("Solund") < table.index("Voss") < table.index("Bergen")
    assert "Not answered" in table
    assert "Has approved" in table
    only = words_of(ingrid.get("/for/46/campaigns/prove?stage=approved"))
    assert "Bergen" in only[only.index("Progress") :]
    assert "Voss" not in only[only.index("Progress") :]


def test_the_county_reads_no_word_that_is_not_approved(world: World, ingrid: Visitor) -> None:
    world.connect("4601", ["mastodon"])
    world.load(world.definition(world.message(words="Kanarifugl:")))
    world.invite()
    world.join("4601")
    for path in ("/for/46", "/for/46/campaigns", "/for/46/campaigns/prove", "/for/46/stop"):
        assert "bergen.kommune.no/x" not in ingrid.get(path).text


def test_inviting_makes_a_campaign_active_once(world: World, ingrid: Visitor) -> None:
    world.load(world.definition(world.message()))
    ingrid.get("/for/46/campaigns/prove")
    page = ingrid.follow(ingrid.post("/for/46/campaigns/prove/invite"))
    assert "3 municipalities were invited." in words_of(page)
    assert world.campaign().active_at == world.now


def test_those_who_have_not_answered_are_reminded_once_a_day(world: World, person: Person) -> None:
    from datetime import timedelta

    from campaigns import notices
    from campaigns.store import Notice

    def told() -> int:
        with world.store.system() as session:
            notices.make_notices(session, notices.untold(session, now=world.now), now=world.now)
        with world.store.system(write=False) as session:
            return session.query(Notice).where(Notice.kind == "invitation").count()

    paper.load(world, paper.paper() | {"anchor": "2027-02-16", "answer": {"by": "2027-01-29"}})
    world.invite(paper.KEY)
    world.join("4601", paper.KEY)
    assert told() == 2
    ingrid = person("46")
    page = ingrid.get("/for/46/campaigns/papir")
    assert "Remind 2 municipalities" in words_of(page)
    early = ingrid.follow(ingrid.post("/for/46/campaigns/papir/remind"))
    assert "within the last day" in words_of(early)
    world.now += timedelta(hours=21)
    ingrid = person("46")
    ingrid.get("/for/46/campaigns/papir")
    page = ingrid.follow(ingrid.post("/for/46/campaigns/papir/remind"))
    assert "2 municipalities are reminded" in words_of(page)
    assert told() == 4


def test_a_campaign_is_closed_after_a_question(world: World, ingrid: Visitor) -> None:
    world.under_way("4601")
    asked = ingrid.get("/for/46/campaigns/prove/close")
    assert "1 post that waits will then never go out." in words_of(asked)
    ingrid.follow(ingrid.post("/for/46/campaigns/prove/close"))
    assert world.campaign().closed_at == world.now


def test_the_stop_takes_two_taps_and_works_at_once(world: World, ingrid: Visitor) -> None:
    world.under_way("4601", "4621")
    home = ingrid.get("/for/46")
    assert 'href="/for/46/stop"' in home.text  # the first tap, on every page
    ingrid.get("/for/46/stop")
    stopped = ingrid.follow(ingrid.post("/for/46/stop"))  # the second
    assert "Publishing is stopped in all of Vestland" in words_of(stopped)
    world.wait(minutes=6)
    world.tick()
    assert world.live("4601") == world.live("4621") == []
    assert "posts stopped today" in words_of(stopped)


def test_a_stop_is_seen_by_everybody_it_reaches_and_lifted_where_it_was_set(
    world: World, ingrid: Visitor, person: Person
) -> None:
    ingrid.get("/for/46/stop")
    ingrid.post("/for/46/stop", {"reason": "Flaum og ras"})
    bergen = person("4601")
    page = bergen.get("/for/4601")
    assert 'class="stopptopp"' in page.text
    where = page.text.split('href="/for/4601/stops/')[1].split('"')[0]
    reached = bergen.get(f"/for/4601/stops/{where}")
    assert "Flaum og ras" in words_of(reached)
    assert "Lift the stop" not in words_of(reached)
    assert bergen.get(f"/for/4601/stops/{where}/lift").status_code == 404
    bergen.get("/for/4601/stop")
    assert bergen.post(f"/for/4601/stops/{where}/lift").status_code == 404
    ingrid.get(f"/for/46/stops/{where}/lift")
    ingrid.follow(ingrid.post(f"/for/46/stops/{where}/lift"))
    assert 'class="stopptopp"' not in bergen.get("/for/4601").text


def test_one_municipality_or_one_account_can_be_stopped_alone(
    world: World, ingrid: Visitor, person: Person
) -> None:
    world.under_way("4601", "4621", to="mastodon, bluesky")
    ingrid.get("/for/46/stop")
    assert ingrid.post("/for/46/stop", {"level": "place", "place": ""}).status_code == 422
    assert ingrid.post("/for/46/stop", {"level": "place", "place": "4621"}).status_code == 303
    bergen = person("4601")
    page = bergen.get("/for/4601/stop")
    account = (
        page.text.split('<select class="ds-input" id="account"')[1].split('<option value="')[2].split('"')[0]
    )
    assert bergen.post("/for/4601/stop", {"level": "account", "account": account}).status_code == 303
    world.wait(minutes=6)
    world.tick()
    assert world.live("4621") == []
    assert len(world.live("4601")) + len(world.live("4601", "bluesky")) == 1


def test_nobody_stops_a_neighbour(world: World, person: Person) -> None:
    voss = person("4621")
    voss.get("/for/4621/stop")
    assert voss.post("/for/4621/stop", {"level": "place", "place": "4601"}).status_code == 403


def test_a_stop_needs_a_fresh_proof_to_be_lifted_and_none_to_be_set(world: World, ingrid: Visitor) -> None:
    from datetime import timedelta

    world.now += timedelta(minutes=16)
    ingrid.get("/for/46/stop")
    where = ingrid.post("/for/46/stop").headers["location"]
    ingrid.get(f"{where}/lift")
    answer = ingrid.post(f"{where}/lift")
    assert answer.status_code == 403
    assert "Confirm that it is you" in words_of(answer)


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_the_countys_pages_are_whole_in_each_language(world: World, person: Person, language: str) -> None:
    import re

    world.under_way("4601")
    ingrid = person("46", language=language)
    ingrid.get("/for/46/stop")
    stop = ingrid.post("/for/46/stop").headers["location"]
    for path in (
        "/for/46",
        "/for/46/campaigns",
        "/for/46/campaigns/prove",
        "/for/46/stop",
        "/me",
        stop,
        f"{stop}/lift",
    ):
        page = ingrid.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert not re.search(r"\b(page|done|waiting|state|hold)\.[a-z_.]+", words_of(page)), path


@pytest.mark.parametrize("number", ["46", "4601"])
@pytest.mark.parametrize("role", Role)
def test_whoever_is_shown_the_stop_may_stop_what_it_offers(
    world: World, web: FastAPI, number: str, role: Role
) -> None:
    with world.store.system() as session:
        organisations.add_member(session, number, name="X", mail="x@x.example", roles=[role])
    (account,) = world.connect(number, ["mastodon"])
    visitor = Visitor(web, "x@x.example")
    shown = f'href="/for/{number}/stop"' in visitor.get(f"/for/{number}").text
    assert shown == (role != Role.reader and (number, role) != ("4601", Role.coordinator))
    page = visitor.get(f"/for/{number}/stop")
    assert page.status_code == (200 if shown else 403)
    if shown:
        chosen = re.findall(r'name="level" value="(\w+)" id="n\d" checked', page.text)
        assert len(chosen) == 1
        assert (
            visitor.post(f"/for/{number}/stop", {"level": chosen[0], "account": account}).status_code == 303
        )
        for level in re.findall(r'name="level" value="(\w+)"', page.text):
            more = {"level": level, "account": account, "place": "4601"}
            assert visitor.post(f"/for/{number}/stop", more).status_code == 303
    if shown and chosen != ["account"]:
        visitor.get(f"/for/{number}/drill")
        assert visitor.post(f"/for/{number}/drill").status_code == 303


@pytest.mark.parametrize("role", [Role.editor, Role.approver])
def test_whoever_may_rehearse_nothing_is_offered_no_rehearsal(world: World, web: FastAPI, role: Role) -> None:
    with world.store.system() as session:
        organisations.add_member(session, "46", name="X", mail="x@x.example", roles=[role])
    visitor = Visitor(web, "x@x.example")
    for path in ("stop", "admin", "drill"):
        assert 'action="/for/46/drill"' not in visitor.get(f"/for/46/{path}").text
    assert 'href="/for/46/drill"' not in visitor.get("/for/46/admin").text + visitor.get("/for/46/stop").text
    assert "there is nothing that you can stop" in words_of(visitor.get("/for/46/stop"))


def test_what_went_wrong_in_a_closed_campaign_waits_for_nobody(world: World, ingrid: Visitor) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        session.execute(update(Delivery).values(state=State.failed))
    assert "Prøve" in words_of(ingrid.get("/for/46"))
    assert "Nothing waits for you" not in words_of(ingrid.get("/for/46"))
    with world.store.scope(world.actors["46"]) as session:
        closing.close(session, participation.owned_campaign(session, "prove"), now=world.now)
    assert "Nothing waits for you" in words_of(ingrid.get("/for/46"))
