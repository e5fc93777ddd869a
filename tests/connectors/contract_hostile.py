"""The part of the contract about servers that mean harm, or break: no call, whichever, ends in anything but our errors."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from contract_facts import PNG, TEXT, FactsContract
from scripted import (
    CANARY,
    Act,
    ScriptedServer,
    cut,
    cut_chunked,
    echo,
    gzip_bomb,
    head,
    html,
    large,
    raw,
    redirect,
    reply,
    reset_unread,
    trickle,
)

from connectors import Connector, ConnectorError, Login, NotSent, OutcomeUnknown, Post, RateLimited

KEY = "0b0f6c9e-6a5c-4b57-9d4c-1d7e6f0a1b2c"
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BODIES = {
    "a number": b"7",
    "null": b"null",
    "a text": b'"x"',
    "a list": b"[]",
    "a list of odd things": b'[null, 7, "x", [], {"id": {}}]',
    "an object": b"{}",
    "odd fields": b'{"id": {}, "uri": 7, "url": [], "posts": {}, "thread": 7, "descendants": "x", "error": []}',
    "NaN": b'{"id": NaN}',
    "too deep": b'{"a":' * 5000,
    "a number of 5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"id": "1", "id": "2"}',
    "no UTF-8": b'{"id": "\xff"}',
    "half a surrogate": b'{"id": "\\ud800", "uri": "\\ud800"}',
    "nothing": b"",
    "a page": b"<html>",
}
DRIP = head(200, {"Content-Type": "application/json", "Content-Length": "5000"})


def ending(call: Callable[[], object]) -> tuple[object, ConnectorError | None]:
    """Return what a call gave, or the error of ours that it ended in; anything else breaks the test."""
    try:
        return call(), None
    except ConnectorError as error:
        return None, error


def endings(server: ScriptedServer) -> dict[str, Act]:
    """Return every way in which a connection can end that is no answer."""
    return {
        "slow trickle": trickle(server, DRIP),
        "slow headers": trickle(server, b"HTTP/1.1 200 OK\r\nX-A: "),
        "cut": cut,
        "cut in a chunk": cut_chunked,
        "50 MB": large(50_000_000),
        "50 MB as 48 kB": gzip_bomb,
        "wrong content type": html(200),
        "no HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    }


class HostileContract(FactsContract):
    """The tests; what a platform's file fills in stands in `contract`."""

    def calls(self, connector: Connector, login: Login) -> dict[str, Callable[[], object]]:
        """Return everything that can be asked of a platform, by its name."""
        remote_id, _ = self.measured(login, {})
        post, pictured = Post(TEXT, "nn"), Post(TEXT, "nn", pictures=(self.picture,))
        handle = self.prepare(connector, login, post)
        return {
            "prepare": lambda: self.prepare(connector, login, pictured),
            "publish": lambda: connector.publish(login, post, KEY, handle),
            "find": lambda: connector.find(login, post, KEY, handle, AT),
            "measure": lambda: connector.measure(login, [remote_id]),
            "replies": lambda: connector.replies(login, remote_id, AT),
            "whoami": lambda: connector.whoami(login),
            "remove": lambda: connector.remove(login, remote_id),
            "edit": lambda: connector.edit(login, remote_id, pictured, lambda _: PNG),
            "renew": lambda: connector.renew(login, AT + timedelta(days=400)),
            "revoke": lambda: connector.revoke(login),
        }

    @pytest.mark.parametrize("body", BODIES)
    def test_no_answer_makes_any_call_end_in_anything_but_our_errors(self, connector, server, body, leaks):
        login = self.login(server.base)
        for status in (200, 400, 401, 403, 404, 422, 500):
            for name, call in self.calls(connector, login).items():
                server.script.acts[:] = [reply(BODIES[body], status)] * 8
                error = ending(call)[1]
                if error is not None:
                    assert isinstance(error, OutcomeUnknown) <= (name == "publish"), (name, status)
                    self.assert_told(error)
                    assert not leaks(error), (name, status)

    def test_every_lost_connection_of_the_publishing_call_is_an_unknown_outcome(
        self, connector, server, leaks
    ):
        login = self.login(server.base)
        for name, ending in endings(server).items():
            server.script.acts[:] = [ending]
            with pytest.raises(OutcomeUnknown) as caught:
                self.publish(connector, login)
            assert not leaks(caught.value), name
        server.script.before_reading = reset_unread
        connector.wire.close()
        with pytest.raises(OutcomeUnknown):
            self.publish(connector, login)

    def test_every_lost_connection_of_a_reading_call_may_be_asked_again(self, connector, server, leaks):
        login = self.login(server.base)
        remote_id, _ = self.measured(login, {})
        for name, ending in endings(server).items():
            server.script.acts[:] = [ending]
            with pytest.raises(NotSent) as caught:
                connector.measure(login, [remote_id])
            assert not leaks(caught.value), name

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_elsewhere_is_followed_by_no_call_and_gets_no_login(self, connector, server, status):
        login = self.login(server.base)
        with ScriptedServer() as other:
            for call in self.calls(connector, login).values():
                server.script.acts[:] = [redirect(f"{other.base}/in", status)] * 8
                with contextlib.suppress(ConnectorError):
                    call()
            assert other.seen == []

    def test_a_server_that_says_everything_back_leaks_nothing_by_any_call(self, connector, server, leaks):
        login = self.login(server.base)
        for status in (200, 400, 401, 403, 404, 422, 429, 500):
            for name, call in self.calls(connector, login).items():
                server.script.acts[:] = [echo(status)] * 8
                given, error = ending(call)
                assert CANARY not in repr(given), (name, status)
                assert error is None or not leaks(error), (name, status)

    def test_a_handle_survives_the_database_and_asks_for_the_very_same_again(self, connector, server):
        login = self.login(server.base)
        server.then(*self.uploads())
        post = Post(TEXT, "nn", pictures=(self.picture,))
        handle = self.prepare(connector, login, post)
        stored = json.loads(json.dumps(handle))
        assert stored == handle
        asked = []
        for one in (handle, stored):
            server.then(*self.takes(login))
            connector.publish(login, post, KEY, one)
            last = self.irreversible(server)
            asked.append((last.method, last.path, last.body, last.headers.get("idempotency-key")))
        assert asked[0] == asked[1]
        assert sum(self.carries_picture(request) for request in server.seen) == 1, "the pictures went up once"

    def test_a_wait_is_understood_in_every_usual_form_and_nonsense_is_none(self, connector, server):
        login = self.login(server.base)
        soon = datetime.now(UTC) + timedelta(minutes=9)
        expected = {
            ("Retry-After", "540"): True,
            ("Retry-After", format_datetime(soon, usegmt=True)): True,
            ("X-RateLimit-Reset", soon.isoformat().replace("+00:00", "Z")): True,
            ("X-RateLimit-Reset", str(int(soon.timestamp()))): True,
            ("RateLimit-Reset", str(int(soon.timestamp()))): True,
            ("RateLimit-Reset", "540"): True,
            **{
                (name, nonsense): False
                for name in ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset")
                for nonsense in (
                    "soon",
                    "-5",
                    "",
                    "NaN",
                    "1e9",
                    "9" * 400,
                    "2026-13-40T99:99:99Z",
                    "\u0663\u0660",
                )
            },
        }
        for (name, value), readable in expected.items():
            server.script.acts[:] = [reply({"error": "x"}, 429, {name: value.encode().decode("latin-1")})]
            with pytest.raises(RateLimited) as caught:
                self.publish(connector, login)
            wait = caught.value.wait
            assert (wait is not None) is (readable or self.waits_unasked), (name, value)
            assert not readable or abs(wait - timedelta(minutes=9)) < timedelta(minutes=1)

    def test_a_connector_that_asks_for_consent_does_it_whole_and_one_that_does_not_says_so(
        self, connector, server
    ):
        kind = self.kind
        parts = ("register", "authorise", "exchange", "revoke")
        own = [getattr(kind, name) is not getattr(Connector, name) for name in parts]
        if kind.asks_consent:
            assert all(own)
            return
        assert kind.shown_code is None
        for call in (
            lambda: connector.register(server.base, "r"),
            lambda: connector.authorise(server.base, "r", {}, None),
            lambda: connector.exchange(server.base, "r", {}, {}, None),
        ):
            with pytest.raises(ConnectorError) as caught:
                call()
            assert caught.value.code == "connector.cannot_authorise"
            self.assert_told(caught.value)

    def test_how_far_a_post_reaches_begins_with_everybody(self, connector):
        assert self.kind.visibilities[0] == "public"
        for one in self.kind.visibilities:
            post = Post(TEXT, "nn", pictures=(self.picture,), visibility=one)
            assert connector.check(post) == []
