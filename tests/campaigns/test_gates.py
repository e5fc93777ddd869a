"""The gates: one list for release, claim, note and for what a page says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations

import pytest
from sqlalchemy import delete, update
from sqlalchemy.orm import Session
from world import World

from campaigns import gates
from campaigns.pauses import pause
from campaigns.store import (
    Account,
    AccountState,
    Answer,
    Approval,
    Campaign,
    Choice,
    Delivery,
    Hold,
    HoldLevel,
    Media,
    MessageChoice,
    MessagePicture,
    Organisation,
    Participation,
    Pause,
    Snapshot,
)

Change = Callable[[World, Session], None]


def _all(table: type) -> object:
    return update(table).execution_options(synchronize_session=False)


def _hold(world: World, session: Session) -> None:
    session.add(Hold(level=HoldLevel.everything, set_at=world.now, reason=""))


def _campaign(world: World, session: Session) -> None:
    session.execute(_all(Campaign).values(closed_at=world.now))


def _answer(world: World, session: Session) -> None:
    session.execute(_all(Participation).values(answer=Answer.later))


def _planned(world: World, session: Session) -> None:
    session.execute(_all(Campaign).values(version=Campaign.version + 1))


def _changed(world: World, session: Session) -> None:
    session.execute(_all(Delivery).values(approval_fell_at=world.now))


def _late_fact(world: World, session: Session) -> None:
    session.execute(_all(Delivery).values(wording_hash="f" * 64))


def _second_person(world: World, session: Session) -> None:
    session.execute(_all(Delivery).values(approvals_needed=2))


def _approval(world: World, session: Session) -> None:
    session.execute(_all(Approval).values(withdrawn_at=world.now))


def _account(world: World, session: Session) -> None:
    session.execute(_all(Account).values(state=AccountState.paused))


def _pause(world: World, session: Session) -> None:
    one = world.delivery()
    pause(session, "instance", one.account_id, one.platform, until=world.now + timedelta(hours=9), code="x")


def _rights(world: World, session: Session) -> None:
    media = Media(
        organisation_id=world.places["46"].id, sha256="0" * 64, mime="image/jpeg", width=1, height=1, size=1,
        stored_at=world.now,
    )  # fmt: skip
    session.add(media)
    session.flush()
    session.add(
        MessagePicture(
            message_id=world.delivery().message_id, media_id=media.id, position=0, alt={}, focus=[0, 0],
            credit="", licence="", consent="S-1", valid_until=world.now,
        )
    )  # fmt: skip


def _predecessor(world: World, session: Session) -> None:
    one = world.delivery()
    first = Delivery(
        **{
            name: getattr(one, name)
            for name in ("organisation_id", "owner_id", "county_id", "campaign_id", "participation_id",
                         "message_id", "account_id", "platform")
        },
        kind="part", position=1, key="another",
    )  # fmt: skip
    session.add(first)
    session.flush()
    session.execute(_all(Delivery).where(Delivery.id == one.id).values(predecessor_id=first.id))


def _quiet(world: World, session: Session) -> None:
    world.now = world.now.replace(hour=22)
    session.execute(_all(Delivery).values(late_at=world.now + timedelta(hours=1)))


def _by_hand(world: World, session: Session) -> None:
    session.execute(_all(Delivery).values(platform="manual"))


CLOSE: dict[str, Change] = {
    "gate.held": _hold,
    "gate.campaign_not_active": _campaign,
    "gate.not_taking_part": _answer,
    "gate.being_planned": _planned,
    "gate.changed_after_approval": _changed,
    "gate.late_fact": _late_fact,
    "gate.not_approved": _approval,
    "gate.second_person": _second_person,
    "gate.account_not_connected": _account,
    "gate.paused": _pause,
    "gate.picture_rights": _rights,
    "gate.predecessor": _predecessor,
    "gate.quiet_hours": _quiet,
    "gate.by_hand": _by_hand,
}


def _due(world: World) -> int:
    world.under_way("4601", late_after=24 * 60)
    world.wait(minutes=5)
    return world.delivery().id


def _closed(world: World, delivery: int) -> list[str]:
    with world.store.system(write=False) as session:
        return gates.why_not_yet(session, delivery, world.now)


def test_every_gate_has_a_way_to_close_it_here() -> None:
    assert [one.code for one in gates.GATES] == list(CLOSE)


def test_with_every_gate_open_it_is_released(world: World) -> None:
    delivery = _due(world)
    assert _closed(world, delivery) == []
    world.clock.release()
    assert world.history(delivery)[:1] == ["release"]


@pytest.mark.parametrize("code", CLOSE)
def test_one_closed_gate_keeps_it_back_and_is_named(world: World, code: str) -> None:
    delivery = _due(world)
    with world.store.system() as session:
        CLOSE[code](world, session)
    assert _closed(world, delivery) == [code]
    world.wait()
    world.clock.release()
    assert world.history(delivery) == []
    assert world.live() == []


def test_closed_gates_are_named_together_in_their_order(world: World) -> None:
    delivery = _due(world)
    codes = [code for code in CLOSE if code != "gate.quiet_hours"]
    for first, second in list(combinations(codes, 2))[::7]:
        with world.store.system() as session:
            savepoint = session.begin_nested()
            for code in (first, second):
                CLOSE[code](world, session)
            session.flush()
            assert gates.why_not_yet(session, delivery, world.now) == [first, second]
            savepoint.rollback()


@pytest.mark.parametrize(
    "code", ["gate.held", "gate.not_taking_part", "gate.not_approved", "gate.account_not_connected"]
)
def test_a_gate_that_closes_between_release_and_claim_sends_it_back(world: World, code: str) -> None:
    delivery = _due(world)

    def close_first(errand: str, platform: str, ids: object) -> None:
        with world.store.system() as session:
            CLOSE[code](world, session)
        world.carry_out("publish", platform, [delivery])

    world.deliver = close_first
    world.clock.release()
    assert world.history(delivery) == ["release", "recall"]
    assert world.states() == ["planned"]
    assert world.live() == []


def test_an_exception_for_one_message_keeps_that_message_back(world: World) -> None:
    delivery = _due(world)
    one = world.delivery()
    for choice, closed in ((Choice.undecided, True), (Choice.joined, False), (Choice.out, True)):
        with world.store.system() as session:
            session.execute(delete(MessageChoice))
            session.add(
                MessageChoice(
                    organisation_id=one.organisation_id, participation_id=one.participation_id,
                    message_id=one.message_id, choice=choice,
                )
            )  # fmt: skip
        assert _closed(world, delivery) == (["gate.not_taking_part"] if closed else [])


def test_a_missing_row_counts_as_closed(world: World) -> None:
    delivery = _due(world)
    with world.store.system() as session:
        session.execute(_all(Delivery).values(snapshot_hash=None))
    assert _closed(world, delivery) == ["gate.not_approved"]
    assert _closed(world, delivery + 1000) == ["gate.unknown"]


def test_an_approval_of_another_snapshot_opens_nothing(world: World) -> None:
    delivery = _due(world)
    one = world.delivery()
    with world.store.system() as session:
        session.add(
            Snapshot(organisation_id=one.organisation_id, hash="f" * 64, body="{}", stored_at=world.now)
        )
        session.flush()
        session.execute(_all(Delivery).values(snapshot_hash="f" * 64))
    assert _closed(world, delivery) == ["gate.not_approved"]


def test_a_pause_reaches_what_its_scope_says_and_ends_by_itself(world: World) -> None:
    world.under_way("4601", "4621", to="mastodon, bluesky", late_after=24 * 60)
    world.wait(minutes=5)
    mine = {one.platform: one for one in world.deliveries("4601")}["mastodon"]

    def kept_back() -> set[tuple[int, str]]:
        return {(one.organisation_id, one.platform) for one in world.deliveries() if _closed(world, one.id)}

    everybody = {one.organisation_id for one in world.deliveries()}
    expected = {
        "account": {(mine.organisation_id, "mastodon")},
        "app": {(place, "mastodon") for place in everybody},
        "instance": {(place, "mastodon") for place in everybody},
    }
    for scope, reached in expected.items():
        with world.store.system() as session:
            session.execute(delete(Pause))
            pause(
                session, scope, mine.account_id, "mastodon", until=world.now + timedelta(minutes=1), code="x"
            )  # type: ignore[arg-type]
            pause(session, scope, mine.account_id, "mastodon", until=world.now, code="shorter")  # type: ignore[arg-type]
        assert kept_back() == reached
    world.wait(minutes=1)
    assert kept_back() == set()


def test_a_municipality_without_quiet_hours_sends_at_night(world: World) -> None:
    delivery = _due(world)
    with world.store.system() as session:
        _quiet(world, session)
        session.execute(_all(Organisation).values(quiet_hours=False))
    assert _closed(world, delivery) == []
