"""Where the door goes, and where it never goes."""

from __future__ import annotations

import pytest
from scripted import CANARY

from connectors.errors import NotSent, Refused
from connectors.secret import Secret
from connectors.wire import Wire, WireLimits

QUICK = WireLimits(connect=1, read=0.15, total=0.25)


def _resolver(*addresses: str):
    calls: list[str] = []

    def resolve(host: str, port: int, **named: object):
        calls.append(host)
        return [(2, 1, 6, "", (address, port)) for address in addresses]

    return resolve, calls


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *(
            "169.254.169.254",
            "100.64.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
        ),
        *("192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
        *(
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
        ),
        *("100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12::1"),
        *("fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "nonsense", ""),
    ],
)
def test_a_name_that_leads_inside_is_not_gone_to(address):
    resolve, calls = _resolver("93.184.215.14", address)
    wire = Wire(user_agent="t", resolve=resolve)
    with pytest.raises(NotSent) as caught:
        wire.call("POST", "https://social.example/x", login=Secret(CANARY), irreversible=True)
    assert caught.value.code == "connector.address_closed"
    assert calls == ["social.example"]


ODD = [
    *(
        "http://social.example/",
        "ftp://social.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//social.example",
    ),
    *(
        "https://",
        "https:///x",
        "https://social.example:8443/",
        "https://social.example:22/",
        "https://social.example:99999/",
    ),
    *(
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://0177.0.0.1/",
    ),
    *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::1]/", "https://[fe80::1%25eth0]/"),
    *("https://8.8.8.8/", "https://[2606:4700::1111]/", "https://localhost/", "https://intranet/"),
    *("https://①②⑦.⓪.⓪.①/", "https://social.example@127.0.0.1/", "https://user:pw@social.example/"),
    *(
        "https://social.example\\@127.0.0.1/",
        "https://social.example\n.evil.example/",
        "https://social.example /",
    ),
    *("https://-a.example/", "https://a-.example/", "https://a..example/", "https://social.example./"),
    *("https://social.example:443:80/", "https://soc\tial.example/", "https://" + "a" * 300 + ".example/"),
    *("https://[social.example]/", "https://social.example%00.evil.example/", "https://social.123/"),
    *("https://soc<ial.example/", "https://social.example/" + "a" * 3000, "", "social.example"),
]


@pytest.mark.parametrize("url", ODD)
def test_an_odd_address_is_refused_before_any_resolver_is_asked(url):
    resolve, calls = _resolver("93.184.215.14")
    wire = Wire(user_agent="t", resolve=resolve)
    with pytest.raises(Refused) as caught:
        wire.call("GET", url, login=Secret(CANARY))
    assert caught.value.code == "connector.address_odd"
    assert calls == []


def test_a_name_is_resolved_once_and_the_connection_goes_to_that_very_address(server):
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    def resolve(host: str, port: int, **named: object):
        asked.append(host)
        return [(2, 1, 6, "", (address, port)) for address in answers[len(asked) - 1]]

    wire = Wire(user_agent="t", allow_private=True, resolve=resolve)
    url = f"http://localhost:{server.port}/x"
    assert wire.call("GET", url).status == 200
    assert asked == ["localhost"]
    assert server.seen[0].headers["host"] == f"localhost:{server.port}"
    wire.close()
    with pytest.raises(NotSent) as caught:
        wire.call("GET", url)
    assert caught.value.code == "connector.address_closed"
    assert len(server.seen) == 1


def test_a_dead_address_of_a_name_is_followed_by_the_next(server):
    resolve, _ = _resolver("127.0.0.2", "127.0.0.1")
    wire = Wire(user_agent="t", allow_private=True, resolve=resolve)
    assert wire.call("GET", f"http://localhost:{server.port}/x", limits=QUICK).status == 200
    wire.close()


def test_plain_http_goes_nowhere_but_to_this_machine():
    resolve, _ = _resolver("192.168.1.1")
    wire = Wire(user_agent="t", allow_private=True, resolve=resolve)
    with pytest.raises(Refused):
        wire.call("GET", "http://social.example/x")
    with pytest.raises(NotSent) as caught:
        wire.call("GET", "http://localhost:8080/x")
    assert caught.value.code == "connector.address_closed"
