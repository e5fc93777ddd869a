"""Gates in pairs and in ruins: what the release query obeys is what why_not_yet says, and what is unknown is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from world import World

from campaigns.deliveries import release
from campaigns.gates import GATES, why_not_yet
from campaigns.states import State
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
)

Closer = Callable[[Session, Delivery, datetime], None]
NIGHT = timedelta(hours=13)
"""From the due time, 10:05 in Oslo, to 23:05."""


def mine(session: Session, kind: type, **values: object) -> None:
    """Change all rows of a table; there is one municipality."""
    session.execute(update(kind).values(**values))


def set_hold(session: Session, delivery: Delivery, now: datetime) -> None:
    session.add(Hold(level=HoldLevel.everything, set_at=now, reason=""))


def close_campaign(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Campaign, closed_at=now)


def not_begun(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Campaign, active_at=None)


def say_no(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Participation, answer=Answer.out)


def stay_silent(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Participation, answer=Answer.unanswered)


def say_later(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Participation, answer=Answer.later)


def choose(choice: Choice) -> Closer:
    def close(session: Session, delivery: Delivery, now: datetime) -> None:
        session.add(
            MessageChoice(
                organisation_id=delivery.organisation_id, participation_id=delivery.participation_id,
                message_id=delivery.message_id, choice=choice,
            )
        )  # fmt: skip

    return close


def correct(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Campaign, version=Campaign.version + 1)


def change_after(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Delivery, approval_fell_at=now)


def withdraw_approval(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Approval, withdrawn_at=now)


def never_approved(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Delivery, snapshot_hash=None)


def lose_login(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Account, state=AccountState.login_lost)


def rest(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Account, state=AccountState.paused)


def pause(scope: str) -> Closer:
    def close(session: Session, delivery: Delivery, now: datetime) -> None:
        base = session.scalars(select(Account.base).where(Account.id == delivery.account_id)).one()
        target = {"account": str(delivery.account_id), "app": delivery.platform, "instance": base}[scope]
        until = now + timedelta(seconds=1)
        session.add(Pause(scope=scope, target=target, until=until, code="connector.rate_limited"))

    return close


def end_consent(session: Session, delivery: Delivery, now: datetime) -> None:
    media = Media(
        organisation_id=delivery.owner_id,
        sha256="0" * 64,
        mime="image/jpeg",
        width=1,
        height=1,
        size=1,
        stored_at=now,
    )
    session.add(media)
    session.flush()
    session.add(
        MessagePicture(
            message_id=delivery.message_id, media_id=media.id, position=0, alt={}, focus=[0, 0],
            credit="", licence="", valid_until=now,
        )
    )  # fmt: skip


def only_word(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Delivery, wording_hash="f" * 64)


def ask_two(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Delivery, approvals_needed=2)


def follow_a_later_one(session: Session, delivery: Delivery, now: datetime) -> None:
    first = Delivery(
        **{
            column.name: getattr(delivery, column.name)
            for column in Delivery.__table__.columns
            if column.name not in {"id", "key", "position"}
        },
        key="first", position=1,
    )  # fmt: skip
    first.due_at = first.next_try_at = now + timedelta(days=1)
    session.add(first)
    session.flush()
    session.execute(update(Delivery).where(Delivery.id == delivery.id).values(predecessor_id=first.id))


def night(session: Session, delivery: Delivery, now: datetime) -> None:
    """Nothing to write: it is later."""


def by_hand(session: Session, delivery: Delivery, now: datetime) -> None:
    mine(session, Delivery, platform="manual")


CLOSERS: dict[str, tuple[Closer, ...]] = {
    "gate.held": (set_hold,),
    "gate.campaign_not_active": (close_campaign, not_begun),
    "gate.not_taking_part": (say_no, stay_silent, say_later, choose(Choice.out), choose(Choice.undecided)),
    "gate.being_planned": (correct,),
    "gate.changed_after_approval": (change_after,),
    "gate.late_fact": (only_word,),
    "gate.not_approved": (withdraw_approval, never_approved),
    "gate.second_person": (ask_two,),
    "gate.account_not_connected": (lose_login, rest),
    "gate.paused": (pause("account"), pause("app"), pause("instance")),
    "gate.picture_rights": (end_consent,),
    "gate.predecessor": (follow_a_later_one,),
    "gate.quiet_hours": (night,),
    "gate.by_hand": (by_hand,),
}


class Undone(Exception):
    """Ends a trial without keeping it."""


@contextmanager
def trial(world: World) -> Iterator[Session]:
    """Open a transaction that is rolled back."""
    try:
        with world.store.system() as session:
            yield session
            raise Undone
    except Undone:
        pass


@pytest.fixture
def delivery(world: World) -> Delivery:
    """One delivery that is due, with every gate open."""
    world.under_way("4601", late_after=1440)
    world.wait(minutes=5)
    return world.delivery()


def released(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Return whether a release takes the delivery, and hold it against the row."""
    due, generation = release(session, now=now)
    state = session.scalar(select(Delivery.state).where(Delivery.id == delivery.id))
    took = [one.id for one in due if one.id == delivery.id] == [delivery.id]
    assert took == (state == State.queued)
    assert (generation is not None) == bool(due)
    return took


def check(world: World, delivery: Delivery, closers: tuple[Closer, ...], closed: list[str]) -> None:
    """Close gates and hold release and why_not_yet against each other."""
    now = world.now + (NIGHT if night in closers else timedelta())
    with trial(world) as session:
        for close in closers:
            close(session, delivery, now)
        session.flush()
        assert why_not_yet(session, delivery.id, now) == closed
        assert released(session, delivery, now) == (not closed)


def test_every_gate_can_be_closed_here() -> None:
    assert [gate.code for gate in GATES] == list(CLOSERS)


def test_every_way_to_close_one_gate_keeps_it_back_and_names_that_gate(
    world: World, delivery: Delivery
) -> None:
    for code, closers in CLOSERS.items():
        for close in closers:
            check(world, delivery, (close,), [code])
    check(world, delivery, (), [])


def test_any_two_gates_closed_keep_it_back_and_both_are_named_in_order(
    world: World, delivery: Delivery
) -> None:
    order = list(CLOSERS)
    for first, second in combinations(order, 2):
        check(world, delivery, (CLOSERS[first][0], CLOSERS[second][-1]), [first, second])


def test_everything_closed_names_everything_and_is_open_again_afterwards(
    world: World, delivery: Delivery
) -> None:
    check(world, delivery, tuple(closers[0] for closers in CLOSERS.values()), list(CLOSERS))
    check(world, delivery, (), [])


def test_what_is_closed_elsewhere_keeps_nobody_back(world: World) -> None:
    world.under_way("4601", "4621")
    world.wait(minutes=5)
    bergen, voss = world.deliveries()
    with trial(world) as session:
        for one in (
            Hold(level=HoldLevel.account, account_id=voss.account_id, set_at=world.now, reason=""),
            Hold(level=HoldLevel.municipality, target_id=voss.organisation_id, set_at=world.now, reason=""),
            Hold(level=HoldLevel.county, target_id=voss.organisation_id, set_at=world.now, reason=""),
            Hold(level=HoldLevel.everything, set_at=world.now, lifted_at=world.now, reason=""),
            Pause(scope="account", target=str(voss.account_id), until=world.now + NIGHT, code="x"),
            Pause(scope="app", target="bluesky", until=world.now + NIGHT, code="x"),
            Pause(scope="instance", target="https://elsewhere.example", until=world.now + NIGHT, code="x"),
            Pause(scope="account", target=str(bergen.account_id), until=world.now, code="over"),
        ):
            session.add(one)
        session.flush()
        assert why_not_yet(session, bergen.id, world.now) == []
        assert why_not_yet(session, voss.id, world.now) == ["gate.held", "gate.paused"]
        assert released(session, bergen, world.now)


def test_preparedness_goes_out_at_night_and_so_do_those_without_quiet_hours(
    world: World, delivery: Delivery
) -> None:
    tonight = world.now + NIGHT
    with trial(world) as session:
        mine(session, Delivery, ignores_quiet=True)
        assert released(session, delivery, tonight)
    with trial(world) as session:
        mine(session, Organisation, quiet_hours=False)
        assert released(session, delivery, tonight)


def test_not_yet_due_and_too_late_are_not_released_though_no_gate_is_closed(
    world: World, delivery: Delivery
) -> None:
    for now in (world.now - timedelta(microseconds=1), world.now + timedelta(days=1)):
        with trial(world) as session:
            assert why_not_yet(session, delivery.id, now) == []
            assert not released(session, delivery, now)


BROKEN = {
    "a campaign that is not there": "UPDATE delivery SET campaign_id = 10000",
    "a participation that is not there": "UPDATE delivery SET participation_id = 10000",
    "an account that is not there": "UPDATE delivery SET account_id = 10000",
    "an organisation that is not there": "UPDATE delivery SET organisation_id = 10000",
    "an unknown answer": "UPDATE participation SET answer = 'perhaps'",
    "an unknown state of an account": "UPDATE account SET state = 'odd'",
    "an unknown kind of approval": "UPDATE approval SET kind = 'verbal'",
    "an approval of somebody else": "UPDATE approval SET organisation_id = 1",
    "a predecessor that is not there": "UPDATE delivery SET predecessor_id = 10000",
    "a hold of an unknown level": "INSERT INTO hold (level, set_at, reason) VALUES ('universe', '2027-01-01', '')",
    "a hold without its target": "INSERT INTO hold (level, set_at, reason) VALUES ('municipality', '2027-01-01', '')",
    "a hold without its account": "INSERT INTO hold (level, set_at, reason) VALUES ('account', '2027-01-01', '')",
}


def test_what_cannot_be_known_counts_as_closed(world: World, delivery: Delivery) -> None:
    unchecked = (
        "PRAGMA defer_foreign_keys=ON"
        if world.store.embedded
        else "SET LOCAL session_replication_role = replica"
    )
    for name, statement in BROKEN.items():
        with trial(world) as session:
            session.execute(text(unchecked))
            session.execute(text(statement))
            assert why_not_yet(session, delivery.id, world.now) != [], name
            assert not released(session, delivery, world.now), name


def test_a_gate_that_fails_releases_nothing(world: World, delivery: Delivery) -> None:
    for table in (
        "hold",
        "campaign",
        "participation",
        "message_choice",
        "approval",
        "pause",
        "message_picture",
    ):
        with trial(world) as session:
            session.execute(text(f"ALTER TABLE {table} RENAME TO lost"))
            with pytest.raises(DBAPIError):
                release(session, now=world.now)


def test_a_gate_that_failed_is_open_again_once_it_is_mended(world: World, delivery: Delivery) -> None:
    with world.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hold RENAME TO lost"))
    with pytest.raises(DBAPIError):
        world.clock.release()
    assert world.states() == ["planned"]
    with world.store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE lost RENAME TO hold"))
    world.tick()
    assert world.states() == ["published"]


def test_the_count_of_a_release_is_the_instances_generation(world: World, delivery: Delivery) -> None:
    with world.store.system() as session:
        assert release(session, now=world.now)[1] == 1
        assert release(session, now=world.now) == ([], None)
        assert session.scalar(select(func.count(Delivery.id)).where(Delivery.state == State.queued)) == 1
