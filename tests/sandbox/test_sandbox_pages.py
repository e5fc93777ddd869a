"""The public pages show what was posted, safely, and say that they are stand-ins."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import requests

from sandbox import STAND_INS, pages
from sandbox.dress import Dress
from sandbox.pages import Entry, Shown

POST = {"$type": "app.bsky.feed.post", "createdAt": "2026-11-23T12:00:00Z", "langs": ["nb"]}


class Page(HTMLParser):
    """Collects the elements of a page with their attributes."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def post(aure, words: str = "Hei", **named) -> dict:
    return aure.post("/api/v1/statuses", json={"status": words, **named}).json()


def test_the_timeline_shows_text_language_picture_and_counts(aure, picture) -> None:
    aure.put("/_sandbox/accounts/aure", json={"title": "Aure kommune"})
    files = {"file": ("a.png", picture(), "image/png")}
    media = aure.post("/api/v2/media", files=files, data={"description": "Ei kanne vatn."}).json()
    status = post(aure, "Har de vatn?", language="nn", media_ids=[media["id"]])
    answer = aure.get("/")
    page = Page(answer.text)
    assert len(page.all("h1")) == len(page.all("article")) == len(page.all("figure")) == 1
    assert page.all("img")[0]["alt"] == "Ei kanne vatn."
    assert page.all("time")[0]["datetime"] == status["created_at"]
    assert {"class": "text", "lang": "nn"} in page.all("div")
    for words in ("Aure kommune", "@aure", "Language: nynorsk", "Alternative text: ", "<b>0</b> favourites"):
        assert words in answer.text
    assert "Stand-in for Mastodon." in answer.text
    assert "Nothing here leaves this machine." in answer.text
    assert aure.get(page.all("img")[0]["src"]).headers["Content-Type"] == "image/png"


def test_the_addresses_in_answers_are_pages(aure, osen) -> None:
    url = post(aure, "Hei frå Aure")["url"]
    assert "Hei frå Aure" in aure.get(url.removeprefix(aure.standin.address)).text
    osen.write("putRecord", "3lzzzzzzzzz2a", POST | {"text": "Hei frå Osen"})
    for actor in ("osen.test", osen.did, "osen"):
        assert "Hei frå Osen" in osen.get(f"/profile/{actor}/post/3lzzzzzzzzz2a").text
        assert "Hei frå Osen" in osen.get(f"/profile/{actor}").text
    assert "Hei frå Osen" in osen.get("/@osen").text
    assert osen.posts()[0]["address"] == f"{osen.standin.address}/profile/{osen.did}/post/3lzzzzzzzzz2a"


def test_nothing_that_was_posted_becomes_markup(aure, osen) -> None:
    nasty = """<script>alert(1)</script> "><img src=x onerror=alert(1)> javascript:alert(1)"""
    aure.put("/_sandbox/accounts/aure", json={"title": nasty})
    post(aure, nasty, language='nn" onload="x', spoiler_text=nasty, poll=None)
    post(aure, "Val", poll={"options": [nasty[:40], "b"], "expires_in": 300})
    link = {"$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)"}
    facets = [{"index": {"byteStart": 0, "byteEnd": 6}, "features": [link]}]
    card = {"uri": "javascript:alert(1)", "title": nasty, "description": nasty}
    embed = {"$type": "app.bsky.embed.external", "external": card}
    osen.write("putRecord", "3lzzzzzzzzz2a", POST | {"text": nasty, "facets": facets, "embed": embed})
    for client, path in ((aure, "/"), (aure, "/@aure"), (osen, "/"), (osen, "/profile/osen")):
        page = Page(client.get(path).text)
        assert not page.all("script")
        assert not page.all("img")
        for _, attributes in page.elements:
            assert not any(name.startswith("on") for name in attributes)
            assert not (attributes.get("href") or "").startswith("javascript")


def test_pages_forbid_script_and_guessing_of_types(aure) -> None:
    for path in ("/", "/sandbox.css", "/@nobody"):
        headers = aure.get(path).headers
        assert headers["Content-Security-Policy"].startswith(
            "default-src 'none'; img-src 'self'; style-src 'self'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert "style=" not in aure.get("/").text


def test_bluesky_links_stand_exactly_where_the_facets_say(osen) -> None:
    words = "Sjå på blåbær her: https://x.no"
    start = len("Sjå på ".encode())
    feature = {"$type": "app.bsky.richtext.facet#link", "uri": "https://blåbær.no/a"}
    facets = [
        {"index": {"byteStart": start, "byteEnd": start + len("blåbær".encode())}, "features": [feature]}
    ]
    facets.append({"index": {"byteStart": 500, "byteEnd": 600}, "features": [feature]})
    osen.write("putRecord", "3lzzzzzzzzz2a", POST | {"text": words, "facets": facets})
    text = osen.get("/").text
    assert re.search(r'Sjå på <a href="https://blåbær.no/a"[^>]*>blåbær</a> her: https://x.no<', text)


def test_the_timeline_is_paged(aure) -> None:
    for number in range(25):
        post(aure, f"Nummer {number:02}")
    first = aure.get("/").text
    assert first.count("<article>") == 20
    older = re.search(r'href="(\?before=\d+)"', first)[1]
    second = aure.get(f"/{older}").text
    assert second.count("<article>") == 5
    assert "Nummer 04" in second
    assert "Nummer 05" not in second
    assert aure.get("/?before=x").status_code == 200


def test_a_post_stands_with_its_answers(aure) -> None:
    first = post(aure, "Spørsmål")
    second = post(aure, "Svar", in_reply_to_id=first["id"])
    page = aure.get(f"/@aure/{first['id']}").text
    assert "Answers" in page
    assert "Svar" in page
    assert f'In answer to <a href="{first["url"]}">' in aure.get(f"/@aure/{second['id']}").text


def test_what_is_gone_is_said_to_be_gone(aure, osen) -> None:
    for client, path in ((aure, "/@aure/17"), (aure, "/x"), (osen, "/profile/no.test"), (osen, "/media/a/b")):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in answer.text


def test_a_blob_that_is_no_picture_is_never_shown_by_a_browser(osen) -> None:
    headers = {"Content-Type": "text/html"}
    page = b"<script>alert(1)</script>"
    blob = osen.xrpc("POST", "com.atproto.repo.uploadBlob", data=page, headers=headers).json()["blob"]
    cid = blob["ref"]["$link"]
    assert osen.get(f"/media/osen/{cid}").status_code == 404
    answer = osen.xrpc("GET", "com.atproto.sync.getBlob", params={"did": osen.did, "cid": cid})
    assert answer.headers["Content-Disposition"] == "attachment"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", STAND_INS)
def test_every_stand_in_has_a_layout_of_its_own_on_the_same_sheet(name: str) -> None:
    dress = STAND_INS[name].dress
    with STAND_INS[name]() as standin:
        page = requests.get(f"{standin.address}/", timeout=10)
        style = requests.get(f"{standin.address}/sandbox.css", timeout=10)
    assert 'href="/sandbox.css"' in page.text
    assert f'<body class="{dress.classes}">' in page.text
    assert (style.status_code, style.headers["Content-Type"].partition(";")[0]) == (200, "text/css")
    assert style.text.endswith(dress.style), "the last rule wins"
    for one in dress.classes.split():
        assert f".{one}" in style.text or one in ("sheets", "sign-round", "pictures-inset"), (
            "a class without a rule"
        )


def test_no_two_stand_ins_look_the_same() -> None:
    assert len({kind.dress for kind in STAND_INS.values()}) == len(STAND_INS)


@pytest.mark.parametrize("name", STAND_INS)
def test_links_and_signs_are_read_on_any_ground(name: str) -> None:
    dress = STAND_INS[name].dress
    for ground in (dress.ground, "#ffffff"):
        assert contrast(dress.accent, ground) >= 4.5
    assert contrast("#4d5b6c", dress.ground) >= 4.5, "what is faint lies on the ground, too"


def test_a_picture_stands_where_the_platform_has_it() -> None:
    assert first_of(STAND_INS["instagram"].dress) == "figure"
    assert first_of(STAND_INS["facebook"].dress) == "text"


def first_of(dress: Dress) -> str:
    shown = Shown("/media/aure/1", "Ei kanne vatn.", "0" * 64, "image/png")
    entry = Entry("/1", "Aure kommune", "@aure", "/@aure", "Hei", "nn", 0.0, (), pictures=(shown,))
    article = pages.article(entry, dress)
    return "figure" if article.index("<figure>") < article.index('class="text"') else "text"


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 reckons it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
