"""What is asked of an identity provider over the network: its description, its keys, and a token for a code.

Goes through the one door out, to the provider's own hosts alone (threats B16, C5, C8). Believes nothing that comes back:
whether a token is good is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from connectors.addresses import parse
from connectors.answers import Answer
from connectors.errors import ConnectorError, NotSent
from connectors.secret import Secret
from connectors.wire import Wire, WireLimits

LIMITS = WireLimits(connect=5.0, read=10.0, total=15.0, answer=256_000)
"""Somebody waits for it; a set of keys is a few thousand bytes."""
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Description:
    """Where a provider does what."""

    authorise: str
    token: str
    keys: str


def describe(wire: Wire, issuer: str, address: str, hosts: Collection[str]) -> Description:
    """Return a provider's description of itself, which must name the issuer that was expected (threat B16).

    Raises: ConnectorError, also for a description of somebody else or one that leads to other hosts.
    """
    found = _good(wire.call("GET", address, hosts=hosts, limits=LIMITS)).object()
    if found.get("issuer") != issuer:
        host = urlsplit(address).hostname or ""
        raise NotSent("connector.bad_answer", host=host, diagnostic="the description names another issuer")
    places = [
        _place(wire, found.get(f"{one}"), hosts)
        for one in ("authorization_endpoint", "token_endpoint", "jwks_uri")
    ]
    return Description(*places)


def authorise(
    description: Description,
    *,
    client: str,
    redirect: str,
    scopes: Sequence[str],
    state: Secret,
    nonce: str,
    challenge: str,
    anew: bool,
) -> str:
    """Return the address of the page on which a person proves who she is; `anew` asks her again in any case.

    OpenID Connect Core, 3.1.2.1; RFC 7636, 4.3.
    """
    asked = {
        "response_type": "code", "client_id": client, "redirect_uri": redirect, "scope": " ".join(scopes),
        "state": state.reveal(), "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    if anew:
        asked |= {"prompt": "login", "max_age": "0"}
    return f"{description.authorise}{'&' if '?' in description.authorise else '?'}{urlencode(asked)}"


def keys(wire: Wire, description: Description, hosts: Collection[str]) -> list[Mapping[str, object]]:
    """Return the provider's public keys as they come.

    Raises: ConnectorError.
    """
    answer = _good(wire.call("GET", description.keys, hosts=hosts, limits=LIMITS))
    found = answer.object().get("keys")
    if not isinstance(found, list):
        raise answer.unclear("connector.bad_answer", diagnostic="no list of keys")
    return [one for one in found if isinstance(one, dict)]


def exchange(
    wire: Wire,
    description: Description,
    hosts: Collection[str],
    *,
    client: str,
    secret: Secret | None,
    code: Secret,
    verifier: Secret,
    redirect: str,
) -> Secret:
    """Trade a code for an identity token (RFC 6749, 4.1.3; RFC 7636, 4.5).

    Raises: ConnectorError.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code.reveal(),
        "redirect_uri": redirect,
        "client_id": client,
        "code_verifier": verifier.reveal(),
    }
    if secret is not None:
        form["client_secret"] = secret.reveal()
    answer = _good(wire.call("POST", description.token, form=form, hosts=hosts, limits=LIMITS))
    token = answer.object().get("id_token")
    if not isinstance(token, str) or len(token) > 32_000:
        raise answer.unclear("connector.bad_answer", diagnostic="no identity token")
    return Secret(token)


def _good(answer: Answer) -> Answer:
    if not answer.ok:
        name = answer.error_name()
        told = f"status {answer.status} {name}"
        raise NotSent("connector.bad_answer", host=answer.host, diagnostic=told)
    return answer


def _place(wire: Wire, address: object, hosts: Collection[str]) -> str:
    if isinstance(address, str):
        try:
            target = parse(address, allow_private=wire.allow_private)
        except ConnectorError:
            target = None
        if target is not None and target.host in hosts and not urlsplit(address).fragment:
            return address
    raise NotSent("connector.address_foreign", diagnostic="a provider's endpoint lies elsewhere", host="")
