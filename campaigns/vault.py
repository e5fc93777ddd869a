"""The vault: seals platform logins with AES-256-GCM under an authenticated context, and opens them for the workers.

The context (organisation, account, field) is part of what is authenticated, so that a sealed value copied to another
row or field does not open there (D13, threat G2). Keys lie in a file outside the database. Rotation adds a key; old
ones open until everything is sealed anew. Nothing here knows what it seals.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

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


class CannotOpen(Exception):
    """The sealed value does not belong in this context, was altered, or its key is missing. Names no secret."""


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


class Vault:
    """Seals and opens with the keys it was given."""

    def __init__(self, keys: dict[str, bytes], current: str) -> None:
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = current

    def seal(self, context: Context, secret: Secret) -> tuple[str, bytes]:
        """Return the id of the key used and the sealed bytes."""
        nonce = secrets.token_bytes(NONCE)
        sealed = self._keys[self.current].encrypt(nonce, secret.reveal().encode(), context.encode())
        return self.current, nonce + sealed

    def open(self, context: Context, key_id: str, sealed: bytes) -> Secret:
        """Return the secret.

        Raises: CannotOpen.
        """
        if key_id not in self._keys:
            raise CannotOpen(f"the key {key_id} is not in the key file")
        try:
            return Secret(
                self._keys[key_id].decrypt(sealed[:NONCE], sealed[NONCE:], context.encode()).decode()
            )
        except (InvalidTag, ValueError):  # ValueError: too few bytes to hold a nonce
            raise CannotOpen(
                f"the value sealed with the key {key_id} does not belong here, was altered, or that key is another now"
            ) from None


def open_vault(path: Path) -> Vault:
    """Return the vault of a key file, making the file with one key when there is none.

    Raises: KeysProblem when the file cannot be read as keys.
    """
    if not path.exists():
        # a name of its own, so that a lost file is told as "the key … is missing", never as "altered"
        key_id = f"k-{secrets.token_hex(4)}"
        key = base64.b64encode(secrets.token_bytes(KEY)).decode()
        _write_keys(path, {"current": key_id, "keys": {key_id: key}})
    try:
        content = json.loads(path.read_text("utf-8"))
        keys = {str(key_id): base64.b64decode(key) for key_id, key in content["keys"].items()}
        current = str(content["current"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise KeysProblem(path.name) from None
    if current not in keys or any(len(key) != KEY for key in keys.values()):
        raise KeysProblem(path.name)
    return Vault(keys, current)


def _write_keys(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(f".{secrets.token_hex(8)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails when another process was first: then its keys are the keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
