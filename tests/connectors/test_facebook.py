"""Facebook Pages, with answers in the shapes that the Graph API gives."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from contract import AT, KEY, PICTURE, PNG, TEXT, ConnectorContract
from scripted import CANARY, close, html, reply

from connectors import (
    Facebook,
    LinkCard,
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    Post,
    RateLimited,
    Refused,
    Secret,
)

PAGE = "1550"
MADE = f"{PAGE}_77"
HANDLE = {"photos": [], "at": AT.isoformat()}


def _login(base: str) -> Login:
    return Login(base, PAGE, {"access_token": Secret(CANARY)})


def _error(code: int, subcode: int = 0, status: int = 400, headers=None, **more: object):
    error = {"message": f"words {CANARY}", "type": "OAuthException", "code": code, **more}
    if subcode:
        error["error_subcode"] = subcode
    return reply({"error": error}, status, headers)


def _node(numbers, names=("views", "reach", "clicks")):
    told = {"views": "post_media_view", "reach": "post_total_media_view_unique", "clicks": "post_clicks"}
    data = [
        {"name": told[one], "period": "lifetime", "values": [{"value": numbers[one]}]}
        for one in names
        if one in numbers
    ]
    node = {"id": MADE, "insights": {"data": data}}
    for edge in ("reactions", "comments"):
        if edge in numbers:
            node[edge] = {"data": [], "summary": {"total_count": numbers[edge]}}
    if "shares" in numbers:
        node["shares"] = {"count": numbers["shares"]}
    return node


class TestFacebook(ConnectorContract):
    kind = Facebook
    takes_language = False
    zero_when_left_out = frozenset({"shares"})
    signs_as_code_points = True

    def login(self, base):
        return _login(base)

    def published(self, login):
        return reply({"id": MADE})

    def uploaded(self):
        return reply({"id": "901"})

    def measured(self, login, numbers):
        return MADE, reply({MADE: _node(numbers)})

    def publish_errors(self):
        return {
            "unknown error": ([_error(1)], OutcomeUnknown),
            "service": ([_error(2, status=500, is_transient=True)], OutcomeUnknown),
            "transient": ([_error(4711, is_transient=True)], OutcomeUnknown),
            "temporarily unavailable": ([_error(100, 1363047)], OutcomeUnknown),
            "throttled": ([_error(80001)], RateLimited),
            "app throttled": ([_error(4)], RateLimited),
            "too fast": ([_error(368, 1390008)], RateLimited),
            "abusive": ([_error(368)], Refused),
            "session ended": ([_error(190, 463)], LoginLost),
            "password changed": ([_error(190, 460)], LoginLost),
            "task missing": ([_error(200)], LoginLost),
            "right missing": ([_error(10)], LoginLost),
            "identity to be confirmed": ([_error(368, 4854002)], LoginLost),
            "Page gone": ([_error(100, 33)], LoginLost),
            "bad link": ([_error(100, 1609005)], Refused),
            "duplicate, not found": ([_error(506), reply({"data": []})], Refused),
            "duplicate, not read": ([_error(506), close], OutcomeUnknown),
            "odd id": ([reply({"id": "javascript:1"})], OutcomeUnknown),
        }

    def read_errors(self):
        return {
            "dead": ([_error(190, 467)], LoginLost),
            "throttled": ([_error(80001)], RateLimited),
            "theirs": ([_error(2, status=500)], NotSent),
        }

    def wait_headers(self):
        page = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 9}]
        return [({"Retry-After": "540"}, timedelta(minutes=9)), ({"X-Business-Use-Case-Usage": json.dumps({PAGE: page}),
                "Retry-After": "540"}, timedelta(minutes=9))]  # fmt: skip


@pytest.fixture
def facebook(wire):
    return Facebook(wire)


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"X-Business-Use-Case-Usage": json.dumps({PAGE: [{"estimated_time_to_regain_access": 12}]})}, 12),
        ({"X-Business-Use-Case-Usage": "nonsense"}, None),
        ({"X-Business-Use-Case-Usage": json.dumps({PAGE: [{"estimated_time_to_regain_access": -3}]})}, None),
        (
            {"X-Business-Use-Case-Usage": json.dumps({PAGE: [{"estimated_time_to_regain_access": 10**9}]})},
            24 * 60,
        ),
    ],
)
def test_the_minutes_until_there_is_an_allowance_again_are_read(facebook, server, headers, minutes):
    server.then(_error(80001, headers=headers))
    with pytest.raises(RateLimited) as caught:
        facebook.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
    assert caught.value.wait == (None if minutes is None else timedelta(minutes=minutes))


def test_an_app_that_is_throttled_rests_as_a_whole(facebook, server):
    server.then(_error(4), _error(32))
    for scope in ("app", "account"):
        with pytest.raises(RateLimited) as caught:
            facebook.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
        assert caught.value.scope == scope


def test_pictures_go_up_unpublished_and_hang_on_one_post(facebook, server):
    login, post = _login(server.base), Post("Hei", "nn", pictures=(PICTURE, PICTURE))
    server.then(reply({"id": "901"}), reply({"id": "902"}), reply({"id": MADE}))
    handle = facebook.prepare(login, post, KEY, lambda _: PNG, AT)
    facebook.publish(login, post, KEY, handle)
    for upload in server.seen[:2]:
        assert b'name="published"\r\n\r\nfalse' in upload.body
        assert upload.path == f"/v25.0/{PAGE}/photos"
    assert server.seen[2].path == f"/v25.0/{PAGE}/feed"
    assert server.seen[2].json()["attached_media"] == [{"media_fbid": "901"}, {"media_fbid": "902"}]


def test_nothing_more_goes_up_when_an_allowance_is_nearly_used(facebook, server):
    server.then(reply({"id": "901"}, headers={"X-App-Usage": '{"call_count": 91, "total_time": 3}'}))
    post = Post("Hei", "nn", pictures=(PICTURE, PICTURE))
    with pytest.raises(RateLimited):
        facebook.prepare(_login(server.base), post, KEY, lambda _: PNG, AT)
    assert len(server.seen) == 1


def test_a_link_goes_along_for_its_card_unless_there_are_pictures(facebook, server):
    card = LinkCard("https://herad.example/plan", "Plan")
    server.then(reply({"id": MADE}), reply({"id": MADE}))
    facebook.publish(_login(server.base), Post("Hei", "nn", card=card), KEY, HANDLE)
    assert server.seen[0].json()["link"] == card.address
    facebook.publish(_login(server.base), Post("Hei", "nn", card=card), KEY, {**HANDLE, "photos": ["9"]})
    assert "link" not in server.seen[1].json()


def test_what_follows_a_post_is_a_comment_under_it(facebook, server):
    server.then(reply({"id": "77_5"}))
    receipt = facebook.publish(_login(server.base), Post("Meir", "nn", reply_to=MADE), KEY, HANDLE)
    assert server.seen[0].path == f"/v25.0/{MADE}/comments"
    assert receipt.remote_id == "77_5"


def _read(words: str, at: str = "2026-11-24T09:00:20+0000", photos=(), made: str = MADE):
    found = {"id": made, "message": words, "created_time": at}
    if photos:
        targets = [{"type": "photo", "target": {"id": one}} for one in photos]
        found["attachments"] = {
            "data": [{"type": "album", "target": {"id": "5"}, "subattachments": {"data": targets}}]
        }
    return found


@pytest.mark.parametrize(
    ("nodes", "photos", "there"),
    [
        ([_read("Hei  på dykk")], [], True),
        ([_read("Hei på dykk", at="2026-11-24T08:00:00+0000")], [], False),
        ([_read("Noko anna")], [], False),
        ([_read("Hei på dykk", photos=["7"])], [], False),
        ([_read("Retta ord", photos=["901", "902"])], ["901", "902"], True),
        ([_read("Hei på dykk", photos=["901"])], ["901", "902"], False),
        ([_read("Hei på dykk", made="javascript:1")], [], False),
        ([], [], False),
    ],
)
def test_a_post_is_known_by_its_pictures_else_by_its_words(facebook, server, nodes, photos, there):
    server.then(reply({"data": nodes}))
    handle = {**HANDLE, "photos": photos}
    found = facebook.find(_login(server.base), Post("Hei på dykk", "nn"), KEY, handle, AT).receipt
    assert (found is not None) is there


def test_a_comment_of_somebody_else_with_the_same_words_is_not_ours(facebook, server):
    theirs, ours = ({**_read("Meir", made=f"77_{who}"), "from": {"id": who}} for who in ("9", PAGE))
    server.then(reply({"data": [theirs]}), reply({"data": [theirs, ours]}))
    post = Post("Meir", "nn", reply_to=MADE)
    found = [facebook.find(_login(server.base), post, KEY, HANDLE, AT).receipt for _ in range(2)]
    assert found[0] is None
    assert found[1].remote_id == f"77_{PAGE}"
    assert server.seen[0].path.startswith(f"/v25.0/{MADE}/comments")


def test_a_look_up_reads_on_until_there_is_no_more_and_gives_up_without_an_answer(facebook, server):
    page = {
        "data": [_read("Noko anna")],
        "paging": {"cursors": {"after": "QQ"}, "next": "https://elsewhere.example/"},
    }
    server.then(reply(page), reply({"data": [_read("Hei")]}))
    assert facebook.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt
    assert "after=QQ" in server.seen[1].path
    server.then(*[reply(page)] * 5)
    with pytest.raises(NotSent):
        facebook.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT)


def test_what_is_said_to_be_there_already_is_taken_for_ours_if_it_is(facebook, server):
    server.then(_error(506), reply({"data": [_read("Hei")]}))
    assert facebook.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE).remote_id == MADE


def test_one_dead_name_of_an_insight_loses_none_of_the_others(facebook, server):
    numbers = {"reach": 40, "views": 60, "clicks": 3, "reactions": 5, "comments": 2, "shares": 1}
    server.then(
        _error(100),
        reply({MADE: _node(numbers, names=())}),
        _error(100),
        reply({MADE: _node(numbers, names=("reach",))}),
        reply({MADE: _node(numbers, names=("clicks",))}),
    )
    counts = facebook.measure(_login(server.base), [MADE])[MADE]
    assert counts.known == {metric: number for metric, number in numbers.items() if metric != "views"}
    assert counts.absent["views"] == "not_offered"


def test_a_fresh_post_has_no_insights_yet(facebook, server):
    fresh = datetime.now(UTC) - timedelta(hours=3)
    for at, reason in ((fresh, "too_young"), (fresh - timedelta(days=3), "hidden")):
        node = {**_node({"reactions": 1}, names=()), "created_time": f"{at:%Y-%m-%dT%H:%M:%S}+0000"}
        server.then(reply({MADE: node}))
        counts = facebook.measure(_login(server.base), [MADE])[MADE]
        assert {counts.absent[one] for one in ("reach", "views", "clicks")} == {reason}


def test_paid_and_organic_views_are_added(facebook, server):
    server.then(reply({MADE: _node({"views": {"organic": 30, "paid": 4}, "reactions": 1})}))
    assert facebook.measure(_login(server.base), [MADE])[MADE].known["views"] == 34


def test_a_post_that_is_gone_loses_none_of_the_others(facebook, server):
    server.then(_error(803), reply({MADE: _node({"reactions": 5})}), _error(100, 33))
    counts = facebook.measure(_login(server.base), [MADE, "1550_1"])
    assert counts[MADE].known["reactions"] == 5
    assert counts["1550_1"].gone


def test_of_a_persons_token_the_pages_own_is_kept(facebook, server):
    pages = [
        {"id": PAGE, "name": "Voss herad", "access_token": f"page-{CANARY}", "tasks": ["CREATE_CONTENT"]}
    ]
    node = {"id": PAGE, "name": "Voss herad", "username": "vossherad", "followers_count": 9}
    server.then(reply({"id": "9", "name": "Kari"}), reply({"data": pages}), reply(node))
    connected = facebook.connect(
        server.base, {"access_token": Secret(f"person-{CANARY}"), "page": Secret("")}
    )
    assert connected.secrets["access_token"].reveal() == f"page-{CANARY}"
    assert (connected.profile.remote_id, connected.profile.handle, connected.profile.followers) == (
        PAGE,
        "@vossherad",
        9,
    )


@pytest.mark.parametrize(
    ("pages", "wanted", "code"),
    [
        ([], "", "connector.no_page"),
        ([{"id": "1", "name": "Ei"}, {"id": "2", "name": "To"}], "", "connector.choose_page"),
        ([{"id": "1", "name": "Ei"}], "3", "connector.choose_page"),
        ([{"id": "1", "name": "Ei", "tasks": ["ANALYZE"]}], "", "connector.not_permitted"),
    ],
)
def test_which_page_is_meant_must_be_clear(facebook, server, pages, wanted, code):
    server.then(reply({"id": "9", "name": "Kari"}), reply({"data": pages}))
    with pytest.raises((Refused, LoginLost)) as caught:
        facebook.connect(server.base, {"access_token": Secret(CANARY), "page": Secret(wanted)})
    assert caught.value.code == code


def test_the_address_and_the_version_are_the_operators(wire, server):
    chosen = {"url": server.base, "version": "v26.0"}
    server.then(reply({"id": PAGE, "name": "Voss herad", "category": "Government"}))
    connected = Facebook(wire, chosen).connect("", {"access_token": Secret(CANARY), "page": Secret("")})
    assert server.seen[0].path.startswith("/v26.0/me")
    assert connected.profile.base == server.base


def test_a_page_behind_a_wall_is_not_sent_to(facebook, server):
    server.then(html(403))
    with pytest.raises(NotSent):
        facebook.publish(_login(server.base), Post(TEXT, "nn"), KEY, HANDLE)
