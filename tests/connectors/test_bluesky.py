"""Bluesky, with answers in the shapes a PDS gives."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from contract import AT, KEY, PICTURE, TEXT, ConnectorContract
from hypothesis import given
from hypothesis import strategies as st
from scripted import CANARY, close, html, reply

from connectors import (
    Bluesky,
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
from connectors.bluesky_record import bare_record, record_key

DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"


def _jwt(ends: datetime) -> str:
    claims = (
        base64.urlsafe_b64encode(json.dumps({"exp": int(ends.timestamp())}).encode()).decode().rstrip("=")
    )
    return f"{CANARY}.{claims}.sig"


def _login(server_base: str, ends: datetime = AT + timedelta(hours=2), **more: Secret) -> Login:
    secrets = {"access": Secret(_jwt(ends)), "refresh": Secret(f"refresh-{CANARY}"), **more}
    return Login(server_base, DID, secrets)


def _uri(rkey: str = record_key(KEY, AT)) -> str:
    return f"at://{DID}/app.bsky.feed.post/{rkey}"


class TestBluesky(ConnectorContract):
    kind = Bluesky

    def login(self, base):
        return _login(base)

    def published(self, login):
        return reply({"uri": _uri(), "cid": "bafy1", "validationStatus": "valid"})

    def uploaded(self):
        blob = {"$type": "blob", "ref": {"$link": "bafk1"}, "mimeType": "image/png", "size": 40}
        return reply({"blob": blob})

    def measured(self, login, numbers):
        names = {"reactions": "likeCount", "comments": "replyCount", "shares": "repostCount"}
        return _uri(), reply(
            {"posts": [{"uri": _uri(), **{names[one]: number for one, number in numbers.items()}}]}
        )

    def publish_errors(self):
        def error(name, status=400):
            return reply({"error": name, "message": "words"}, status)

        return {
            "expired": ([error("ExpiredToken")], NotSent),
            "wrong token": ([error("InvalidToken")], LoginLost),
            "bad record": ([error("InvalidRequest")], Refused),
            "blob swept away": ([error("BlobNotFound")], NotSent),
            "blob altered": ([error("InvalidMimeType")], Refused),
            "takedown": ([error("AccountTakedown", 401)], LoginLost),
            "not found": ([error("AccountNotFound", 403)], LoginLost),
            "key taken, gone meanwhile": ([error("InvalidSwap"), error("RecordNotFound")], OutcomeUnknown),
            "key taken, not readable": ([error("InvalidSwap"), close], OutcomeUnknown),
            "key taken by another": ([error("InvalidSwap"), reply({"value": {"text": "x"}})], Refused),
            "key taken, later wording": (
                [error("InvalidSwap", 409), reply({"value": {"text": "x"}})],
                Refused,
            ),
            "upstream": ([error("UpstreamFailure", 502)], OutcomeUnknown),
            "another uri": ([reply({"uri": _uri("3lzzzzzzzzz2a"), "cid": "b"})], OutcomeUnknown),
        }

    def read_errors(self):
        return {
            "expired": ([reply({"error": "ExpiredToken"}, 400)], NotSent),
            "no list": ([reply({"posts": {}})], NotSent),
        }

    def wait_headers(self):
        soon = datetime.now(UTC) + timedelta(minutes=9)
        return [
            (
                {"RateLimit-Reset": str(int(soon.timestamp())), "RateLimit-Policy": "5000;w=3600"},
                timedelta(minutes=9),
            ),
            ({"RateLimit-Reset": "540"}, timedelta(minutes=9)),
            ({"Retry-After": "120", "RateLimit-Reset": "7"}, timedelta(minutes=2)),
        ]

    def sent_language(self, server):
        return server.seen[-1].json()["record"]["langs"]


@pytest.fixture
def bluesky(wire):
    return Bluesky(wire)


# Record keys


@given(
    st.uuids(),
    st.integers(1_577_836_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_a_record_key_is_a_tid_of_the_second_before_its_moment(key, at):
    made = record_key(str(key), at)
    assert re.fullmatch("[234567a-j][234567a-z]{12}", made)
    number = 0
    for sign in made:
        number = number << 5 | "234567abcdefghijklmnopqrstuvwxyz".index(sign)
    moment = datetime.fromtimestamp((number >> 10) // 1_000_000, UTC)
    assert timedelta() <= at - moment <= timedelta(seconds=2)
    assert record_key(str(key), at) == made


def test_deliveries_of_one_minute_get_keys_of_their_own():
    assert len({record_key(f"delivery-{number}", AT) for number in range(2_000)}) == 2_000


# Rich text


@given(st.text(max_size=80), st.text(max_size=80))
def test_facets_point_at_their_bytes_whatever_stands_around_them(before, after):
    post = Post(f"{before} https://herad.example/å?b=1 {after} #Høyring", "nn")
    octets = post.text.encode("utf-8", "surrogatepass")
    for facet in bare_record(post, AT).get("facets", []):
        said = octets[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        feature = facet["features"][0]
        assert said in (feature.get("uri"), f"#{feature.get('tag')}", f"＃{feature.get('tag')}")


def test_links_and_hashtags_become_facets():
    facets = bare_record(Post("👩🏽‍🚒 Sjå https://herad.example/plan. #KommunePlan #2026 a#b", "nn"), AT)[
        "facets"
    ]
    assert facets == [
        {
            "index": {"byteStart": 21, "byteEnd": 47},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://herad.example/plan"}],
        },
        {
            "index": {"byteStart": 49, "byteEnd": 61},
            "features": [{"$type": "app.bsky.richtext.facet#tag", "tag": "KommunePlan"}],
        },
    ]


# Publishing


def test_the_record_goes_under_our_own_key_and_nothing_may_stand_there(bluesky, server):
    server.then(reply({"uri": _uri(), "cid": "b"}))
    post = Post("Hei", "nn")
    login = _login(server.base)
    bluesky.publish(login, post, KEY, bluesky.prepare(login, post, KEY, lambda _: b"", AT))
    assert server.seen[0].path == "/xrpc/com.atproto.repo.putRecord"
    assert server.seen[0].json() == {
        "repo": DID,
        "collection": "app.bsky.feed.post",
        "rkey": record_key(KEY, AT),
        "record": {
            "$type": "app.bsky.feed.post",
            "text": "Hei",
            "createdAt": "2026-11-24T09:00:00.000Z",
            "langs": ["nn"],
        },
        "swapRecord": None,
        "validate": True,
    }


def test_our_own_record_under_a_taken_key_is_a_receipt(bluesky, server):
    login, post = _login(server.base), Post("Hei", "nn")
    handle = bluesky.prepare(login, post, KEY, lambda _: b"", AT)
    server.then(
        reply({"error": "InvalidSwap"}, 400), reply({"uri": _uri(), "cid": "b", "value": handle["record"]})
    )
    assert bluesky.publish(login, post, KEY, handle).remote_id == _uri()


def test_pictures_carry_alt_text_and_shape(bluesky, server):
    blob = {"$type": "blob", "ref": {"$link": "bafk1"}, "mimeType": "image/png", "size": 40}
    server.then(reply({"blob": blob}))
    handle = bluesky.prepare(
        _login(server.base), Post("Hei", "nn", pictures=(PICTURE,)), KEY, lambda _: b"png", AT
    )
    assert server.seen[0].headers["content-type"] == "image/png"
    assert handle["record"]["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": PICTURE.alt, "aspectRatio": {"width": 1200, "height": 800}}],
    }


def test_a_card_is_sent_as_it_was_approved(bluesky, server):
    blob = {"$type": "blob", "ref": {"$link": "bafk1"}, "mimeType": "image/png", "size": 40}
    server.then(reply({"blob": blob}))
    card = LinkCard("https://herad.example/plan", "Planen", "Om planen", PICTURE)
    handle = bluesky.prepare(_login(server.base), Post("Hei", "nn", card=card), KEY, lambda _: b"png", AT)
    external = handle["record"]["embed"]["external"]
    assert external == {"uri": card.address, "title": "Planen", "description": "Om planen", "thumb": blob}


def test_an_answer_in_a_thread_names_parent_and_root(bluesky, server):
    root = {"uri": _uri("3aaaaaaaaaaaa"), "cid": "bafyroot"}
    server.then(
        reply({"uri": _uri(), "cid": "bafyparent", "value": {"reply": {"root": root, "parent": root}}})
    )
    post = Post("Meir", "nn", reply_to=_uri())
    record = bluesky.prepare(_login(server.base), post, KEY, lambda _: b"", AT)["record"]
    assert record["reply"] == {"root": root, "parent": {"uri": _uri(), "cid": "bafyparent"}}
    server.then(reply({"error": "RecordNotFound"}, 400))
    with pytest.raises(Refused) as caught:
        bluesky.prepare(_login(server.base), post, KEY, lambda _: b"", AT)
    assert caught.value.code == "connector.missing"


def test_a_card_excludes_pictures_and_bytes_count_too(bluesky):
    card = LinkCard("https://herad.example/plan", "Planen")
    codes = [one.code for one in bluesky.check(Post("Hei", "nn", card=card, pictures=(PICTURE,)))]
    assert codes == ["connector.card_and_pictures"]
    family = "👨‍👩‍👧‍👦" * 200
    assert [one.code for one in bluesky.check(Post(family, "nn"))] == ["connector.too_many_bytes"]


# Looking up


def test_a_look_up_reads_the_record_under_the_derived_key(bluesky, server):
    server.then(
        reply({"uri": _uri(), "cid": "b", "value": {"text": TEXT}}), reply({"error": "RecordNotFound"}, 400)
    )
    login = _login(server.base)
    assert bluesky.find(login, Post(TEXT, "nn"), KEY, None, AT).receipt.remote_id == _uri()
    assert bluesky.find(login, Post(TEXT, "nn"), KEY, {"rkey": "3lzzzzzzzzz2a"}, AT).receipt is None
    assert server.seen[0].path.endswith(f"&rkey={record_key(KEY, AT)}")
    assert server.seen[1].path.endswith("&rkey=3lzzzzzzzzz2a")


# Sessions


def _session(**more: object):
    return reply({"did": DID, "handle": "herad.example", "accessJwt": "new-a", "refreshJwt": "new-r", **more})


def test_connecting_moves_to_the_accounts_own_server(bluesky, server):
    document = {
        "service": [{"id": "#atproto_pds", "serviceEndpoint": server.base.replace("127.0.0.1", "localhost")}]
    }
    server.then(_session(didDoc=document), reply({"displayName": "Herad kommune", "followersCount": 5}))
    typed = {"handle": Secret(" @herad.example "), "app_password": Secret(CANARY)}
    connected = bluesky.connect(server.base, typed)
    assert connected.profile.base == server.base.replace("127.0.0.1", "localhost")
    assert (connected.profile.title, connected.profile.followers) == ("Herad kommune", 5)
    assert server.seen[0].json() == {"identifier": "herad.example", "password": CANARY}
    assert server.seen[1].headers["host"].startswith("localhost:")
    assert set(connected.secrets) == {"access", "refresh", "app_password"}


@pytest.mark.parametrize(
    "endpoint", ["javascript:1", "http://169.254.169.254/", "https://user@x.example", 7, None]
)
def test_an_odd_server_in_the_document_is_not_moved_to(bluesky, server, endpoint):
    document = {"service": [{"id": f"{DID}#atproto_pds", "serviceEndpoint": endpoint}]}
    server.then(_session(didDoc=document), html(500))
    typed = {"handle": Secret("herad.example"), "app_password": Secret("p")}
    connected = bluesky.connect(server.base, typed)
    assert connected.profile.base == server.base
    assert connected.profile.followers is None


def test_a_refused_login_says_what_to_do(bluesky, server, leaks):
    typed = {"handle": Secret("herad.example"), "app_password": Secret(CANARY)}
    cases = {
        "AuthenticationRequired": "connector.login_refused",
        "AuthFactorTokenRequired": "connector.app_password_needed",
    }
    for name, code in cases.items():
        server.then(reply({"error": name, "message": CANARY}, 401))
        with pytest.raises(LoginLost) as caught:
            bluesky.connect(server.base, typed)
        assert caught.value.code == code
        assert not leaks(caught.value)


def test_a_session_is_renewed_ten_minutes_before_its_end(bluesky, server):
    login = _login(server.base, ends=AT + timedelta(minutes=9))
    server.then(_session())
    fresh = bluesky.renew(login, AT)
    assert fresh["access"].reveal() == "new-a"
    assert fresh["refresh"].reveal() == "new-r"
    request = server.seen[0]
    assert request.path == "/xrpc/com.atproto.server.refreshSession"
    assert request.body == b""
    assert request.headers["authorization"] == f"Bearer refresh-{CANARY}"


def test_a_refused_refresh_falls_back_on_the_app_password(bluesky, server):
    login = _login(server.base, ends=AT, app_password=Secret("app"))
    server.then(reply({"error": "ExpiredToken"}, 400), _session())
    fresh = bluesky.renew(login, AT)
    assert fresh["access"].reveal() == "new-a"
    assert fresh["app_password"].reveal() == "app"
    assert server.seen[1].json() == {"identifier": DID, "password": "app"}


def test_without_another_way_a_refused_refresh_is_a_lost_login(bluesky, server):
    server.then(reply({"error": "ExpiredToken"}, 400))
    with pytest.raises(LoginLost):
        bluesky.renew(_login(server.base, ends=AT), AT)
    server.then(reply({"error": "ExpiredToken"}, 400), reply({"error": "AuthenticationRequired"}, 401))
    with pytest.raises(LoginLost):
        bluesky.renew(_login(server.base, ends=AT, app_password=Secret("revoked")), AT)


def test_a_session_of_another_account_is_not_taken_over(bluesky, server):
    server.then(reply({"error": "ExpiredToken"}, 400), _session(did="did:plc:other"))
    with pytest.raises(LoginLost):
        bluesky.renew(_login(server.base, ends=AT, app_password=Secret("p")), AT)
    server.then(reply({"did": "did:plc:other", "handle": "x.example"}))
    with pytest.raises(LoginLost):
        bluesky.whoami(_login(server.base))


def test_a_lost_answer_of_a_refresh_may_be_asked_for_again(bluesky, server):
    server.then(close)
    with pytest.raises(NotSent):
        bluesky.renew(_login(server.base, ends=AT), AT)


# Reading


def test_limits_per_address_pause_the_whole_server_and_those_per_account_only_it(bluesky, server):
    login, post = _login(server.base), Post("Hei", "nn")
    server.then(reply({}, 429))
    with pytest.raises(RateLimited) as reading:
        bluesky.measure(login, [_uri()])
    server.then(reply({}, 429))
    with pytest.raises(RateLimited) as writing:
        bluesky.publish(login, post, KEY, bluesky.prepare(login, post, KEY, lambda _: b"", AT))
    assert (reading.value.scope, writing.value.scope) == ("instance", "account")


def test_reposts_and_quotes_are_shares(bluesky, server):
    server.then(reply({"posts": [{"uri": _uri(), "repostCount": 2, "quoteCount": 3}]}))
    assert bluesky.measure(_login(server.base), [_uri()])[_uri()].known == {"shares": 5}


def test_removing_deletes_the_record_of_its_address(bluesky, server):
    bluesky.remove(_login(server.base), _uri("3lzzzzzzzzz2a"))
    assert server.seen[0].json() == {"repo": DID, "collection": "app.bsky.feed.post", "rkey": "3lzzzzzzzzz2a"}
    for odd in ("", "https://bsky.app/x", f"at://{DID}/app.bsky.feed.post/a b"):
        with pytest.raises(Refused):
            bluesky.remove(_login(server.base), odd)


def test_replies_are_those_of_others_since_then(bluesky, server):
    def entry(did, at, text):
        post = {"uri": f"at://{did}/app.bsky.feed.post/3a", "indexedAt": at, "record": {"text": text}}
        return {"post": {**post, "author": {"did": did, "handle": "ola.example"}}}

    new, old = "2026-11-24T10:00:00.000Z", "2026-11-24T08:00:00.000Z"
    thread = {
        "replies": [
            entry("did:plc:ola", new, "Bra!"),
            entry(DID, new, "Takk"),
            entry("did:plc:ola", old, "Før"),
            7,
        ]
    }
    server.then(reply({"thread": thread}), reply({"error": "NotFound"}, 400))
    replies = bluesky.replies(_login(server.base), _uri(), AT)
    assert [(one.text, one.author) for one in replies] == [("Bra!", "ola.example")]
    assert bluesky.replies(_login(server.base), _uri(), AT) == []
