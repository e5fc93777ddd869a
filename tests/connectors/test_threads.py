"""Threads, with answers in the shapes that its API gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote

import pytest
from contract import AT, KEY, TEXT, ConnectorContract
from contract_facts import PICTURE, PNG, SHOWN
from scripted import CANARY, Act, close, html, reply

from connectors import (
    LinkCard,
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    Post,
    RateLimited,
    Refused,
    Secret,
    Threads,
)

ME = "314"
MADE, CONTAINER = "18077", "900"
HANDLE = {"container": CONTAINER, "at": AT.isoformat()}
NAMES = {"views": "views", "reactions": "likes", "comments": "replies", "shares": "reposts"}


def _login(base: str, renew_at: datetime = AT + timedelta(days=300)) -> Login:
    return Login(base, ME, {"access_token": Secret(CANARY), "renew_at": Secret(renew_at.isoformat())})


def _error(code: int, subcode: int = 0, status: int = 400, **more: object) -> Act:
    error = {"message": f"words {CANARY}", "type": "OAuthException", "code": code, **more}
    if subcode:
        error["error_subcode"] = subcode
    return reply({"error": error}, status)


def _state(word: str) -> Act:
    return reply({"id": CONTAINER, "status": word})


def _insights(numbers) -> Act:
    data = [
        {"name": NAMES[one], "period": "lifetime", "values": [{"value": told}]}
        for one, told in numbers.items()
    ]
    return reply({"data": data})


class TestThreads(ConnectorContract):
    kind = Threads
    takes_language = False

    def login(self, base):
        return _login(base)

    def prepare(self, connector, login, post):
        if not post.pictures and post.reply_to is None:
            return dict(HANDLE)  # made beforehand: this contract is about what follows
        return super().prepare(connector, login, post)

    def published(self, login):
        return reply({"id": MADE, "shortcode": "DQabc_1"})

    def takes(self, login):
        return [reply({"id": MADE}), reply({"id": MADE, "shortcode": "DQabc_1"})]

    def uploaded(self):
        return reply({"id": CONTAINER})

    def uploads(self):
        return [reply({"id": CONTAINER}), _state("FINISHED")]

    def irreversible(self, server):
        return next(one for one in reversed(server.seen) if one.path.endswith("/threads_publish"))

    def measured(self, login, numbers):
        return MADE, _insights(numbers)

    def test_a_post_that_is_not_among_the_answers_is_gone(self, connector, server):
        login = self.login(server.base)
        server.then(_insights(dict.fromkeys(self.kind.metrics, 7)), _error(24, 4279009), _error(100, 33))
        counts = connector.measure(login, [MADE, "18078", "18079"])
        assert [counts[one].gone for one in (MADE, "18078", "18079")] == [False, True, True]

    def publish_errors(self):
        return {
            "unknown error": ([_error(1)], OutcomeUnknown),
            "service": ([_error(2, status=500, is_transient=True)], OutcomeUnknown),
            "not seen yet": ([_error(24, 4279009), _state("FINISHED")], NotSent),
            "not seen, and over": ([_error(24, 4279009), _state("EXPIRED")], NotSent),
            "not seen, since spent": ([_error(24, 4279009), _state("PUBLISHED")], OutcomeUnknown),
            "not seen, since a post": ([_error(24, 4279009), _error(100)], OutcomeUnknown),
            "spam": ([_error(4, 2207051)], RateLimited),
            "quota": ([_error(9, 2207042)], RateLimited),
            "user restricted": ([_error(24, 4279013)], LoginLost),
            "throttled": ([_error(32)], RateLimited),
            "session ended": ([_error(190, 463)], LoginLost),
            "right missing": ([_error(10)], LoginLost),
            "too long": ([_error(100)], Refused),
            "odd id": ([reply({"id": "javascript:1"})], OutcomeUnknown),
            "live, its address not read": ([reply({"id": MADE}), close], OutcomeUnknown),
            "live, its address refused": ([reply({"id": MADE}), _error(190)], OutcomeUnknown),
            "live, no address": ([reply({"id": MADE}), reply({"id": MADE})], OutcomeUnknown),
        }

    def read_errors(self):
        return {
            "dead": ([_error(190, 467)], LoginLost),
            "throttled": ([_error(32)], RateLimited),
            "theirs": ([_error(2, status=500)], NotSent),
        }

    def wait_headers(self):
        return [({"Retry-After": "540"}, timedelta(minutes=9))]

    def test_an_emoji_of_many_parts_is_one_sign(self, connector):
        assert connector.length("👩🏽‍🚒🇳🇴e\u0301") == 15 + 8 + 2, (
            "not here: each counts the bytes it is made of"
        )

    def test_what_cannot_be_renewed_yet_makes_no_call(self, connector, server):
        assert connector.renew(self.login(server.base), AT) is None
        assert not connector.renewal_due(self.login(server.base), AT)
        assert server.seen == []


@pytest.fixture
def threads(quick_wire):
    return Threads(quick_wire, None, lambda key, picture: f"{SHOWN}{key}/{picture.sha256}.jpg")


def _fields(request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hei", 3),
        ("Øyåæ", 4),
        ("👍", 4),
        ("👨‍👩‍👧‍👦", 25),
        ("🇳🇴🇳🇴", 16),
        ("1️⃣", 7),
        ("é", 1),
        ("e\u0301", 2),
        ("Hei 👍!", 9),
    ],
)
def test_an_emoji_counts_the_bytes_it_is_made_of(threads, text, length):
    assert threads.length(text) == length


def test_a_text_is_a_container_that_is_ready_before_it_is_spent(threads, server):
    server.then(reply({"id": CONTAINER}), _state("IN_PROGRESS"), _state("FINISHED"))
    post = Post("Hei", "nn", card=LinkCard("https://herad.example/plan", "Plan"))
    assert threads.prepare(_login(server.base), post, KEY, lambda _: PNG, AT) == HANDLE
    assert _fields(server.seen[0]) == {
        "media_type": "TEXT",
        "text": "Hei",
        "link_attachment": "https://herad.example/plan",
    }
    assert [one.path.partition("?")[0] for one in server.seen] == ["/v1.0/me/threads", *["/v1.0/900"] * 2]


def test_several_pictures_are_children_of_one_container(threads, server):
    made = [reply({"id": "901"}), reply({"id": "902"})]
    server.then(*made, *[_state("FINISHED")] * 2, reply({"id": CONTAINER}), _state("FINISHED"))
    post = Post("Hei", "nn", pictures=(PICTURE, PICTURE))
    assert threads.prepare(_login(server.base), post, KEY, lambda _: PNG, AT) == HANDLE
    assert _fields(server.seen[0])["is_carousel_item"] == "true"
    assert "text" not in _fields(server.seen[0])
    assert _fields(server.seen[4]) == {"media_type": "CAROUSEL", "children": "901,902", "text": "Hei"}
    assert unquote(_fields(server.seen[0])["image_url"]).startswith(SHOWN)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([_error(9004, 2207052)], "connector.not_fetched"),
        ([_error(-2, 2207003)], "connector.not_fetched"),
        ([_error(-1, 2207032)], "connector.no_answer"),
        ([reply({"id": CONTAINER}), *[_state("IN_PROGRESS")] * 12], "connector.media_processing"),
        ([reply({"id": CONTAINER}), _state("EXPIRED")], "connector.media_processing"),
    ],
)
def test_a_picture_that_does_not_arrive_is_tried_again(threads, server, answers, code):
    server.then(*answers)
    with pytest.raises(NotSent) as caught:
        threads.prepare(_login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT)
    assert caught.value.code == code
    assert server.script.acts == []


def test_a_picture_that_cannot_be_used_is_refused(threads, server):
    server.then(reply({"id": CONTAINER}), _state("ERROR"))
    with pytest.raises(Refused, match="media_refused"):
        threads.prepare(_login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT)


def test_without_an_address_of_our_own_pictures_are_a_problem_and_text_is_none(quick_wire, server):
    hidden = Threads(quick_wire)
    assert [one.code for one in hidden.check(Post(TEXT, "nn", pictures=(PICTURE,)))] == [
        "connector.no_public_address"
    ]
    assert hidden.check(Post(TEXT, "nn")) == []
    with pytest.raises(Refused, match="no_public_address"):
        hidden.prepare(_login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: PNG, AT)


def test_six_different_links_are_too_many_and_the_same_one_twice_is_one(threads):
    five = " ".join(f"https://herad.example/{turn}" for turn in range(5))
    assert threads.check(Post(f"{five} https://herad.example/0", "nn")) == []
    (problem,) = threads.check(Post(f"{five} https://herad.example/5", "nn"))
    assert (problem.code, problem.values["length"]) == ("connector.too_many_links", 6)


@pytest.mark.parametrize(("state", "again"), [("FINISHED", False), ("EXPIRED", True), ("ERROR", True)])
def test_what_is_not_seen_yet_is_tried_with_the_same_container(threads, server, state, again):
    server.then(_error(24, 4279009), _state(state))
    with pytest.raises(NotSent) as caught:
        threads.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
    assert caught.value.prepare_again is again


def _read(words: str, at: str = "2026-11-24T09:00:20+0000", shortcode: object = "DQx"):
    return {"id": MADE, "text": words, "timestamp": at, "shortcode": shortcode}


@pytest.mark.parametrize(
    ("nodes", "there"),
    [
        ([_read("Hei  på dykk")], True),
        ([_read("Noko anna"), _read("Hei på dykk")], True),
        ([_read("Hei på dykk", at="2026-11-24T08:00:00+0000")], False),
        ([_read("Noko anna")], False),
        ([], False),
    ],
)
def test_a_post_is_known_by_its_words_and_a_container_vouches_for_its_absence(threads, server, nodes, there):
    server.then(reply({"data": nodes}), _state("FINISHED"))
    found = threads.find(_login(server.base), Post("Hei på dykk", "nn"), KEY, HANDLE, AT).receipt
    assert (found is not None) is there
    assert len(server.seen) == (1 if there else 2)


@pytest.mark.parametrize(
    "answers",
    [
        [reply({"data": []}), _state("PUBLISHED")],
        [reply({"data": []}), _error(100)],
        [reply({"data": []}), close],
        [reply({"data": [_read("Hei", shortcode="javascript:1/")]})],
        [reply({"data": "none"})],
    ],
)
def test_what_is_spent_and_not_listed_is_neither_there_nor_absent(threads, server, answers):
    server.then(*answers)
    with pytest.raises(NotSent):
        threads.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT)


def test_an_answer_is_looked_for_among_the_answers(threads, server):
    server.then(reply({"data": [_read("Meir")]}))
    assert threads.find(_login(server.base), Post("Meir", "nn", reply_to="1"), KEY, HANDLE, AT).receipt
    assert server.seen[0].path.startswith("/v1.0/me/replies")


def test_reposts_quotes_and_shares_are_added(threads, server):
    data = [
        {"name": one, "values": [{"value": told}]}
        for one, told in (("reposts", 3), ("quotes", 2), ("shares", 1))
    ]
    server.then(reply({"data": data}))
    assert threads.measure(_login(server.base), [MADE])[MADE].known == {"shares": 6}


def test_a_token_is_renewed_ten_days_before_its_end(threads, server):
    login = _login(server.base, renew_at=AT)
    server.then(reply({"access_token": f"new-{CANARY}", "token_type": "bearer", "expires_in": 5_184_000}))
    fresh = threads.renew(login, AT)
    assert fresh["access_token"].reveal() == f"new-{CANARY}"
    due = datetime.fromisoformat(fresh["renew_at"].reveal())
    assert abs(due - datetime.now(UTC) - timedelta(days=50)) < timedelta(minutes=5)
    assert CANARY not in server.seen[0].path


@pytest.mark.parametrize("answer", [_error(10), _error(2, status=500), reply({}), reply({"access_token": 7})])
def test_a_token_that_cannot_be_renewed_today_is_used_on(threads, server, answer):
    server.then(answer)
    fresh = threads.renew(_login(server.base, renew_at=AT), AT)
    assert fresh["access_token"].reveal() == CANARY
    due = datetime.fromisoformat(fresh["renew_at"].reveal())
    assert abs(due - datetime.now(UTC) - timedelta(days=1)) < timedelta(minutes=5)


def test_a_token_that_has_ended_is_lost(threads, server):
    server.then(_error(190, 463))
    with pytest.raises(LoginLost):
        threads.renew(_login(server.base, renew_at=AT), AT)


def test_connecting_keeps_the_renewed_token(threads, server):
    me = {"id": ME, "username": "vossherad", "name": "Voss herad"}
    server.then(reply(me), reply({"access_token": f"new-{CANARY}", "expires_in": 5_184_000}))
    connected = threads.connect(server.base, {"access_token": Secret(CANARY)})
    assert connected.secrets["access_token"].reveal() == f"new-{CANARY}"
    assert (connected.profile.remote_id, connected.profile.handle) == (ME, "@vossherad")


def test_a_page_behind_a_wall_is_not_sent_to(threads, server):
    server.then(html(403))
    with pytest.raises(NotSent):
        threads.publish(_login(server.base), Post(TEXT, "nn"), KEY, HANDLE)
