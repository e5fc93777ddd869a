"""The Mastodon stand-in answers as a 4.6 server does."""

from __future__ import annotations

import threading
from datetime import datetime

import pytest

STATUSES = "/api/v1/statuses"


def post(aure, words: str = "Hei", key: str = "", **named):
    headers = {"Idempotency-Key": key} if key else {}
    return aure.post(STATUSES, json={"status": words, **named}, headers=headers)


def upload(aure, picture, **named) -> dict:
    answer = aure.post("/api/v2/media", files={"file": ("a.png", picture(640, 360), "image/png")}, data=named)
    assert answer.status_code == 200
    return answer.json()


def test_the_server_says_what_it_is_and_takes(aure) -> None:
    new, old = aure.get("/api/v2/instance").json(), aure.get("/api/v1/instance").json()
    assert new["version"] == old["version"] == "4.6.4"
    assert new["api_versions"] == {"mastodon": 11}
    for limits in (new["configuration"], old["configuration"]):
        assert limits["statuses"] == {
            "max_characters": 500,
            "max_media_attachments": 4,
            "characters_reserved_per_url": 23,
        }
        assert limits["media_attachments"]["description_limit"] == 10_000


def test_an_account_comes_into_being_with_its_token(aure) -> None:
    own = aure.get("/api/v1/accounts/verify_credentials").json()
    assert own["acct"] == "aure"
    assert isinstance(own["id"], str)
    assert own["source"]["privacy"] == "public"
    assert own["followers_count"] > 500
    assert own["url"] == f"{aure.standin.address}/@aure"
    assert aure.get(f"/api/v1/accounts/{own['id']}").json()["id"] == own["id"]


def test_a_bad_token_is_401_as_doorkeeper_says_it(mastodon, client) -> None:
    for token in ("", "nonsense"):
        answer = client(mastodon, token).get("/api/v1/accounts/verify_credentials")
        assert answer.status_code == 401
        assert answer.json() == {"error": "The access token is invalid"}
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_revoked_token_is_401_until_the_account_is_let_in_again(aure) -> None:
    aure.post("/_sandbox/revoke/aure")
    answer = post(aure)
    assert answer.status_code == 401
    assert answer.json() == {"error": "The access token was revoked"}
    aure.delete("/_sandbox/revoke/aure")
    assert post(aure).status_code == 200


@pytest.mark.parametrize("encoding", ["json", "data", "files"])
def test_a_post_may_come_as_json_form_or_multipart(aure, encoding: str) -> None:
    given = {"status": "Hei blåbær", "language": "nn", "visibility": "unlisted"}
    fields = {name: (None, value) for name, value in given.items()} if encoding == "files" else given
    status = aure.post(STATUSES, **{encoding: fields}).json()
    assert status["content"] == "<p>Hei blåbær</p>"
    assert (status["language"], status["visibility"]) == ("nn", "unlisted")
    assert status["application"]["name"]
    assert status["url"] == f"{aure.standin.address}/@aure/{status['id']}"
    assert datetime.fromisoformat(status["created_at"]).tzinfo is not None


def test_the_body_may_not_be_unreadable(aure) -> None:
    headers = {"Content-Type": "application/json"}
    assert aure.post(STATUSES, data=b"[1", headers=headers).status_code == 400
    assert aure.post(STATUSES, data=b"a=1&a[]=2").status_code == 400
    assert aure.post(STATUSES, data=b'{"status": "\\ud800"}', headers=headers).status_code == 400
    assert aure.posts() == []


def test_content_is_rendered_with_paragraphs_links_and_hashtags(aure) -> None:
    status = post(
        aure, "Hei <3 & takk\nlinje\n\n#BeredskapsVeka https://www.aure.kommune.no/beredskap/eigenberedskap"
    ).json()
    assert status["content"].startswith("<p>Hei &lt;3 &amp; takk<br />linje</p><p><a href=")
    assert 'href="https://www.aure.kommune.no/beredskap/eigenberedskap"' in status["content"]
    assert status["tags"][0]["name"] == "beredskapsveka"


def test_the_same_key_gives_the_same_post_whatever_the_body(aure) -> None:
    first, again = post(aure, "Ein", key="k"), post(aure, "To", key="k")
    assert again.status_code == 200
    assert again.json()["id"] == first.json()["id"]
    assert len(aure.posts()) == 1


def test_a_key_belongs_to_one_account(aure, mastodon, client) -> None:
    post(aure, key="k")
    post(client(mastodon, "demo-osen"), key="k")
    assert len(aure.posts()) == 2


def test_a_key_is_forgotten_after_an_hour(aure, clock) -> None:
    post(aure, key="k")
    clock.now += 3_599
    post(aure, key="k")
    assert len(aure.posts()) == 1
    clock.now += 2
    post(aure, key="k")
    assert len(aure.posts()) == 2


def test_a_refused_post_does_not_use_up_its_key(aure) -> None:
    assert post(aure, "", key="k").status_code == 422
    assert post(aure, "Hei", key="k").status_code == 200


def test_one_key_from_many_at_once_makes_one_post(aure, mastodon, client) -> None:
    clients = [client(mastodon, "demo-aure") for _ in range(8)]
    threads = [threading.Thread(target=post, args=(one, "Hei", "k")) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(aure.posts()) == 1


def test_mode_replay_500_breaks_the_replay_and_doubles_nothing(aure) -> None:
    aure.put("/_sandbox/modes", json={"idempotency": "replay_500"})
    assert [post(aure, key="k").status_code for _ in range(2)] == [200, 500]
    assert len(aure.posts()) == 1


def test_mode_none_ignores_keys(aure) -> None:
    aure.put("/_sandbox/modes", json={"idempotency": "none"})
    assert [post(aure, key="k").status_code for _ in range(2)] == [200, 200]
    assert len(aure.posts()) == 2


def test_errors_may_come_in_another_language(aure) -> None:
    aure.put("/_sandbox/modes", json={"locale": "ja"})
    answer = post(aure, "")
    assert answer.status_code == 422
    assert not answer.json()["error"].isascii()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"status": "a" * 500}, 200),
        ({"status": "a" * 501}, 422),
        ({"status": "👩‍👩‍👧" * 500}, 200),
        ({"status": "https://x.no/" + "a" * 900}, 200),
        ({"status": "a" * 400, "spoiler_text": "b" * 101}, 422),
        ({"status": " \n"}, 422),
        ({"status": "a", "visibility": "secret"}, 422),
        ({"status": "a", "in_reply_to_id": "17"}, 404),
        ({"status": "a", "media_ids": ["17"]}, 422),
        ({"status": "a", "media_ids": ["1", "2", "3", "4", "5"]}, 422),
        ({"status": "a", "poll": {"options": ["a"], "expires_in": 300}}, 422),
        ({"status": "a", "poll": {"options": ["a", "b"], "expires_in": 299}}, 422),
        ({"status": "a", "poll": {"options": ["a", "b" * 51], "expires_in": 300}}, 422),
    ],
)
def test_limits_hold(aure, given: dict, status: int) -> None:
    answer = aure.post(STATUSES, json=given)
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status != 200)


def test_a_picture_is_measured_and_its_description_kept(aure, picture) -> None:
    media = upload(aure, picture, description="Ei kanne vatn.", focus="0.5,-0.2")
    assert media["type"] == "image"
    assert media["description"] == "Ei kanne vatn."
    assert media["meta"]["original"] == {"width": 640, "height": 360, "size": "640x360", "aspect": 640 / 360}
    assert media["meta"]["focus"] == {"x": 0.5, "y": -0.2}
    assert aure.get(media["url"].removeprefix(aure.standin.address)).content == picture(640, 360)
    changed = aure.put(f"/api/v1/media/{media['id']}", data={"description": "To kanner."}).json()
    assert changed["description"] == "To kanner."
    assert changed["meta"]["focus"] == {"x": 0.5, "y": -0.2}


def test_what_is_no_picture_is_refused(aure) -> None:
    for content in (b"", b"hei"):
        answer = aure.post("/api/v2/media", files={"file": ("a.png", content, "image/png")})
        assert answer.status_code == 422


def test_an_attached_picture_is_spent(aure, picture) -> None:
    media = upload(aure, picture)
    path = f"/api/v1/media/{media['id']}"
    assert aure.get(path).status_code == 200
    status = post(aure, "", media_ids=[media["id"]]).json()
    assert [one["id"] for one in status["media_attachments"]] == [media["id"]]
    assert aure.get(path).status_code == 404
    assert aure.put(path, data={"description": "x"}).status_code == 404
    assert aure.delete(path).status_code == 422
    again = post(aure, "Hei", media_ids=[media["id"]])
    assert again.status_code == 422
    assert media["id"] in again.json()["error"]


def test_another_accounts_picture_cannot_be_used(aure, mastodon, client, picture) -> None:
    media = upload(aure, picture)
    assert post(client(mastodon, "demo-osen"), media_ids=[media["id"]]).status_code == 422


def test_a_deleted_post_gives_its_pictures_back(aure, picture) -> None:
    media = upload(aure, picture)
    status = post(aure, "Hei", media_ids=[media["id"]]).json()
    gone = aure.delete(f"{STATUSES}/{status['id']}")
    assert gone.status_code == 200
    assert gone.json()["text"] == "Hei"
    assert aure.delete(f"{STATUSES}/{status['id']}").status_code == 404
    assert post(aure, "Hei", media_ids=[media["id"]]).status_code == 200


def test_loose_uploads_can_be_made_to_vanish(aure, picture) -> None:
    loose, used = upload(aure, picture), upload(aure, picture)
    post(aure, media_ids=[used["id"]])
    aure.delete("/_sandbox/media")
    assert aure.get(f"/api/v1/media/{loose['id']}").status_code == 404
    assert aure.get(used["url"].removeprefix(aure.standin.address)).status_code == 200


def test_own_posts_are_listed_newest_first_and_paged_by_id(aure) -> None:
    ids = [post(aure, f"Nummer {number}").json()["id"] for number in range(5)]
    path = f"/api/v1/accounts/{aure.get('/api/v1/accounts/verify_credentials').json()['id']}/statuses"

    def listed(**params) -> list[int]:
        return [ids.index(one["id"]) for one in aure.get(path, params=params).json()]

    assert listed() == [4, 3, 2, 1, 0]
    assert listed(limit=2) == [4, 3]
    assert listed(max_id=ids[3], limit=2) == [2, 1]
    assert listed(since_id=ids[0], limit=2) == [4, 3]
    assert listed(min_id=ids[0], limit=2) == [2, 1]
    assert aure.get(path, params={"limit": 2}).links["next"]["url"].endswith(f"max_id={ids[3]}")


def test_posts_are_read_twenty_at_a_time_and_missing_ones_are_absent(aure) -> None:
    ids = [post(aure, str(number)).json()["id"] for number in range(3)]
    aure.delete(f"{STATUSES}/{ids[1]}")
    found = aure.get(STATUSES, params={"id[]": ids}).json()
    assert [one["id"] for one in found] == [ids[0], ids[2]]
    assert aure.get(STATUSES, params={"id[]": [str(n) for n in range(21)]}).status_code == 422


def test_a_thread_reads_up_and_down(aure) -> None:
    first = post(aure, "Ein").json()["id"]
    second = post(aure, "To", in_reply_to_id=first).json()
    third = post(aure, "Tre", in_reply_to_id=second["id"]).json()["id"]
    assert second["in_reply_to_id"] == first
    context = aure.get(f"{STATUSES}/{second['id']}/context").json()
    assert [one["id"] for one in context["ancestors"]] == [first]
    assert [one["id"] for one in context["descendants"]] == [third]
    assert aure.get(f"{STATUSES}/{first}").json()["replies_count"] == 1


def test_an_edit_replaces_everything_but_the_language(aure, picture, clock) -> None:
    media = upload(aure, picture, description="A")
    status = post(aure, "Ein", media_ids=[media["id"]], language="nn", visibility="unlisted").json()
    clock.now += 60
    path = f"{STATUSES}/{status['id']}"
    attributes = [{"id": media["id"], "description": "B"}]
    kept = aure.put(
        path, json={"status": "To", "media_ids": [media["id"]], "media_attributes": attributes}
    ).json()
    assert (kept["content"], kept["language"], kept["visibility"]) == ("<p>To</p>", "nn", "unlisted")
    assert kept["media_attachments"][0]["description"] == "B"
    assert kept["edited_at"] > kept["created_at"]
    assert aure.put(path, json={"status": "To"}).json()["media_attachments"] == []
    assert aure.get(f"{path}/source").json() == {"id": status["id"], "text": "To", "spoiler_text": ""}


def test_another_accounts_post_is_out_of_reach(aure, mastodon, client) -> None:
    own = post(aure).json()["id"]
    other = client(mastodon, "demo-osen")
    assert other.delete(f"{STATUSES}/{own}").status_code == 404
    assert other.put(f"{STATUSES}/{own}", json={"status": "x"}).status_code == 404
    private = post(aure, visibility="private").json()["id"]
    assert other.get(f"{STATUSES}/{private}").status_code == 404
    assert aure.get(f"{STATUSES}/{private}").status_code == 200


def test_a_poll_collects_votes_until_it_ends(aure, clock) -> None:
    given = {"options": ["Ja", "Nei"], "expires_in": 86_400}
    status = post(aure, "Kva meiner du?", poll=given).json()
    assert [option["votes_count"] for option in status["poll"]["options"]] == [0, 0]
    votes = []
    for _ in range(3):
        clock.now += 86_400
        poll = aure.get(f"{STATUSES}/{status['id']}").json()["poll"]
        votes.append(poll["votes_count"])
    assert poll["expired"] is True
    assert 0 < votes[0] == votes[1] == votes[2]


def test_counts_grow_with_the_clock(aure, clock) -> None:
    path = f"{STATUSES}/{post(aure).json()['id']}"
    seen = []
    for _ in range(8):
        status = aure.get(path).json()
        seen.append(status["favourites_count"] + status["reblogs_count"] + status["replies_count"])
        clock.now += 86_400
    assert seen[0] == 0
    assert seen == sorted(seen)
    assert seen[-1] > 0


def test_answers_carry_rate_limits_with_iso_times(aure) -> None:
    general, posting = aure.get("/api/v1/instance").headers, post(aure).headers
    assert general["X-RateLimit-Limit"] == posting["X-RateLimit-Limit"] == "300"
    assert posting["X-RateLimit-Remaining"] == "299"
    assert post(aure).headers["X-RateLimit-Remaining"] == "298"
    assert (
        datetime.fromisoformat(posting["X-RateLimit-Reset"]).timestamp()
        > datetime.fromisoformat(general["X-RateLimit-Reset"]).timestamp() - 10_800
    )


def test_an_unknown_path_is_404_in_json(aure) -> None:
    assert aure.get("/api/v1/nothing").json() == {"error": "Not Found"}
    assert aure.get("/.well-known/nothing").status_code == 404


# Other software


def test_mode_gotosocial_counts_code_points_and_says_no_in_its_own_way(aure) -> None:
    aure.put("/_sandbox/modes", json={"software": "gotosocial"})
    told = aure.get("/api/v2/instance").json()
    assert told["version"].startswith("0.")
    assert "api_versions" not in told
    assert told["configuration"]["statuses"]["max_characters"] == 5000
    assert post(aure, "a" * 4_980 + " https://x.no/aaaaaa").status_code == 200
    assert post(aure, "a" * 4_980 + " https://x.no/aaaaaaa").status_code == 400
    assert aure.get("/api/v1/statuses", params={"id[]": "1"}).status_code == 404
    assert aure.get("/.well-known/oauth-authorization-server").status_code == 404
    assert [post(aure, key="k").status_code for _ in range(2)] == [200, 200]
    assert len(aure.posts()) == 3


def test_mode_silent_guard_says_yes_and_keeps_nothing(aure) -> None:
    aure.put("/_sandbox/modes", json={"guard": "silent"})
    said = post(aure)
    assert said.status_code == 200
    assert aure.get(f"/api/v1/statuses/{said.json()['id']}").status_code == 404
    assert aure.posts() == []
