"""Deliveries at the pages: lists, the unsure question, what was missed, posts put out by hand, the calendar, results."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from passing import let_pass
from visitor import Visitor, words_of
from world import World

from campaigns import profiles
from campaigns.states import State
from campaigns.store import Delivery

Person = Callable[..., Visitor]


def test_a_list_is_about_what_is_the_matter_and_counts_the_rest(world: World, person: Person) -> None:
    world.under_way("4601", "4621", to="mastodon, bluesky")
    page = words_of(person("4601").get("/for/4601/deliveries?state=waiting"))
    assert "Planned 2" in page
    assert "Mastodon" in page
    county = words_of(person("46").get("/for/46/deliveries?state=waiting"))
    assert "Planned 4" in county
    assert "Voss" in county


def test_one_delivery_tells_its_whole_story_in_words(world: World, person: Person) -> None:
    world.under_way("4601")
    let_pass(world, minutes=8)
    where = f"/for/4601/deliveries/{world.delivery().id}"
    page = person("4601").get(where)
    words = words_of(page)
    assert "Hei Bergen. Les meir" in words
    assert "Approved by Adviser 4601" in words
    assert "Attempts" in words
    assert str(world.delivery().address) in page.text
    seen = words_of(person("46").get(f"/for/46/deliveries/{world.delivery().id}"))
    assert "Hei Bergen. Les meir" in seen  # approved, so no draft any more
    assert "Adviser" not in seen
    assert person("4621").get(f"/for/4621/deliveries/{world.delivery().id}").status_code == 404


def test_the_county_reads_no_text_that_nobody_approved(world: World, person: Person) -> None:
    world.connect("4601", ["mastodon"])
    world.load(world.definition(world.message(words="Kanarifugl:")))
    world.invite()
    world.join("4601")
    ingrid = person("46")
    for path in (
        f"/for/46/deliveries/{world.delivery().id}",
        "/for/46/deliveries?state=unapproved",
        "/for/46/calendar",
    ):
        page = ingrid.get(path)
        assert page.status_code == 200
        assert "state=" not in path or "Waiting for approval" in words_of(page)
        assert "Kanarifugl" not in page.text
        assert "bergen.kommune.no/x" not in page.text


@pytest.fixture
def doubted(world: World) -> World:
    """Bergen's post may or may not be live, and a person is asked."""
    world.under_way("4601")
    with world.store.system() as session:
        row = session.query(Delivery).one()
        row.state, row.needs_person, row.called_at, row.attempt = State.unsure, True, world.now, 1
    return world


def test_nobody_answers_for_the_person_who_is_asked(doubted: World, person: Person) -> None:
    bergen = person("4601")
    where = f"/for/4601/deliveries/{doubted.delivery().id}"
    page = bergen.get(where)
    assert "Is the post live?" in words_of(page)
    assert 'name="live" value="yes" id="live-yes" checked' not in page.text
    refused = bergen.post(f"{where}/answer", {"address": "https://typed.example/1"})
    assert refused.status_code == 422
    assert "https://typed.example/1" in refused.text
    bergen.post(f"{where}/answer", {"live": "unknown"})
    assert doubted.delivery().state == State.unsure


def test_yes_settles_it_and_a_foreign_address_does_not(doubted: World, person: Person) -> None:
    bergen = person("4601")
    where = f"/for/4601/deliveries/{doubted.delivery().id}"
    bergen.get(where)
    wrong = bergen.post(f"{where}/answer", {"live": "yes", "address": "https://evil.example/1"})
    assert wrong.status_code == 422
    assert doubted.delivery().state == State.unsure
    page = bergen.follow(bergen.post(f"{where}/answer", {"live": "yes"}))
    assert "noted as published" in words_of(page)
    assert doubted.delivery().state == State.published


def test_the_county_sees_the_question_and_cannot_answer_it(doubted: World, person: Person) -> None:
    ingrid = person("46")
    where = f"/for/46/deliveries/{doubted.delivery().id}"
    page = ingrid.get(where)
    assert "It is Bergen that answers this." in words_of(page)
    ingrid.get("/for/46/stop")
    assert ingrid.post(f"{where}/answer", {"live": "yes"}).status_code == 403


@pytest.fixture
def missed(world: World) -> World:
    """Two messages of Bergen's missed their time."""
    texts = [
        world.message(key, at=at).replace(", together: true", "")
        for key, at in (("ein", "10:05"), ("to", "10:10"))
    ]
    world.under_way("4601", messages=texts)
    world.wait(hours=3)
    world.clock.recover()
    assert world.states() == ["missed", "missed"]
    return world


def test_what_was_missed_is_published_moved_or_dropped_one_by_one(missed: World, person: Person) -> None:
    bergen = person("4601")
    page = bergen.get("/for/4601/deliveries?state=missed")
    assert "2 messages did not go out" in words_of(page)
    chosen = {"state": "stranded", "act.prove/ein": "publish", "act.prove/to": "drop"}
    page = bergen.follow(bergen.post("/for/4601/deliveries/decisions", chosen))
    assert "2 messages are seen to." in words_of(page)
    let_pass(missed, minutes=2)
    assert sorted(missed.states()) == ["cancelled", "published"]


def test_one_choice_that_cannot_be_takes_back_all_of_them(missed: World, person: Person) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/deliveries?state=missed")
    chosen = {
        "state": "stranded",
        "act.prove/ein": "drop",
        "act.prove/to": "move",
        "day.prove/to": "2027-01-12",
        "clock.prove/to": "23.30",
    }
    answer = bergen.post("/for/4601/deliveries/decisions", chosen)
    assert answer.status_code == 422
    assert 'value="23.30"' in answer.text
    assert missed.states() == ["missed", "missed"]
    foreign = {"state": "stranded", "act.prove/ein": "drop", "act.nowhere/x": "drop"}
    assert bergen.post("/for/4601/deliveries/decisions", foreign).status_code == 404
    assert missed.states() == ["missed", "missed"]


def test_one_that_was_missed_is_decided_where_it_is_looked_at(missed: World, person: Person) -> None:
    bergen = person("4601")
    where = f"/for/4601/deliveries/{missed.deliveries('4601')[0].id}"
    page = bergen.get(where)
    assert 'name="act" value="publish" id="act-publish" checked' not in page.text
    assert bergen.post(f"{where}/decide", {"day": "2027-01-13"}).status_code == 422
    shown = "missed"
    late = bergen.post(
        f"{where}/decide", {"state": shown, "act": "move", "day": "2027-01-13", "clock": "23.30"}
    )
    assert (late.status_code, 'value="23.30"' in late.text) == (422, True)
    assert missed.states() == ["missed", "missed"]
    page = bergen.follow(
        bergen.post(f"{where}/decide", {"state": shown, "act": "move", "day": "2027-01-13", "clock": "12.30"})
    )
    assert "1 message is seen to." in words_of(page)
    assert sorted(missed.states()) == ["missed", "planned"]
    again = bergen.post(f"{where}/decide", {"state": shown, "act": "drop"})
    assert again.status_code == 409
    assert "Somebody has already seen to the message." in words_of(again)
    assert sorted(missed.states()) == ["missed", "planned"]


def test_what_was_taken_back_is_brought_back_from_its_own_page(world: World, person: Person) -> None:
    world.under_way("4601")
    bergen = person("4601")
    where = f"/for/4601/deliveries/{world.delivery().id}"
    bergen.get(where)
    bergen.post("/for/4601/campaigns/prove/messages/ein/withdraw", {})
    assert world.states() == ["cancelled"]
    page = bergen.get(where)
    assert "The post was taken back" in words_of(page)
    assert 'value="drop"' not in page.text
    bergen.post(
        f"{where}/decide", {"state": "cancelled", "act": "move", "day": "2027-01-13", "clock": "12.30"}
    )
    assert world.states() == ["planned"]


def test_nobody_decides_about_another_municipalitys_delivery(missed: World, person: Person) -> None:
    where = f"deliveries/{missed.deliveries('4601')[0].id}"
    for number in ("4621", "46"):
        other = person(number)
        other.get(f"/for/{number}/stop")
        answer = other.post(f"/for/{number}/{where}/decide", {"act": "drop"})
        assert answer.status_code == (404 if number == "4621" else 403)
    county = person("46").get(f"/for/46/{where}")
    assert "The post missed its time" in words_of(county)
    assert 'name="act"' not in county.text
    assert missed.states() == ["missed", "missed"]


def test_what_a_stop_holds_is_a_list_of_its_own(world: World, person: Person) -> None:
    from campaigns import holds
    from campaigns.store import HoldLevel

    world.under_way("4601", "4621")
    with world.store.scope(world.actors["4601"]) as session:
        holds.set_hold(session, HoldLevel.municipality, target=world.places["4601"], now=world.now)
    bergen = person("4601")
    page = words_of(bergen.get("/for/4601/deliveries?state=held"))
    assert "Stopped 1" in page
    assert "ein Stopped" in page  # the message says so, too
    one = words_of(bergen.get(f"/for/4601/deliveries/{world.delivery().id}"))
    assert "Stopped" in one
    county = words_of(person("46").get("/for/46/deliveries?state=held"))
    assert "Bergen" in county
    assert "Voss" not in county
    assert "Stopped" not in words_of(person("4621").get("/for/4621/deliveries?state=waiting"))


def test_what_was_moved_by_hand_is_moved_again_in_the_calendar(missed: World, person: Person) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/deliveries?state=missed")
    bergen.post(
        "/for/4601/deliveries/decisions",
        {
            "state": "stranded",
            "act.prove/ein": "move",
            "day.prove/ein": "2027-01-13",
            "clock.prove/ein": "12.30",
        },
    )
    page = bergen.get("/for/4601/calendar?month=2027-01")
    assert "/for/4601/deliveries?state=stranded" in page.text  # of the other one, which was not decided about
    bergen.get("/for/4601/calendar/prove/ein")
    bergen.post("/for/4601/calendar/prove/ein", {"day": "2027-01-14", "clock": "12.30"})
    moved = bergen.get("/for/4601/calendar?month=2027-01")
    cell = moved.text.split('data-day="2027-01-14"')[1].split("</td>")[0]
    assert "prove/ein" in cell


def test_what_people_put_out_by_hand_comes_with_its_text_and_ends_with_an_address(
    world: World, person: Person
) -> None:
    world.load(world.definition(world.message()))
    world.invite()
    world.join("4601")
    world.approve("4601")
    bergen = person("4601")
    page = bergen.get("/for/4601/hand")
    where = re.search(r'href="(/for/4601/hand/\d+)"', page.text)[1]
    task = bergen.get(where)
    assert "Hei Bergen. Les meir" in words_of(task)
    refused = bergen.post(where, {"address": "nonsense"})
    assert refused.status_code == 422
    assert 'value="nonsense"' in refused.text
    page = bergen.follow(bergen.post(where, {"address": "https://social.example/bergen/1"}))
    assert "noted as published, stated by you" in words_of(page)
    assert world.delivery().stated


def test_the_calendar_has_a_month_twice_and_moves_a_post_by_the_rules(world: World, person: Person) -> None:
    world.under_way("4601", messages=[world.message("ein").replace(", together: true", "")])
    bergen = person("4601")
    page = bergen.get("/for/4601/calendar?month=2027-01")
    assert page.text.count("/for/4601/calendar/prove/ein") == 2  # in the table, and in the agenda
    bergen.get("/for/4601/calendar/prove/ein")
    answer = bergen.post("/for/4601/calendar/prove/ein", {"day": "2027-01-14", "clock": "12.30"})
    assert answer.headers["location"] == "/for/4601/calendar?month=2027-01#p-2027-01-14-prove-ein"
    moved = bergen.follow(answer)
    cell = moved.text.split('data-day="2027-01-14"')[1].split("</td>")[0]
    assert "prove/ein" in cell
    assert "The message goes Thursday 14 January at 12:30." in words_of(moved)
    late = bergen.post("/for/4601/calendar/prove/ein", {"day": "2027-03-14", "clock": "12.30"})
    assert late.status_code == 422
    assert "calendar/prove" not in person("46").get("/for/46/calendar?month=2027-01").text


@pytest.mark.parametrize("wanted", ["", "2027-13", "1999-01", "evil", "2027-02"])
def test_any_month_is_a_month(world: World, person: Person, wanted: str) -> None:
    assert person("46").get(f"/for/46/calendar?month={wanted}").status_code == 200


def test_pictures_are_seen_by_the_campaigns_people_alone(world: World, person: Person) -> None:
    from sqlalchemy import select

    from campaigns.store import Media

    world.under_way("4601", to="instagram")
    with world.store.system(write=False) as session:
        digest = session.scalars(select(Media.sha256)).one()
    answer = person("4601").get(f"/for/4601/media/{digest}.jpg")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["cache-control"] == "no-store"
    assert person("4601").get(f"/for/4601/media/{'0' * 64}.jpg").status_code == 404
    with world.store.system() as session:
        from campaigns.store import Participation

        session.query(Participation).where(Participation.organisation_id == world.places["4621"].id).delete()
    assert person("4621").get(f"/for/4621/media/{digest}.jpg").status_code == 404


def test_results_are_said_with_what_is_known_and_never_as_a_false_zero(world: World, person: Person) -> None:
    world.under_way("4601", "4621")
    for number in ("4601", "4621"):
        with world.store.scope(world.actors[number]) as session:
            profiles.change_choices(session, named=True, now=world.now)
    let_pass(world, minutes=8)
    ingrid, bergen = person("46"), person("4601")
    before = words_of(ingrid.get("/for/46/campaigns/prove/report"))
    assert "2 of 2 posts are live" in before
    let_pass(world, minutes=70)
    ingrid, bergen = person("46"), person("4601")
    report = words_of(ingrid.get("/for/46/campaigns/prove/report"))
    assert report.index("Voss") < report.index("Bergen 294")  # from the smallest to the largest
    assert "Posts with a count" in report
    own = words_of(bergen.get("/for/4601/results"))
    assert "Prøve" in own
    part = words_of(bergen.get("/for/4601/campaigns/prove/report"))
    assert "1 of 1 post is live" in part
    assert "Post by post" in part
    assert "Mastodon" in part
    assert "Voss" not in part  # nothing of another municipality's (threat A4)
    assert person("4636").get("/for/4636/campaigns/nowhere/report").status_code == 404


def test_a_report_before_anything_is_due_reproaches_nobody(world: World, person: Person) -> None:
    world.under_way("4601", "4621")
    said = words_of(person("46").get("/for/46/campaigns/prove/report"))
    assert "Nothing was to be live yet" in said
    assert "0 of 2" not in said


def test_a_municipality_without_posts_has_a_report_that_says_so(world: World, person: Person) -> None:
    world.under_way("4601")
    let_pass(world, minutes=8)
    part = words_of(person("4621").get("/for/4621/campaigns/prove/report"))
    assert "No posts are live yet" in part
    assert " 0 " not in part  # missing is not zero


def test_a_picture_that_was_replaced_is_shown_with_what_was_approved(world: World, person: Person) -> None:
    from sqlalchemy import select

    from campaigns.store import Media, MessagePicture

    world.under_way("4601", to="instagram")
    with world.store.system() as session:
        digest = session.scalars(select(Media.sha256)).one()
        session.delete(session.scalars(select(MessagePicture)).one())
    for number in ("4601", "46"):
        assert person(number).get(f"/for/{number}/media/{digest}.jpg").status_code == 200
    assert person("4621").get(f"/for/4621/media/{digest}.jpg").status_code == 404


def test_a_text_that_names_a_pictures_digest_opens_nothing(world: World, person: Person) -> None:
    digest = "ab" * 32
    world.under_way("4601", messages=[world.message(words=f"Sjå {digest}:")])
    world.desk.media.path(digest).parent.mkdir(parents=True, exist_ok=True)
    world.desk.media.path(digest).write_bytes(b"a foreign picture")
    assert person("4601").get(f"/for/4601/media/{digest}.jpg").status_code == 404


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_these_pages_are_whole_in_each_language(missed: World, person: Person, language: str) -> None:
    bergen, ingrid = person("4601", language=language), person("46", language=language)
    delivery = missed.deliveries("4601")[0].id
    for visitor, path in (
        *((bergen, f"/for/4601/deliveries?state={kind}") for kind in ("", "held", "unapproved", "missed", "live")),
        (bergen, f"/for/4601/deliveries/{delivery}"), (bergen, "/for/4601/calendar?month=2027-01"),
        (bergen, "/for/4601/hand"), (bergen, "/for/4601/results"), (bergen, "/for/4601/calendar/prove/ein"),
        (ingrid, "/for/46/deliveries?state=missed"), (ingrid, f"/for/46/deliveries/{delivery}"),
        (ingrid, "/for/46/calendar?month=2027-01"), (ingrid, "/for/46/campaigns/prove/report"),
    ):  # fmt: skip
        page = visitor.get(path)
        assert page.status_code == 200, path
        assert f'<html lang="{language}">' in page.text
        assert not re.search(r"\b(page|done|state|delivery|gate)\.[a-z_.]+", words_of(page)), path
