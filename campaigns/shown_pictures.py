"""Pictures shown to platforms that fetch them themselves: for one delivery, under an address nobody can guess, for an hour.

An address dies with the hour or when its delivery has ended, whichever comes first (threat A6). Nothing is public that
was not approved for publication: only an attempt at an approved delivery asks for an address.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import tickets
from campaigns.states import State
from campaigns.store import Delivery, ShownPicture
from connectors.errors import NotSent
from connectors.secret import Secret

LIFE = timedelta(hours=1)
"""Platforms fetch when they are told to, within seconds or minutes."""
UNDER_WAY = (State.planned, State.queued, State.publishing, State.unsure)
PATH = "/m/{token}.jpg"
"""Where the web process shows them; every rendition is a JPEG."""


def show(session: Session, key: str, sha256: str, *, now: datetime) -> Secret:
    """Return what the address of a delivery's picture ends with; addresses whose hour is over are cleared away.

    Raises: NotSent for a key that no delivery has.
    """
    session.execute(delete(ShownPicture).where(ShownPicture.ends_at <= now))
    found = session.execute(
        select(Delivery.organisation_id, Delivery.id).where(Delivery.key == key)
    ).one_or_none()
    if found is None:
        raise NotSent("delivery.internal_fault", diagnostic="no such delivery")
    token = tickets.new_token()
    session.add(
        ShownPicture(
            organisation_id=found[0],
            delivery_id=found[1],
            sha256=sha256,
            token_hash=tickets.digest(token.reveal()),
            ends_at=now + LIFE,
        )
    )
    return token


def path_of(token: Secret) -> str:
    """Return the path under which the web process shows the picture."""
    return PATH.replace("{token}", token.reveal())


def behind(session: Session, token: str, *, now: datetime) -> str | None:
    """Return the digest of the picture that an address shows, `None` where it shows nothing, or no more."""
    return session.scalar(
        select(ShownPicture.sha256)
        .join(Delivery, Delivery.id == ShownPicture.delivery_id)
        .where(
            ShownPicture.token_hash == tickets.digest(token),
            ShownPicture.ends_at > now,
            Delivery.state.in_(UNDER_WAY),
        )
    )
