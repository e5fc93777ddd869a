"""Release, claim, note and settle: one at a time, never too late, and never by a worker whose time is over."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from passing import let_pass, lies
from sqlalchemy import delete, event, select, text, update
from world import World

from campaigns import attempts, deliveries, holds, recovery
from campaigns.attempts import CALL_LEASE, CLAIM_LEASE, Claimed
from campaigns.states import State
from campaigns.store import Account, AccountState, Attempt, Delivery, HoldLevel, Pause, SealedLogin
from campaigns.vault import KeysProblem
from connectors.base import Receipt
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, OutOfCredit, RateLimited, Refused
from workers.broker import MOST_ID
from workers.publish import publish

LITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def queued(world: World) -> World:
    """A world whose one delivery is released, and its nudge lost."""
    world.under_way("4601")
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    world.deliver = world.carry_out
    assert world.states() == ["queued"]
    return world


def claim(world: World) -> Claimed:
    with world.store.system() as session:
        (one,) = attempts.claim(session, [world.delivery().id], worker="test", now=world.now)
    return one


def note(world: World, one: Claimed) -> bool:
    with world.store.system() as session:
        return attempts.note(session, [(one, {"media": []})], now=world.now) == {one.id}


def settle(world: World, one: Claimed, outcome: Receipt | ConnectorError) -> bool:
    with world.store.system() as session:
        return attempts.settle(session, [(one, outcome)], now=world.now) == {one.id}


def recover(world: World) -> None:
    with world.store.system() as session:
        recovery.recover(session, now=world.now)


def at_once(count: int, work: Callable[[int], int]) -> list[int]:
    """Do the work in so many threads that all begin at the same moment."""
    gate = threading.Barrier(count)

    def begin(turn: int) -> int:
        gate.wait(timeout=60)
        return work(turn)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def test_twenty_threads_claim_one_delivery_and_one_gets_it(queued: World) -> None:
    number = queued.delivery().id

    def try_it(turn: int) -> int:
        with queued.store.system() as session:
            return len(attempts.claim(session, [number], worker=f"worker {turn}", now=queued.now))

    assert sum(at_once(20, try_it)) == 1
    assert queued.delivery().attempt == 1
    assert queued.history(number) == ["release", "claim"]
    with queued.store.system(write=False) as session:
        assert len(session.scalars(select(Attempt.id)).all()) == 1


def test_twenty_clocks_release_each_delivery_once(world: World) -> None:
    messages = [World.message(f"m{turn}", words=f"Nummer {turn}:") for turn in range(8)]
    world.under_way("4601", "4621", "4636", messages=messages)
    world.wait(minutes=5)

    def try_it(turn: int) -> int:
        with world.store.system() as session:
            return len(deliveries.release(session, now=world.now)[0])

    assert sum(at_once(20, try_it)) == 24
    assert all(world.history(one.id) == ["release"] for one in world.deliveries())


def test_an_old_attempt_cannot_settle_a_newer_one(queued: World) -> None:
    old = claim(queued)
    queued.wait(seconds=CLAIM_LEASE.total_seconds() + 1)
    recover(queued)
    assert queued.states() == ["planned"]
    queued.deliver = lambda errand, platform, ids: None
    queued.tick()
    new = claim(queued)
    assert (old.attempt, new.attempt) == (1, 2)
    assert not note(queued, old)
    before = queued.history(new.id)
    for outcome in (Receipt("1", "http://x"), Refused(), NotSent(), OutcomeUnknown()):
        assert not settle(queued, old, outcome)
    assert queued.delivery().state == State.publishing
    assert queued.history(new.id) == before
    assert note(queued, new)
    assert settle(queued, new, Receipt("2", "http://y"))
    assert queued.delivery().remote_id == "2"


@LITE
def test_a_worker_that_comes_back_after_its_lease_with_a_receipt_is_believed(queued: World) -> None:
    one = claim(queued)
    assert note(queued, one)
    queued.wait(seconds=CALL_LEASE.total_seconds() + 1)
    recover(queued)
    assert queued.delivery().state == State.unsure
    assert settle(queued, one, Receipt("7", "http://x"))
    assert queued.delivery().state == State.published


@LITE
def test_a_lease_that_ran_out_before_the_note_proves_that_nothing_was_sent(queued: World) -> None:
    one = claim(queued)
    queued.wait(seconds=CLAIM_LEASE.total_seconds() + 1)
    assert not note(queued, one), "whose lease is over may not begin the call"
    recover(queued)
    assert queued.delivery().state == State.planned
    assert queued.delivery().called_at is None


@LITE
def test_nothing_is_claimed_when_it_has_become_too_late_whoever_wakes_first(queued: World) -> None:
    queued.wait(hours=2)
    queued.carry_out("publish", "mastodon", [queued.delivery().id])
    assert queued.live() == []
    let_pass(queued, minutes=1)
    assert (queued.delivery().state, queued.delivery().reason) == (State.missed, "delivery.too_late")


@LITE
def test_what_became_too_late_while_it_was_prepared_is_not_called(queued: World) -> None:
    queued.wait(minutes=59, seconds=58)
    one = claim(queued)
    queued.wait(seconds=2)
    assert not note(queued, one)
    with queued.store.system() as session:
        attempts.step_back(session, [one], now=queued.now)
    let_pass(queued, minutes=1)
    assert queued.delivery().state == State.missed
    assert queued.live() == []


def test_a_gate_that_closes_after_the_first_note_takes_it_back_as_never_sent(queued: World) -> None:
    one = claim(queued)
    assert note(queued, one)
    with queued.store.system() as session:
        hold = holds.set_hold(session, HoldLevel.everything, now=queued.now)
    assert not note(queued, one), "a note that took too long is made again, and the stop came between"
    with queued.store.system() as session:
        attempts.step_back(session, [one], now=queued.now)
    found = queued.delivery()
    assert (found.state, found.noted_at, found.called_at) == (State.planned, None, None)
    with queued.store.system() as session:
        assert holds.slipped_out(session, hold) == []
    with queued.store.system() as session:
        holds.lift_hold(session, session.merge(hold), now=queued.now)
    let_pass(queued, seconds=10)
    assert queued.delivery().state == State.published
    assert lies(queued) == []


@LITE
def test_what_was_called_in_an_earlier_attempt_stays_known_when_a_later_one_steps_back(queued: World) -> None:
    first = claim(queued)
    assert note(queued, first)
    called_at = queued.now
    assert settle(queued, first, NotSent())
    queued.deliver = lambda errand, platform, ids: None
    queued.wait(seconds=10)
    queued.tick()
    second = claim(queued)
    with queued.store.system() as session:
        attempts.step_back(session, [second], now=queued.now)
    assert queued.delivery().called_at == called_at


def test_many_workers_told_to_slow_down_at_once_all_write_it_down(world: World) -> None:
    world.under_way("4601", "4621", "4636")
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    with world.store.system() as session:
        ids = [one.id for one in world.deliveries()]
        claimed = attempts.claim(session, ids, worker="test", now=world.now)
    slow = RateLimited(wait=timedelta(minutes=5), scope="instance")
    assert at_once(3, lambda turn: settle(world, claimed[turn], slow)) == [True, True, True]
    assert set(world.states()) == {"planned"}
    with world.store.system(write=False) as session:
        assert session.scalars(select(Pause.until)).all() == [world.now + timedelta(minutes=5)]


def settled(world: World, outcome: ConnectorError) -> Delivery:
    one = claim(world)
    assert note(world, one)
    assert settle(world, one, outcome)
    return world.delivery()


@LITE
def test_waits_grow_and_a_platforms_own_wait_only_lengthens_them(queued: World) -> None:
    waits: list[float] = []
    queued.deliver = lambda errand, platform, ids: None
    for _ in range(9):
        found = settled(queued, NotSent(wait=timedelta(0)))
        assert found.next_try_at is not None
        waits.append((found.next_try_at - queued.now).total_seconds())
        queued.wait(seconds=waits[-1])
        queued.tick()
    assert waits == [2, 5, 15, 30, 60, 120, 300, 300, 300]
    found = settled(queued, NotSent(wait=timedelta(minutes=20)))
    assert found.next_try_at == queued.now + timedelta(minutes=20)


@LITE
def test_out_of_credit_pauses_what_it_names(queued: World) -> None:
    found = settled(queued, OutOfCredit(scope="app"))
    assert found.state == State.planned
    with queued.store.system(write=False) as session:
        assert session.execute(select(Pause.scope, Pause.target)).all() == [("app", "mastodon")]


@LITE
def test_an_error_without_a_class_of_its_own_counts_as_in_doubt(queued: World) -> None:
    assert settled(queued, ConnectorError()).state == State.unsure


@LITE
def test_the_attempts_tell_who_tried_when_and_how_it_ended(queued: World) -> None:
    one = claim(queued)
    assert note(queued, one)
    queued.wait(seconds=3)
    assert settle(queued, one, NotSent(diagnostic="host: ConnectTimeout"))
    with queued.store.system(write=False) as session:
        (attempt,) = session.scalars(select(Attempt)).all()
    assert (attempt.number, attempt.worker, attempt.outcome) == (1, "test", "connector.not_sent")
    assert attempt.diagnostic == "host: ConnectTimeout"
    assert attempt.settled_at == queued.now
    assert attempt.noted_at == queued.now - timedelta(seconds=3)


@LITE
def test_a_handle_that_is_of_no_use_any_more_is_thrown_away(queued: World) -> None:
    assert settled(queued, NotSent()).handle == {"media": []}
    queued.deliver = lambda errand, platform, ids: None
    queued.wait(seconds=10)
    queued.tick()
    assert settled(queued, NotSent(prepare_again=True)).handle is None


def test_a_snapshot_that_was_altered_is_refused_and_nothing_is_sent(queued: World) -> None:
    number = queued.delivery().id
    off = (
        "DROP TRIGGER snapshot_stays_update"
        if queued.store.embedded
        else "DROP TRIGGER snapshot_stays ON snapshot"
    )
    with queued.store.engine.begin() as connection:
        connection.execute(text(off))
        connection.execute(text("UPDATE snapshot SET body = replace(body, 'Hei', 'Hallo')"))
    queued.carry_out("publish", "mastodon", [number])
    assert (queued.delivery().state, queued.delivery().reason) == (State.failed, "delivery.tampered")
    assert queued.calls() == []


@LITE
def test_an_account_that_is_another_than_was_approved_gets_nothing(queued: World) -> None:
    (other,) = queued.connect("4601", ["bluesky"])
    with queued.store.system() as session:
        session.execute(update(Delivery).values(account_id=other))
    queued.carry_out("publish", "mastodon", [queued.delivery().id])
    assert (queued.delivery().state, queued.delivery().reason) == (State.failed, "delivery.other_account")
    assert queued.calls() == []


@LITE
def test_a_login_that_was_moved_to_another_account_cannot_be_opened(queued: World) -> None:
    with queued.store.system() as session:
        session.execute(update(Account).values(remote_id="999"))
    queued.carry_out("publish", "mastodon", [queued.delivery().id])
    assert (queued.delivery().state, queued.delivery().reason) == (State.planned, "account.cannot_open")
    assert queued.account(queued.delivery().account_id).state == AccountState.login_lost
    assert queued.calls() == []


def test_the_largest_id_a_nudge_may_name_is_a_question_the_store_can_answer(queued: World) -> None:
    queued.carry_out("publish", "mastodon", [MOST_ID])
    queued.carry_out("look", "mastodon", [MOST_ID])
    queued.carry_out("measure", "mastodon", [MOST_ID])
    assert queued.states() == ["queued"]


def test_a_handful_costs_hardly_more_statements_than_one(world: World) -> None:
    world.under_way("4601", "4621", "4636")
    world.wait(minutes=5)
    world.deliver = lambda errand, platform, ids: None
    world.tick()
    ids = [one.id for one in world.deliveries()]
    counts = []
    for some in (ids[:1], ids[1:]):
        made: list[str] = []
        count = partial(_count, made)
        event.listen(world.store.engine, "before_cursor_execute", count)
        publish(world.desk, some)
        event.remove(world.store.engine, "before_cursor_execute", count)
        counts.append(len([one for one in made if not one.startswith("BEGIN")]))
    assert set(world.states()) == {"published"}
    assert counts[0] <= 16
    assert counts[1] <= counts[0] + 8, "the second of them is noted with the settling of the first"


def _count(made: list[str], _connection: object, _cursor: object, statement: str, *_: object) -> None:
    made.append(statement)


@LITE
def test_a_login_in_disorder_takes_no_other_accounts_posts_with_it(world: World) -> None:
    world.under_way("4601", "4621", to="bluesky")
    world.wait(minutes=5)
    with world.store.system() as session:
        bergen = world.delivery("4601").account_id
        lost = (SealedLogin.account_id == bergen, SealedLogin.field == "access")
        session.execute(delete(SealedLogin).where(*lost))
    world.tick()
    assert (world.delivery("4601").state, world.delivery("4621").state) == (State.planned, State.published)
    assert world.delivery("4601").reason == "delivery.internal_fault"


@LITE
def test_keys_that_cannot_be_read_put_off_everything_that_was_claimed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.under_way("4601", "4621")
    world.wait(minutes=5)

    def broken(*_: object) -> dict[int, object]:
        raise KeysProblem("keys.json")

    monkeypatch.setattr(world.desk, "logins", broken)
    world.tick()
    assert set(world.states()) == {"planned"}, "put off, and not left under a lease"
    assert world.calls() == []
