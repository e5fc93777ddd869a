"""X, with answers in the shapes that its API gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from contract import AT, KEY, ConnectorContract
from contract_facts import PICTURE, PNG
from scripted import CANARY, Act, close, html, reply

from connectors import (
    Login,
    LoginLost,
    NotSent,
    OutcomeUnknown,
    OutOfCredit,
    Poll,
    Post,
    RateLimited,
    Refused,
    Secret,
    X,
)

ME = "2244994945"
HANDLE = {"media": [], "keys": [], "at": AT.isoformat()}
EPOCH = 1_288_834_974_657
NAMES = {
    "views": "impression_count",
    "reactions": "like_count",
    "comments": "reply_count",
    "shares": "retweet_count",
    "saves": "bookmark_count",
}


def _number(at: datetime) -> str:
    return str((int(at.timestamp() * 1000) - EPOCH << 22) + 7)


MADE = _number(datetime.now(UTC))


def _login(base: str, **more: str) -> Login:
    return Login(
        base, ME, {"access_token": Secret(CANARY), **{name: Secret(one) for name, one in more.items()}}
    )


def _problem(status: int, detail: str = "words", kind: str = "", headers=None) -> Act:
    told = {"title": "Forbidden", "detail": f"{detail} {CANARY}", "status": status}
    told["type"] = f"https://api.x.com/2/problems/{kind}" if kind else "about:blank"
    return reply(told, status, {"Content-Type": "application/problem+json", **(headers or {})})


class TestX(ConnectorContract):
    kind = X
    takes_language = False

    def login(self, base):
        return _login(base)

    def published(self, login):
        return reply({"data": {"id": MADE, "text": "Hei"}}, 201)

    def uploaded(self):
        return reply({"data": {"id": "1", "media_key": "3_1"}})

    def uploads(self):
        return [self.uploaded(), reply({"data": {"id": "1"}})]

    def measured(self, login, numbers):
        node = {
            "id": MADE,
            "public_metrics": {NAMES[one]: told for one, told in numbers.items() if one in NAMES},
        }
        own = {"url_link_clicks": numbers["clicks"]} if "clicks" in numbers else {}
        node["non_public_metrics"] = own
        return MADE, reply({"data": [node]})

    def test_an_emoji_of_many_parts_is_one_sign(self, connector):
        assert connector.length("👩🏽‍🚒🇳🇴é") == 2 + 2 + 1

    def test_every_answer_to_the_publishing_call_lands_in_its_class(self, connector, server, leaks):
        super().test_every_answer_to_the_publishing_call_lands_in_its_class(connector, server, leaks)
        for act in (_problem(402, kind="credits"), _problem(402), _problem(429, kind="usage-capped")):
            server.then(act)
            with pytest.raises(OutOfCredit) as caught:
                self.publish(connector, _login(server.base))
            assert caught.value.scope == "app"
            self.assert_told(caught.value)
            assert not leaks(caught.value)

    def publish_errors(self):
        return {
            "not permitted": ([_problem(403, "You are not permitted to perform this action.")], Refused),
            "suspended": ([_problem(403, kind="user-suspended")], LoginLost),
            "application": ([_problem(403, kind="client-forbidden")], LoginLost),
            "invalid": ([_problem(400, kind="invalid-request")], Refused),
            "too many": ([_problem(429, kind="rate-limit-exceeded")], RateLimited),
            "duplicate, not found": ([_problem(403, "duplicate content"), reply({"meta": {}})], Refused),
            "duplicate, not read": ([_problem(403, "duplicate content"), close], OutcomeUnknown),
            "a wall": ([html(403)], NotSent),
            "odd id": ([reply({"data": {"id": "javascript:1"}}, 201)], OutcomeUnknown),
            "errors with 200": ([reply({"errors": [{"message": "x"}]})], OutcomeUnknown),
        }

    def read_errors(self):
        return {"too many": ([_problem(429)], RateLimited), "no posts": ([reply({"data": 7})], NotSent)}

    def wait_headers(self):
        soon = datetime.now(UTC) + timedelta(minutes=9)
        until, later = str(int(soon.timestamp())), str(int(soon.timestamp()) + 600)
        day = {"x-user-limit-24hour-remaining": "0", "x-user-limit-24hour-reset": until}
        return [
            ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": until}, timedelta(minutes=9)),
            ({"x-rate-limit-remaining": "3", "x-rate-limit-reset": later, **day}, timedelta(minutes=9)),
            ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": later, **day}, timedelta(minutes=19)),
            ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "9" * 40}, None),
        ]


@pytest.fixture
def x(quick_wire):
    return X(quick_wire)


# Length and price


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hei", 3),
        ("Høyring på ærlege ord", 21),
        ("e\u0301", 1),
        ("– «sitat» ’", 11),
        ("…", 2),
        ("€", 2),
        ("漢字", 4),
        ("👍", 2),
        ("👨‍👩‍👧‍👦 og 🇳🇴🇳🇴", 2 + 4 + 4),
        ("1️⃣", 2),
        ("https://www.voss.kommune.no/ei/svært/lang/adresse?med=alt", 23),
        ("Sjå voss.kommune.no.", 4 + 23 + 1),
        ("voss.no/plan og voss.no", 23 + 4 + 23),
        ("post@voss.kommune.no", 20),
        ("f.eks. dette", 12),
        ("@voss.no #tag.no", 16),
        ("x" * 280, 280),
    ],
)
def test_signs_are_weighed_links_count_23_and_emoji_two(x, text, length):
    assert x.length(text) == length


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("Hei", "0.015"),
        ("Sjå https://voss.no/x", "0.20"),
        ("Sjå voss.kommune.no", "0.20"),
        ("f.eks. 1.2", "0.015"),
    ],
)
def test_a_post_with_a_link_is_dearer(x, text, price):
    told = x.price(Post(text, "nn"))
    assert (told.amount, told.currency) == (Decimal(price), "USD")


def test_the_prices_are_the_operators(wire):
    chosen = X(wire, {"price": "0.01", "price_with_link": "0.25"})
    assert chosen.price(Post("https://voss.no/x", "nn")).amount == Decimal("0.25")


# Publishing


def test_pictures_go_up_with_their_alternative_texts_before_the_post(x, server):
    login, post = _login(server.base), Post("Hei", "nn", pictures=(PICTURE,))
    server.then(
        reply({"data": {"id": "1", "media_key": "3_1"}}), reply({}), reply({"data": {"id": MADE}}, 201)
    )
    handle = x.prepare(login, post, KEY, lambda _: PNG, AT)
    x.publish(login, post, KEY, handle)
    assert [one.path for one in server.seen] == ["/2/media/upload", "/2/media/metadata", "/2/tweets"]
    assert server.seen[1].json() == {"id": "1", "metadata": {"alt_text": {"text": PICTURE.alt}}}
    assert server.seen[2].json() == {"text": "Hei", "media": {"media_ids": ["1"]}}
    assert handle["keys"] == ["3_1"]


def test_a_poll_goes_along_and_a_thread_hangs_together(x, server):
    server.then(*[reply({"data": {"id": MADE}}, 201)] * 2)
    x.publish(_login(server.base), Post("Kva?", "nn", poll=Poll(("Ja", "Nei"), 3)), KEY, HANDLE)
    assert server.seen[0].json()["poll"] == {"options": ["Ja", "Nei"], "duration_minutes": 4320}
    x.publish(_login(server.base), Post("Meir", "nn", reply_to=MADE), KEY, HANDLE)
    assert server.seen[1].json()["reply"] == {"in_reply_to_tweet_id": MADE}


# Looking


def _read(text: str, keys=(), at: str = "2026-11-24T09:00:20.000Z", urls=(), answers: str | None = None):
    node: dict[str, object] = {"id": MADE, "text": text, "created_at": at}
    if keys:
        node["attachments"] = {"media_keys": list(keys)}
    if urls:
        node["entities"] = {"urls": [{"url": short, "expanded_url": whole} for short, whole in urls]}
    if answers:
        node["referenced_tweets"] = [{"type": "replied_to", "id": answers}]
    return node


LINKED = "Sjå https://voss.no/plan & meir < voss.kommune.no"
SHORTENED = "Sjå https://t.co/a &amp; meir &lt; https://t.co/b"
URLS = [("https://t.co/a", "https://voss.no/plan"), ("https://t.co/b", "http://voss.kommune.no/")]


@pytest.mark.parametrize(
    ("node", "keys", "there"),
    [
        (_read(SHORTENED, urls=URLS), [], True),
        (_read(SHORTENED, urls=URLS[:1]), [], False),
        (_read(SHORTENED, urls=URLS, at="2026-11-24T08:00:00.000Z"), [], False),
        (_read("Noko anna"), [], False),
        (_read("Retta", keys=["3_1", "3_2"]), ["3_1", "3_2"], True),
        (_read(LINKED, keys=["3_9"]), ["3_1"], False),
        (_read(SHORTENED, urls=URLS, answers="5"), [], False),
    ],
)
def test_a_post_is_known_by_its_pictures_else_by_its_words(x, server, node, keys, there):
    server.then(reply({"data": [node], "meta": {}}))
    found = x.find(_login(server.base), Post(LINKED, "nn"), KEY, {**HANDLE, "keys": keys}, AT).receipt
    assert (found is not None) is there


def test_an_empty_timeline_is_an_answer_and_a_look_up_reads_on(x, server):
    server.then(reply({"meta": {"result_count": 0}}))
    assert x.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt is None
    page = reply({"data": [_read("Noko anna")], "meta": {"next_token": "abc"}})
    server.then(page, reply({"data": [_read("Hei")], "meta": {}}))
    assert x.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT).receipt
    assert "pagination_token=abc" in server.seen[-1].path
    server.then(*[page] * 3)
    with pytest.raises(NotSent, match="too many"):
        x.find(_login(server.base), Post("Hei", "nn"), KEY, HANDLE, AT)


def test_what_is_said_to_be_there_already_is_taken_for_ours_if_it_is(x, server):
    server.then(
        _problem(403, "not allowed to create a Tweet with duplicate content"), reply({"data": [_read("Hei")]})
    )
    assert x.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE).remote_id == MADE


# Counts


def test_old_posts_are_asked_about_by_themselves_without_their_owners_figures(x, server):
    old = _number(datetime.now(UTC) - timedelta(days=40))
    public = {"like_count": 3, "retweet_count": 1, "quote_count": 2}
    server.then(
        reply(
            {"data": [{"id": MADE, "public_metrics": public, "non_public_metrics": {"url_link_clicks": 4}}]}
        ),
        reply({"data": [{"id": old, "public_metrics": public}]}),
    )
    counts = x.measure(_login(server.base), [MADE, old])
    assert (counts[MADE].known["shares"], counts[MADE].known["clicks"]) == (3, 4)
    assert counts[old].absent["clicks"] == "not_offered"
    assert "non_public" not in server.seen[1].path


def test_a_post_told_among_the_errors_is_gone(x, server):
    server.then(reply({"errors": [{"value": MADE, "title": "Not Found Error"}]}))
    assert x.measure(_login(server.base), [MADE])[MADE].gone


# The login


TOKENS = {"access_token": f"next-{CANARY}", "refresh_token": f"again-{CANARY}", "expires_in": 7200}


def _rotating(base: str, ends: datetime) -> Login:
    return _login(base, refresh_token=CANARY, client_id="app", client_secret="", ends_at=ends.isoformat())


def test_a_session_is_renewed_ahead_of_its_end_and_both_tokens_are_new(x, server):
    login = _rotating(server.base, AT + timedelta(minutes=14))
    server.then(reply(TOKENS))
    assert x.renewal_due(login, AT)
    assert not x.renewal_due(_rotating(server.base, AT + timedelta(minutes=16)), AT)
    fresh = x.renew(login, AT)
    assert (fresh["access_token"].reveal(), fresh["refresh_token"].reveal()) == (
        f"next-{CANARY}",
        f"again-{CANARY}",
    )
    assert b"grant_type=refresh_token" in server.seen[0].body
    assert CANARY not in server.seen[0].path


def test_a_spent_refresh_token_is_a_lost_login_and_a_silent_server_is_none(x, server):
    login = _rotating(server.base, AT)
    server.then(reply({"error": "invalid_request"}, 400))
    with pytest.raises(LoginLost):
        x.renew(login, AT)
    server.then(close)
    with pytest.raises(NotSent):
        x.renew(login, AT)
    server.then(reply({"access_token": "x"}))
    with pytest.raises(NotSent):
        x.renew(login, AT)


def test_a_session_that_ended_before_its_time_is_told_apart_from_a_lost_login(x, server):
    server.then(_problem(401), _problem(401))
    with pytest.raises(NotSent, match="session_expired"):
        x.publish(_rotating(server.base, AT), Post("Hei", "nn"), KEY, HANDLE)
    with pytest.raises(LoginLost):
        x.publish(_login(server.base), Post("Hei", "nn"), KEY, HANDLE)
