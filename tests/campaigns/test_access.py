"""Who may do what: the table, and the writers that ask it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

import pytest
from acts import ACTS, Act, Undone, actor, staff
from dumping import dump
from lasting import lasting_world
from sqlalchemy import select
from world import World

from campaigns import (
    access,
    approval,
    organisations,
)
from campaigns.access import Forbidden, Relation, may
from campaigns.organisations import NotFound
from campaigns.store import (
    Actor,
    Membership,
    Role,
)

REFUSED = (Forbidden, NotFound, PermissionError)
RELATIONS: tuple[Relation, ...] = get_args(Relation)

PROMISES = {
    ("message.approve", "invited"): {Role.approver},
    ("message.release", "invited"): {Role.approver},
    ("account.connect", "own"): {Role.admin},
    ("account.disconnect", "own"): {Role.admin},
    ("account.pause", "own"): {Role.admin},
    ("member.add", "own"): {Role.admin},
    ("campaign.draft", "own"): {Role.coordinator},
    ("member.change", "own"): {Role.admin},
    ("member.remove", "own"): {Role.admin},
    ("choices.change", "own"): {Role.admin},
    ("account.assess", "own"): {Role.admin},
    ("drill.run", "own"): {Role.editor, Role.approver, Role.admin},
    ("drill.run", "parent"): {Role.coordinator, Role.admin},
    ("campaign.load", "owner"): {Role.coordinator},
    ("campaign.rehearse", "owner"): {Role.coordinator},
    ("campaign.invite", "owner"): {Role.coordinator},
    ("campaign.close", "owner"): {Role.coordinator},
    ("campaign.show", "owner"): {Role.coordinator},
    ("group.set", "own"): {Role.coordinator},
    ("profile.change", "own"): {Role.editor, Role.admin},
    ("participation.answer", "invited"): {Role.editor, Role.approver},
    ("participation.fill", "invited"): {Role.editor, Role.approver},
    ("participation.adapt", "invited"): {Role.editor, Role.approver},
    ("check.pass_over", "invited"): {Role.approver},
    ("delivery.move", "own"): {Role.approver},
    ("standing.give", "own"): {Role.approver},
    ("standing.veto", "own"): {Role.editor, Role.approver},
    ("trust.change", "own"): {Role.admin},
    ("draft.read", "own"): {Role.editor, Role.approver},
    ("delivery.withdraw", "own"): {Role.editor, Role.approver},
    ("delivery.answer", "own"): {Role.editor, Role.approver},
    ("hold.set", "own"): {Role.editor, Role.approver, Role.admin},
    ("hold.set", "parent"): {Role.coordinator, Role.admin},
    ("hold.lift", "own"): {Role.coordinator, Role.approver, Role.admin},
    ("audit.read", "own"): {Role.coordinator, Role.approver, Role.admin},
    ("home.read", "own"): set(Role),
    ("token.make", "own"): {Role.admin},
}
"""Acts that change something or show what is inside, written down a second time: who may, and nobody else."""


# -- the table


@pytest.mark.parametrize("role", Role)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: Role) -> None:
    for action, row in access.TABLE.items():
        for relation in RELATIONS:
            assert may(actor(role), action, relation) == (relation in row.get(role, ())), (action, relation)
    assert not may(actor(role), "no.such", "own")


def test_the_table_keeps_what_is_promised() -> None:
    reading = {"member.read", "campaign.read", "delivery.read", "account.read", "report.read"}
    for action in set(access.TABLE) - reading:
        for relation in RELATIONS:
            allowed = {role for role in Role if may(actor(role), action, relation)}
            assert allowed == PROMISES.get((action, relation), set()), (action, relation)


def test_roles_add_up_and_no_role_may_nothing() -> None:
    both = Actor(1, 1, "municipality", frozenset({Role.editor, Role.admin}), "test")
    nobody = Actor(1, 1, "municipality", frozenset(), "test")
    assert may(both, "participation.answer", "invited")
    assert may(both, "account.connect", "own")
    assert not may(both, "message.approve", "invited")
    assert not any(may(nobody, action, relation) for action in access.TABLE for relation in RELATIONS)


def test_acts_that_need_a_second_factor_are_acts_of_the_table() -> None:
    assert set(access.TABLE) >= access.SECOND_FACTOR


# -- the writers


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def staffed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which every act was tried and taken back: no test leaves a change in it."""
    with lasting_world(request, tmp_path_factory.mktemp("staffed")) as world:
        yield staff(world)


def _try(world: World, number: str, role: Role, act: Act) -> bool:
    """Return whether the act was allowed; what it did is undone."""
    who = world.store.actor(f"{role}@{number}.example", number, how="test")
    try:
        with world.store.scope(who) as session:
            act(world, session)
            session.flush()
            raise Undone
    except Undone:
        return True
    except REFUSED:
        return False


def test_every_writer_asks_the_table(staffed: World) -> None:
    before = dump(staffed.store)
    for (action, relation), act in ACTS.items():
        number = "46" if relation in {"owner", "parent"} or action == "group.set" else "4601"
        for role in Role:
            allowed = may(actor(role), action, relation)
            assert _try(staffed, number, role, act) == allowed, (action, number, role)
    assert dump(staffed.store) == before


def test_no_role_in_the_county_reaches_into_a_municipality(staffed: World) -> None:
    before = dump(staffed.store)
    inside = [
        key for key in ACTS if key[1] in {"own", "invited"} and key[0] not in {"group.set", "hold.lift"}
    ]
    for key in inside:
        for role in Role:
            allowed = _try(staffed, "46", role, ACTS[key])
            # a county's accounts and profile are its own, and it may stop its municipalities
            assert allowed == ((*key, role) in _COUNTYS_OWN), (key, role)
    assert dump(staffed.store) == before


_COUNTYS_OWN = {
    ("account.connect", "own", Role.admin),
    ("profile.change", "own", Role.editor),
    ("profile.change", "own", Role.admin),
    ("trust.change", "own", Role.admin),
    ("choices.change", "own", Role.admin),
    ("drill.run", "own", Role.coordinator),
    ("drill.run", "own", Role.admin),
    ("hold.set", "own", Role.coordinator),
    ("hold.set", "own", Role.admin),
}


def test_a_municipality_neither_loads_nor_invites_nor_names_groups_for_the_county(staffed: World) -> None:
    before = dump(staffed.store)
    for key in (("campaign.load", "owner"), ("campaign.invite", "owner")):
        for role in Role:
            assert not _try(staffed, "4601", role, ACTS[key]), (key, role)
    assert dump(staffed.store) == before


def test_an_admin_appoints_nobody_elsewhere(world: World) -> None:
    for number in ("4621", "46"):
        with pytest.raises(Forbidden), world.store.scope(world.actors["4601"]) as session:
            organisations.appoint(
                session, number, name="Ny", mail="ny@4601.example", roles=[Role.admin], now=world.now
            )
    with world.store.scope(world.actors["4601"]) as session:
        person = organisations.appoint(
            session, "4601", name="Ny", mail=" Ny@4601.example ", roles=[Role.editor], now=world.now
        )
        roles = session.scalars(select(Membership.role).where(Membership.person_id == person.id)).all()
    assert roles == [Role.editor]
    assert world.store.actor("ny@4601.example", "4601", how="test").roles == {Role.editor}


def test_a_forbidden_act_leaves_no_trace(staffed: World) -> None:
    before = dump(staffed.store)
    reader = staffed.store.actor("reader@4601.example", "4601", how="test")
    for act in (ACTS["message.approve", "invited"], ACTS["participation.answer", "invited"]):
        with pytest.raises(Forbidden), staffed.store.scope(reader) as session:
            act(staffed, session)
    assert dump(staffed.store) == before


def test_a_session_of_the_system_is_nobody_who_could_approve(world: World) -> None:
    world.under_way("4601")
    with pytest.raises(Forbidden), world.store.system() as session:
        approval.approve(session, world.desk.connectors, world.participation("4601"), now=world.now)
