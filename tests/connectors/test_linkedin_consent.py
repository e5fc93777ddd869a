"""LinkedIn's own page: the pages that a person may publish on, and a login that ends where nobody may renew it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from scripted import CANARY, close, reply

from connectors import LinkedIn, Login, LoginLost, NotSent, Refused, Secret
from connectors.linkedin_consent import SCOPE

REDIRECT = "https://samklang.example/accounts/back"
CHOSEN = {"client_id": "4711", "client_secret": CANARY}
APP = {name: Secret(value) for name, value in CHOSEN.items()}
TOKENS = {"access_token": f"a-{CANARY}", "expires_in": 5_184_000, "scope": SCOPE.replace(" ", ",")}
ROLES = [
    {"organization": "urn:li:organization:1", "role": "ADMINISTRATOR"},
    {"organization": "urn:li:organization:2", "role": "CONTENT_ADMINISTRATOR"},
    {"organization": "urn:li:organization:3", "role": "ANALYST"},
]
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.fixture
def linkedin(quick_wire):
    return LinkedIn(quick_wire, CHOSEN)


def exchange(linkedin, server):
    return linkedin.exchange(server.base, REDIRECT, APP, {}, Secret(" code\n"))


def pages(*numbers: int):
    return [
        reply({"id": number, "localizedName": f"Side {number}", "vanityName": f"side-{number}"})
        for number in numbers
    ]


def test_the_page_asks_for_the_same_rights_of_everybody_and_shows_no_secret(linkedin):
    way = linkedin.authorise("https://api.linkedin.com", REDIRECT, linkedin.register("", ""), Secret("state"))
    asked = parse_qs(urlsplit(way.address).query)
    assert way.address.startswith("https://www.linkedin.com/oauth/v2/authorization?")
    assert (asked["scope"], asked["state"], asked["redirect_uri"]) == ([SCOPE], ["state"], [REDIRECT])
    assert CANARY not in way.address


@pytest.mark.parametrize("lacking", ["client_id", "client_secret"])
def test_without_an_application_nobody_is_sent_anywhere(quick_wire, lacking):
    with pytest.raises(Refused, match="no_application"):
        LinkedIn(quick_wire, {**CHOSEN, lacking: ""}).register("", "")


def test_every_page_that_she_may_publish_on_is_offered_and_its_end_is_known(linkedin, server):
    server.then(reply(TOKENS), reply({"elements": ROLES}), *pages(1, 2))
    found = exchange(linkedin, server)
    assert [one.profile.title for one in found] == ["Side 1", "Side 2"]
    assert all(
        abs(one.ends_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=5) for one in found
    )
    assert "refresh_token" not in found[0].secrets
    form = parse_qs(server.seen[0].body.decode())
    assert (form["code"], form["client_secret"]) == (["code"], [CANARY])
    assert server.seen[0].path == "/oauth/v2/accessToken"


def test_a_partners_login_has_no_end(linkedin, server):
    server.then(reply({**TOKENS, "refresh_token": f"r-{CANARY}"}), reply({"elements": ROLES}), *pages(1, 2))
    assert exchange(linkedin, server)[0].ends_at is None


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([reply({"error": "invalid_grant"}, 400)], "connector.code_refused"),
        ([reply({**TOKENS, "scope": "w_organization_social"})], "connector.rights_missing"),
        ([reply(TOKENS), reply({"elements": ROLES[2:]})], "connector.no_page"),
    ],
)
def test_what_is_lacking_is_told_before_anything_is_kept(linkedin, server, answers, code):
    server.then(*answers)
    with pytest.raises(Refused) as caught:
        exchange(linkedin, server)
    assert caught.value.code == code


def login(server, **more: str) -> Login:
    secrets = {"access_token": CANARY, **CHOSEN, **more}
    return Login(server.base, "urn:li:organization:1", {name: Secret(one) for name, one in secrets.items()})


def renewable(server, renew_at: datetime, ends_at: datetime) -> Login:
    return login(server, refresh_token=CANARY, renew_at=renew_at.isoformat(), ends_at=ends_at.isoformat())


def test_a_login_is_renewed_only_where_there_is_something_to_renew_it_with(linkedin, server):
    assert linkedin.renew(login(server), NOW) is None
    assert linkedin.renew(renewable(server, NOW + timedelta(days=1), NOW + timedelta(days=11)), NOW) is None
    assert server.seen == []
    server.then(reply({**TOKENS, "access_token": "next"}))
    fresh = linkedin.renew(renewable(server, NOW, NOW + timedelta(days=10)), NOW)
    assert (fresh["access_token"].reveal(), fresh["refresh_token"].reveal()) == ("next", CANARY)


def test_one_that_cannot_be_renewed_today_is_used_on_until_it_has_ended(linkedin, server):
    server.then(reply({"error": "invalid_request"}, 400), reply({"error": "invalid_request"}, 400), close)
    fresh = linkedin.renew(renewable(server, NOW, NOW + timedelta(days=1)), NOW)
    assert fresh["access_token"].reveal() == CANARY
    assert datetime.fromisoformat(fresh["renew_at"].reveal()) == NOW + timedelta(days=1)
    with pytest.raises(LoginLost):
        linkedin.renew(renewable(server, NOW, NOW), NOW)
    with pytest.raises(NotSent):
        linkedin.renew(renewable(server, NOW, NOW), NOW)


def test_a_login_that_we_got_can_be_given_back(linkedin, server):
    server.then(reply({}))
    assert linkedin.revoke(login(server))
    assert server.seen[0].path == "/oauth/v2/revoke"
    assert not linkedin.revoke(Login(server.base, "x", {"access_token": Secret("a")}))
