"""The store on both engines: migrations, what is written once, and organisations kept apart."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from lasting import lasting_world
from sqlalchemy import delete, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session, aliased
from world import START, World

from campaigns import drills
from campaigns.organisations import set_group
from campaigns.store import (
    Account,
    Adaptation,
    Announcement,
    AnswerLink,
    ApiToken,
    AuditEntry,
    Base,
    CampaignDraft,
    CheckOverride,
    Choice,
    Delivery,
    Fact,
    FollowerCount,
    History,
    Identity,
    LocalDay,
    MappedRole,
    Membership,
    MessageChoice,
    MessageFactValue,
    Notice,
    NoticeCopy,
    Organisation,
    OrganisationKind,
    Owned,
    Paragraph,
    Participation,
    PendingLogin,
    Rehearsal,
    ShownPicture,
    Snapshot,
    StandingApproval,
    StopDevice,
    Store,
    views,
)

OWNED: list[type[Any]] = sorted(Owned.__subclasses__(), key=lambda kind: kind.__name__)
PLACES = ("4601", "4621")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which two municipalities have a row in every owned table; no test leaves a change in it."""
    with lasting_world(request, tmp_path_factory.mktemp("full")) as world:
        _fill(world)
        yield world


def _fill(world: World) -> None:
    world.under_way(*PLACES)
    world.wait(minutes=5)
    world.tick()
    world.wait(hours=2)
    world.tick()
    for number in PLACES:
        with world.store.system() as session:
            _add_rest(session, world.participation(number))
        with world.store.scope(world.actors["46"]) as session:
            set_group(session, "alle", list(PLACES), now=world.now)
    for number in PLACES:
        drills.rehearse(world.store, world.actors[number], now=world.now, seconds=time.monotonic)


def _add_rest(session: Session, mine: Participation) -> None:
    paragraph = session.scalars(select(Paragraph)).one()
    session.add(
        Adaptation(
            organisation_id=mine.organisation_id, participation_id=mine.id, paragraph_id=paragraph.id,
            language="nn", text="Eige", base_version=1,
        )
    )  # fmt: skip
    delivery = session.scalars(select(Delivery).where(Delivery.organisation_id == mine.organisation_id)).one()
    fact = session.scalars(select(Fact)).first()
    person = session.scalars(
        select(Membership.person_id).where(Membership.organisation_id == mine.organisation_id)
    ).first()
    owner = {"organisation_id": mine.organisation_id}
    about = {"message_id": paragraph.message_id, **owner}
    assert fact is not None
    standing = StandingApproval(
        owner_id=delivery.owner_id, given_by=person, given_at=START, expires_at=START, **owner
    )
    session.add(standing)
    session.flush()
    notice = Notice(kind="stop", subject_id=1, turn=START, details={}, made_at=START, **owner)
    session.add(notice)
    identity = Identity(person_id=person, provider="p", issuer="i", subject=str(person), linked_at=START)
    session.add(identity)
    session.flush()
    session.add_all(
        [
            NoticeCopy(notice_id=notice.id, person_id=person, at_once=True, **owner),
            MessageFactValue(fact_id=fact.id, value="x", set_at=START, **about),
            CheckOverride(
                participation_id=mine.id, code="timing.quiet.night", reason="x", person_id=person, at=START, **about
            ),
            PendingLogin(
                person_id=person, state_hash=f"{person:064}", platform="p", base="b", redirect="r", sealed=b"", key_id="k",
                ends_at=START, **owner,
            ),
            FollowerCount(account_id=delivery.account_id, day=START.date().replace(year=2000), followers=1, **owner),
            AnswerLink(participation_id=mine.id, person_id=person, token_hash=f"{person:064}", made_at=START, **owner),
            MappedRole(identity_id=identity.id, role="editor", **owner),
            ApiToken(
                token_hash=f"{person:064}", name="x", scopes=["read"], person_id=person, made_at=START, ends_at=START,
                **owner,
            ),
            ShownPicture(
                delivery_id=delivery.id, sha256="a" * 64, token_hash=f"{person:064}", ends_at=START, **owner,
            ),
            CampaignDraft(
                title="x", tree={}, begun_at=START, begun_by="x", changed_at=START, changed_by="x", **owner
            ),
            Rehearsal(
                campaign_id=mine.campaign_id, version=1, cast="everybody", begun_at=START, ending="stopped", **owner
            ),
            StopDevice(
                token_hash=f"{person:064}", person_id=person, device="x", made_at=START, ends_at=START, **owner
            ),
            LocalDay(first=START.date(), last=START.date(), name="Marknad", **owner),
            Announcement(
                delivery_id=delivery.id, snapshot_hash=delivery.snapshot_hash, standing_id=standing.id,
                announced_at=START, effective_at=START, **owner,
            ),
        ]
    )  # fmt: skip
    session.add(
        MessageChoice(
            organisation_id=mine.organisation_id,
            participation_id=mine.id,
            message_id=paragraph.message_id,
            choice=Choice.joined,
        )
    )


def _keys(session: Session, kind: type[Any], number: str, *, others: bool) -> list[Any]:
    owner = select(Organisation.id).where(Organisation.number == number).scalar_subquery()
    mine = kind.organisation_id != owner if others else kind.organisation_id == owner
    return list(session.scalars(select(inspect(kind).primary_key[0]).where(mine)))


def _kinds(world: World) -> Iterator[tuple[type[Any], list[Any], list[Any]]]:
    """Yield every owned table with the keys of Bergen's rows and of everybody else's."""
    with world.store.system(write=False) as session:
        for kind in OWNED:
            own, foreign = (_keys(session, kind, "4601", others=others) for others in (False, True))
            assert foreign, f"{kind.__name__} has no row to try on: add one to the fixture"
            assert own or kind.__name__ == "OrganisationGroup", kind.__name__
            yield kind, own, foreign


# -- migrations


def test_the_schema_goes_up_down_and_up_again_and_is_then_what_the_tables_say(store: Store) -> None:
    store.migrate("base")
    assert inspect(store.engine).get_table_names() == ["alembic_version"]
    assert not store.is_migrated()
    assert store.migrate() is True
    assert store.migrate() is False
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_composite_key_names_the_organisation_first() -> None:
    for table in Base.metadata.tables.values():
        for constraint in table.foreign_key_constraints:
            if len(constraint.elements) > 1:
                assert constraint.column_keys[0] == "organisation_id", (table.name, constraint.column_keys)


def test_an_owned_table_points_to_owned_tables_only_together_with_the_organisation() -> None:
    owned = {kind.__table__.name for kind in OWNED}
    for kind in OWNED:
        for constraint in kind.__table__.foreign_key_constraints:
            if constraint.referred_table.name in owned:
                assert "organisation_id" in constraint.column_keys, (kind.__name__, constraint.column_keys)


# -- engines


@pytest.fixture
def embedded(_sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what is about that engine alone."""
    shutil.copy(_sqlite_template, tmp_path / "embedded.db")
    made = Store(f"sqlite:///{tmp_path / 'embedded.db'}")
    yield made
    made.dispose()


def test_sqlite_runs_with_the_settings_that_keep_a_row(embedded: Store) -> None:
    with embedded.system() as session:
        pragmas = {
            name: session.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
        }
    assert pragmas == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30000, "synchronous": 2}


def test_sqlite_takes_the_write_lock_at_the_beginning_and_lets_readers_read_beside_it(
    embedded: Store,
) -> None:
    with embedded.system() as writer, embedded.system(write=False) as reader:
        writer.add(_county("99"))
        writer.flush()
        assert reader.scalar(select(func.count(Organisation.id))) == 0


def _county(number: str) -> Organisation:
    return Organisation(number=number, kind=OrganisationKind.county, name=number, form="fylkeskommune")


def test_a_wall_time_without_its_zone_is_refused(world: World) -> None:
    world.under_way("4601")
    naive = datetime(2027, 1, 12, 10)  # noqa: DTZ001  # the very thing that is refused
    with pytest.raises(StatementError, match="aware"), world.store.system() as session:
        session.execute(update(Delivery).values(due_at=naive))
    assert world.delivery().due_at is not None


def test_an_instant_comes_back_as_the_same_aware_instant(world: World) -> None:
    world.under_way("4601")
    due = world.delivery().due_at
    assert due is not None
    assert due.utcoffset() is not None
    assert (due - START).total_seconds() == 300


def test_an_error_of_the_store_shows_no_value(world: World) -> None:
    with pytest.raises(IntegrityError) as told, world.store.system() as session:
        session.execute(insert(Organisation), [{"number": "46", "kind": "county", "name": "canary-7"}])
    assert "canary-7" not in str(told.value)


# -- written once


def test_what_was_approved_moved_or_done_is_written_once(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=5)
    world.tick()
    for kind in (Snapshot, History, AuditEntry):
        table = kind.__table__.name
        before = _rows(world, table)
        assert before
        for statement in (f"UPDATE {table} SET organisation_id = organisation_id", f"DELETE FROM {table}"):
            with pytest.raises(DBAPIError, match="written once"), world.store.system() as session:
                session.execute(text(statement))
        assert _rows(world, table) == before


def _rows(world: World, table: str) -> list[Any]:
    with world.store.system(write=False) as session:
        return list(session.execute(text(f"SELECT * FROM {table} ORDER BY 1")))


# -- organisations kept apart


def test_a_scope_reads_and_writes_its_own_rows_alone(full: World) -> None:
    for kind, own, foreign in _kinds(full):
        key = inspect(kind).primary_key[0]
        with full.store.scope(full.actors["4601"]) as session:
            assert sorted(session.scalars(select(key).select_from(kind))) == sorted(own), kind
            assert session.scalar(select(func.count()).select_from(kind)) == len(own)
            assert session.get(kind, foreign[0]) is None
            twin = aliased(kind)
            assert session.scalars(select(twin).where(twin.organisation_id != _me(full))).all() == []
            same = {"organisation_id": kind.organisation_id}
            changed = session.execute(update(kind).where(key.in_(foreign)).values(same))
            gone = session.execute(delete(kind).where(key.in_(foreign)))
            assert (changed.rowcount, gone.rowcount) == (0, 0), kind
    assert [kind.__name__ for kind, *_ in _kinds(full)] == [kind.__name__ for kind in OWNED]


def _me(world: World) -> int:
    return world.places["4601"].id


def test_a_join_leads_into_no_other_organisation(full: World) -> None:
    with full.store.scope(full.actors["4601"]) as session:
        pairs = select(Organisation.number, Delivery.id).join(Delivery, Delivery.campaign_id > 0)
        assert {row[1] for row in session.execute(pairs)} == {full.delivery("4601").id}


def test_a_session_that_belongs_to_nobody_sees_and_writes_no_owned_row(full: World) -> None:
    with full.store._sessions() as session:
        for kind in OWNED:
            assert session.scalars(select(kind)).all() == []
            assert session.execute(delete(kind)).rowcount == 0
        session.add(_account(full, "4601"))
        with pytest.raises(PermissionError):
            session.flush()


def test_a_row_of_another_organisation_cannot_be_added_changed_or_given_away(full: World) -> None:
    def add(session: Session) -> None:
        session.add(_account(full, "4621"))

    def add_many(session: Session) -> None:
        row = {"organisation_id": full.places["4621"].id, "campaign_id": 1, "invited_at": full.now}
        session.execute(insert(Participation), [row])

    def add_inline(session: Session) -> None:
        session.execute(
            insert(Participation).values(organisation_id=_me(full), campaign_id=1, invited_at=full.now)
        )

    def give_away(session: Session) -> None:
        session.scalars(select(Account)).first().organisation_id = full.places["4621"].id

    for attempt in (add, add_many, add_inline, give_away):
        with pytest.raises(PermissionError), full.store.scope(full.actors["4601"]) as session:
            attempt(session)  # what is only flushed at the end is refused at the end


def _account(world: World, number: str) -> Account:
    return Account(
        organisation_id=world.places[number].id, platform="p", base="https://p.example", remote_id="x",
        handle="x", title="x", address="https://p.example/x", connected_at=world.now,
    )  # fmt: skip


def test_an_owner_reads_through_its_views_and_a_stranger_reads_nothing(full: World) -> None:
    campaign = full.campaign()
    with full.store.scope(full.actors["46"], write=False) as session:
        assert len(views.deliveries(session, campaign)) == 2
        assert len(views.participations(session, campaign)) == 3
        assert views.figures(session, campaign, 0)
    with full.store.scope(full.actors["4636"], write=False) as session:
        assert views.deliveries(session, campaign) == []
        assert views.figures(session, campaign, 0) == []
        assert [place.number for _, place in views.participations(session, campaign)] == ["4636"]


def test_only_the_owner_of_a_campaign_writes_invitations_to_it(full: World) -> None:
    for number in ("4601", "4636"):
        with pytest.raises(PermissionError), full.store.scope(full.actors[number]) as session:
            views.add_invitations(session, full.campaign(), [full.places[number].id], now=full.now)


def test_a_delivery_cannot_point_into_another_organisation(full: World) -> None:
    mine, theirs = full.delivery("4601"), full.delivery("4621")
    for column in ("account_id", "participation_id", "snapshot_hash"):
        foreign = {column: getattr(theirs, column)}
        with pytest.raises(IntegrityError), full.store.system() as session:
            session.execute(update(Delivery).where(Delivery.id == mine.id).values(foreign))
        assert getattr(full.delivery("4601"), column) == getattr(mine, column)
