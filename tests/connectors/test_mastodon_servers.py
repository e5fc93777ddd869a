"""The servers that speak Mastodon's API: how each counts, what it remembers, and what is made of its old answers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from contract import AT, KEY, TEXT
from scripted import CANARY, ScriptedServer, reply, trickle
from test_mastodon import ACCOUNT, STATUS

from connectors import Login, Mastodon, NotSent, OutcomeUnknown, Post, Refused, Secret
from connectors.base import Limits
from connectors.mastodon_status import own_limits
from connectors.wire import Wire

GITHUB = "https://github.com"
SERVERS = {
    "Mastodon": ({"version": "4.6.4", "api_versions": {"mastodon": 11}}, False, True),
    "an old Mastodon": ({"version": "4.2.10"}, False, True),
    "a fork": ({"version": "4.3.1+glitch", "source_url": f"{GITHUB}/glitch-soc/mastodon"}, False, True),
    "GoToSocial": (
        {"version": "0.19.1 cb85f65", "source_url": "https://codeberg.org/s/gotosocial"},
        True,
        False,
    ),
    "a later GoToSocial": (
        {"version": "1.0.0", "source_url": "https://codeberg.org/s/GoToSocial"},
        True,
        False,
    ),
    "Takahē": ({"version": "4.0.0 (compatible; Takahe 0.11.0)"}, True, False),
    "Pixelfed": ({"version": "3.5.3 (compatible; Pixelfed 0.12.4)"}, True, False),
    "Pleroma": ({"version": "2.7.2 (compatible; Pleroma 2.6.2)"}, True, True),
    "Akkoma": ({"version": "2.7.2 (compatible; Akkoma 3.10.4)"}, True, True),
    "Hollo": ({"version": "0.6.0", "api_versions": {"mastodon": 7}}, True, True),
    "one that says nothing": ({}, True, False),
    "one that talks nonsense": ({"version": 7, "api_versions": "many", "source_url": []}, True, False),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_is_known_by_what_it_says_of_itself(name):
    instance, code_points, keeps_keys = SERVERS[name]
    limits = own_limits(instance, Mastodon.limits)
    assert (limits.code_points, limits.keeps_keys) == (code_points, keeps_keys)
    assert limits.link_length == (0 if code_points else 23)


def test_a_text_is_counted_as_the_accounts_own_server_counts_it(wire):
    mastodon, link = Mastodon(wire), "https://herad.example/" + "x" * 200
    plain = Limits(500, 4, 1, 1, (), 1, code_points=True)
    wide = own_limits(
        {"version": "4.6.4", "configuration": {"statuses": {"characters_reserved_per_url": 30}}},
        Mastodon.limits,
    )
    assert mastodon.length(link, plain) == 222
    assert mastodon.length("👩🏽‍🚒", plain) == 4
    assert mastodon.length(link, wide) == 30
    assert [one.code for one in mastodon.check(Post(f"{link * 3}", "nn"), plain)] == ["connector.too_long"]


def test_absence_is_believed_later_where_no_key_stands_behind_it(wire):
    mastodon = Mastodon(wire)
    keys = own_limits({"version": "4.6.4"}, Mastodon.limits)
    assert mastodon.believes_absence_after(keys) == mastodon.trusts_absence == timedelta(minutes=1)
    for unknown in (None, own_limits({}, Mastodon.limits)):
        assert mastodon.believes_absence_after(unknown) == timedelta(minutes=10)


# Old refusals (Pleroma and Akkoma remember them under the key)


def _login(server: ScriptedServer, **more: Secret) -> Login:
    return Login(server.base, "7", {"access_token": Secret(CANARY), **more})


def _again(body: object, status: int):
    return reply(body, status, {"idempotent-replayed": "true", "x-original-request-id": "F1"})


def _publish(wire: Wire, server: ScriptedServer):
    return Mastodon(wire).publish(_login(server), Post(TEXT, "nn"), KEY, {})


def test_an_old_refusal_that_is_said_again_is_passed_over_with_the_same_keys_every_time(wire, server):
    for _ in range(2):
        server.then(_again({"error": "x"}, 422), _again({"error": "x"}, 429), reply(STATUS))
        assert _publish(wire, server).remote_id == "116"
    keys = [request.headers["idempotency-key"] for request in server.seen]
    assert keys[:3] == keys[3:]
    assert keys[0] == KEY
    assert len(set(keys)) == 3


def test_an_old_success_is_the_post(wire, server):
    server.then(_again(STATUS, 200))
    assert _publish(wire, server).remote_id == "116"
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(reply({"error": "x"}, 422), Refused), (_again({"error": "x"}, 500), OutcomeUnknown)],
)
def test_a_new_refusal_and_an_old_failure_end_the_attempt(wire, server, answer, expected):
    server.then(answer)
    with pytest.raises(expected):
        _publish(wire, server)
    assert len(server.seen) == 1


def test_a_server_that_never_ends_saying_it_is_left_alone(wire, server):
    server.then(*[_again({"error": "x"}, 422)] * 9)
    with pytest.raises(Refused):
        _publish(wire, server)
    assert len(server.seen) == 5


def test_an_old_refusal_that_came_slowly_starts_no_further_call(wire, server):
    body = b'{"error": "x"}                '
    head = f"HTTP/1.1 422 X\r\nidempotent-replayed: true\r\nContent-Length: {len(body) + 20}\r\n\r\n".encode()
    server.then(trickle(server, head + body, b" "))
    with pytest.raises(NotSent):
        _publish(wire, server)
    assert len(server.seen) == 1


# Whose post it is


def test_a_post_of_another_application_is_not_taken_for_ours_where_ours_is_known(wire, server):
    theirs = {**STATUS, "application": {"name": "Tusky"}}
    find = Mastodon(wire).find
    ours = {"client_id": Secret("us"), "client_secret": Secret("s")}
    for status, login, found in (
        (theirs, _login(server, **ours), False),
        (theirs, _login(server), True),
        ({**STATUS, "application": {"name": "Samklang"}}, _login(server, **ours), True),
        ({**STATUS, "application": None}, _login(server, **ours), True),
        (STATUS, _login(server, **ours), True),
    ):
        server.script.acts[:] = [reply([status]), reply([])]
        assert (find(login, Post(TEXT, "nn"), KEY, None, AT).receipt is not None) is found


def test_what_a_server_says_of_itself_comes_with_the_account(wire, server):
    server.then(reply(ACCOUNT), reply({"version": "0.19.1 cb85f65", "configuration": {}}))
    limits = Mastodon(wire).whoami(_login(server)).limits
    assert limits is not None
    assert (limits.keeps_keys, limits.code_points) == (False, True)
