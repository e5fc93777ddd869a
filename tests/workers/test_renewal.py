"""A login is renewed by one worker alone, in whatever process: a token that is spent once is not spent by two."""

from __future__ import annotations

import base64
import hashlib
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from world import World

from campaigns import accounts
from campaigns.accounts import RENEWAL
from campaigns.store import Account, AccountState
from connectors import Login, LoginLost, NotSent, Secret
from workers.desk import SESSION_EXPIRED, Desk

TOKEN = "/2/oauth2/token"


@pytest.fixture
def account(world: World) -> int:
    """Voss's account on a platform whose refresh tokens are spent once."""
    (number,) = world.connect("4621", ["x"])
    return number


def give_session(world: World, number: int, refresh: str, ends_in: float) -> None:
    """Seal a session of the account as consent would have given it."""
    ends = world.now + timedelta(minutes=ends_in)
    secrets = {
        "access_token": f"demo-{world.handle('4621')}",
        "refresh_token": refresh,
        "client_id": "4711",
        "client_secret": "hemmeleg",
        "ends_at": ends.isoformat(),
    }
    with world.store.system() as session:
        row = session.get_one(Account, number)
        sealed = {name: Secret(one) for name, one in secrets.items()}
        accounts.seal_login(session, world.desk.vault, row, sealed, now=world.now)


def first_refresh(world: World) -> str:
    """Return a refresh token that the stand-in knows: that of a consent."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    asked = {"redirect_uri": "http://127.0.0.1:1/", "code_challenge": challenge, "as": world.handle("4621")}

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.build_opener(Stay).open(
            f"{world.bases['x']}/i/oauth2/authorize?{urllib.parse.urlencode(asked)}"
        )
    back = urllib.parse.parse_qs(urllib.parse.urlsplit(told.value.headers["Location"]).query)
    told.value.close()
    form = {"grant_type": "authorization_code", "code": back["code"][0], "code_verifier": "v" * 43}
    answer = world.desk.wire.call("POST", world.bases["x"] + TOKEN, form=form)
    return str(answer.object()["refresh_token"])


@pytest.fixture
def desks(world: World) -> Iterator[list[Desk]]:
    """Desks of three processes, as far as they share nothing but the store."""
    made = [
        Desk(world.settings, world.store, vault=world.desk.vault, now=lambda: world.now) for _ in range(3)
    ]
    yield made
    for one in made:
        one.close()


def token_calls(world: World) -> int:
    made = world.tell("x", "GET", "/_sandbox/calls")
    assert isinstance(made, list)
    return sum(one["path"] == TOKEN for one in made)


def test_three_processes_spend_one_refresh_token_once(world: World, account: int, desks: list[Desk]) -> None:
    give_session(world, account, first_refresh(world), ends_in=5)
    before = token_calls(world)
    world.tell(
        "x",
        "PUT",
        "/_sandbox/faults",
        [{"match": {"path": TOKEN}, "times": 1, "do": "latency", "seconds": 0.3}],
    )
    found: list[Login] = []
    threads = [threading.Thread(target=lambda desk=desk: found.append(desk.login(account))) for desk in desks]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert token_calls(world) == before + 1
    assert len(found) == 3, "the others use the old one, which holds for five minutes more"
    fresh = world.desk.login(account)
    assert fresh.secrets["access_token"].reveal().startswith("access-")
    assert world.account(account).renewing_until is None


def test_a_renewal_that_was_interrupted_is_somebody_elses_after_a_while(world: World, account: int) -> None:
    give_session(world, account, first_refresh(world), ends_in=5)
    with world.store.system() as session:
        assert accounts.take_renewal(session, account, now=world.now)
        assert not accounts.take_renewal(session, account, now=world.now)
    assert world.desk.login(account).secrets["access_token"].reveal().startswith("demo-")
    world.now += RENEWAL
    assert world.desk.login(account).secrets["access_token"].reveal().startswith("access-")


def test_a_session_that_was_refused_while_another_renews_it_is_tried_again(
    world: World, account: int
) -> None:
    give_session(world, account, first_refresh(world), ends_in=60)
    with world.store.system() as session:
        session.execute(
            update(Account).where(Account.id == account).values(renewing_until=world.now + RENEWAL)
        )
    with pytest.raises(NotSent) as caught:
        world.desk.login(account, refused=True)
    assert caught.value.code == SESSION_EXPIRED


def test_a_renewal_that_fails_leaves_it_to_the_next(world: World, account: int) -> None:
    give_session(world, account, "spent", ends_in=5)
    for _ in range(2):
        with pytest.raises(LoginLost):
            world.desk.login(account)
    assert world.account(account).renewing_until is None


# Of weeks, and unused


def unused(world: World, renew_in: float) -> int:
    """Return an account with a login of weeks that is to be renewed in so many days, and no post anywhere."""
    (number,) = world.connect("4621", ["threads"])
    at = (world.now + timedelta(days=renew_in)).isoformat()
    secrets = {"access_token": Secret(f"demo-{world.handle('4621')}"), "renew_at": Secret(at)}
    with world.store.system() as session:
        accounts.seal_login(
            session, world.desk.vault, session.get_one(Account, number), secrets, now=world.now
        )
    return number


def renewals(world: World) -> int:
    return sum(
        one["path"] == "/refresh_access_token" for one in world.tell("threads", "GET", "/_sandbox/calls")
    )


def test_a_login_that_nobody_uses_is_renewed_on_its_day(world: World) -> None:
    number, before = unused(world, renew_in=2), renewals(world)
    world.tick()
    assert renewals(world) == before
    world.wait(days=2)
    world.tick()
    assert renewals(world) == before + 1
    due = world.account(number).renew_at
    assert due is not None
    assert due > world.now + timedelta(days=40)
    world.tick()
    assert renewals(world) == before + 1


def test_one_that_is_lost_is_told_before_anything_is_to_be_posted(world: World) -> None:
    number = unused(world, renew_in=0)
    world.tell("threads", "POST", f"/_sandbox/revoke/{world.handle('4621')}", {})
    world.tick()
    account = world.account(number)
    assert (account.state, account.state_reason) == (AccountState.login_lost, "connector.login_lost")


def test_a_silent_server_takes_no_login_away(world: World) -> None:
    number = unused(world, renew_in=0)
    world.tell("threads", "PUT", "/_sandbox/faults", [{"match": {}, "times": 1, "do": "drop_before"}])
    world.tick()
    assert world.account(number).state == AccountState.connected
    world.tick()
    due = world.account(number).renew_at
    assert due is not None
    assert due > world.now
