"""The audit chain: every act is written down, and what was altered, swapped or cut is found (D14, threat E18)."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from acts import ACTS, Undone, actor, staff
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from world import World

from campaigns import (
    audit,
    holds,
    organisations,
)
from campaigns.access import may
from campaigns.store import (
    AuditEntry,
    Hold,
    Organisation,
    Role,
)


def _chain(world: World, number: str) -> Iterator[str]:
    with world.store.system(write=False) as session:
        own = AuditEntry.organisation_id == world.places[number].id
        yield from session.scalars(select(AuditEntry.action).where(own).order_by(AuditEntry.sequence))


def test_every_act_stands_in_the_chain_of_the_organisation_that_did_it(world: World) -> None:
    staffed = staff(world)
    # approving comes first, since other acts make it fall; and nothing is left to do with an account once it is gone
    rank = {"message.approve": 0, "account.disconnect": 2}
    for (action, relation), act in sorted(ACTS.items(), key=lambda item: rank.get(item[0][0], 1)):
        if action in {"campaign.read", "draft.read", "hold.lift"}:
            continue  # reading is no act; lifting comes below
        number = "46" if relation in {"owner", "parent"} or action == "group.set" else "4601"
        role = next(role for role in Role if may(actor(role), action, relation))
        who = staffed.store.actor(f"{role}@{number}.example", number, how="operator on behalf of")
        before = len(list(_chain(staffed, number)))
        with staffed.store.scope(who) as session:
            act(staffed, session)
        assert action in list(_chain(staffed, number))[before:], (action, number)
    with staffed.store.scope(staffed.actors["46"]) as session:
        holds.lift_hold(session, _own_hold(session, staffed), now=staffed.now)
    assert list(_chain(staffed, "46"))[-1] == "hold.lift"
    assert _broken(staffed, "46") is None
    assert _broken(staffed, "4601") is None


def _own_hold(session: Session, world: World) -> Hold:
    return session.scalars(select(Hold).where(Hold.organisation_id == world.places["46"].id)).one()


def test_the_operators_first_member_stands_in_the_municipalitys_own_chain(world: World) -> None:
    with world.store.system() as session:
        organisations.appoint(
            session, "4636", name="Ny", mail="ny@4636.example", roles=[Role.admin], now=world.now
        )
    assert list(_chain(world, "4636")) == ["member.add"]
    with world.store.system(write=False) as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.person_id, entry.how, entry.subject) == (None, "operator", "ny@4636.example")


def test_an_instant_from_another_zone_does_not_break_the_chain(world: World) -> None:
    world.now = world.now.astimezone(ZoneInfo("Europe/Oslo"))
    world.load(world.definition(world.message()))
    assert _broken(world, "46") is None


def _broken(world: World, number: str) -> int | None:
    with world.store.system(write=False) as session:
        return audit.verify(session, world.places[number].id)


DROP = {
    "sqlite": ["DROP TRIGGER audit_entry_stays_update", "DROP TRIGGER audit_entry_stays_delete"],
    "postgresql": ["DROP TRIGGER audit_entry_stays ON audit_entry"],
}
SAME = "organisation_id = :organisation AND sequence"
THEIRS = "SELECT hash FROM audit_entry WHERE organisation_id <> :organisation AND sequence = 4"
FORGERIES = {
    "altered": ([f"UPDATE audit_entry SET subject = 'x' WHERE {SAME} = 2"], 2),
    "another person": ([f"UPDATE audit_entry SET person_id = NULL WHERE {SAME} = 3"], 3),
    "deleted": ([f"DELETE FROM audit_entry WHERE {SAME} = 2"], 2),
    "deleted at the beginning": ([f"DELETE FROM audit_entry WHERE {SAME} = 1"], 1),
    "swapped": (
        [
            f"UPDATE audit_entry SET sequence = -1 WHERE {SAME} = 2",
            f"UPDATE audit_entry SET sequence = 2 WHERE {SAME} = 3",
            f"UPDATE audit_entry SET sequence = 3 WHERE {SAME} = -1",
        ],
        2,
    ),
    "taken from another organisation": (
        [f"UPDATE audit_entry SET hash = ({THEIRS}) WHERE {SAME} = 4"], 4,
    ),
}  # fmt: skip


def test_the_chain_tells_where_it_was_altered_swapped_or_cut(world: World) -> None:
    for number in ("46", "4601"):
        with world.store.scope(world.actors[number]) as session:
            for turn in range(5):
                audit.record(session, world.actors[number], "test", str(turn), {"turn": turn}, now=world.now)
    assert _broken(world, "46") is None
    for name, (statements, place) in FORGERIES.items():
        assert _broken_by(world, statements) == (place, None), name
    assert _broken(world, "46") is None


def _broken_by(world: World, statements: list[str]) -> tuple[int | None, int | None]:
    """Return where the county's chain and Bergen's are broken after these statements, which are undone."""
    county, bergen = world.places["46"].id, world.places["4601"].id
    found: tuple[int | None, int | None] = (None, None)
    try:
        with world.store.system() as session:
            for statement in (*DROP[world.store.engine.dialect.name], *statements):
                session.execute(text(statement), {"organisation": county} if ":" in statement else {})
            found = audit.verify(session, county), audit.verify(session, bergen)
            raise Undone
    except Undone:
        return found


def test_people_see_their_own_chain_alone(world: World) -> None:
    world.under_way("4601")
    with world.store.scope(world.actors["4601"], write=False) as session:
        owners = set(session.scalars(select(AuditEntry.organisation_id)))
        number = session.scalar(select(Organisation.number).where(Organisation.id.in_(owners)))
    assert (len(owners), number) == (1, "4601")
