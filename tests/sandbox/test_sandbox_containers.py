"""The stand-ins for Instagram and Threads: containers with their states, pictures that are fetched, quotas, insights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from gallery import running

from sandbox import InstagramStandIn, ThreadsStandIn
from sandbox.container_server import ContainerServer

JPEG = bytes.fromhex("ffd8ffc0001108001e003c03012200021101031101ffd9")
"""As much of a JPEG as its head: 60 by 30."""


@pytest.fixture
def gallery() -> Iterator[Any]:
    with running() as shows:
        shows.look = {"a": JPEG, "b": JPEG, "text": b"no picture", "heavy": JPEG + bytes(8_000_000)}.get
        yield shows


@pytest.fixture
def threads(clock: Any) -> Iterator[ThreadsStandIn]:
    with ThreadsStandIn(clock=clock, speed=3600) as standin:
        yield standin


@pytest.fixture
def instagram(clock: Any) -> Iterator[InstagramStandIn]:
    with InstagramStandIn(clock=clock, speed=3600) as standin:
        yield standin


@pytest.fixture
def voss(threads: ThreadsStandIn, client: Callable[..., Any]) -> Any:
    return client(threads, "demo-voss-16500")


@pytest.fixture
def osen(instagram: InstagramStandIn, client: Callable[..., Any]) -> Any:
    made = client(instagram, "demo-osen-900")
    made.number = made.get("/v25.0/me").json()["instagram_business_account"]["id"]
    return made


def error(answer: Any) -> tuple[int, int]:
    said = answer.json()["error"]
    return said["code"], said.get("error_subcode", 0)


def text_container(voss: Any, text: str = "Hei", **more: str) -> Any:
    return voss.post("/v1.0/me/threads", data={"media_type": "TEXT", "text": text, **more})


def spend(voss: Any, container: str) -> Any:
    return voss.post("/v1.0/me/threads_publish", data={"creation_id": container})


def test_a_container_is_seen_by_nobody_until_it_is_spent_and_is_spent_once(voss: Any) -> None:
    container = text_container(voss).json()["id"]
    assert voss.posts() == []
    assert voss.get(f"/v1.0/{container}?fields=status").json()["status"] == "FINISHED"
    post = spend(voss, container).json()["id"]
    assert post != container
    assert voss.get(f"/v1.0/{container}?fields=status").json()["status"] == "PUBLISHED"
    assert error(spend(voss, container)) == (24, 4279009)
    (read,) = voss.get("/v1.0/me/threads").json()["data"]
    assert (read["id"], read["text"]) == (post, "Hei")
    assert "Hei" in voss.get(f"/t/{read['shortcode']}").text
    assert error(voss.get(f"/v1.0/{post}?fields=status")) == (100, 0)


def test_a_container_ends_after_a_day(voss: Any, clock: Any) -> None:
    container = text_container(voss).json()["id"]
    clock.now += 86_401
    assert voss.get(f"/v1.0/{container}?fields=status").json()["status"] == "EXPIRED"
    assert error(spend(voss, container)) == (24, 4279009)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"text": "x" * 501}, (100, 0)),
        ({"text": "👍" * 126}, (100, 0)),
        ({"text": " "}, (100, 0)),
        ({"text": " ".join(f"https://herad.example/{turn}" for turn in range(6))}, (100, 0)),
        ({"media_type": "POEM"}, (100, 0)),
        ({"reply_to_id": "7"}, (100, 33)),
    ],
)
def test_what_threads_would_refuse_is_refused(
    voss: Any, given: dict[str, str], expected: tuple[int, int]
) -> None:
    assert error(text_container(voss, **{"text": "Hei", **given})) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("{}/none.jpg", (9004, 2207052)),
        ("http://127.0.0.1:1/a.jpg", (9004, 2207052)),
        ("https://herad.example/a.jpg", (9004, 2207052)),
        ("file:///etc/hostname", (9004, 2207052)),
        ("{}/text.jpg", (36_001, 2207005)),
        ("{}/heavy.jpg", (36_001, 2207005)),
    ],
)
def test_a_picture_is_fetched_from_this_machine_and_looked_at(
    osen: Any, gallery: Any, at: str, expected: tuple[int, int]
) -> None:
    made = osen.post(f"/v25.0/{osen.number}/media", data={"image_url": at.format(gallery.address)})
    assert error(made) == expected


def picture(osen: Any, gallery: Any, name: str = "a", **more: str) -> Any:
    data = {"image_url": f"{gallery.address}/{name}.jpg", "alt_text": f"Biletet {name}.", **more}
    return osen.post(f"/v25.0/{osen.number}/media", data=data)


def publish(osen: Any, container: str) -> Any:
    return osen.post(f"/v25.0/{osen.number}/media_publish", data={"creation_id": container})


def test_pictures_are_children_of_one_post(osen: Any, gallery: Any) -> None:
    children = [picture(osen, gallery, one, is_carousel_item="true").json()["id"] for one in "ab"]
    assert error(publish(osen, children[0])) == (100, 0)
    album = {"media_type": "CAROUSEL", "children": ",".join(children), "caption": "Hei"}
    made = osen.post(f"/v25.0/{osen.number}/media", data=album).json()["id"]
    post = publish(osen, made).json()["id"]
    (read,) = osen.get(f"/v25.0/{osen.number}/media").json()["data"]
    assert (read["id"], read["caption"]) == (post, "Hei")
    page = osen.get(f"/p/{read['shortcode']}/").text
    assert "Biletet a." in page
    assert "Biletet b." in page
    assert error(osen.post(f"/v25.0/{osen.number}/media", data={**album, "children": children[0]})) == (
        100,
        2207040,
    )


def test_there_is_no_post_without_a_picture_and_no_endless_caption(osen: Any, gallery: Any) -> None:
    assert error(osen.post(f"/v25.0/{osen.number}/media", data={"caption": "Hei"})) == (100, 0)
    for caption in ("x" * 2201, "#a " * 31, "@a " * 21):
        assert error(picture(osen, gallery, caption=caption)) == (36_003, 2207010)


@pytest.mark.parametrize(
    ("mode", "states"), [("slow", ["IN_PROGRESS"] * 2 + ["FINISHED"]), ("failing", ["ERROR"] * 3)]
)
def test_a_picture_may_take_its_time_or_fail(
    instagram: ContainerServer, osen: Any, gallery: Any, mode: str, states: list[str]
) -> None:
    instagram.modes["processing"] = mode
    container = picture(osen, gallery).json()["id"]
    assert error(publish(osen, container)) == (9007, 2207027)
    look = f"/v25.0/{container}?fields=status_code"
    assert [osen.get(look).json()["status_code"] for _ in states] == states
    assert publish(osen, container).ok is (mode == "slow")


def test_a_shy_container_is_not_seen_the_first_time(threads: ContainerServer, voss: Any) -> None:
    threads.modes["processing"] = "shy"
    container = text_container(voss).json()["id"]
    assert error(spend(voss, container)) == (24, 4279009)
    assert spend(voss, container).ok


def test_a_days_quota_ends_and_fills_again(voss: Any, clock: Any) -> None:
    for turn in range(250):
        assert spend(voss, text_container(voss, f"Nummer {turn}").json()["id"]).ok
    more = text_container(voss).json()["id"]
    assert error(spend(voss, more)) == (9, 2207042)
    quota = voss.get("/v1.0/me/threads_publishing_limit").json()["data"][0]
    assert (quota["quota_usage"], quota["config"]["quota_total"]) == (250, 250)
    clock.now += 86_400
    assert spend(voss, more).ok


def test_insights_are_given_by_name_and_a_dead_name_fails_the_question(
    instagram: ContainerServer, osen: Any, gallery: Any, clock: Any
) -> None:
    post = publish(osen, picture(osen, gallery).json()["id"]).json()["id"]
    clock.now += 3600
    asked = {"fields": "id,like_count,comments_count,insights.metric(views,saved)"}
    node = osen.get(f"/v25.0/{post}", params=asked).json()
    assert node["like_count"] > 0
    assert {one["name"] for one in node["insights"]["data"]} == {"views", "saved"}
    instagram.modes["insights"] = "renamed"
    assert error(osen.get(f"/v25.0/{post}", params=asked)) == (100, 0)
    assert osen.get(f"/v25.0/{post}/insights", params={"metric": "views"}).ok


def test_a_comment_that_asks_for_fields_is_made_and_refused_all_the_same(osen: Any, gallery: Any) -> None:
    post = publish(osen, picture(osen, gallery).json()["id"]).json()["id"]
    assert osen.post(f"/v25.0/{post}/comments", data={"message": "Meir"}).ok
    assert error(osen.post(f"/v25.0/{post}/comments?fields=id", data={"message": "Enda meir"})) == (
        20,
        1772107,
    )
    assert len(osen.get(f"/v25.0/{post}/comments").json()["data"]) == 2
    assert osen.delete(f"/v25.0/{post}").json() == {"success": True}
    assert error(osen.delete(f"/v25.0/{post}")) == (100, 33)
    assert osen.posts() == []


def test_a_token_of_its_first_day_cannot_be_renewed(threads: ContainerServer, voss: Any) -> None:
    ask = "/refresh_access_token?grant_type=th_refresh_token"
    assert voss.get(ask).json()["expires_in"] == 5_184_000
    threads.modes["tokens"] = "young"
    assert error(voss.get(ask)) == (10, 0)


def test_an_account_that_hangs_on_no_page_is_not_told(instagram: ContainerServer, osen: Any) -> None:
    instagram.modes["linked"] = "no"
    assert "instagram_business_account" not in osen.get("/v25.0/me").json()
