"""Looking up one unsure delivery on its platform. Reads only; nothing is resent from here."""

from __future__ import annotations

import structlog

from campaigns import recovery
from campaigns.recovery import Looked
from campaigns.snapshots import ApprovedSnapshot, Tampered
from connectors.base import Found
from connectors.errors import ConnectorError, NotSent
from workers.desk import Desk

log = structlog.get_logger()


def look(desk: Desk, delivery_id: int) -> None:
    """Ask the platform whether an unsure delivery is live, and write down what it says."""
    with desk.store.system() as session:
        looked = recovery.take_look(session, [delivery_id], now=desk.now())
    for one in looked:
        asked_at = desk.now()
        connector = desk.connectors[one.platform]
        answer = _find(desk, one)
        with desk.store.system() as session:
            recovery.settle_look(
                session,
                one,
                answer,
                trusts_absence=connector.believes_absence_after(one.limits),
                asked_at=asked_at,
                now=desk.now(),
                speed=desk.speed,
            )
        found = isinstance(answer, Found) and answer.receipt is not None
        log.info("looked_up", delivery=one.id, found=found, error=getattr(answer, "code", None))


def _find(desk: Desk, looked: Looked) -> Found | ConnectorError:
    try:
        snapshot = ApprovedSnapshot(looked.snapshot_body, looked.snapshot_hash)
        login = desk.login(looked.account_id)
        connector = desk.connectors[looked.platform]
        return connector.find(login, snapshot.post, looked.key, looked.handle, looked.due_at)
    except ConnectorError as error:
        return desk.weigh(looked.account_id, error)
    except Tampered:
        return NotSent("delivery.tampered")
    except Exception as error:  # a fault of ours is neither yes nor no: look again later
        log.exception("look_failed", delivery=looked.id)
        return NotSent("delivery.internal_fault", diagnostic=type(error).__name__)
