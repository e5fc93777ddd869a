"""Connecting accounts on a platform's own page: who may come back with which answer, once, soon, and where to.

A person is sent to the platform with a random state; what she brings back counts only for her, her organisation, the
same platform, server and redirect address, once, and within minutes (threat C1). What comes of it is an account that
sends nothing until a person has confirmed it (C2). Here the steps between database and platform are put together: each
database step is a transaction of its own, and none is open across the network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaigns import accounts, applications, audit, plans, tickets
from campaigns.access import must
from campaigns.accounts import AccountTaken
from campaigns.applications import Place
from campaigns.store import AccountState, Actor, Participation, PendingLogin, Store, views
from campaigns.vault import CannotOpen, Vault, packed, unpacked
from connectors.addresses import base_address
from connectors.base import Authorisation, Connected, Connector, Login, Profile
from connectors.errors import AppLost, ConnectorError
from connectors.secret import Secret

LIFE = timedelta(minutes=10)
"""Enough to log in with a second factor; the platforms' codes live no longer (RFC 6749, 4.1.2)."""
BACK = "/accounts/back"
"""Where platforms send people back to, under our own address; it is what an application is registered with there."""

_CHOSEN = ("remote_id", "handle", "title", "address", "followers", "base")
"""What is kept of a profile until it is chosen; limits of an account's own are no matter where there are several."""


class ConnectingOver(ValueError):
    """What was brought back opens nothing; whether it is unknown, used, old or somebody else's is not said."""

    code = "account.connecting_over"


@dataclass(frozen=True, slots=True)
class Begun:
    """A person's way to the platform's page."""

    address: str
    state: Secret
    """Comes back with her; whoever sends her keeps it where only she has it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An account that was connected: its number, and whom the platform says it is."""

    account_id: int
    profile: Profile
    confirmed: bool
    """Whether a person has said yes to it before; else somebody has to now."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Several accounts that a consent reaches, of which a person has to choose one."""

    state: Secret
    """Opens the choice: for her, for the same minutes, and once."""
    profiles: tuple[Profile, ...]


@dataclass(frozen=True, slots=True)
class Porch:
    """Where people go out to a platform and come back: the store, the vault, the connector, and who goes."""

    store: Store
    vault: Vault
    connector: Connector
    actor: Actor


def server_of(connector: Connector, typed: str) -> str:
    """Return the server that a person typed as its base address, before she types any secret.

    Raises: Refused when it is no address of a server.
    """
    return base_address(typed, allow_private=connector.wire.allow_private)


def begin(porch: Porch, server: str, redirect: str, *, now: datetime) -> Begun:
    """Return the address of the platform's page that asks the person for her yes.

    Our application at the server is registered once and used by everybody; where the server has forgotten it, once
    more.

    Raises: Forbidden; ConnectorError.
    """
    place = Place(porch.connector.name, server, redirect)
    with porch.store.scope(porch.actor, write=False) as session:
        must(session, "account.connect", "own")
        named = porch.connector.applied_for  # the settings may name another one by now
        app = None if named else applications.application(session, porch.vault, place)
    state = tickets.new_token()
    way: Authorisation | None = None
    if app is not None:
        with suppress(AppLost):
            way = porch.connector.authorise(server, redirect, app, state)
    if way is None:
        app = porch.connector.register(server, redirect)
        with porch.store.scope(porch.actor) as session:
            applications.keep_application(session, porch.vault, place, app, now=now)
        way = porch.connector.authorise(server, redirect, app, state)
    with porch.store.scope(porch.actor) as session:
        _note(session, porch, place, state, way, now)
    return Begun(way.address, state)


def finish(
    porch: Porch,
    server: str,
    redirect: str,
    *,
    state: Secret,
    code: Secret,
    issuer: str | None = None,
    language: str | None = None,
    now: datetime,
) -> Kept | Choice:
    """Trade what a person brought back for a login and keep the account, unconfirmed where it is new.

    Where it reaches several, nothing is kept yet but the choice between them, sealed.

    `issuer` is the `iss` that came with it, where one did (RFC 9207): it must name the server.

    Raises: ConnectingOver; Forbidden; AccountTaken; AppLost; ConnectorError.
    """
    place = Place(porch.connector.name, server, redirect)
    if issuer is not None and issuer.rstrip("/") != server:
        raise ConnectingOver
    with porch.store.scope(porch.actor) as session:
        must(session, "account.connect", "own")
        kept = _spend(session, porch, place, state, now)
        app = applications.application(session, porch.vault, place)
    if kept is None or app is None:
        raise ConnectingOver
    try:
        connected = porch.connector.exchange(server, redirect, app, kept, code)
    except AppLost:
        with porch.store.scope(porch.actor) as session:
            applications.forget_application(session, place)
        raise
    if len(connected) == 1:
        return keep(porch, server, connected[0], language=language, confirmed=False, now=now)
    choice = Choice(tickets.new_token(), tuple(one.profile for one in connected))
    way = Authorisation("", {one.profile.remote_id: Secret(_written(one)) for one in connected})
    with porch.store.scope(porch.actor) as session:
        _note(session, porch, place, choice.state, way, now)
    return choice


def choose(
    porch: Porch,
    server: str,
    redirect: str,
    *,
    state: Secret,
    remote_id: str,
    language: str | None = None,
    now: datetime,
) -> Kept:
    """Keep the account that a person chose of several, unconfirmed where it is new; the logins of the others are gone.

    Raises: ConnectingOver, also for one that was not among them; Forbidden; AccountTaken.
    """
    with porch.store.scope(porch.actor) as session:
        must(session, "account.connect", "own")
        kept = _spend(session, porch, Place(porch.connector.name, server, redirect), state, now)
    if kept is None or remote_id not in kept:
        raise ConnectingOver
    return keep(porch, server, _read(kept[remote_id]), language=language, confirmed=False, now=now)


def _written(connected: Connected) -> str:
    profile = {name: getattr(connected.profile, name) for name in _CHOSEN}
    ends = connected.ends_at.isoformat() if connected.ends_at else None
    return json.dumps([profile, {name: one.reveal() for name, one in connected.secrets.items()}, ends])


def _read(sealed: Secret) -> Connected:
    profile, logins, ends = json.loads(sealed.reveal())
    ends_at = datetime.fromisoformat(ends) if ends else None
    return Connected(Profile(**profile), {name: Secret(one) for name, one in logins.items()}, ends_at)


def keep(
    porch: Porch, server: str, connected: Connected, *, language: str | None, confirmed: bool, now: datetime
) -> Kept:
    """Keep an account that a platform let us into; one that another organisation has is refused, and both are told (C4).

    Raises: Forbidden; AccountTaken.
    """
    try:
        with porch.store.scope(porch.actor) as session:
            account = accounts.keep_account(
                session, porch.vault, porch.connector.name, server, connected,
                language=language, confirmed=confirmed, now=now,
            )  # fmt: skip
            return Kept(account.id, connected.profile, account.state != AccountState.unconfirmed)
    except AccountTaken:
        base = connected.profile.base or server
        with suppress(ConnectorError):
            porch.connector.revoke(Login(base, connected.profile.remote_id, connected.secrets))
        _tell_both(porch, base, connected.profile, now)
        raise


def disconnect(porch: Porch, account_id: int, *, now: datetime) -> bool:
    """Take our login away from an account: here in any case, and at the platform where that lies in our hands.

    What is planned there is withdrawn; what is live stays live. Returns whether the platform has made it worthless; where not, a person does that there.

    Raises: Forbidden; NotFound.
    """
    login: Login | None = None
    with porch.store.scope(porch.actor, write=False) as session:
        account = accounts.account_of(session, account_id)
        must(session, "account.disconnect", "own", owner_id=account.organisation_id)
        with suppress(CannotOpen):
            login = accounts.open_login(session, porch.vault, account)
    revoked = False
    if login is not None and login.secrets:
        with suppress(ConnectorError):
            revoked = porch.connector.revoke(login)
    with porch.store.scope(porch.actor) as session:
        accounts.forget_login(session, accounts.account_of(session, account_id), now=now)
        for mine in session.scalars(select(Participation).order_by(Participation.id)).all():
            plans.plan_participation(session, mine, now=now)
    return revoked


def _note(
    session: Session, porch: Porch, place: Place, state: Secret, way: Authorisation, now: datetime
) -> None:
    """Write down who is on her way, and forget those whose time is over."""
    accounts.keep_keys(session)
    session.execute(delete(PendingLogin).where(PendingLogin.ends_at <= now))
    row = PendingLogin(
        organisation_id=porch.actor.organisation_id,
        person_id=porch.actor.person_id,
        state_hash=tickets.digest(state.reveal()),
        platform=place.platform,
        base=place.base,
        redirect=place.redirect,
        ends_at=now + LIFE,
    )
    row.key_id, row.sealed = porch.vault.seal(applications.context_of_pending(row), packed(way.kept))
    session.add(row)


def _spend(
    session: Session, porch: Porch, place: Place, state: Secret, now: datetime
) -> Mapping[str, Secret] | None:
    """Use a state up, if it is this person's, for this server, and still good; return what was kept with it."""
    row = session.scalar(
        update(PendingLogin)
        .where(
            PendingLogin.state_hash == tickets.digest(state.reveal()),
            PendingLogin.organisation_id == porch.actor.organisation_id,
            PendingLogin.person_id == porch.actor.person_id,
            PendingLogin.platform == place.platform,
            PendingLogin.base == place.base,
            PendingLogin.redirect == place.redirect,
            PendingLogin.used_at.is_(None),
            PendingLogin.ends_at > now,
        )
        .values(used_at=now)
        .returning(PendingLogin)
        .execution_options(synchronize_session=False)
    )
    if row is None:
        return None
    try:
        return unpacked(porch.vault.open(applications.context_of_pending(row), row.key_id, row.sealed))
    except CannotOpen:
        return None


def _tell_both(porch: Porch, base: str, profile: Profile, now: datetime) -> None:
    """Write into both chains that an account was asked for twice; neither is told who the other is (D17)."""
    subject = f"{porch.connector.name}:{profile.handle}"
    with porch.store.system() as session:
        audit.record(session, porch.actor, "account.refused", subject, {"base": base}, now=now)
        owner = views.owner_of(session, porch.connector.name, base, profile.remote_id)
        if owner is not None:
            audit.record(session, owner, "account.wanted", subject, {"base": base}, now=now)
