"""Clients that were not written here use the later stand-ins: Meta's own, LinkedIn's own, and the best known for X."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import linkedin_api.clients.restli.client as restli
import linkedin_api.common.constants as constants
import pytest
import requests
import tweepy
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.api import FacebookAdsApi, FacebookRequest
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession
from gallery import running

from connectors.linkedin_rest import encoded, listed
from sandbox import FacebookStandIn, InstagramStandIn, LinkedInStandIn, XStandIn
from sandbox.standin import StandIn

JPEG = bytes.fromhex("ffd8ffc0001108001e003c03012200021101031101ffd9")
"""As much of a JPEG as its head: 60 by 30."""


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[StandIn, str], FacebookAdsApi]]:
    """Return a maker of Meta's own client, pointed at a stand-in."""
    sessions: list[requests.Session] = []

    def make(standin: StandIn, token: str) -> FacebookAdsApi:
        monkeypatch.setattr(FacebookSession, "GRAPH", standin.address)
        api = FacebookAdsApi.init(access_token=token, api_version="v25.0", crash_log=False)
        api._session.requests.trust_env = False
        sessions.append(api._session.requests)
        return api

    yield make
    for one in sessions:
        one.close()


# Meta's own client


def test_metas_client_publishes_reads_edits_and_deletes_on_a_page(
    meta: Callable[..., FacebookAdsApi], picture: Callable[..., bytes], tmp_path: Any
) -> None:
    with FacebookStandIn() as standin:
        api = meta(standin, "demo-voss-16500")
        page = Page(api.call("GET", ["me"]).json()["id"], api=api)
        assert page.api_get(fields=["name", "username"])["username"] == "voss"
        file = tmp_path / "a.png"
        file.write_bytes(picture(64, 48))
        upload = FacebookRequest(page.get_id(), "POST", "/photos", api=api, allow_file_upload=True)
        upload.add_params({"published": False, "alt_text_custom": "Ei kanne."}).add_file(str(file))
        photo = upload.execute().json()
        post = page.create_feed(params={"message": "Hei", "attached_media": [{"media_fbid": photo["id"]}]})
        (read,) = page.get_published_posts(fields=["id", "message"])
        assert (read["id"], read["message"]) == (post["id"], "Hei")
        PagePost(post["id"], api=api).api_update(params={"message": "Retta"})
        assert PagePost(post["id"], api=api).api_get(fields=["message"])["message"] == "Retta"
        PagePost(post["id"], api=api).api_delete()
        assert list(page.get_published_posts(fields=["id"])) == []


def test_metas_client_understands_a_refusal(meta: Callable[..., FacebookAdsApi]) -> None:
    with FacebookStandIn() as standin, pytest.raises(FacebookRequestError) as caught:
        meta(standin, "nonsense").call("GET", ["me"])
    assert (caught.value.http_status(), caught.value.api_error_code()) == (400, 190)
    assert caught.value.api_error_subcode() == 467


def test_metas_client_spends_a_container(meta: Callable[..., FacebookAdsApi]) -> None:
    with InstagramStandIn() as standin, running() as gallery:
        gallery.look = lambda _: JPEG
        api = meta(standin, "demo-voss-16500")
        own = api.call("GET", ["me"]).json()["instagram_business_account"]["id"]
        user = IGUser(own, api=api)
        made = user.create_media(params={"image_url": f"{gallery.address}/a.jpg", "caption": "Hei"})
        published = user.create_media_publish(params={"creation_id": made["id"]})
        (read,) = user.get_media(fields=["id", "caption", "shortcode"])
        assert (read["id"], read["caption"]) == (published["id"], "Hei")
        (quota,) = user.get_content_publishing_limit(fields=["quota_usage", "config"])
        assert quota["quota_usage"] == 1


# LinkedIn's own client


@pytest.fixture
def linkedin(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[LinkedInStandIn, restli.RestliClient]]:
    with LinkedInStandIn() as standin:
        monkeypatch.setattr(constants, "VERSIONED_BASE_URL", f"{standin.address}/rest")
        client = restli.RestliClient()
        client.session.trust_env = False
        yield standin, client
        client.session.close()


ASKED = {"access_token": "demo-voss-16500", "version_string": "202609"}


def test_linkedins_client_publishes_finds_changes_and_deletes(linkedin: Any) -> None:
    _, client = linkedin
    roles = client.finder(resource_path="/organizationAcls", finder_name="roleAssignee", **ASKED)
    author = roles.elements[0]["organization"]
    made = client.create(
        resource_path="/posts",
        entity={"author": author, "commentary": r"Hei \(alle\)", "visibility": "PUBLIC"},
        **ASKED,
    )
    assert made.entity_id.startswith("urn:li:share:")
    found = client.finder(
        resource_path="/posts", finder_name="author", query_params={"author": author}, **ASKED
    )
    assert [one["id"] for one in found.elements] == [made.entity_id]
    at = {"resource_path": "/posts/{id}", "path_keys": {"id": made.entity_id}}
    client.partial_update(**at, patch_set_object={"commentary": "Retta"}, **ASKED)
    assert client.get(**at, **ASKED).entity["commentary"] == "Retta"
    assert client.delete(**at, **ASKED).status_code == 204


def test_our_lists_are_encoded_as_linkedins_client_encodes_them() -> None:
    from linkedin_api.clients.restli.utils.encoder import encode

    urns = ["urn:li:share:1", "urn:li:ugcPost:2,(x)"]
    assert listed(urns[:1]) == f"List({encode(urns[0])})" == encode(urns[:1])
    assert encoded(urns[0]) == encode(urns[0])


# tweepy


def test_tweepy_publishes_reads_counts_and_deletes_on_x() -> None:
    with XStandIn() as standin:
        client = tweepy.Client(access_token=None, bearer_token="demo-voss-16500")

        class Here(requests.Session):
            def request(self, method: str, url: str, **named: Any) -> requests.Response:
                here = url.replace("https://api.twitter.com", standin.address)
                return super().request(method, here, **named)

        client.session = Here()
        client.session.trust_env = False
        me = client.get_me(user_auth=False).data
        made = client.create_tweet(text="Sjå https://voss.no/plan", user_auth=False).data["id"]
        (read,) = client.get_users_tweets(me.id, tweet_fields=["entities", "created_at"]).data
        assert (str(read.id), read.entities["urls"][0]["expanded_url"]) == (made, "https://voss.no/plan")
        (counted,) = client.get_tweets([made], tweet_fields=["public_metrics"]).data
        assert counted.public_metrics["like_count"] == 0
        with pytest.raises(tweepy.Forbidden, match="duplicate content"):
            client.create_tweet(text="Sjå https://voss.no/plan", user_auth=False)
        assert client.delete_tweet(made, user_auth=False).data == {"deleted": True}
        client.session.close()
