"""Publishing one delivery: claim – prepare – note – publish – settle, each database step a transaction of its own.

No rendering can be imported from here: a post comes out of an approved snapshot or not at all.
"""

from __future__ import annotations

import time
from dataclasses import replace

import structlog

from campaigns import deliveries
from campaigns.deliveries import Claimed
from campaigns.media import PictureRefused
from campaigns.snapshots import ApprovedSnapshot, Tampered
from campaigns.store import Delivery
from connectors.base import Login, Receipt
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, Refused
from connectors.post import Post
from workers.desk import Desk

log = structlog.get_logger()

CALL_GRACE = 0.5
"""Seconds between the note and the start of the call, beyond which the note is made again: no call may start later
than one second after a hold is committed (D10)."""


def publish(desk: Desk, delivery_id: int) -> None:
    """Publish one queued delivery if it may still go; a doubled or forged nudge finds nothing to claim."""
    with desk.store.system() as session:
        claimed = deliveries.claim(session, [delivery_id], worker=desk.name, now=desk.now())
    for one in claimed:
        _carry_out(desk, one)


def _carry_out(desk: Desk, claimed: Claimed) -> None:
    outcome = _attempt(desk, claimed)
    now = desk.now()
    with desk.store.system() as session:
        if outcome is None:
            deliveries.step_back(session, claimed, now=now)
        else:
            deliveries.settle(session, claimed, outcome, now=now, speed=desk.speed)
    word = "stepped_back" if outcome is None else getattr(outcome, "code", "published")
    log.info(
        "attempt_ended", delivery=claimed.id, attempt=claimed.attempt, platform=claimed.platform, outcome=word,
        diagnostic=getattr(outcome, "diagnostic", None),
    )  # fmt: skip


def _attempt(desk: Desk, claimed: Claimed) -> Receipt | ConnectorError | None:
    """Return how the attempt ended, or `None` when a gate closed before the call and nothing was sent."""
    connector = desk.connectors[claimed.platform]
    try:
        login, post = _read_approved(desk, claimed)
        handle = claimed.handle or connector.prepare(
            login, post, claimed.key, desk.fetch_picture, claimed.due_at
        )
    except PictureRefused as refusal:
        return Refused(refusal.code)
    except OutcomeUnknown as error:
        return NotSent(error.code, diagnostic=error.diagnostic)  # nothing here is irreversible
    except ConnectorError as error:
        return desk.weigh(claimed.account_id, error)
    except (
        Exception
    ) as error:  # a fault of ours before the call: nothing was sent, and the next attempt may fare better
        log.exception("prepare_failed", delivery=claimed.id)
        return NotSent("delivery.internal_fault", diagnostic=type(error).__name__)
    while True:
        noted = _note(desk, claimed, handle)
        if noted is None:
            return None
        if time.monotonic() - noted <= CALL_GRACE:
            break
    try:
        return connector.publish(login, post, claimed.key, handle)
    except ConnectorError as error:
        return desk.weigh(claimed.account_id, error)
    except (
        Exception
    ) as error:  # a fault of ours around the call: it may have left, so nobody resends in doubt
        log.exception("publish_failed", delivery=claimed.id)
        return OutcomeUnknown("delivery.internal_fault", diagnostic=type(error).__name__)


def _note(desk: Desk, claimed: Claimed, handle: dict[str, object]) -> float | None:
    """Store the handle and clear the call; return the moment on the monotonic clock, or `None` when it may not be."""
    started = time.monotonic()
    with desk.store.system() as session:
        cleared = deliveries.note(session, claimed, handle, now=desk.now())
    return started if cleared else None


def _read_approved(desk: Desk, claimed: Claimed) -> tuple[Login, Post]:
    """Return the login and the approved post.

    Raises: Refused when the snapshot was altered or was approved for another account; LoginLost; NotSent.
    """
    try:
        snapshot = ApprovedSnapshot(claimed.snapshot_body, claimed.snapshot_hash)
    except Tampered:
        raise Refused("delivery.tampered") from None
    login = desk.login(claimed.account_id)
    if (login.base, login.remote_id) != (snapshot.destination.base, snapshot.destination.remote_id):
        raise Refused("delivery.other_account")
    if claimed.predecessor_id is None:
        return login, snapshot.post
    with desk.store.system(write=False) as session:
        first = session.get(Delivery, claimed.predecessor_id)
        parent = first.remote_id if first else None
    if parent is None:
        raise NotSent("gate.predecessor")
    return login, replace(snapshot.post, reply_to=parent)
