"""Connecting an account on the platform's own page: the OAuth code flow with PKCE, as far as it is the same everywhere.

It builds addresses and proofs and sorts the errors that RFC 6749 names. What one platform asks for, and where, stands in
that platform's file; who may come back with which code, once and until when, is a rule and stands outside this room.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from urllib.parse import urlencode

from connectors.answers import Answer
from connectors.endings import failure
from connectors.errors import AppLost, ConnectorError, Refused
from connectors.secret import Secret

SHOWN_CODE = "urn:ietf:wg:oauth:2.0:oob"
"""The redirect address that makes a server show the code, to be typed over, where nobody can be sent back to."""


def new_verifier() -> Secret:
    """Return what only we know behind a consent: 256 random bits as 43 characters (RFC 7636, 4.1)."""
    return Secret(secrets.token_urlsafe(32))


def challenge(verifier: Secret) -> str:
    """Return what the platform may know of a verifier: its S256 digest (RFC 7636, 4.2)."""
    digest = hashlib.sha256(verifier.reveal().encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def consent_address(
    endpoint: str, *, app: str, redirect: str, scope: str, state: Secret, verifier: Secret, **more: str
) -> str:
    """Return the address of the platform's page that asks a person for her yes (RFC 6749, 4.1.1)."""
    asked = {
        "response_type": "code",
        "client_id": app,
        "redirect_uri": redirect,
        "scope": scope,
        "state": state.reveal(),
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        **more,
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def covers(granted: str, wanted: str) -> bool:
    """Return whether the scopes that were granted allow those that are wanted; `read` covers `read:statuses`."""
    have = set(granted.split())
    return all(one in have or one.partition(":")[0] in have for one in wanted.split())


def refusal(answer: Answer, platform: str) -> ConnectorError:
    """Return the error that a token endpoint's answer other than success stands for (RFC 6749, 5.2)."""
    note = f"{answer.host}: status {answer.status} {answer.error_name()}".rstrip()
    known: Mapping[str, ConnectorError] = {
        "invalid_client": AppLost(diagnostic=note, platform=platform),
        "invalid_grant": Refused("connector.code_refused", diagnostic=note, platform=platform),
        "invalid_scope": Refused("connector.scope_refused", diagnostic=note, platform=platform),
    }
    return known.get(answer.error_name()) or failure(answer, platform)
