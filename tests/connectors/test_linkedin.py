"""LinkedIn organisation pages, with answers in the shapes that its API gives."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from contract import AT, KEY, ConnectorContract
from contract_facts import PICTURE, PNG
from scripted import CANARY, Act, close, reply

from connectors import (
    LinkCard,
    LinkedIn,
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    Post,
    RateLimited,
    Refused,
    Secret,
)

PAGE = "urn:li:organization:2414183"
MADE = "urn:li:share:7141138937766391808"
IMAGE = "urn:li:image:C4D10AQ"
HANDLE = {"images": [], "at": AT.isoformat()}
NAMES = {
    "views": "impressionCount",
    "reach": "uniqueImpressionsCount",
    "clicks": "clickCount",
    "reactions": "likeCount",
    "comments": "commentCount",
    "shares": "shareCount",
}


def _login(base: str) -> Login:
    return Login(base, PAGE, {"access_token": Secret(CANARY)})


def _error(status: int, code: str, words: str = "words", **more: object) -> Act:
    return reply({"status": status, "code": code, "message": f"{words} {CANARY}", **more}, status)


def _made(urn: str = MADE) -> Act:
    return reply(b"", 201, {"X-RestLi-Id": urn})


def _begun(server) -> Act:
    value = {"uploadUrl": f"{server.base}/dms-uploads/1", "image": IMAGE}
    return reply({"value": value})


def _state(word: str) -> Act:
    return reply({"id": IMAGE, "status": word})


class TestLinkedIn(ConnectorContract):
    kind = LinkedIn
    takes_language = False
    signs_as_code_points = True
    waits_unasked = True

    def login(self, base):
        self.base = base
        return _login(base)

    def published(self, login):
        return _made()

    def uploaded(self):
        return reply({"value": {"uploadUrl": f"{self.base}/dms-uploads/1", "image": IMAGE}})

    def uploads(self):
        return [self.uploaded(), reply(b"", 201), _state("AVAILABLE")]

    def measured(self, login, numbers):
        statistics = {NAMES[one]: told for one, told in numbers.items()}
        return MADE, reply({"elements": [{"share": MADE, "totalShareStatistics": statistics}]})

    def publish_errors(self):
        duplicate = {"errorDetails": {"inputErrors": [{"code": "DUPLICATE_POST"}]}}
        return {
            "expired": ([_error(401, "EXPIRED_ACCESS_TOKEN")], LoginLost),
            "not permitted": ([_error(403, "ACCESS_DENIED")], LoginLost),
            "too long": ([_error(400, "FIELD_LENGTH_TOO_LONG")], Refused),
            "version missing": ([_error(400, "VERSION_MISSING")], NotSent),
            "version ended": ([_error(426, "NONEXISTENT_VERSION")], NotSent),
            "picture at work": ([_error(400, "MEDIA_ASSET_WAITING_UPLOAD")], NotSent),
            "upload ended": ([_error(400, "EXPIRED_UPLOAD_URL")], NotSent),
            "picture failed": ([_error(400, "MEDIA_ASSET_PROCESSING_FAILED")], Refused),
            "conflict": ([_error(409, "CONFLICT")], NotSent),
            "daily limit": ([_error(429, "TOO_MANY_REQUESTS")], RateLimited),
            "unprocessable": ([_error(422, "UNPROCESSABLE_ENTITY")], Refused),
            "duplicate, not found": (
                [_error(422, "X", **duplicate), reply({"elements": []})],
                Refused,
            ),
            "duplicate, not read": ([_error(422, "X", **duplicate), close], OutcomeUnknown),
            "duplicate that is gone": ([_error(422, "X", words=f"of {MADE}"), reply({}, 404)], Refused),
            "no id": ([reply(b"", 201)], OutcomeUnknown),
            "odd id": ([_made("javascript:1")], OutcomeUnknown),
        }

    def read_errors(self):
        return {
            "expired": ([_error(401, "EXPIRED_ACCESS_TOKEN")], LoginLost),
            "daily limit": ([_error(429, "TOO_MANY_REQUESTS")], RateLimited),
            "version ended": ([_error(426, "NONEXISTENT_VERSION")], NotSent),
        }

    def wait_headers(self):
        return [({"Retry-After": "540"}, timedelta(minutes=9))]

    def test_what_a_post_says_when_it_was_taken_without_an_id_is_unknown(self, connector, server):
        server.then(reply({"id": MADE}, 201))
        with pytest.raises(OutcomeUnknown):
            self.publish(connector, self.login(server.base))


@pytest.fixture
def linkedin(quick_wire):
    return LinkedIn(quick_wire)


# Publishing


def test_a_post_says_which_version_it_speaks(linkedin, server):
    server.then(_made())
    receipt = linkedin.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
    asked = server.seen[0]
    assert asked.headers["linkedin-version"] == "202609"
    assert asked.headers["x-restli-protocol-version"] == "2.0.0"
    assert asked.json()["author"] == PAGE
    assert receipt.address == f"{server.base}/feed/update/{MADE}/"


@pytest.mark.parametrize("pictures", [1, 2])
def test_pictures_are_put_where_the_answer_says_and_waited_for(linkedin, server, pictures):
    server.then(*[_begun(server), reply(b"", 201)] * pictures)
    server.then(_state("PROCESSING"), *[_state("AVAILABLE")] * pictures, _made())
    post = Post("Hei", "nn", pictures=(PICTURE,) * pictures)
    handle = linkedin.prepare(_login(server.base), post, KEY, lambda _: PNG, AT)
    linkedin.publish(_login(server.base), post, KEY, handle)
    assert (server.seen[1].method, server.seen[1].path, server.seen[1].body) == ("PUT", "/dms-uploads/1", PNG)
    content = server.seen[-1].json()["content"]
    one = {"id": IMAGE, "altText": PICTURE.alt}
    assert content == ({"media": one} if pictures == 1 else {"multiImage": {"images": [one, one]}})


def test_an_upload_goes_to_the_platform_and_nowhere_else(linkedin, server):
    server.then(reply({"value": {"uploadUrl": "https://elsewhere.example/in", "image": IMAGE}}))
    with pytest.raises(NotSent, match="address_foreign"):
        linkedin.prepare(_login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("states", "error", "code"),
    [
        ([_state("PROCESSING_FAILED")], Refused, "connector.media_refused"),
        ([_state("PROCESSING")] * 12, NotSent, "connector.media_processing"),
    ],
)
def test_an_upload_that_does_not_get_ready_is_told(linkedin, server, states, error, code):
    server.then(_begun(server), reply(b"", 201), *states)
    with pytest.raises(error) as caught:
        linkedin.prepare(_login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT)
    assert caught.value.code == code


def test_a_link_goes_along_as_a_card_with_its_own_words_and_picture(linkedin, server):
    card = LinkCard("https://herad.example/plan", "Plan", "Om planen", PICTURE)
    server.then(_begun(server), reply(b"", 201), _state("AVAILABLE"), _made())
    post = Post("Hei", "nn", card=card)
    handle = linkedin.prepare(_login(server.base), post, KEY, lambda _: PNG, AT)
    linkedin.publish(_login(server.base), post, KEY, handle)
    assert server.seen[-1].json()["content"] == {
        "article": {"source": card.address, "title": "Plan", "description": "Om planen", "thumbnail": IMAGE}
    }


def test_a_limit_of_a_day_is_waited_for_until_midnight(linkedin, server):
    server.then(_error(429, "TOO_MANY_REQUESTS"))
    with pytest.raises(RateLimited) as caught:
        linkedin.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
    ends = datetime.now(UTC) + caught.value.wait
    assert caught.value.scope == "app"
    assert abs(ends - ends.replace(hour=0, minute=0, second=0) - timedelta(0)) < timedelta(minutes=1)


# Looking


def _read(words: str, at: datetime = AT, images=(), urn: str = MADE, author: str = PAGE) -> dict[str, object]:
    node = {"id": urn, "author": author, "commentary": words, "createdAt": int(at.timestamp() * 1000)}
    if images:
        node["content"] = {"multiImage": {"images": [{"id": one} for one in images]}}
    return node


@pytest.mark.parametrize(
    ("node", "images", "there"),
    [
        (_read(r"Hei \(på\) dykk {hashtag|\#|KommunePlan}"), [], True),
        (_read(r"Hei \(på\) dykk {hashtag|\#|KommunePlan}", at=AT - timedelta(hours=1)), [], False),
        (_read(r"Hei \(på\) dykk {hashtag|\#|KommunePlan}", author="urn:li:organization:1"), [], False),
        (_read(r"Hei \(på\) dykk {hashtag|\#|KommunePlan}", urn="javascript:1"), [], False),
        (_read(r"Hei \(på\) dykk {hashtag|\#|KommunePlan}", images=[IMAGE, "urn:li:image:2"]), [IMAGE, "urn:li:image:2"], True),
        (_read(r"Hei \(på\) dykk {hashtag|\#|KommunePlan}", images=["urn:li:image:9"]), [IMAGE], False),
        (_read("Noko anna"), [], False),
    ],
)  # fmt: skip
def test_a_post_is_known_by_its_words_and_its_pictures(linkedin, server, node, images, there):
    server.then(reply({"elements": [node]}))
    post = Post("Hei (på) dykk #KommunePlan", "nn", pictures=(PICTURE,) * len(images))
    found = linkedin.find(_login(server.base), post, KEY, {**HANDLE, "images": images}, AT).receipt
    assert (found is not None) is there
    assert server.seen[0].headers["x-restli-method"] == "FINDER"
    assert "author=urn%3Ali%3Aorganization%3A2414183&" in server.seen[0].path


def test_a_look_up_reads_on_until_the_time_before_and_gives_up_without_an_answer(linkedin, server):
    page = [_read("Noko anna")] * 50
    server.then(reply({"elements": page}), reply({"elements": [_read("Hei")]}))
    assert linkedin.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt
    assert "start=50" in server.seen[1].path
    server.then(reply({"elements": [_read("Noko anna", at=AT - timedelta(days=1))] * 50}))
    assert linkedin.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt is None
    server.then(*[reply({"elements": page})] * 5)
    with pytest.raises(NotSent, match="too many"):
        linkedin.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT)


@pytest.mark.parametrize(
    ("at", "words", "ours"),
    [(AT, "Hei", True), (AT - timedelta(days=2), "Hei", False), (AT, "Noko anna", False)],
)
def test_a_duplicate_that_is_named_is_adopted_if_it_is_ours(linkedin, server, at, words, ours):
    server.then(_error(422, "X", words=f"Content is a duplicate of {MADE}"), reply(_read(words, at=at)))
    post = Post("Hei", "nn")
    if ours:
        assert linkedin.publish(_login(server.base), post, KEY, HANDLE).remote_id == MADE
        return
    with pytest.raises(Refused, match="duplicate"):
        linkedin.publish(_login(server.base), post, KEY, HANDLE)


def test_a_duplicate_of_a_persons_is_no_post(linkedin, server):
    server.then(_error(422, "X", words="Content is a duplicate of urn:li:person:7"))
    with pytest.raises(Refused):
        linkedin.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
    assert len(server.seen) == 1


# Comments, counts, connecting


def test_what_follows_a_post_is_a_comment_in_plain_text(linkedin, server):
    comment = f"urn:li:comment:({MADE},55)"
    server.then(reply({"$URN": comment, "id": "55"}, 201), reply({}, 201, {"x-restli-id": "56"}))
    for number in ("55", "56"):
        receipt = linkedin.publish(_login(server.base), Post("Meir (om saka)", "nn", reply_to=MADE), KEY, {})
        assert receipt.remote_id == f"urn:li:comment:({MADE},{number})"
        assert receipt.address == f"{server.base}/feed/update/{MADE}/"
    assert server.seen[0].json()["message"] == {"text": "Meir (om saka)"}
    assert server.seen[0].path == "/rest/socialActions/urn%3Ali%3Ashare%3A7141138937766391808/comments"
    linkedin.remove(_login(server.base), comment)
    assert server.seen[-1].path.endswith("/comments/55?actor=urn%3Ali%3Aorganization%3A2414183")


def test_who_commented_is_not_told_and_our_own_comments_are_none(linkedin, server):
    def one(actor: str) -> dict[str, object]:
        made = int((AT + timedelta(minutes=1)).timestamp() * 1000)
        return {"id": "5", "actor": actor, "message": {"text": "Når?"}, "created": {"time": made}}

    server.then(reply({"elements": [one("urn:li:person:Abc"), one(PAGE)]}))
    (found,) = linkedin.replies(_login(server.base), MADE, AT)
    assert (found.text, found.author) == ("Når?", "")


def test_two_kinds_of_ids_are_asked_for_in_their_own_lists(linkedin, server):
    other = "urn:li:ugcPost:7"
    elements = [
        {"share": MADE, "totalShareStatistics": {"likeCount": 3}},
        {"ugcPost": other, "totalShareStatistics": {"likeCount": 4}},
    ]
    server.then(reply({"elements": elements}))
    counts = linkedin.measure(_login(server.base), [MADE, other])
    assert [counts[one].known["reactions"] for one in (MADE, other)] == [3, 4]
    assert "&shares=List(urn%3Ali%3Ashare%3A7141138937766391808)" in server.seen[0].path
    assert "&ugcPosts=List(urn%3Ali%3AugcPost%3A7)" in server.seen[0].path


@pytest.mark.parametrize(("answer", "is_gone"), [(reply({}, 404), True), (reply(_read("Hei")), False)])
def test_a_post_without_any_activity_is_left_out_and_is_not_gone_for_that(linkedin, server, answer, is_gone):
    server.then(reply({"elements": []}), answer)
    counts = linkedin.measure(_login(server.base), [MADE])[MADE]
    assert (counts.gone, counts.known) == (is_gone, {})


ROLES = [
    {"organization": PAGE, "role": "ADMINISTRATOR", "state": "APPROVED"},
    {"organization": "urn:li:organization:9", "role": "ANALYST", "state": "APPROVED"},
]


def _typed(page: str = "") -> dict[str, Secret]:
    return {"access_token": Secret(CANARY), "page": Secret(page)}


def test_a_page_is_connected_by_who_may_publish_there(linkedin, server):
    node = {"id": 2414183, "localizedName": "Voss herad", "vanityName": "voss-herad"}
    server.then(reply({"elements": ROLES}), reply(node))
    profile = linkedin.connect(server.base, _typed("2414183")).profile
    assert (profile.remote_id, profile.title) == (PAGE, "Voss herad")
    assert profile.address == f"{server.base}/company/voss-herad"


@pytest.mark.parametrize(
    ("roles", "page", "code"),
    [
        (ROLES, "", "connector.choose_page"),
        (ROLES, "7", "connector.choose_page"),
        (ROLES, "9", "connector.not_permitted"),
        ([], "", "connector.no_page"),
    ],
)
def test_which_page_is_meant_must_be_clear_and_one_where_she_may(linkedin, server, roles, page, code):
    server.then(reply({"elements": roles}))
    with pytest.raises((Refused, LoginLost)) as caught:
        linkedin.connect(server.base, _typed(page))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("version", "at", "code"),
    [
        ("202609", datetime(2027, 7, 16, tzinfo=UTC), None),
        ("202609", datetime(2027, 7, 18, tzinfo=UTC), "doctor.version_ends"),
        ("202609", datetime(2027, 9, 15, tzinfo=UTC), "doctor.version_has_ended"),
        ("2026", datetime(2026, 11, 1, tzinfo=UTC), "doctor.version_has_ended"),
        ("202613", datetime(2026, 11, 1, tzinfo=UTC), "doctor.version_has_ended"),
    ],
)
def test_an_operator_hears_of_a_version_sixty_days_before_it_ends(version, at, code):
    found = LinkedIn.warnings({"version": version}, at)
    assert [one.code for one in found] == ([] if code is None else [code])


def test_only_the_words_of_a_live_post_are_edited(linkedin, server):
    server.then(reply(b"", 204))
    post = replace(Post("Retta (no)", "nn"), pictures=(PICTURE,))
    assert linkedin.edit(_login(server.base), MADE, post, lambda _: PNG).remote_id == MADE
    assert server.seen[0].json() == {"patch": {"$set": {"commentary": r"Retta \(no\)"}}}
    assert server.seen[0].headers["x-restli-method"] == "PARTIAL_UPDATE"
