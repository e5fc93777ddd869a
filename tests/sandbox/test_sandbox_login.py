"""How one gets into the Mastodon stand-in by its page: applications, codes, tokens, and the ways of saying no."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

OOB = "urn:ietf:wg:oauth:2.0:oob"
BACK = "https://samklang.example/back"
SCOPES = "profile read:statuses write:statuses write:media"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class Visitor:
    """An application and a person in front of its page."""

    def __init__(self, client, redirect: str = OOB) -> None:
        self.client, self.redirect = client, redirect
        given = {"client_name": "Samklang", "redirect_uris": redirect, "scopes": SCOPES}
        self.app = client.post("/api/v1/apps", json=given).json()

    def asked(self, **changes: str) -> dict[str, str]:
        return {
            "response_type": "code",
            "client_id": self.app["client_id"],
            "redirect_uri": self.redirect,
            "scope": SCOPES,
            "state": "s1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }

    def page(self, **changes: str) -> requests.Response:
        return self.client.get("/oauth/authorize", params=self.asked(**changes))

    def answer(self, **typed: str) -> dict[str, str]:
        """Fill in the form and return what came back in the address."""
        sent = self.client.post("/oauth/authorize", data={**self.asked(), **typed}, allow_redirects=False)
        assert sent.status_code == 302
        return {
            name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()
        }

    def code(self) -> str:
        return self.answer(account="aure", allow="1")["code"]

    def token(self, given: str, **changes: str) -> requests.Response:
        asked = {
            "grant_type": "authorization_code",
            "code": given,
            "client_id": self.app["client_id"],
            "client_secret": self.app["client_secret"],
            "redirect_uri": self.redirect,
            "code_verifier": VERIFIER,
        }
        return self.client.post("/oauth/token", data={**asked, **changes})


@pytest.fixture
def visitor(mastodon, client) -> Visitor:
    return Visitor(client(mastodon))


def test_a_code_becomes_a_token_of_whoever_said_yes(visitor, mastodon, client):
    page = visitor.page()
    assert page.status_code == 200
    assert "Samklang wants to use your account" in page.text
    assert "write:media" in page.text
    given = visitor.token(visitor.code()).json()
    assert (given["token_type"], given["scope"]) == ("Bearer", SCOPES)
    owner = client(mastodon, given["access_token"])
    assert owner.get("/api/v1/accounts/verify_credentials").json()["username"] == "aure"
    assert owner.post("/api/v1/statuses", json={"status": "Hei"}).status_code == 200


def test_the_page_shows_the_code_where_nobody_can_be_sent_back_to(visitor):
    sent = visitor.client.post("/oauth/authorize", data={**visitor.asked(), "account": "aure", "allow": "1"})
    assert parse_qs(urlsplit(sent.url).query)["code"][0] in sent.text


def test_a_person_is_sent_back_with_code_and_state(mastodon, client):
    told = Visitor(client(mastodon), BACK).answer(account="aure", allow="1")
    assert set(told) == {"code", "state"}
    assert told["state"] == "s1"


def test_a_no_is_sent_back_too(mastodon, client):
    assert Visitor(client(mastodon), BACK).answer(account="aure") == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"redirect_uri": BACK}, "invalid_grant"),
        ({"code": "nonsense"}, "invalid_grant"),
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "unknown"}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
    ],
)
def test_a_token_is_refused_for_anything_that_does_not_fit(visitor, changes, error):
    refused = visitor.token(visitor.code(), **changes)
    assert refused.status_code in (400, 401)
    assert refused.json()["error"] == error


def test_a_code_counts_once_and_for_ten_minutes(visitor, clock):
    code = visitor.code()
    assert visitor.token(code).status_code == 200
    assert visitor.token(code).json()["error"] == "invalid_grant"
    late = visitor.code()
    clock.now += 601
    assert visitor.token(late).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"redirect_uri": "https://evil.example/"},
        {"scope": f"{SCOPES} follow"},
        {"scope": "everything"},
        {"code_challenge_method": "plain"},
        {"response_type": "token"},
    ],
)
def test_the_page_sends_nobody_anywhere_when_what_is_asked_is_wrong(visitor, changes):
    assert visitor.page(**changes).status_code in (400, 401)


def test_scopes_that_there_are_not_cannot_be_registered(mastodon, client):
    given = {"client_name": "Samklang", "redirect_uris": OOB, "scopes": "read everything"}
    assert client(mastodon).post("/api/v1/apps", json=given).status_code == 422


def test_a_token_does_what_its_scopes_say_and_no_more(visitor, mastodon, client):
    visitor.app = visitor.client.post(
        "/api/v1/apps", json={"client_name": "S", "redirect_uris": OOB, "scopes": "profile"}
    ).json()
    code = visitor.answer(account="aure", allow="1", scope="profile")["code"]
    little = client(mastodon, visitor.token(code).json()["access_token"])
    assert little.get("/api/v1/accounts/verify_credentials").status_code == 200
    assert little.post("/api/v1/statuses", json={"status": "Hei"}).status_code == 403
    assert little.post("/api/v2/media", files={"file": b"x"}).status_code == 403


def test_the_same_yes_again_gives_the_same_token(visitor):
    first, second = (visitor.token(visitor.code()).json()["access_token"] for _ in range(2))
    assert first == second


def test_a_revoked_token_is_worthless_and_only_its_application_revokes_it(visitor, mastodon, client):
    token = visitor.token(visitor.code()).json()["access_token"]
    other = Visitor(visitor.client)
    for app, status in ((other.app, 403), (visitor.app, 200), (visitor.app, 200)):
        asked = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": token}
        assert visitor.client.post("/oauth/revoke", data=asked).status_code == status
    assert client(mastodon, token).get("/api/v1/accounts/verify_credentials").status_code == 401


def test_a_forgotten_application_is_unknown_everywhere(visitor):
    code = visitor.code()
    assert visitor.client.delete("/_sandbox/apps").status_code == 200
    assert visitor.page().status_code == 401
    assert visitor.token(code).json()["error"] == "invalid_client"


def test_metadata_name_its_own_addresses_or_are_not_there(visitor, mastodon):
    told = visitor.client.get("/.well-known/oauth-authorization-server").json()
    addresses = [value for name, value in told.items() if name.endswith("_endpoint")]
    assert addresses
    assert all(one.startswith(f"{mastodon.address}/") for one in addresses)
    visitor.client.put("/_sandbox/modes", json={"discovery": "none"})
    assert visitor.client.get("/.well-known/oauth-authorization-server").status_code == 404


def test_what_is_typed_into_the_page_is_only_text(visitor):
    assert "<script>" not in visitor.page(state="<script>alert(1)</script>").text
    assert "<script>" not in visitor.client.get("/oauth/authorize/native", params={"code": "<script>"}).text
