"""Rotation of keys: whatever breaks, every login opens; what is no longer needed can be forgotten, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from processes import ROOT
from sqlalchemy import select, text
from world import World

from campaigns import accounts, rotation
from campaigns.rotation import KeyUse
from campaigns.store import Account, AuditEntry, SealedLogin
from campaigns.vault import CannotOpen, KeysBusy, KeysProblem, Vault, alone, open_vault, read_keys
from connectors.base import Connected, Profile
from connectors.secret import Secret


def keep(world: World, number: str, remote_id: str, **secrets: str) -> Account:
    """Connect an account of no platform with these secrets."""
    profile = Profile(remote_id, f"h{remote_id}", "T", f"https://p.example/{remote_id}", None)
    connected = Connected(profile, {name: Secret(value) for name, value in secrets.items()})
    with world.store.scope(world.actors[number]) as session:
        return accounts.keep_account(
            session, world.desk.vault, "p", "https://p.example", connected, language=None, now=world.now
        )


SECRETS = {"4601": {"1": {"token": "a", "refresh": "b"}, "2": {"token": "c"}}, "4621": {"3": {"token": "d"}},
           "4636": {"4": {"token": "e"}}}  # fmt: skip
ALL = {"1": {"token": "a", "refresh": "b"}, "2": {"token": "c"}, "3": {"token": "d"}, "4": {"token": "e"}}


@pytest.fixture
def kept(world: World) -> World:
    """A world with four accounts' logins in three municipalities."""
    for number, own in SECRETS.items():
        for remote_id, secrets in own.items():
            keep(world, number, remote_id, **secrets)
    return world


def opened(world: World, vault: Vault) -> dict[str, dict[str, str]]:
    """Return every account's secrets, opened with a vault."""
    with world.store.system(write=False) as session:
        return {
            one.remote_id: {
                name: secret.reveal()
                for name, secret in accounts.open_login(session, vault, one).secrets.items()
            }
            for one in session.scalars(select(Account))
        }


def rotate(world: World) -> rotation.Rotated:
    return rotation.rotate(world.store, world.settings.keys_path, now=world.now)


def uses(world: World) -> list[tuple[bool, bool, int]]:
    with world.store.system(write=False) as session:
        found = rotation.key_uses(session, world.settings.keys_path)
    return [(one.current, one.known, one.logins) for one in found]


def test_a_new_key_seals_everything_and_the_old_one_stays_until_it_is_forgotten(kept: World) -> None:
    path = kept.settings.keys_path
    old = read_keys(path).current
    done = rotate(kept)
    assert (done.logins, done.stuck) == (4, 0)
    assert done.key == read_keys(path).current != old
    assert uses(kept) == [(True, True, 4), (False, True, 0)]
    assert opened(kept, open_vault(path)) == ALL
    assert rotation.forget_keys(kept.store, path) == [old]
    assert uses(kept) == [(True, True, 4)]
    assert opened(kept, open_vault(path)) == ALL
    assert rotation.forget_keys(kept.store, path) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in path.parent.glob("keys*")) == ["keys.json", "keys.lock"]


def test_a_process_that_lives_on_opens_what_was_sealed_under_keys_it_never_saw(kept: World) -> None:
    lasting, path = open_vault(kept.settings.keys_path), kept.settings.keys_path
    for _ in range(2):
        rotate(kept)
        rotation.forget_keys(kept.store, path)
        assert opened(kept, lasting) == ALL


def test_a_process_that_lives_on_seals_under_the_new_key(kept: World) -> None:
    desk = kept.desk
    assert desk.vault.current
    rotate(kept)
    rotation.forget_keys(kept.store, kept.settings.keys_path)
    keep(kept, "4601", "2", token="new")
    assert opened(kept, open_vault(kept.settings.keys_path)) == ALL | {"2": {"token": "new"}}


def test_a_lost_key_file_takes_no_keys_from_a_process_that_has_them(kept: World) -> None:
    lasting, path = open_vault(kept.settings.keys_path), kept.settings.keys_path
    path.rename(path.with_name("lost"))
    assert opened(kept, lasting) == ALL
    path.write_text("{}")
    assert (
        lasting.seal(accounts.context_of(Account(organisation_id=1), "token"), Secret("x"))[0]
        == lasting.current
    )
    assert opened(kept, lasting) == ALL


def test_each_organisations_chain_tells_of_it(kept: World) -> None:
    key = rotate(kept).key
    with kept.store.system(write=False) as session:
        told = session.execute(
            select(AuditEntry.organisation_id, AuditEntry.subject, AuditEntry.how, AuditEntry.details)
            .where(AuditEntry.action == "keys.rotate")
            .order_by(AuditEntry.organisation_id)
        ).all()
    ids = [kept.places[number].id for number in SECRETS]
    assert [tuple(row) for row in told] == [
        (one, key, "operator", {"logins": logins}) for one, logins in zip(ids, (2, 1, 1), strict=True)
    ]


# -- interrupted


@pytest.fixture(scope="module")
def driver() -> Iterator[Callable[..., int]]:
    """Does a job in a process that dies at a step; returns how that ended."""
    with subprocess.Popen(
        [sys.executable, str(ROOT / "tests" / "rotating.py")], text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as popen:  # fmt: skip

        def work(world: World, do: str, die: int) -> int:
            url = world.store.url.render_as_string(hide_password=False)
            job = {
                "database": url, "keys": str(world.settings.keys_path), "do": do, "now": world.now.isoformat(), "die": die,
            }  # fmt: skip
            popen.stdin.write(json.dumps(job) + "\n")
            popen.stdin.flush()
            return int(popen.stdout.readline())

        yield work
        popen.stdin.close()


@pytest.mark.slow
def test_a_rotation_killed_at_any_step_leaves_every_login_openable_and_goes_on(
    kept: World, driver: Callable[..., int]
) -> None:
    path = kept.settings.keys_path
    lasting = open_vault(path)
    for step in count(1):
        ended = driver(kept, "rotate", step)
        assert opened(kept, open_vault(path)) == ALL, step
        assert opened(kept, lasting) == ALL, step
        assert len(read_keys(path).by_id) <= 2, step
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        rotate(kept)
        assert uses(kept)[0] == (True, True, 4), step
        rotation.forget_keys(kept.store, path)
        assert opened(kept, lasting) == opened(kept, open_vault(path)) == ALL, step
    assert step > 10, "there are transactions, and a file between them"


def test_forgetting_killed_at_any_step_leaves_every_login_openable(
    kept: World, driver: Callable[..., int]
) -> None:
    path = kept.settings.keys_path
    for step in count(1):
        rotate(kept)
        ended = driver(kept, "forget", step)
        assert opened(kept, open_vault(path)) == ALL, step
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    assert len(read_keys(path).by_id) == 1
    assert step > 3


def test_a_rotation_that_was_interrupted_is_ended_by_the_next_and_makes_no_third_key(
    kept: World, driver: Callable[..., int]
) -> None:
    lasting = rotate(kept).key
    with kept.store.system(write=False) as session:
        assert {one.key_id for one in session.scalars(select(SealedLogin))} == {lasting}
    step = next(turn for turn in count(1) if driver(kept, "rotate", turn) and 0 < uses(kept)[0][2] < 4)
    begun = read_keys(kept.settings.keys_path).current
    assert step
    done = rotate(kept)
    assert (done.key, uses(kept)[0]) == (begun, (True, True, 4))


# -- at once


def test_of_two_rotations_at_once_one_is_refused(kept: World) -> None:
    path = kept.settings.keys_path
    before = path.read_bytes()
    with alone(path), pytest.raises(KeysBusy):
        rotate(kept)
    with alone(path), pytest.raises(KeysBusy):
        rotation.forget_keys(kept.store, path)
    assert path.read_bytes() == before
    assert rotate(kept).logins == 4


def test_a_key_is_not_forgotten_while_somebody_seals(kept: World) -> None:
    path = kept.settings.keys_path
    rotate(kept)
    forgotten: list[list[str]] = []
    with kept.store.system() as session:
        account = session.scalars(select(Account).where(Account.remote_id == "3")).one()
        accounts.seal_login(session, kept.desk.vault, account, {"token": Secret("newer")}, now=kept.now)
        thread = threading.Thread(target=lambda: forgotten.append(rotation.forget_keys(kept.store, path)))
        thread.start()
        thread.join(0.2)
        assert forgotten == []
    thread.join(60)
    assert len(forgotten[0]) == 1
    assert opened(kept, open_vault(path)) == ALL | {"3": {"token": "newer"}}


def test_a_login_renewed_while_keys_change_is_the_newest_and_opens(kept: World) -> None:
    path, stop = kept.settings.keys_path, threading.Event()
    lasting, written = open_vault(path), ["d"]

    def renew() -> None:
        for turn in count():
            if stop.is_set():
                return
            with kept.store.system() as session:
                account = session.scalars(select(Account).where(Account.remote_id == "3")).one()
                accounts.seal_login(session, lasting, account, {"token": Secret(f"d{turn}")}, now=kept.now)
            written.append(f"d{turn}")

    thread = threading.Thread(target=renew)
    thread.start()
    for _ in range(10):
        rotate(kept)
        rotation.forget_keys(kept.store, path)
    stop.set()
    thread.join(60)
    assert opened(kept, open_vault(path)) == ALL | {"3": {"token": written[-1]}}


# -- what cannot be done


def test_a_login_that_does_not_open_is_left_and_its_key_is_kept(kept: World) -> None:
    with kept.store.system() as session:
        session.execute(
            text("UPDATE sealed_login SET sealed = :nothing WHERE field = 'refresh'"), {"nothing": b"x" * 40}
        )
    for _ in range(2):
        done = rotate(kept)
        assert (done.logins, done.stuck) == (4, 1)
    path = kept.settings.keys_path
    assert len(rotation.forget_keys(kept.store, path)) == 1
    assert uses(kept) == [(True, True, 4), (False, True, 1)]
    with pytest.raises(CannotOpen):
        opened(kept, open_vault(path))


def test_a_login_under_a_key_that_is_gone_is_told_of(kept: World) -> None:
    path = kept.settings.keys_path
    path.unlink()
    open_vault(path)
    with kept.store.system(write=False) as session:
        current, gone = rotation.key_uses(session, path)
    assert (current.current, current.logins) == (True, 0)
    assert gone == KeyUse(gone.id, current=False, known=False, logins=4)
    assert (rotate(kept).logins, rotate(kept).stuck) == (0, 4)


def test_no_keys_are_made_where_logins_are_sealed_and_the_keys_are_away(kept: World) -> None:
    path = kept.settings.keys_path
    path.unlink()
    with pytest.raises(KeysProblem):
        rotate(kept)
    assert not path.exists()
