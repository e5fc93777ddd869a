"""The door: where it goes, what it attaches, when it gives up, and how every ending is sorted."""

from __future__ import annotations

import gzip
import threading
import time
import tracemalloc

import pytest
from scripted import (
    CANARY,
    ScriptedServer,
    bomb,
    close,
    cut,
    cut_chunked,
    echo,
    endless,
    gzip_bomb,
    head,
    raw,
    redirect,
    reply,
    reset,
    reset_unread,
    silence,
    trickle,
)

from connectors.errors import LoginLost, NotSent, OutcomeUnknown
from connectors.secret import Secret
from connectors.wire import Wire, WireLimits

QUICK = WireLimits(connect=1, read=0.3, total=0.6, answer=20_000)
"""Limits at which a test of them takes little time, and at which a busy machine still gets its connection."""

OPENING = head(200, {"Content-Type": "application/json", "Content-Length": "5000"})

ENDINGS = {
    "closed without a word": lambda server: close,
    "reset after reading": lambda server: reset,
    "silence": silence,
    "dripping body": lambda server: trickle(server, OPENING),
    "dripping headers": lambda server: trickle(server, b"HTTP/1.1 200 OK\r\nX-A: "),
    "dripping status line": lambda server: trickle(server, b"HTTP/1.1 2"),
    "dripping chunk sizes": lambda server: trickle(server, head(200, {"Transfer-Encoding": "chunked"}), b"0"),
    "endless small answers in between": lambda server: trickle(server, b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "cut": lambda server: cut,
    "cut in a chunk": lambda server: cut_chunked,
    "endless": lambda server: endless,
    "gzip bomb": lambda server: gzip_bomb,
    "no HTTP at all": lambda server: raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "broken gzip": lambda server: raw(
        head(200, {"Content-Encoding": "gzip", "Content-Length": "4"}) + b"nope"
    ),
    "header without end": lambda server: raw(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 70_000),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_lost_answer_of_an_irreversible_call_is_an_unknown_outcome(server, wire, leaks, ending):
    server.then(ENDINGS[ending](server))
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown) as caught:
        wire.call(
            "POST",
            f"{server.base}/publish?access_token={CANARY}",
            login=Secret(CANARY),
            json={"status": CANARY},
            limits=QUICK,
            irreversible=True,
        )
    assert time.monotonic() - began < 2
    assert not leaks(caught.value)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_lost_answer_of_a_repeatable_call_may_be_asked_for_again(server, wire, leaks, ending):
    server.then(ENDINGS[ending](server))
    with pytest.raises(NotSent) as caught:
        wire.call("GET", f"{server.base}/read?q={CANARY}", login=Secret(CANARY), limits=QUICK)
    assert not leaks(caught.value)


@pytest.mark.parametrize("irreversible", [True, False])
def test_what_never_connected_is_not_sent(wire, irreversible):
    with ScriptedServer() as gone:
        base = gone.base
    with pytest.raises(NotSent) as caught:
        wire.call("POST", f"{base}/publish", json={}, irreversible=irreversible)
    assert caught.value.code == "connector.unreachable"


def test_a_name_that_does_not_resolve_is_not_sent():
    def nowhere(*args: object, **named: object):
        raise OSError("no such host")

    wire = Wire(user_agent="t", resolve=nowhere)
    with pytest.raises(NotSent) as caught:
        wire.call("POST", "https://social.example/publish", irreversible=True)
    assert caught.value.code == "connector.unreachable"


def test_a_reset_before_the_request_was_read_is_still_an_unknown_outcome(server, wire):
    server.script.before_reading = reset_unread
    with pytest.raises(OutcomeUnknown):
        wire.call("POST", f"{server.base}/publish", json={}, limits=QUICK, irreversible=True)


def test_every_status_comes_back_as_an_answer(server, wire):
    for status in (200, 202, 301, 302, 400, 401, 404, 422, 429, 500, 503):
        server.then(reply({"n": status}, status))
        answer = wire.call("POST", f"{server.base}/x", json={}, irreversible=True)
        assert (answer.status, answer.object()) == (status, {"n": status})


def test_header_names_are_found_in_any_case(server, wire):
    server.then(reply({}, 200, {"X-RateLimit-Reset": "12"}))
    answer = wire.call("GET", f"{server.base}/x")
    assert answer.headers["x-ratelimit-reset"] == "12"


def test_a_redirect_is_never_followed(server, wire):
    with ScriptedServer() as other:
        for status in (301, 302, 303, 307, 308):
            server.then(redirect(f"{other.base}/inside", status))
            answer = wire.call("GET", f"{server.base}/x", login=Secret(CANARY))
            assert answer.status == status
        assert other.seen == []


def test_the_environment_changes_neither_path_nor_login(server, wire, monkeypatch, tmp_path):
    with ScriptedServer() as proxy:
        netrc = tmp_path / ".netrc"
        netrc.write_text("machine 127.0.0.1 login eve password mallory\n")
        netrc.chmod(0o600)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HOME", str(tmp_path))
        wire.call("GET", f"{server.base}/x", login=Secret("mine"))
        wire.call("GET", f"{server.base}/y")
        assert proxy.seen == []
    assert server.seen[0].headers["authorization"] == "Bearer mine"
    assert "authorization" not in server.seen[1].headers


def test_cookies_are_not_carried_along(server, wire):
    server.then(reply({}, 200, {"Set-Cookie": "a=b"}))
    wire.call("GET", f"{server.base}/x")
    wire.call("GET", f"{server.base}/y")
    assert "cookie" not in server.seen[1].headers


def test_a_request_says_who_we_are_and_asks_for_no_compression(server, wire):
    wire.call("GET", f"{server.base}/x", params={"q": "æ ø"})
    request = server.seen[0]
    assert request.path == "/x?q=%C3%A6+%C3%B8"
    assert request.headers["user-agent"] == "Samklang test"
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"


def test_forms_files_bytes_and_json_arrive_as_such(server, wire):
    wire.call("POST", f"{server.base}/1", form={"a": "b c"})
    wire.call(
        "POST", f"{server.base}/2", files={"file": ("a.png", b"\x89PNG", "image/png")}, form={"d": "alt æ"}
    )
    wire.call("POST", f"{server.base}/3", data=b"\x00\x01", headers={"Content-Type": "image/png"})
    wire.call("POST", f"{server.base}/4", json={"æ": 1})
    form, files, data, json = server.seen
    assert form.body == b"a=b+c"
    assert b'filename="a.png"' in files.body
    assert b"\x89PNG" in files.body
    assert "alt æ".encode() in files.body
    assert (data.body, data.headers["content-type"]) == (b"\x00\x01", "image/png")
    assert json.json() == {"æ": 1}


def test_a_token_that_cannot_stand_in_a_header_is_a_lost_login(server, wire, leaks):
    for token in (f"{CANARY}\r\nX-Evil: 1", f"{CANARY} two", f"{CANARY}ø", ""):
        with pytest.raises(LoginLost) as caught:
            wire.call("GET", f"{server.base}/x", login=Secret(token))
        assert not leaks(caught.value)
    assert server.seen == []


def test_a_host_outside_the_given_ones_gets_nothing(server, wire):
    with pytest.raises(NotSent) as caught:
        wire.call("GET", f"{server.base}/x", login=Secret(CANARY), hosts={"social.example"})
    assert caught.value.code == "connector.address_foreign"
    assert server.seen == []
    wire.call("GET", f"{server.base}/x", hosts={"127.0.0.1"})
    assert len(server.seen) == 1


def test_a_gzip_answer_within_the_limit_is_read(server, wire):
    packed = gzip.compress(b'{"a": 1}')
    server.then(
        lambda sock, _: (
            sock.sendall(head(200, {"Content-Encoding": "gzip", "Content-Length": str(len(packed))}) + packed)
            or True
        )
    )
    assert wire.call("GET", f"{server.base}/x").object() == {"a": 1}


def test_a_compressed_bomb_costs_little_memory(server, wire):
    bomb()
    server.then(gzip_bomb)
    tracemalloc.start()
    try:
        with pytest.raises(NotSent):
            wire.call("GET", f"{server.base}/x")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_echo_of_the_request_leaks_nowhere(server, wire, leaks):
    server.then(echo(200))
    answer = wire.call("POST", f"{server.base}/x", login=Secret(CANARY), json={"password": CANARY})
    assert CANARY not in repr(answer)
    assert not leaks(answer.unclear("connector.bad_answer", diagnostic=f"status {answer.status}"))


# Kept connections


def test_a_connection_is_used_again(server, wire):
    for _ in range(5):
        wire.call("GET", f"{server.base}/x")
    assert (len(server.seen), server.script.connections) == (5, 1)


def test_a_connection_idle_for_some_seconds_is_not_trusted(server):
    now = [100.0]
    wire = Wire(user_agent="t", allow_private=True, clock=lambda: now[0])
    wire.call("GET", f"{server.base}/x")
    now[0] += 3.5
    wire.call("POST", f"{server.base}/y", irreversible=True)
    assert server.script.connections == 2
    wire.close()


def test_a_kept_connection_that_the_server_closed_is_noticed_before_sending(server, wire):
    server.then(raw(head(200, {"Content-Length": "2", "Content-Type": "application/json"}) + b"{}"))
    wire.call("GET", f"{server.base}/x")
    closed = threading.Event()
    closed.wait(0.05)
    assert wire.call("POST", f"{server.base}/y", json={}, irreversible=True).status == 200


def test_many_threads_share_one_wire(server, wire):
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                body = {"n": f"{number}-{turn}"}
                assert wire.call("POST", f"{server.base}/x", json=body).status == 200
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({request.body for request in server.seen}) == 80
    assert server.script.connections <= 16
