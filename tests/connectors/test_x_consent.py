"""X's own page: our application is the operator's, the code is traded once, and the login can be given back."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlsplit

import pytest
from scripted import CANARY, reply

from connectors import AppLost, Login, Refused, Secret, X

REDIRECT = "http://127.0.0.1:8046/accounts/back"
APP = {"client_id": Secret("4711"), "client_secret": Secret(CANARY)}
KEPT = {"verifier": Secret("v" * 43)}
SCOPE = "tweet.read tweet.write users.read media.write offline.access"
TOKENS = {"access_token": f"a-{CANARY}", "refresh_token": f"r-{CANARY}", "expires_in": 7200, "scope": SCOPE}


@pytest.fixture
def x(quick_wire):
    return X(quick_wire, {"client_id": "4711", "client_secret": CANARY})


def test_the_page_asks_with_a_proof_and_no_secret(x):
    way = x.authorise(
        "https://api.x.com", REDIRECT, x.register("https://api.x.com", REDIRECT), Secret("state")
    )
    asked = parse_qs(urlsplit(way.address).query)
    assert way.address.startswith("https://x.com/i/oauth2/authorize?")
    assert (asked["scope"], asked["code_challenge_method"], asked["state"]) == ([SCOPE], ["S256"], ["state"])
    assert CANARY not in way.address
    assert way.kept["verifier"].reveal() not in way.address


def test_without_an_application_nobody_is_sent_anywhere(quick_wire):
    with pytest.raises(Refused, match="no_application"):
        X(quick_wire).register("https://api.x.com", REDIRECT)


@pytest.mark.parametrize("secret", [CANARY, ""])
def test_a_code_is_traded_for_a_login_that_renews_itself(x, server, secret):
    server.then(reply(TOKENS), reply({"data": {"id": "7", "username": "vossherad"}}))
    app = {**APP, "client_secret": Secret(secret)}
    (found,) = x.exchange(server.base, REDIRECT, app, KEPT, Secret(" code\n"))
    assert (found.profile.handle, found.secrets["refresh_token"].reveal()) == ("@vossherad", f"r-{CANARY}")
    form = parse_qs(server.seen[0].body.decode())
    assert (form["code"], form["code_verifier"], form["client_id"]) == (["code"], ["v" * 43], ["4711"])
    told = server.seen[0].headers.get("authorization", "")
    assert told == (f"Basic {base64.b64encode(f'4711:{CANARY}'.encode()).decode()}" if secret else "")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({"error": "invalid_grant"}, 400), Refused),
        (reply({"error": "invalid_client"}, 401), AppLost),
        (reply({**TOKENS, "scope": "tweet.read"}), Refused),
    ],
)
def test_a_code_that_is_not_taken_and_too_little_are_told(x, server, answer, error):
    server.then(answer)
    with pytest.raises(error):
        x.exchange(server.base, REDIRECT, APP, KEPT, Secret("code"))


def test_a_login_that_we_got_can_be_given_back_and_a_pasted_one_cannot(x, server):
    ours = {"access_token": Secret("a"), "refresh_token": Secret(CANARY), **APP}
    server.then(reply({"revoked": True}))
    assert x.revoke(Login(server.base, "7", ours))
    assert b"token=" in server.seen[0].body
    assert not x.revoke(Login(server.base, "7", {"access_token": Secret("a")}))
    assert len(server.seen) == 1
