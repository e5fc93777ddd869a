"""The feed: what is out, for people who are on none of the platforms; a page, Atom and JSON, without a login."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree as Xml

import pytest
from passing import let_pass
from world import World

from campaigns.states import State
from campaigns.store import Delivery
from reports.feed import feed
from web.feed import html_of

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def out(world: World) -> World:
    """Bergen's message is live on two platforms, Voss's on one."""
    world.under_way("4601", "4621", to="mastodon, bluesky")
    let_pass(world, minutes=6)
    assert set(world.states()) == {"published"}
    return world


@pytest.fixture
def look(out: World, browser_of: Callable) -> Callable:
    return browser_of(out.settings, on=out.store, now=lambda: out.now)


def take_down(world: World, platform: str, number: str = "4601") -> None:
    with world.store.system() as session:
        for one in world.deliveries(number):
            if one.platform == platform:
                session.get_one(Delivery, one.id).state = State.removed


def of(world: World, number: str, key: str | None = None):
    with world.store.system(write=False) as session:
        return feed(session, number, key)


def test_a_message_that_is_out_on_several_platforms_stands_once_with_all_its_addresses(out: World) -> None:
    (entry,) = of(out, "4601").entries
    assert entry.post.text.startswith("Hei Bergen.")
    assert [one.title for one in entry.seen] == ["Bluesky", "Mastodon"]
    assert all(one.address.startswith("http://127.0.0.1:") for one in entry.seen)
    assert entry.heading == entry.post.text


def test_a_message_leaves_with_the_last_of_its_posts_and_keeps_its_id_until_then(out: World) -> None:
    before = of(out, "4601").entries[0].id
    take_down(out, "mastodon")
    (entry,) = of(out, "4601").entries
    assert (entry.id, [one.title for one in entry.seen]) == (before, ["Bluesky"])
    take_down(out, "bluesky")
    assert of(out, "4601").entries == ()


def test_what_is_not_out_is_not_in_it(world: World) -> None:
    world.under_way("4601")
    assert of(world, "4601").entries == ()


def test_a_campaign_has_a_feed_in_each_municipality_and_in_the_whole_county(out: World) -> None:
    assert [one.place for one in of(out, "4621", "prove").entries] == ["Voss"]
    assert {one.place for one in of(out, "46", "prove").entries} == {"Voss", "Bergen"}
    for number, key in (("46", None), ("9999", None), ("4601", "finst-ikkje"), ("46", "finst-ikkje")):
        assert of(out, number, key) is None


def test_the_page_shows_the_text_in_its_own_language_and_says_where_else(look: Callable) -> None:
    answer = look("/feed/4601", headers={"accept-language": "nb"})
    assert answer.status_code == 200
    assert '<html lang="nb">' in answer.text
    assert '<article class="innlegg" lang="nn">' in answer.text
    assert '<a href="https://www.bergen.kommune.no/x">https://www.bergen.kommune.no/x</a>' in answer.text
    assert "Siste nytt fra Bergen" in answer.text
    assert 'href="/feed/4601.atom"' in answer.text
    assert 'href="/feed/4601?lang=en"' in answer.text
    assert 'src="/platform/bluesky.svg" alt=""' in answer.text
    assert look("/platform/bluesky.svg").headers["content-type"] == "image/svg+xml"
    assert "Prøve – Vestland" in look("/feed/46/prove", headers={"accept-language": "nn"}).text


def test_the_atom_feed_is_what_readers_expect(look: Callable) -> None:
    answer = look("/feed/4601/prove.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = Xml.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    assert {one.get("rel") for one in root.findall(f"{ATOM}link")} == {"self", "alternate"}
    (entry,) = root.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id").startswith("urn:uuid:")
    assert entry.findtext(f"{ATOM}updated").endswith("+00:00")
    assert "<p>Hei Bergen." in entry.findtext(f"{ATOM}content")


def test_the_json_feed_is_what_readers_expect(look: Callable) -> None:
    told = json.loads(look("/feed/4601.json").content)
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    (item,) = told["items"]
    assert (item["language"], item["authors"]) == ("nn", [{"name": "Bergen"}])
    assert item["content_text"].startswith("Hei Bergen.")


def test_a_reader_that_knows_it_already_gets_it_not_again(look: Callable) -> None:
    first = look("/feed/4601.atom")
    again = look("/feed/4601.atom", headers={"if-none-match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert look("/feed/4601.atom", headers={"if-none-match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/feed/9999",
        "/feed/46",
        "/feed/4601.rss",
        "/feed/4601/x",
        "/feed-picture/4601/aa.jpg",
        "/platform/nothing.svg",
        "/platform/__init__.svg",
    ],
)
def test_what_there_is_not_is_not_found(look: Callable, path: str) -> None:
    assert look(path).status_code == 404


def test_pictures_are_shown_as_long_as_they_are_out(world: World, browser_of: Callable) -> None:
    world.under_way("4601", to="instagram")
    look = browser_of(world.settings, on=world.store, now=lambda: world.now)
    let_pass(world, minutes=6)
    assert world.states() == ["published"]
    (entry,) = of(world, "4601").entries
    address = f"/feed-picture/4601/{entry.post.pictures[0].sha256}.jpg"
    assert f'<img src="{address}" alt="Ein grøn flate."' in look("/feed/4601").text
    assert (look(address).status_code, look(address).headers["content-type"]) == (200, "image/jpeg")
    take_down(world, "instagram")
    assert look(address).status_code == 404


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Ein\nto\n\ntre", "<p>Ein<br>to</p><p>tre</p>"),
        ("<script>alert(1)</script> & co", "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; co</p>"),
        ('https://a.no/"onclick=x', '<p><a href="https://a.no/">https://a.no/</a>&#34;onclick=x</p>'),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        ("", ""),
    ],
)
def test_a_text_becomes_paragraphs_and_nothing_in_it_is_run(text: str, html: str) -> None:
    assert html_of(text) == html
