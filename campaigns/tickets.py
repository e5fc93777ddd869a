"""Tickets: good once, and for minutes. Of each the browser or the mail has 256 random bits, and here is their digest.

Says nothing about who may have one; whoever issues a ticket decides that.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from campaigns.store import Ticket
from connectors.secret import Secret


@dataclass(frozen=True, slots=True)
class Stub:
    """What a ticket stood for."""

    person_id: int | None
    details: Mapping[str, Any]


def issue(
    session: Session, kind: str, lasts: timedelta, *, now: datetime, person_id: int | None = None,
    details: Mapping[str, object] | None = None,
) -> Secret:  # fmt: skip
    """Issue a ticket and return what opens it; those whose time is over are forgotten by this."""
    session.execute(delete(Ticket).where(Ticket.ends_at <= now))
    token = new_token()
    session.add(
        Ticket(
            kind=kind, token_hash=digest(token.reveal()), person_id=person_id, details=dict(details or {}),
            ends_at=now + lasts,
        )
    )  # fmt: skip
    session.flush()
    return token


def look(session: Session, kind: str, token: str, *, now: datetime) -> Stub | None:
    """Return what a ticket stands for, and leave it good."""
    found = session.execute(
        select(Ticket.person_id, Ticket.details).where(*_good(kind, token, now))
    ).one_or_none()
    return Stub(found[0], found[1]) if found else None


def spend(session: Session, kind: str, token: str, *, now: datetime) -> Stub | None:
    """Use a ticket up and return what it stood for; of two who come with the same one gets nothing."""
    found = session.execute(
        delete(Ticket)
        .where(*_good(kind, token, now))
        .returning(Ticket.person_id, Ticket.details)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return Stub(found[0], found[1]) if found else None


def new_token() -> Secret:
    """Return 256 random bits as they stand in a link or a cookie."""
    return Secret(secrets.token_urlsafe(32))


def digest(token: str) -> str:
    """Return what of a token is stored; it is random enough for a plain hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _good(kind: str, token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Ticket.kind == kind, Ticket.token_hash == digest(token), Ticket.ends_at > now
