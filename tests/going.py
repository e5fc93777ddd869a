"""A person's way to an identity provider and back, as tests go it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from entering import ADVISER, person_id
from identity_provider import IdentityProvider
from world import World

from campaigns import identities
from campaigns.identities import Arrival, Errand, Porch
from campaigns.providers import Provider
from connectors.secret import Secret

BACK = "http://127.0.0.1:8046/login/with/idp/back"
TENANT, OTHER_TENANT = "11111111-aaaa-4444-8888-000000000001", "11111111-aaaa-4444-8888-000000000002"
BROWSER = Secret("b" * 43)


def porch(world: World, provider: Provider, redirect: str = BACK) -> Porch:
    return Porch(world.store, world.desk.wire, provider, redirect)


def come(
    world: World, idp: IdentityProvider, errand: Errand = Errand("login"), *, provider: Provider | None = None,
    back: Provider | None = None, browser: Secret = BROWSER, waits: timedelta = timedelta(), person: int | None = None,
    redirect: str = BACK, **more: str,
) -> Arrival:  # fmt: skip
    """Go to the provider and come back, as told."""
    going = provider or idp.listing()
    address = identities.begin(porch(world, going), errand, BROWSER, now=world.now)
    brought = idp.let_in(address) | more
    world.now += waits
    return back_with(world, back or going, brought, browser, person, redirect)


def back_with(
    world: World, provider: Provider, brought: dict[str, str], browser: Secret = BROWSER,
    person: int | None = None, redirect: str = BACK,
) -> Arrival:  # fmt: skip
    return identities.finish(
        porch(world, provider, redirect), browser, state=brought["state"], code=Secret(brought["code"]),
        issuer=brought.get("iss"), person_id=person, now=world.now,
    )  # fmt: skip


def link(world: World, idp: IdentityProvider, mail: str = ADVISER, **more: object) -> None:
    """Link what the provider says now to a person who is logged in."""
    who = person_id(world, mail)
    come(world, idp, Errand("link", person_id=who), person=who, **more)  # type: ignore[arg-type]


def set_to(**values: object) -> Callable[[dict[str, object]], object]:
    def change(claims: dict[str, object]) -> None:
        claims.update(values)
        for name in [name for name, value in claims.items() if value is None]:
            del claims[name]

    return change


def tenants(idp: IdentityProvider, *listed: str, **more: object) -> Provider:
    """Return the provider as one with tenants."""
    idp.description = {"issuer": f"{idp.address}/{{tenantid}}/v2"}
    return idp.listing(
        issuer=f"{idp.address}/{{tenantid}}/v2", discovery=f"{idp.address}/.well-known/openid-configuration",
        tenants=listed or (TENANT,), **more,
    )  # fmt: skip


def of_tenant(idp: IdentityProvider, tenant: str = TENANT, /, **more: object) -> None:
    idp.change = set_to(**{"iss": f"{idp.address}/{tenant}/v2", "tid": tenant, "oid": "oid-of-marta", **more})
