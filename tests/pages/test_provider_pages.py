"""Logging in at an identity provider, on the pages (threats B7, B15, B16, B18, B21)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from entering import ADVISER, COUNTY, invitation
from fastapi import FastAPI
from identity_provider import IdentityProvider, identity_provider
from visitor import Visitor, words_of
from world import World

from campaigns.store import Identity, Person, Ticket
from web.app import make_web


@pytest.fixture
def idp(world: World, tmp_path: Path) -> Iterator[IdentityProvider]:
    with identity_provider(lambda: world.now, tmp_path) as made:
        yield made


@pytest.fixture
def web(world: World, idp: IdentityProvider, tmp_path: Path) -> FastAPI:
    """The pages, with two providers that lead to the same one."""
    listed = [json.loads(idp.listing(key).model_dump_json()) for key in ("idp", "other")]
    path = tmp_path / "oidc.json"
    path.write_text(json.dumps({"providers": listed}))
    settings = world.settings.model_copy(update={"oidc_file": path})
    return make_web(settings, world.store, now=lambda: world.now)


def back(idp: IdentityProvider, visitor: Visitor, address: str, key: str = "idp", **more: str):
    """Come back from the provider in this browser."""
    brought = idp.let_in(address) | more
    query = "&".join(f"{name}={quote(value)}" for name, value in brought.items())
    return visitor.get(f"/login/with/{key}/back?{query}")


def link(idp: IdentityProvider, web: FastAPI, mail: str = ADVISER) -> Visitor:
    """Link what the provider says to somebody who is logged in, on her own page."""
    visitor = Visitor(web, mail)
    page = visitor.get("/me/logins")
    assert "Link to Kommunen" in words_of(page)
    out = visitor.post("/me/logins", {"provider": "idp"})
    address = re.search(r'href="(http://127[^"]+authorise[^"]+)"', out.text)
    assert address is not None
    done = visitor.follow(back(idp, visitor, address[1].replace("&amp;", "&")))
    assert "The login is linked to your account." in words_of(done)
    return visitor


def test_a_linked_login_lets_in_and_leads_to_where_one_was_going(idp: IdentityProvider, web: FastAPI) -> None:
    link(idp, web)
    marta = Visitor(web)
    page = marta.get("/login?next=/for/4601/campaigns")
    assert 'href="/login/with/idp?next=/for/4601/campaigns"' in page.text
    marta.cookies["samklang"] = "x" * 43
    out = marta.get("/login/with/idp?next=/for/4601/campaigns")
    done = back(idp, marta, out.headers["location"])
    assert done.headers["location"] == "/for/4601/campaigns"
    assert marta.cookies["samklang"] != "x" * 43
    assert marta.follow(done).status_code == 200


def test_b15_what_comes_back_counts_in_this_browser_once_and_in_time(
    world: World, idp: IdentityProvider, web: FastAPI
) -> None:
    link(idp, web)

    def refused(visitor: Visitor, address: str, **more: str) -> None:
        answer = back(idp, visitor, address, **more)
        assert answer.status_code == 403
        assert "samklang" not in visitor.cookies

    def out() -> tuple[Visitor, str]:
        visitor = Visitor(web)
        return visitor, visitor.get("/login/with/idp").headers["location"]

    refused(Visitor(web), out()[1])
    marta, address = out()
    refused(marta, address, state="x" * 43)
    assert back(idp, marta, address).status_code == 303
    del marta.cookies["samklang"]
    refused(marta, address)
    marta, address = out()
    world.now += timedelta(minutes=10)
    refused(marta, address)
    assert Visitor(web).get("/login/with/idp/back?error=access_denied").status_code == 403


def test_b16_what_began_at_one_provider_ends_at_no_other(idp: IdentityProvider, web: FastAPI) -> None:
    link(idp, web)
    marta = Visitor(web)
    address = marta.get("/login/with/idp").headers["location"]
    assert back(idp, marta, address, "other").status_code == 403
    address = marta.get("/login/with/idp").headers["location"]
    assert back(idp, marta, address, iss="https://evil.example").status_code == 403
    assert marta.get("/login/with/nowhere").status_code == 404
    assert marta.get("/login/with/nowhere/back").status_code == 404


def test_b18_a_login_that_is_nobodys_here_opens_nothing_whatever_address_it_claims(
    world: World, idp: IdentityProvider, web: FastAPI
) -> None:
    idp.change = lambda claims: claims.update(email=ADVISER, email_verified=True)
    marta = Visitor(web)
    answer = back(idp, marta, marta.get("/login/with/idp").headers["location"])
    assert answer.status_code == 403
    assert "belongs to nobody here" in words_of(answer)
    with world.store.system(write=False) as session:
        assert session.query(Identity).all() == []


def test_an_invitation_is_accepted_with_a_providers_login(
    world: World, idp: IdentityProvider, web: FastAPI
) -> None:
    token = invitation(world, "marta@x.example")
    marta = Visitor(web)
    page = marta.follow(marta.get(f"/enter/{token}"))
    assert 'href="/enter/with/idp"' in page.text
    done = back(idp, marta, marta.get("/enter/with/idp").headers["location"])
    assert done.status_code == 303
    assert marta.get("/for/4601").status_code == 200
    with world.store.system(write=False) as session:
        assert session.query(Person).where(Person.mail == "marta@x.example").one().name == "Marta"
    assert marta.get("/enter/with/idp").status_code == 404


def test_b21_one_proves_again_at_the_provider_and_goes_on_with_a_new_session(
    world: World, idp: IdentityProvider, web: FastAPI
) -> None:
    marta = link(idp, web)
    world.now += timedelta(minutes=16)
    marta.get("/me/logins")
    assert marta.post("/me/logins", {"provider": "other"}).status_code == 403
    page = marta.get("/login/again?next=/login/done")
    assert 'href="/login/again/with/idp?next=/login/done"' in page.text
    old = marta.cookies["samklang"]
    address = marta.get("/login/again/with/idp?next=/login/done").headers["location"]
    assert "prompt=login" in address
    assert back(idp, marta, address).headers["location"] == "/login/done"
    assert marta.cookies["samklang"] != old
    marta.get("/me/logins")
    assert marta.post("/me/logins", {"provider": "other"}).status_code == 200


def test_b21_somebody_elses_proof_is_none(world: World, idp: IdentityProvider, web: FastAPI) -> None:
    link(idp, web)
    ingrid = Visitor(web, COUNTY)
    world.now += timedelta(minutes=16)
    address = ingrid.get("/login/again/with/idp").headers["location"]
    assert back(idp, ingrid, address).status_code == 403
    ingrid.get("/me/logins")
    assert ingrid.post("/me/logins", {"provider": "idp"}).status_code == 403


def test_looking_whether_there_is_a_way_sets_nobody_out(
    world: World, idp: IdentityProvider, web: FastAPI
) -> None:
    Visitor(web)._ask("HEAD", "/login/with/idp")
    assert idp.asked == []
    with world.store.system(write=False) as session:
        assert session.query(Ticket).all() == []


def test_a_provider_that_does_not_answer_is_told_as_that(idp: IdentityProvider, web: FastAPI) -> None:
    idp.description = {"issuer": "https://evil.example"}
    answer = Visitor(web).get("/login/with/idp")
    assert answer.status_code == 503
    assert "does not answer" in words_of(answer)
