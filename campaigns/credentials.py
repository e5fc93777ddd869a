"""Local accounts for pilots: a password, and one-time codes as a second factor. Begins no session.

Every check says yes or no and nothing else, in the same time whether or not there is such an account (threat B14).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaigns import tickets, tries
from campaigns.accounts import keep_keys
from campaigns.store import Credential, Person, RecoveryCode
from campaigns.vault import CannotOpen, Context, Vault
from connectors.base import Problem
from connectors.secret import Secret

SHORTEST, LONGEST = 12, 128
"""Characters of a password (ASVS 6.2.1 and 6.2.9)."""
COMMON = frozenset(
    [
        "passordpassord",
        "passord123456",
        "passord12345",
        "123456789012",
        "1234567890123",
        "qwertyuiopåæ",
        "qwertyuiop12",
        "sommersommer",
        "vintervinter",
        "kommunekommune",
        "velkommen123",
        "velkommen1234",
        "hemmelighemmelig",
        "administrator1",
        "norgenorgenorge",
        "passwordpassword",
        "password1234",
        "password123456",
        "iloveyou1234",
        "letmeinletmein",
        "abcdefghijkl",
        "abcd12345678",
    ]
)
"""Passwords of twelve characters and more that everybody tries first."""
STEP = 30
"""Seconds that a one-time code is good for (RFC 6238)."""
SKEW = 1
"""So many steps before and after the present are taken, for clocks that differ."""
RECOVERY_CODES = 10
SEED = "seed"
SEED_LIFE = timedelta(minutes=30)
"""So long a seed that is shown waits for its first code."""
NOBODY = 0
_hasher = PasswordHasher()
_NO_PASSWORD = _hasher.hash(secrets.token_hex(16))
"""What a password is compared with where there is no account: it takes the same time."""


@dataclass(frozen=True, slots=True)
class NewSeed:
    """A seed for one-time codes that asks for nothing yet, and what the page that shows it has to confirm it with."""

    seed: Secret
    ticket: Secret


class PasswordRefused(ValueError):
    """A password that cannot be taken; nothing was stored."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(", ".join(one.code for one in problems))
        self.problems = problems


def set_password(session: Session, person: Person, password: str, *, now: datetime) -> None:
    """Give a person this password; her one-time codes stay what they are (threat B13).

    Raises: PasswordRefused.
    """
    if problems := _problems(password, (person.mail.partition("@")[0], *person.name.split())):
        raise PasswordRefused(problems)
    row = of(session, person.id)
    if row is None:
        row = Credential(person_id=person.id, last_step=0)
        session.add(row)
    row.password, row.changed_at = _hasher.hash(password), now
    session.flush()


def of(session: Session, person_id: int) -> Credential | None:
    """Return a person's local account."""
    return session.scalar(select(Credential).where(Credential.person_id == person_id))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a password is compared with: somebody's, or nobody's, which takes as long."""

    person_id: int | None
    digest: str = field(repr=False)

    def fits(self, password: str) -> bool:
        """Return whether a password is the one. Takes its time on purpose: never within a transaction that writes."""
        return _fits(self.digest, password) and self.person_id is not None


def ask_password(session: Session, mail: str, *, address: str, now: datetime) -> Asked:
    """Count a try, and return what is kept of the password of whoever has this mail address.

    Raises: TooSoon.
    """
    mail = mail.strip().lower()
    tries.begin(session, _about(mail, address), now=now)
    row = session.scalar(
        select(Credential).join(Person, Person.id == Credential.person_id).where(Person.mail == mail)
    )
    return Asked(row.person_id, row.password) if row else Asked(None, _NO_PASSWORD)


def password_was_right(session: Session, mail: str, *, address: str) -> None:
    """Give a try back that was right."""
    tries.went_well(session, _about(mail.strip().lower(), address))


def begin_codes(session: Session, vault: Vault, person_id: int, *, now: datetime) -> NewSeed:
    """Make a new seed for one-time codes, to be shown on one page; what she has is good until a code of it was given.

    Nobody who begins after her, or began before, sees this one: it is opened by a ticket of that page alone.

    Raises: LookupError for a person without a local account.
    """
    if of(session, person_id) is None:
        raise LookupError("there is no local account")
    seed = Secret(pyotp.random_base32())
    keep_keys(session)
    key_id, sealed = vault.seal(_context(person_id), seed)
    details = {"key": key_id, "sealed": base64.b64encode(sealed).decode()}
    ticket = tickets.issue(session, SEED, SEED_LIFE, now=now, person_id=person_id, details=details)
    return NewSeed(seed, ticket)


def begun_seed(
    session: Session, vault: Vault, person_id: int, ticket: str, *, now: datetime
) -> NewSeed | None:
    """Return a seed that was begun on this page, to show it again there; `None` when it is over."""
    stub = tickets.look(session, SEED, ticket, now=now)
    if stub is None or stub.person_id != person_id:
        return None
    key_id, sealed = _sealed(stub)
    try:
        return NewSeed(vault.open(_context(person_id), key_id, sealed), Secret(ticket))
    except CannotOpen:  # its key was changed within these minutes
        return None


def confirm_codes(
    session: Session, vault: Vault, person_id: int, ticket: str, code: str, *, address: str, now: datetime
) -> list[str] | None:
    """Take the first code of a new seed and return recovery codes, shown this once; `None` for a wrong code.

    Raises: TooSoon; LookupError when the seed is over.
    """
    about = _about(f"code:{person_id}", address)
    tries.begin(session, about, now=now)
    row = session.scalar(select(Credential).where(Credential.person_id == person_id).with_for_update())
    begun = begun_seed(session, vault, person_id, ticket, now=now)
    if row is None or begun is None:
        raise LookupError("the seed is over")
    step = _step_of(begun.seed, _plain(code), now)
    stub = tickets.spend(session, SEED, ticket, now=now) if step is not None else None
    if step is None or stub is None:
        return None
    tries.went_well(session, about)
    row.key_id, row.seed = _sealed(stub)
    row.seed_confirmed_at, row.last_step = now, step
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = [_new_recovery_code() for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(person_id=person_id, code_hash=_digest(one)) for one in codes)
    session.flush()
    return codes


def _sealed(stub: tickets.Stub) -> tuple[str, bytes]:
    return str(stub.details["key"]), base64.b64decode(str(stub.details["sealed"]))


def _new_recovery_code() -> str:
    """Return eighty random bits: fewer would be found from their digests by whoever reads the store."""
    return "-".join(secrets.token_hex(2) for _ in range(5))


def has_codes(session: Session, person_id: int) -> bool:
    """Return whether a person gives one-time codes."""
    row = of(session, person_id)
    return row is not None and row.seed is not None and row.seed_confirmed_at is not None


def check_code(
    session: Session, vault: Vault, person_id: int, code: str, *, address: str, now: datetime
) -> bool:
    """Return whether a one-time code, or a recovery code, is right; each is good once (threat B12).

    Raises: TooSoon.
    """
    about = _about(f"code:{person_id}", address)
    tries.begin(session, about, now=now)
    code = _plain(code)
    row = session.scalar(select(Credential).where(Credential.person_id == person_id).with_for_update())
    right = row is not None and row.seed_confirmed_at is not None and _is_code(vault, row, code, now)
    if not right:
        right = _spend_recovery(session, person_id, code, now)
    if right:
        tries.went_well(session, about)
    return right


def _plain(code: str) -> str:
    return code.replace(" ", "").strip().lower()


def _is_code(vault: Vault, row: Credential, code: str, now: datetime) -> bool:
    if row.seed is None:
        return False
    try:
        seed = vault.open(_context(row.person_id), row.key_id or "", row.seed)
    except CannotOpen:
        return False
    step = _step_of(seed, code, now, after=row.last_step)
    if step is None:
        return False
    row.last_step = step
    return True


def _step_of(seed: Secret, code: str, now: datetime, *, after: int = 0) -> int | None:
    """Return the half minute whose code this is, if it is a present one and later than the last that was used."""
    if not code.isdecimal():
        return None
    codes = pyotp.TOTP(seed.reveal(), interval=STEP)
    present = int(now.timestamp()) // STEP
    steps = range(max(present - SKEW, after + 1), present + SKEW + 1)
    return next((one for one in steps if secrets.compare_digest(codes.at(one * STEP), code)), None)


def _spend_recovery(session: Session, person_id: int, code: str, now: datetime) -> bool:
    spent = session.scalar(
        select(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_hash == _digest(code),
            RecoveryCode.used_at.is_(None),
        )
        .with_for_update()
    )
    if spent is None:
        return False
    spent.used_at = now
    return True


def sealed_under(session: Session) -> set[str]:
    """Return the ids of the keys that seal seeds of codes."""
    used = select(Credential.key_id).where(Credential.key_id.is_not(None)).distinct()
    return {one for one in session.scalars(used) if one}


def seal_again(session: Session, vault: Vault) -> None:
    """Seal every seed of codes under the current key."""
    behind = select(Credential).where(Credential.seed.is_not(None), Credential.key_id != vault.current)
    for row in session.scalars(behind.with_for_update()):
        try:
            seed = vault.open(_context(row.person_id), row.key_id or "", row.seed or b"")
        except CannotOpen:
            continue  # a recovery code still lets her in, and she makes a new one
        row.key_id, row.seed = vault.seal(_context(row.person_id), seed)


def _problems(password: str, about: Sequence[str]) -> list[Problem]:
    if not SHORTEST <= len(password) <= LONGEST:
        return [Problem("login.password_length", {"least": SHORTEST, "most": LONGEST})]
    low = password.casefold()
    if low in COMMON or len(set(low)) < 5:
        return [Problem("login.password_common")]
    if any(len(one) > 3 and one.casefold() in low for one in about):
        return [Problem("login.password_about_you")]
    return []


def _fits(known: str, password: str) -> bool:
    try:
        return _hasher.verify(known, password[:LONGEST])
    except VerificationError:
        return False


def _about(account: str, address: str) -> tuple[str, ...]:
    network = tries.network_of(address)
    own = f"account:{_digest(account)[:40]}"
    return (own, f"from:{network}") if network else (own,)


def _context(person_id: int) -> Context:
    return Context(NOBODY, f"person {person_id}", "codes")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
