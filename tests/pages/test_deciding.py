"""Lists on which a municipality publishes now, moves or drops: what is offered, what is done, pages and the filter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from visitor import Visitor, words_of
from world import World

from bench.counting import questions
from campaigns import holds
from campaigns.store import HoldLevel
from reports import decisions

Person = Callable[..., Visitor]
LISTS = "/for/4601/deliveries"


def apart(world: World, key: str = "ein", at: str = "10:05") -> str:
    """Return a message that need not go together with everybody's."""
    return world.message(key, at=at).replace(", together: true", "")


@pytest.fixture
def planned(world: World) -> World:
    """Two messages of Bergen's that wait for their time; the first may go from now on."""
    world.under_way("4601", messages=[apart(world), apart(world, "to", "12:00")])
    world.wait(minutes=5)
    return world


def test_what_is_planned_is_moved_and_dropped_from_its_list(planned: World, person: Person) -> None:
    bergen = person("4601")
    page = bergen.get(f"{LISTS}?state=waiting")
    assert 'name="act.prove/ein" value="publish"' in page.text
    assert 'name="act.prove/to" value="publish"' not in page.text  # nobody is ahead of the others
    chosen = {
        "state": "waiting",
        "act.prove/ein": "move",
        "day.prove/ein": "2027-01-13",
        "clock.prove/ein": "12.30",
        "act.prove/to": "drop",
    }
    page = bergen.follow(bergen.post(f"{LISTS}/decisions", chosen))
    assert "2 messages are seen to." in words_of(page)
    assert sorted(planned.states()) == ["cancelled", "planned"]


def test_what_is_planned_is_published_now_from_its_own_page(planned: World, person: Person) -> None:
    bergen = person("4601")
    where = f"{LISTS}/{planned.deliveries('4601')[0].id}"
    page = bergen.get(where)
    assert 'value="publish" id="act-publish">' in page.text
    assert "on every account on which it is planned" in words_of(page)
    bergen.follow(bergen.post(f"{where}/decide", {"state": "planned", "act": "publish"}))
    planned.tick()
    assert sorted(planned.states()) == ["planned", "published"]


def test_a_choice_about_what_is_not_so_any_more_does_nothing(planned: World, person: Person) -> None:
    bergen = person("4601")
    where = f"{LISTS}/{planned.deliveries('4601')[0].id}"
    bergen.get(where)
    answer = bergen.post(f"{where}/decide", {"state": "missed", "act": "drop"})
    assert (answer.status_code, planned.states()) == (409, ["planned", "planned"])
    stale = bergen.post(f"{LISTS}/decisions", {"state": "stranded", "act.prove/ein": "drop"})
    assert stale.status_code == 422
    assert "Somebody has already seen to the message." in words_of(stale)
    assert planned.states() == ["planned", "planned"]


def test_what_a_stop_holds_is_moved_or_dropped_and_not_published(planned: World, person: Person) -> None:
    with planned.store.scope(planned.actors["4601"]) as session:
        holds.set_hold(session, HoldLevel.municipality, target=planned.places["4601"], now=planned.now)
    bergen = person("4601")
    page = bergen.get(f"{LISTS}?state=held")
    assert "Move or drop" in words_of(page)
    assert 'value="publish"' not in page.text
    forced = bergen.post(f"{LISTS}/decisions", {"state": "held", "act.prove/ein": "publish"})
    assert forced.status_code == 422
    assert "an emergency stop applies here" in words_of(forced)
    assert 'value="publish"' not in bergen.get(f"{LISTS}/{planned.deliveries('4601')[0].id}").text
    bergen.follow(bergen.post(f"{LISTS}/decisions", {"state": "held", "act.prove/ein": "drop"}))
    assert sorted(planned.states()) == ["cancelled", "planned"]


def test_what_waits_for_an_approval_leads_to_it(world: World, person: Person) -> None:
    world.connect("4601", ["mastodon"])
    world.load(world.definition(apart(world)))
    world.invite()
    world.join("4601")
    world.wait(minutes=5)
    page = person("4601").get(f"{LISTS}?state=unapproved")
    assert "Waits for approval in the municipality." in words_of(page)
    assert 'href="/for/4601/campaigns/prove#m-ein"' in page.text
    assert 'value="publish"' not in page.text
    assert (
        'href="/for/4601/campaigns/prove#m-ein"' in person("4601").get(f"{LISTS}/{world.delivery().id}").text
    )


def test_what_goes_together_is_dropped_alone(world: World, person: Person) -> None:
    world.under_way("4601")
    page = person("4601").get(f"{LISTS}?state=waiting").text
    assert 'value="drop"' in page
    assert 'value="move"' not in page
    assert 'type="date"' not in page


def test_lists_are_of_one_campaign_where_the_address_says_so(world: World, person: Person) -> None:
    world.under_way("4601", messages=[apart(world)])
    world.load(world.definition(apart(world, "anna", "10:10"), key="andre"))
    world.invite("andre")
    world.join("4601", "andre")
    world.approve("4601", "andre")
    bergen = person("4601")
    page = bergen.get(f"{LISTS}?state=waiting")
    assert "All campaigns" in words_of(page)
    assert "anna" in words_of(page)
    page = bergen.get(f"{LISTS}?state=waiting&campaign=andre")
    assert '<option value="andre" selected>' in page.text
    assert "act.prove/ein" not in page.text
    answer = bergen.post(
        f"{LISTS}/decisions", {"state": "waiting", "campaign": "andre", "act.andre/anna": "drop"}
    )
    assert answer.headers["location"] == f"{LISTS}?state=waiting&campaign=andre"
    county = person("46").get("/for/46/deliveries?state=waiting&campaign=prove")
    assert '<option value="prove" selected>' in county.text
    assert person("46").get('/for/46/deliveries?campaign="><b>&state=waiting').status_code == 200


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "AT_ONCE", 2)


@pytest.mark.usefixtures("few_at_once")
def test_a_page_has_a_bounded_number_of_messages_and_asks_as_often_for_many(
    world: World, person: Person
) -> None:
    keys = ("ein", "to", "tre", "fire", "fem")
    world.under_way(
        "4601", messages=[apart(world, one, f"10:{step:02}") for step, one in enumerate(keys, 10)]
    )
    bergen = person("4601")
    first, last = (bergen.get(f"{LISTS}?state=waiting&page={page}") for page in (1, 3))
    assert first.text.count('value="drop"') == 2
    assert "Page 3 of 3" in words_of(last)
    assert last.text.count('value="drop"') == 1
    with questions(world.store) as few:
        bergen.get(f"{LISTS}?state=waiting&page=3")
    with questions(world.store) as many:
        bergen.get(f"{LISTS}?state=waiting")
    assert many.value == few.value
    refused = bergen.post(f"{LISTS}/decisions", {"state": "waiting", "page": "3", "act.prove/fem": "move"})
    assert refused.status_code == 422
    assert 'name="act.prove/fem" value="move" id="move-prove-fem" checked' in refused.text


def test_a_decision_needs_a_list_that_has_some(planned: World, person: Person) -> None:
    bergen = person("4601")
    bergen.get(f"{LISTS}?state=waiting")
    for kind in ("live", "", "x"):
        answer = bergen.post(f"{LISTS}/decisions", {"state": kind, "act.prove/ein": "drop"})
        assert answer.status_code == 422
    assert planned.states() == ["planned", "planned"]
