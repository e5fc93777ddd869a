"""The stand-in for LinkedIn's pages: what a client can observe there, refusals and odd corners included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from sandbox import LinkedInStandIn
from sandbox.linkedin_text import Unreadable, read, templated

VERSION = {"LinkedIn-Version": "202609", "X-Restli-Protocol-Version": "2.0.0"}


@pytest.fixture
def linkedin(clock: Any) -> Iterator[LinkedInStandIn]:
    with LinkedInStandIn(clock=clock, speed=3600) as standin:
        yield standin


@pytest.fixture
def voss(linkedin: LinkedInStandIn, client: Callable[..., Any]) -> Any:
    made = client(linkedin, "demo-voss-16500")
    made.session.headers.update(VERSION)
    made.urn = made.get("/rest/organizationAcls?q=roleAssignee").json()["elements"][0]["organization"]
    return made


def post(voss: Any, words: str = "Hei", **more: object) -> Any:
    return voss.post("/rest/posts", json={"author": voss.urn, "commentary": words, **more})


def listed(voss: Any) -> list[dict[str, Any]]:
    headers = {"X-RestLi-Method": "FINDER"}
    return voss.get(f"/rest/posts?q=author&author={quote(voss.urn)}&count=50", headers=headers).json()[
        "elements"
    ]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_version_must_be_named_and_living(linkedin: LinkedInStandIn, voss: Any) -> None:
    linkedin.modes["versions"] = "ended"
    assert code(post(voss)) == (426, "NONEXISTENT_VERSION")
    del voss.session.headers["LinkedIn-Version"]
    assert code(post(voss)) == (400, "VERSION_MISSING")


def test_a_post_is_answered_by_a_header_and_read_as_templates(voss: Any) -> None:
    answer = post(voss, r"Hei \(alle\) #KommunePlan")
    assert (answer.status_code, answer.content) == (201, b"")
    (read_back,) = listed(voss)
    assert read_back["id"] == answer.headers["x-restli-id"]
    assert read_back["commentary"] == r"Hei \(alle\) {hashtag|\#|KommunePlan}"
    assert "Hei (alle) #KommunePlan" in voss.get(f"/feed/update/{read_back['id']}/").text.replace("</a>", "")


@pytest.mark.parametrize("words", ["Hei (alle)", "a_b", "post@herad.example", "100 *", "x" * 3001, " "])
def test_what_would_be_cut_off_is_refused(voss: Any, words: str) -> None:
    assert post(voss, words).status_code == 400
    assert voss.posts() == []


def test_the_same_words_within_ten_minutes_are_refused_and_the_live_post_is_named(
    voss: Any, clock: Any
) -> None:
    made = post(voss).headers["x-restli-id"]
    again = post(voss)
    assert again.status_code == 422
    assert made in again.json()["message"]
    assert again.json()["errorDetails"]["inputErrors"][0]["code"] == "DUPLICATE_POST"
    clock.now += 601
    assert post(voss).status_code == 201


def upload(voss: Any, content: bytes) -> tuple[str, Any]:
    asked = {"initializeUploadRequest": {"owner": voss.urn}}
    value = voss.post("/rest/images?action=initializeUpload", json=asked).json()["value"]
    path = value["uploadUrl"].removeprefix(voss.standin.address)
    return value["image"], voss.put(path, data=content)


def test_a_picture_is_put_waited_for_and_hangs_on_a_post(
    linkedin: LinkedInStandIn, voss: Any, picture: Any
) -> None:
    linkedin.modes["processing"] = "slow"
    image, put = upload(voss, picture(64, 48))
    assert put.status_code == 201
    content = {"media": {"id": image, "altText": "Ei kanne."}}
    assert code(post(voss, content=content)) == (400, "MEDIA_ASSET_WAITING_UPLOAD")
    states = [voss.get(f"/rest/images/{quote(image)}").json()["status"] for _ in range(3)]
    assert states == ["PROCESSING", "PROCESSING", "AVAILABLE"]
    made = post(voss, content=content).headers["x-restli-id"]
    assert "Ei kanne." in voss.get(f"/feed/update/{made}/").text
    assert upload(voss, b"no picture")[1].status_code == 400


def test_a_post_that_nobody_reacted_to_has_no_statistics(voss: Any, clock: Any) -> None:
    made = post(voss).headers["x-restli-id"]
    ask = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={quote(voss.urn)}"
    ask += f"&shares=List({quote(made, safe='')})"
    assert voss.get(ask).json()["elements"] == []
    clock.now += 3600
    (found,) = voss.get(ask).json()["elements"]
    assert found["share"] == made
    assert found["totalShareStatistics"]["likeCount"] > 0


def test_a_comment_hangs_under_its_post_and_goes_with_it(voss: Any) -> None:
    made = post(voss).headers["x-restli-id"]
    path = f"/rest/socialActions/{quote(made, safe='')}/comments"
    body = {"actor": voss.urn, "object": made, "message": {"text": "Meir (om saka)"}}
    assert voss.post(path, json=body).json()["$URN"].startswith(f"urn:li:comment:({made},")
    (comment,) = voss.get(path).json()["elements"]
    assert comment["message"]["text"] == "Meir (om saka)"
    assert [voss.delete(f"/rest/posts/{quote(made, safe='')}").status_code for _ in range(2)] == [204, 204]
    assert voss.posts() == []


def test_a_dead_token_and_anothers_page_are_refused(
    linkedin: LinkedInStandIn, voss: Any, client: Any
) -> None:
    other = client(linkedin, "demo-osen")
    other.session.headers.update(VERSION)
    other.urn = voss.urn
    assert code(post(other)) == (403, "ACCESS_DENIED")
    nobody = client(linkedin, "nonsense")
    nobody.urn = voss.urn
    assert post(nobody).status_code == 401


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (r"a\_b \\ \#12", r"a_b \ #12"),
        (r"{hashtag|\#|a\_b}", "#a_b"),
        ("@[Voss herad](urn:li:organization:24)", "Voss herad"),
        ("#KommunePlan", "#KommunePlan"),
    ],
)
def test_little_text_is_read_as_readers_see_it(told: str, seen: str) -> None:
    assert read(told) == seen
    assert read(templated(told)) == seen


@pytest.mark.parametrize("told", ["a_b", "(", "a@b", "\\", "{hashtag|#|a}", "#12"])
def test_a_reserved_sign_by_itself_ends_a_text(told: str) -> None:
    with pytest.raises(Unreadable):
        read(told)
