"""Our applications: what this instance is to each server, registered there once and used by every organisation.

Registering is rationed (five in ten minutes and address on some servers), so what a server gave is kept, sealed. Knows no
platform and makes no call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from campaigns.accounts import keep_keys
from campaigns.store import PendingLogin, PlatformApp
from campaigns.vault import CannotOpen, Context, Vault, packed, unpacked
from connectors.base import App

NOBODY = 0
"""Stands for the organisation in the context of what belongs to the instance."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which application is meant: the one at this server that sends people back to this address."""

    platform: str
    base: str
    redirect: str


def application(session: Session, vault: Vault, place: Place) -> App | None:
    """Return our application, or `None` where there is none, or none that the keys here open."""
    row = session.scalar(select(PlatformApp).where(*_at(place)))
    if row is None:
        return None
    try:
        return unpacked(vault.open(context_of_app(row), row.key_id, row.sealed))
    except CannotOpen:
        return None


def keep_application(session: Session, vault: Vault, place: Place, app: App, *, now: datetime) -> None:
    """Seal an application that was just registered, in place of one from before."""
    keep_keys(session)
    row = session.scalar(select(PlatformApp).where(*_at(place)).with_for_update())
    if row is None:
        row = PlatformApp(platform=place.platform, base=place.base, redirect=place.redirect)
        session.add(row)
    row.key_id, row.sealed = vault.seal(context_of_app(row), packed(app))
    row.registered_at = now
    session.flush()


def forget_application(session: Session, place: Place) -> None:
    """Delete an application that the server no longer knows."""
    session.execute(delete(PlatformApp).where(*_at(place)))


def sealed_under(session: Session) -> set[str]:
    """Return the keys that seal an application, or somebody on her way to one."""
    columns = (PlatformApp.key_id, PendingLogin.key_id)
    return {key_id for column in columns for key_id in session.scalars(select(column).distinct())}


def seal_again(session: Session, vault: Vault) -> None:
    """Seal everything here under the current key; what does not open is dropped, for it can be had anew in a minute."""
    for row, context in _behind(session, vault.current):
        try:
            secret = vault.open(context, row.key_id, row.sealed)
        except CannotOpen:
            session.delete(row)
            continue
        row.key_id, row.sealed = vault.seal(context, secret)


def _behind(session: Session, current: str) -> Sequence[tuple[PlatformApp | PendingLogin, Context]]:
    keep_keys(session)
    apps = select(PlatformApp).where(PlatformApp.key_id != current).with_for_update()
    pending = select(PendingLogin).where(PendingLogin.key_id != current).with_for_update()
    return [
        *((one, context_of_app(one)) for one in session.scalars(apps)),
        *((one, context_of_pending(one)) for one in session.scalars(pending)),
    ]


def context_of_app(row: PlatformApp) -> Context:
    """Return where an application's secrets belong."""
    return Context(NOBODY, f"{row.platform} {row.base} {row.redirect}", "application")


def context_of_pending(row: PendingLogin) -> Context:
    """Return where the secrets of somebody on her way belong."""
    return Context(row.organisation_id, f"{row.platform} {row.base}", f"pending {row.state_hash}")


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    return (
        PlatformApp.platform == place.platform,
        PlatformApp.base == place.base,
        PlatformApp.redirect == place.redirect,
    )
