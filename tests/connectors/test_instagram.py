"""Instagram, with answers in the shapes that the Graph API gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from contract import AT, KEY, TEXT, ConnectorContract
from contract_facts import PICTURE, PNG, SHOWN
from scripted import CANARY, Act, close, reply

from connectors import (
    Instagram,
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    Post,
    RateLimited,
    Refused,
    Secret,
)

ME = "17841"
MADE, CONTAINER = "18077", "900"
JPEG = replace(PICTURE, mime="image/jpeg")
HANDLE = {"container": CONTAINER, "at": AT.isoformat()}
QUOTA = reply({"data": [{"quota_usage": 2, "config": {"quota_total": 50, "quota_duration": 86400}}]})
NAMES = {"views": "views", "reach": "reach", "shares": "shares", "saves": "saved"}
FIELDS = {"reactions": "like_count", "comments": "comments_count"}


def _login(base: str) -> Login:
    return Login(base, ME, {"access_token": Secret(CANARY)})


def _error(code: int, subcode: int = 0, status: int = 400, **more: object) -> Act:
    error = {"message": f"words {CANARY}", "type": "OAuthException", "code": code, **more}
    if subcode:
        error["error_subcode"] = subcode
    return reply({"error": error}, status)


def _state(word: str) -> Act:
    return reply({"id": CONTAINER, "status_code": word})


def _node(numbers, **more: object) -> dict[str, object]:
    data = [
        {"name": NAMES[one], "period": "lifetime", "values": [{"value": told}]}
        for one, told in numbers.items()
        if one in NAMES
    ]
    counted = {FIELDS[one]: told for one, told in numbers.items() if one in FIELDS}
    return {"id": MADE, "insights": {"data": data}, **counted, **more}


class TestInstagram(ConnectorContract):
    kind = Instagram
    takes_language = False
    signs_as_code_points = True
    picture = JPEG

    def login(self, base):
        return _login(base)

    def prepare(self, connector, login, post):
        if not post.pictures:
            return dict(HANDLE)  # made beforehand: this contract is about what follows
        return super().prepare(connector, login, post)

    def codes(self, connector, post):
        codes = super().codes(connector, post)
        return [one for one in codes if one not in ("connector.needs_picture", "connector.picture_shape")]

    def published(self, login):
        return reply({"id": MADE, "shortcode": "DQabc_1"})

    def takes(self, login):
        return [reply({"id": MADE}), reply({"id": MADE, "shortcode": "DQabc_1"})]

    def uploaded(self):
        return reply({"id": CONTAINER})

    def uploads(self):
        return [QUOTA, reply({"id": CONTAINER}), _state("FINISHED")]

    def irreversible(self, server):
        return next(one for one in reversed(server.seen) if one.path.endswith("/media_publish"))

    def measured(self, login, numbers):
        return MADE, reply(_node(numbers))

    def test_a_post_that_is_not_among_the_answers_is_gone(self, connector, server):
        server.then(reply(_node({"reactions": 7})), _error(100, 33), _error(24, 2207006))
        counts = connector.measure(self.login(server.base), [MADE, "18078", "18079"])
        assert [counts[one].gone for one in (MADE, "18078", "18079")] == [False, True, True]

    def publish_errors(self):
        return {
            "unknown error": ([_error(1)], OutcomeUnknown),
            "server error": ([_error(-1, 2207001)], OutcomeUnknown),
            "to be made anew": ([_error(-1, 2207032)], OutcomeUnknown),
            "service": ([_error(2, status=500, is_transient=True)], OutcomeUnknown),
            "not ready": ([_error(9007, 2207027), _state("IN_PROGRESS")], NotSent),
            "over": ([_error(-2, 2207020), _state("EXPIRED")], NotSent),
            "gone since spent": ([_error(24, 2207008), _state("PUBLISHED")], OutcomeUnknown),
            "spam": ([_error(4, 2207051)], RateLimited),
            "quota": ([_error(9, 2207042)], RateLimited),
            "restricted": ([_error(25, 2207050)], LoginLost),
            "throttled": ([_error(80002)], RateLimited),
            "session ended": ([_error(190, 463)], LoginLost),
            "right missing": ([_error(10)], LoginLost),
            "caption": ([_error(36_003, 2207010)], Refused),
            "odd id": ([reply({"id": "javascript:1"})], OutcomeUnknown),
            "live, its address not read": ([reply({"id": MADE}), close], OutcomeUnknown),
        }

    def read_errors(self):
        return {
            "dead": ([_error(190, 467)], LoginLost),
            "throttled": ([_error(80002)], RateLimited),
            "theirs": ([_error(2, status=500)], NotSent),
            "another": ([reply({"id": "7"})], NotSent),
        }

    def wait_headers(self):
        return [({"Retry-After": "540"}, timedelta(minutes=9))]


@pytest.fixture
def instagram(quick_wire):
    return Instagram(quick_wire, None, lambda key, picture: f"{SHOWN}{key}/{picture.sha256}.jpg")


def _fields(request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def test_a_picture_is_a_container_with_its_caption_and_alternative_text(instagram, server):
    server.then(QUOTA, reply({"id": CONTAINER}), _state("IN_PROGRESS"), _state("FINISHED"))
    post = Post(TEXT, "nn", pictures=(JPEG,))
    assert instagram.prepare(_login(server.base), post, KEY, lambda _: PNG, AT) == HANDLE
    assert _fields(server.seen[1]) == {
        "image_url": f"{SHOWN}{KEY}/{JPEG.sha256}.jpg",
        "alt_text": JPEG.alt,
        "caption": TEXT,
    }
    assert server.seen[1].path == f"/v25.0/{ME}/media"


def test_several_pictures_are_children_and_only_their_parent_has_the_caption(instagram, server):
    made = [reply({"id": "901"}), reply({"id": "902"})]
    server.then(QUOTA, *made, *[_state("FINISHED")] * 2, reply({"id": CONTAINER}), _state("FINISHED"))
    post = Post("Hei", "nn", pictures=(JPEG, JPEG))
    assert instagram.prepare(_login(server.base), post, KEY, lambda _: PNG, AT) == HANDLE
    assert "caption" not in _fields(server.seen[2])
    assert _fields(server.seen[5]) == {"media_type": "CAROUSEL", "children": "901,902", "caption": "Hei"}


def test_a_days_quota_is_read_and_kept_within(instagram, server):
    post = Post("Hei", "nn", pictures=(JPEG,))
    server.then(reply({"data": [{"quota_usage": 50, "config": {"quota_total": 50}}]}))
    with pytest.raises(RateLimited) as caught:
        instagram.prepare(_login(server.base), post, KEY, lambda _: PNG, AT)
    assert caught.value.wait == timedelta(hours=1)
    assert len(server.seen) == 1
    for untold in (_error(100), reply({"data": [{"quota_usage": "x"}]})):
        server.then(untold, reply({"id": CONTAINER}), _state("FINISHED"))
        assert instagram.prepare(_login(server.base), post, KEY, lambda _: PNG, AT) == HANDLE


def test_there_is_no_post_without_a_picture(instagram, server):
    assert [one.code for one in instagram.check(Post("Hei", "nn"))] == ["connector.needs_picture"]
    assert instagram.check(Post("Hei", "nn", reply_to=MADE)) == []
    with pytest.raises(Refused, match="needs_picture"):
        instagram.prepare(_login(server.base), Post("Hei", "nn"), KEY, lambda _: PNG, AT)
    assert server.seen == []


@pytest.mark.parametrize(
    ("width", "height", "fits"),
    [(1080, 1350, True), (1080, 1351, False), (1910, 1000, True), (1911, 1000, False), (1080, 1080, True)],
)
def test_a_picture_outside_its_shapes_is_found_beforehand(instagram, width, height, fits):
    picture = replace(JPEG, width=width, height=height)
    codes = [one.code for one in instagram.check(Post("Hei", "nn", pictures=(picture,)))]
    assert codes == ([] if fits else ["connector.picture_shape"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (" ".join(f"#a{turn}" for turn in range(31)), "connector.too_many_hashtags"),
        (" ".join(f"@a{turn}" for turn in range(21)), "connector.too_many_mentions"),
    ],
)
def test_too_many_tags_are_found_beforehand(instagram, text, code):
    assert [one.code for one in instagram.check(Post(text, "nn", pictures=(JPEG,)))] == [code]
    fewer = text.rpartition(" ")[0]
    assert instagram.check(Post(fewer, "nn", pictures=(JPEG,))) == []


def _read(caption: object, made: str = MADE, at: str = "2026-11-24T09:00:20+0000"):
    return {"id": made, "caption": caption, "timestamp": at, "shortcode": "DQx"}


@pytest.mark.parametrize(
    ("nodes", "there"),
    [
        ([_read("Hei  på dykk @vossherad")], True),
        ([_read("Hei på dykk vossherad")], True),
        ([_read("Hei på dykk @vossherad", at="2026-11-24T08:00:00+0000")], False),
        ([_read("Noko anna"), _read(None)], False),
    ],
)
def test_a_post_is_known_by_its_caption_even_without_its_signs(instagram, server, nodes, there):
    server.then(reply({"data": nodes}), _state("FINISHED"))
    post = Post("Hei på dykk @vossherad", "nn", pictures=(JPEG,))
    found = instagram.find(_login(server.base), post, KEY, HANDLE, AT).receipt
    assert (found is not None) is there


def test_what_is_spent_and_not_listed_is_neither_there_nor_absent(instagram, server):
    server.then(reply({"data": []}), _state("PUBLISHED"))
    with pytest.raises(NotSent, match="spent, not listed"):
        instagram.find(_login(server.base), Post("Hei", "nn", pictures=(JPEG,)), KEY, HANDLE, AT)


def test_what_follows_a_post_is_a_comment_under_it(instagram, server):
    server.then(reply({"id": "5"}), reply({"id": MADE, "shortcode": "DQx"}))
    receipt = instagram.publish(_login(server.base), Post("Meir", "nn", reply_to=MADE), KEY, {})
    assert server.seen[0].path == f"/v25.0/{MADE}/comments"
    assert _fields(server.seen[0]) == {"message": "Meir"}
    assert (receipt.remote_id, receipt.address) == ("5", f"{server.base}/p/DQx/")


def test_a_comment_of_somebody_else_with_the_same_words_is_not_ours(instagram, server):
    me = reply({"id": ME, "username": "vossherad"})
    theirs, ours = ({"id": "5", "text": "Meir", "username": who} for who in ("andre", "vossherad"))
    post = Post("Meir", "nn", reply_to=MADE)
    server.then(me, reply({"data": [theirs]}))
    assert instagram.find(_login(server.base), post, KEY, {}, AT).receipt is None
    server.then(me, reply({"data": [theirs, ours]}), reply({"id": MADE, "shortcode": "DQx"}))
    assert instagram.find(_login(server.base), post, KEY, {}, AT).receipt.remote_id == "5"
    server.then(me, close)
    with pytest.raises(NotSent):
        instagram.find(_login(server.base), post, KEY, {}, AT)


def test_one_dead_name_of_an_insight_loses_none_of_the_others(instagram, server):
    def one(name: str, told: int) -> Act:
        return reply({"data": [{"name": name, "values": [{"value": told}]}]})

    counted = {"id": MADE, "like_count": 5, "comments_count": 2}
    server.then(
        _error(100), one("views", 60), one("reach", 40), _error(100), one("shares", 1), reply(counted)
    )
    counts = instagram.measure(_login(server.base), [MADE])[MADE]
    assert counts.known == {"views": 60, "reach": 40, "shares": 1, "reactions": 5, "comments": 2}
    assert counts.absent["saves"] == "not_offered"


def test_a_comment_is_counted_by_what_it_has(instagram, server):
    server.then(_error(100), *[_error(100)] * 4, _error(100), reply({"id": MADE, "like_count": 3}))
    assert instagram.measure(_login(server.base), [MADE])[MADE].known == {"reactions": 3}


def test_a_fresh_post_has_no_insights_yet(instagram, server):
    fresh = datetime.now(UTC) - timedelta(hours=3)
    for at, reason in ((fresh, "too_young"), (fresh - timedelta(days=3), "hidden")):
        server.then(reply(_node({"reactions": 1}, timestamp=f"{at:%Y-%m-%dT%H:%M:%S}+0000")))
        counts = instagram.measure(_login(server.base), [MADE])[MADE]
        assert {counts.absent[one] for one in ("reach", "views", "shares", "saves")} == {reason}


def _typed(page: str = "") -> dict[str, Secret]:
    return {"access_token": Secret(CANARY), "page": Secret(page)}


def test_the_account_hangs_on_a_page_whose_own_token_is_kept(instagram, server):
    linked = {"instagram_business_account": {"id": ME, "username": "vossherad"}}
    pages = [
        {
            "id": "1550",
            "name": "Voss herad",
            "access_token": f"page-{CANARY}",
            "tasks": ["CREATE_CONTENT"],
            **linked,
        },
        {"id": "1551", "name": "Eit anna", "access_token": CANARY},
    ]
    account = {"id": ME, "username": "vossherad", "name": "Voss herad", "followers_count": 9}
    server.then(reply({"id": "9", "name": "Kari"}), reply({"data": pages}), reply(account))
    connected = instagram.connect(server.base, _typed("1550"))
    assert connected.secrets["access_token"].reveal() == f"page-{CANARY}"
    assert (connected.profile.remote_id, connected.profile.followers) == (ME, 9)


def test_a_page_without_an_account_is_told(instagram, server):
    server.then(reply({"id": "1550", "name": "Voss herad", "category": "Government"}))
    with pytest.raises(Refused) as caught:
        instagram.connect(server.base, _typed())
    assert (caught.value.code, caught.value.values["pages"]) == ("connector.no_linked_account", "Voss herad")


def test_without_an_address_of_our_own_no_account_is_connected(quick_wire, server):
    hidden = Instagram(quick_wire)
    with pytest.raises(Refused, match="no_public_address"):
        hidden.connect(server.base, _typed())
    assert server.seen == []
    codes = [one.code for one in hidden.check(Post("Hei", "nn", pictures=(JPEG,)))]
    assert codes == ["connector.no_public_address"]
