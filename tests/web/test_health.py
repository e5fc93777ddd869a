from datetime import timedelta

import pytest
from sqlalchemy import update
from stage import NOW, Stage

from campaigns.states import State
from campaigns.store import Approval, ApprovalKind, Instance, Person, Snapshot, Store
from reports.health import PATIENCE, health

WELL = {
    "database": True,
    "migrated": True,
    "ticking": True,
    "released": True,
    "claimed": True,
    "settled": True,
}
LONG_AGO = NOW - PATIENCE - timedelta(seconds=1)


@pytest.fixture
def deliver(store):
    """Return a function that puts one delivery into the store, with every gate open."""

    def put(state: State, **more: object) -> None:
        with store.system() as session:
            stage = Stage(session)
            place = stage.organisation("4601", "Bergen")
            place.quiet_hours = False
            part = stage.joins(stage.campaign(), place)
            person = stage.add(Person(name="Kari", mail="kari@example.no"))
            snapshot = stage.add(Snapshot(organisation_id=place.id, hash="a" * 64, body="{}", stored_at=NOW))
            stage.add(
                Approval(
                    organisation_id=place.id, snapshot_hash=snapshot.hash, kind=ApprovalKind.final,
                    person_id=person.id, at=NOW, how="web", withdrawn_at=None,
                )
            )  # fmt: skip
            stage.delivery(part, stage.account(place, "b"), state, snapshot_hash=snapshot.hash, **more)

    return put


def test_an_instance_with_nothing_to_do_is_well(browse):
    answer = browse("/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": WELL}


@pytest.mark.parametrize(
    ("check", "state", "more"),
    [
        ("released", State.planned, {"next_try_at": LONG_AGO}),
        ("claimed", State.queued, {"at": LONG_AGO}),
        ("settled", State.publishing, {"lease_until": LONG_AGO}),
    ],
)
def test_what_stands_still_for_a_minute_is_trouble(browse, deliver, check, state, more):
    deliver(state, **more)
    answer = browse("/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "trouble", "checks": WELL | {check: False}}


@pytest.mark.parametrize("seen_at", [None, LONG_AGO], ids=["never", "long ago"])
def test_a_clock_that_is_not_seen_is_trouble_before_anything_is_late(browse, store, seen_at):
    with store.system() as session:
        session.execute(update(Instance).values(clock_seen_at=seen_at))
    assert browse("/health").json() == {"status": "trouble", "checks": WELL | {"ticking": False}}


@pytest.mark.parametrize(
    ("state", "more"),
    [
        (State.planned, {"next_try_at": NOW - timedelta(seconds=1)}),
        (State.planned, {"next_try_at": LONG_AGO, "late_at": NOW}),
        (State.planned, {"next_try_at": LONG_AGO, "approval_fell_at": NOW}),
        (State.queued, {"next_try_at": LONG_AGO, "at": NOW}),
        (State.publishing, {"lease_until": NOW - timedelta(seconds=1)}),
        (State.failed, {}),
        (State.missed, {}),
    ],
)
def test_what_moves_waits_for_a_person_or_is_settled_is_no_trouble_of_ours(browse, deliver, state, more):
    deliver(state, **more)
    assert browse("/health").json()["checks"] == WELL


def test_a_database_without_tables_is_trouble(tmp_path):
    empty = Store(f"sqlite:///{tmp_path / 'empty.db'}")
    found = health(empty, now=NOW)
    empty.dispose()
    assert (found.database, found.migrated, found.released, found.well) == (True, False, None, False)


def test_a_database_that_does_not_answer_is_trouble(tmp_path):
    (tmp_path / "broken.db").write_text("this is no database", "utf-8")
    broken = Store(f"sqlite:///{tmp_path / 'broken.db'}")
    found = health(broken, now=NOW)
    broken.dispose()
    assert found.as_json() == {
        "status": "trouble",
        "checks": {
            "database": False,
            "migrated": None,
            "ticking": None,
            "released": None,
            "claimed": None,
            "settled": None,
        },
    }
