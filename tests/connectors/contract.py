"""What every connector must pass. Subclass it in the platform's test file, say how the platform talks, and run.

The network is a scripted server on this machine; nothing of ours is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import get_args
from urllib.parse import unquote_to_bytes

import pytest
from contract_facts import LOCALISED, PICTURE, PNG, TEXT  # noqa: F401  # for the platforms' files
from contract_hostile import AT, KEY, HostileContract
from scripted import (
    CANARY,
    Act,
    ScriptedServer,
    close,
    cut,
    echo,
    endless,
    html,
    raw,
    redirect,
    reply,
    reset,
    silence,
)

from campaigns.sentences import LANGUAGES, catalogue, placeholders
from connectors import (
    Connector,
    ConnectorError,
    Login,
    LoginLost,
    Metric,
    NotSent,
    OutcomeUnknown,
    Post,
    RateLimited,
    Refused,
)

CLASSES = (RateLimited, NotSent, Refused, LoginLost, OutcomeUnknown)


def sort_of(error: ConnectorError) -> type[ConnectorError]:
    """Return the class of the taxonomy that an error belongs to, the narrower first."""
    return next(kind for kind in CLASSES if isinstance(error, kind))


Expected = Mapping[str, tuple[list[Act], type[ConnectorError]]]


class ConnectorContract(HostileContract):
    """The tests. What a platform's file fills in comes first."""

    def login(self, base: str) -> Login:
        """Return a login whose every secret holds the canary."""
        raise NotImplementedError

    def published(self, login: Login) -> Act:
        """Return the platform's answer to a post that was taken."""
        raise NotImplementedError

    def uploaded(self) -> Act:
        """Return the platform's answer to an uploaded picture."""
        raise NotImplementedError

    def takes(self, login: Login) -> list[Act]:
        """Return the answers to everything that publishing asks for."""
        return [self.published(login)]

    def uploads(self) -> list[Act]:
        """Return the answers to everything that preparing one picture asks for."""
        return [self.uploaded()]

    def measured(self, login: Login, numbers: Mapping[Metric, object]) -> tuple[str, Act]:
        """Return a post's id and the platform's answer with these counts; a metric left out is left out there."""
        raise NotImplementedError

    def publish_errors(self) -> Expected:
        """Return what the platform may answer to the publishing call, and which error it is."""
        raise NotImplementedError

    def read_errors(self) -> Expected:
        """Return what the platform may answer to a count, and which error it is."""
        raise NotImplementedError

    def wait_headers(self) -> list[tuple[dict[str, str], timedelta | None]]:
        """Return headers of a 429 in every documented form, and the wait they mean within a minute."""
        raise NotImplementedError

    def sent_language(self, server: ScriptedServer) -> object:
        """Return the language that reached the platform."""
        raise NotImplementedError

    # The tools of the tests

    def prepare(self, connector: Connector, login: Login, post: Post) -> dict[str, object]:
        return connector.prepare(login, post, KEY, lambda picture: PNG, AT)

    def publish(self, connector: Connector, login: Login, post: Post | None = None):
        post = post or Post(TEXT, "nn")
        return connector.publish(login, post, KEY, self.prepare(connector, login, post))

    def assert_told(self, error: ConnectorError) -> None:
        """The error's sentence stands in the catalogue and its values fill it."""
        texts = catalogue()[error.code]
        for language in LANGUAGES:
            assert placeholders(texts[language]) <= set(error.values), (error.code, language)

    # Publishing

    def test_publishing_gives_the_id_and_the_public_address(self, connector, server):
        login = self.login(server.base)
        server.then(*self.takes(login))
        receipt = self.publish(connector, login)
        assert receipt.remote_id
        assert receipt.address.startswith(("https://", f"{server.base}/"))

    def test_language_and_alternative_text_reach_the_platform(self, connector, server):
        login = self.login(server.base)
        server.then(*self.uploads(), *self.takes(login))
        self.publish(connector, login, Post(TEXT, "sma", pictures=(self.picture,)))
        if self.takes_language:
            assert self.sent_language(server) in ("sma", ["sma"])
        everything = b"".join(unquote_to_bytes(request.body.replace(b"+", b" ")) for request in server.seen)
        assert self.picture.alt.encode() in everything
        assert sum(self.carries_picture(request) for request in server.seen) == 1

    def test_preparing_twice_gives_the_same_choice_of_ids(self, connector, server):
        login = self.login(server.base)
        assert self.prepare(connector, login, Post(TEXT, "nn")) == self.prepare(
            connector, login, Post(TEXT, "nn")
        )

    def test_every_lost_answer_of_the_publishing_call_is_an_unknown_outcome(self, connector, server, leaks):
        login = self.login(server.base)
        endings = [
            close,
            reset,
            silence(server),
            cut,
            endless,
            raw(b"nonsense\r\n\r\n"),
            reply(b"{}"),
            reply(b"[]"),
        ]
        endings += [
            reply(b"<html>", 200),
            reply(b'{"id": NaN}'),
            reply(b"[" * 5000),
            reply(b'{"id":"1","id":"2"}'),
        ]
        for ending in endings:
            server.then(ending)
            with pytest.raises(OutcomeUnknown) as caught:
                self.publish(connector, login)
            self.assert_told(caught.value)
            assert not leaks(caught.value)

    def test_what_never_connected_is_not_sent(self, connector):
        with ScriptedServer() as gone:
            login = self.login(gone.base)
        with pytest.raises(NotSent) as caught:
            self.publish(connector, login)
        self.assert_told(caught.value)

    def test_every_answer_to_the_publishing_call_lands_in_its_class(self, connector, server, leaks):
        login = self.login(server.base)
        general: dict[str, tuple[list[Act], type[ConnectorError]]] = {
            "429": ([reply({"error": "x"}, 429)], RateLimited),
            "401": ([reply({"error": "x"}, 401)], LoginLost),
            "413": ([html(413)], Refused),
            "403 of a wall": ([html(403)], NotSent),
            "301": ([redirect("https://elsewhere.example/", 301)], LoginLost),
            "302": ([redirect("http://127.0.0.1:1/", 302)], OutcomeUnknown),
            **{f"{code}": ([html(code)], OutcomeUnknown) for code in (500, 502, 503, 504, 520)},
        }
        for name, (acts, expected) in {**general, **self.publish_errors()}.items():
            server.then(*acts)
            with pytest.raises(ConnectorError) as caught:
                self.publish(connector, login)
            assert sort_of(caught.value) is expected, name
            self.assert_told(caught.value)
            assert not leaks(caught.value), name
            assert server.script.acts == [], name

    def test_the_words_of_an_error_change_nothing(self, connector, server):
        login = self.login(server.base)
        for status in (400, 401, 404, 422, 429, 500):
            kinds = set()
            for words in LOCALISED:
                server.then(reply({"error": words, "message": words}, status))
                with pytest.raises(ConnectorError) as caught:
                    self.publish(connector, login)
                kinds.add((type(caught.value), caught.value.code))
            assert len(kinds) == 1, status

    def test_a_server_that_echoes_everything_leaks_nothing(self, connector, server, leaks):
        login = self.login(server.base)
        for status in (200, 400, 401, 403, 422, 429, 500):
            server.then(echo(status))
            with pytest.raises(ConnectorError) as caught:
                self.publish(connector, login)
            assert not leaks(caught.value)
            server.script.acts.clear()

    def test_a_wait_is_understood_in_every_documented_form(self, connector, server):
        login = self.login(server.base)
        for headers, expected in [*self.wait_headers(), ({"Retry-After": "soon"}, None), ({}, None)]:
            server.then(reply({"error": "x"}, 429, headers))
            with pytest.raises(RateLimited) as caught:
                self.publish(connector, login)
            if expected is None:
                assert (caught.value.wait is not None) is self.waits_unasked, headers
            else:
                assert abs(caught.value.wait - expected) < timedelta(minutes=1), headers

    # Preparing

    def test_preparing_never_leaves_doubt(self, connector, server, leaks):
        login = self.login(server.base)
        for act in (close, reset, cut, endless, reply(b"{}"), reply(b"[]"), html(503), echo(422), echo(500)):
            server.then(act)
            with pytest.raises(ConnectorError) as caught:
                self.prepare(connector, login, Post(TEXT, "nn", pictures=(self.picture,)))
            assert not isinstance(caught.value, OutcomeUnknown)
            self.assert_told(caught.value)
            assert not leaks(caught.value)

    # Reading

    def test_a_look_up_without_a_proper_answer_says_neither_yes_nor_no(self, connector, server):
        login = self.login(server.base)
        for act in (
            close,
            cut,
            reply(b"7"),
            reply(b"null"),
            reply(b"<html>"),
            html(500),
            html(502),
            reply({}, 429),
        ):
            server.then(act)
            with pytest.raises(ConnectorError):
                connector.find(login, Post(TEXT, "nn"), KEY, None, AT)

    def test_counts_are_those_declared_and_nothing_else(self, connector, server):
        login = self.login(server.base)
        numbers: dict[Metric, object] = dict.fromkeys(self.kind.metrics, 7)
        remote_id, act = self.measured(login, numbers)
        server.then(act)
        counts = connector.measure(login, [remote_id])[remote_id]
        assert counts.known == numbers
        assert not counts.gone
        assert set(counts.known) | set(counts.absent) == set(get_args(Metric))
        assert all(counts.absent[one] == "not_offered" for one in counts.absent)

    def test_a_count_that_is_kept_back_stays_unknown(self, connector, server):
        login = self.login(server.base)
        for missing in self.kind.metrics:
            numbers = {metric: 7 for metric in self.kind.metrics if metric != missing}
            remote_id, act = self.measured(login, numbers)
            server.then(act)
            counts = connector.measure(login, [remote_id])[remote_id]
            if missing in self.zero_when_left_out:
                assert counts.known[missing] == 0
                continue
            assert missing not in counts.known
            assert counts.absent[missing] == "hidden"

    def test_a_nonsense_count_stays_unknown(self, connector, server):
        login = self.login(server.base)
        for nonsense in (-1, 10**12, 1.5, 1e308, "7", None, True, [], {"a": 1}):
            numbers: dict[Metric, object] = dict.fromkeys(self.kind.metrics, nonsense)
            remote_id, act = self.measured(login, numbers)
            server.then(act)
            assert connector.measure(login, [remote_id])[remote_id].known == {}

    def test_a_post_that_is_not_among_the_answers_is_gone(self, connector, server):
        login = self.login(server.base)
        remote_id, act = self.measured(login, dict.fromkeys(self.kind.metrics, 7))
        server.then(act)
        other = f"{remote_id[:-1]}x"
        counts = connector.measure(login, [remote_id, other])
        assert counts[other].gone
        assert not counts[remote_id].gone
        assert {counts[other].absent[metric] for metric in self.kind.metrics} == {"removed"}

    def test_every_answer_to_a_count_lands_in_its_class(self, connector, server, leaks):
        login = self.login(server.base)
        remote_id, _ = self.measured(login, {})
        general: dict[str, tuple[list[Act], type[ConnectorError]]] = {
            "429": ([reply({"error": "x"}, 429)], RateLimited),
            "401": ([reply({"error": "x"}, 401)], LoginLost),
            "500": ([html(500)], NotSent),
            "503": ([html(503)], NotSent),
            "reset": ([reset], NotSent),
            "nonsense": ([reply(b"<html>")], NotSent),
        }
        for name, (acts, expected) in {**general, **self.read_errors()}.items():
            server.then(*acts)
            with pytest.raises(ConnectorError) as caught:
                connector.measure(login, [remote_id])
            assert sort_of(caught.value) is expected, name
            self.assert_told(caught.value)
            assert not leaks(caught.value)

    def test_a_lost_login_shows_in_whoami(self, connector, server, leaks):
        login = self.login(server.base)
        server.then(echo(401))
        with pytest.raises(LoginLost) as caught:
            connector.whoami(login)
        assert not leaks(caught.value)

    def test_secrets_go_to_the_platform_and_nowhere_else(self, connector, server):
        login = self.login(server.base)
        server.then(*self.takes(login))
        self.publish(connector, login)
        assert CANARY in server.seen[-1].headers["authorization"]
        assert CANARY not in repr(login)

    def test_what_cannot_be_renewed_yet_makes_no_call(self, connector, server):
        assert connector.renew(self.login(server.base), AT) is None
        assert server.seen == []
