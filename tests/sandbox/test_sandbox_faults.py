"""Every fault breaks the connection or the answer as it says, and the log tells what was really done."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

STATUSES = "/api/v1/statuses"
POSTING = {"method": "POST", "path": STATUSES}


def post(aure, words: str = "Hei", key: str = ""):
    return aure.post(STATUSES, json={"status": words}, headers={"Idempotency-Key": key} if key else {})


def put(osen, rkey: str = "3lzzzzzzzzz2a", **named):
    record = {"$type": "app.bsky.feed.post", "text": "Hei", "createdAt": "2026-11-23T12:00:00Z"}
    return osen.write("putRecord", rkey, record, **named)


def test_a_status_fault_answers_before_anything_is_done(aure) -> None:
    aure.break_with({"match": POSTING, "do": "status", "status": 503, "headers": {"Retry-After": "30"}})
    answer = post(aure)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.headers["Content-Type"].startswith("text/html")
    assert aure.posts() == []
    assert post(aure).status_code == 200


def test_a_status_fault_may_carry_json(aure) -> None:
    aure.break_with({"do": "status", "status": 500, "body": {"error": "x"}})
    assert post(aure).json() == {"error": "x"}


def test_a_status_after_fault_does_the_work_and_denies_it(aure) -> None:
    aure.break_with({"match": POSTING, "do": "status_after", "status": 504})
    assert post(aure, key="k").status_code == 504
    assert len(aure.posts()) == 1
    assert post(aure, key="k").json()["id"] == aure.posts()[0]["id"]


def test_a_drop_before_does_nothing(aure) -> None:
    aure.break_with({"match": POSTING, "do": "drop_before"})
    with pytest.raises(requests.ConnectionError):
        post(aure)
    assert aure.posts() == []
    assert [(call["carried_out"], call["status"]) for call in aure.calls()] == [(False, None)]


@pytest.mark.parametrize("how", ["reset", "close"])
def test_a_drop_after_does_the_work_and_says_nothing(aure, how: str) -> None:
    aure.break_with({"match": POSTING, "do": "drop_after", "how": how})
    with pytest.raises(requests.ConnectionError):
        post(aure)
    assert len(aure.posts()) == 1
    assert [(call["carried_out"], call["status"]) for call in aure.calls()] == [(True, None)]


def test_a_truncated_answer_is_shorter_than_it_says(aure) -> None:
    aure.break_with({"match": POSTING, "do": "truncate"})
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        post(aure)
    assert len(aure.posts()) == 1


@pytest.mark.parametrize("carry_out", [True, False])
def test_a_hang_says_nothing_for_its_time_and_then_hangs_up(aure, carry_out: bool) -> None:
    aure.break_with({"match": POSTING, "do": "hang", "seconds": 0.2, "carry_out": carry_out})
    began = time.monotonic()
    with pytest.raises(requests.ConnectionError):
        post(aure)
    assert time.monotonic() - began >= 0.2
    assert len(aure.posts()) == int(carry_out)


def test_a_trickle_arrives_slowly_but_whole(aure) -> None:
    aure.break_with({"do": "trickle", "bytes_per_second": 8_000})
    began = time.monotonic()
    assert post(aure).json()["content"] == "<p>Hei</p>"
    assert time.monotonic() - began > 0.1


def test_latency_delays_and_adds_to_another_fault(aure) -> None:
    aure.break_with({"do": "latency", "seconds": 0.2}, {"do": "status", "status": 500})
    began = time.monotonic()
    assert post(aure).status_code == 500
    assert time.monotonic() - began >= 0.2


def test_a_hidden_post_is_made_but_cannot_be_read_yet(aure, clock) -> None:
    aure.break_with({"match": POSTING, "do": "hide", "seconds": 30})
    post_id = post(aure).json()["id"]
    assert aure.get(f"{STATUSES}/{post_id}").status_code == 404
    assert aure.get(STATUSES, params={"id[]": post_id}).json() == []
    assert "Hei" not in aure.get("/").text
    assert [one["hidden"] for one in aure.posts()] == [True]
    clock.now += 30
    assert aure.get(f"{STATUSES}/{post_id}").status_code == 200
    assert "Hei" in aure.get("/").text


def test_what_is_done_behind_a_lost_answer_may_be_hidden_too(aure, clock) -> None:
    aure.break_with({"match": POSTING, "do": "status_after", "hidden": 30})
    assert post(aure).status_code == 502
    post_id = aure.posts()[0]["id"]
    assert aure.get(f"{STATUSES}/{post_id}").status_code == 404
    clock.now += 30
    assert aure.get(f"{STATUSES}/{post_id}").status_code == 200


def test_a_hidden_record_is_still_known_to_its_own_server(osen) -> None:
    osen.break_with({"match": {"path": "/xrpc/com.atproto.repo.putRecord"}, "do": "hide", "seconds": 30})
    put(osen)
    assert osen.read("3lzzzzzzzzz2a").json()["error"] == "RecordNotFound"
    assert put(osen, swapRecord=None).status_code == 200
    assert len(osen.posts()) == 1


@pytest.mark.parametrize(
    ("style", "header"),
    [
        ("mastodon", "X-RateLimit-Reset"),
        ("bluesky", "RateLimit-Reset"),
        ("retry_after_seconds", "Retry-After"),
        ("retry_after_date", "Retry-After"),
        ("nonsense", "Retry-After"),
    ],
)
def test_a_rate_limit_speaks_in_the_asked_style(aure, clock, style: str, header: str) -> None:
    aure.break_with({"match": POSTING, "do": "rate_limit", "wait": 90, "style": style})
    answer = post(aure)
    assert answer.status_code == 429
    assert answer.json() == {"error": "Too many requests"}
    value = answer.headers[header]
    expected = {
        "mastodon": "2026-11-23T15:01:30.000000Z",
        "bluesky": str(int(clock.now) + 90),
        "retry_after_seconds": "90",
        "nonsense": "soon",
    }
    if style == "retry_after_date":
        assert parsedate_to_datetime(value).timestamp() == clock.now + 90
    else:
        assert value == expected[style]
    assert aure.posts() == []


def test_each_platform_has_its_own_words_for_limits_logins_and_refusals(aure, osen) -> None:
    for kind, status, header in (
        ("rate_limit", 429, "X-RateLimit-Remaining"),
        ("expired_login", 401, "WWW-Authenticate"),
        ("reject", 422, "Date"),
    ):
        aure.break_with({"match": POSTING, "do": kind})
        answer = post(aure)
        assert answer.status_code == status
        assert header in answer.headers
    for kind, status, error in (
        ("rate_limit", 429, "RateLimitExceeded"),
        ("expired_login", 400, "ExpiredToken"),
        ("reject", 400, "InvalidRequest"),
    ):
        osen.break_with({"match": {"method": "POST"}, "do": kind})
        answer = put(osen)
        assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert aure.posts() == osen.posts() == []


def test_a_rule_meets_only_what_it_names_and_only_so_often(aure, mastodon, client) -> None:
    other = client(mastodon, "demo-osen")
    aure.break_with({"match": {**POSTING, "handle": "osen"}, "times": 2, "do": "status", "status": 500})
    assert post(aure).status_code == 200
    assert aure.get(STATUSES).status_code == 200
    assert other.get("/api/v1/accounts/verify_credentials").status_code == 200
    assert [post(other).status_code for _ in range(3)] == [500, 500, 200]
    assert aure.get("/_sandbox/faults").json() == []


def test_a_rule_without_end_holds_until_it_is_cleared(aure) -> None:
    aure.break_with({"times": None, "do": "status"})
    assert [post(aure).status_code for _ in range(3)] == [503] * 3
    assert aure.get("/_sandbox/faults").json() == [{"match": {}, "times": None, "do": "status"}]
    aure.delete("/_sandbox/faults")
    assert post(aure).status_code == 200


def test_rules_are_met_in_their_order(aure) -> None:
    aure.break_with({"do": "status", "status": 500}, {"do": "drop_before"})
    assert post(aure).status_code == 500
    with pytest.raises(requests.ConnectionError):
        post(aure)


def test_a_login_can_be_met_by_its_handle(osen) -> None:
    osen.break_with({"match": {"handle": "osen.test"}, "do": "status", "status": 502})
    given = {"identifier": "osen.test", "password": "demo-pass"}
    assert osen.xrpc("POST", "com.atproto.server.createSession", json=given).status_code == 502


@pytest.mark.parametrize(
    "rule",
    [
        {},
        "x",
        {"do": "explode"},
        {"do": "status", "times": 0},
        {"do": "status", "times": True},
        {"do": "status", "status": "500"},
        {"do": "status", "status": 99},
        {"do": "trickle", "bytes_per_second": 0},
        {"do": "status", "seconds": [1]},
        {"do": "status", "colour": 1},
        {"do": "rate_limit", "style": "polite"},
        {"do": "drop_after", "how": "softly"},
        {"do": "status", "match": {"host": "x"}},
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(aure, rule: object) -> None:
    answer = aure.put("/_sandbox/faults", json=[rule])
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_the_log_tells_who_called_what_with_which_key(aure, osen, clock) -> None:
    post(aure, key="k-1")
    post(aure, "", key="k-2")
    assert aure.calls() == [
        {
            "method": "POST",
            "path": STATUSES,
            "handle": "aure",
            "key": key,
            "at": clock.now,
            "carried_out": status == 200,
            "status": status,
            "fault": None,
        }
        for key, status in (("k-1", 200), ("k-2", 422))
    ]
    put(osen)
    last = osen.calls()[-1]
    assert (last["handle"], last["key"], last["carried_out"]) == ("osen", "3lzzzzzzzzz2a", True)
    aure.delete("/_sandbox/calls")
    assert aure.calls() == []


def test_the_sandbox_says_no_to_what_it_does_not_know(aure) -> None:
    assert aure.get("/_sandbox/nothing").status_code == 404
    assert aure.put("/_sandbox/modes", json={"idempotency": "maybe"}).status_code == 400
    assert aure.put("/_sandbox/modes", json={"colour": "red"}).status_code == 400
    assert aure.put("/_sandbox/modes", data=b"x").status_code == 400
    for profile in (
        {"inhabitants": "many"},
        {"inhabitants": -1},
        {"inhabitants": 10**30},
        {"followers": True},
        {"id": "1"},
    ):
        assert aure.put("/_sandbox/accounts/aure", json=profile).status_code == 400
    assert aure.get("/_sandbox/modes").json() == {
        "idempotency": "proper",
        "locale": "en",
        "discovery": "offered",
        "software": "mastodon",
        "guard": "none",
    }


def test_a_profile_may_be_told_before_the_account_is_used(aure) -> None:
    aure.put(
        "/_sandbox/accounts/aure", json={"title": "Aure kommune", "inhabitants": 3_450, "followers": 800}
    )
    own = aure.get("/api/v1/accounts/verify_credentials").json()
    assert (own["display_name"], own["followers_count"]) == ("Aure kommune", 800)
    assert [account["handle"] for account in aure.get("/_sandbox/accounts").json()] == ["aure"]
