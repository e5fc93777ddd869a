"""Lanes: a slow platform holds no more than its own hands, and nothing offered is lost while the lane runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from workers.lanes import MOST_WAITING, WITHIN, Lane
from workers.pace import Pace

GUARD = 20.0
"""Seconds after which a test that hangs gives up."""


class Slow:
    """Work that waits until it is let go, and counts who is at it."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.at_work = self.most = 0
        self.done: list[int] = []

    def __call__(self, some: Sequence[int]) -> None:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.begun.release()
        assert self.go.wait(GUARD)
        with self.lock:
            self.at_work -= 1
            self.done += some


def _offer(lane: Lane, ids: list[int]) -> threading.Thread:
    thread = threading.Thread(target=lane.offer, args=(ids,), daemon=True)
    thread.start()
    return thread


def test_a_lane_never_uses_more_than_its_hands() -> None:
    work = Slow()
    lane = Lane(2, work, lambda: ())
    threads = [_offer(lane, [place * 10 + step for step in range(5)]) for place in range(6)]
    assert all(work.begun.acquire(timeout=GUARD) for _ in range(2))
    work.go.set()
    for thread in threads:
        thread.join(GUARD)
    assert work.most == 2
    assert sorted(work.done) == sorted(place * 10 + step for place in range(6) for step in range(5))


def test_who_finds_all_hands_busy_leaves_the_ids_and_goes() -> None:
    work = Slow()
    lane = Lane(1, work, lambda: ())
    busy = _offer(lane, [1])
    assert work.begun.acquire(timeout=GUARD)
    lane.offer([2, 3])  # returns at once although the platform hangs
    assert work.done == []
    work.go.set()
    busy.join(GUARD)
    assert work.done == [1, 2, 3]


def test_an_id_offered_twice_waits_once() -> None:
    work = Slow()
    lane = Lane(1, work, lambda: ())
    busy = _offer(lane, [1])
    assert work.begun.acquire(timeout=GUARD)
    lane.offer([2])
    lane.offer([2])
    work.go.set()
    busy.join(GUARD)
    assert work.done == [1, 2]


def test_what_does_not_fit_is_asked_for_in_the_store_once_there_is_room() -> None:
    work = Slow()
    rest = [[MOST_WAITING + 1, MOST_WAITING + 2], []]
    lane = Lane(1, work, lambda: rest.pop(0))
    busy = _offer(lane, [0])
    assert work.begun.acquire(timeout=GUARD)
    lane.offer(list(range(1, MOST_WAITING + 3)))
    work.go.set()
    busy.join(GUARD)
    assert work.done == list(range(MOST_WAITING + 3))
    assert rest == []


def test_a_fault_in_the_work_gives_the_hand_back() -> None:
    done: list[int] = []

    def work(some: Sequence[int]) -> None:
        if some == [1]:
            raise OSError("the store is away")
        done.extend(some)

    lane = Lane(1, work, lambda: ())
    try:
        lane.offer([1])
    except OSError:
        lane.offer([2])
    assert done == [2]


def test_a_closed_lane_forgets_what_waits() -> None:
    work = Slow()
    lane = Lane(1, work, lambda: ())
    busy = _offer(lane, [1])
    assert work.begun.acquire(timeout=GUARD)
    lane.offer([2])
    lane.close()
    work.go.set()
    busy.join(GUARD)
    lane.offer([3])
    assert work.done == [1]


class Timed:
    """Work that takes so many seconds for each id, on a clock of its own; keeps what it was given at a time."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.passed = seconds, 0.0
        self.taken: list[int] = []

    def __call__(self, some: Sequence[int]) -> None:
        self.taken.append(len(some))
        self.passed += self.seconds * len(some)


@pytest.mark.parametrize(
    ("seconds", "most", "largest"), [(0.01, 50, 50), (0.1, 50, 20), (0.4, 50, 5), (5, 50, 1), (0.01, 1, 1)]
)
def test_a_hand_takes_as_many_as_it_can_do_in_its_time(seconds: float, most: int, largest: int) -> None:
    work = Timed(seconds)
    lane = Lane(1, work, lambda: (), most=most, pace=Pace(WITHIN, clock=lambda: work.passed))
    lane.offer(list(range(400)))
    assert sum(work.taken) == 400
    assert work.taken[0] == 1, "how fast it goes is not known before the first one"
    assert 0.5 * largest <= max(work.taken) <= largest


def test_a_platform_that_becomes_slow_gets_smaller_handfuls_at_once() -> None:
    work = Timed(0.01)
    lane = Lane(1, work, lambda: (), most=50, pace=Pace(WITHIN, clock=lambda: work.passed))
    lane.offer(list(range(300)))
    assert work.taken[-2] == 50
    work.seconds, work.taken = 9, []
    lane.offer(list(range(100)))
    assert work.taken[:3] == [50, 1, 1]


def test_a_hand_takes_no_more_than_its_share() -> None:
    work = Timed(0.01)
    lane = Lane(8, work, lambda: (), most=50, pace=Pace(WITHIN, clock=lambda: work.passed))
    lane.offer(list(range(100)))
    assert max(work.taken) <= 13
