"""Meta's page on which a person lets us in: her rights are looked at before anything is kept, and she chooses a Page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from contract_facts import SHOWN
from scripted import CANARY, reply

from connectors import Facebook, Instagram, Refused, Secret

REDIRECT = "https://samklang.example/accounts/back"
CHOSEN = {"client_id": "4711", "client_secret": CANARY}
APP = {name: Secret(value) for name, value in CHOSEN.items()}


def page(number: str, name: str, **more: object) -> dict[str, object]:
    return {
        "id": number,
        "name": name,
        "access_token": f"page-{number}-{CANARY}",
        "tasks": ["CREATE_CONTENT"],
        **more,
    }


def granted(kind: type[Facebook] | type[Instagram], without: str = "") -> object:
    told = [{"permission": one, "status": "declined" if one == without else "granted"} for one in kind.rights]
    return reply({"data": told})


TOKENS = [reply({"access_token": f"short-{CANARY}"}), reply({"access_token": f"long-{CANARY}"})]


def test_the_page_asks_for_what_is_needed_and_brings_the_state_back(quick_wire):
    facebook = Facebook(quick_wire, CHOSEN)
    app = facebook.register("https://graph.facebook.com", REDIRECT)
    way = facebook.authorise("https://graph.facebook.com", REDIRECT, app, Secret("the-state"))
    address = urlsplit(way.address)
    asked = parse_qs(address.query)
    assert (address.hostname, address.path) == ("www.facebook.com", "/v25.0/dialog/oauth")
    assert asked["scope"] == [",".join(Facebook.rights)]
    assert (asked["state"], asked["redirect_uri"]) == (["the-state"], [REDIRECT])
    assert CANARY not in way.address


@pytest.mark.parametrize("lacking", ["client_id", "client_secret"])
def test_without_an_application_of_the_operators_nobody_is_sent_anywhere(quick_wire, lacking):
    with pytest.raises(Refused, match="no_application"):
        Facebook(quick_wire, {**CHOSEN, lacking: ""}).register("https://graph.facebook.com", REDIRECT)


def test_a_consent_reaches_several_pages_each_with_its_own_token(quick_wire, server):
    pages = [page("1", "Voss herad"), page("2", "Voss bibliotek"), page("3", "Ei anna", tasks=["ANALYZE"])]
    server.then(*TOKENS, granted(Facebook), reply({"data": pages}))
    found = Facebook(quick_wire, CHOSEN).exchange(server.base, REDIRECT, APP, {}, Secret("the-code"))
    assert [one.profile.title for one in found] == ["Voss herad", "Voss bibliotek"]
    assert found[1].secrets["access_token"].reveal() == f"page-2-{CANARY}"
    assert all("the-code" not in one.path and CANARY not in one.path for one in server.seen)
    assert b"fb_exchange_token" in server.seen[1].body


def test_rights_that_were_unticked_are_named_and_nothing_is_asked_further(quick_wire, server):
    server.then(*TOKENS, granted(Facebook, without="read_insights"))
    with pytest.raises(Refused) as caught:
        Facebook(quick_wire, CHOSEN).exchange(server.base, REDIRECT, APP, {}, Secret("code"))
    assert (caught.value.code, caught.value.values["rights"]) == ("connector.rights_missing", "read_insights")
    assert len(server.seen) == 3


def test_a_code_that_is_spent_and_a_person_without_pages_are_told(quick_wire, server):
    facebook = Facebook(quick_wire, CHOSEN)
    server.then(reply({"error": {"code": 100, "error_subcode": 36009}}, 400))
    with pytest.raises(Refused, match="code_refused"):
        facebook.exchange(server.base, REDIRECT, APP, {}, Secret("code"))
    server.then(*TOKENS, granted(Facebook), reply({"data": []}))
    with pytest.raises(Refused, match="no_page"):
        facebook.exchange(server.base, REDIRECT, APP, {}, Secret("code"))


def test_only_pages_with_an_account_are_offered_for_it(quick_wire, server):
    linked = {"instagram_business_account": {"id": "17841", "username": "vossherad"}}
    pages = [page("1", "Voss herad", **linked), page("2", "Voss bibliotek")]
    server.then(
        *TOKENS, granted(Instagram), reply({"data": pages}), reply({"id": "17841", "username": "vossherad"})
    )
    instagram = Instagram(quick_wire, CHOSEN, lambda key, picture: SHOWN)
    (found,) = instagram.exchange(server.base, REDIRECT, APP, {}, Secret("code"))
    assert (found.profile.remote_id, found.profile.handle) == ("17841", "@vossherad")
    with pytest.raises(Refused, match="no_public_address"):
        Instagram(quick_wire, CHOSEN).register(server.base, REDIRECT)
