"""The vault: seals platform logins with AES-256-GCM under an authenticated context, and opens them for the workers.

The context (organisation, account, field) is part of what is authenticated, so that a sealed value copied to another
row or field does not open there (D13, threat G2). Keys lie in a file outside the database. A new key is added to it and
made the current one; old ones open until everything is sealed anew (`rotation`). Nothing here knows what it seals.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from campaigns.files import draft_of, keep_names, replace_file
from connectors.secret import Secret

NONCE = 12
"""Bytes; the size that GCM is specified for (NIST SP 800-38D)."""


KEY = 32
"""Bytes of a key: AES-256."""


class KeysProblem(Exception):
    """The key file cannot be used; it was altered, or somebody else may not read it. Names the file, never a key."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class KeysBusy(Exception):
    """Somebody else is changing the keys just now; nothing was changed here."""


class CannotOpen(Exception):
    """The sealed value does not belong in this context, was altered, or its key is missing. Names no secret."""

    def __init__(self, text: str, key_id: str) -> None:
        super().__init__(text)
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class Context:
    """Where a sealed value belongs."""

    organisation_id: int
    account: str
    """Platform, server and the platform's id of the account."""
    field: str

    def encode(self) -> bytes:
        """Return the context as the bytes that are authenticated; unambiguous, since it is JSON."""
        return json.dumps([self.organisation_id, self.account, self.field]).encode()


@dataclass(frozen=True, slots=True)
class Keys:
    """What a key file holds."""

    current: str
    """The id of the key that seals."""
    by_id: Mapping[str, bytes] = field(repr=False)


class Vault:
    """Seals and opens with the keys it was given, or with those of a file, which may get new ones meanwhile."""

    def __init__(self, keys: Mapping[str, bytes], current: str, path: Path | None = None) -> None:
        self._path = path
        self._held = _cut(Keys(current, keys))

    @property
    def current(self) -> str:
        """Return the id of the key that seals."""
        return self._held[0]

    def seal(self, context: Context, secret: Secret) -> tuple[str, bytes]:
        """Return the id of the key used and the sealed bytes.

        The file is read again first: what is sealed under a key that is being forgotten would be lost. Who stores the
        result keeps the keys from being forgotten until that is committed (`accounts.seal_login`).
        """
        self._read_again()
        current, ciphers = self._held
        nonce = secrets.token_bytes(NONCE)
        sealed = ciphers[current].encrypt(nonce, secret.reveal().encode(), context.encode())
        return current, nonce + sealed

    def open(self, context: Context, key_id: str, sealed: bytes) -> Secret:
        """Return the secret; for a key that is not known the file is read once more.

        Raises: CannotOpen.
        """
        if key_id not in self._held[1]:
            self._read_again()
        cipher = self._held[1].get(key_id)
        if cipher is None:
            raise CannotOpen(f"the key {key_id} is not in the key file", key_id)
        try:
            return Secret(cipher.decrypt(sealed[:NONCE], sealed[NONCE:], context.encode()).decode())
        except (InvalidTag, ValueError):  # ValueError: too few bytes to hold a nonce
            raise CannotOpen(
                f"the value sealed with the key {key_id} does not belong here, was altered, or that key is another now",
                key_id,
            ) from None

    def _read_again(self) -> None:
        """Take the keys that the file holds now; one that cannot be read leaves those that are held."""
        if self._path is not None:
            with suppress(KeysProblem):
                self._held = _cut(read_keys(self._path))


def packed(secrets: Mapping[str, Secret]) -> Secret:
    """Return several secrets as one, to be sealed together."""
    return Secret(json.dumps({name: secret.reveal() for name, secret in secrets.items()}))


def unpacked(secret: Secret) -> dict[str, Secret]:
    """Return the secrets that `packed` made one of."""
    return {name: Secret(value) for name, value in json.loads(secret.reveal()).items()}


def _cut(keys: Keys) -> tuple[str, dict[str, AESGCM]]:
    """Return the current key's id with every key made ready; one value, so that no thread sees half of a change."""
    return keys.current, {key_id: AESGCM(key) for key_id, key in keys.by_id.items()}


def open_vault(path: Path, *, begin: bool = True) -> Vault:
    """Return the vault of a key file, making the file with one key when there is none and it may `begin`.

    Raises: KeysProblem when the file cannot be read as keys, or is missing where it may not begin.
    """
    if begin and not path.exists():
        begin_keys(path)
    keys = read_keys(path)
    return Vault(keys.by_id, keys.current, path)


def read_keys(path: Path) -> Keys:
    """Return what a key file holds.

    Raises: KeysProblem when there is none, or when it cannot be read as keys.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        keys = {str(key_id): base64.b64decode(key) for key_id, key in content["keys"].items()}
        current = str(content["current"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise KeysProblem(path.name) from None
    if current not in keys or any(len(key) != KEY for key in keys.values()):
        raise KeysProblem(path.name)
    return Keys(current, keys)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else from changing the keys of this file meanwhile; the end of the process lets go, too.

    Raises: KeysBusy when somebody else is at it; KeysProblem when the folder cannot be written to.
    """
    try:
        descriptor = os.open(path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError:
        raise KeysProblem(path.name) from None
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise KeysBusy from None


def add_key(path: Path) -> str:
    """Add a new key to the file, make it the one that seals, and return its id. For whoever is `alone`.

    Raises: KeysProblem.
    """
    keys = read_keys(path)
    key_id = _new_id()
    _replace(path, key_id, {**keys.by_id, key_id: secrets.token_bytes(KEY)})
    return key_id


def drop_keys(path: Path, ids: Collection[str]) -> None:
    """Remove keys from the file, never the current one: what they sealed opens no more. For whoever is `alone`.

    Raises: KeysProblem.
    """
    keys = read_keys(path)
    kept = {one: key for one, key in keys.by_id.items() if one not in ids or one == keys.current}
    if len(kept) < len(keys.by_id):
        _replace(path, keys.current, kept)


def _new_id() -> str:
    # a name of its own, so that a lost file is told as "the key … is missing", never as "altered"
    return f"k-{secrets.token_hex(4)}"


def _replace(path: Path, current: str, keys: Mapping[str, bytes]) -> None:
    try:
        replace_file(path, _encoded(current, keys), mode=0o600)
    except OSError:
        raise KeysProblem(path.name) from None


def begin_keys(path: Path) -> None:
    """Make a key file with one key, unless there is one by now.

    Raises: KeysProblem when the folder cannot be written to.
    """
    try:
        _write_first(path)
    except OSError:
        raise KeysProblem(path.name) from None


def _write_first(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key_id = _new_id()
    draft = draft_of(path, _encoded(key_id, {key_id: secrets.token_bytes(KEY)}), mode=0o600)
    try:
        os.link(draft, path)  # fails when another process was first: then its keys are the keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    keep_names(path.parent)


def _encoded(current: str, keys: Mapping[str, bytes]) -> str:
    shown = {key_id: base64.b64encode(key).decode() for key_id, key in keys.items()}
    return json.dumps({"current": current, "keys": shown})
