"""A municipality's own campaign to which it has invited itself (D15): followed as its owner, answered as one invited."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from visitor import Visitor, words_of
from world import DOCUMENT, World

from campaigns import documents, organisations, participation
from campaigns.definition.reading import read
from campaigns.store import Role
from connectors import names

Person = Callable[..., Visitor]
HERE = "/for/4601/campaigns/eiga"


@pytest.fixture
def own(world: World) -> World:
    """Bergen has a campaign of its own, and has invited itself."""
    text = DOCUMENT.format(key="eiga", late_after=60, silence="out", messages=world.message())
    text = text.replace('owner: "46"', 'owner: "4601"').replace(
        '{county: "46"}', '{municipalities: ["4601"]}'
    )
    found = read(text.encode(), platforms=frozenset(names())).definition
    assert found is not None
    with world.store.system() as session:
        organisations.add_member(
            session, "4601", name="Adviser 4601", mail="adviser@4601.example",
            roles=[Role.coordinator, Role.editor, Role.approver, Role.admin],
        )  # fmt: skip
    actor = world.store.actor("adviser@4601.example", "4601", how="test")
    with world.store.scope(actor) as session:
        documents.load(session, world.desk.media, found, {}, now=world.now)
        participation.invite(session, participation.owned_campaign(session, "eiga"), now=world.now)
    return world


def test_one_goes_from_ones_own_part_to_where_all_is_followed_and_back(own: World, person: Person) -> None:
    bergen = person("4601")
    invited = bergen.get(HERE)
    assert f'href="{HERE}/following"' in invited.text
    followed = bergen.get(f"{HERE}/following")
    assert f'href="{HERE}/part"' in followed.text
    assert f'href="{HERE}/close"' in followed.text
    assert 'aria-current="page">Participation' in followed.text
    assert f'href="{HERE}/following"' in bergen.get("/for/4601/campaigns").text
    report = bergen.get(f"{HERE}/report")
    assert f'href="{HERE}/part"' in report.text


def test_it_is_answered_on_ones_own_part_and_closed_where_it_is_followed(own: World, person: Person) -> None:
    bergen = person("4601")
    bergen.get(f"{HERE}/part")
    answer = bergen.post(f"{HERE}/answer", {"answer": "in"})
    assert "In" in words_of(bergen.follow(answer))
    assert f'href="{HERE}/following"' in bergen.get(HERE).text
    bergen.get(f"{HERE}/following")
    assert bergen.post(f"{HERE}/close", {}).headers["location"] == f"{HERE}/following"


def test_whoever_was_invited_by_another_has_its_part_alone(own: World, person: Person) -> None:
    own.under_way("4601")
    page = person("4601").get("/for/4601/campaigns/prove")
    assert "/following" not in page.text
    assert person("4601").get("/for/4601/campaigns/prove/following").status_code == 404
    assert person("4601").get("/for/4601/campaigns/prove/report").status_code == 200
    assert person("4621").get(f"{HERE}/part".replace("4601", "4621")).status_code == 404
    county = person("46")
    assert "/part" not in county.get("/for/46/campaigns/prove").text
    assert county.get("/for/46/campaigns/prove/part").status_code in (403, 404)
