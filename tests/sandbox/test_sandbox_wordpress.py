"""The stand-in for websites on WordPress: what a client can observe there, refusals and odd corners included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox import WordPressStandIn

API = "/wp-json/wp/v2"


@pytest.fixture
def site(clock: Any) -> Iterator[WordPressStandIn]:
    with WordPressStandIn(clock=clock, speed=3600) as standin:
        yield standin


@pytest.fixture
def voss(site: WordPressStandIn) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.auth = ("voss", "demo voss")
        yield session


def test_a_user_is_who_the_password_names_and_may_what_her_role_may(
    site: WordPressStandIn, voss: requests.Session
) -> None:
    me = f"{site.address}{API}/users/me"
    assert voss.get(me).status_code == 401
    voss.auth = ("voss", "demo-voss")
    assert voss.get(me).json()["capabilities"]["publish_posts"] is True
    assert requests.get(me, auth=("osen", "demo-voss"), timeout=10).json()["code"] == "rest_not_logged_in"
    site.modes["role"] = "contributor"
    assert "publish_posts" not in voss.get(me).json()["capabilities"]


def test_a_taken_slug_gets_a_number_and_a_post_is_found_by_its_own(
    site: WordPressStandIn, voss: requests.Session
) -> None:
    voss.auth = ("voss", "demo-voss")
    posts = f"{site.address}{API}/posts"
    body = {
        "title": "Hei",
        "content": '<div lang="nn"><p>Hei</p></div>',
        "slug": "hei-1",
        "status": "publish",
    }
    first, second = (voss.post(posts, json=body).json() for _ in range(2))
    assert (first["slug"], second["slug"]) == ("hei-1", "hei-1-2")
    (found,) = voss.get(posts, params={"slug": "hei-1"}).json()
    assert found["id"] == first["id"]
    assert "Hei" in requests.get(first["link"], timeout=10).text
    assert voss.delete(f"{posts}/{first['id']}").json()["status"] == "trash"
    assert voss.delete(f"{posts}/{first['id']}").status_code == 404
    assert voss.get(posts, params={"slug": "hei-1"}).json() == []


def test_a_contributor_publishes_nothing(site: WordPressStandIn, voss: requests.Session) -> None:
    voss.auth = ("voss", "demo-voss")
    site.modes["role"] = "contributor"
    told = voss.post(f"{site.address}{API}/posts", json={"content": "Hei", "status": "publish"})
    assert (told.status_code, told.json()["code"]) == (403, "rest_cannot_publish")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ('"Sitat" -- og så... 9x9 :)', "“Sitat” — og så… 9×9 🙂"),
        ("Sjå [gallery]her", "Sjå her"),
        ("<script>x</script> <b>y</b> 1 &lt; 2", "x y 1 < 2"),
        ("&#34;Sitat&#34; &#45;&#45; &#46;&#46;&#46; &#91;gallery&#93;", '"Sitat" -- ... [gallery]'),
    ],
)
def test_heading_and_words_are_html_and_what_can_be_read_in_them_is_beautified(
    site: WordPressStandIn, voss: requests.Session, written: str, shown: str
) -> None:
    voss.auth = ("voss", "demo-voss")
    body = {"title": written, "content": f"<p>{written}</p>", "slug": "hei", "status": "publish"}
    voss.post(f"{site.address}{API}/posts", json=body)
    (post,) = site.store.posts()
    assert (post.text, post.doc["title"]) == (shown, shown)


def test_what_an_extension_holds_back_waits_unseen(site: WordPressStandIn, voss: requests.Session) -> None:
    voss.auth = ("voss", "demo-voss")
    site.modes["review"] = "yes"
    made = voss.post(
        f"{site.address}{API}/posts", json={"content": "Hei", "slug": "hei", "status": "publish"}
    ).json()
    assert made["status"] == "pending"
    assert requests.get(made["link"], timeout=10).status_code == 404


def test_pictures_lie_in_the_library_and_stand_on_the_page(
    site: WordPressStandIn, voss: requests.Session, picture
) -> None:
    voss.auth = ("voss", "demo-voss")
    files = {"file": ("a.png", picture(64, 48), "image/png")}
    made = voss.post(f"{site.address}{API}/media", files=files, data={"alt_text": "Ei kanne."}).json()
    body = {"content": f'<p>Hei</p><img src="{made["source_url"]}"/>', "slug": "bilete", "status": "publish"}
    link = voss.post(f"{site.address}{API}/posts", json=body).json()["link"]
    assert "Ei kanne." in requests.get(link, timeout=10).text
    assert requests.get(made["source_url"], timeout=10).content == picture(64, 48)
    heavy = {"file": ("a.png", picture(64, 48) + bytes(2_100_000), "image/png")}
    assert voss.post(f"{site.address}{API}/media", files=heavy).json()["code"] == "rest_upload_unknown_error"
