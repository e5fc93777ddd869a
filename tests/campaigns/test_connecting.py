"""Connecting on a platform's page: an answer counts once, for whom and where it was asked, and sends nothing by itself."""

from __future__ import annotations

import urllib.parse
import urllib.request
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from world import World

from campaigns import accounts, applications, audit, connecting, rotation
from campaigns.access import Forbidden
from campaigns.accounts import AccountTaken
from campaigns.connecting import LIFE, Begun, ConnectingOver, Kept, Porch
from campaigns.organisations import NotFound
from campaigns.states import State
from campaigns.store import (
    Account,
    AccountState,
    AuditEntry,
    PendingLogin,
    PlatformApp,
    Role,
    SealedLogin,
)
from campaigns.vault import open_vault
from connectors import AppLost, LoginLost, Refused, Secret
from connectors.oauth import SHOWN_CODE

BACK = "https://samklang.example/back"


def porch(world: World, number: str = "4601") -> Porch:
    """Return where a municipality's adviser goes out to the platform."""
    return Porch(world.store, world.desk.vault, world.desk.connectors["mastodon"], world.actors[number])


def begin(world: World, number: str = "4601", redirect: str = SHOWN_CODE) -> Begun:
    return connecting.begin(porch(world, number), world.bases["mastodon"], redirect, now=world.now)


def say_yes(begun: Begun, handle: str) -> Secret:
    """Fill in the platform's page as the person who has the account, and return the code that it shows."""
    asked = urllib.parse.parse_qsl(urllib.parse.urlsplit(begun.address).query)
    form = urllib.parse.urlencode([*asked, ("account", handle), ("allow", "1")]).encode()
    with urllib.request.urlopen(begun.address.partition("?")[0], data=form, timeout=10) as page:
        told = urllib.parse.parse_qs(urllib.parse.urlsplit(page.url).query)
    return Secret(told["code"][0])


def finish(world: World, begun: Begun, code: Secret, number: str = "4601", **changes: object) -> Kept:
    given = {"state": begun.state, "code": code, "now": world.now, **changes}
    return connecting.finish(porch(world, number), world.bases["mastodon"], SHOWN_CODE, **given)  # type: ignore[arg-type]


def connect(world: World, number: str = "4601", handle: str = "") -> Kept:
    begun = begin(world, number)
    return finish(world, begun, say_yes(begun, handle or world.handle(number)), number)


def count(world: World, table: type) -> int:
    with world.store.system(write=False) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def acts(world: World, number: str) -> list[str]:
    """Return what stands in a municipality's chain, which holds."""
    with world.store.system(write=False) as session:
        place = world.places[number].id
        assert audit.verify(session, place) is None
        mine = select(AuditEntry.action).where(AuditEntry.organisation_id == place)
        return list(session.scalars(mine.order_by(AuditEntry.sequence)))


# -- an answer counts for whom and where it was asked (C1)


def test_who_comes_back_with_a_code_has_an_account_that_publishes_after_a_yes(world: World) -> None:
    kept = connect(world)
    assert (kept.confirmed, kept.profile.handle.startswith(f"@{world.handle('4601')}@")) == (False, True)
    with world.store.scope(world.actors["4601"]) as session:
        accounts.confirm_account(session, accounts.account_of(session, kept.account_id), now=world.now)
    world.load(world.definition(world.message()))
    world.invite()
    world.join("4601")
    world.approve("4601")
    world.wait(minutes=6)
    world.tick()
    assert world.states() == ["published"]
    assert len(world.live()) == 1
    assert acts(world, "4601")[:2] == ["account.connect", "account.confirm"]


def test_what_one_asked_for_nobody_else_can_bring_back(world: World) -> None:
    begun = begin(world)
    code = say_yes(begun, world.handle("4601"))
    other_person = replace(world.actors["4601"], person_id=world.actors["4621"].person_id)
    server, here, there = world.bases["mastodon"], porch(world), porch(world, "4621")
    bluesky = replace(here, connector=world.desk.connectors["bluesky"])
    given = {"state": begun.state, "code": code, "now": world.now}
    tries = {
        "organisation": (there, server, SHOWN_CODE, given),
        "person": (replace(here, actor=other_person), server, SHOWN_CODE, given),
        "connector": (bluesky, server, SHOWN_CODE, given),
        "server": (here, world.bases["bluesky"], SHOWN_CODE, given),
        "redirect": (here, server, BACK, given),
        "state": (here, server, SHOWN_CODE, {**given, "state": Secret("guessed")}),
        "issuer": (here, server, SHOWN_CODE, {**given, "issuer": "https://evil.example"}),
    }
    for name, (who, where, redirect, brought) in tries.items():
        with pytest.raises(ConnectingOver):
            connecting.finish(who, where, redirect, **brought)  # type: ignore[arg-type]
        assert count(world, Account) == 0, name
    assert finish(world, begun, code, issuer=f"{server}/").account_id, "none of them used it up"


def test_an_answer_counts_once(world: World) -> None:
    begun = begin(world)
    finish(world, begun, say_yes(begun, world.handle("4601")))
    with pytest.raises(ConnectingOver):
        finish(world, begun, say_yes(begun, world.handle("4601")))


def test_an_answer_with_a_wrong_code_is_used_up_too(world: World) -> None:
    begun = begin(world)
    code = say_yes(begun, world.handle("4601"))
    with pytest.raises(Refused) as refused:
        finish(world, begun, Secret("mistyped"))
    assert refused.value.code == "connector.code_refused"
    with pytest.raises(ConnectingOver):
        finish(world, begun, code)


def test_an_answer_counts_for_minutes_and_is_swept_up_afterwards(world: World) -> None:
    begun = begin(world)
    code = say_yes(begun, world.handle("4601"))
    world.now += LIFE
    with pytest.raises(ConnectingOver):
        finish(world, begun, code)
    begin(world)
    assert count(world, PendingLogin) == 1


def test_a_code_of_somebody_elses_way_is_refused_by_its_challenge(world: World) -> None:
    mine, theirs = begin(world), begin(world, "4621")
    with pytest.raises(Refused) as refused:
        finish(world, mine, say_yes(theirs, world.handle("4621")))
    assert refused.value.code == "connector.code_refused"
    assert count(world, Account) == 0


def test_only_an_admin_begins_and_ends_it(world: World) -> None:
    begun = begin(world)
    editor = replace(porch(world), actor=replace(world.actors["4601"], roles=frozenset({Role.editor})))
    with pytest.raises(Forbidden):
        connecting.begin(editor, world.bases["mastodon"], SHOWN_CODE, now=world.now)
    with pytest.raises(Forbidden):
        connecting.finish(
            editor, world.bases["mastodon"], SHOWN_CODE, state=begun.state, code=Secret("c"), now=world.now
        )


def test_neither_state_nor_verifier_nor_application_lies_open_in_the_database(world: World) -> None:
    begun = begin(world)
    with world.store.system(write=False) as session:
        row, app = session.scalars(select(PendingLogin)).one(), session.scalars(select(PlatformApp)).one()
        own = applications.application(
            session, world.desk.vault, applications.Place("mastodon", app.base, app.redirect)
        )
    assert own is not None
    stored = b"".join(
        (row.sealed, app.sealed, row.state_hash.encode(), row.base.encode(), row.redirect.encode())
    )
    for secret in (begun.state, own["client_secret"], own["client_id"]):
        assert secret.reveal().encode() not in stored


# -- our application


def test_an_application_is_registered_once_and_used_by_everybody(world: World) -> None:
    world.tell("mastodon", "DELETE", "/_sandbox/calls")
    for number in ("4601", "4621", "4601"):
        begin(world, number)
    begin(world, redirect=BACK)
    calls = world.tell("mastodon", "GET", "/_sandbox/calls")
    assert sum(one["path"] == "/api/v1/apps" for one in calls) == 2, "one for each redirect address"  # type: ignore[union-attr,index]


def test_a_server_that_has_forgotten_us_gets_us_again_once(world: World) -> None:
    begin(world)
    world.tell("mastodon", "DELETE", "/_sandbox/apps")
    begun = begin(world)
    assert finish(world, begun, say_yes(begun, world.handle("4601")))
    assert count(world, PlatformApp) == 1


def test_a_server_that_forgets_us_in_between_is_told_and_the_next_way_is_new(world: World) -> None:
    begun = begin(world)
    code = say_yes(begun, world.handle("4601"))
    world.tell("mastodon", "DELETE", "/_sandbox/apps")
    with pytest.raises(AppLost):
        finish(world, begun, code)
    assert count(world, PlatformApp) == 0
    assert connect(world)


def test_a_rotation_of_keys_carries_ways_and_applications_along(world: World) -> None:
    begun = begin(world)
    path = world.settings.keys_path
    rotation.rotate(world.store, path, now=world.now)
    assert len(rotation.forget_keys(world.store, path)) == 1
    world.desk._vault = open_vault(path)
    world.desk.__dict__.pop("vault", None)
    assert finish(world, begun, say_yes(begun, world.handle("4601")))


def test_a_key_that_seals_an_application_is_not_forgotten(world: World) -> None:
    begin(world)
    path = world.settings.keys_path
    rotation.add_key(path)
    assert rotation.forget_keys(world.store, path) == []


# -- nothing goes out before a yes (C2), nor for another account (C3)


def test_an_account_that_nobody_has_confirmed_gets_nothing_published(world: World) -> None:
    kept = connect(world)
    world.load(world.definition(world.message()))
    world.invite()
    world.join("4601")
    world.approve("4601")
    world.wait(minutes=6)
    world.tick()
    assert world.states() == ["planned"]
    assert world.live() == []
    for paused in (True, False):  # a pause and its end are no yes
        with world.store.scope(world.actors["4601"]) as session:
            account = accounts.account_of(session, kept.account_id)
            accounts.pause_account(session, account, paused=paused, now=world.now)
    assert world.account(kept.account_id).state == AccountState.unconfirmed


def test_connecting_an_account_again_needs_no_second_yes(world: World) -> None:
    account_id = world.connect("4601", ["mastodon"])[0]
    again = connect(world)
    assert (again.account_id, again.confirmed) == (account_id, True)
    assert world.account(account_id).state == AccountState.connected


def test_connecting_with_another_account_leaves_the_old_ones_posts_where_they_are(world: World) -> None:
    world.under_way("4601")
    old = world.delivery().account_id
    with world.store.system() as session:
        session.get_one(Account, old).state = AccountState.login_lost
    other = connect(world, handle=f"x{world.mark}")
    assert other.account_id != old
    world.wait(minutes=6)
    world.tick()
    with world.store.system(write=False) as session:
        states = {one.account_id: one.state for one in world.deliveries()}
        assert session.get_one(Account, old).state == AccountState.login_lost
    assert states[old] == State.planned
    assert world.live() == []


# -- one account, one organisation (C4)


def test_an_account_that_another_has_is_refused_and_both_are_told(world: World) -> None:
    mine = connect(world, handle=f"felles{world.mark}")
    begun = begin(world, "4621")
    with pytest.raises(AccountTaken):
        finish(world, begun, say_yes(begun, f"felles{world.mark}"), "4621")
    assert acts(world, "4601")[-1] == "account.wanted"
    assert acts(world, "4621") == ["account.refused"]
    with world.store.system(write=False) as session:
        told = select(AuditEntry).where(AuditEntry.action.in_(["account.wanted", "account.refused"]))
        said = {(one.subject, str(one.details)) for one in session.scalars(told)}
        assert [one.organisation_id for one in session.scalars(select(Account))] == [world.places["4601"].id]
    server = world.bases["mastodon"]
    handle = f"@felles{world.mark}@{server.partition('://')[2]}"
    assert said == {(f"mastodon:{handle}", str({"base": server}))}, (
        "the account and its server, and nobody else"
    )
    assert mine.account_id


# -- taking a login away


def test_a_disconnected_login_is_worthless_at_the_platform_and_gone_here(world: World) -> None:
    kept = connect(world)
    login = world.desk.login(kept.account_id)
    assert connecting.disconnect(porch(world), kept.account_id, now=world.now)
    with pytest.raises(LoginLost):
        world.desk.connectors["mastodon"].whoami(login)
    assert count(world, SealedLogin) == count(world, Account) == 0, "nothing hung on it"
    assert acts(world, "4601")[-1] == "account.disconnect"
    with pytest.raises(NotFound):
        connecting.disconnect(porch(world), kept.account_id, now=world.now)


def test_what_was_planned_on_a_disconnected_account_is_withdrawn_and_comes_back_with_it(world: World) -> None:
    world.under_way("4601")
    account_id = world.delivery().account_id
    assert not connecting.disconnect(porch(world), account_id, now=world.now), "a pasted key is its owner's"
    assert world.account(account_id).state == AccountState.disconnected
    assert world.states() == ["cancelled"]
    with pytest.raises(LoginLost) as lost:
        world.desk.login(account_id)
    assert lost.value.code == "account.disconnected"
    assert world.connect("4601", ["mastodon"]) == [account_id]
    world.approve("4601")
    assert world.states() == ["planned"]


def test_a_platform_out_of_reach_keeps_no_login_here(world: World) -> None:
    kept = connect(world)
    world.tell("mastodon", "PUT", "/_sandbox/faults", [{"match": {"path": "/oauth/revoke"}, "do": "status"}])
    assert not connecting.disconnect(porch(world), kept.account_id, now=world.now)
    assert count(world, SealedLogin) == 0


def test_only_an_admin_takes_a_login_away(world: World) -> None:
    account_id = world.connect("4601", ["mastodon"])[0]
    editor = replace(porch(world), actor=replace(world.actors["4601"], roles=frozenset({Role.editor})))
    with pytest.raises(Forbidden):
        connecting.disconnect(editor, account_id, now=world.now)
    with pytest.raises(NotFound):
        connecting.disconnect(porch(world, "4621"), account_id, now=world.now)
    assert count(world, SealedLogin) == 1


def test_an_account_without_a_login_is_neither_paused_nor_resumed_and_nothing_says_so(world: World) -> None:
    world.under_way("4601")
    account_id = world.delivery().account_id
    connecting.disconnect(porch(world), account_id, now=world.now)
    before = acts(world, "4601")
    for paused in (True, False):
        with world.store.scope(world.actors["4601"]) as session:
            accounts.pause_account(
                session, accounts.account_of(session, account_id), paused=paused, now=world.now
            )
    assert world.account(account_id).state == AccountState.disconnected
    assert acts(world, "4601") == before


def test_a_live_post_of_a_disconnected_account_is_counted_no_more_and_harms_nothing(world: World) -> None:
    world.under_way("4601")
    world.wait(minutes=6)
    world.tick()
    assert world.states() == ["published"]
    connecting.disconnect(porch(world), world.delivery().account_id, now=world.now)
    world.wait(hours=2)
    world.tick()
    assert world.states() == ["published"]
