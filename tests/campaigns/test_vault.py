"""The vault: a login opens in its own place alone, and shows itself nowhere (threats G1–G5)."""

from __future__ import annotations

import io
import json
import logging
import pickle
import stat
import threading
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError
from world import World

from campaigns import accounts
from campaigns.settings import Settings
from campaigns.store import Account, AccountState, AuditEntry, SealedLogin
from campaigns.vault import CannotOpen, Context, KeysProblem, Vault, open_vault
from connectors.base import Connected, Login, Profile
from connectors.secret import Secret
from samklang.logs import begin_logging

CANARY = "canary-4d1f-token"
HERE = Context(1, "p https://p.example 7", "token")


def vault(*names: str) -> Vault:
    return Vault({name: name.encode().ljust(32, b"-") for name in names}, names[0])


@given(st.text(), st.integers(), st.text(), st.text())
def test_what_was_sealed_opens_in_its_own_place(value: str, owner: int, account: str, field: str) -> None:
    keys, context = vault("a"), Context(owner, account, field)
    key_id, sealed = keys.seal(context, Secret(value))
    assert keys.open(context, key_id, sealed).reveal() == value
    assert value.encode() not in sealed or len(value) < 4


@pytest.mark.parametrize(
    "elsewhere",
    [
        Context(2, HERE.account, HERE.field),
        Context(1, "p https://p.example 8", HERE.field),
        Context(1, HERE.account, "refresh"),
        Context(1, f"{HERE.account} token", ""),
    ],
)
def test_a_value_copied_to_another_place_does_not_open(elsewhere: Context) -> None:
    keys = vault("a")
    key_id, sealed = keys.seal(HERE, Secret(CANARY))
    with pytest.raises(CannotOpen, match="does not belong here"):
        keys.open(elsewhere, key_id, sealed)


@given(st.integers(min_value=0, max_value=60), st.integers(min_value=1, max_value=255))
def test_an_altered_value_does_not_open(place: int, difference: int) -> None:
    keys = vault("a")
    key_id, sealed = keys.seal(HERE, Secret(CANARY))
    altered = bytearray(sealed)
    altered[place % len(sealed)] ^= difference
    with pytest.raises(CannotOpen):
        keys.open(HERE, key_id, bytes(altered))


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12, b"x" * 27])
def test_what_is_no_sealed_value_is_told_and_ends_nothing(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        vault("a").open(HERE, "a", sealed)


def test_a_missing_or_another_key_is_told_by_its_id() -> None:
    key_id, sealed = vault("k-new", "k-old").seal(HERE, Secret(CANARY))
    assert key_id == "k-new"
    with pytest.raises(CannotOpen, match="k-new is not in the key file"):
        vault("k-old").open(HERE, key_id, sealed)
    other = Vault({"k-new": b"x" * 32}, "k-new")
    with pytest.raises(CannotOpen, match="k-new"):
        other.open(HERE, key_id, sealed)


def test_an_older_key_still_opens_what_it_sealed() -> None:
    key_id, sealed = vault("old").seal(HERE, Secret(CANARY))
    assert vault("new", "old").open(HERE, key_id, sealed).reveal() == CANARY


def test_the_same_value_sealed_twice_looks_different() -> None:
    keys = vault("a")
    assert keys.seal(HERE, Secret(CANARY))[1] != keys.seal(HERE, Secret(CANARY))[1]


# -- the key file


def test_the_key_file_is_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "keys.json"
    key_id, sealed = open_vault(path).seal(HERE, Secret(CANARY))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert open_vault(path).open(HERE, key_id, sealed).reveal() == CANARY
    assert [one.name for one in path.parent.iterdir()] == ["keys.json"]


def test_two_processes_that_begin_at_once_get_the_same_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(open_vault(path).current)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_new_key_file_never_has_the_name_of_a_lost_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    key_id, sealed = open_vault(path).seal(HERE, Secret(CANARY))
    path.unlink()
    with pytest.raises(CannotOpen, match=f"{key_id} is not in the key file"):
        open_vault(path).open(HERE, key_id, sealed)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"current": "a", "keys": {}}', '{"current": "a", "keys": {"a": "c2hvcnQ="}}',
     '{"current": "a", "keys": {"a": 7}}', '{"current": "a", "keys": []}'],
)  # fmt: skip
def test_a_key_file_that_cannot_be_used_is_told_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(KeysProblem, match=r"keys\.json"):
        open_vault(path)
    assert path.read_text() == content


# -- a login of an account


def keep(world: World, number: str, remote_id: str, **secrets: str) -> Account:
    profile = Profile(remote_id, f"h{remote_id}", "T", f"https://p.example/{remote_id}", None)
    connected = Connected(profile, {name: Secret(value) for name, value in secrets.items()})
    with world.store.scope(world.actors[number]) as session:
        return accounts.keep_account(
            session, world.desk.vault, "p", "https://p.example", connected, language=None, now=world.now
        )


def read(world: World, account: Account) -> Login:
    with world.store.system(write=False) as session:
        return accounts.open_login(session, world.desk.vault, session.get_one(Account, account.id))


def test_a_sealed_login_copied_to_another_row_field_or_organisation_does_not_open(world: World) -> None:
    mine = keep(world, "4601", "1", token=CANARY, refresh="other")
    same_owner = keep(world, "4601", "2", token="t2")
    theirs = keep(world, "4621", "3", token="t3")
    assert read(world, mine).secrets["token"].reveal() == CANARY
    copy = (
        "UPDATE sealed_login SET sealed = (SELECT sealed FROM sealed_login WHERE account_id = :of AND field = 'token')"
        " WHERE account_id = :to AND field = :field"
    )
    for to, field in ((same_owner.id, "token"), (theirs.id, "token"), (mine.id, "refresh")):
        with world.store.system() as session:
            session.execute(text(copy), {"of": mine.id, "to": to, "field": field})
        with pytest.raises(CannotOpen):
            read(world, mine if field == "refresh" else same_owner if to == same_owner.id else theirs)


def test_connecting_again_replaces_the_login_and_drops_fields_that_are_gone(world: World) -> None:
    account = keep(world, "4601", "1", token="old", refresh="r")
    with world.store.system() as session:
        session.get_one(Account, account.id).state = AccountState.login_lost
    again = keep(world, "4601", "1", token="new")
    assert (again.id, again.state) == (account.id, AccountState.connected)
    secrets = read(world, account).secrets
    assert {name: secret.reveal() for name, secret in secrets.items()} == {"token": "new"}


def test_an_account_that_another_has_is_refused_without_saying_whose_it_is(world: World) -> None:
    keep(world, "4601", "1", token="t")
    with pytest.raises(accounts.AccountTaken) as told:
        keep(world, "4621", "1", token="t")
    assert not any(word in str(told.value) for word in ("4601", "Bergen"))
    with world.store.system(write=False) as session:
        assert len(session.scalars(select(Account)).all()) == 1
        assert len(session.scalars(select(SealedLogin)).all()) == 1


# -- nothing shows it


def test_a_secret_has_no_form_that_could_be_seen() -> None:
    secret = Secret(CANARY)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>80}",
        repr({"token": secret}),
        repr(vault("a")),
    ]
    assert not any(CANARY in one for one in shown)
    assert not hasattr(secret, "__dict__")
    for attempt in (
        lambda: json.dumps(secret),
        lambda: pickle.dumps(secret),
        lambda: secret == CANARY,
        lambda: {secret},
    ):
        with pytest.raises(TypeError):
            attempt()


def test_a_secret_stands_nowhere_but_in_the_vault(world: World, tmp_path: Path) -> None:
    stream = io.StringIO()
    before = structlog.get_config(), logging.getLogger().handlers[:], logging.getLogger().level
    begin_logging("DEBUG", "json", stream)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        account = keep(world, "4601", "1", token=CANARY)
        login = read(world, account)
        log = structlog.get_logger()
        log.debug("login", login=login, secrets=login.secrets)
        _stumble(world, login)
    finally:
        structlog.configure(**before[0])
        logging.getLogger().handlers[:], logging.getLogger().level = before[1:]
    assert "login" in stream.getvalue()
    assert "stumbled" in stream.getvalue()
    assert CANARY not in stream.getvalue()
    with world.store.system(write=False) as session:
        rows = [*session.execute(select(SealedLogin.sealed)), *session.execute(select(AuditEntry.details))]
    assert rows
    assert not any(CANARY in repr(row) for row in rows)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path.name


def _stumble(world: World, login: Login) -> None:
    """Let errors of every kind be logged with the secret in a local variable of the frames."""
    value = login.secrets["token"].reveal()

    def wrong_sql() -> None:
        with world.store.system() as session:
            session.execute(text("INSERT INTO nowhere VALUES (:value)"), {"value": value})

    def wrong_key() -> None:
        vault("other").open(HERE, "other", value.encode())

    for fault in (wrong_sql, wrong_key):
        try:
            fault()
        except (SQLAlchemyError, CannotOpen) as trouble:
            structlog.get_logger().exception("stumbled", error=str(trouble))


def test_settings_show_no_address_with_its_password(tmp_path: Path) -> None:
    settings = Settings(
        home=tmp_path, database=f"postgresql+psycopg://u:{CANARY}@h/d", broker=f"redis://:{CANARY}@127.0.0.1/0"
    )  # fmt: skip
    assert settings.database_url.count(CANARY) == 1
    assert CANARY not in repr(settings)
    assert CANARY not in settings.model_dump_json()
