"""Mastodon, with answers in the shapes its servers give."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from contract import AT, KEY, PICTURE, TEXT, ConnectorContract, sort_of
from scripted import CANARY, close, html, reply

from connectors import (
    LinkCard,
    Login,
    LoginLost,
    Mastodon,
    NotSent,
    OutcomeUnknown,
    Poll,
    Post,
    RateLimited,
    Refused,
    Secret,
)

STATUS = {
    "id": "116",
    "created_at": "2026-11-24T09:00:03.120Z",
    "language": "nn",
    "visibility": "public",
    "in_reply_to_id": None,
    "content": (
        '<p>Kva er det beste med å bu her? Sei det på <a href="https://herad.example/plan">'
        '<span class="invisible">https://</span><span class="">herad.example/plan</span></a> '
        '<a href="https://s.example/tags/KommunePlan" class="mention hashtag">#<span>KommunePlan</span></a></p>'
    ),
    "media_attachments": [],
}
ACCOUNT = {"id": "7", "username": "herad", "display_name": "Herad kommune", "followers_count": 812}


class TestMastodon(ConnectorContract):
    kind = Mastodon

    def login(self, base):
        return Login(base, "7", {"access_token": Secret(CANARY)})

    def published(self, login):
        return reply({**STATUS, "url": f"{login.base}/@herad/116"})

    def uploaded(self):
        return reply({"id": "m1", "type": "image", "url": "https://s.example/m1.png"})

    def measured(self, login, numbers):
        names = {"reactions": "favourites_count", "comments": "replies_count", "shares": "reblogs_count"}
        return "116", reply([{"id": "116", **{names[metric]: number for metric, number in numbers.items()}}])

    def publish_errors(self):
        scope = {"WWW-Authenticate": 'Bearer realm="Doorkeeper", error="insufficient_scope"'}
        return {
            "400": ([reply({"error": "text with spoiler exceed max chars (500)"}, 400)], Refused),
            "404 no parent": ([reply({"error": "Record not found"}, 404)], Refused),
            "422 without uploads": ([reply({"error": "Validation failed"}, 422)], Refused),
            "403 by policy": ([reply({"error": "x"}, 403), reply(ACCOUNT)], Refused),
            "403 of a closed account": ([reply({"error": "x"}, 403), reply({"error": "x"}, 403)], LoginLost),
            "403 without scope": ([reply({"error": "x"}, 403, scope)], LoginLost),
            "410": ([html(410)], LoginLost),
            "500 to a replayed key": ([reply({"error": "x"}, 500)], OutcomeUnknown),
            "503 of a lock": ([reply({"error": "x"}, 503)], OutcomeUnknown),
        }

    def read_errors(self):
        return {
            "403": ([reply({"error": "x"}, 403)], LoginLost),
            "408": ([html(408)], NotSent),
            "one by one": ([reply({"error": "x"}, 404), reply({"error": "x"}, 429)], RateLimited),
        }

    def wait_headers(self):
        soon = datetime.now(UTC) + timedelta(minutes=9)
        return [
            (
                {"X-RateLimit-Reset": soon.isoformat(timespec="microseconds").replace("+00:00", "Z")},
                timedelta(minutes=9),
            ),
            ({"X-RateLimit-Reset": "2020-01-01T00:00:00.000000Z"}, timedelta()),
            ({"Retry-After": "30"}, timedelta(seconds=30)),
        ]

    def sent_language(self, server):
        return server.seen[-1].json()["language"]


@pytest.fixture
def mastodon(wire):
    return Mastodon(wire)


def _login(server) -> Login:
    return Login(server.base, "7", {"access_token": Secret(CANARY)})


def test_the_publishing_call_says_everything_that_settings_could_change(mastodon, server):
    server.then(reply({**STATUS}))
    post = Post(TEXT, "nn", poll=Poll(("Ja", "Nei"), 7), visibility="unlisted", reply_to="99")
    mastodon.publish(_login(server), post, KEY, {"media": []})
    request = server.seen[0]
    assert (request.method, request.path) == ("POST", "/api/v1/statuses")
    assert request.headers["idempotency-key"] == KEY
    assert request.headers["accept-language"] == "en"
    assert request.json() == {
        "status": TEXT,
        "visibility": "unlisted",
        "language": "nn",
        "sensitive": False,
        "poll": {"options": ["Ja", "Nei"], "expires_in": 604_800, "multiple": False},
        "in_reply_to_id": "99",
    }


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (reply({"id": "m1"}, 200), Refused),
        (reply({"id": "m1"}, 206), NotSent),
        (reply({"error": "x"}, 404), OutcomeUnknown),
    ],
)
def test_a_422_with_pictures_is_told_apart_by_what_became_of_them(mastodon, server, state, expected):
    server.then(reply({"error": "検証に失敗しました"}, 422), state)
    with pytest.raises(expected) as caught:
        mastodon.publish(_login(server), Post(TEXT, "nn", pictures=(PICTURE,)), KEY, {"media": ["m1"]})
    assert sort_of(caught.value) is expected
    assert server.seen[1].path == "/api/v1/media/m1"


def test_a_422_whose_pictures_cannot_be_asked_for_stays_unknown(mastodon, server):
    server.then(reply({"error": "x"}, 422), close)
    with pytest.raises(OutcomeUnknown):
        mastodon.publish(_login(server), Post(TEXT, "nn", pictures=(PICTURE,)), KEY, {"media": ["m1"]})


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://evil.example/@herad/116", "http://127.0.0.1:1/x", 7, None]
)
def test_an_odd_address_of_a_post_is_replaced_by_our_own(mastodon, server, url):
    server.then(reply({**STATUS, "url": url, "uri": url}))
    receipt = mastodon.publish(_login(server), Post(TEXT, "nn"), KEY, {})
    assert receipt.address == f"{server.base}/web/statuses/116"


# Looking up


def _page(*statuses):
    return reply(list(statuses))


def test_a_text_is_found_among_own_statuses(mastodon, server):
    server.then(_page({**STATUS, "id": "118", "content": "<p>Noko anna</p>"}, STATUS))
    found = mastodon.find(_login(server), Post(TEXT, "nn"), KEY, None, AT)
    assert found.receipt.remote_id == "116"
    assert server.seen[0].path == "/api/v1/accounts/7/statuses?limit=40&exclude_reblogs=true"


def test_the_same_words_in_another_language_or_thread_or_time_are_another_post(mastodon, server):
    old = {**STATUS, "created_at": "2026-11-23T09:00:00Z"}
    others = [
        {**STATUS, "language": "nb"},
        {**STATUS, "in_reply_to_id": "5"},
        {**STATUS, "media_attachments": [{"id": "m"}]},
    ]
    server.then(_page(*others, old))
    assert mastodon.find(_login(server), Post(TEXT, "nn"), KEY, None, AT).receipt is None


def test_uploaded_pictures_are_the_exact_proof(mastodon, server):
    edited = {**STATUS, "content": "<p>Retta</p>", "media_attachments": [{"id": "m2"}, {"id": "m1"}]}
    server.then(_page({**STATUS, "media_attachments": [{"id": "m9"}]}, {**edited, "id": "120"}))
    post = Post(TEXT, "nn", pictures=(PICTURE, PICTURE))
    assert mastodon.find(_login(server), post, KEY, {"media": ["m1", "m2"]}, AT).receipt.remote_id == "120"


def test_a_look_up_pages_back_to_the_planned_time(mastodon, server):
    fresh = {**STATUS, "content": "<p>x</p>", "created_at": "2026-11-24T10:00:00Z"}
    server.then(_page(*[{**fresh, "id": str(200 - n)} for n in range(40)]), _page(STATUS))
    assert mastodon.find(_login(server), Post(TEXT, "nn"), KEY, None, AT).receipt.remote_id == "116"
    assert server.seen[1].path.endswith("&max_id=161")


def test_a_look_up_that_does_not_reach_far_enough_gives_no_answer(mastodon, server):
    fresh = {**STATUS, "content": "<p>x</p>", "created_at": "2026-11-24T10:00:00Z"}
    for turn in range(5):
        server.then(_page(*[{**fresh, "id": str(900 - turn * 40 - n)} for n in range(40)]))
    with pytest.raises(NotSent) as caught:
        mastodon.find(_login(server), Post(TEXT, "nn"), KEY, None, AT)
    assert caught.value.code == "connector.look_up_incomplete"


def test_a_mention_shown_without_its_server_is_still_the_same_text(mastodon, server):
    server.then(_page({**STATUS, "content": "<p>Takk <a>@<span>ola</span></a> for praten</p>"}))
    found = mastodon.find(_login(server), Post("Takk @ola@a.example for praten", "nn"), KEY, None, AT)
    assert found.receipt is not None


# Connecting, limits, counting


def test_connecting_reads_profile_and_limits_of_the_server(mastodon, server):
    configuration = {
        "statuses": {"max_characters": 5000, "max_media_attachments": 6},
        "media_attachments": {
            "supported_mime_types": ["image/png", "video/mp4"],
            "description_limit": 10_000,
        },
        "polls": {"max_options": 6, "max_expiration": 864_000},
    }
    server.then(reply({**ACCOUNT, "url": f"{server.base}/@herad"}), reply({"configuration": configuration}))
    connected = mastodon.connect(f" {server.base}/ ", {"access_token": Secret(f" {CANARY}\n")})
    profile = connected.profile
    assert (profile.remote_id, profile.title, profile.followers) == ("7", "Herad kommune", 812)
    assert (profile.base, profile.address) == (server.base, f"{server.base}/@herad")
    limits = profile.limits
    assert (limits.length, limits.pictures, limits.alt_length) == (5000, 6, 10_000)
    assert (limits.poll_options, limits.poll_days, limits.picture_kinds) == (6, 10, ("image/png",))
    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    assert list(connected.secrets) == ["access_token"]


def test_an_older_server_tells_its_limits_at_the_older_address(mastodon, server):
    server.then(
        reply(ACCOUNT),
        reply({"error": "x"}, 404),
        reply({"configuration": {"statuses": {"max_characters": 700}}}),
    )
    assert mastodon.connect(server.base, {"access_token": Secret("t")}).profile.limits.length == 700


def test_absurd_limits_stay_as_usual(mastodon, server):
    server.then(
        reply(ACCOUNT), reply({"configuration": {"statuses": {"max_characters": -5}, "polls": "many"}})
    )
    assert mastodon.connect(server.base, {"access_token": Secret("t")}).profile.limits.length == 500


def test_a_wrong_token_and_a_wrong_server_are_told_apart(mastodon, server, leaks):
    server.then(reply({"error": "x"}, 401))
    with pytest.raises(LoginLost) as lost:
        mastodon.connect(server.base, {"access_token": Secret(CANARY)})
    assert lost.value.code == "connector.login_refused"
    server.then(reply({"error": "x"}, 404))
    with pytest.raises(Refused) as other:
        mastodon.connect(server.base, {"access_token": Secret(CANARY)})
    assert other.value.code == "connector.other_platform"
    assert not leaks(lost.value)


def test_links_count_23_and_mentions_without_their_server(mastodon):
    assert mastodon.length("https://herad.example/" + "x" * 200) == 23
    assert mastodon.length("Sjå (https://herad.example/a_(b)).") == len("Sjå ().") + 23
    assert mastodon.length("herad.example/plan") == 18
    assert mastodon.length("@ola@social.example hei") == len("@ola hei")


def test_a_card_needs_its_link_in_the_text(mastodon):
    card = LinkCard("https://herad.example/anna", "Anna")
    assert [one.code for one in mastodon.check(Post(TEXT, "nn", card=card))] == ["connector.card_not_in_text"]
    both = Post("Hei", "nn", pictures=(PICTURE,), poll=Poll(("Ja", "Nei"), 1))
    assert [one.code for one in mastodon.check(both)] == ["connector.poll_and_pictures"]


def test_posts_are_counted_one_by_one_where_there_is_no_list(mastodon, server):
    server.then(
        reply({"error": "x"}, 404), reply({"id": "116", "favourites_count": 3}), reply({"error": "x"}, 404)
    )
    counts = mastodon.measure(_login(server), ["116", "117"])
    assert counts["116"].known == {"reactions": 3}
    assert counts["117"].gone
    assert [request.path for request in server.seen[1:]] == ["/api/v1/statuses/116", "/api/v1/statuses/117"]


def test_quotes_count_as_shares_where_they_are_counted(mastodon, server):
    server.then(reply([{"id": "116", "reblogs_count": 3, "quotes_count": 2}]))
    assert mastodon.measure(_login(server), ["116"])["116"].known == {"shares": 5}


def test_removing_what_is_gone_counts_as_done(mastodon, server):
    server.then(reply({"id": "116"}), reply({"error": "x"}, 404))
    mastodon.remove(_login(server), "116")
    mastodon.remove(_login(server), "116")
    assert [request.method for request in server.seen] == ["DELETE", "DELETE"]


def test_an_id_with_a_slash_stays_inside_its_place_in_the_path(mastodon, server):
    mastodon.remove(_login(server), "../accounts/7?x")
    assert server.seen[0].path == "/api/v1/statuses/..%2Faccounts%2F7%3Fx"


def test_replies_are_plain_text_of_others(mastodon, server):
    said = {"id": "1", "created_at": "2026-11-24T10:00:00Z", "content": "<p>Bra &amp; fint!<br>Takk</p>"}
    server.then(
        reply(
            {
                "descendants": [
                    {**said, "account": {"id": "8", "acct": "ola@a.example"}},
                    {**said, "id": "2", "account": {"id": "7", "acct": "herad"}},
                    {**said, "id": "3", "created_at": "2026-11-24T08:00:00Z", "account": {"id": "8"}},
                    {"id": "4"},
                ]
            }
        )
    )
    replies = mastodon.replies(_login(server), "116", AT)
    assert [(one.remote_id, one.text, one.author) for one in replies] == [
        ("1", "Bra & fint!\nTakk", "ola@a.example")
    ]
