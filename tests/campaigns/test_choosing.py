"""A consent that reaches several accounts: a person chooses one, for her, once, within the minutes, and sealed until then."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta

import pytest
from sqlalchemy import select
from world import World

from campaigns import attention, connecting
from campaigns.accounts import confirm_account
from campaigns.connecting import LIFE, Choice, ConnectingOver, Kept, Porch
from campaigns.store import Account, PendingLogin
from connectors import Secret, kind_of

BACK = "http://127.0.0.1:8046/accounts/back"


@pytest.fixture
def porch(world: World) -> Porch:
    kind = kind_of("facebook")
    chosen = kind(world.desk.wire, {"client_id": "4711", "client_secret": "hemmeleg"})
    return Porch(world.store, world.desk.vault, chosen, world.actors["4621"])


def sent_back(address: str, pages: str) -> tuple[Secret, Secret]:
    """Say yes for these Pages and return what the person is sent back with."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *given: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as told:
        urllib.request.build_opener(Stay).open(f"{address}&as={pages}", timeout=10)
    back = urllib.parse.parse_qs(urllib.parse.urlsplit(told.value.headers["Location"]).query)
    told.value.close()
    return Secret(back["state"][0]), Secret(back["code"][0])


def consent(world: World, porch: Porch, pages: str) -> Kept | Choice:
    base = world.bases["facebook"]
    begun = connecting.begin(porch, base, BACK, now=world.now)
    state, code = sent_back(begun.address, pages)
    return connecting.finish(porch, base, BACK, state=state, code=code, now=world.now)


def choose(world: World, porch: Porch, choice: Choice, remote_id: str, **changes: object) -> Kept:
    given = {"state": choice.state, "remote_id": remote_id, "now": world.now, **changes}
    return connecting.choose(porch, world.bases["facebook"], BACK, **given)  # type: ignore[arg-type]


def several(world: World, porch: Porch) -> Choice:
    found = consent(world, porch, f"voss{world.mark}-and-osen{world.mark}")
    assert isinstance(found, Choice)
    return found


def accounts(world: World) -> list[Account]:
    with world.store.system(write=False) as session:
        return list(session.scalars(select(Account)))


def test_one_account_is_kept_at_once(world: World, porch: Porch) -> None:
    found = consent(world, porch, f"voss{world.mark}")
    assert isinstance(found, Kept)
    assert [one.handle for one in accounts(world)] == [f"@voss{world.mark}"]


def test_of_several_the_chosen_one_is_kept_with_its_own_login_and_no_other(
    world: World, porch: Porch
) -> None:
    choice = several(world, porch)
    assert [one.handle for one in choice.profiles] == [f"@voss{world.mark}", f"@osen{world.mark}"]
    assert accounts(world) == []
    kept = choose(world, porch, choice, choice.profiles[1].remote_id)
    assert not kept.confirmed
    assert [one.handle for one in accounts(world)] == [f"@osen{world.mark}"]
    login = world.desk.login(kept.account_id)
    assert login.secrets["access_token"].reveal() == f"demo-osen{world.mark}"


def test_a_choice_counts_once_for_minutes_for_her_and_for_what_was_offered(
    world: World, porch: Porch
) -> None:
    choice = several(world, porch)
    number = choice.profiles[0].remote_id
    other = Porch(porch.store, porch.vault, porch.connector, world.actors["4601"])
    for who, changes in (
        (other, {}),
        (porch, {"state": Secret("guessed")}),
        (porch, {"now": world.now + LIFE + timedelta(seconds=1)}),
    ):
        with pytest.raises(ConnectingOver):
            choose(world, who, choice, number, **changes)
    assert choose(world, porch, choice, number)
    with pytest.raises(ConnectingOver):
        choose(world, porch, choice, number)
    with pytest.raises(ConnectingOver):
        choose(world, porch, several(world, porch), "4711")


def test_no_login_of_a_choice_stands_anywhere_in_plain(world: World, porch: Porch) -> None:
    several(world, porch)
    with world.store.system(write=False) as session:
        rows = session.scalars(select(PendingLogin)).all()
        assert rows
        assert not [one for one in rows if b"demo-voss" in one.sealed]


def test_a_login_that_nothing_renews_is_told_of_a_fortnight_before_it_ends(world: World) -> None:
    kind = kind_of("linkedin")
    chosen = kind(world.desk.wire, {"client_id": "4711", "client_secret": "hemmeleg"})
    porch = Porch(world.store, world.desk.vault, chosen, world.actors["4621"])
    base = world.bases["linkedin"]
    begun = connecting.begin(porch, base, BACK, now=world.now)
    state, code = sent_back(begun.address, f"voss{world.mark}")
    kept = connecting.finish(porch, base, BACK, state=state, code=code, now=world.now)
    assert isinstance(kept, Kept)
    ends = world.account(kept.account_id).login_ends_at
    assert ends is not None
    with world.store.scope(world.actors["4621"]) as session:
        confirm_account(session, session.get_one(Account, kept.account_id), now=world.now)

    def told() -> list[str]:
        with world.store.scope(world.actors["4621"], write=False) as session:
            found = [one.code for one in attention.waiting(session, world.desk.connectors, now=world.now)]
        return [one for one in found if one != "waiting.assessment"]

    world.now = ends - timedelta(days=15)
    assert told() == []
    world.now = ends - timedelta(days=13)
    assert told() == ["waiting.login_ends"]
