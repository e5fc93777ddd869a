"""The Bluesky stand-in answers as the reference PDS and AppView do."""

from __future__ import annotations

import base64
import json

import pytest
import requests

from sandbox import BlueskyStandIn

KEY, OTHER_KEY = "3lzzzzzzzzz2a", "3lzzzzzzzzz3a"
RECORD = {"$type": "app.bsky.feed.post", "text": "Hei", "createdAt": "2026-11-23T12:00:00Z", "langs": ["nn"]}


def image(blob: dict, alt: str = "Ei kanne.") -> dict:
    return {"alt": alt, "image": blob, "aspectRatio": {"width": 4, "height": 3}}


def with_images(*images: dict) -> dict:
    return RECORD | {"embed": {"$type": "app.bsky.embed.images", "images": list(images)}}


def upload(osen, content: bytes, mime: str = "image/png") -> dict:
    answer = osen.xrpc("POST", "com.atproto.repo.uploadBlob", data=content, headers={"Content-Type": mime})
    assert answer.status_code == 200
    return answer.json()["blob"]


def refresh(osen, token: str):
    headers = {"Authorization": f"Bearer {token}"}
    return osen.xrpc("POST", "com.atproto.server.refreshSession", headers=headers)


def named(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_a_session_names_the_account_and_its_server(osen) -> None:
    session = osen.xrpc("GET", "com.atproto.server.getSession").json()
    assert session["handle"] == "osen.test"
    assert session["did"].startswith("did:plc:")
    assert len(session["did"]) == 32
    service = session["didDoc"]["service"][0]
    assert service["id"].endswith("#atproto_pds")
    assert service["serviceEndpoint"] == osen.standin.address
    resolved = osen.xrpc("GET", "com.atproto.identity.resolveHandle", params={"handle": "osen.test"})
    assert resolved.json() == {"did": session["did"]}


@pytest.mark.parametrize("identifier", ["osen", "@osen.test", "OSEN.test"])
def test_the_same_account_answers_to_every_form_of_its_handle(osen, identifier: str) -> None:
    did = osen.did
    osen.log_in(identifier)
    assert osen.did == did
    osen.log_in(did)
    assert osen.did == did


def test_a_wrong_password_or_handle_is_401(osen) -> None:
    for identifier, password in (("osen", "secret"), ("../x", "demo-a"), ("", "demo-a")):
        given = {"identifier": identifier, "password": password}
        answer = osen.xrpc("POST", "com.atproto.server.createSession", json=given)
        assert named(answer) == (401, "AuthenticationRequired")


def test_an_access_token_ends_after_its_life(osen, clock) -> None:
    token = osen.session.headers["Authorization"].split()[1]
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] == int(clock.now) + 7_200
    clock.now += 7_199
    assert osen.xrpc("GET", "com.atproto.server.getSession").status_code == 200
    clock.now += 1
    assert named(osen.xrpc("GET", "com.atproto.server.getSession")) == (400, "ExpiredToken")


def test_the_life_of_an_access_token_can_be_set(clock) -> None:
    given = {"identifier": "osen", "password": "demo-x"}
    with BlueskyStandIn(clock=clock, access_life=60) as standin:
        xrpc = f"{standin.address}/xrpc/com.atproto.server"
        session = requests.post(f"{xrpc}.createSession", json=given, timeout=10).json()
        headers = {"Authorization": f"Bearer {session['accessJwt']}"}
        clock.now += 60
        assert named(requests.get(f"{xrpc}.getSession", headers=headers, timeout=10)) == (400, "ExpiredToken")


def test_tokens_of_the_wrong_kind_or_make_are_refused(osen) -> None:
    def session(token: str):
        headers = {"Authorization": token}
        return named(osen.xrpc("GET", "com.atproto.server.getSession", headers=headers))

    token = osen.session.headers["Authorization"]
    assert session("") == (401, "AuthMissing")
    assert session("Bearer a.b.c") == (400, "InvalidToken")
    assert session(token[:-4] + "AAAA") == (400, "InvalidToken")
    assert session(f"Bearer {osen.refresh}") == (400, "InvalidToken")


def test_a_refresh_rotates_and_the_old_token_lives_two_hours(osen, clock) -> None:
    first = refresh(osen, osen.refresh).json()
    assert first["refreshJwt"] != osen.refresh
    clock.now += 60
    again = refresh(osen, osen.refresh).json()

    def token_id(token: str) -> str:
        return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))["jti"]

    assert token_id(again["refreshJwt"]) == token_id(first["refreshJwt"])
    clock.now += 7_200
    assert named(refresh(osen, osen.refresh)) == (400, "ExpiredToken")
    assert refresh(osen, first["refreshJwt"]).status_code == 200


def test_refreshing_takes_no_body(osen) -> None:
    headers = {"Authorization": f"Bearer {osen.refresh}"}
    answer = osen.xrpc("POST", "com.atproto.server.refreshSession", json={}, headers=headers)
    assert named(answer) == (400, "InvalidRequest")


def test_a_deleted_session_cannot_be_refreshed(osen) -> None:
    headers = {"Authorization": f"Bearer {osen.refresh}"}
    assert osen.xrpc("POST", "com.atproto.server.deleteSession", headers=headers).status_code == 200
    assert named(refresh(osen, osen.refresh)) == (400, "ExpiredToken")


def test_a_revoked_account_gets_in_by_no_way(osen) -> None:
    osen.post("/_sandbox/revoke/osen")
    assert named(osen.write("putRecord", KEY, RECORD)) == (400, "ExpiredToken")
    assert named(refresh(osen, osen.refresh)) == (400, "ExpiredToken")
    given = {"identifier": "osen", "password": "demo-pass"}
    assert named(osen.xrpc("POST", "com.atproto.server.createSession", json=given)) == (
        401,
        "AuthenticationRequired",
    )


def test_putting_the_same_record_again_changes_nothing(osen) -> None:
    first = osen.write("putRecord", KEY, RECORD, swapRecord=None).json()
    again = osen.write("putRecord", KEY, dict(reversed(RECORD.items())), swapRecord=None)
    assert first["uri"] == f"at://{osen.did}/app.bsky.feed.post/{KEY}"
    assert first["commit"]["cid"].startswith("bafyrei")
    assert again.status_code == 200
    assert again.json() == {"uri": first["uri"], "cid": first["cid"], "validationStatus": "valid"}
    assert len(osen.posts()) == 1


def test_putting_other_content_over_a_record_is_a_failed_swap(osen) -> None:
    osen.write("putRecord", KEY, RECORD, swapRecord=None)
    other = RECORD | {"text": "Noko anna"}
    assert named(osen.write("putRecord", KEY, other, swapRecord=None)) == (400, "InvalidSwap")
    assert osen.read(KEY).json()["value"]["text"] == "Hei"
    assert osen.write("putRecord", KEY, other).status_code == 200
    assert osen.read(KEY).json()["value"]["text"] == "Noko anna"


def test_creating_at_a_taken_key_is_a_500_that_hides_its_cause(osen) -> None:
    assert osen.write("createRecord", KEY, RECORD).status_code == 200
    assert named(osen.write("createRecord", KEY, RECORD)) == (500, "InternalServerError")
    assert len(osen.posts()) == 1


def test_creating_without_a_key_doubles(osen) -> None:
    uris = [osen.write("createRecord", None, RECORD).json()["uri"] for _ in range(3)]
    assert uris == sorted(set(uris))
    assert len(osen.posts()) == 3


def test_a_record_is_read_back_until_it_is_deleted(osen) -> None:
    cid = osen.write("putRecord", KEY, RECORD).json()["cid"]
    assert osen.read(KEY).json() == {
        "uri": f"at://{osen.did}/app.bsky.feed.post/{KEY}",
        "cid": cid,
        "value": RECORD,
    }
    assert "commit" in osen.write("deleteRecord", KEY).json()
    assert osen.write("deleteRecord", KEY).json() == {}
    assert named(osen.read(KEY)) == (400, "RecordNotFound")


def test_records_are_listed_newest_key_first(osen) -> None:
    for rkey in (KEY, OTHER_KEY):
        osen.write("putRecord", rkey, RECORD)
    params = {"repo": osen.did, "collection": "app.bsky.feed.post", "limit": 1}

    def listed(**more) -> tuple[list[str], str]:
        found = osen.xrpc("GET", "com.atproto.repo.listRecords", params=params | more).json()
        return [one["uri"].rsplit("/", 1)[1] for one in found["records"]], found.get("cursor", "")

    assert listed() == ([OTHER_KEY], OTHER_KEY)
    assert listed(cursor=OTHER_KEY) == ([KEY], KEY)
    assert listed(cursor=KEY) == ([], "")
    assert listed(reverse="true")[0] == [KEY]
    assert named(osen.xrpc("GET", "com.atproto.repo.listRecords", params=params | {"limit": "x"}))[0] == 400


def test_nobody_writes_to_anothers_repository(osen) -> None:
    theirs = osen.did
    osen.log_in("aure")
    mine, osen.did = osen.did, theirs
    assert named(osen.write("putRecord", KEY, RECORD)) == (401, "AuthenticationRequired")
    osen.did = "did:plc:nobody"
    assert named(osen.write("putRecord", KEY, RECORD)) == (400, "InvalidRequest")
    assert mine != theirs


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"text": "a" * 301}, "graphemes"),
        ({"text": "👩‍👩‍👧‍👦" * 290}, "maximum 3000"),
        ({"text": None}, "text"),
        ({"createdAt": None}, "createdAt"),
        ({"createdAt": "2026-11-23T12:00:00"}, "createdAt"),
        ({"createdAt": "2026-13-23T12:00:00Z"}, "createdAt"),
        ({"langs": ["nn", "nb", "en", "se"]}, "array too big"),
        ({"langs": ["nynorsk!"]}, "langs"),
        ({"$type": "app.bsky.feed.like"}, "type"),
        ({"reply": {"root": {}, "parent": {}}}, "reply"),
        ({"facets": [{"features": []}]}, "facets"),
        ({"embed": {"$type": "app.bsky.embed.external", "external": {"uri": "https://x.no"}}}, "external"),
    ],
)
def test_the_lexicon_is_kept(osen, change: dict, says: str) -> None:
    record = {name: value for name, value in (RECORD | change).items() if value is not None}
    answer = osen.write("putRecord", KEY, record)
    assert named(answer) == (400, "InvalidRequest")
    assert says in answer.json()["message"]
    assert osen.posts() == []


@pytest.mark.parametrize("rkey", ["kampanje-42", "3lzzzzzzzzz2", "zzzzzzzzzzzzz", "3lzzzzzzzzz2A", ""])
def test_a_posts_key_is_a_tid(osen, rkey: str) -> None:
    assert named(osen.write("putRecord", rkey, RECORD)) == (400, "InvalidRequest")


def test_the_same_bytes_have_the_same_blob_and_the_type_they_look_like(osen, picture) -> None:
    first, again = upload(osen, picture(), "text/plain"), upload(osen, picture())
    assert first == again
    assert first["mimeType"] == "image/png"
    assert first["ref"]["$link"].startswith("bafkrei")
    params = {"did": osen.did, "cid": first["ref"]["$link"]}
    answer = osen.xrpc("GET", "com.atproto.sync.getBlob", params=params)
    assert answer.content == picture()
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pictures_need_alt_text_a_stored_blob_and_a_size(osen, picture) -> None:
    blob = upload(osen, picture())
    assert osen.write("putRecord", KEY, with_images(image(blob))).status_code == 200
    lost = blob | {"ref": {"$link": blob["ref"]["$link"][:-4] + "aaaa"}}
    assert named(osen.write("putRecord", OTHER_KEY, with_images(image(lost)))) == (400, "BlobNotFound")
    for change, error in (({"mimeType": "image/gif"}, "InvalidMimeType"), ({"size": 1}, "InvalidSize")):
        assert named(osen.write("putRecord", OTHER_KEY, with_images(image(blob | change)))) == (400, error)
    without = {"image": blob}
    assert named(osen.write("putRecord", OTHER_KEY, with_images(without))) == (400, "InvalidRequest")
    five = osen.write("putRecord", OTHER_KEY, with_images(*[image(blob)] * 5))
    assert "array too big (maximum 4, got 5) at $.record.embed.images" in five.json()["message"]


def test_a_picture_over_two_million_bytes_is_refused_with_the_record(osen, picture) -> None:
    blob = upload(osen, picture() + bytes(2_000_000))
    assert named(osen.write("putRecord", KEY, with_images(image(blob)))) == (400, "InvalidRequest")
    assert upload(osen, picture() + bytes(1_000_000))["size"] < 2_000_000


def test_a_vanished_blob_is_not_found_until_it_comes_again(osen, picture) -> None:
    blob = upload(osen, picture())
    osen.delete("/_sandbox/media")
    assert named(osen.write("putRecord", KEY, with_images(image(blob)))) == (400, "BlobNotFound")
    upload(osen, picture())
    assert osen.write("putRecord", KEY, with_images(image(blob))).status_code == 200
    assert osen.posts()[0]["pictures"][0]["alt"] == "Ei kanne."


def test_posts_are_read_with_counts_and_missing_ones_are_absent(osen, clock, picture) -> None:
    osen.put("/_sandbox/accounts/osen", json={"title": "Osen kommune", "inhabitants": 900})
    uri = osen.write("putRecord", KEY, with_images(image(upload(osen, picture())))).json()["uri"]
    params = {"uris": [uri, uri, uri.replace(KEY, OTHER_KEY)]}
    young = osen.xrpc("GET", "app.bsky.feed.getPosts", params=params).json()["posts"]
    assert [post["uri"] for post in young] == [uri]
    assert young[0]["author"]["displayName"] == "Osen kommune"
    assert young[0]["likeCount"] == 0
    view = young[0]["embed"]
    assert view["$type"] == "app.bsky.embed.images#view"
    assert osen.get(view["images"][0]["fullsize"].removeprefix(osen.standin.address)).content == picture()
    clock.now += 7 * 86_400
    by_handle = uri.replace(osen.did, "osen.test")
    old = osen.xrpc("GET", "app.bsky.feed.getPosts", params={"uris": [by_handle]}).json()["posts"]
    assert old[0]["likeCount"] > 0
    many = [uri] + [f"at://{osen.did}/app.bsky.feed.post/{n}" for n in range(25)]
    assert named(osen.xrpc("GET", "app.bsky.feed.getPosts", params={"uris": many})) == (400, "InvalidRequest")


def test_likes_and_reposts_that_were_made_are_counted(osen) -> None:
    made = osen.write("putRecord", KEY, RECORD).json()
    subject = {"subject": {"uri": made["uri"], "cid": made["cid"]}, "createdAt": RECORD["createdAt"]}
    for kind in ("like", "repost"):
        assert (
            osen.write("createRecord", None, subject, collection=f"app.bsky.feed.{kind}").status_code == 200
        )
    post = osen.xrpc("GET", "app.bsky.feed.getPosts", params={"uris": [made["uri"]]}).json()["posts"][0]
    assert (post["likeCount"], post["repostCount"]) == (1, 1)
    assert len(osen.posts()) == 1


def test_a_thread_reads_up_and_down(osen) -> None:
    root = osen.write("putRecord", KEY, RECORD).json()
    reference = {"uri": root["uri"], "cid": root["cid"]}
    answer = RECORD | {"text": "Svar", "reply": {"root": reference, "parent": reference}}
    reply = osen.write("putRecord", OTHER_KEY, answer).json()["uri"]

    def thread(uri: str) -> dict:
        return osen.xrpc("GET", "app.bsky.feed.getPostThread", params={"uri": uri}).json()["thread"]

    assert thread(root["uri"])["$type"] == "app.bsky.feed.defs#threadViewPost"
    assert [one["post"]["uri"] for one in thread(root["uri"])["replies"]] == [reply]
    assert thread(reply)["parent"]["post"]["uri"] == root["uri"]
    osen.write("deleteRecord", KEY)
    assert thread(reply)["parent"]["$type"] == "app.bsky.feed.defs#notFoundPost"
    gone = osen.xrpc("GET", "app.bsky.feed.getPostThread", params={"uri": root["uri"]})
    assert named(gone) == (400, "NotFound")


def test_a_profile_tells_followers(osen) -> None:
    osen.put("/_sandbox/accounts/osen", json={"followers": 321})
    params = {"actor": "osen.test"}
    assert osen.xrpc("GET", "app.bsky.actor.getProfile", params=params).json()["followersCount"] == 321
    unknown = osen.xrpc("GET", "app.bsky.actor.getProfile", params={"actor": "nobody.test"})
    assert named(unknown) == (400, "InvalidRequest")


def test_answers_carry_rate_limits_in_unix_seconds(osen, clock) -> None:
    headers = osen.write("putRecord", KEY, RECORD).headers
    assert headers["RateLimit-Policy"] == "5000;w=3600"
    assert headers["RateLimit-Remaining"] == "4999"
    assert clock.now < int(headers["RateLimit-Reset"]) <= clock.now + 3_600
    assert osen.xrpc("GET", "com.atproto.server.describeServer").headers["RateLimit-Limit"] == "3000"


def test_an_unknown_method_is_not_implemented(osen) -> None:
    assert named(osen.xrpc("GET", "app.bsky.feed.nothing")) == (501, "MethodNotImplemented")
    assert osen.xrpc("GET", "_health").status_code == 200
