"""Mastodon's own page on which a person lets us in: our application at each server, the code, the token, giving it back.

The third file of this platform. Facts from the API documentation and the server's source (4.3 to 4.7), read 2026-11:
servers before 4.3, and most compatible ones, have no metadata document, and then the fixed addresses hold. A token
lives until somebody revokes it; there is nothing to renew. Whatever an answer points to must lie on the typed server
itself (threat C5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from connectors import oauth
from connectors.addresses import parse
from connectors.answers import Answer, line, mapping
from connectors.base import App, Authorisation, Connected, Connector, Login
from connectors.endings import failure
from connectors.errors import AppLost, NotSent, Refused
from connectors.mastodon_status import APPLICATION
from connectors.secret import Secret

_METADATA = "/.well-known/oauth-authorization-server"  # RFC 8414; from 4.3 on
_WORK = ("read:statuses", "write:statuses", "write:media")
"""The least that publishing, counting and removing need; `read:notifications` is not used."""


@dataclass(frozen=True, slots=True)
class _Endpoints:
    """Where a server does what, all of it on the server itself."""

    authorise: str
    token: str
    register: str
    revoke: str
    scope: str
    """What we ask for, separated by spaces."""


class MastodonConsent(Connector):
    """The part of the connector that connects on the server's own page."""

    asks_consent: ClassVar[bool] = True
    shown_code: ClassVar[str | None] = oauth.SHOWN_CODE

    def register(self, base: str, redirect: str) -> App:
        """Register our application at a server; it allows five an hour and address, so it is done once."""
        endpoints = self._endpoints(base)
        asked = {"client_name": APPLICATION, "redirect_uris": redirect, "scopes": endpoints.scope}
        answer = self._ask("POST", base, endpoints.register, json=asked)
        if answer.status in (404, 405, 501):
            raise Refused("connector.other_platform", diagnostic=_note(answer), platform=self.title)
        if answer.status in (400, 422):
            raise Refused("connector.scope_refused", diagnostic=_note(answer), platform=self.title)
        if not answer.ok:
            raise failure(answer, self.title, scope="instance")
        given = answer.object()
        app = {
            "client_id": line(given.get("client_id")),
            "client_secret": line(given.get("client_secret")),
            "scope": endpoints.scope,
        }
        if not all(app.values()):
            raise answer.unclear("connector.bad_answer", diagnostic="no id or secret for an application")
        return {name: Secret(value) for name, value in app.items()}

    def authorise(self, base: str, redirect: str, app: App, state: Secret) -> Authorisation:
        """Return the server's page that asks for a yes, after making sure that it still knows our application.

        The scopes are those of the registration: asking for more is refused.
        """
        endpoints = self._endpoints(base)
        self._make_sure(base, endpoints, app)
        verifier = oauth.new_verifier()
        address = oauth.consent_address(
            endpoints.authorise,
            app=app["client_id"].reveal(),
            redirect=redirect,
            scope=app["scope"].reveal(),
            state=state,
            verifier=verifier,
            force_login="true",  # the browser may be somebody's own: ask as whom
        )
        return Authorisation(address, {"verifier": verifier, "token_endpoint": Secret(endpoints.token)})

    def exchange(
        self, base: str, redirect: str, app: App, kept: Mapping[str, Secret], code: Secret
    ) -> list[Connected]:
        """Trade a code for a token; our application's id and secret stay with it, since only they can revoke it."""
        asked = {
            "grant_type": "authorization_code",
            "code": code.reveal().strip(),
            "redirect_uri": redirect,
            "code_verifier": kept["verifier"].reveal(),
            **_who_we_are(app),
        }
        answer = self._ask("POST", base, kept["token_endpoint"].reveal(), form=asked)
        if not answer.ok:
            raise oauth.refusal(answer, self.title)
        given = answer.object()
        token = line(given.get("access_token"), 8192)
        if not token or line(given.get("token_type")).lower() != "bearer":
            raise answer.unclear("connector.bad_answer", diagnostic="no bearer token")
        secrets = {
            "access_token": Secret(token),
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
        }
        login = Login(base, "", secrets)
        granted = given.get("scope")
        if isinstance(granted, str) and not oauth.covers(granted, app["scope"].reveal()):
            self.revoke(login)
            raise Refused(
                "connector.scope_refused", diagnostic=f"{answer.host}: too little", platform=self.title
            )
        return [Connected(self.whoami(login), secrets)]

    def revoke(self, login: Login) -> bool:
        """Revoke a token that our own application got; one that a person made and pasted is hers to revoke."""
        if "client_id" not in login.secrets:
            return False
        asked = {"token": login.secrets["access_token"].reveal(), **_who_we_are(login.secrets)}
        answer = self._ask("POST", login.base, self._endpoints(login.base).revoke, form=asked)
        if answer.status in (401, 403) and answer.error_name():
            return False  # the server has forgotten our application, and with it the right to take back its tokens
        if not answer.ok:
            raise failure(answer, self.title)
        return True

    def _make_sure(self, base: str, endpoints: _Endpoints, app: App) -> None:
        """Ask for a token of the application's own: only so the server says whether it still knows us.

        The page itself would tell nobody but the person. Servers clear away applications that never had a token;
        this gives ours one.

        Raises: AppLost; Refused for our scopes; NotSent when no proper answer came. Any other no is about this kind of
        token alone, which some servers do not have.
        """
        asked = {"grant_type": "client_credentials", "scope": app["scope"].reveal(), **_who_we_are(app)}
        answer = self._ask("POST", base, endpoints.token, form=asked)
        if answer.ok:
            return
        ending = oauth.refusal(answer, self.title)
        if isinstance(ending, AppLost | NotSent) or ending.code == "connector.scope_refused":
            raise ending

    def _endpoints(self, base: str) -> _Endpoints:
        """Return where a server does what: as its metadata say, or at the fixed addresses where it has none.

        Raises: Refused when the metadata point anywhere but to the server itself.
        """
        answer = self._ask("GET", base, f"{base}{_METADATA}")
        told = self._metadata(base, answer)

        def at(name: str, usual: str) -> str:
            return self._own(base, told[name]) if name in told else f"{base}{usual}"

        scopes = told.get("scopes_supported")
        who = "profile" if isinstance(scopes, list) and "profile" in scopes else "read:accounts"
        return _Endpoints(
            authorise=at("authorization_endpoint", "/oauth/authorize"),
            token=at("token_endpoint", "/oauth/token"),
            register=at("app_registration_endpoint", "/api/v1/apps"),
            revoke=at("revocation_endpoint", "/oauth/revoke"),
            scope=" ".join((who, *_WORK)),
        )

    def _metadata(self, base: str, answer: Answer) -> Mapping[str, object]:
        """Return the metadata document, empty where the server has none; a page instead of one counts as none."""
        if answer.status == 429 or answer.status >= 500 or 300 <= answer.status < 400:
            raise failure(answer, self.title, scope="instance")
        if not answer.ok or "json" not in answer.headers.get("content-type", ""):
            return {}
        told = mapping(answer.object())
        self._own(base, told.get("issuer"))  # RFC 8414, 3.3: it must be who was asked
        return told

    def _own(self, base: str, address: object) -> str:
        """Return an address out of an answer if it lies on the server that was asked.

        Raises: Refused.
        """
        text = line(address, 2000)
        try:
            if parse(text, allow_private=self.wire.allow_private).origin == base:
                return text
        except Refused:
            pass
        note = f"{base.partition('://')[2]}: its metadata point elsewhere"
        raise Refused("connector.address_foreign", diagnostic=note, host=text[:100])

    def _ask(
        self,
        method: str,
        base: str,
        address: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """Make a call that carries no login, to the server itself and nowhere else."""
        host = parse(base, allow_private=self.wire.allow_private).host
        headers = {"Accept-Language": "en"}
        return self.wire.call(
            method, self._own(base, address), hosts={host}, headers=headers, json=json, form=form
        )


def _who_we_are(app: Mapping[str, Secret]) -> dict[str, str]:
    return {name: app[name].reveal() for name in ("client_id", "client_secret")}


def _note(answer: Answer) -> str:
    return f"{answer.host}: status {answer.status}"
