"""Roles from a provider's groups beside those that people give: neither takes what is the other's (threat B19)."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from entering import COUNTY, person_id
from going import TENANT, come, link, of_tenant, tenants
from identity_provider import IdentityProvider
from sqlalchemy import delete
from test_identities import roles
from world import World

from campaigns import members, organisations
from campaigns.providers import Provider
from campaigns.store import Membership, Role

LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def provider(world: World, idp: IdentityProvider) -> Provider:
    """A provider whose group gives a role in Voss, and another that of an admin in Bergen; she is in none of them."""
    listed = [
        {"tenant": TENANT, "group": "g-voss", "organisation": "4621", "role": "approver"},
        {"tenant": TENANT, "group": "g-admin", "organisation": "4601", "role": "admin"},
    ]
    made = tenants(idp, TENANT, roles=listed)
    of_tenant(idp, groups=[])
    link(world, idp, provider=made)
    return made


def log_in(world: World, idp: IdentityProvider, provider: Provider, *groups: str) -> None:
    of_tenant(idp, groups=list(groups))
    come(world, idp, provider=provider)


def give(world: World, number: str, wanted: Collection[Role]) -> None:
    with world.store.scope(world.actors[number]) as session:
        members.change(session, person_id(world), roles=wanted, now=world.now)


@LITE
def test_a_role_that_a_person_takes_comes_back_with_no_login(
    world: World, idp: IdentityProvider, provider: Provider
) -> None:
    log_in(world, idp, provider, "g-voss")
    with world.store.scope(world.actors["4621"]) as session:
        members.remove(session, person_id(world), now=world.now)
    log_in(world, idp, provider, "g-voss")
    assert ("4621", "approver") not in roles(world)
    log_in(world, idp, provider)
    log_in(world, idp, provider, "g-voss")
    assert ("4621", "approver") in roles(world), "who leaves the group and comes back is given it anew"


@LITE
@pytest.mark.parametrize("way", ["changed", "added anew"])
def test_a_role_that_a_person_gives_after_the_group_stays_when_the_group_goes(
    world: World, idp: IdentityProvider, provider: Provider, way: str
) -> None:
    log_in(world, idp, provider, "g-voss")
    if way == "changed":
        give(world, "4621", [Role.editor])
        give(world, "4621", [Role.editor, Role.approver])
    else:
        with world.store.scope(world.actors["4621"]) as session:
            mail = members.member(session, person_id(world)).mail
            members.remove(session, person_id(world), now=world.now)
            members.add(session, name="A", mail=mail, roles=[Role.approver], now=world.now)
    log_in(world, idp, provider, "g-voss")
    log_in(world, idp, provider)
    assert ("4621", "approver") in roles(world)


@LITE
def test_a_group_that_goes_takes_no_organisations_last_admin(
    world: World, idp: IdentityProvider, provider: Provider
) -> None:
    with world.store.system() as session:
        here = Membership.organisation_id == world.places["4601"].id
        session.execute(delete(Membership).where(here, Membership.role == Role.admin))
    log_in(world, idp, provider, "g-admin")
    log_in(world, idp, provider)
    assert ("4601", "admin") in roles(world)
    with world.store.system() as session:
        organisations.add_member(session, "4601", name="Ingrid", mail=COUNTY, roles=[Role.admin])
    log_in(world, idp, provider)
    assert ("4601", "admin") not in roles(world), "there is another one now"
