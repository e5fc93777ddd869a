"""The door proves who answers, always."""

from __future__ import annotations

import ipaddress

import pytest
from certificates import certificate
from cryptography import x509
from scripted import ScriptedServer

from connectors.errors import NotSent
from connectors.wire import Wire, WireLimits


def test_an_unknown_authority_is_not_sent_to(tmp_path):
    context, _ = certificate(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    with ScriptedServer(context) as server:
        wire = Wire(user_agent="t", allow_private=True)
        with pytest.raises(NotSent) as caught:
            wire.call("POST", f"{server.base}/x", json={}, irreversible=True)
        assert caught.value.code == "connector.certificate"
        assert server.seen == []


def test_an_own_authority_may_be_added(tmp_path):
    context, authority = certificate(tmp_path, x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
    with ScriptedServer(context) as server:
        wire = Wire(user_agent="t", allow_private=True, ca_file=authority)
        for _ in range(3):
            assert wire.call("POST", f"{server.base}/x", json={}, irreversible=True).status == 200
        assert server.script.connections == 1
        wire.close()


def test_a_certificate_for_another_name_is_not_sent_to(tmp_path):
    context, authority = certificate(tmp_path, x509.DNSName("other.example"))
    with ScriptedServer(context) as server:
        wire = Wire(user_agent="t", allow_private=True, ca_file=authority)
        with pytest.raises(NotSent) as caught:
            wire.call("POST", f"{server.base}/x", json={}, irreversible=True)
        assert caught.value.code == "connector.certificate"
        assert server.seen == []


def test_the_name_is_proven_while_the_connection_goes_to_the_pinned_address(tmp_path):
    context, authority = certificate(tmp_path, x509.DNSName("social.example"))
    with ScriptedServer(context) as server:

        def resolve(host: str, port: int, **named: object):
            return [(2, 1, 6, "", ("127.0.0.1", port))]

        wire = Wire(user_agent="t", allow_private=True, ca_file=authority, resolve=resolve)
        answer = wire.call("GET", f"https://social.example:{server.port}/x")
        assert (answer.status, answer.host) == (200, "social.example")
        assert server.seen[0].headers["host"] == f"social.example:{server.port}"
        wire.close()


def test_a_server_that_speaks_no_tls_is_not_sent_to(server, wire):
    with pytest.raises(NotSent):
        wire.call(
            "POST",
            server.base.replace("http:", "https:") + "/x",
            irreversible=True,
            limits=WireLimits(connect=0.3),
        )
