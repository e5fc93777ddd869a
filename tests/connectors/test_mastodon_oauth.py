"""Connecting on Mastodon's own page: what is asked of the server, what of its answers is believed, and what is not."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from scripted import CANARY, ScriptedServer, close, html, redirect, reply

from connectors import (
    AppLost,
    ConnectorError,
    Login,
    LoginLost,
    Mastodon,
    NotSent,
    RateLimited,
    Refused,
    Secret,
)
from connectors.oauth import SHOWN_CODE, challenge, consent_address, covers, new_verifier

LEAST = "profile read:statuses write:statuses write:media"
APP = {"client_id": Secret("us"), "client_secret": Secret(CANARY), "scope": Secret(LEAST)}
ACCOUNT = {"id": "7", "username": "herad", "display_name": "Herad kommune", "followers_count": 812}


def metadata(server: ScriptedServer, **changes: object) -> dict[str, object]:
    return {
        "issuer": f"{server.base}/",
        "authorization_endpoint": f"{server.base}/oauth/authorize",
        "token_endpoint": f"{server.base}/oauth/token",
        "app_registration_endpoint": f"{server.base}/api/v1/apps",
        "revocation_endpoint": f"{server.base}/oauth/revoke",
        "scopes_supported": ["read", "profile"],
        **changes,
    }


def no_metadata():
    return reply({"error": "Not Found"}, 404)


@pytest.fixture
def mastodon(wire) -> Mastodon:
    return Mastodon(wire)


def kept(server: ScriptedServer) -> dict[str, Secret]:
    return {"verifier": Secret("v" * 43), "token_endpoint": Secret(f"{server.base}/oauth/token")}


def form(request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


# Our application


def test_an_application_is_registered_with_the_least_scopes(mastodon, server):
    server.then(reply(metadata(server)), reply({"client_id": "us", "client_secret": CANARY}))
    app = mastodon.register(server.base, SHOWN_CODE)
    assert {name: value.reveal() for name, value in app.items()} == {
        "client_id": "us",
        "client_secret": CANARY,
        "scope": LEAST,
    }
    assert server.seen[1].json() == {"client_name": "Samklang", "redirect_uris": SHOWN_CODE, "scopes": LEAST}


@pytest.mark.parametrize("answer", [no_metadata(), html(200), reply({"error": "x"}, 401)])
def test_a_server_without_metadata_is_met_at_the_fixed_addresses(mastodon, server, answer):
    server.then(answer, reply({"client_id": "us", "client_secret": "s"}))
    assert mastodon.register(server.base, SHOWN_CODE)["scope"].reveal().startswith("read:accounts ")
    assert server.seen[1].path == "/api/v1/apps"


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        (reply({"error": "x"}, 404), Refused, "connector.other_platform"),
        (reply({"error": "x"}, 422), Refused, "connector.scope_refused"),
        (reply({"error": "x"}, 429), RateLimited, "connector.rate_limited"),
        (reply({"client_id": "us"}), NotSent, "connector.bad_answer"),
        (html(500), NotSent, "connector.no_answer"),
        (close, NotSent, "connector.no_answer"),
    ],
)
def test_a_registration_that_fails_says_why(mastodon, server, answer, expected, code):
    server.then(no_metadata(), answer)
    with pytest.raises(expected) as caught:
        mastodon.register(server.base, SHOWN_CODE)
    assert caught.value.code == code


# Metadata are hostile input (threat C5)


@pytest.mark.parametrize(
    "name",
    [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "app_registration_endpoint",
        "revocation_endpoint",
    ],
)
@pytest.mark.parametrize("how", ["other host", "other port", "user", "javascript", "number", "none"])
def test_metadata_that_point_elsewhere_are_refused_and_nothing_is_sent_there(mastodon, server, name, how):
    with ScriptedServer() as other:
        foreign = {
            "other host": "https://evil.example/oauth/token",
            "other port": f"{other.base}/oauth/token",
            "user": f"{server.base}@evil.example/oauth/token",
            "javascript": "javascript:alert(1)",
            "number": 7,
            "none": None,
        }[how]
        server.then(reply(metadata(server, **{name: foreign})))
        with pytest.raises(Refused) as caught:
            mastodon.authorise(server.base, SHOWN_CODE, APP, Secret("state"))
        assert caught.value.code == "connector.address_foreign"
        assert other.seen == []
    assert len(server.seen) == 1


def test_a_token_endpoint_that_was_kept_is_judged_again(mastodon, server):
    with ScriptedServer() as other:
        foreign = {**kept(server), "token_endpoint": Secret(f"{other.base}/oauth/token")}
        with pytest.raises(Refused):
            mastodon.exchange(server.base, SHOWN_CODE, APP, foreign, Secret("code"))
        assert other.seen == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (html(503), NotSent),
        (reply({}, 429), RateLimited),
        (redirect("https://evil.example/", 301), LoginLost),
    ],
)
def test_metadata_that_did_not_come_are_not_taken_for_none(mastodon, server, answer, expected):
    server.then(answer)
    with pytest.raises(expected):
        mastodon.authorise(server.base, SHOWN_CODE, APP, Secret("state"))


# The page


def test_the_page_is_asked_with_a_challenge_and_never_with_its_verifier(mastodon, server):
    server.then(reply(metadata(server)), reply({"access_token": "ours", "token_type": "Bearer"}))
    way = mastodon.authorise(server.base, SHOWN_CODE, APP, Secret("state"))
    asked = {name: values[0] for name, values in parse_qs(urlsplit(way.address).query).items()}
    assert way.address.startswith(f"{server.base}/oauth/authorize?")
    assert asked == {
        "response_type": "code",
        "client_id": "us",
        "redirect_uri": SHOWN_CODE,
        "scope": LEAST,
        "state": "state",
        "code_challenge": challenge(way.kept["verifier"]),
        "code_challenge_method": "S256",
        "force_login": "true",
    }
    assert way.kept["verifier"].reveal() not in way.address
    assert CANARY not in way.address


def test_a_server_that_no_longer_knows_us_is_found_out_before_a_person_is_sent_there(mastodon, server):
    server.then(no_metadata(), reply({"error": "invalid_client"}, 401))
    with pytest.raises(AppLost):
        mastodon.authorise(server.base, SHOWN_CODE, APP, Secret("state"))
    assert form(server.seen[1])["grant_type"] == "client_credentials"


def test_a_server_without_tokens_for_applications_is_believed_to_know_us(mastodon, server):
    for answer in (
        reply({"error": "unsupported_grant_type"}, 400),
        reply({"error": "unauthorized_client"}, 401),
    ):
        server.then(no_metadata(), answer)
        assert mastodon.authorise(server.base, SHOWN_CODE, APP, Secret("state")).address


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(reply({"error": "invalid_scope"}, 400), Refused), (html(502), NotSent), (reply({}, 429), RateLimited)],
)
def test_a_server_that_will_not_have_us_now_is_told(mastodon, server, answer, expected):
    server.then(no_metadata(), answer)
    with pytest.raises(expected):
        mastodon.authorise(server.base, SHOWN_CODE, APP, Secret("state"))


# The code


def test_a_code_is_traded_for_the_login_of_whoever_said_yes(mastodon, server):
    token = {"access_token": CANARY, "token_type": "bearer", "scope": LEAST}
    server.then(reply(token), reply(ACCOUNT), reply({"configuration": {}}))
    (connected,) = mastodon.exchange(server.base, SHOWN_CODE, APP, kept(server), Secret(" code\n"))
    assert (connected.profile.remote_id, connected.profile.followers) == ("7", 812)
    assert set(connected.secrets) == {"access_token", "client_id", "client_secret"}
    assert form(server.seen[0]) == {
        "grant_type": "authorization_code",
        "code": "code",
        "redirect_uri": SHOWN_CODE,
        "code_verifier": "v" * 43,
        "client_id": "us",
        "client_secret": CANARY,
    }
    assert "authorization" not in server.seen[0].headers


@pytest.mark.parametrize(
    ("answer", "expected", "code"),
    [
        (reply({"error": "invalid_grant"}, 400), Refused, "connector.code_refused"),
        (reply({"error": "invalid_client"}, 401), AppLost, "connector.app_lost"),
        (reply({"error": "invalid_scope"}, 400), Refused, "connector.scope_refused"),
        (reply({"error": "x"}, 429), RateLimited, "connector.rate_limited"),
        (reply({"access_token": CANARY, "token_type": "mac"}), NotSent, "connector.bad_answer"),
        (reply({"token_type": "Bearer"}), NotSent, "connector.bad_answer"),
        (reply([]), NotSent, "connector.bad_answer"),
        (close, NotSent, "connector.no_answer"),
        (html(500), NotSent, "connector.no_answer"),
    ],
)
def test_a_code_that_gives_no_login_says_why_and_leaks_nothing(
    mastodon, server, leaks, answer, expected, code
):
    server.then(answer)
    with pytest.raises(ConnectorError) as caught:
        mastodon.exchange(server.base, SHOWN_CODE, APP, kept(server), Secret(CANARY))
    assert (type(caught.value), caught.value.code) == (expected, code)
    assert not leaks(caught.value)


def test_a_login_with_too_few_rights_is_given_back(mastodon, server):
    token = {"access_token": CANARY, "token_type": "Bearer", "scope": "profile read"}
    server.then(reply(token), no_metadata(), reply({}))
    with pytest.raises(Refused) as caught:
        mastodon.exchange(server.base, SHOWN_CODE, APP, kept(server), Secret("code"))
    assert caught.value.code == "connector.scope_refused"
    assert (server.seen[2].path, form(server.seen[2])["token"]) == ("/oauth/revoke", CANARY)


# Giving a login back


def test_a_login_of_our_application_is_revoked_and_a_pasted_one_is_not(mastodon, server):
    ours = Login(server.base, "7", {"access_token": Secret("t"), **APP})
    server.then(no_metadata(), reply({}), no_metadata(), reply({"error": "unauthorized_client"}, 403))
    assert mastodon.revoke(ours)
    assert not mastodon.revoke(ours)
    assert not mastodon.revoke(Login(server.base, "7", {"access_token": Secret("t")}))
    assert len(server.seen) == 4
    server.then(no_metadata(), html(503))
    with pytest.raises(NotSent):
        mastodon.revoke(ours)


# What is the same on every platform


def test_a_challenge_is_the_one_of_the_standard():
    # RFC 7636, appendix B
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_verifier_is_as_long_as_the_standard_wants_and_never_the_same():
    made = {new_verifier().reveal() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 43 for one in made)


def test_a_query_that_an_endpoint_has_already_stays():
    named = {"app": "a", "redirect": "r", "scope": "s", "state": Secret("x"), "verifier": Secret("v")}
    assert "?lang=nn&response_type=code" in consent_address("https://s.example/a?lang=nn", **named)


@pytest.mark.parametrize(
    ("granted", "wanted", "enough"),
    [
        ("read write profile", LEAST, True),
        (LEAST, LEAST, True),
        ("profile read:statuses write:statuses", LEAST, False),
        ("", LEAST, False),
        ("readwrite", "read:statuses", False),
    ],
)
def test_a_wide_scope_covers_its_parts(granted, wanted, enough):
    assert covers(granted, wanted) is enough
