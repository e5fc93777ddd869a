"""What the link in a mail shows to be read: the campaign's texts as they would be there, and nobody's own words (A13, B1–B3)."""

from __future__ import annotations

from typing import Any

import pytest
from visitor import Visitor, words_of
from world import World

from bench.counting import questions
from campaigns import adaptation, answer_links, invited_texts, participation, profiles
from campaigns.sentences import LANGUAGES
from campaigns.store import Answer, Organisation, Participation, Person

BERGEN = "adviser@4601.example"
FREE = """
      - free: {nn: "Kom til {kommune}!", nb: "Kom til {kommune} nå!"}
      - locked: {nn: "Ring 112 i naud.", nb: "Ring 112 i nød."}
"""


@pytest.fixture
def invited(world: World) -> World:
    """A campaign of a filled-in, a free and a locked paragraph; everybody is invited, and the answer is due today."""
    definition = world.definition(world.message() + FREE, world.message("to", words="Andre:"))
    due = definition.answer.model_copy(update={"by": world.now.date()})
    world.load(definition.model_copy(update={"answer": due}))
    world.invite()
    return world


def link_for(world: World, number: str = "4601") -> str:
    with world.store.system() as session:
        person = session.query(Person).where(Person.mail == f"adviser@{number}.example").one()
        mine = (
            session.query(Participation).where(Participation.organisation_id == world.places[number].id).one()
        )
        return answer_links.make_link(session, mine, person, now=world.now).reveal()


def opened(web: Any, token: str, language: str = "en") -> Any:
    visitor = Visitor(web, language=language)
    return visitor.follow(visitor.get(f"/answer/{token}"))


def test_the_texts_stand_there_as_they_would_be_in_the_municipality(invited: World, web: Any) -> None:
    page = opened(web, link_for(invited))
    words = words_of(page)
    assert "Hei Bergen. Les meir: {lenke}" in words
    assert "Kom til Bergen!" in words
    assert "Ring 112 i naud." in words
    assert "Hei Bergen. Andre: {lenke}" in words
    assert 'lang="nn"' in page.text
    assert "nå!" not in words  # one language: the municipality's
    assert "Voss" not in words


def test_a_municipality_that_writes_bokmal_reads_bokmal(invited: World, web: Any) -> None:
    with invited.store.system() as session:
        place = session.get_one(Organisation, invited.places["4621"].id)
        place.language_decision, place.language = "nb", "nb"
    words = words_of(opened(web, link_for(invited, "4621")))
    assert "Kom til Voss nå!" in words
    assert "naud" not in words


def test_where_no_language_was_chosen_that_is_said(invited: World, web: Any) -> None:
    with invited.store.system() as session:
        place = session.get_one(Organisation, invited.places["4621"].id)
        place.language_decision, place.language = "neutral", None
    words = words_of(opened(web, link_for(invited, "4621")))
    assert "you have not chosen yours yet" in words
    assert "Kom til Voss!" in words


def test_no_word_or_fact_of_the_municipalitys_own_is_in_it(invited: World, web: Any) -> None:
    with invited.store.scope(invited.actors["4601"]) as session:
        mine = participation.participation_in(session, "prove")
        row = participation.message_in(session, mine, "ein")
        participation.answer(session, mine, Answer.joined, now=invited.now)
        participation.fill_facts(
            session, mine, {"lenke": "https://www.bergen.kommune.no/hemmeleg"}, now=invited.now
        )
        adaptation.adapt(
            session, mine, row, language="nn", number=2, text="Utkast som ingen skal sjå", now=invited.now
        )
        participation.answer(session, mine, Answer.later, now=invited.now)
    page = opened(web, link_for(invited))
    assert "hemmeleg" not in page.text
    assert "Utkast" not in page.text
    assert "Kom til Bergen!" in words_of(page)


def test_what_the_profile_says_is_in_it_as_on_the_page_behind_the_login(invited: World, web: Any) -> None:
    with invited.store.scope(invited.actors["4601"]) as session:
        profiles.change_profile(session, language="nb", phone=None, now=invited.now)
    behind = words_of(Visitor(web, BERGEN).get("/for/4601/campaigns/prove"))
    before = words_of(opened(web, link_for(invited)))
    for sentence in ("Hei Bergen. Les meir: {lenke}", "Kom til Bergen nå!", "Ring 112 i nød."):
        assert sentence in behind
        assert sentence in before


@pytest.mark.parametrize("scope", ["4601", "4621", "system"])
def test_texts_are_offered_in_their_owners_scope_and_in_no_other(invited: World, scope: str) -> None:
    store, asked = invited.store, (invited.campaign().id, invited.places["4601"].id)
    opening = store.system(write=False) if scope == "system" else store.scope(invited.actors[scope])
    with pytest.raises(PermissionError), opening as session:
        invited_texts.offered(session, invited.desk.connectors, *asked)


def test_a_link_that_is_over_shows_no_text(invited: World, web: Any) -> None:
    token = link_for(invited)
    visitor = Visitor(web)
    page = visitor.follow(visitor.get(f"/answer/{token}"))
    word = page.text.split('name="word" value="')[1].split('"')[0]
    done = visitor.post("/answer", {"answer": "later", "word": word})
    assert "Kom til" not in words_of(done)
    over = opened(web, token)
    assert over.status_code == 410
    assert "Kom til" not in words_of(over)
    assert "Prøve" not in words_of(over)


def test_reading_changes_nothing_and_asks_a_bounded_number_of_questions(invited: World, web: Any) -> None:
    token = link_for(invited)
    opened(web, token)
    with questions(invited.store) as two:
        opened(web, token)
    definition = invited.definition(*(invited.message(f"m{number}") for number in range(12)))
    due = definition.answer.model_copy(update={"by": invited.now.date()})
    invited.load(definition.model_copy(update={"answer": due}))
    with questions(invited.store) as twelve:
        opened(web, token)
    assert twelve.value == two.value
    assert invited.deliveries() == []
    assert invited.participation("4601").answer == Answer.unanswered


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_whole_in_each_language_and_loads_no_script(
    invited: World, web: Any, language: str
) -> None:
    page = opened(web, link_for(invited), language)
    assert f'<html lang="{language}">' in page.text
    assert "page." not in words_of(page)
    assert "<script" not in page.text
