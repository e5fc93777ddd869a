"""The desk a worker works at: the store, the vault, the pictures and the connectors, put together once per process."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property

from campaigns import accounts
from campaigns.media import MediaFolder
from campaigns.settings import Settings
from campaigns.store import Account, Store
from campaigns.vault import CannotOpen, Vault, open_vault
from connectors import CONNECTORS
from connectors.base import Connector, Login
from connectors.errors import ConnectorError, LoginLost
from connectors.post import Picture
from connectors.wire import Wire

SESSION_EXPIRED = "connector.session_expired"
"""The platform holds a session for ended that is not over by its own date: revoked, or told by another clock."""
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
                begin = not accounts.anything_sealed(session)
        return open_vault(self.settings.keys_path, begin=begin)

    @cached_property
    def wire(self) -> Wire:
        """Return the one door out."""
        return make_wire(self.settings, self.now)

    @cached_property
    def connectors(self) -> Mapping[str, Connector]:
        """Return one connector per platform."""
        return {kind.name: kind(self.wire) for kind in CONNECTORS}

    def close(self) -> None:
        """Hang up on every platform."""
        if "wire" in self.__dict__:
            self.wire.close()

    def fetch_picture(self, picture: Picture) -> bytes:
        """Return a picture's bytes, compared with the digest that was approved.

        Raises: PictureRefused.
        """
        return self.media.read(picture.sha256)

    def login(self, account_id: int, *, refused: bool = False) -> Login:
        """Return an account's login, renewed first where that is due, or where the platform has just refused it.

        Raises: LoginLost; NotSent from the renewal.
        """
        at = self.now() + REFUSED if refused else self.now()
        with self._lock(account_id):  # two threads renewing one session could end it
            login, account = self._read_login(account_id)
            fresh = self.connectors[account.platform].renew(login, at)
            if fresh is not None:
                with self.store.system() as session:
                    accounts.seal_login(session, self.vault, account, fresh, now=self.now())
                login, account = self._read_login(account_id)
        return login

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
        with self.store.system(write=False) as session:
            account = accounts.account_of(session, account_id)
            try:
                login = accounts.open_login(session, self.vault, account)
            except CannotOpen as trouble:
                raise LoginLost("account.cannot_open", diagnostic=str(trouble)) from None
            if not login.secrets:
                raise LoginLost("account.disconnected", diagnostic="no login is kept")
            return login, account


def make_wire(settings: Settings, now: Callable[[], datetime]) -> Wire:
    """Return the one door out as the settings want it; `now` dates the answers."""
    return Wire(
        allow_private=settings.allow_private_hosts,
        user_agent="Samklang/0.1",
        ca_file=str(settings.ca_file) if settings.ca_file else None,
        wall=now,
    )
