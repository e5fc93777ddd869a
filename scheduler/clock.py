"""The clock's jobs, from planning what was changed to the sweep of old drafts. Any number of clocks may run; every move is guarded.

There is never a job per post: a job is an interval, a question to the store, and a nudge.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy.exc import SQLAlchemyError

from campaigns import (
    accounts,
    approval,
    deliveries,
    digests,
    drills,
    engagement,
    followers,
    heads,
    holds,
    letters,
    mark,
    notices,
    plans,
    recovery,
    rehearsals,
    standing,
)
from campaigns.deliveries import Nudge
from campaigns.drafting import keeping
from campaigns.store import HoldLevel
from reports import rollup
from scheduler.steadiness import Steadiness, steady_seconds
from workers.broker import NOTICES, REHEARSALS, Errand
from workers.desk import Desk

log = structlog.get_logger()

Send = Callable[[Errand, str, Sequence[int]], object]
"""Takes an errand, a platform and ids to the workers."""

RELEASE_EVERY = 0.25
"""Seconds. A single delivery is to be at most 0.3 s late on an idle system in the middle case."""
RECOVER_EVERY = 2.0
LOOK_EVERY = 1.0
MEASURE_EVERY = 2.0
FOLLOWERS_EVERY = 900.0
"""Each account has its own time of day; one whose platform did not answer is asked again no sooner than this."""
ROLL_UP_EVERY = 60.0
"""Only what is counted no more waits for it; the rest is rolled up with each count."""
PLAN_EVERY = 1.0
STAND_EVERY = 20.0
"""A veto time is counted in minutes; looking costs a rendering of every text that waits for one."""
RENEW_EVERY = 300.0
"""A renewal is due days before it must be; one that a silent server kept back is tried again so soon."""
NOTIFY_EVERY = 5.0
"""A stop is told within seconds; each look is a question with an index."""
REHEARSE_EVERY = 2.0
"""A person waits for it and watches; each look is a question about a handful of rows."""
DIGEST_EVERY = 60.0
"""A chain cut at its end shows only as far as it was known outside: so no more than a minute can go unseen."""
SWEEP_EVERY = 3600.0
"""Drafts are kept for months; an hour more is none too many."""
BEAT_EVERY = 10.0
"""Well within `health.PATIENCE`, after which a clock counts as silent."""
NOT_LEVEL = {
    "behind": "hold.behind_the_mark",
    "other": "hold.mark_other",
    "absent": "hold.mark_absent",
}
"""The reason of the hold that a database gets which is not the one its mark was left by."""


class Clock:
    """Asks the store what is due and nudges the workers through `send`, whose failure is none of its business."""

    def __init__(self, desk: Desk, send: Send) -> None:
        self.desk = desk
        self.send = send
        self.steadiness = Steadiness(desk.now(), steady_seconds())
        self.steady = True
        self._digested: date | None = None
        self._forgot: date | None = None
        self._reading = threading.Lock()

    def begin(self) -> None:
        """Compare the database with its mark; one that was restored or copied is held until a person says so (D12)."""
        settings = self.desk.settings
        self.beat()
        with self.desk.store.system() as session:
            found, own = mark.standing(session, settings.mark_path)
            if found == "level":
                mark.advance_mark(settings.mark_path, own)
                return
            if not any(holds.is_held(session, reason) for reason in NOT_LEVEL.values()):
                reason = NOT_LEVEL[found]
                holds.set_hold(session, HoldLevel.everything, now=self.desk.now(), reason=reason)
            doubted = recovery.doubt_everything_since(session, now=self.desk.now())
        log.critical("held_behind_the_mark", standing=found, doubted=doubted)

    def release(self) -> None:
        """Queue what is due; the mark is written before anything is nudged."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            if not deliveries.anything_due(session, now=now):
                return  # the usual case: one cheap question, no write lock
        with self.desk.store.system() as session:
            due, generation = deliveries.release(session, now=now)
            name = deliveries.instance_name(session) if generation is not None else ""
        if generation is not None:
            mark.advance_mark(self.desk.settings.mark_path, mark.Mark(name, generation))
        self._nudge("publish", due)

    def recover(self) -> None:
        """End leases that ran out, list what was missed, and nudge again what was not taken."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system() as session:
            again = recovery.recover(session, now=now)
            own = mark.standing(session, self.desk.settings.mark_path)[1] if again else None
        if own is not None:  # a release whose mark could not be written must not be nudged before it is
            mark.advance_mark(self.desk.settings.mark_path, own)
        self._nudge("publish", again)

    def look(self) -> None:
        """Have the unsure looked up."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            due = recovery.due_looks(session, now=now)
        self._nudge("look", due)

    def measure(self) -> None:
        """Have live posts counted whose age asks for it."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            due = engagement.due_counts(session, now=now)
        self._nudge("measure", [Nudge(one.id, one.platform) for one in due])

    def count_followers(self) -> None:
        """Have the followers of accounts counted whose time of day has come."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            due = followers.uncounted(session, now=now)
        self._nudge("followers", [Nudge(*one) for one in due])

    def roll_up(self) -> None:
        """Write the figures of posts that came of an age without being counted, or are gone."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            behind = rollup.lagging(session, now=now, speed=self.desk.speed)
        if behind:
            with self.desk.store.system() as session:
                rollup.roll_up(session, behind, now=now, speed=self.desk.speed)

    def note_drills(self) -> None:
        """Note that a rehearsed stop was read here, as a real one would have been."""
        now = self.desk.now()
        with self.desk.store.system(write=False) as session:
            if not drills.anything_unseen(session, now=now):
                return
        with self.desk.store.system() as session:
            drills.note_seen(session, now=now)

    def renew(self) -> None:
        """Have logins renewed that nobody uses just now."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            due = accounts.due_renewals(session, now=now)
        self._nudge("renew", [Nudge(*one) for one in due])

    def plan(self) -> None:
        """Bring participations in line with their campaigns' newest version, and let approvals fall that must."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            if not plans.anybody_behind(session):
                return
        with self.desk.store.system() as session:
            for participation in plans.plan_everybody(session, now=now):
                approval.review(session, self.desk.connectors, participation, now=now)

    def stand(self) -> None:
        """Announce what standing approvals cover, and approve what nobody vetoed in time."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            concerned = standing.participations_concerned(session, now=now)
            if not concerned and not standing.anything_announced(session, now=now):
                return
        with self.desk.store.system() as session:
            for participation in concerned:
                standing.announce(session, self.desk.connectors, participation, now=now)
            standing.settle(session, self.desk.connectors, now=now)

    def notify(self) -> None:
        """Make notices of what happened, put them into letters, and have those sent whose time has come."""
        now = self._believed_now()
        if now is None:
            return
        ways = self.desk.settings.letter_ways
        with self.desk.store.system(write=False) as session:
            untold = notices.untold(session, now=now)
            waiting = bool(untold) or letters.anything_to_gather(session, now=now)
            due = letters.due(session, ways, now=now)
        if waiting or now.date() != self._forgot:
            with self.desk.store.system() as session:
                notices.make_notices(session, untold, now=now)
                letters.gather(session, now=now)
                notices.forget(session, now=now)
                due = letters.due(session, ways, now=now)
            self._forgot = now.date()
        if due:
            self.send("notify", NOTICES, due)

    def rehearse(self) -> None:
        """Have rehearsals taken up that nobody plays, and end those that nobody will."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            lost = rehearsals.anything_lost(session, now=now)
            due = rehearsals.due(session, now=now)
        if lost:
            with self.desk.store.system() as session:
                rehearsals.give_up(session, now=now)
        if due:
            self.send("rehearse", REHEARSALS, due)

    def digest(self) -> None:
        """Write the digests of finished days into the audit chains, and beside the mark how far those have come (D14)."""
        now = self._believed_now()
        if now is None:
            return
        unfinished = digests.first_unfinished(now)
        if unfinished != self._digested:
            with self.desk.store.system(write=False) as session:
                places = digests.organisations(session)
            for one in places:
                with self.desk.store.system() as session:  # one at a time: nobody waits for all of them
                    digests.write_digests(session, one, now=now)
            self._digested = unfinished
        with self.desk.store.system(write=False) as session:
            heads.advance_heads(session, self.desk.settings.heads_path)

    def sweep(self) -> None:
        """Delete drafts of campaigns that were put away, or in which nobody has written for long."""
        now = self._believed_now()
        if now is None:
            return
        with self.desk.store.system(write=False) as session:
            if not keeping.anything_old(session, now=now):
                return
        with self.desk.store.system() as session:
            swept = keeping.sweep(session, now=now)
        log.info("drafts_swept", number=swept)

    def beat(self) -> None:
        """Write down that a clock runs, for whoever asks why nothing goes."""
        with self.desk.store.system() as session:
            deliveries.see_clock(session, now=self.desk.now())

    def jobs(self) -> tuple[tuple[Callable[[], None], float], ...]:
        """Return every job with its interval in seconds."""
        return (
            (self.release, RELEASE_EVERY),
            (self.recover, RECOVER_EVERY),
            (self.look, LOOK_EVERY),
            (self.measure, MEASURE_EVERY),
            (self.count_followers, FOLLOWERS_EVERY),
            (self.roll_up, ROLL_UP_EVERY),
            (self.plan, PLAN_EVERY),
            (self.note_drills, LOOK_EVERY),
            (self.stand, STAND_EVERY),
            (self.renew, RENEW_EVERY),
            (self.notify, NOTIFY_EVERY),
            (self.rehearse, REHEARSE_EVERY),
            (self.digest, DIGEST_EVERY),
            (self.sweep, SWEEP_EVERY),
            (self.beat, BEAT_EVERY),
        )

    def schedule(self, scheduler: BaseScheduler) -> None:
        """Add the jobs to an APScheduler; a late tick runs once, never twice at a time."""
        scheduler.add_executor(ThreadPoolExecutor(len(self.jobs())))
        for job, seconds in self.jobs():
            scheduler.add_job(
                _guarded(job),
                "interval",
                seconds=seconds,
                id=job.__name__,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )

    def _believed_now(self) -> datetime | None:
        """Return the time, or `None` while the wall clock has leapt (D12).

        Then nothing is released, and nothing is called too late, looked up or gone either: that, too, is told by time.
        """
        # the jobs run in threads of their own; two readings mixed up would look like a leap
        with self._reading:
            now = self.desk.now()
            agrees = self.steadiness.agrees(now, steady_seconds())
            if agrees != self.steady:
                log.critical("clock_leapt", leapt=str(self.steadiness.leapt), believed=agrees)
            self.steady = agrees
        return now if agrees else None

    def _nudge(self, errand: Errand, due: Iterable[Nudge]) -> None:
        by_platform: dict[str, list[int]] = {}
        for one in due:
            by_platform.setdefault(one.platform, []).append(one.id)
        for platform, ids in by_platform.items():
            self.send(errand, platform, ids)


def _guarded(job: Callable[[], None]) -> Callable[[], None]:
    """Return the job with the trouble of one tick written down: the next tick tries again."""

    def run() -> None:
        try:
            job()
        except SQLAlchemyError as error:
            log.error("tick_failed", job=job.__name__, error=type(error).__name__)
        except OSError as error:
            log.error("tick_failed", job=job.__name__, error=str(error))

    return run
