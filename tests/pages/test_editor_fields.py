"""Everything that a document can say can be typed in the editor: polls, trials, a message's own facts, who a consent covers."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from editing import AT, begun, fields_of, tree_of
from visitor import Visitor, words_of
from world import World

from campaigns.definition import reading
from campaigns.drafting.outcome import make
from connectors import names

Person = Callable[..., Visitor]
PLATFORMS = frozenset(names())


@pytest.fixture
def ingrid(world: World, person: Person) -> Visitor:
    return person("46")


def save(ingrid: Visitor, path: str, **typed: str) -> str:
    """Type something on a message's page and save it; return the page that comes next."""
    fields = fields_of(ingrid.get(path))
    fields |= {name: [text] for name, text in typed.items()}
    return ingrid.follow(ingrid.post(f"{AT}/1/save", fields)).text


def test_a_poll_is_typed_and_stands_in_the_document(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0].id
    typed = {
        f"f.{message}.poll.{number}.{one}": f"Svar {number}" for number in (1, 3) for one in ("nn", "nb")
    }
    save(ingrid, f"{AT}/1/messages/{message}", **typed, **{f"f.{message}.poll.days": "3"})
    definition = make(tree_of(world), "46", platforms=PLATFORMS).reading.definition
    assert definition is not None
    poll = definition.messages[0].poll
    assert poll is not None
    assert [option["nn"] for option in poll.options] == ["Svar 1", "Svar 3"]
    assert (poll.days, poll.otherwise) == (3, "text")


def test_what_is_wrong_with_a_poll_is_told_at_its_fields(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0].id
    typed = {f"f.{message}.poll.1.nn": "Ja", f"f.{message}.poll.1.nb": "Ja", f"f.{message}.poll.4.nn": "Nei"}
    page = save(ingrid, f"{AT}/1/messages/{message}", **typed)
    links = set(re.findall(rf'href="#(f-{message}-poll-[^"]+)"', page))
    assert links == {f"f-{message}-poll-4-nb", f"f-{message}-poll-days"}
    assert all(f'id="{one}"' in page for one in links)


def test_a_trial_is_typed_and_stands_in_the_document(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0].id
    ingrid.post(f"{AT}/1/save", {"page": message, "then": f"add:paragraph:{message}:b"})
    (other,) = tree_of(world).forms(tree_of(world).messages[0])["b"]
    save(
        ingrid, f"{AT}/1/messages/{message}",
        **{f"f.{other.id}.text.{one}": "Ein annan ordlyd {lenke}" for one in ("nn", "nb")},
        **{f"f.{message}.trial.outcome": "clicks", f"f.{message}.trial.stop": "T+7"},
    )  # fmt: skip
    definition = make(tree_of(world), "46", platforms=PLATFORMS).reading.definition
    assert definition is not None
    trial = definition.messages[0].experiment
    assert trial is not None
    assert (trial.outcome, str(trial.stop), trial.b[0].texts["nn"]) == (
        "clicks",
        "T+7",
        "Ein annan ordlyd {lenke}",
    )


def test_half_a_trial_is_told_where_the_rest_of_it_belongs(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0].id
    page = save(ingrid, f"{AT}/1/messages/{message}", **{f"f.{message}.trial.outcome": "clicks"})
    assert f'href="#f-{message}-trial-stop"' in page
    assert f'href="#f-{message}-trial-outcome"' in page


def test_a_message_says_something_of_its_own_about_a_fact(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0].id
    page = ingrid.follow(ingrid.post(f"{AT}/1/save", {"page": message, "then": f"add:override:{message}"}))
    (own,) = tree_of(world).overrides(tree_of(world).messages[0])
    assert own["name"] == "lenke"
    assert 'value="lenke" selected' in page.text
    save(
        ingrid, f"{AT}/1/messages/{message}",
        **{f"f.{own.id}.value": "https://eigen.example/x", f"f.{own.id}.own_site": "0"},
    )  # fmt: skip
    definition = make(tree_of(world), "46", platforms=PLATFORMS).reading.definition
    assert definition is not None
    override = definition.messages[0].facts["lenke"]
    assert (override.value, override.own_site) == ("https://eigen.example/x", False)
    assert override.model_fields_set >= {"own_site", "value"}
    assert "https://eigen.example/x" in words_of(ingrid.get(f"{AT}/1/messages/{message}"))


def test_a_fact_that_the_campaign_does_not_have_is_told_at_its_name(world: World, ingrid: Visitor) -> None:
    message = begun(world, ingrid).messages[0].id
    ingrid.post(f"{AT}/1/save", {"page": message, "then": f"add:override:{message}"})
    (own,) = tree_of(world).overrides(tree_of(world).messages[0])
    page = save(ingrid, f"{AT}/1/messages/{message}", **{f"f.{own.id}.name": "ukjend"})
    assert f'href="#f-{own.id}-name"' in page


def test_whom_a_consent_covers_is_typed_and_one_way_of_three_is_asked_for(
    world: World, ingrid: Visitor
) -> None:
    tree = begun(world, ingrid, world.message(to="instagram"))
    message = tree.messages[0].id
    (picture,) = tree.below(message, "picture")
    given = {f"f.{picture.id}.consent": "arkiv 7", f"f.{picture.id}.until": "2027-06-01"}
    path = f"{AT}/1/messages/{message}"
    save(ingrid, path, **given, **{f"f.{picture.id}.covers.municipalities": "4601 4621"})
    definition = make(tree_of(world), "46", platforms=PLATFORMS).reading.definition
    assert definition is not None
    people = definition.messages[0].pictures[0].people
    assert people is not None
    assert people.covers is not None
    assert people.covers.municipalities == ("4601", "4621")
    page = save(ingrid, path, **{f"f.{picture.id}.covers.county": "46"})
    assert f'href="#f-{picture.id}-covers-county"' in page


def test_a_whole_document_goes_through_the_pages_and_comes_out_the_same(
    world: World, ingrid: Visitor
) -> None:
    source = (
        "  - key: alt\n    title: {nn: Alt, nb: Alt}\n    send: {at: 2027-01-13 10:00}\n    to: [mastodon]\n"
        "    text: {nn: 'Hei {lenke}', nb: 'Hei {lenke}'}\n"
        "    facts: {lenke: {own_site: false, default: profile.website, ask: {nn: Kva, nb: Hva}}}\n"
        "    poll: {days: 2, options: [{nn: Ja, nb: Ja}, {nn: Nei, nb: Nei}], otherwise: drop}\n"
        "    experiment: {b: {nn: 'Hallo {lenke}', nb: 'Hallo {lenke}'}, outcome: reach, stop: T+5}\n"
    )
    tree = begun(world, ingrid, source)
    ingrid.post(f"{AT}/1/save", fields_of(ingrid.get(f"{AT}/1/messages/{tree.messages[0].id}")))
    document = ingrid.get(f"{AT}/1/campaign.yaml").text
    assert document == world.campaign().document
    assert reading.read(document.encode(), platforms=PLATFORMS).definition == world.definition(source)
