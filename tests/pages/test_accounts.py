"""Accounts at the pages: on the platform's own page and with a key, whose they are, and what each needs (C1–C4, C6, D3)."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select
from visitor import Visitor, words_of
from world import World

from campaigns import organisations
from campaigns.connecting import LIFE
from campaigns.store import Account, AccountState, AuditEntry, Role, SealedLogin
from web.app import make_web

Person = Callable[..., Visitor]
ACCOUNTS = "/for/4601/accounts"
BACK = f"{ACCOUNTS}/back/mastodon"


def begin(world: World, visitor: Visitor, number: str = "4601") -> str:
    """Begin on the platform's page and return the address that the link leads to."""
    visitor.get(f"/for/{number}/accounts/connect/mastodon")
    page = visitor.post(f"/for/{number}/accounts/connect/mastodon/begin", {"base": world.bases["mastodon"]})
    assert page.status_code == 200, words_of(page)
    assert page.text.count("<form") == 0, "the way out is a link: a form may lead nowhere but here"
    (address,) = re.findall(r'href="(http[^"]*authorize[^"]*)"', page.text)
    return html.unescape(address)


def say_yes(address: str, handle: str) -> dict[str, str]:
    """Say yes on the platform's page as who has the account; return what one is sent back with."""
    asked = urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query)
    form = urllib.parse.urlencode([*asked, ("account", handle), ("allow", "1")]).encode()
    try:
        with urllib.request.urlopen(address.partition("?")[0], data=form, timeout=10) as page:
            back = page.url
    except urllib.error.HTTPError as nobody_there:  # the tests' pages have no port to come back to
        back = nobody_there.url or ""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))


def sent_back(address: str) -> dict[str, str]:
    """Open a platform's page on which nothing is asked, and return what one is sent back with."""
    try:
        with urllib.request.urlopen(address, timeout=10) as page:
            back = page.url
    except urllib.error.HTTPError as nobody_there:
        back = nobody_there.url or ""
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))


def finish(visitor: Visitor, brought: dict[str, str], path: str = BACK) -> httpx.Response:
    """Come back: a page with a button, and the button pressed."""
    visitor.get(f"{path}?{urllib.parse.urlencode(brought)}")
    return visitor.post(path, {"code": brought["code"], "state": brought["state"]})


def account(world: World) -> Account | None:
    with world.store.system(write=False) as session:
        return session.scalars(select(Account).order_by(Account.id.desc())).first()


def number_of_accounts(world: World) -> int:
    with world.store.system(write=False) as session:
        return session.scalar(select(func.count(Account.id))) or 0


def connected(world: World, person: Person) -> tuple[Visitor, Account]:
    """Have an account connected with a key and confirmed."""
    bergen = person("4601")
    bergen.get(f"{ACCOUNTS}/connect/mastodon")
    typed = {"login.base": world.bases["mastodon"], "login.access_token": f"demo-{world.handle('4601')}"}
    page = bergen.follow(bergen.post(f"{ACCOUNTS}/connect/mastodon/key", typed))
    found = account(world)
    assert found is not None, words_of(page)
    assert bergen.post(f"{ACCOUNTS}/{found.id}/confirm", {"language": "own"}).status_code == 303
    return bergen, found


# -- on the platform's own page


def test_an_account_is_connected_on_the_platforms_page_shown_and_confirmed(
    world: World, person: Person
) -> None:
    bergen = person("4601")
    brought = say_yes(begin(world, bergen), world.handle("4601"))
    came = bergen.get(f"/accounts/back?{urllib.parse.urlencode(brought)}")
    assert came.headers["location"].startswith(f"{BACK}?code=")
    page = bergen.get(came.headers["location"])
    assert "Nothing is connected to Bergen yet" in words_of(page)
    assert number_of_accounts(world) == 0, "opening a page changes nothing"
    answer = bergen.post(BACK, {"code": brought["code"], "state": brought["state"]})
    shown = bergen.follow(answer)
    assert world.handle("4601") in words_of(shown)
    assert "Bergen kommune" in words_of(shown)
    found = account(world)
    assert found is not None
    assert found.state == AccountState.unconfirmed
    assert bergen.post(f"{ACCOUNTS}/{found.id}/confirm").status_code == 422, (
        "a language is asked, never assumed"
    )
    done = bergen.follow(bergen.post(f"{ACCOUNTS}/{found.id}/confirm", {"language": "nb"}))
    assert "The account is confirmed" in words_of(done)
    assert (world.account(found.id).state, world.account(found.id).language) == (AccountState.connected, "nb")


def test_the_way_back_is_our_own_address_from_the_settings_whatever_a_request_says(
    world: World, person: Person
) -> None:
    address = begin(world, person("4601"))
    asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
    assert asked["redirect_uri"] == f"{world.settings.own_address}/accounts/back"


def cookie(number: str, platform: str, server: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([number, platform, server]).encode()).decode()


@pytest.mark.parametrize(
    "swapped", ["session", "person", "organisation", "connector", "host", "state", "code", "time"]
)
def test_what_one_asked_for_nobody_else_can_bring_to_an_end(
    world: World, person: Person, swapped: str
) -> None:
    with world.store.system() as session:
        for number in ("4601", "4621"):
            organisations.add_member(
                session, number, name="Andre", mail=f"admin@{number}.example", roles=[Role.admin]
            )
        organisations.add_member(session, "4621", name="", mail="adviser@4601.example", roles=[Role.admin])
    bergen = person("4601")
    brought = say_yes(begin(world, bergen), world.handle("4601"))
    visitor, path, server = bergen, BACK, world.bases["mastodon"]
    if swapped == "session":
        visitor = person("4601")  # another browser of the same person: it was sent nowhere
    elif swapped == "person":
        visitor = Visitor(bergen.web, "admin@4601.example")
        visitor.cookies["connecting"] = bergen.cookies["connecting"]
    elif swapped == "organisation":
        path = "/for/4621/accounts/back/mastodon"
        visitor.cookies["connecting"] = cookie("4621", "mastodon", server)
    elif swapped == "connector":
        path = f"{ACCOUNTS}/back/threads"
        visitor.cookies["connecting"] = cookie("4601", "threads", server)
    elif swapped == "host":
        visitor.cookies["connecting"] = cookie("4601", "mastodon", world.bases["bluesky"])
    elif swapped == "state":
        brought["state"] = "guessed"
    elif swapped == "time":
        world.now += LIFE
    if swapped == "code":
        assert bergen.post(BACK, {"code": "", "state": brought["state"]}).status_code in (403, 422)
    else:
        visitor.get("/for/4621/members" if swapped == "organisation" else "/for/4601/members")
        assert visitor.post(path, {"code": brought["code"], "state": brought["state"]}).status_code == 403
    assert number_of_accounts(world) == 0


def test_an_answer_counts_once(world: World, person: Person) -> None:
    bergen = person("4601")
    brought = say_yes(begin(world, bergen), world.handle("4601"))
    assert finish(bergen, brought).status_code == 303
    assert finish(bergen, brought).status_code == 403
    assert number_of_accounts(world) == 1


def test_an_answer_that_names_another_server_is_refused(world: World, person: Person) -> None:
    bergen = person("4601")
    brought = say_yes(begin(world, bergen), world.handle("4601"))
    bergen.get(f"{BACK}?{urllib.parse.urlencode(brought)}")
    typed = {"code": brought["code"], "state": brought["state"], "iss": "https://evil.example"}
    assert bergen.post(BACK, typed).status_code == 403
    assert number_of_accounts(world) == 0


def test_who_was_sent_back_without_a_yes_is_told_so(world: World, person: Person) -> None:
    bergen = person("4601")
    begin(world, bergen)
    came = bergen.get("/accounts/back?error=access_denied&state=x")
    assert "without a yes" in words_of(bergen.get(came.headers["location"]))
    for visitor in (person("4601"), Visitor(bergen.web)):
        closed = visitor.get("/accounts/back?code=x&state=y")
        assert closed.status_code == 403
        assert "Nothing was connected" in words_of(closed)
        assert "address bar" in words_of(closed), "who connects by command pastes it"


def test_of_several_pages_a_person_chooses_one_and_only_that_one_is_kept(
    world: World, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("CLIENT_ID", "4711"),
        ("CLIENT_SECRET", "hemmeleg"),
        ("URL", world.bases["facebook"]),
    ):
        monkeypatch.setenv(f"SAMKLANG_FACEBOOK_{name}", value)
    bergen, path = person("4601"), f"{ACCOUNTS}/connect/facebook"
    bergen.get(path)
    page = bergen.post(f"{path}/begin")
    (address,) = (
        html.unescape(one) for one in re.findall(r'href="(http[^"]*)" rel="noopener nor', page.text)
    )
    brought = sent_back(f"{address}&as=bergen{world.mark}-and-byen{world.mark}")
    asked = finish(bergen, brought, f"{ACCOUNTS}/back/facebook")
    assert "Several accounts" in words_of(asked)
    assert number_of_accounts(world) == 0
    state = re.findall(r'name="state" value="([^"]+)"', asked.text)[0]
    ids = re.findall(r'name="remote_id" value="([^"]+)"', asked.text)
    assert len(ids) == 2
    chosen = f"{ACCOUNTS}/choose/facebook"
    assert bergen.post(chosen, {"state": state, "remote_id": ids[1]}).status_code == 303
    found = account(world)
    assert found is not None
    assert (found.handle, found.state) == (f"@byen{world.mark}", AccountState.unconfirmed)
    assert bergen.post(chosen, {"state": state, "remote_id": ids[0]}).status_code == 403
    assert number_of_accounts(world) == 1


# -- with a key


def test_an_account_is_connected_with_a_key_that_is_never_shown_again(world: World, person: Person) -> None:
    bergen, found = connected(world, person)
    secret = f"demo-{world.handle('4601')}"
    assert world.account(found.id).state == AccountState.connected
    for path in (ACCOUNTS, f"{ACCOUNTS}/{found.id}", f"{ACCOUNTS}/connect/mastodon?account={found.id}"):
        page = bergen.get(path)
        assert page.status_code == 200
        assert secret not in page.text
    with world.store.system(write=False) as session:
        assert secret not in repr([one.sealed for one in session.scalars(select(SealedLogin))])


def test_what_a_platform_refuses_is_told_and_the_secret_is_not_written_back(
    world: World, person: Person
) -> None:
    bergen = person("4601")
    bergen.get(f"{ACCOUNTS}/connect/mastodon")
    typed = {"login.base": world.bases["mastodon"], "login.access_token": "wrong-canary"}
    page = bergen.post(f"{ACCOUNTS}/connect/mastodon/key", typed)
    assert page.status_code == 422
    assert "wrong-canary" not in page.text
    assert world.bases["mastodon"] in page.text
    assert number_of_accounts(world) == 0


@pytest.mark.parametrize(
    "server",
    [
        "http://169.254.169.254",
        "https://[::1]",
        "file:///etc/passwd",
        "https://2130706433",
        "nonsense",
        "https://a b",
    ],
)
def test_an_address_that_leads_inside_is_not_gone_to(world: World, person: Person, server: str) -> None:
    settings = world.settings.model_copy(update={"allow_private_hosts": False})
    bergen = Visitor(make_web(settings, world.store, now=lambda: world.now), "adviser@4601.example")
    bergen.get(f"{ACCOUNTS}/connect/mastodon")
    typed = {"login.base": server, "login.access_token": "canary"}
    assert bergen.post(f"{ACCOUNTS}/connect/mastodon/key", typed).status_code == 422
    assert bergen.post(f"{ACCOUNTS}/connect/mastodon/begin", {"base": server}).status_code == 422
    assert number_of_accounts(world) == 0


def test_an_account_that_another_has_is_refused_and_both_are_told(world: World, person: Person) -> None:
    connected(world, person)
    voss = person("4621")
    voss.get("/for/4621/accounts/connect/mastodon")
    typed = {"login.base": world.bases["mastodon"], "login.access_token": f"demo-{world.handle('4601')}"}
    page = voss.post("/for/4621/accounts/connect/mastodon/key", typed)
    assert page.status_code == 409
    assert "Bergen" not in words_of(page)
    with world.store.system(write=False) as session:
        acts = {(one.organisation_id, one.action) for one in session.scalars(select(AuditEntry))}
    assert {(world.places["4621"].id, "account.refused"), (world.places["4601"].id, "account.wanted")} <= acts


def test_another_identity_is_another_account(world: World, person: Person) -> None:
    bergen, found = connected(world, person)
    bergen.get(f"{ACCOUNTS}/connect/mastodon?account={found.id}")
    typed = {"login.base": world.bases["mastodon"], "login.access_token": f"demo-{world.handle('4621')}"}
    bergen.post(f"{ACCOUNTS}/connect/mastodon/key", typed)
    other = account(world)
    assert other is not None
    assert other.id != found.id
    assert other.state == AccountState.unconfirmed


def test_a_second_factor_that_is_too_old_connects_and_pauses_nothing(world: World, person: Person) -> None:
    bergen, found = connected(world, person)
    bergen.get(f"{ACCOUNTS}/{found.id}")
    world.now += timedelta(minutes=16)
    for path in (f"{found.id}/pause", f"{found.id}/disconnect", "connect/mastodon/begin"):
        assert bergen.post(f"{ACCOUNTS}/{path}", {"base": "x"} if "begin" in path else {}).status_code == 403
    assert world.account(found.id).state == AccountState.connected


def test_a_key_that_was_typed_stands_in_no_page_however_the_form_fares(world: World, person: Person) -> None:
    bergen = person("4601")
    path = f"{ACCOUNTS}/connect/mastodon"
    bergen.get(path)
    typed = {"login.base": world.bases["mastodon"], "login.access_token": "canary-of-a-key"}
    pages = [
        bergen.post(f"{path}/key", typed, csrf=""),
        bergen.post(f"{path}/key", {**typed, "login.base": ""}),
    ]
    world.now += timedelta(minutes=16)
    assert bergen.get(path).headers["location"] == f"/login/again?next={path}"
    pages.append(bergen.post(f"{path}/key", typed))
    world.now += timedelta(hours=2)
    pages.append(bergen.post(f"{path}/key", typed))
    assert [one.status_code for one in pages] == [403, 422, 403, 401]
    assert [one for one in pages if "canary-of-a-key" in one.text] == []


def test_without_the_key_of_the_vault_nothing_is_sealed_and_that_is_said(
    world: World, person: Person, tmp_path
) -> None:
    _, found = connected(world, person)
    settings = world.settings.model_copy(update={"keys": tmp_path / "elsewhere.json"})
    bergen = Visitor(make_web(settings, world.store, now=lambda: world.now), "adviser@4601.example")
    bergen.get(f"{ACCOUNTS}/connect/mastodon")
    page = bergen.post(f"{ACCOUNTS}/connect/mastodon/begin", {"base": world.bases["mastodon"]})
    assert page.status_code == 503
    assert "do not have the key" in words_of(page)
    assert not (tmp_path / "elsewhere.json").exists()
    assert found.id
