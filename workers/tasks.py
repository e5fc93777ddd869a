"""The seven tasks, and the worker that runs them: in this process for `samklang up`, or as a process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog
from celery import Celery
from celery.worker import WorkController
from sqlalchemy import select

from campaigns.states import State
from campaigns.store import Delivery
from connectors import kind_of
from workers.broker import CHUNK, NOTICES, PLATFORMS, QUEUES, REHEARSALS, checked, queue_name
from workers.desk import Desk
from workers.lanes import MOST_WAITING, Lane
from workers.look import look
from workers.measure import count_followers, measure
from workers.notify import notify
from workers.publish import publish
from workers.rehearse import Player, rehearse
from workers.renew import renew

log = structlog.get_logger()

LOOK_HANDS = 2
MEASURE_HANDS = 2
NOTIFY_HANDS = 2
REHEARSE_HANDS = 1
"""A rehearsal takes a core for minutes."""


class Workshop:
    """A Celery application with our seven tasks and nothing else, working at one desk."""

    def __init__(
        self,
        app: Celery,
        desk: Desk,
        platforms: Sequence[str] | None = None,
        *,
        player: Player | None = None,
    ) -> None:
        self.app = app
        self.desk = desk
        self.player = player
        own = [name for name in QUEUES if player is not None or name != REHEARSALS]
        self.queues = tuple(platforms or own)
        self._closed = threading.Event()
        self._rehearsing = threading.BoundedSemaphore(REHEARSE_HANDS)
        self._lanes = {platform: self._publish_lane(platform) for platform in PLATFORMS}
        self._look_lanes = {platform: self._look_lane() for platform in PLATFORMS}
        self._measuring = {platform: threading.BoundedSemaphore(MEASURE_HANDS) for platform in PLATFORMS}
        self._notifying = threading.BoundedSemaphore(NOTIFY_HANDS)
        for name in [name for name in app.tasks if name.startswith("celery.")]:
            app.tasks.unregister(name)  # celery.map and its kin run tasks n times from one message
        self._register("publish", lambda platform, ids: self._lanes[platform].offer(ids))
        self._register("look", lambda platform, ids: self._look_lanes[platform].offer(ids))
        self._register("measure", self._measure)
        self._register("followers", self._count_followers)
        self._register("renew", self._renew)
        self._register("notify", self._notify, NOTICES)
        self._register("rehearse", self._rehearse, REHEARSALS)

    @property
    def hands(self) -> int:
        """Return how many threads the pool needs so that no platform can take another's."""
        platforms = len(set(self.queues) - {NOTICES, REHEARSALS})
        letters = NOTIFY_HANDS if NOTICES in self.queues else 0
        plays = REHEARSE_HANDS if REHEARSALS in self.queues else 0
        return (self.desk.settings.threads + LOOK_HANDS + MEASURE_HANDS) * platforms + letters + plays

    def controller(self) -> WorkController:
        """Return a Celery worker for this workshop's queues, not yet started; one at a time in a process.

        Celery's pool threads look tasks up in the process' default application, whichever worker they belong to.
        """
        self.app.set_default()
        return self.app.WorkController(
            pool="threads",
            concurrency=self.hands,
            queues=[queue_name(name) for name in self.queues],
            hostname=f"samklang@{self.desk.name}",
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
            task_events=False,
            loglevel="WARNING",
        )

    def close(self) -> None:
        """Forget waiting nudges, and let go of what is rehearsed; the rows keep what they were about."""
        self._closed.set()
        for lane in [*self._lanes.values(), *self._look_lanes.values()]:
            lane.close()

    def _publish_lane(self, platform: str) -> Lane:
        def more() -> Sequence[int]:
            with self.desk.store.system(write=False) as session:
                return session.scalars(
                    select(Delivery.id)
                    .where(Delivery.state == State.queued, Delivery.platform == platform)
                    .order_by(Delivery.next_try_at)
                    .limit(MOST_WAITING // 4)
                ).all()

        # of a worker that dies between a note and its call, a person must look where no platform can be asked: at one
        most = 1 if kind_of(platform).dedupe == "none" else CHUNK
        return Lane(self.desk.settings.threads, lambda ids: publish(self.desk, ids), more, most=most)

    def _look_lane(self) -> Lane:
        return Lane(LOOK_HANDS, lambda ids: look(self.desk, ids[0]), lambda: ())

    def _measure(self, platform: str, ids: Sequence[int]) -> None:
        slot = self._measuring[platform]
        if not slot.acquire(blocking=False):
            return  # the clock nudges again; counting may wait, publishing may not
        try:
            measure(self.desk, ids)
        finally:
            slot.release()

    def _count_followers(self, platform: str, ids: Sequence[int]) -> None:
        count_followers(self.desk, platform, ids)

    def _renew(self, platform: str, ids: Sequence[int]) -> None:
        del platform
        renew(self.desk, ids)

    def _notify(self, queue: str, ids: Sequence[int]) -> None:
        del queue
        if not self._notifying.acquire(blocking=False):
            return  # the clock nudges again
        try:
            notify(self.desk, ids)
        finally:
            self._notifying.release()

    def _rehearse(self, queue: str, ids: Sequence[int]) -> None:
        del queue
        if self.player is None or not self._rehearsing.acquire(blocking=False):
            return  # the clock nudges again
        try:
            rehearse(self.desk, ids, self.player, self._closed.is_set)
        finally:
            self._rehearsing.release()

    def _register(self, errand: str, work: Callable[[str, list[int]], None], *queues: str) -> None:
        def task(*args: object, **kwargs: object) -> None:
            nudge = checked(*args) if len(args) == 2 and not kwargs else None
            if nudge is None or nudge[0] not in (queues or PLATFORMS):
                log.warning("nudge_ignored", errand=errand)
                return
            work(*nudge)

        # shared tasks would belong to every application of the process, and the first one registered would win
        self.app.task(name=f"samklang.{errand}", ignore_result=True, shared=False)(task)
