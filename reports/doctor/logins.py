"""Checks on the accounts' logins: that they can be opened here, and that the platforms still take them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from campaigns import accounts, rotation
from campaigns.store import Account, AccountState, Organisation, SealedLogin
from campaigns.vault import CannotOpen, Keys, KeysProblem, Vault, read_keys
from reports.doctor.finding import Finding, Subject, told


def missing_keys(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find that logins are sealed and there is no key file."""
    path = subject.settings.keys_path
    if not path.exists() and session.scalar(select(SealedLogin.id).limit(1)) is not None:
        yield Finding("doctor.keys_missing", "error", {"path": str(path)})


def unknown_keys(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find logins that are sealed under a key which is not in the file."""
    keys = _keys(subject)
    if keys is None:
        return
    unknown = select(SealedLogin.account_id).where(SealedLogin.key_id.not_in(list(keys.by_id)))
    if names := _names(session, Account.id.in_(unknown)):
        yield Finding("doctor.login_key_unknown", "error", {"accounts": told(names)})


def altered_logins(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find logins whose key is here and that do not open all the same: altered, or moved from another row."""
    keys = _keys(subject)
    if keys is None:
        return
    vault, altered = Vault(keys.by_id, keys.current), []
    for account in session.scalars(select(Account).order_by(Account.id)).all():
        try:
            accounts.open_login(session, vault, account)
        except CannotOpen as trouble:
            if trouble.key_id in keys.by_id:
                altered.append(account.id)
    if names := _names(session, Account.id.in_(altered)):
        yield Finding("doctor.login_altered", "error", {"accounts": told(names)})


def unfinished_rotation(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find a rotation of keys that was interrupted: some logins are still under an old key."""
    if _keys(subject) is None:
        return
    uses = rotation.key_uses(session, subject.settings.keys_path)
    behind = [one for one in uses if one.known and not one.current and one.logins]
    if behind:
        values: dict[str, str | int] = {
            "keys": ", ".join(one.id for one in behind),
            "accounts": sum(one.logins for one in behind),
        }
        yield Finding("doctor.rotation_unfinished", "warning", values)


def lost_logins(subject: Subject, session: Session) -> Iterator[Finding]:
    """Find accounts whose login the platform takes no longer."""
    del subject
    if names := _names(session, Account.state == AccountState.login_lost):
        yield Finding("doctor.login_lost", "warning", {"accounts": told(names)})


def _names(session: Session, which: ColumnElement[bool]) -> list[str]:
    """Return accounts by their handles, with their owners."""
    chosen = (
        select(Account.handle, Organisation.name)
        .join(Organisation, Organisation.id == Account.organisation_id)
        .where(which)
        .order_by(Account.id)
    )
    return [f"{handle} ({place})" for handle, place in session.execute(chosen)]


def _keys(subject: Subject) -> Keys | None:
    """Return the keys, or `None` when there are none to be had, which is another check's finding."""
    try:
        return read_keys(subject.settings.keys_path)
    except KeysProblem:
        return None
