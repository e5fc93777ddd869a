"""The desk a worker works at: the store, the vault, the pictures and the connectors, put together once per process."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeVar

import structlog
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaigns import accounts, rotation, shown_pictures
from campaigns.media import MediaFolder
from campaigns.settings import Settings, chosen_for
from campaigns.store import Account, Store
from campaigns.vault import CannotOpen, Vault, open_vault
from connectors import CONNECTORS
from connectors.base import Connector, Login
from connectors.errors import ConnectorError, LoginLost, NotSent
from connectors.post import Picture
from connectors.secret import Secret
from connectors.wire import Wire
from workers.pace import Pace

log = structlog.get_logger()

Done = TypeVar("Done")

SESSION_EXPIRED = "connector.session_expired"
"""The platform holds a session for ended that is not over by its own date: revoked, or told by another clock."""
CALL_USUALLY = 0.5
"""Seconds; the first call of a platform is noted alone."""
STORE_WAITS = (0.1, 0.4, 1.0, 2.0, 4.0, 8.0)
"""Seconds between tries while the store is away, fifteen in all: a database that is restarted is back by then, and the
lease of a call that took its whole minute has not run out."""
REFUSED = timedelta(days=1)
"""A refused session is renewed as if it were tomorrow, when every session of hours is due for it."""


class Desk:
    """Everything a task needs. Only `now` knows what time it is."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        *,
        vault: Vault | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.media = MediaFolder(settings.media_path)
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.speed = settings.sampling_speed
        self.now = now or (lambda: datetime.now(UTC))
        self.call_pace = {kind.name: Pace(CALL_USUALLY) for kind in CONNECTORS}
        self._vault = vault
        self._locks: dict[int, threading.Lock] = {}

    @cached_property
    def vault(self) -> Vault:
        """Return the vault with this instance's keys; the first login ever to be sealed makes them.

        Raises: KeysProblem when they cannot be read, or are missing though logins were sealed with them.
        """
        if self._vault is not None:
            return self._vault
        begin = False
        if not self.settings.keys_path.exists():
            with self.store.system(write=False) as session:
                begin = not rotation.anything_sealed(session)
        return open_vault(self.settings.keys_path, begin=begin)

    @cached_property
    def wire(self) -> Wire:
        """Return the one door out."""
        return make_wire(self.settings, self.now)

    @cached_property
    def connectors(self) -> Mapping[str, Connector]:
        """Return one connector per platform."""
        show = self.show_picture if self.settings.public_url else None
        return {kind.name: kind(self.wire, chosen_for(kind), show) for kind in CONNECTORS}

    def close(self) -> None:
        """Hang up on every platform."""
        if "wire" in self.__dict__:
            self.wire.close()

    def steadily(self, step: Callable[[Session], Done], *, write: bool = True) -> Done:
        """Carry out one step in a transaction of its own, trying again while the store is away.

        For what must not be lost once an attempt has begun; the step must bear being done twice, since a commit whose
        answer was lost may have held. `write=False` is for what is only read on the way.

        Raises: OperationalError when the store stayed away.
        """
        for wait in STORE_WAITS:
            try:
                with self.store.system(write=write) as session:
                    return step(session)
            except OperationalError as error:
                log.warning("store_away", error=type(error.orig).__name__, again_after=wait)
                time.sleep(wait)
        with self.store.system(write=write) as session:
            return step(session)

    def fetch_picture(self, picture: Picture) -> bytes:
        """Return a picture's bytes, compared with the digest that was approved.

        Raises: PictureRefused.
        """
        return self.media.read(picture.sha256)

    def show_picture(self, key: str, picture: Picture) -> str:
        """Return an address under which a delivery's platform may fetch one of its pictures, for an hour.

        Raises: NotSent for a delivery that there is not.
        """
        with self.store.system() as session:
            token = shown_pictures.show(session, key, picture.sha256, now=self.now())
        return f"{(self.settings.public_url or '').rstrip('/')}{shown_pictures.path_of(token)}"

    def login(self, account_id: int, *, refused: bool = False) -> Login:
        """Return an account's login, renewed first where that is due, or where the platform has just refused it.

        Raises: LoginLost; NotSent from the renewal.
        """
        at = self.now() + REFUSED if refused else self.now()
        with self._lock(account_id):  # two threads renewing one session could end it
            login, account = self._read_login(account_id)
            if not self.connectors[account.platform].renewal_due(login, at):
                return login
            with self.store.system() as session:
                mine = accounts.take_renewal(session, account_id, now=self.now())
            if mine:
                return self._renewed(account_id, at)
        if refused:
            raise NotSent(SESSION_EXPIRED, diagnostic="renewed elsewhere", platform=account.platform)
        return login  # somebody renews it ahead of time, and until then this one holds

    def _renewed(self, account_id: int, at: datetime) -> Login:
        """Return the login renewed by us, who alone may now; whatever comes of it, others may afterwards.

        It is read again first: whoever renewed it just before has left another one.
        """
        fresh: Mapping[str, Secret] | None = None
        login, account = self._read_login(account_id)

        def end(session: Session) -> None:
            if fresh is not None:
                accounts.seal_login(session, self.vault, account, fresh, now=self.now())
            accounts.end_renewal(session, account_id)

        try:
            fresh = self.connectors[account.platform].renew(login, at)
        finally:
            self.steadily(end)  # a token that was spent has its successor here and nowhere else
        return self._read_login(account_id)[0] if fresh is not None else login

    def logins(self, account_ids: Collection[int]) -> dict[int, Login | ConnectorError]:
        """Return the logins of several accounts by their ids, or why there is none; read together, renewed one by one."""
        read = self._read_logins(account_ids)
        return {account.id: self._fresh(account, login) for account, login in read}

    def _fresh(self, account: Account, login: Login | LoginLost) -> Login | ConnectorError:
        """Return the login, renewed if that is due; one that is in disorder takes no other account's posts with it."""
        if isinstance(login, LoginLost):
            return login
        try:
            due = self.connectors[account.platform].renewal_due(login, self.now())
            return self.login(account.id) if due else login
        except ConnectorError as error:
            return error
        except Exception as error:
            log.exception("login_failed", account=account.id)
            return NotSent("delivery.internal_fault", diagnostic=type(error).__name__)

    def weigh(self, account_id: int, error: ConnectorError) -> ConnectorError:
        """Return what to make of an error: a session that ended before its time is renewed, and may prove to be lost."""
        if error.code != SESSION_EXPIRED:
            return error
        try:
            self.login(account_id, refused=True)
        except ConnectorError as lost:
            return lost
        return error

    def _lock(self, account_id: int) -> threading.Lock:
        """Return the account's own lock: a server that is slow to renew holds up nobody else."""
        return self._locks.setdefault(account_id, threading.Lock())

    def _read_login(self, account_id: int) -> tuple[Login, Account]:
        ((account, login),) = self._read_logins([account_id])
        if isinstance(login, LoginLost):
            raise login
        return login, account

    def _read_logins(self, account_ids: Collection[int]) -> list[tuple[Account, Login | LoginLost]]:
        def read(session: Session) -> list[tuple[Account, Login | LoginLost]]:
            found = session.scalars(select(Account).where(Account.id.in_(account_ids))).all()
            opened = accounts.open_logins(session, self.vault, found)
            return [(account, _usable(opened[account.id])) for account in found]

        return self.steadily(read, write=False)


def _usable(login: Login | CannotOpen) -> Login | LoginLost:
    if isinstance(login, CannotOpen):
        return LoginLost("account.cannot_open", diagnostic=str(login))
    if not login.secrets:
        return LoginLost("account.disconnected", diagnostic="no login is kept")
    return login


def make_wire(settings: Settings, now: Callable[[], datetime]) -> Wire:
    """Return the one door out as the settings want it; `now` dates the answers."""
    return Wire(
        allow_private=settings.allow_private_hosts,
        user_agent="Samklang/0.1",
        ca_file=str(settings.ca_file) if settings.ca_file else None,
        wall=now,
    )
