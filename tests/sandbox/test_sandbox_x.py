"""The stand-in for X: what a client can observe there, refusals and odd corners included."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from sandbox import XStandIn
from sandbox.x import weight


@pytest.fixture
def x(clock: Any) -> Iterator[XStandIn]:
    with XStandIn(clock=clock, speed=3600) as standin:
        yield standin


@pytest.fixture
def voss(x: XStandIn, client: Callable[..., Any]) -> Any:
    made = client(x, "demo-voss-16500")
    made.number = made.get("/2/users/me").json()["data"]["id"]
    return made


def post(voss: Any, words: str = "Hei", **more: object) -> Any:
    return voss.post("/2/tweets", json={"text": words, **more})


def timeline(voss: Any) -> list[dict[str, Any]]:
    fields = "created_at,text,attachments,entities"
    return (
        voss.get(f"/2/users/{voss.number}/tweets?max_results=100&tweet.fields={fields}")
        .json()
        .get("data", [])
    )


def test_a_post_is_read_with_shortened_links_and_signs_as_references(voss: Any) -> None:
    assert timeline(voss) == []
    made = post(voss, "Sjå https://voss.no/plan & < meir")
    assert made.status_code == 201
    (read,) = timeline(voss)
    (link,) = read["entities"]["urls"]
    assert link["expanded_url"] == "https://voss.no/plan"
    assert read["text"] == f"Sjå {link['url']} &amp; &lt; meir"
    assert "https://voss.no/plan" in voss.get(f"/i/status/{read['id']}").text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "x" * 281}, 403),
        ({"text": "漢" * 141}, 403),
        ({"text": " "}, 403),
        ({"text": "Hei", "colour": "red"}, 400),
        ({"text": "Hei", "media": {"media_ids": ["7"]}}, 400),
        ({"text": "Hei", "media": {"media_ids": list("12345")}}, 400),
        ({"text": "Hei", "poll": {"options": ["Ja"], "duration_minutes": 60}}, 400),
        ({"text": "Hei", "reply": {"in_reply_to_tweet_id": "7"}}, 403),
    ],
)
def test_what_x_would_refuse_is_refused(voss: Any, body: dict[str, object], status: int) -> None:
    assert voss.post("/2/tweets", json=body).status_code == status
    assert voss.posts() == []


def test_the_same_words_are_refused_for_a_day_and_the_live_post_is_not_named(voss: Any, clock: Any) -> None:
    made = post(voss).json()["data"]["id"]
    again = post(voss)
    assert (again.status_code, made in again.text) == (403, False)
    assert "duplicate content" in again.json()["detail"]
    clock.now += 86_401
    assert post(voss).status_code == 201


@pytest.mark.parametrize(
    ("mode", "status", "kind"), [("none", 402, "credits"), ("capped", 429, "usage-capped")]
)
def test_without_credit_nothing_is_posted(x: XStandIn, voss: Any, mode: str, status: int, kind: str) -> None:
    x.modes["credit"] = mode
    answer = post(voss)
    assert (answer.status_code, answer.json()["type"].endswith(kind)) == (status, True)
    assert voss.posts() == []


def test_a_picture_is_described_and_hangs_on_a_post_for_a_day(voss: Any, picture: Any, clock: Any) -> None:
    files = {"media": ("a.png", picture(64, 48), "image/png")}
    media = voss.post("/2/media/upload", files=files, data={"media_category": "tweet_image"}).json()["data"]
    told = {"id": media["id"], "metadata": {"alt_text": {"text": "Ei kanne."}}}
    assert voss.post("/2/media/metadata", json=told).ok
    made = post(voss, media={"media_ids": [media["id"]]}).json()["data"]["id"]
    assert timeline(voss)[0]["attachments"]["media_keys"] == [media["media_key"]]
    assert "Ei kanne." in voss.get(f"/i/status/{made}").text
    clock.now += 86_401
    assert post(voss, "Meir", media={"media_ids": [media["id"]]}).status_code == 400


def test_figures_of_the_owner_end_after_a_month_and_what_is_gone_is_told_apart(voss: Any, clock: Any) -> None:
    made = post(voss).json()["data"]["id"]
    ask = f"/2/tweets?ids={made},7&tweet.fields=public_metrics,non_public_metrics"
    clock.now += 3600
    told = voss.get(ask).json()
    assert told["data"][0]["public_metrics"]["like_count"] > 0
    assert "url_link_clicks" not in told["data"][0].get("non_public_metrics", {}), (
        "an hour is 150 days at this speed"
    )
    assert [one["value"] for one in told["errors"]] == ["7"]
    assert voss.delete(f"/2/tweets/{made}").json() == {"data": {"deleted": True}}
    assert voss.delete(f"/2/tweets/{made}").status_code == 404


VERIFIER = "v" * 43


def consent(x: XStandIn, nobody: Any) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "redirect_uri": "http://127.0.0.1:1/back",
        "state": "s",
        "code_challenge": challenge,
        "as": "voss",
    }
    answer = nobody.get(f"/i/oauth2/authorize?{urlencode(asked)}", allow_redirects=False)
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


def test_a_code_and_a_refresh_token_are_each_spent_once(x: XStandIn, client: Any, clock: Any) -> None:
    nobody = client(x)
    given = {"grant_type": "authorization_code", "code": consent(x, nobody), "code_verifier": VERIFIER}
    tokens = nobody.post("/2/oauth2/token", data=given).json()
    assert nobody.post("/2/oauth2/token", data=given).status_code == 400
    voss = client(x, tokens["access_token"])
    assert voss.get("/2/users/me").json()["data"]["username"] == "voss"
    clock.now += 7201
    assert voss.get("/2/users/me").status_code == 401
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = nobody.post("/2/oauth2/token", data=again).json()
    assert client(x, fresh["access_token"]).get("/2/users/me").ok
    assert nobody.post("/2/oauth2/token", data=again).status_code == 400


def test_a_code_ends_after_thirty_seconds_and_is_its_verifiers(x: XStandIn, client: Any, clock: Any) -> None:
    nobody = client(x)
    for verifier, wait in (("w" * 43, 0), (VERIFIER, 31)):
        given = {"grant_type": "authorization_code", "code": consent(x, nobody), "code_verifier": verifier}
        clock.now += wait
        assert nobody.post("/2/oauth2/token", data=given).status_code == 400


@pytest.mark.parametrize(("words", "length"), [("Hei", 3), ("…€", 4), ("https://a.no/x y", 25)])
def test_signs_are_weighed(words: str, length: int) -> None:
    assert weight(words) == length
