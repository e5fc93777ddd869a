"""WordPress, with answers in the shapes that its REST API gives."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from contract import AT, KEY, PICTURE, PNG, TEXT, ConnectorContract
from hypothesis import given
from hypothesis import strategies as st
from scripted import CANARY, html, reply

from connectors import Login, LoginLost, NotSent, OutcomeUnknown, Post, Refused, Secret, WordPress
from connectors.wordpress import content, heading, slug

USER = "kari"
ME = {"id": 7, "name": "Kari", "slug": "kari", "capabilities": {"publish_posts": True, "upload_files": True}}
HANDLE = {"slug": "hei-0b0f6c9e6a5c", "media": []}


def _login(base: str) -> Login:
    return Login(base, "7", {"user": Secret(f"{USER}-{CANARY}"), "app_password": Secret(CANARY)})


def _error(status: int, code: str):
    return reply({"code": code, "message": f"words {CANARY}", "data": {"status": status}}, status)


class TestWordPress(ConnectorContract):
    kind = WordPress
    zero_when_left_out = frozenset({"comments"})

    def login(self, base):
        return _login(base)

    def published(self, login):
        return reply({"id": 5, "link": f"{login.base}/hei/", "slug": "hei", "status": "publish"}, 201)

    def uploaded(self):
        def act(connection, request):
            address = f"http://{request.headers['host']}/media/9.png"
            return reply({"id": 9, "source_url": address, "alt_text": "x"}, 201)(connection, request)

        return act

    def measured(self, login, numbers):
        post = {"id": 5, "_links": {}}
        if "comments" in numbers:
            told = numbers["comments"]
            count = isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 99
            post["_embedded"] = {"replies": [[{"id": 1}] * told] if count else [told]}
            if isinstance(told, list):
                post["_embedded"] = {"replies": [{"code": "rest_forbidden"}]}
        return "5", reply([post])

    def publish_errors(self):
        return {
            "not logged in": ([_error(401, "rest_not_logged_in")], LoginLost),
            "password gone": ([_error(401, "incorrect_password")], LoginLost),
            "may not": ([_error(403, "rest_cannot_create")], LoginLost),
            "content": ([_error(400, "rest_invalid_param")], Refused),
            "no route": ([_error(404, "rest_no_route")], Refused),
            "PHP fails": ([_error(500, "internal_server_error")], OutcomeUnknown),
            "held for review": ([reply({"id": 5, "status": "pending"}, 201)], Refused),
            "odd id": ([reply({"id": "5", "status": "publish"}, 201)], OutcomeUnknown),
            "a page instead": ([html(200)], OutcomeUnknown),
        }

    def read_errors(self):
        return {"not logged in": ([_error(401, "rest_not_logged_in")], LoginLost)}

    def wait_headers(self):
        return [({"Retry-After": "540"}, timedelta(minutes=9))]

    def sent_language(self, server):
        found = re.match(r'<div lang="(\w+)">', server.seen[-1].json()["content"])
        return found[1]

    def test_secrets_go_to_the_platform_and_nowhere_else(self, connector, server):
        login = self.login(server.base)
        server.then(self.published(login))
        self.publish(connector, login)
        scheme, _, pair = server.seen[-1].headers["authorization"].partition(" ")
        assert scheme == "Basic"
        assert base64.b64decode(pair).decode() == f"{USER}-{CANARY}:{CANARY}"
        assert CANARY not in repr(login)


@pytest.fixture
def wordpress(wire):
    return WordPress(wire)


# What a post becomes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Høyring av kommuneplanen\n\nSei di meining", "hoyring-av-kommuneplanen-0b0f6c9e6a5c"),
        (
            "Åpent møte om ærlighet i Øvre Årdal, kom!",
            "apent-mote-om-aerlighet-i-ovre-ardal-kom-0b0f6c9e6a5c",
        ),
        ("👩🏽‍🚒", "innlegg-0b0f6c9e6a5c"),
        ("../../wp-admin <script>", "wp-admin-script-0b0f6c9e6a5c"),
    ],
)
def test_the_address_says_what_it_is_about_and_is_the_deliverys_own(text, expected):
    assert slug(Post(text, "nn"), KEY) == expected


@given(st.text(max_size=300))
def test_any_text_has_an_address_that_can_be_one(text):
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*-[0-9a-f]{12}", slug(Post(text, "nn"), KEY))


@given(st.text(max_size=300))
def test_a_heading_is_one_line_of_bounded_length(text):
    made = heading(Post(text, "nn"))
    assert "\n" not in made
    assert len(made) <= 82 or all(len(one) > 80 for one in text.split(" "))


def test_a_post_becomes_paragraphs_with_links_and_pictures_in_its_language():
    post = Post("Hei & velkomen\ntil oss\n\nLes https://herad.example/?a=1&b=2.", "sma")
    made = content(post, [{"id": 9, "address": "https://herad.example/a.png", "alt": 'Ei "kanne" <b>'}])
    assert made == (
        '<div lang="sma"><p>Hei &amp; velkomen<br/>til oss</p>'
        '<p>Les <a href="https://herad.example/?a=1&amp;b=2">https://herad.example/?a=1&amp;b=2</a>.</p>'
        '<figure class="wp-block-image"><img src="https://herad.example/a.png" alt="Ei &#34;kanne&#34; &lt;b&gt;"/>'
        "</figure></div>"
    )


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("\"Sitat\" og 'sitat'", "&#34;Sitat&#34; og &#39;sitat&#39;"),
        ("Vent... og -- så", "Vent&#46;&#46;&#46; og &#45;&#45; så"),
        ("PC-ar, ja. Nei.", "PC-ar, ja. Nei."),
        ("9x9 (tm) kl. 10:30", "9&#120;9 &#40;tm) kl. 10:30"),
        (":) 8-) Wordpress [gallery]", "&#58;) &#56;&#45;) Wor&#100;press &#91;gallery&#93;"),
        ("<b>1 & 2</b>", "&lt;b&gt;1 &amp; 2&lt;/b&gt;"),
    ],
)
def test_what_a_site_would_beautify_or_run_goes_out_as_references_in_heading_and_words(
    wordpress, server, text, sent
):
    login = _login(server.base)
    server.then(*(reply({"id": 5, "link": f"{server.base}/hei/", "status": "publish"}) for _ in range(2)))
    wordpress.publish(login, Post(text, "nn"), KEY, HANDLE)
    wordpress.edit(login, "5", Post(text, "nn"), lambda _: PNG)
    for one in server.seen:
        assert one.json()["title"] == sent
        assert one.json()["content"] == f'<div lang="nn"><p>{sent}</p></div>'


@given(st.text(max_size=200), st.text(max_size=60))
def test_no_text_becomes_markup(text, alt):
    made = content(Post(text, "nn"), [{"address": "https://x.example/a.png", "alt": alt}])
    assert set(re.findall(r"<(/?[a-z]+)", made)) <= {
        "div",
        "/div",
        "p",
        "/p",
        "br",
        "a",
        "/a",
        "figure",
        "/figure",
        "img",
    }
    assert "<script" not in made


# Publishing and looking


def test_the_first_picture_stands_above_the_post(wordpress, server):
    login, post = _login(server.base), Post("Hei", "nn", pictures=(PICTURE, PICTURE))
    server.then(
        *(reply({"id": one, "source_url": f"{server.base}/media/{one}.png"}, 201) for one in (9, 10)),
        reply({"id": 5, "link": f"{server.base}/hei/", "status": "publish"}, 201),
    )
    handle = wordpress.prepare(login, post, KEY, lambda _: PNG, AT)
    wordpress.publish(login, post, KEY, handle)
    sent = server.seen[-1].json()
    assert (sent["featured_media"], sent["status"], sent["slug"]) == (9, "publish", handle["slug"])
    assert sent["content"].count("<img") == 2


def test_what_would_follow_another_post_is_refused_before_anything_is_sent(wordpress, server):
    with pytest.raises(Refused) as caught:
        wordpress.publish(_login(server.base), Post("Meir", "nn", reply_to="5"), KEY, HANDLE)
    assert caught.value.code == "connector.cannot_follow"
    assert server.seen == []


def test_an_upload_whose_address_leads_elsewhere_is_not_shown(wordpress, server):
    server.then(reply({"id": 9, "source_url": "https://evil.example/a.png"}, 201))
    with pytest.raises(Exception, match="bad_answer"):
        wordpress.prepare(_login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT)


@pytest.mark.parametrize("status", ["publish", "draft", "pending", "private"])
def test_a_post_under_our_slug_is_ours_whatever_a_person_made_of_it(wordpress, server, status):
    there = {"id": 5, "link": f"{server.base}/hei/", "slug": HANDLE["slug"], "status": status}
    server.then(reply([there]))
    found = wordpress.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt
    assert (found.remote_id, found.address) == ("5", f"{server.base}/hei/")
    assert "status=publish%2Cfuture%2Cdraft%2Cpending%2Cprivate" in server.seen[0].path


def test_a_post_under_our_slug_that_this_user_may_not_see_is_not_called_absent(wordpress, server):
    server.then(reply([], headers={"X-WP-Total": "1"}), reply([], headers={"X-WP-Total": "0"}))
    login, post = _login(server.base), Post("Hei", "nn")
    with pytest.raises(NotSent):
        wordpress.find(login, post, KEY, HANDLE, AT)
    assert wordpress.find(login, post, KEY, HANDLE, AT).receipt is None


def test_a_post_in_the_bin_is_not_edited(wordpress, server):
    server.then(reply({"id": 5, "link": f"{server.base}/?p=5", "status": "trash"}))
    with pytest.raises(Refused):
        wordpress.edit(_login(server.base), "5", Post("Hei", "nn"), lambda _: PNG)


def test_a_picture_that_the_site_will_never_take_is_refused(wordpress, server):
    server.then(_error(500, "rest_upload_unknown_error"), _error(500, "internal_server_error"))
    for told in (Refused, NotSent):
        with pytest.raises(told):
            wordpress.prepare(
                _login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT
            )


def test_comments_are_asked_for_by_the_clock_of_the_world(wordpress, server):
    server.then(reply([]))
    wordpress.replies(_login(server.base), "5", AT)
    assert re.search(r"after=\d{4}-\d\d-\d\dT\d\d%3A\d\d%3A\d\dZ", server.seen[0].path)


def test_another_slug_is_not_ours(wordpress, server):
    server.then(reply([{"id": 5, "slug": f"{HANDLE['slug']}-2", "status": "publish"}]), reply([]))
    for _ in range(2):
        assert wordpress.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt is None


def test_a_full_list_of_comments_is_no_count(wordpress, server):
    for there, known in ((99, {"comments": 99}), (100, {})):
        server.then(reply([{"id": 5, "_embedded": {"replies": [[{"id": 1}] * there]}}]))
        assert wordpress.measure(_login(server.base), ["5"])["5"].known == known


# Connecting


def test_categories_are_looked_up_when_connecting_and_go_along_with_every_post(wordpress, server):
    typed = {"user": Secret(USER), "app_password": Secret("a"), "categories": Secret("Aktuelt, hoyringar")}
    server.then(reply(ME), reply([{"id": 4, "slug": "hoyringar"}, {"id": 3, "slug": "aktuelt"}]))
    secrets = wordpress.connect(server.base, typed).secrets
    assert "slug=aktuelt%2Choyringar" in server.seen[1].path
    server.then(reply({"id": 5, "slug": "hei-0b0f6c9e6a5c", "status": "publish"}, 201))
    wordpress.publish(Login(server.base, "7", secrets), Post("Hei", "nn"), KEY, HANDLE)
    assert server.seen[-1].json()["categories"] == [3, 4]


def test_a_category_that_the_site_does_not_have_is_named(wordpress, server):
    typed = {"user": Secret(USER), "app_password": Secret("a"), "categories": Secret("aktuelt vanskrive")}
    server.then(reply(ME), reply([{"id": 3, "slug": "aktuelt"}]))
    with pytest.raises(Refused) as caught:
        wordpress.connect(server.base, typed)
    assert (caught.value.code, caught.value.values["categories"]) == ("connector.no_category", "vanskrive")


def test_the_password_may_be_typed_with_its_blanks(wordpress, server):
    server.then(reply(ME))
    typed = {"user": Secret(USER), "app_password": Secret(" abcd EFGH 1234 ")}
    connected = wordpress.connect(server.base, typed)
    assert connected.secrets["app_password"].reveal() == "abcdEFGH1234"
    assert connected.profile.remote_id == "7"
    assert connected.profile.address == f"{server.base}/"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply({**ME, "capabilities": {"edit_posts": True}}), "connector.not_permitted"),
        (reply({**ME, "capabilities": []}), "connector.not_permitted"),
        (_error(401, "incorrect_password"), "connector.login_lost"),
        (_error(404, "rest_no_route"), "connector.other_platform"),
    ],
)
def test_who_may_not_publish_there_is_told_before_anything_is_kept(wordpress, server, answer, code):
    server.then(answer)
    with pytest.raises((LoginLost, Refused)) as caught:
        wordpress.connect(server.base, {"user": Secret(USER), "app_password": Secret(CANARY)})
    assert caught.value.code == code


def test_a_user_with_a_colon_cannot_log_in_this_way(wordpress, server):
    with pytest.raises(LoginLost):
        wordpress.whoami(Login(server.base, "7", {"user": Secret("a:b"), "app_password": Secret(CANARY)}))
    assert server.seen == []


def test_a_post_beyond_words_is_what_the_contract_publishes(wordpress, server):
    server.then(reply({"id": 5, "link": f"{server.base}/x/", "status": "publish"}, 201))
    assert wordpress.publish(_login(server.base), Post(TEXT, "nn"), KEY, HANDLE).remote_id == "5"
