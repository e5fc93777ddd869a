"""Connected accounts and their logins. Talks to no platform: whoever did brings the result here to be kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from campaigns import audit
from campaigns.access import may, must
from campaigns.definition.model import Language
from campaigns.organisations import NotFound
from campaigns.store import Account, AccountState, Delivery, Hold, Instance, Pause, SealedLogin, views
from campaigns.vault import CannotOpen, Context, Vault
from connectors import kind_of
from connectors.answers import moment
from connectors.base import Connected, Limits, Login, Profile
from connectors.post import Visibility
from connectors.secret import Secret

ASKED = frozenset({AccountState.connected, AccountState.login_lost, AccountState.paused})
"""States of an account to which a person has said yes, and not goodbye since."""


RENEWAL = timedelta(seconds=90)
"""The wire ends any call after 60 s in all; whoever has not ended a renewal by then is dead."""


class AccountTaken(ValueError):
    """The account is already connected somewhere; never says where (D17, threat C4)."""

    code = "account.taken"


def keep_account(
    session: Session,
    vault: Vault,
    platform: str,
    base: str,
    connected: Connected,
    *,
    language: str | None,
    confirmed: bool = True,
    now: datetime,
) -> Account:
    """Store a connected account with its sealed login; connecting the same one again replaces the login.

    Without `confirmed`, what nobody has said yes to before is kept and sends nothing until `confirm_account` (threat
    C2). Whoever passes true has shown the profile to a person and got a yes.

    Raises: Forbidden; AccountTaken when another organisation has it.
    """
    actor = must(session, "account.connect", "own")
    profile = connected.profile
    server = (profile.base or base).rstrip("/")
    if views.is_connected_elsewhere(session, platform, server, profile.remote_id):
        raise AccountTaken
    same = (Account.platform == platform, Account.base == server, Account.remote_id == profile.remote_id)
    account = session.scalar(select(Account).where(*same))
    if account is None:
        account = Account(
            organisation_id=actor.organisation_id, platform=platform, base=server, remote_id=profile.remote_id
        )
        session.add(account)
    account.handle, account.title, account.address = profile.handle, profile.title, profile.address
    account.followers, account.connected_at = profile.followers, now
    account.limits = asdict(profile.limits) if profile.limits else None
    account.covers = list(profile.covers) or None
    account.login_ends_at = connected.ends_at
    account.state = (
        AccountState.connected if confirmed or account.state in ASKED else AccountState.unconfirmed
    )
    account.state_reason = None
    account.language = language or account.language
    session.flush()
    seal_login(session, vault, account, connected.secrets, now=now)
    audit.record(session, actor, "account.connect", _name(account), {"base": server}, now=now)
    return account


def confirm_account(session: Session, account: Account, *, now: datetime) -> None:
    """Take a person's word that an account which a platform let us into is the right one; it may be used from now on.

    Raises: Forbidden.
    """
    actor = must(session, "account.connect", "own", owner_id=account.organisation_id)
    if account.state == AccountState.unconfirmed:
        account.state = AccountState.connected
        audit.record(session, actor, "account.confirm", _name(account), {}, now=now)


def forget_login(session: Session, account: Account, *, now: datetime) -> bool:
    """Delete an account's login, for good; return whether the account stays, as it does for what was sent there.

    An account that no delivery was ever planned for goes as a whole, and may be connected by whoever it belongs to.

    Raises: Forbidden.
    """
    actor = must(session, "account.disconnect", "own", owner_id=account.organisation_id)
    session.execute(delete(SealedLogin).where(SealedLogin.account_id == account.id))
    audit.record(session, actor, "account.disconnect", _name(account), {}, now=now)
    if _is_used(session, account):
        account.state, account.state_reason = AccountState.disconnected, None
        return True
    session.delete(account)
    return False


def _is_used(session: Session, account: Account) -> bool:
    """Return whether anything but its login hangs on an account."""
    hanging = (Delivery.account_id, Hold.account_id, Pause.account_id)
    return any(session.scalar(select(column).where(column == account.id).limit(1)) for column in hanging)


def _name(account: Account) -> str:
    return f"{account.platform}:{account.handle}"


def seal_login(
    session: Session, vault: Vault, account: Account, secrets: Mapping[str, Secret], *, now: datetime
) -> None:
    """Seal an account's secrets in place of the old ones; a field that is gone is deleted."""
    keep_keys(session)
    present = {
        one.field: one
        for one in session.scalars(select(SealedLogin).where(SealedLogin.account_id == account.id))
    }
    for field, secret in secrets.items():
        key_id, sealed = vault.seal(context_of(account, field), secret)
        row = present.pop(field, None)
        if row is None:
            session.add(
                SealedLogin(
                    organisation_id=account.organisation_id, account_id=account.id, field=field,
                    sealed=sealed, key_id=key_id, sealed_at=now,
                )
            )  # fmt: skip
        else:
            row.sealed, row.key_id, row.sealed_at = sealed, key_id, now
    for gone in present.values():
        session.delete(gone)
    session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(renew_at=moment(secrets["renew_at"].reveal()) if "renew_at" in secrets else None)
    )
    session.flush()


def due_renewals(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """Return accounts, with their platforms, whose logins are to be renewed though nobody uses them; asks no vault."""
    rows = session.execute(
        select(Account.id, Account.platform)
        .where(
            Account.state.in_([AccountState.connected, AccountState.paused]),
            Account.renew_at <= now,
            or_(Account.renewing_until.is_(None), Account.renewing_until <= now),
        )
        .order_by(Account.renew_at)
        .limit(100)
    )
    return [(row[0], row[1]) for row in rows]


def take_renewal(session: Session, account_id: int, *, now: datetime) -> bool:
    """Take it upon oneself to renew a login; return whether nobody else is at it, in whatever process."""
    free = or_(Account.renewing_until.is_(None), Account.renewing_until <= now)
    taken = session.scalar(
        update(Account)
        .where(Account.id == account_id, free)
        .values(renewing_until=now + RENEWAL)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def end_renewal(session: Session, account_id: int) -> None:
    """Let others renew the login again."""
    session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(renewing_until=None)
        .execution_options(synchronize_session=False)
    )


def keep_keys(session: Session) -> None:
    """Keep the vault's keys from being forgotten until this transaction ends (`rotation.forget_keys` waits for it).

    A key is chosen, then the sealed value is stored: between the two nobody may find that the key seals nothing.
    """
    # the weakest lock there is, so that a release, which counts up the same row, waits for nobody
    session.execute(select(Instance.id).with_for_update(read=True, key_share=True))


def give_up_logins(session: Session, known: Collection[str], *, now: datetime) -> int:
    """Take every login that no known key opens for lost, and return of how many accounts; for lost keys alone."""
    lost = select(SealedLogin.account_id).where(SealedLogin.key_id.not_in(known))
    found = session.scalars(select(Account).where(Account.id.in_(lost))).all()
    for account in found:
        account.state, account.state_reason = AccountState.login_lost, "account.cannot_open"
        account.lost_at = now
    return len(found)


def regain_login(session: Session, account: Account, profile: Profile, *, now: datetime) -> bool:
    """Use an account again whose login was held for lost, now that the platform has answered it; return whether."""
    actor = must(session, "account.read", "own")
    lost = account.state == AccountState.login_lost
    if not lost or profile.remote_id != account.remote_id or not may(actor, "account.connect", "own"):
        return False
    account.state, account.state_reason = AccountState.connected, None
    audit.record(session, actor, "account.regain", _name(account), {}, now=now)
    return True


def open_login(session: Session, vault: Vault, account: Account) -> Login:
    """Return an account's login with its secrets opened, for the worker.

    Raises: CannotOpen.
    """
    found = open_logins(session, vault, [account])[account.id]
    if isinstance(found, CannotOpen):
        raise found
    return found


def open_logins(session: Session, vault: Vault, accounts: Sequence[Account]) -> dict[int, Login | CannotOpen]:
    """Return each account's login, or why it cannot be opened, by the account's id."""
    sealed: dict[int, list[SealedLogin]] = {one.id: [] for one in accounts}
    for row in session.scalars(select(SealedLogin).where(SealedLogin.account_id.in_(sealed))):
        sealed[row.account_id].append(row)
    return {one.id: _open(vault, one, sealed[one.id]) for one in accounts}


def _open(vault: Vault, account: Account, rows: Sequence[SealedLogin]) -> Login | CannotOpen:
    try:
        secrets = {
            row.field: vault.open(context_of(account, row.field), row.key_id, row.sealed) for row in rows
        }
    except CannotOpen as trouble:
        return trouble
    return Login(account.base, account.remote_id, secrets, limits_of(account))


def limits_of(account: Account) -> Limits | None:
    """Return the limits that the account's own server stated, if it did."""
    if account.limits is None:
        return None
    stated = dict(account.limits)
    kinds = stated.get("picture_kinds")
    return Limits(**{**stated, "picture_kinds": tuple(kinds) if isinstance(kinds, list) else ()})  # type: ignore[arg-type]  # written by keep_account from the same class


def visibility_of(account: Account) -> Visibility:
    """Return how far an account's posts reach; a word that its platform does not know is the usual one."""
    offered = kind_of(account.platform).visibilities
    return next((one for one in offered if one == account.visibility), offered[0])


def change_visibility(session: Session, account: Account, wanted: str, *, now: datetime) -> None:
    """Let an account's posts reach so far from now on; what is approved already falls with it.

    Raises: Forbidden; NotFound for a reach that the platform does not have.
    """
    actor = must(session, "account.connect", "own", owner_id=account.organisation_id)
    kind = kind_of(account.platform)
    if wanted not in kind.visibilities:
        offered = ", ".join(kind.visibilities)
        raise NotFound("account.no_such_visibility", platform=kind.title, wanted=wanted, offered=offered)
    account.visibility = wanted
    audit.record(session, actor, "account.visibility", _name(account), {"visibility": wanted}, now=now)


def change_language(session: Session, account: Account, wanted: str | None, *, now: datetime) -> None:
    """Let an account be written in this language from now on, or in the organisation's own; approvals fall with it.

    Raises: Forbidden; NotFound for a written language that there is not.
    """
    actor = must(session, "account.connect", "own", owner_id=account.organisation_id)
    if wanted is not None and wanted not in get_args(Language):
        raise NotFound("account.no_such_language", wanted=wanted[:20])
    if account.language != wanted:
        account.language = wanted
        session.flush()
        audit.record(session, actor, "account.language", _name(account), {"language": wanted or ""}, now=now)


def own(session: Session) -> Sequence[Account]:
    """Return the organisation's accounts, those that were disconnected last.

    Raises: Forbidden.
    """
    must(session, "account.read", "own")
    gone = Account.state == AccountState.disconnected
    return session.scalars(select(Account).order_by(gone, Account.platform, Account.handle)).all()


def account_of(session: Session, account_id: int) -> Account:
    """Return an account within the session's scope.

    Raises: NotFound.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("account.unknown", id=account_id)
    return account


def pause_account(session: Session, account: Account, *, paused: bool, now: datetime) -> None:
    """Let an account rest, or use it again; what falls due meanwhile waits, and is missed at its lateness limit.

    Raises: Forbidden.
    """
    actor = must(session, "account.pause", "own", owner_id=account.organisation_id)
    if paused and account.state in ASKED:
        account.state = AccountState.paused  # the reason of a lost login stays, so that it is not forgotten
    elif not paused and account.state == AccountState.paused:
        lost = account.state_reason is not None
        account.state = AccountState.login_lost if lost else AccountState.connected
    else:
        return
    word = "account.pause" if paused else "account.resume"
    audit.record(session, actor, word, _name(account), {}, now=now)


def context_of(account: Account, field: str) -> Context:
    """Return where a secret of this account belongs."""
    return Context(account.organisation_id, f"{account.platform} {account.base} {account.remote_id}", field)
