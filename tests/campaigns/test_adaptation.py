"""A municipality's own words: what may be changed, what a correction makes of it, and that nothing written is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import paper
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from world import World

from campaigns import adaptation, approval, participation
from campaigns.adaptation import AdaptationRefused, Offer
from campaigns.organisations import NotFound
from campaigns.store import Adaptation, Message, Participation, views

OWN = "Hei, alle i {kommune}!"


@contextmanager
def bergen(world: World, message: str = "bilete") -> Iterator[tuple[Session, Participation, Message]]:
    with world.store.scope(world.actors["4601"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        yield session, mine, participation.message_in(session, mine, message)


def adapt(world: World, text: str | None = OWN, *, number: int = 1, message: str = "bilete") -> None:
    with bergen(world, message) as (session, mine, row):
        adaptation.adapt(session, mine, row, language="nn", number=number, text=text, now=world.now)


def texts(world: World, message: str = "bilete") -> set[str]:
    with bergen(world) as (session, mine, _):
        found = approval.open_drafts(session, world.desk.connectors, mine, [message], now=world.now)
        return {one.post.text.replace("\n\n#Beredskap", "") for one in found if one.post}


def offers(world: World) -> list[Offer]:
    with bergen(world) as (session, mine, _):
        return adaptation.offers(session, mine)


def correct(world: World, *paragraphs: dict[str, dict[str, str]]) -> None:
    """Load the document anew with these paragraphs, as the county, and let the clock follow."""
    new = paper.paper()
    new["messages"][0]["text"] = list(paragraphs)
    paper.load(world, new)
    world.clock.plan()


def free(words: str) -> dict[str, dict[str, str]]:
    return {"free": {"nn": words, "nb": "Hei, {kommune}!"}}


FILL = {"fill": {"nn": "Frist {frist}: {lenke}", "nb": "Frist {frist}: {lenke}"}}
FACTS = "Frist søndag 17. januar: https://www.bergen.kommune.no/x"


@pytest.fixture
def joined(world: World) -> World:
    """Bergen takes part and has approved everything."""
    paper.under_way(world, "4601")
    return world


def test_own_words_stand_in_the_place_of_a_free_paragraph(joined: World) -> None:
    adapt(joined)
    assert texts(joined) == {f"Hei, alle i Bergen!\n\n{FACTS}"}
    adapt(joined, "")
    assert texts(joined) == {FACTS}
    adapt(joined, None)
    assert texts(joined) == {f"Hei Bergen!\n\n{FACTS}"}


@pytest.mark.parametrize(("message", "number"), [("bilete", 2), ("tekst", 1)])
def test_locked_and_filled_in_paragraphs_are_the_countys(joined: World, message: str, number: int) -> None:
    with pytest.raises(AdaptationRefused) as told:
        adapt(joined, "Noko anna", number=number, message=message)
    assert [one.code for one in told.value.problems] == ["wording.not_adaptable"]


def test_everything_wrong_with_own_words_is_told_at_once_and_nothing_is_stored(joined: World) -> None:
    with pytest.raises(AdaptationRefused) as told:
        adapt(joined, "Hei {namnet} og {anna}\u202e" + "a" * 10_000)
    assert [one.code for one in told.value.problems] == [
        "adaptation.too_long", "checks.hidden_characters", "adaptation.placeholder_unknown",
        "adaptation.placeholder_unknown",
    ]  # fmt: skip
    with joined.store.system(write=False) as session:
        assert session.scalars(select(Adaptation)).all() == []


@pytest.mark.parametrize("number", [0, 3, 99])
def test_a_paragraph_that_is_not_there_is_told(joined: World, number: int) -> None:
    with pytest.raises(NotFound):
        adapt(joined, number=number)


def test_own_words_let_the_approval_of_that_message_fall_alone(joined: World) -> None:
    adapt(joined)
    with bergen(joined) as (session, mine, _):
        fallen = approval.review(session, joined.desk.connectors, mine, now=joined.now)
    assert {one.message_key for one in fallen} == {"bilete"}
    joined.approve("4601", paper.KEY)
    joined.wait(minutes=7)
    joined.tick()
    assert {str(one["text"]).split("\n")[0] for one in joined.live()} == {
        "Hei, alle i Bergen!", "Det held med vatn.",
    }  # fmt: skip


def test_a_municipality_sees_no_other_ones_words(joined: World) -> None:
    adapt(joined)
    with joined.store.scope(joined.actors["4621"]) as session:
        mine = participation.participation_in(session, paper.KEY)
        row = participation.message_in(session, mine, "bilete")
        seen = adaptation.places(session, mine, row, "nn")
        assert [one.own for one in seen] == [None, None]


# -- the county corrects


def test_a_correction_of_another_paragraph_asks_nothing_and_follows_at_once(joined: World) -> None:
    adapt(joined)
    correct(joined, free("Hei {kommune}!"), {"locked": {"nn": "Nytt.", "nb": "Nytt."}}, FILL)
    assert texts(joined) == {f"Hei, alle i Bergen!\n\nNytt.\n\n{FACTS}"}
    assert offers(joined) == []


def test_own_words_follow_their_paragraph_when_the_county_moves_it(joined: World) -> None:
    adapt(joined)
    correct(joined, FILL, {"locked": {"nn": "Først dette.", "nb": "Først dette."}}, free("Hei {kommune}!"))
    assert texts(joined) == {f"{FACTS}\n\nFørst dette.\n\nHei, alle i Bergen!"}


def test_a_correction_of_the_same_paragraph_is_offered_and_own_words_stand_meanwhile(joined: World) -> None:
    adapt(joined, "Hei {kommune}! Velkomne.")
    correct(joined, free("God morgon {kommune}!"), FILL)
    assert texts(joined) == {f"Hei Bergen! Velkomne.\n\n{FACTS}"}
    (offer,) = offers(joined)
    assert (offer.base, offer.county, offer.own) == (
        "Hei {kommune}!", "God morgon {kommune}!", "Hei {kommune}! Velkomne.",
    )  # fmt: skip
    assert offer.merged.text == "God morgon {kommune}! Velkomne."


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("merged", "God morgon Bergen! Velkomne."),
        ("own", "Hei Bergen! Velkomne."),
        ("county", "God morgon Bergen!"),
    ],
)
def test_an_offer_is_settled_by_a_person_once(
    joined: World, choice: adaptation.Choice, expected: str
) -> None:
    adapt(joined, "Hei {kommune}! Velkomne.")
    correct(joined, free("God morgon {kommune}!"), FILL)
    (offer,) = offers(joined)
    with bergen(joined) as (session, mine, _):
        adaptation.settle(session, mine, offer, choice, now=joined.now)
    assert texts(joined) == {f"{expected}\n\n{FACTS}"}
    assert offers(joined) == []
    with bergen(joined) as (session, mine, _), pytest.raises(NotFound):
        session.query(Adaptation).delete()
        adaptation.settle(session, mine, offer, choice, now=joined.now)


def test_where_both_changed_the_same_words_nobody_decides_for_the_municipality(joined: World) -> None:
    adapt(joined, "Hallo {kommune}!")
    correct(joined, free("Morn {kommune}!"), FILL)
    (offer,) = offers(joined)
    assert offer.merged.text is None
    with bergen(joined) as (session, mine, _), pytest.raises(AdaptationRefused) as told:
        adaptation.settle(session, mine, offer, "merged", now=joined.now)
    assert [one.code for one in told.value.problems] == ["adaptation.conflict"]


@pytest.mark.parametrize(
    "paragraphs",
    [(FILL,), ({"locked": {"nn": "Hei {kommune}!", "nb": "Hei, {kommune}!"}}, FILL)],
    ids=["taken out", "locked"],
)
def test_words_about_a_paragraph_that_is_gone_or_locked_are_kept_and_shown(
    joined: World, paragraphs: tuple[dict[str, dict[str, str]], ...]
) -> None:
    adapt(joined)
    correct(joined, *paragraphs)
    assert OWN.replace("{kommune}", "Bergen") not in "".join(texts(joined))
    (offer,) = offers(joined)
    assert (offer.number, offer.own) == (0, OWN)
    correct(joined, free("Hei {kommune}!"), FILL)
    assert offers(joined) == []
    assert texts(joined) == {f"Hei, alle i Bergen!\n\n{FACTS}"}


# -- facts of one message


def test_a_link_of_its_own_holds_for_one_message_alone(joined: World) -> None:
    with bergen(joined) as (session, mine, row):
        given = {"lenke": "https://www.bergen.kommune.no/eiga"}
        assert participation.fill_facts(session, mine, given, message=row, now=joined.now) == ["lenke"]
        assert participation.fill_facts(session, mine, given, message=row, now=joined.now) == []
    assert texts(joined) == {f"Hei Bergen!\n\n{FACTS.replace('/x', '/eiga')}"}
    paper.fill(joined, "4601", lenke="https://www.bergen.kommune.no/alle")
    assert texts(joined) == {f"Hei Bergen!\n\n{FACTS.replace('/x', '/eiga')}"}


def test_the_county_sees_how_many_have_words_of_their_own_and_none_of_them(joined: World) -> None:
    adapt(joined)
    adapt(joined, "", number=1)
    with joined.store.scope(joined.actors["46"], write=False) as session:
        campaign = participation.owned_campaign(session, paper.KEY)
        assert views.own_words(session, campaign) == {joined.places["4601"].id: 1}
        assert session.scalars(select(Adaptation)).all() == []
    with joined.store.scope(joined.actors["4621"], write=False) as session:
        assert views.own_words(session, joined.campaign(paper.KEY)) == {}
