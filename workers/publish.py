"""Publishing deliveries: claim – prepare – note – publish – settle, each database step a transaction of its own.

Several deliveries share the transactions, never a call: their calls follow one another between the note and the settling.
No rendering can be imported from here: a post comes out of an approved snapshot or not at all.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.orm import Session

from campaigns import attempts
from campaigns.attempts import Claimed, Outcome
from campaigns.media import PictureRefused
from campaigns.snapshots import ApprovedSnapshot, Tampered
from connectors.base import Login
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, Refused
from connectors.post import Post
from workers.desk import Desk

log = structlog.get_logger()

CALL_GRACE = 0.5
"""Seconds between the note and the start of a call, beyond which the note is made again: no call may start later
than one second after a hold is committed (D10)."""

ROW = 0.4
"""Seconds within which the calls of one note are to begin."""
PATIENCE = 5.0
"""Seconds after which a hand gives back what it has not begun: others may be idle."""
Ended = tuple[Claimed, Outcome]
"""An attempt, and how it ended."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A claimed delivery that lacks nothing but its irreversible call."""

    claimed: Claimed
    login: Login
    post: Post
    handle: dict[str, object]


def publish(desk: Desk, ids: Sequence[int]) -> None:
    """Publish queued deliveries of one platform that may still go; a doubled or forged nudge finds nothing to claim."""
    begun = time.monotonic()
    with desk.store.system() as session:
        claimed = attempts.claim(session, ids, worker=desk.name, now=desk.now())
    ready, ended = _prepare_all(desk, claimed)
    while ready:
        ended, ready = _carry_out(desk, ended, ready)
        if ready and time.monotonic() - begun > PATIENCE:
            _step_back(desk, ready)
            break
    _write_down(desk, ended, [])


def _prepare_all(desk: Desk, claimed: Sequence[Claimed]) -> tuple[Sequence[Ready], Sequence[Ended]]:
    """Return what only lacks its call, and the attempts that ended before it."""
    if not claimed:
        return [], []
    logins = _logins(desk, {one.account_id for one in claimed})
    prepared = [(one, _prepare(desk, one, logins[one.account_id])) for one in claimed]
    ended = [(one, outcome) for one, outcome in prepared if isinstance(outcome, ConnectorError)]
    return [outcome for _, outcome in prepared if isinstance(outcome, Ready)], ended


def _logins(desk: Desk, account_ids: Collection[int]) -> Mapping[int, Login | ConnectorError]:
    try:
        return desk.logins(account_ids)
    except Exception as error:  # a fault of ours: nothing was sent, and the next attempt may fare better
        log.exception("logins_failed")
        fault = NotSent("delivery.internal_fault", diagnostic=type(error).__name__)
        return dict.fromkeys(account_ids, fault)


def _prepare(desk: Desk, claimed: Claimed, login: Login | ConnectorError) -> Ready | ConnectorError:
    """Return what only lacks its call, or how the attempt ended before it; nothing here is irreversible."""
    connector = desk.connectors[claimed.platform]
    try:
        post = _approved_post(claimed, login)
        if isinstance(login, ConnectorError):
            return login
        handle = claimed.handle or connector.prepare(
            login, post, claimed.key, desk.fetch_picture, claimed.due_at
        )
    except PictureRefused as refusal:
        return Refused(refusal.code)
    except OutcomeUnknown as error:
        return NotSent(error.code, diagnostic=error.diagnostic)
    except ConnectorError as error:
        return desk.weigh(claimed.account_id, error)
    except Exception as error:  # a fault of ours: nothing was sent, and the next attempt may fare better
        log.exception("prepare_failed", delivery=claimed.id)
        return NotSent("delivery.internal_fault", diagnostic=type(error).__name__)
    return Ready(claimed, login, post, handle)


def _approved_post(claimed: Claimed, login: Login | ConnectorError) -> Post:
    """Return the approved post, as an answer to its predecessor if it follows one.

    Raises: Refused when the snapshot was altered or was approved for another account; NotSent.
    """
    try:
        snapshot = ApprovedSnapshot(claimed.snapshot_body, claimed.snapshot_hash)
    except Tampered:
        raise Refused("delivery.tampered") from None
    destination = (snapshot.destination.base, snapshot.destination.remote_id)
    if isinstance(login, Login) and (login.base, login.remote_id) != destination:
        raise Refused("delivery.other_account")
    if claimed.predecessor_id is None:
        return snapshot.post
    if claimed.parent is None:
        raise NotSent("gate.predecessor")
    return replace(snapshot.post, reply_to=claimed.parent)


def _carry_out(
    desk: Desk, ended: Sequence[Ended], ready: Sequence[Ready]
) -> tuple[Sequence[Ended], Sequence[Ready]]:
    """Write down what has ended, note as many as can be begun within the grace, and call them one after the other.

    Return how those ended, and what is still to be noted. The first trouble ends the row, since it may have closed a
    gate for the next one. What a gate is closed for goes back to the plan: nothing of it was sent.
    """
    pace = desk.call_pace[ready[0].claimed.platform]
    fits = 1 + pace.within(ROW)
    row, later = ready[:fits], ready[fits:]
    noted, cleared = _write_down(desk, ended, row)
    _step_back(desk, [one for one in row if one.claimed.id not in cleared])
    waiting = [one for one in row if one.claimed.id in cleared]
    begun, now_ended = time.monotonic(), []
    while waiting and time.monotonic() - noted <= CALL_GRACE:
        one = waiting.pop(0)
        outcome = _call(desk, one)
        now_ended.append((one.claimed, outcome))
        if isinstance(outcome, ConnectorError):
            break
    pace.learn(begun, len(now_ended))
    return now_ended, [*waiting, *later]


def _write_down(desk: Desk, ended: Sequence[Ended], row: Sequence[Ready]) -> tuple[float, set[int]]:
    """Write down how attempts ended, then note the next ones: in this order, since the gates must see what befell.

    Return the moment on the monotonic clock, and which calls may be made.
    """
    handles = [(one.claimed, one.handle) for one in row]

    def step(session: Session) -> tuple[float, set[int]]:
        now = desk.now()
        if ended:
            attempts.settle(session, ended, now=now, speed=desk.speed)
        begun = time.monotonic()
        return begun, attempts.note(session, handles, now=now) if handles else set()

    if not ended and not row:
        return 0.0, set()
    written = desk.steadily(step)
    for one, outcome in ended:
        _log(one, getattr(outcome, "code", "published"), getattr(outcome, "diagnostic", None))
    return written


def _call(desk: Desk, ready: Ready) -> Outcome:
    """Make the one irreversible call and return how it ended."""
    claimed = ready.claimed
    try:
        return desk.connectors[claimed.platform].publish(ready.login, ready.post, claimed.key, ready.handle)
    except ConnectorError as error:
        return desk.weigh(claimed.account_id, error)
    except (
        Exception
    ) as error:  # a fault of ours around the call: it may have left, so nobody resends in doubt
        log.exception("publish_failed", delivery=claimed.id)
        return OutcomeUnknown("delivery.internal_fault", diagnostic=type(error).__name__)


def _step_back(desk: Desk, ready: Sequence[Ready]) -> None:
    claimed = [one.claimed for one in ready]
    if claimed:
        desk.steadily(lambda session: attempts.step_back(session, claimed, now=desk.now()))
    for one in claimed:
        _log(one, "stepped_back")


def _log(claimed: Claimed, word: str, diagnostic: str | None = None) -> None:
    log.info(
        "attempt_ended", delivery=claimed.id, attempt=claimed.attempt, platform=claimed.platform, outcome=word,
        diagnostic=diagnostic,
    )  # fmt: skip
