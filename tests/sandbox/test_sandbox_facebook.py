"""The stand-in for Facebook Pages: what a client can observe there, refusals and odd corners included."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox import FacebookStandIn

AT = "/v25.0"


@pytest.fixture
def graph(clock: Any) -> Iterator[FacebookStandIn]:
    with FacebookStandIn(clock=clock, speed=3600) as standin:
        yield standin


@pytest.fixture
def voss(graph: FacebookStandIn, client: Callable[..., Any]) -> Any:
    return client(graph, "demo-voss-16500")


def page_of(voss: Any) -> str:
    return voss.get(f"{AT}/me").json()["id"]


def error(answer) -> tuple[int, int, int]:
    said = answer.json()["error"]
    return answer.status_code, said["code"], said.get("error_subcode", 0)


def test_a_page_token_names_its_page_and_no_other(voss: Any) -> None:
    me = voss.get(f"{AT}/me").json()
    assert (me["username"], me["category"]) == ("voss", "Government organization")
    assert error(voss.post(f"{AT}/1234/feed", json={"message": "Hei"})) == (400, 200, 0)


def test_a_persons_token_reaches_her_pages_each_with_its_own(graph: FacebookStandIn, client) -> None:
    kari = client(graph, "people-voss-and-osen")
    assert "category" not in kari.get(f"{AT}/me").json()
    pages = kari.get(f"{AT}/me/accounts").json()["data"]
    assert [one["access_token"] for one in pages] == ["demo-voss", "demo-osen"]
    assert all("CREATE_CONTENT" in one["tasks"] for one in pages)


@pytest.mark.parametrize("token", ["", "nonsense", "demo-"])
def test_a_wrong_token_is_refused_with_status_400(graph: FacebookStandIn, client, token: str) -> None:
    assert error(client(graph, token).get(f"{AT}/me")) == (400, 190, 467)


def test_pictures_wait_unseen_and_hang_on_one_post(voss: Any, picture) -> None:
    page = page_of(voss)
    files = {"source": ("a.png", picture(64, 48), "image/png")}
    made = voss.post(
        f"{AT}/{page}/photos", files=files, data={"published": "false", "alt_text_custom": "Ei kanne."}
    )
    assert voss.posts() == []
    photo = made.json()["id"]
    attached = [{"media_fbid": photo}]
    post = voss.post(f"{AT}/{page}/feed", json={"message": "Hei", "attached_media": attached}).json()["id"]
    fields = "id,message,created_time,attachments{type,target,subattachments{type,target}}"
    (read,) = voss.get(f"{AT}/{page}/published_posts", params={"fields": fields}).json()["data"]
    assert read["id"] == post
    assert read["attachments"]["data"][0]["subattachments"]["data"][0]["target"]["id"] == photo
    assert "Ei kanne." in voss.get(f"/{post}").text
    again = voss.post(f"{AT}/{page}/feed", json={"message": "Hei", "attached_media": json.dumps(attached)})
    assert error(again) == (400, 100, 1366051)


def test_what_is_no_picture_or_too_heavy_is_refused(voss: Any, picture) -> None:
    page = page_of(voss)
    for content in (b"no picture", picture(64, 48) + bytes(4_000_000)):
        answer = voss.post(
            f"{AT}/{page}/photos", files={"source": ("a.png", content)}, data={"published": "false"}
        )
        assert error(answer) == (400, 100, 1366046)


def test_the_same_words_again_are_refused_where_it_plays_that(graph: FacebookStandIn, voss: Any) -> None:
    page = page_of(voss)
    assert voss.post(f"{AT}/{page}/feed", json={"message": "Hei"}).ok
    assert voss.post(f"{AT}/{page}/feed", json={"message": "Hei"}).ok
    graph.modes["duplicates"] = "refused"
    assert error(voss.post(f"{AT}/{page}/feed", json={"message": "Hei"})) == (400, 506, 0)


def test_posts_are_counted_together_and_one_that_is_gone_fails_them_all(voss: Any, clock: Any) -> None:
    page = page_of(voss)
    made = [
        voss.post(f"{AT}/{page}/feed", json={"message": f"Nummer {turn}"}).json()["id"] for turn in range(2)
    ]
    clock.now += 3600
    fields = "id,shares,reactions.limit(0).summary(true),comments.limit(0).summary(true),insights.metric(post_clicks)"
    nodes = voss.get(f"{AT}/", params={"ids": ",".join(made), "fields": fields}).json()
    assert set(nodes) == set(made)
    for node in nodes.values():
        assert node["reactions"]["summary"]["total_count"] > 0
        assert [one["name"] for one in node["insights"]["data"]] == ["post_clicks"]
    assert voss.delete(f"{AT}/{made[0]}").json() == {"success": True}
    assert error(voss.get(f"{AT}/", params={"ids": ",".join(made), "fields": fields})) == (400, 803, 0)
    assert error(voss.delete(f"{AT}/{made[0]}")) == (400, 100, 33)


def test_one_dead_name_of_an_insight_fails_the_whole_question(graph: FacebookStandIn, voss: Any) -> None:
    post = voss.post(f"{AT}/{page_of(voss)}/feed", json={"message": "Hei"}).json()["id"]
    ask = {"metric": "post_media_view,post_clicks"}
    assert len(voss.get(f"{AT}/{post}/insights", params=ask).json()["data"]) == 2
    graph.modes["insights"] = "renamed"
    assert error(voss.get(f"{AT}/{post}/insights", params=ask)) == (400, 100, 0)
    graph.modes["insights"] = "late"
    assert voss.get(f"{AT}/{post}/insights", params=ask).json()["data"] == []


def test_a_comment_hangs_under_its_post_and_is_edited_and_deleted(voss: Any) -> None:
    page = page_of(voss)
    post = voss.post(f"{AT}/{page}/feed", json={"message": "Hei"}).json()["id"]
    comment = voss.post(f"{AT}/{post}/comments", json={"message": "Meir"}).json()["id"]
    assert voss.post(f"{AT}/{comment}", json={"message": "Retta"}).json() == {"success": True}
    (read,) = voss.get(f"{AT}/{post}/comments", params={"fields": "id,message,from"}).json()["data"]
    assert (read["id"], read["message"], read["from"]["id"]) == (comment, "Retta", page)
    assert [one["id"] for one in voss.get(f"{AT}/{page}/published_posts").json()["data"]] == [post]


def test_a_throttled_page_is_told_minutes_and_words_in_another_language_change_nothing(
    graph: FacebookStandIn, voss: Any
) -> None:
    page = page_of(voss)
    for locale in ("en", "ja"):
        graph.modes["locale"] = locale
        voss.break_with({"match": {"path": f"{AT}/*/feed"}, "do": "rate_limit", "wait": 540})
        answer = voss.post(f"{AT}/{page}/feed", json={"message": "Hei"})
        assert error(answer) == (400, 80001, 0)
        told = json.loads(answer.headers["X-Business-Use-Case-Usage"])
        assert told["1"][0]["estimated_time_to_regain_access"] == 9
