"""A municipality's way through a campaign at the pages: answer, facts, texts, yes; and what is refused on the way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from visitor import Visitor, words_of
from world import World

from campaigns import participation, profiles
from campaigns.store import Answer

Person = Callable[..., Visitor]
HERE = "/for/4601/campaigns/prove"
LINK = "https://www.bergen.kommune.no/x"


@pytest.fixture
def invited(world: World) -> World:
    """Two messages, everybody invited; Bergen has two accounts."""
    world.connect("4601", ["mastodon", "bluesky"])
    two = [
        world.message("ein", to="mastodon, bluesky"),
        world.message("to", at="11:05", to="mastodon").replace(", together: true", ""),
    ]
    world.load(world.definition(*two))
    world.invite()
    return world


@pytest.fixture
def bergen(invited: World, person: Person) -> Visitor:
    return person("4601")


def seen(page: object) -> dict[str, str]:
    """Return the digests that a page would send with the one yes to everything."""
    text = page.text.split('class="botnlinje"')[-1]  # type: ignore[attr-defined]
    return dict(re.findall(r'name="(seen\.\d+)" value="([0-9a-f]+)"', text))


def joined(visitor: Visitor) -> object:
    """Join and fill in the link, and return the page with the texts."""
    visitor.get(HERE)
    visitor.follow(visitor.post(f"{HERE}/answer", {"answer": "in"}))
    return visitor.follow(visitor.post(f"{HERE}/facts", {"fact.lenke": LINK}))


def test_the_whole_way_takes_three_forms_on_one_page(invited: World, bergen: Visitor) -> None:
    invitation = bergen.get(HERE)
    assert "Will you take part in 'Prøve'?" in words_of(invitation)
    assert "Hei" in words_of(invitation)  # the texts can be read before anything is answered
    page = joined(bergen)
    assert f"Hei Bergen. Les meir: {LINK}" in words_of(page)
    assert "2 messages are ready to be approved." in words_of(page)
    done = bergen.follow(bergen.post(f"{HERE}/approve", seen(page)))
    assert "2 messages are approved." in words_of(done)
    assert all(one.snapshot_hash for one in invited.deliveries("4601"))


def test_what_is_approved_goes_out_as_it_stood_on_the_page(invited: World, bergen: Visitor) -> None:
    page = joined(bergen)
    bergen.post(f"{HERE}/approve", seen(page))
    invited.wait(minutes=5)
    invited.tick()
    (post,) = invited.live()
    assert f"Hei Bergen. Les meir: {LINK}" in str(post["text"])


def test_reading_a_page_changes_nothing(invited: World, bergen: Visitor) -> None:
    for _ in range(2):
        bergen.get(HERE)
        bergen.get("/for/4601")
    assert invited.deliveries() == []
    assert invited.participation("4601").answer == Answer.unanswered


def test_a_fact_that_cannot_be_taken_keeps_everything_that_was_typed(bergen: Visitor) -> None:
    bergen.get(HERE)
    bergen.post(f"{HERE}/answer", {"answer": "in"})
    bergen.get(HERE)
    wrong = "http://www.bergen.kommune.no/<script>"
    answer = bergen.post(f"{HERE}/facts", {"fact.lenke": wrong})
    assert answer.status_code == 422
    assert "&lt;script&gt;" in answer.text
    assert "<script>" not in answer.text.split("</head>")[1]
    assert 'href="#fact-lenke"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "Put 1 thing right" in words_of(answer)


def test_a_yes_is_about_what_was_on_the_page_and_nothing_else(invited: World, bergen: Visitor) -> None:
    page = joined(bergen)
    with invited.store.scope(invited.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        participation.fill_facts(session, mine, {"lenke": f"{LINK}/anna"}, now=invited.now)
    refused = bergen.post(f"{HERE}/approve", seen(page))
    assert refused.status_code == 409
    assert "nothing was approved" in words_of(refused)
    assert f"{LINK}/anna" in words_of(refused)
    assert not any(one.snapshot_hash for one in invited.deliveries("4601"))
    assert bergen.follow(bergen.post(f"{HERE}/approve", seen(refused))).status_code == 200
    assert all(one.snapshot_hash for one in invited.deliveries("4601"))


def test_one_message_can_be_approved_alone(invited: World, bergen: Visitor) -> None:
    page = joined(bergen)
    form = page.text.split('name="message" value="ein"')[1].split("</form>")[0]
    own = dict(re.findall(r'name="(seen\.\d+)" value="([0-9a-f]+)"', form))
    bergen.post(f"{HERE}/approve", {"message": "ein", **own})
    approved = {one.message.key for one in _with_messages(invited) if one.snapshot_hash}
    assert approved == {"ein"}


def _with_messages(world: World) -> list:
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    from campaigns.store import Delivery

    with world.store.system(write=False) as session:
        return list(session.scalars(select(Delivery).options(joinedload(Delivery.message))))


def test_an_exception_for_one_message_holds_and_can_be_taken_back(invited: World, bergen: Visitor) -> None:
    joined(bergen)
    page = bergen.follow(bergen.post(f"{HERE}/messages/to/choice", {"choice": "out"}))
    assert "You are standing out of this message." in words_of(page)
    assert "1 message is ready to be approved." in words_of(page)
    page = bergen.follow(bergen.post(f"{HERE}/messages/to/choice", {"choice": "in"}))
    assert "2 messages are ready to be approved." in words_of(page)


@pytest.mark.parametrize(("said", "told"), [("out", "standing out"), ("later", "will answer later")])
def test_out_and_later_are_answers_like_any_other(
    invited: World, bergen: Visitor, said: str, told: str
) -> None:
    bergen.get(HERE)
    page = bergen.follow(bergen.post(f"{HERE}/answer", {"answer": said}))
    assert told in words_of(page)
    assert invited.participation("4601").answer.value == said


def test_standing_out_withdraws_what_has_not_gone(invited: World, bergen: Visitor) -> None:
    page = joined(bergen)
    bergen.post(f"{HERE}/approve", seen(page))
    page = bergen.follow(bergen.post(f"{HERE}/answer", {"answer": "out"}))
    assert "3 posts were withdrawn." in words_of(page)
    assert set(invited.states()) == {"cancelled"}


def test_where_two_are_asked_for_one_is_not_enough(invited: World, bergen: Visitor) -> None:
    with invited.store.scope(invited.actors["4601"]) as session:
        profiles.change_trust(session, second_person=True, now=invited.now)
    page = joined(bergen)  # she filled in the facts, so she is the last editor
    refused = bergen.post(f"{HERE}/approve", seen(page))
    assert refused.status_code == 409
    assert not any(one.snapshot_hash for one in invited.deliveries("4601"))


def test_nonsense_is_refused_and_nothing_happens(invited: World, bergen: Visitor) -> None:
    bergen.get(HERE)
    assert bergen.post(f"{HERE}/answer", {"answer": "perhaps"}).status_code == 422
    assert bergen.post(f"{HERE}/answer", {"answer": "in", "organisation_id": "2"}).status_code == 422
    assert bergen.post("/for/4601/campaigns/none/answer", {"answer": "in"}).status_code == 404
    assert invited.participation("4601").answer == Answer.unanswered


def test_a_campaign_that_did_not_invite_one_does_not_exist(world: World, person: Person) -> None:
    world.load(world.definition(world.message()))
    nobody = person("4601")
    assert nobody.get(HERE).status_code == nobody.get("/for/4601/campaigns/nothing").status_code == 404


@pytest.mark.parametrize("language", ["nn", "nb", "en"])
def test_every_page_of_the_way_is_whole_in_each_language(
    invited: World, person: Person, language: str
) -> None:
    reader = person("4601", language=language)
    pages = [reader.get(HERE), joined(reader), reader.get(f"{HERE}/messages/ein"), reader.get("/for/4601")]
    for page in pages:
        assert f'<html lang="{language}">' in page.text
        assert not re.search(r"\b(page|done|waiting|checks|approval)\.[a-z_.]+", words_of(page))


# -- own words


def test_own_words_stand_beside_the_countys_with_what_differs(invited: World, bergen: Visitor) -> None:
    world = invited
    free = world.message("fri").replace("- fill:", "- free:")
    world.load(world.definition(world.message("ein"), free))
    joined(bergen)
    at = f"{HERE}/messages/fri"
    bergen.get(at)
    page = bergen.follow(
        bergen.post(f"{at}/words", {"language": "nn", "words.full.1": "Hallo {kommune}. Les meir: {lenke}"})
    )
    assert "The text is kept." in words_of(page)
    assert re.search(r"<del>.*Hei", page.text, re.DOTALL)
    assert re.search(r"<ins.*Hallo", page.text, re.DOTALL)
    assert "Hallo Bergen. Les meir" in words_of(page)


def test_words_that_cannot_be_taken_stay_in_the_field(invited: World, bergen: Visitor) -> None:
    world = invited
    world.load(world.definition(world.message("fri").replace("- fill:", "- free:")))
    joined(bergen)
    at = f"{HERE}/messages/fri"
    bergen.get(at)
    answer = bergen.post(f"{at}/words", {"language": "nn", "words.full.1": "Hei {ukjend}"})
    assert answer.status_code == 422
    assert "Hei {ukjend}</textarea>" in answer.text
    assert "Put 1 thing right" in words_of(answer)


def test_a_locked_paragraph_has_no_field_and_takes_no_words(invited: World, bergen: Visitor) -> None:
    world = invited
    world.load(world.definition(world.message("fast").replace("- fill:", "- locked:").replace("{lenke}", "")))
    joined(bergen)
    at = f"{HERE}/messages/fast"
    assert "words.full.1" not in bergen.get(at).text
    answer = bergen.post(f"{at}/words", {"language": "nn", "words.full.1": "Noko anna"})
    assert answer.status_code == 422


def test_an_own_time_is_taken_by_the_rules_and_given_back(invited: World, bergen: Visitor) -> None:
    joined(bergen)
    at = f"{HERE}/messages/to"
    bergen.get(at)
    page = bergen.follow(bergen.post(f"{at}/time", {"day": "2027-01-13", "clock": "14.30"}))
    assert "The message goes Wednesday 13 January at 14:30." in words_of(page)
    refused = bergen.post(f"{at}/time", {"day": "2026-12-01", "clock": "14.30"})
    assert refused.status_code == 422
    assert 'value="2026-12-01"' in refused.text
    assert bergen.post(f"{at}/time", {"day": "soon", "clock": "9"}).status_code == 422
    page = bergen.follow(bergen.post(f"{at}/time", {"back": "1"}))
    assert "follows the campaign's time" in words_of(page)
