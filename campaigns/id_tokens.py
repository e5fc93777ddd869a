"""Whether an identity token is good: signed by its provider, for us, for this way in, now, and of a tenant that is listed.

The three signatures that are taken are asymmetric: none and shared-secret ones do not exist here (threat B17).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from campaigns.providers import TENANT, Provider
from connectors.answers import read_json

ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
"""Signatures that are taken, and the kind of key of each."""
LEEWAY = timedelta(seconds=60)
"""Clocks differ."""
LONGEST = 255
MOST_GROUPS = 500


class TokenRefused(Exception):
    """The token lets nobody in; the reason is for the log, and holds nothing of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    issuer: str
    subject: str
    tenant: str | None
    groups: frozenset[str]
    second_factor_at: datetime | None
    """When she gave a second factor there, as far as is told."""
    name: str


def judge(
    provider: Provider, token: str, keys: Sequence[Mapping[str, object]], *, nonce: str, now: datetime
) -> Claims:
    """Return what a token says, if it is good.

    Raises: TokenRefused.
    """
    claims = _signed(token, keys)
    tenant = _tenant(provider, claims)
    issuer = provider.issuer.replace(TENANT, tenant or "")
    if claims.get("iss") != issuer:
        raise TokenRefused("issuer")
    _must_be_for_us(provider, claims)
    _must_be_now(claims, now)
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise TokenRefused("nonce")
    subject = _word(claims, "oid" if tenant else "sub")
    groups = claims.get(provider.groups_claim)
    listed = groups[:MOST_GROUPS] if isinstance(groups, list) else []
    name = claims.get("name")
    return Claims(
        issuer, subject, tenant, frozenset(one for one in listed if isinstance(one, str)),
        _second_factor(provider, claims, now), name[:120] if isinstance(name, str) else "",
    )  # fmt: skip


def _signed(token: str, keys: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """Return a token's claims, if one of the keys signed it."""
    try:
        obj = jws.extract_compact(token.encode("ascii"))
        header = obj.headers()
        algorithm, wanted = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or "crit" in header:
            raise TokenRefused("algorithm")
        kind = ALGORITHMS[str(algorithm)]
        fitting = [
            one
            for one in keys
            if one.get("kty") == kind
            and one.get("use", "sig") == "sig"
            and one.get("alg", algorithm) == algorithm
            and (wanted is None or one.get("kid") == wanted)
        ]
        if len(fitting) != 1:
            raise TokenRefused("key")
        key = import_key(_public(fitting[0]))
        if not isinstance(key, RSAKey | ECKey):
            raise TokenRefused("key")
        if not jws.validate_compact(obj, key, algorithms=[str(algorithm)]):
            raise TokenRefused("signature")
        claims = read_json(obj.payload)
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenRefused("signature") from None
    if not isinstance(claims, dict):
        raise TokenRefused("claims")
    return claims


def _public(key: Mapping[str, object]) -> dict[str, str | list[str]]:
    names = ("kty", "n", "e", "crv", "x", "y")
    return {name: str(key[name]) for name in names if name in key}


def _tenant(provider: Provider, claims: Mapping[str, object]) -> str | None:
    """Return the tenant, if it is listed; a guest of another tenant is none of its people (threat B17)."""
    if not provider.tenants:
        return None
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or tenant not in provider.tenants:
        raise TokenRefused("tenant")
    home = claims.get("idp")
    if claims.get("acct") not in (None, 0, "0") or (home is not None and tenant not in str(home)):
        raise TokenRefused("guest")
    return tenant


def _must_be_for_us(provider: Provider, claims: Mapping[str, object]) -> None:
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    if provider.client_id not in listed:
        raise TokenRefused("audience")
    party = claims.get("azp")
    if (len(listed) > 1 or party is not None) and party != provider.client_id:
        raise TokenRefused("authorised party")


def _must_be_now(claims: Mapping[str, object], now: datetime) -> None:
    ends, made = _moment(claims, "exp"), _moment(claims, "iat")
    begins = _moment(claims, "nbf") if "nbf" in claims else made
    if ends is None or made is None or begins is None:
        raise TokenRefused("times")
    if ends + LEEWAY <= now or max(made, begins) - LEEWAY > now:
        raise TokenRefused("times")


def _second_factor(provider: Provider, claims: Mapping[str, object], now: datetime) -> datetime | None:
    if provider.second_factor == "never":
        return None
    ways = claims.get("amr")
    if provider.second_factor == "told" and not (isinstance(ways, list) and "mfa" in ways):
        return None
    at = _moment(claims, "auth_time")
    return None if at is None else min(at, now)


def _moment(claims: Mapping[str, object], name: str) -> datetime | None:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 10**11:
        return None
    return datetime.fromtimestamp(value, UTC)


def _word(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST:
        raise TokenRefused(name)
    return value
