"""Rotation of the vault's keys: a new one seals every login anew, and old ones are forgotten when nothing needs them.

The order keeps every login openable whatever breaks in between: the new key is in the file, and on the disk, before
anything is sealed under it; each organisation's logins are one transaction; a key leaves the file only while nobody can
seal, and when no login is sealed under it. A backup of the database from before still needs the old key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaigns import applications, audit, channels, credentials
from campaigns.accounts import context_of, give_up_logins, keep_keys
from campaigns.store import Account, Actor, Instance, Organisation, SealedLogin, Store
from campaigns.vault import CannotOpen, Vault, add_key, alone, begin_keys, drop_keys, open_vault, read_keys


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key, and how many accounts' logins it seals."""

    id: str
    current: bool
    known: bool
    """It is in the key file; without it the logins cannot be opened."""
    logins: int
    others: bool = False
    """It seals one of our applications at a platform, too, somebody's way to one, or a place where she is told."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did."""

    key: str
    """The one that seals now."""
    logins: int
    """Accounts whose login was sealed anew."""
    stuck: int
    """Accounts whose login does not open, and so stays as it is."""


def begin_anew(store: Store, path: Path, *, now: datetime) -> int:
    """Make a key file where the old one is lost, and return how many accounts must be connected again by that.

    Raises: KeysBusy; KeysProblem when the folder cannot be written to.
    """
    with alone(path):
        begin_keys(path)
        with store.system() as session:
            return give_up_logins(session, set(read_keys(path).by_id), now=now)


def rotate(store: Store, path: Path, *, now: datetime) -> Rotated:
    """Add a key and seal every login under it; or, where an earlier rotation was interrupted, end that one.

    Raises: KeysBusy; KeysProblem.
    """
    _must_have_keys(store, path)
    with alone(path):
        vault = open_vault(path)
        done = _seal_all(store, vault, now)
        if not done.logins:  # nothing was left over that could be sealed
            add_key(path)
            done = _seal_all(store, open_vault(path), now)
        return done


def forget_keys(store: Store, path: Path) -> list[str]:
    """Remove the keys that seal nothing, but for the current one; return their ids.

    Raises: KeysBusy; KeysProblem.
    """
    with alone(path), store.system() as session:
        # waits until whoever is sealing has committed, and lets nobody begin
        session.execute(select(Instance.id).with_for_update())
        unused = [
            one.id
            for one in key_uses(session, path)
            if one.known and not one.current and not one.logins and not one.others
        ]
        drop_keys(path, unused)
        return unused


def key_uses(session: Session, path: Path) -> list[KeyUse]:
    """Return every key of the file, the current one first, then those that seal a login and are not in it.

    Raises: KeysProblem.
    """
    keys = read_keys(path)
    sealed = {
        row[0]: row[1]
        for row in session.execute(
            select(SealedLogin.key_id, func.count(SealedLogin.account_id.distinct())).group_by(
                SealedLogin.key_id
            )
        )
    }
    others = _other_keys(session)
    ids = sorted({*keys.by_id, *sealed}, key=lambda one: (one != keys.current, one not in keys.by_id, one))
    return [
        KeyUse(one, one == keys.current, one in keys.by_id, sealed.get(one, 0), one in others) for one in ids
    ]


def anything_sealed(session: Session) -> bool:
    """Return whether anything is sealed: then the keys are there already, and new ones would open nothing."""
    login = session.scalar(select(SealedLogin.id).limit(1))
    return login is not None or bool(_other_keys(session))


def _other_keys(session: Session) -> set[str]:
    """Return which keys seal anything but logins."""
    return (
        applications.sealed_under(session)
        | channels.sealed_under(session)
        | credentials.sealed_under(session)
    )


def _must_have_keys(store: Store, path: Path) -> None:
    """Refuse to make the first key of an instance that has lost its keys: they may still be put back.

    Raises: KeysProblem.
    """
    with store.system(write=False) as session:
        if anything_sealed(session):
            read_keys(path)


def _seal_all(store: Store, vault: Vault, now: datetime) -> Rotated:
    """Seal what is under another key than the current one, until a whole round finds nothing more to do."""
    logins = 0
    while True:
        with store.system() as session:
            applications.seal_again(session, vault)
            channels.seal_again(session, vault)
            credentials.seal_again(session, vault)
        with store.system(write=False) as session:
            places = _behind(session, vault.current)
        this_round = stuck = 0
        for one in places:
            with store.system() as session:
                sealed, left = _seal_anew(session, vault, one, now)
            this_round, stuck = this_round + sealed, stuck + left
        logins += this_round
        if not this_round:
            return Rotated(vault.current, logins, stuck)


def _behind(session: Session, current: str) -> Sequence[int]:
    behind = select(SealedLogin.organisation_id).where(SealedLogin.key_id != current).distinct()
    return session.scalars(behind.order_by(SealedLogin.organisation_id)).all()


def _seal_anew(session: Session, vault: Vault, organisation_id: int, now: datetime) -> tuple[int, int]:
    """Seal an organisation's logins under the current key; return how many accounts' were, and how many do not open."""
    audit.take_turn(session, organisation_id)
    keep_keys(session)
    rows = session.execute(
        select(SealedLogin, Account)
        .join(Account, Account.id == SealedLogin.account_id)
        .where(SealedLogin.organisation_id == organisation_id, SealedLogin.key_id != vault.current)
        .with_for_update(of=SealedLogin)  # a worker may be renewing one of them
        .execution_options(populate_existing=True)
    ).all()
    sealed, stuck = set(), set()
    for login, account in rows:
        context = context_of(account, login.field)
        try:
            secret = vault.open(context, login.key_id, login.sealed)
        except CannotOpen:
            stuck.add(account.id)
            continue
        login.key_id, login.sealed = vault.seal(context, secret)
        login.sealed_at = now
        sealed.add(account.id)
    if sealed:
        kind = session.get_one(Organisation, organisation_id).kind.value
        actor = Actor(None, organisation_id, kind, frozenset(), "operator")
        audit.record(session, actor, "keys.rotate", vault.current, {"logins": len(sealed)}, now=now)
    return len(sealed), len(stuck)
