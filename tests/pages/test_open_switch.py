"""A campaign's open page and feeds: its owner switches them off, and nobody else (issue: public pages)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from visitor import Visitor, words_of
from world import World

from campaigns import audit, open_pages, participation
from campaigns.access import Forbidden
from campaigns.organisations import NotFound
from campaigns.sentences import LANGUAGES
from campaigns.store import AuditEntry

Browser = Callable[..., Visitor]
OF_THE_CAMPAIGN = (
    "/public/46/prove", "/public/4601/prove", "/feed/46/prove", "/feed/46/prove.atom", "/feed/46/prove.json",
    "/feed/4601/prove", "/feed/4601/prove.atom", "/feed/4601/prove.json",
)  # fmt: skip


@pytest.fixture
def out(world: World) -> World:
    """A campaign of which two municipalities have something out."""
    world.under_way("4601", "4621")
    world.wait(minutes=6)
    world.tick()
    return world


def statuses(anybody: Visitor) -> set[int]:
    return {anybody.get(path).status_code for path in OF_THE_CAMPAIGN}


def test_the_county_switches_the_page_and_every_feed_of_a_campaign_off_and_on_again(
    out: World, person: Browser
) -> None:
    ingrid = person("46")
    anybody = Visitor(ingrid.web)
    assert statuses(anybody) == {200}
    assert 'href="/public/46/prove"' in ingrid.get("/for/46/campaigns/prove").text
    hidden = ingrid.post("/for/46/campaigns/prove/open-page", {"shown": "no"})
    page = ingrid.follow(hidden)
    assert "The campaign has no open page" in words_of(page)
    assert "/public/46/prove" not in page.text
    assert statuses(anybody) == {404}
    assert anybody.get("/public/46/prove").text == anybody.get("/public/46/never-was").text
    ingrid.post("/for/46/campaigns/prove/open-page", {"shown": "yes"})
    assert statuses(anybody) == {200}
    with out.store.system(write=False) as session:
        acts = session.query(AuditEntry).where(AuditEntry.action.in_(["campaign.show", "campaign.hide"]))
        assert [one.action for one in acts.order_by(AuditEntry.id)] == ["campaign.hide", "campaign.show"]
        assert all("prove" in audit.in_words(one, language) for one in acts for language in LANGUAGES)


def test_what_a_municipality_has_out_stays_in_its_own_feed_which_is_its_own_choice(
    out: World, person: Browser
) -> None:
    ingrid = person("46")
    ingrid.get("/for/46/campaigns/prove")
    ingrid.post("/for/46/campaigns/prove/open-page", {"shown": "no"})
    assert "Hei Bergen" in words_of(Visitor(ingrid.web).get("/feed/4601"))


def test_a_new_version_of_the_document_leaves_it_switched_off(out: World, person: Browser) -> None:
    with out.store.scope(out.actors["46"]) as session:
        open_pages.switch(session, participation.owned_campaign(session, "prove"), shown=False, now=out.now)
    out.load(out.definition(out.message(words="Nytt:")))
    assert statuses(Visitor(person("46").web)) == {404}


def test_a_municipality_switches_no_campaign_of_its_countys(out: World, person: Browser) -> None:
    bergen = person("4601")
    bergen.get("/for/4601/campaigns/prove")
    assert bergen.post("/for/4601/campaigns/prove/open-page", {"shown": "no"}).status_code == 403
    with pytest.raises((Forbidden, NotFound)), out.store.scope(out.actors["4601"]) as session:
        open_pages.switch(session, out.campaign(), shown=False, now=out.now)
    assert statuses(Visitor(bergen.web)) == {200}


def test_switching_twice_is_one_act(out: World) -> None:
    for _ in range(2):
        with out.store.scope(out.actors["46"]) as session:
            open_pages.switch(
                session, participation.owned_campaign(session, "prove"), shown=False, now=out.now
            )
    with out.store.system(write=False) as session:
        assert session.query(AuditEntry).where(AuditEntry.action == "campaign.hide").count() == 1


def test_a_word_that_is_neither_changes_nothing(out: World, person: Browser) -> None:
    ingrid = person("46")
    ingrid.get("/for/46/campaigns/prove")
    assert ingrid.post("/for/46/campaigns/prove/open-page", {"shown": "perhaps"}).status_code == 422


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_is_whole_in_each_language(out: World, person: Browser, language: str) -> None:
    ingrid = person("46", language=language)
    for shown in ("no", "yes"):
        ingrid.get("/for/46/campaigns/prove")
        page = ingrid.follow(ingrid.post("/for/46/campaigns/prove/open-page", {"shown": shown}))
        assert "page." not in words_of(page)
