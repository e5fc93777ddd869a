"""How time passes in a test's world, and what must be true of it afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from world import World

from bench.storm import PUBLISHING
from campaigns.recovery import NUDGE_AGAIN
from campaigns.snapshots import ApprovedSnapshot
from campaigns.states import State
from campaigns.store import Delivery, Message, Organisation, Pause, Snapshot

A_MOMENT = timedelta(milliseconds=100)
POSTING = PUBLISHING
"""The one irreversible call of each platform."""
AGING = (
    "due_at", "late_at", "next_try_at", "lease_until", "nudged_at", "noted_at", "called_at", "next_look_at",
    "published_at", "next_sample_at", "seen_missing_at",
)  # fmt: skip


def let_pass(world: World, **step: float) -> None:
    """Let time pass, with the clock's jobs running at every moment at which something falls due."""
    end = world.now + timedelta(**step)
    world.wait()
    world.tick()
    while world.now < end:
        before = world.now
        world.now = min([end, *(max(one, before + A_MOMENT) for one in _moments(world) if one > before)])
        world.wait()
        world.tick()


def _moments(world: World) -> list[datetime]:
    """Return a moment after each instant that some row waits for."""
    found: list[datetime | None] = []
    for one in world.deliveries():
        if one.state == State.planned:
            found += [one.next_try_at, one.late_at]
        elif one.state == State.queued and one.nudged_at:
            found += [one.nudged_at + NUDGE_AGAIN, one.late_at]
        elif one.state == State.publishing:
            found.append(one.lease_until)
        elif one.state == State.unsure:
            found.append(one.next_look_at)
        elif one.state == State.published:
            found.append(one.next_sample_at)
    with world.store.system(write=False) as session:
        found += session.scalars(select(Pause.until)).all()
    return [one + A_MOMENT for one in found if one is not None]


def lies(world: World) -> list[str]:
    """Return every way in which the store and the platforms disagree; empty is the whole proof.

    A published delivery has exactly one live post, at the address that it tells; planned, queued, failed, missed and
    cancelled ones have none; only the unsure and those under way may have either. No post is live that nobody has.
    """
    with world.store.system(write=False) as session:
        numbers = {row.id: row.number for row in session.scalars(select(Organisation))}
    found = []
    live = Counter(
        (str(one["handle"]), platform, str(one["text"]), str(one["address"]))
        for platform in world.bases
        for one in _posts(world, platform)
        if str(one["handle"]).endswith(world.mark)
    )
    for key, count in live.items():
        if count > 1:
            found.append(f"{count} posts at one address: {key}")
    texts = Counter(key[:3] for key in live)
    found += [f"{count} posts of one text: {key}" for key, count in texts.items() if count > 1]
    addresses = {(key[0], key[1], key[3]) for key in live}
    for one in world.deliveries():
        there = (world.handle(numbers[one.organisation_id]), one.platform, one.address or "")
        if one.state == State.published and there not in addresses:
            found.append(f"delivery {one.id} is published but not live at {one.address}")
        if one.state in {State.planned, State.queued, State.failed, State.missed, State.cancelled}:
            words = _words(world, one)
            if any(key[:2] == there[:2] and key[2] == words for key in live):
                found.append(f"delivery {one.id} is {one.state} but live")
    return found


def _posts(world: World, platform: str) -> list[dict[str, object]]:
    posts = world.tell(platform, "GET", "/_sandbox/posts")
    assert isinstance(posts, list)
    return posts


def _words(world: World, delivery: Delivery) -> str:
    if delivery.snapshot_hash is None:
        return "\0 never approved"
    with world.store.system(write=False) as session:
        body = session.get_one(Snapshot, delivery.snapshot_hash).body
    return ApprovedSnapshot(body, delivery.snapshot_hash).post.text


def make_due(world: World, message: str | None = None) -> None:
    """Let what is planned, or of it one message, be due at the real present, for tests with processes of their own."""
    due = datetime.now(UTC)
    times = {"due_at": due, "next_try_at": due, "late_at": due + timedelta(hours=1)}
    with world.store.system() as session:
        planned = update(Delivery).where(Delivery.state == State.planned)
        if message is not None:
            planned = planned.where(Delivery.message_id.in_(select(Message.id).where(Message.key == message)))
        session.execute(
            planned.values(**times, ignores_quiet=True).execution_options(synchronize_session=False)
        )


def grow_older(world: World, **step: float) -> None:
    """Move every instant of every delivery into the past: real processes see that so much time has passed."""
    back = timedelta(**step)
    with world.store.system() as session:
        for one in session.scalars(select(Delivery)):
            for name in AGING:
                at = getattr(one, name)
                if at is not None:
                    setattr(one, name, at - back)
