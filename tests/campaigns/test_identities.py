"""Logins elsewhere: forged, replayed, mixed up, and of people who are not ours (threats B15–B19)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from entering import ADVISER, COUNTY, invitation, person_id
from going import (
    BROWSER,
    OTHER_TENANT,
    TENANT,
    back_with,
    come,
    link,
    of_tenant,
    porch,
    set_to,
    tenants,
)
from identity_provider import (
    EC,
    IdentityProvider,
    signed,
)
from sqlalchemy import select, text
from world import World

from campaigns import identities
from campaigns.identities import (
    Errand,
    InvitationOver,
    NoSecondFactor,
    NotHers,
    NotIn,
    OtherPerson,
    ProviderAway,
    UnknownThere,
    WayOver,
)
from campaigns.store import AuditEntry, Identity, Person, Role
from connectors.secret import Secret

# -- in


def test_whoever_was_linked_comes_in_with_the_second_factor_she_gave_there(
    world: World, idp: IdentityProvider
) -> None:
    link(world, idp)
    arrival = come(world, idp, Errand("login", "/for/4601"))
    assert (arrival.person_id, arrival.target, arrival.purpose) == (person_id(world), "/for/4601", "login")
    assert arrival.factor_at == world.now
    idp.change = set_to(amr=["pwd"])
    assert come(world, idp).factor_at is None
    assert come(world, idp, provider=idp.listing(second_factor="always")).factor_at is not None
    idp.change = set_to(auth_time=int((world.now - timedelta(minutes=16)).timestamp()))
    assert come(world, idp).factor_at is None  # she was let in on the word of an older session
    idp.change = set_to(auth_time=None)
    assert come(world, idp).factor_at is None


def test_every_signature_that_is_taken_is_taken(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    for algorithm in ("RS256", "PS256"):
        idp.sign = lambda claims, algorithm=algorithm: signed(claims, algorithm)  # type: ignore[misc]
        come(world, idp)
    idp.sign = lambda claims: signed(claims, "ES256", EC)
    come(world, idp)


# -- the way


def test_b15_an_answer_counts_in_the_browser_that_asked_for_it(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    with pytest.raises(WayOver):
        come(world, idp, browser=Secret("c" * 43))
    with pytest.raises(WayOver):
        come(world, idp, browser=Secret(""))
    with pytest.raises(WayOver):
        come(world, idp, state="x" * 43)


def test_b15_an_answer_counts_once_and_within_ten_minutes(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    brought = idp.let_in(
        identities.begin(porch(world, idp.listing()), Errand("login"), BROWSER, now=world.now)
    )
    back_with(world, idp.listing(), brought)
    idp.asked.clear()
    with pytest.raises(WayOver):
        back_with(world, idp.listing(), brought)
    with pytest.raises(WayOver):
        come(world, idp, waits=timedelta(minutes=10))
    assert "/token" not in idp.asked


def test_b15_a_way_is_used_up_before_anything_is_asked_of_the_provider(
    world: World, idp: IdentityProvider
) -> None:
    link(world, idp)
    brought = idp.let_in(
        identities.begin(porch(world, idp.listing()), Errand("login"), BROWSER, now=world.now)
    )
    idp.server.shutdown()
    idp.server.server_close()
    world.desk.wire.close()
    with pytest.raises(ProviderAway):
        back_with(world, idp.listing(), brought)
    with world.store.system(write=False) as session:
        assert session.execute(text("SELECT count(*) FROM ticket")).scalar() == 0


def test_b15_the_store_alone_cannot_answer(world: World, idp: IdentityProvider) -> None:
    address = identities.begin(porch(world, idp.listing()), Errand("login"), BROWSER, now=world.now)
    state = idp.let_in(address)["state"]
    with world.store.system(write=False) as session:
        rows = str(session.execute(text("SELECT * FROM ticket")).all())
    assert state not in rows
    assert BROWSER.reveal() not in rows
    assert identities._verifier(BROWSER, Secret(state)).reveal() not in rows


def test_b15_a_code_of_another_way_is_worth_nothing(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    theirs = idp.let_in(
        identities.begin(porch(world, idp.listing()), Errand("login"), Secret("t" * 43), now=world.now)
    )
    with pytest.raises(ProviderAway):  # which asks for the proof of the browser that the code was given to
        come(world, idp, code=theirs["code"])


def test_b15_who_is_logged_in_must_be_who_set_out(world: World, idp: IdentityProvider) -> None:
    who = person_id(world)
    for back in (None, person_id(world, COUNTY)):
        with pytest.raises(WayOver):
            come(world, idp, Errand("link", person_id=who), person=back)
    with world.store.system(write=False) as session:
        assert session.scalars(select(Identity)).all() == []


def test_b16_what_began_at_one_provider_ends_at_no_other(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    other = idp.listing("other")
    with pytest.raises(WayOver):
        come(world, idp, back=other)
    with pytest.raises(WayOver):
        come(world, idp, redirect="http://127.0.0.1:8046/login/with/other/back")


def test_b16_the_issuer_that_comes_along_must_be_the_one(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    come(world, idp, iss=idp.address)
    for issuer in ("https://evil.example", "", f"{idp.address}/"):
        with pytest.raises(WayOver):
            come(world, idp, iss=issuer)


@pytest.mark.parametrize(
    "description",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"jwks_uri": "https://evil.example/keys"},
        {"authorization_endpoint": "https://evil.example/authorise"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"token_endpoint": None},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_b16_a_provider_that_describes_another_is_believed_nothing(
    world: World, idp: IdentityProvider, description: dict[str, object]
) -> None:
    idp.description = description
    with pytest.raises(ProviderAway):
        identities.begin(porch(world, idp.listing()), Errand("login"), BROWSER, now=world.now)


# -- the person


def test_b18_a_mail_address_links_nobody(world: World, idp: IdentityProvider) -> None:
    idp.change = set_to(email=ADVISER, email_verified=True, preferred_username=ADVISER, upn=ADVISER)
    with pytest.raises(UnknownThere):
        come(world, idp)
    link(world, idp, COUNTY)
    idp.change = set_to(email=COUNTY, email_verified=True, sub="somebody-else")
    with pytest.raises(UnknownThere):
        come(world, idp)
    with world.store.system(write=False) as session:
        assert len(session.scalars(select(Identity)).all()) == 1


def test_b18_a_login_is_one_persons_and_stays_hers(world: World, idp: IdentityProvider) -> None:
    link(world, idp)
    with pytest.raises(OtherPerson):
        link(world, idp, COUNTY)
    assert come(world, idp).person_id == person_id(world)
    assert list(identities.linked(world.store, person_id(world))) == ["idp"]


def test_b18_an_invitation_links_its_addressees_first_login_and_no_second(
    world: World, idp: IdentityProvider
) -> None:
    token = invitation(world, "marta@bergen.kommune.no")
    arrival = come(world, idp, Errand("invitation", invitation=token))
    with world.store.system(write=False) as session:
        person = session.get_one(Person, arrival.person_id)
        assert (person.mail, [one.role for one in person.memberships]) == (
            "marta@bergen.kommune.no",
            [Role.editor],
        )
    assert come(world, idp).person_id == arrival.person_id
    with pytest.raises(InvitationOver):
        come(world, idp, Errand("invitation", invitation=token))
    again = invitation(world, "marta@bergen.kommune.no")
    idp.change = set_to(sub="somebody-else")
    with pytest.raises(NotHers):
        come(world, idp, Errand("invitation", invitation=again))
    idp.change = set_to()
    foreign = invitation(world, "else@bergen.kommune.no")
    with pytest.raises(NotHers):
        come(world, idp, Errand("invitation", invitation=foreign))
    come(world, idp, Errand("invitation", invitation=again))


def test_b21_a_fresh_proof_is_one_that_was_given_just_now_and_by_the_same_person(
    world: World, idp: IdentityProvider
) -> None:
    link(world, idp)
    who = person_id(world)
    again = Errand("again", person_id=who)
    address = identities.begin(porch(world, idp.listing()), again, BROWSER, now=world.now)
    assert "prompt=login" in address
    assert "max_age=0" in address
    assert come(world, idp, again, person=who).factor_at is not None
    for change in ({"amr": ["pwd"]}, {"auth_time": int((world.now - timedelta(minutes=5)).timestamp())}):
        idp.change = set_to(**change)
        with pytest.raises(NoSecondFactor):
            come(world, idp, again, person=who)
    idp.change = set_to()
    with pytest.raises(OtherPerson):
        other = person_id(world, COUNTY)
        come(world, idp, Errand("again", person_id=other), person=other)


# -- roles


def roles(world: World) -> set[tuple[str, str]]:
    number = {one.id: name for name, one in world.places.items()}
    with world.store.system(write=False) as session:
        person = session.get_one(Person, person_id(world))
        return {(number[one.organisation_id], one.role.value) for one in person.memberships}


def test_b19_listed_pairs_alone_give_roles_and_take_them_again(world: World, idp: IdentityProvider) -> None:
    before = roles(world)
    provider = tenants(
        idp, TENANT, OTHER_TENANT,
        roles=[
            {"tenant": TENANT, "group": "g-voss", "organisation": "4621", "role": "approver"},
            {"tenant": OTHER_TENANT, "group": "g-solund", "organisation": "4636", "role": "admin"},
            {"tenant": TENANT, "group": "g-bergen", "organisation": "4601", "role": "editor"},
            {"tenant": TENANT, "group": "g-nowhere", "organisation": "9999", "role": "admin"},
        ],
    )  # fmt: skip
    of_tenant(idp, groups=["g-voss", "g-solund", "g-bergen", "g-nowhere", "admin", 7, None])
    link(world, idp, provider=provider)
    assert roles(world) == before | {("4621", "approver")}
    come(world, idp, provider=provider)
    assert roles(world) == before | {("4621", "approver")}
    for groups in ([], None, "g-voss"):
        of_tenant(idp, groups=groups)
        come(world, idp, provider=provider)
        assert roles(world) == before  # what was given here stays
    with world.store.system(write=False) as session:
        own = AuditEntry.organisation_id == world.places["4621"].id
        acts = session.execute(select(AuditEntry.action, AuditEntry.how).where(own)).all()
        assert [tuple(one) for one in acts] == [
            ("member.add", "group at idp"), ("member.group_left", "group at idp"),
        ]  # fmt: skip


def test_a_provider_that_lets_nobody_in_is_told(world: World, idp: IdentityProvider) -> None:
    address = identities.begin(porch(world, idp.listing()), Errand("login"), BROWSER, now=world.now)
    state = idp.let_in(address)["state"]
    with pytest.raises(NotIn):
        identities.finish(
            porch(world, idp.listing()),
            BROWSER,
            state=state,
            code=None,
            issuer=None,
            person_id=None,
            now=world.now,
        )
