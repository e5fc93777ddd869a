"""Logins elsewhere: a person's way to an identity provider and back, and which person that is.

A person is what the provider calls her, never her mail address (threat B18): first linked by herself, who is logged in,
or by an invitation. Each way belongs to one browser and one provider, lasts ten minutes, and is used up before anything
is asked of the provider (B15, B16). Roles by groups come from listed pairs alone, and go when the group does (B19).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import structlog
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaigns import entry_links, group_roles, id_tokens, tickets
from campaigns.id_tokens import Claims, TokenRefused
from campaigns.organisations import NotFound
from campaigns.providers import Provider
from campaigns.sessions import FRESH
from campaigns.store import Credential, EntryLink, Identity, Person, Store
from connectors import oidc
from connectors.errors import ConnectorError
from connectors.secret import Secret
from connectors.wire import Wire

LIFE = timedelta(minutes=10)
INVITING = ("invitation", "first_admin")
"""Links that a login can accept."""
Purpose = Literal["login", "again", "link", "invitation"]
log = structlog.get_logger()


class NotIn(Exception):
    """The way in goes no further; the code says why, in words that name nobody."""

    code = "entry.not_taken"


class WayOver(NotIn):
    """What came back belongs to no way that began in this browser at this provider, or comes too late or twice."""

    code = "entry.way_over"


class ProviderAway(NotIn):
    """The provider does not answer, or not as one."""

    code = "entry.provider_away"


class NotTaken(NotIn):
    """The provider let nobody in, or somebody whom we do not take from there."""

    code = "entry.not_taken"


class UnknownThere(NotIn):
    """The login is good, and is nobody's here."""

    code = "entry.unknown_there"


class OtherPerson(NotIn):
    """The login is good, and is somebody else's here."""

    code = "entry.other_person"


class NoSecondFactor(NotIn):
    """The provider does not say that a second factor was given just now."""

    code = "entry.no_second_factor"


class InvitationOver(NotIn):
    """The invitation that the login was to accept opens nothing (any more)."""

    code = "entry.invitation_over"


class NotHers(NotIn):
    """The invitation was sent to somebody else, or to somebody who can log in already and has to."""

    code = "entry.not_hers"


@dataclass(frozen=True, slots=True)
class Errand:
    """Why somebody goes to a provider."""

    purpose: Purpose
    target: str = "/"
    person_id: int | None = None
    """Who must come back, where she is logged in already."""
    invitation: str = ""
    """Token of the invitation that the login is to accept."""


@dataclass(frozen=True, slots=True)
class Porch:
    """Where people go out to a provider and come back."""

    store: Store
    wire: Wire
    provider: Provider
    redirect: str
    """The one address that this provider leads back to."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came back from a provider, and is who she says."""

    person_id: int
    purpose: Purpose
    target: str
    how: str
    factor_at: datetime | None
    """When she gave a second factor, if that is told and fresh."""


def begin(porch: Porch, errand: Errand, browser: Secret, *, now: datetime) -> str:
    """Return the address of the provider's page; `browser` is what only this browser has.

    What proves that the answer is ours is derived from it, so that no copy of the store can answer (RFC 7636).

    Raises: ProviderAway; InvitationOver.
    """
    provider = porch.provider
    description = _description(porch)
    nonce = secrets.token_urlsafe(32)
    details: dict[str, object] = {
        "provider": provider.key, "browser": tickets.digest(browser.reveal()), "redirect": porch.redirect,
        "nonce": nonce, "purpose": errand.purpose, "target": errand.target, "began": now.isoformat(),
    }  # fmt: skip
    with porch.store.system() as session:
        if errand.invitation:
            link = entry_links.find(session, errand.invitation, *INVITING, now=now)
            if link is None:
                raise InvitationOver
            details["invitation"] = link.id
        state = tickets.issue(session, "way", LIFE, now=now, person_id=errand.person_id, details=details)
    return oidc.authorise(
        description, client=provider.client_id, redirect=porch.redirect, scopes=provider.scopes, state=state,
        nonce=nonce, challenge=create_s256_code_challenge(_verifier(browser, state).reveal()),
        anew=errand.purpose == "again",
    )  # fmt: skip


def finish(
    porch: Porch, browser: Secret, *, state: str, code: Secret | None, issuer: str | None,
    person_id: int | None, now: datetime,
) -> Arrival:  # fmt: skip
    """Return who came back; `person_id` is who is logged in in this browser, `issuer` the `iss` that came along.

    Raises: WayOver; ProviderAway; NotTaken; UnknownThere; OtherPerson; NoSecondFactor; InvitationOver;
    NotHers.
    """
    with porch.store.system() as session:
        stub = tickets.spend(session, "way", state, now=now)
    if stub is None or not _is_this_way(porch, stub.details, browser):
        raise WayOver
    if stub.person_id is not None and stub.person_id != person_id:
        raise WayOver
    if issuer is not None and issuer not in porch.provider.issuers:
        raise WayOver
    if code is None:
        raise NotTaken
    verifier = _verifier(browser, Secret(state))
    claims = _claims(porch, code, verifier, str(stub.details["nonce"]), now)
    if issuer is not None and issuer != claims.issuer:
        raise WayOver
    factor = claims.second_factor_at
    if factor is not None and now - factor > FRESH:
        factor = None
    if stub.details["purpose"] == "again":
        began = datetime.fromisoformat(str(stub.details["began"]))
        if factor is None or factor < began - id_tokens.LEEWAY:
            raise NoSecondFactor
    with porch.store.system() as session:
        identity = _identity(session, porch.provider, stub, claims, now)
        identity.used_at = now
        group_roles.follow(session, porch.provider, identity, claims, now=now)
        purpose: Purpose = stub.details["purpose"]
        how = f"login at {porch.provider.key}"
        return Arrival(identity.person_id, purpose, str(stub.details["target"]), how, factor)


def linked(store: Store, person_id: int) -> dict[str, datetime | None]:
    """Return the keys of the providers at which a person has a login that is linked, and when each was used."""
    with store.system(write=False) as session:
        mine = select(Identity.provider, Identity.used_at).where(Identity.person_id == person_id)
        return {row[0]: row[1] for row in session.execute(mine.order_by(Identity.id))}


def _identity(
    session: Session, provider: Provider, stub: tickets.Stub, claims: Claims, now: datetime
) -> Identity:
    """Return the linked login, linked now where she who is logged in, or an invitation, says so."""
    found = session.scalar(
        select(Identity)
        .where(Identity.issuer == claims.issuer, Identity.subject == claims.subject)
        .with_for_update()
    )
    purpose: Purpose = stub.details["purpose"]
    if purpose == "invitation":
        return _invited(session, provider, stub, claims, found, now)
    if found is not None:
        if stub.person_id is not None and found.person_id != stub.person_id:
            raise OtherPerson
        return found
    if purpose != "link" or stub.person_id is None:
        raise UnknownThere
    return _link(session, provider, claims, stub.person_id, now)


def _invited(
    session: Session, provider: Provider, stub: tickets.Stub, claims: Claims, found: Identity | None, now: datetime
) -> Identity:  # fmt: skip
    """Accept an invitation: with a login that is its addressee's, or with the first one that she ever has here."""
    link = session.get(EntryLink, int(stub.details["invitation"]), with_for_update=True)
    if link is None or link.used_at is not None or link.ends_at <= now:
        raise InvitationOver
    hers = Person.mail == link.mail if link.person_id is None else Person.id == link.person_id
    known = session.scalar(select(Person).where(hers).with_for_update())
    if found is None and known is not None and has_way_in(session, known.id):
        raise NotHers
    if found is not None and (known is None or known.id != found.person_id):
        raise NotHers
    try:
        person = entry_links.accept(session, link, now=now)
    except NotFound:
        raise InvitationOver from None
    return found or _link(session, provider, claims, person.id, now)


def has_way_in(session: Session, person_id: int) -> bool:
    """Return whether a person can log in already: then nobody sets up another way for her but she herself."""
    own = select(Credential.id).where(Credential.person_id == person_id)
    elsewhere = select(Identity.id).where(Identity.person_id == person_id)
    return session.scalar(own) is not None or session.scalar(elsewhere.limit(1)) is not None


def _link(session: Session, provider: Provider, claims: Claims, person_id: int, now: datetime) -> Identity:
    made = Identity(
        person_id=person_id,
        provider=provider.key,
        issuer=claims.issuer,
        subject=claims.subject,
        linked_at=now,
    )
    session.add(made)
    session.flush()
    return made


def _is_this_way(porch: Porch, details: Mapping[str, Any], browser: Secret) -> bool:
    return (
        bool(browser)
        and details["provider"] == porch.provider.key
        and details["redirect"] == porch.redirect
        and hmac.compare_digest(str(details["browser"]), tickets.digest(browser.reveal()))
    )


def _verifier(browser: Secret, state: Secret) -> Secret:
    made = hmac.new(browser.reveal().encode(), f"verifier {state.reveal()}".encode(), hashlib.sha256)
    return Secret(base64.urlsafe_b64encode(made.digest()).decode().rstrip("="))


def _description(porch: Porch) -> oidc.Description:
    provider = porch.provider
    try:
        return oidc.describe(porch.wire, provider.issuer, provider.description, provider.own_hosts)
    except ConnectorError as error:
        log.warning("provider_away", provider=provider.key, error=error.code, why=error.diagnostic)
        raise ProviderAway from None


def _claims(porch: Porch, code: Secret, verifier: Secret, nonce: str, now: datetime) -> Claims:
    provider = porch.provider
    description = _description(porch)
    try:
        token = oidc.exchange(
            porch.wire, description, provider.own_hosts, client=provider.client_id, secret=provider.secret(),
            code=code, verifier=verifier, redirect=porch.redirect,
        )  # fmt: skip
        keys = oidc.keys(porch.wire, description, provider.own_hosts)
    except ConnectorError as error:
        log.warning("provider_away", provider=provider.key, error=error.code, why=error.diagnostic)
        raise ProviderAway from None
    try:
        return id_tokens.judge(provider, token.reveal(), keys, nonce=nonce, now=now)
    except TokenRefused as refused:
        log.warning("token_refused", provider=provider.key, reason=refused.reason)
        raise NotTaken from None
