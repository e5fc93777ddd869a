"""Answers are hostile input: bounded JSON, waits, single fields, addresses that may be shown."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.addresses import base_address, is_plain_public, public_link
from connectors.answers import DEPTH, LONGEST_WAIT, Answer, count, line, moment, read_json, read_wait
from connectors.endings import failure
from connectors.errors import ConnectorError, NotSent, OutcomeUnknown, Refused

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def _nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        *(_nested(DEPTH + 1), b"[" * 500_000, b'{"a":' * 100_000, _nested(100_000)),
        *(b"NaN", b"[Infinity]", b'{"a": -Infinity}', b"1e999", b"-1e999", b"1" * 21, b"1" * 5000),
        *(
            b'{"a": 1, "a": 2}',
            b'[{"b": {"c": 1, "c": 1}}]',
            b"",
            b"<html>",
            b'"open',
            b"{",
            b"nul",
            b"\xff\xfe{",
        ),
        *(b'{"a": 1} x', b"\xef\xbb\xbf{}", b'{"a": "\xff"}', b"[1,]", b"'a'"),
    ],
)
def test_json_bombs_and_nonsense_are_unreadable_and_say_nothing_of_the_body(body):
    began = time.monotonic()
    with pytest.raises(ValueError, match=r"^[A-Za-z0-9 -]{1,40}$"):
        read_json(body)
    assert time.monotonic() - began < 2


def test_what_is_within_the_bounds_is_read():
    assert read_json(_nested(DEPTH))
    assert read_json(b'{"a": "[[[[' + b"[" * 100 + b'", "b": [1.5, -3, null, true]}')
    assert read_json(b"9" * 20) == int("9" * 20)
    assert read_json('{"æ": "\\"[{"}'.encode()) == {"æ": '"[{'}


@given(
    st.recursive(
        st.none() | st.integers(-(10**15), 10**15) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_ordinary_json_comes_back_as_it_went(value):
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_no_body_breaks_out_of_the_taxonomy(body):
    for irreversible, expected in ((False, NotSent), (True, OutcomeUnknown)):
        answer = Answer(200, {}, body, "social.example", NOW, irreversible)
        answer.error_name()
        error = _error_of(answer)
        assert error is None or (isinstance(error, expected) and error.__context__ is None)


def _error_of(answer: Answer) -> ConnectorError | None:
    try:
        answer.object()
    except ConnectorError as error:
        return error
    return None


# Waits


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Retry-After": "30"}, timedelta(seconds=30)),
        ({"retry-after": " 30 "}, timedelta(seconds=30)),
        ({"Retry-After": "1.5"}, timedelta(seconds=1.5)),
        ({"Retry-After": "0"}, timedelta()),
        ({"Retry-After": format_datetime(NOW + timedelta(minutes=5), usegmt=True)}, timedelta(minutes=5)),
        ({"Retry-After": format_datetime(NOW - timedelta(minutes=5), usegmt=True)}, timedelta()),
        ({"Retry-After": "Tue, 24 Nov 2026 10:10:00 +0100"}, timedelta(minutes=10)),
        ({"Retry-After": "999999999999"}, LONGEST_WAIT),
        ({"Retry-After": "86401"}, LONGEST_WAIT),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "٣٠"}, None),
        ({"Retry-After": "1" * 5000}, None),
        ({"Retry-After": "Tue, 99 Foo 2026"}, None),
        ({"X-RateLimit-Reset": "2026-11-24T09:10:00.627625Z"}, timedelta(minutes=10, microseconds=627_625)),
        ({"X-RateLimit-Reset": "2026-11-24T10:10:00+01:00"}, timedelta(minutes=10)),
        ({"X-RateLimit-Reset": "2026-11-24T09:10:00"}, None),
        ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 60)}, timedelta(minutes=1)),
        ({"X-RateLimit-Reset": "9999-12-31T23:59:59Z"}, LONGEST_WAIT),
        ({"RateLimit-Reset": str(int(NOW.timestamp()) + 60)}, timedelta(minutes=1)),
        ({"RateLimit-Reset": "60"}, timedelta(minutes=1)),
        ({"Retry-After": "nonsense", "RateLimit-Reset": "60"}, timedelta(minutes=1)),
        ({"Retry-After": "5", "X-RateLimit-Reset": "2026-11-24T09:10:00Z"}, timedelta(seconds=5)),
        ({}, None),
    ],
)
def test_a_wait_is_read_in_every_form(headers, expected):
    assert read_wait(headers, NOW) == expected


@given(st.text(max_size=40))
def test_whatever_a_wait_says_it_lies_within_a_day_or_is_unknown(said):
    for name in ("Retry-After", "X-RateLimit-Reset", "RateLimit-Reset"):
        wait = read_wait({name: said}, NOW)
        assert wait is None or timedelta() <= wait <= LONGEST_WAIT


# Single fields


def test_fields_are_believed_only_in_their_own_shape():
    assert (count(0), count(10**12 - 1)) == (0, 10**12 - 1)
    assert [count(one) for one in (-1, 10**12, 1.0, "1", None, True)] == [None] * 6
    assert (line("a\nb\x00c"), line(7), line("x" * 900)) == ("abc", "", "x" * 500)
    assert moment("2026-11-24T10:00:00+01:00") == NOW
    assert [
        moment(one) for one in ("2026-11-24T09:00:00", "x", 7, "0001-01-01T00:00:00+23:59", "9" * 50)
    ] == [None] * 5


def test_a_status_that_means_nothing_known_is_no_success():
    for status in (100, 199, 300, 304, 399, 600, 999):
        reading = failure(Answer(status, {}, b"", "h", NOW), "P")
        writing = failure(Answer(status, {}, b"", "h", NOW, irreversible=True), "P")
        assert isinstance(reading, NotSent)
        assert isinstance(writing, OutcomeUnknown)


# Addresses


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Social.Example/", "https://social.example"),
        ("https://social.example/@herad?x#y", "https://social.example"),
        ("  https://social.example:443 ", "https://social.example"),
        ("bærum.example", "https://xn--brum-voa.example"),
        ("HTTPS://social.example", "https://social.example"),
    ],
)
def test_a_typed_server_becomes_its_origin(typed, expected):
    assert base_address(typed) == expected


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "localhost",
        "127.0.0.1",
        "①②⑦.⓪.⓪.①",
        "social.example:8080",
        "http://social.example",
        "a b.example",
        "x" * 3000,
        "æ" * 300 + ".no",
        "user:pw@social.example",
        "javascript:alert(1)",
        "/",
        "https://",
    ],
)
def test_what_is_no_server_is_refused(typed):
    with pytest.raises(Refused) as caught:
        base_address(typed)
    assert caught.value.code == "connector.address_odd"
    assert "pw" not in str(caught.value)


def test_the_demo_may_use_this_machine_and_its_net():
    assert base_address("http://127.0.0.1:8080", allow_private=True) == "http://127.0.0.1:8080"
    assert base_address("http://[::1]:8080/x", allow_private=True) == "http://[::1]:8080"
    assert base_address("https://pds.example:8443", allow_private=True) == "https://pds.example:8443"
    for odd in ("http://social.example", "http://127.0.0.1:22", "http://169.254.169.254"):
        with pytest.raises(Refused):
            base_address(odd, allow_private=True)
    assert is_plain_public("192.168.1.1", allow_private=True)
    assert is_plain_public("fd00::1", allow_private=True)
    assert not is_plain_public("169.254.169.254", allow_private=True)
    assert not is_plain_public("64:ff9b::1", allow_private=True)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "185.125.190.36", "2606:4700::1111", "2a00:1450:400f::1"]
)
def test_plainly_public_addresses_are_gone_to(address):
    assert is_plain_public(address)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://social.example/@herad/1", True),
        ("https://herad.social.example/@herad/1", True),
        ("https://www.example.social.example/1", True),
        ("https://evil.test/1", False),
        ("http://social.example/1", False),
        ("javascript:alert(1)", False),
        ("https://social.example@evil.test/", False),
        ("https://social.example/\n<script>", False),
        ('https://social.example/"onclick=', False),
        (None, False),
        (7, False),
        ({}, False),
    ],
)
def test_only_an_https_address_of_the_accounts_own_house_is_shown(url, shown):
    assert public_link(url, "https://social.example") == (url if shown else None)
    if isinstance(url, str):
        assert public_link(url, "http://127.0.0.1:8080") is None


def test_a_stand_in_may_show_its_own_address():
    assert public_link("http://127.0.0.1:8080/@a/1", "http://127.0.0.1:8080") == "http://127.0.0.1:8080/@a/1"
    assert public_link("http://127.0.0.1:80801/@a/1", "http://127.0.0.1:8080") is None
