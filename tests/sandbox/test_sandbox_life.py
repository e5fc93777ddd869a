"""Stand-ins start, stop, come back, and survive being killed; they listen to this machine only."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from sandbox import STAND_INS, BlueskyStandIn, MastodonStandIn

ROOT = Path(__file__).parents[2]


@contextmanager
def process(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Run both stand-ins as a process and give it with their addresses."""
    command = [sys.executable, "-m", "sandbox", "--home", str(home), *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as running:
        try:
            line = running.stdout.readline()
            yield running, dict(re.findall(r"(\w+)=(\S+)", line))
        finally:
            running.kill()


def publish(address: str) -> str:
    headers = {"Authorization": "Bearer demo-aure"}
    answer = requests.post(f"{address}/api/v1/statuses", json={"status": "Hei"}, headers=headers, timeout=10)
    return answer.json()["id"]


def listed(address: str) -> list[str]:
    return [post["id"] for post in requests.get(f"{address}/_sandbox/posts", timeout=10).json()]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.no"])
def test_another_host_than_loopback_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        MastodonStandIn(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "localhost"])
def test_every_name_of_loopback_will_do(host: str) -> None:
    with BlueskyStandIn(host=host) as standin:
        assert standin.address.startswith(f"http://{host}:")
        assert requests.get(f"{standin.address}/xrpc/_health", timeout=10).ok


def test_a_stopped_stand_in_cuts_kept_alive_connections_and_comes_back_as_it_was(aure) -> None:
    post_id = aure.post("/api/v1/statuses", json={"status": "Hei"}).json()["id"]
    port = aure.standin.port
    aure.standin.stop()
    with pytest.raises(requests.ConnectionError):
        aure.get("/")
    aure.standin.stop()
    aure.standin.start()
    assert aure.standin.port == port
    assert aure.get(f"/api/v1/statuses/{post_id}").status_code == 200


def test_stopping_does_not_wait_for_a_hanging_call(mastodon) -> None:
    requests.put(f"{mastodon.address}/_sandbox/faults", json=[{"do": "hang", "seconds": 600}], timeout=10)
    link = http.client.HTTPConnection("127.0.0.1", mastodon.port, timeout=10)
    link.request("GET", "/")
    mastodon.stop()
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        link.getresponse()
    link.close()


def test_a_folder_keeps_posts_media_and_sessions(tmp_path: Path, picture) -> None:
    given = {"identifier": "osen", "password": "demo-x"}
    with BlueskyStandIn(tmp_path / "new") as first:
        session = requests.post(
            f"{first.address}/xrpc/com.atproto.server.createSession", json=given, timeout=10
        ).json()
        headers = {"Authorization": f"Bearer {session['accessJwt']}"}
        blob = requests.post(
            f"{first.address}/xrpc/com.atproto.repo.uploadBlob", data=picture(), headers=headers, timeout=10
        ).json()["blob"]
    with BlueskyStandIn(tmp_path / "new") as second:
        answer = requests.get(
            f"{second.address}/xrpc/com.atproto.server.getSession", headers=headers, timeout=10
        )
        assert answer.json()["did"] == session["did"]
        params = {"did": session["did"], "cid": blob["ref"]["$link"]}
        kept = requests.get(f"{second.address}/xrpc/com.atproto.sync.getBlob", params=params, timeout=10)
        assert kept.content == picture()


def test_the_process_keeps_what_it_answered_when_it_is_killed(tmp_path: Path) -> None:
    with process(tmp_path) as (running, addresses):
        post_id = publish(addresses["mastodon"])
        running.send_signal(signal.SIGKILL)
        running.wait(10)
    with process(tmp_path, "--speed", "60") as (_, addresses):
        assert listed(addresses["mastodon"]) == [post_id]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_one_line_and_ends_well_on_a_signal(tmp_path: Path, ending: signal.Signals) -> None:
    with process(tmp_path) as (running, addresses):
        assert set(addresses) == set(STAND_INS)
        running.send_signal(ending)
        assert running.wait(10) == 0
        assert running.stdout.read() == running.stderr.read() == ""


def test_the_process_ends_with_its_parent_when_it_follows_standard_input(tmp_path: Path) -> None:
    with process(tmp_path, "--follow-stdin") as (running, _):
        running.stdin.close()
        assert running.wait(10) == 0


def test_a_taken_port_is_an_error_and_leaves_nothing_open(mastodon) -> None:
    with pytest.raises(OSError, match="in use"):
        BlueskyStandIn(port=mastodon.port).start()


def test_a_body_that_is_too_large_or_of_unknown_length_is_refused(mastodon) -> None:
    for header, status in (("Content-Length: 20000001", 413), ("Transfer-Encoding: chunked", 411)):
        with socket.create_connection(("127.0.0.1", mastodon.port), timeout=10) as link:
            link.sendall(f"POST /api/v2/media HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
            assert f" {status} ".encode() in link.recv(100)


def test_a_client_that_leaves_in_the_middle_asks_nothing(mastodon) -> None:
    with socket.create_connection(("127.0.0.1", mastodon.port), timeout=10) as link:
        link.sendall(b"POST /api/v1/statuses HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nstatus=")
        link.shutdown(socket.SHUT_WR)
        assert link.recv(100) == b""
    assert not mastodon.calls


def test_a_head_request_gets_the_head_alone(aure) -> None:
    answer = aure.call("HEAD", "/")
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 0
    assert answer.content == b""


def test_many_at_once_are_served(mastodon) -> None:
    links = [http.client.HTTPConnection("127.0.0.1", mastodon.port, timeout=10) for _ in range(60)]
    for number, link in enumerate(links):
        headers = {
            "Authorization": f"Bearer demo-k{number}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        link.request("POST", "/api/v1/statuses", b"status=Hei", headers)
    assert {link.getresponse().status for link in links} == {200}
    for link in links:
        link.close()
    assert len(mastodon.store.posts()) == 60


def test_a_mistake_inside_is_a_500_and_is_reported(mastodon, client, capfd) -> None:
    mastodon.entry = lambda _: 1 / 0
    caller = client(mastodon, "demo-aure")
    caller.post("/api/v1/statuses", json={"status": "Hei"})
    assert caller.get("/").status_code == 500
    assert "ZeroDivisionError" in capfd.readouterr().err
