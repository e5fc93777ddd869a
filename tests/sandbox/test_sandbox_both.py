"""Every kind of fault, set over HTTP, on both stand-ins: what the client hears, and what was really done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from sandbox.faults import KINDS

STYLES = ("mastodon", "bluesky", "retry_after_seconds", "retry_after_date", "nonsense")
MEETINGS: dict[str, tuple[dict[str, object], tuple[int, ...], bool]] = {
    "latency": ({"seconds": 0.05}, (200,), True),
    "status": ({"status": 503}, (503,), False),
    "status of 520": ({"status": 520, "body": {"error": "x"}}, (520,), False),
    "status_after": ({"status": 502}, (502,), True),
    "drop_before": ({}, (), False),
    "drop_before, orderly": ({"how": "close"}, (), False),
    "drop_after": ({}, (), True),
    "drop_after, orderly": ({"how": "close"}, (), True),
    "truncate": ({}, (), True),
    "hang": ({"seconds": 0.1}, (), False),
    "hang, carried out": ({"seconds": 0.1, "carry_out": True}, (), True),
    "trickle": ({"bytes_per_second": 20_000}, (200,), True),
    "expired_login": ({}, (400, 401), False),
    "reject": ({}, (400, 422), False),
    "hide": ({"seconds": 30}, (200,), True),
    **{f"rate_limit {style}": ({"style": style, "wait": 90}, (429,), False) for style in STYLES},
}
"""Settings, the statuses that the client may see (none where the connection breaks), and whether it was done."""


@pytest.fixture(params=["mastodon", "bluesky"])
def publish(request: pytest.FixtureRequest) -> Callable[[], requests.Response]:
    """Return what publishes on one of the two, and its client as an attribute."""
    if request.param == "mastodon":
        aure = request.getfixturevalue("aure")

        def post() -> requests.Response:
            return aure.post("/api/v1/statuses", json={"status": "Hei"})

        post.client = aure
        return post
    osen = request.getfixturevalue("osen")

    def put() -> requests.Response:
        record = {"$type": "app.bsky.feed.post", "text": "Hei", "createdAt": "2026-11-23T12:00:00Z"}
        return osen.write("putRecord", "3lzzzzzzzzz2a", record)

    put.client = osen
    return put


@pytest.mark.parametrize("name", MEETINGS)
def test_a_fault_is_met_as_it_was_set(publish, name: str) -> None:
    settings, statuses, done = MEETINGS[name]
    kind = name.replace(",", " ").split()[0]
    publish.client.break_with({"match": {"method": "POST"}, "do": kind, **settings})
    if statuses:
        assert publish().status_code in statuses
    else:
        with pytest.raises(requests.RequestException):
            publish()
    last = publish.client.calls()[-1]
    assert last["carried_out"] == done
    assert last["fault"] == (None if kind == "latency" else kind), "a late answer is a good one"
    assert len(publish.client.posts()) == int(done)
    assert publish.client.get("/_sandbox/faults").json() == []


def test_no_kind_of_fault_is_left_out() -> None:
    assert {name.replace(",", " ").split()[0] for name in MEETINGS} == set(KINDS)
