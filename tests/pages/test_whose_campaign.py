"""Whose a campaign is decides what its pages show, whatever roles somebody has; its key is its owner's alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from passing import let_pass
from visitor import Visitor, words_of
from world import DOCUMENT, World

from campaigns import documents, organisations, participation
from campaigns.definition.reading import read
from campaigns.organisations import NotFound
from campaigns.store import Campaign, Organisation, OrganisationKind, Participation, Role
from connectors import names
from reports import results

Person = Callable[..., Visitor]
LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def coordinates(world: World, number: str = "4601") -> None:
    """Make the municipality's adviser its coordinator, too."""
    with world.store.system() as session:
        organisations.add_member(
            session, number, name="A", mail=f"adviser@{number}.example", roles=[Role.coordinator]
        )
    world.actors[number] = world.store.actor(f"adviser@{number}.example", number, how="test")


def own_campaign(world: World) -> None:
    """Have Bergen run a campaign for itself, and be in it."""
    text = DOCUMENT.format(key="prove", late_after=60, silence="out", messages=world.message())
    text = text.replace('owner: "46"', 'owner: "4601"').replace(
        '{county: "46"}', '{municipalities: ["4601"]}'
    )
    content = read(text.encode(), platforms=frozenset(names())).definition
    assert content is not None
    world.connect("4601", ["mastodon"])
    with world.store.scope(world.actors["4601"]) as session:
        documents.load(session, world.desk.media, content, {}, now=world.now)
        participation.invite(session, participation.owned_campaign(session, "prove"), now=world.now)
    world.join("4601")
    world.approve("4601")


def same_key_elsewhere(world: World) -> None:
    """Have another county run a campaign of the same key, with no municipality of ours in it."""
    with world.store.system() as session:
        county = Organisation(
            number="11", kind=OrganisationKind.county, name="Rogaland", form="fylkeskommune"
        )
        session.add(county)
        session.flush()
        (ours,) = session.query(Campaign).where(Campaign.key == "prove")
        kept = {one.key: getattr(ours, one.key) for one in Campaign.__table__.columns if one.key != "id"}
        session.add(Campaign(**{**kept, "organisation_id": county.id}))


@LITE
def test_another_owners_campaign_of_the_same_key_changes_no_ones_results(world: World) -> None:
    world.under_way("4601")
    let_pass(world, minutes=70)
    with world.store.scope(world.actors["4601"], write=False) as session:
        (before,) = results.own_results(session, now=world.now)
    assert any(one.known for one in before.counts.values())
    same_key_elsewhere(world)
    with world.store.scope(world.actors["4601"], write=False) as session:
        assert results.own_results(session, now=world.now) == (before,)


@LITE
def test_a_municipality_in_two_campaigns_of_one_key_reads_the_report_of_the_one_it_is_led_to(
    world: World,
) -> None:
    world.under_way("4601")
    let_pass(world, minutes=70)
    same_key_elsewhere(world)
    with world.store.system() as session:
        theirs = session.query(Campaign).order_by(Campaign.id.desc()).first()
        assert theirs is not None
        before = datetime(2026, 12, 1, tzinfo=UTC)
        session.add(
            Participation(organisation_id=world.places["4601"].id, campaign_id=theirs.id, invited_at=before)
        )
    with world.store.scope(world.actors["4601"], write=False) as session:
        led_to = participation.participation_in(session, "prove").campaign_id
        found = results.own_report(session, "prove", now=world.now)
        assert found.line.campaign_id == led_to
        assert found.whole.posts == len(found.posts) == 1


@LITE
def test_a_coordinator_of_a_municipality_reads_its_part_of_the_countys_campaign(
    world: World, person: Person
) -> None:
    coordinates(world)
    world.under_way("4601", "4621")
    let_pass(world, minutes=8)
    report = person("4601").get("/for/4601/campaigns/prove/report")
    assert report.status_code == 200
    assert "1 of 1 post is live" in words_of(report)
    assert "Voss" not in words_of(report)
    assert person("4601").get("/for/4601/campaigns/nowhere/report").status_code == 404


@LITE
def test_a_report_needs_a_role_in_the_relation_that_there_is(world: World, web: FastAPI) -> None:
    world.under_way("4601")
    with world.store.system() as session:
        for number, role in (("4601", Role.coordinator), ("46", Role.reader)):
            organisations.add_member(session, number, name="X", mail=f"{role}@{number}.example", roles=[role])
    for number, role in (("4601", Role.coordinator), ("46", Role.reader)):
        visitor = Visitor(web, f"{role}@{number}.example")
        assert visitor.get(f"/for/{number}/campaigns/prove/report").status_code == 403


@LITE
def test_the_owner_of_a_campaign_that_invited_itself_reads_all_of_it(world: World, person: Person) -> None:
    coordinates(world)
    own_campaign(world)
    let_pass(world, minutes=8)
    with world.store.scope(world.actors["4601"], write=False) as session:
        assert participation.relations(session, "prove") == {"owner", "invited"}
    report = words_of(person("4601").get("/for/4601/campaigns/prove/report"))
    assert "1 of 1 post is live" in report
    assert "Bergen" in report
    world.load(world.definition(world.message(), key="prove"))
    with world.store.scope(world.actors["46"], write=False) as session:
        assert participation.relations(session, "prove") == {"owner"}
    with world.store.scope(world.actors["4621"], write=False) as session, pytest.raises(NotFound):
        participation.relations(session, "prove")
