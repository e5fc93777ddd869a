"""Identity tokens that let nobody in, the file of providers, and a provider of another house (threat B17)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from entering import ADVISER, person_id
from going import BROWSER, OTHER_TENANT, TENANT, back_with, come, link, of_tenant, porch, set_to, tenants
from identity_provider import STRANGER, IdentityProvider, shared_secret, signed, unsigned
from ports import free_ports
from sqlalchemy import select
from world import World

from campaigns import identities, providers
from campaigns.identities import Errand, NotTaken
from campaigns.providers import Provider
from campaigns.settings import SettingsProblem
from campaigns.store import Identity

# -- the token


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "somebody-else"}, {"aud": None}, {"aud": ["samklang-client", "x"]}, {"azp": "x"}, {"nonce": "other"},
        {"nonce": None}, {"iss": "https://evil.example"}, {"iss": None}, {"sub": None}, {"sub": ""}, {"sub": 7},
        {"sub": "x" * 256}, {"exp": 1}, {"exp": None}, {"exp": "9999999999"}, {"exp": True}, {"iat": 10**10},
        {"nbf": 10**10}, {"iat": None},
    ],
)  # fmt: skip
def test_b17_a_token_that_is_not_for_us_and_now_lets_nobody_in(
    world: World, idp: IdentityProvider, change: dict[str, object]
) -> None:
    link(world, idp)
    idp.change = set_to(**change)
    with pytest.raises(NotTaken):
        come(world, idp)


@pytest.mark.parametrize(
    "sign",
    [
        unsigned, shared_secret, lambda claims: signed(claims, key=STRANGER), lambda claims: signed(claims, "RS384"),
        lambda claims: signed(claims, kid="unknown"), lambda claims: signed(claims)[:-4] + "AAAA", lambda claims: "a.b.c",
        lambda claims: "..", lambda claims: "æ.ø.å", lambda claims: signed({**claims, "sub": float("nan")}),
        lambda claims: signed(claims, key=STRANGER, jwk=STRANGER.as_dict(private=False)),  # type: ignore[arg-type]
        lambda claims: signed(claims, key=STRANGER, jku="https://evil.example/keys"),
    ],
)  # fmt: skip
def test_b17_a_signature_that_is_not_the_providers_lets_nobody_in(
    world: World, idp: IdentityProvider, sign: Callable[[dict[str, object]], str]
) -> None:
    link(world, idp)
    idp.sign = sign
    with pytest.raises(NotTaken):
        come(world, idp)


def test_b17_a_key_that_is_meant_for_something_else_or_stands_twice_is_no_key(
    world: World, idp: IdentityProvider
) -> None:
    link(world, idp)
    usual = idp.keys
    for keys in (
        [{**usual[0], "use": "enc"}], [{**usual[0], "alg": "RS512"}], [usual[0], usual[0]], [], ["x"],
        [{"kty": "RSA", "kid": "rsa"}], [{"kty": "oct", "k": "AAAA", "kid": "rsa"}],
    ):  # fmt: skip
        idp.keys = keys  # type: ignore[assignment]
        with pytest.raises(NotTaken):
            come(world, idp)


def test_b17_a_listed_tenants_people_come_in_by_tenant_and_object(
    world: World, idp: IdentityProvider
) -> None:
    provider = tenants(idp)
    of_tenant(idp)
    link(world, idp, provider=provider)
    of_tenant(idp, sub="another-one-for-each-application")
    assert come(world, idp, provider=provider).person_id == person_id(world)
    come(world, idp, provider=provider, iss=f"{idp.address}/{TENANT}/v2")
    with world.store.system(write=False) as session:
        row = session.scalars(select(Identity)).one()
        assert (row.issuer, row.subject) == (f"{idp.address}/{TENANT}/v2", "oid-of-marta")


@pytest.mark.parametrize(
    ("tenant", "more"),
    [
        (OTHER_TENANT, {}), ("", {}), (TENANT, {"tid": None}), (TENANT, {"oid": None}), (TENANT, {"acct": 1}),
        (TENANT, {"idp": f"https://sts.windows.example/{OTHER_TENANT}/"}), (TENANT, {"iss": "{tenantid}"}),
        (TENANT, {"idp": "live.com"}), (TENANT, {"tid": [TENANT]}), (TENANT, {"tid": OTHER_TENANT}),
    ],
)  # fmt: skip
def test_b17_an_unlisted_tenant_and_a_guest_are_refused(
    world: World, idp: IdentityProvider, tenant: str, more: dict[str, object]
) -> None:
    provider = tenants(idp)
    of_tenant(idp)
    link(world, idp, provider=provider)
    of_tenant(idp, tenant, **more)
    with pytest.raises(NotTaken):
        come(world, idp, provider=provider)


# -- the file


def test_the_file_names_providers_and_a_slip_in_it_is_told_without_its_values(tmp_path: Path) -> None:
    path = tmp_path / "oidc.yaml"
    (tmp_path / "secret").write_text("s3cret\n")
    good = """
providers:
  - key: ansatt
    title: Ansattporten
    issuer: https://login.example.no
    client_id: abc
    client_secret_file: secret
"""
    path.write_text(good)
    found = providers.read_providers(path)["ansatt"]
    assert found.description == "https://login.example.no/.well-known/openid-configuration"
    assert found.own_hosts == {"login.example.no"}
    secret = found.secret()
    assert secret is not None
    assert secret.reveal() == "s3cret"
    for slip, told in (
        ("    extra: s3cret-value", "extra"), ("    tenants: [a]\n    roles: [{group: g, organisation: x, role: admin}]", "tenant"),
        ("    scopes: [profile]", "openid"), ("    discovery: http://login.example.no/x", "https"),
        ("    roles: [{group: g, organisation: x, role: king}]", "roles"),
    ):  # fmt: skip
        path.write_text(good + slip + "\n")
        with pytest.raises(SettingsProblem, match=told) as raised:
            providers.read_providers(path)
        assert "s3cret" not in str(raised.value)
    for text_ in ("providers: [", "- x", "providers: 7", good.replace("secret\n", "nowhere\n"), good + good.partition("\n")[2].partition("\n")[2]):  # fmt: skip
        path.write_text(text_)
        with pytest.raises(SettingsProblem):
            providers.read_providers(path)
    assert providers.read_providers(None) == {}


# -- a judge of another house


def _listens(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
    raise TimeoutError


@pytest.fixture
def mock(world: World) -> Iterator[str]:
    """An identity provider of other people's making, in a process of its own, in the real present."""
    port = free_ports()
    server = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    world.now = datetime.now(UTC)
    try:
        _listens(port)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=10)


def test_a_provider_of_another_house_lets_its_people_in(world: World, mock: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("any")
    provider = Provider(key="idp", title="Mock", issuer=mock, client_id="samklang", client_secret_file=secret)
    mine = porch(world, provider)
    claims = {"claims": {"name": "Marta", "email": ADVISER}}
    assert httpx.put(f"{mock}/users/marta", json=claims).status_code < 300
    who = person_id(world)
    for errand, logged_in in ((Errand("link", person_id=who), who), (Errand("login"), None)):
        address = identities.begin(mine, errand, BROWSER, now=world.now)
        answer = httpx.post(address, data={"sub": "marta"})
        brought = {name: one[0] for name, one in parse_qs(urlsplit(answer.headers["location"]).query).items()}
        world.now = datetime.now(UTC)
        assert back_with(world, provider, brought, person=logged_in).person_id == who
