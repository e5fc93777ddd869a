"""Threads' own page: a code becomes a token of sixty days, or nothing is kept."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from scripted import CANARY, close, reply

from connectors import NotSent, Refused, Secret, Threads
from connectors.threads_consent import RIGHTS

REDIRECT = "https://samklang.example/accounts/back"
CHOSEN = {"client_id": "4711", "client_secret": CANARY}
APP = {name: Secret(value) for name, value in CHOSEN.items()}
SHORT = reply({"access_token": f"short-{CANARY}", "user_id": 314})
LONG = reply({"access_token": f"long-{CANARY}", "token_type": "bearer", "expires_in": 5_184_000})


@pytest.fixture
def threads(quick_wire):
    return Threads(quick_wire, CHOSEN)


def exchange(threads, server, code: str = "the-code#_"):
    return threads.exchange(server.base, REDIRECT, APP, {}, Secret(code))


def test_the_page_asks_for_what_is_needed(threads):
    way = threads.authorise("https://graph.threads.net", REDIRECT, threads.register("", ""), Secret("state"))
    asked = parse_qs(urlsplit(way.address).query)
    assert way.address.startswith("https://www.threads.net/oauth/authorize?")
    assert (asked["scope"], asked["state"]) == ([",".join(RIGHTS)], ["state"])
    assert CANARY not in way.address


def test_a_code_becomes_a_token_of_sixty_days(threads, server):
    server.then(SHORT, LONG, reply({"id": "314", "username": "vossherad"}))
    (found,) = exchange(threads, server)
    assert (found.profile.handle, found.secrets["access_token"].reveal()) == ("@vossherad", f"long-{CANARY}")
    assert "renew_at" in found.secrets
    assert parse_qs(server.seen[0].body.decode())["code"] == ["the-code"]
    assert server.seen[1].headers["authorization"] == f"Bearer short-{CANARY}"


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([reply({"error": {"code": 100}}, 400)], Refused),
        ([SHORT, reply({"error": {"code": 1}}, 500)], NotSent),
        ([SHORT, close], NotSent),
        ([SHORT, reply({})], NotSent),
    ],
)
def test_where_it_becomes_none_nothing_is_kept(threads, server, answers, error, leaks):
    server.then(*answers)
    with pytest.raises(error) as caught:
        exchange(threads, server)
    assert not leaks(caught.value)


def test_without_an_application_nobody_is_sent_anywhere(quick_wire):
    with pytest.raises(Refused, match="no_application"):
        Threads(quick_wire).register("", "")
