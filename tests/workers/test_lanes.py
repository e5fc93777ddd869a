"""Lanes: a slow platform holds no more than its own hands, and nothing offered is lost while the lane runs."""

from __future__ import annotations

import threading

from workers.lanes import MOST_WAITING, Lane

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

    def __call__(self, one: int) -> None:
        with self.lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        self.begun.release()
        assert self.go.wait(GUARD)
        with self.lock:
            self.at_work -= 1
            self.done.append(one)


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

    def work(one: int) -> None:
        if one == 1:
            raise OSError("the store is away")
        done.append(one)

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
