"""Mastodon's OAuth as values: scopes and what they allow, the metadata document, and the proof that is behind a code.

Pure. The addresses that give out codes and tokens are in `sandbox.mastodon_login`.
"""

from __future__ import annotations

import base64
import hashlib

from sandbox.exchange import Doc

SCOPES = (
    *("read", "profile", "write", "follow", "push"),
    *(
        "read:accounts",
        "read:statuses",
        "read:notifications",
        "write:accounts",
        "write:media",
        "write:statuses",
    ),
)
"""Those a 4.6 server has, as far as the stand-in has anything to do with them."""
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect address that stands for "show the code to the person"."""
CODE_LIFE = 600.0
"""Seconds in which a code has to be used: Doorkeeper's default."""


def may(scopes: list[str], method: str, path: str) -> bool:
    """Return whether a token with these scopes may make this call."""
    if "/accounts/verify_credentials" in path:
        return any(one in scopes for one in ("profile", "read", "read:accounts"))
    area = "media" if "/media" in path else "statuses"
    right = "read" if method in ("GET", "HEAD") and area == "statuses" else "write"
    return right in scopes or f"{right}:{area}" in scopes


def known(scopes: str) -> bool:
    """Return whether these are scopes of the server, at least one."""
    asked = scopes.split()
    return bool(asked) and set(asked) <= set(SCOPES)


def within(scopes: str, registered: str) -> bool:
    """Return whether an application that was registered with some scopes may ask for these."""
    have = registered.split()
    return all(one in have or one.partition(":")[0] in have for one in scopes.split())


def proves(verifier: str, challenge: str) -> bool:
    """Return whether a verifier is the one behind an S256 challenge (RFC 7636, 4.6); no challenge asks for none."""
    if not challenge:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def document(address: str) -> Doc:
    """Return the document of RFC 8414 as a 4.6 server has it."""
    return {
        "issuer": f"{address}/",
        "authorization_endpoint": f"{address}/oauth/authorize",
        "token_endpoint": f"{address}/oauth/token",
        "revocation_endpoint": f"{address}/oauth/revoke",
        "userinfo_endpoint": f"{address}/oauth/userinfo",
        "app_registration_endpoint": f"{address}/api/v1/apps",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "fragment", "form_post"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "code_challenge_methods_supported": ["S256"],
    }
