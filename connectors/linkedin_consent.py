"""LinkedIn's own page on which a person lets us in, and the pages that she may publish on.

Facts: LinkedIn's documentation of its code flow, read 2026-11. A token lives sixty days; only approved partners get one to
renew it with, for everybody else the person has to say yes again before that. Asking for other rights than before ends
every earlier token of hers, so the rights are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import urlencode

from connectors import oauth
from connectors.answers import Answer, count, line, moment
from connectors.base import App, Authorisation, Connected, Login
from connectors.endings import failure
from connectors.errors import LoginLost, Refused
from connectors.linkedin_calls import LinkedInCalls
from connectors.secret import Secret

SCOPE = "w_organization_social r_organization_social rw_organization_admin"
_AHEAD = timedelta(days=10)
_AGAIN = timedelta(days=1)


class LinkedInConsent(LinkedInCalls):
    """The part of the connector that connects on LinkedIn's page and keeps the login alive where that is allowed."""

    asks_consent: ClassVar[bool] = True
    applied_for: ClassVar[bool] = True

    def register(self, base: str, redirect: str) -> App:
        """Return the operator's application; nobody can be registered by software.

        Raises: Refused where none is set.
        """
        del base, redirect
        if not self.chosen["client_id"] or not self.chosen["client_secret"]:
            raise Refused("connector.no_application", platform=self.title)
        return {name: Secret(self.chosen[name]) for name in ("client_id", "client_secret")}

    def authorise(self, base: str, redirect: str, app: App, state: Secret) -> Authorisation:
        """Return LinkedIn's page that asks for a yes; it knows no proof beside the secret."""
        asked = {
            "response_type": "code",
            "client_id": app["client_id"].reveal(),
            "redirect_uri": redirect,
            "state": state.reveal(),
            "scope": SCOPE,
        }
        return Authorisation(f"{self._pages(base)}/oauth/v2/authorization?{urlencode(asked)}", {})

    def exchange(
        self, base: str, redirect: str, app: App, kept: Mapping[str, Secret], code: Secret
    ) -> list[Connected]:
        """Trade a code for a login, and return every page that its owner may publish on.

        Raises: Refused naming the rights that are missing, or where there is no such page.
        """
        del kept
        asked = {"grant_type": "authorization_code", "code": code.reveal().strip(), "redirect_uri": redirect}
        answer = self._token(base, app, asked)
        if not answer.ok:
            raise oauth.refusal(answer, self.title)
        granted = line(answer.object().get("scope"), 1000).replace(",", " ")
        missing = [one for one in SCOPE.split() if not oauth.covers(granted, one)]
        if granted and missing:
            raise Refused("connector.rights_missing", rights=", ".join(missing), platform=self.title)
        secrets = self._secrets(answer, app)
        ends = None if "refresh_token" in secrets else moment(secrets["ends_at"].reveal())
        pages = self._administered(Login(base, "", secrets))
        if not pages:
            raise Refused("connector.no_page", pages="", platform=self.title)
        logins = [Login(base, page, secrets) for page in pages]
        return [Connected(self.whoami(one), secrets, ends) for one in logins]

    def revoke(self, login: Login) -> bool:
        """Make a login worthless that our application got."""
        if "client_id" not in login.secrets:
            return False
        asked = {"token": login.secrets["access_token"].reveal()}
        answer = self._token(login.base, login.secrets, asked, path="revoke")
        if not answer.ok:
            raise failure(answer, self.title)
        return True

    def renewal_due(self, login: Login, now: datetime) -> bool:
        """Return whether the token ends within ten days and there is one to renew it with."""
        if "refresh_token" not in login.secrets:
            return False
        due = moment(login.secrets["renew_at"].reveal()) if "renew_at" in login.secrets else None
        return due is None or now >= due

    def renew(self, login: Login, now: datetime) -> Mapping[str, Secret] | None:
        """Return the token for another sixty days; one that cannot be renewed today is used on and tried again.

        Raises: LoginLost where it has ended meanwhile.
        """
        if not self.renewal_due(login, now):
            return None
        old = login.secrets
        asked = {"grant_type": "refresh_token", "refresh_token": old["refresh_token"].reveal()}
        answer = self._token(login.base, old, asked)
        if answer.ok:
            return {**old, **self._secrets(answer, old)}
        ends = moment(old["ends_at"].reveal()) if "ends_at" in old else None
        if ends is not None and now >= ends:
            raise LoginLost(
                diagnostic=f"{answer.host}: not renewed, status {answer.status}", platform=self.title
            )
        return {**old, "renew_at": Secret((now + _AGAIN).astimezone(UTC).isoformat())}

    def _secrets(self, answer: Answer, app: Mapping[str, Secret]) -> dict[str, Secret]:
        told = answer.object()
        access, refresh = line(told.get("access_token"), 4000), line(told.get("refresh_token"), 4000)
        seconds = count(told.get("expires_in"))
        if not access or seconds is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no token")
        ends = answer.at + timedelta(seconds=min(seconds, 400 * 86_400))
        renew_at = max(answer.at + _AGAIN, ends - _AHEAD)
        found = {
            "access_token": Secret(access),
            "ends_at": Secret(ends.astimezone(UTC).isoformat()),
            "renew_at": Secret(renew_at.astimezone(UTC).isoformat()),
            **{name: app[name] for name in ("client_id", "client_secret")},
        }
        return {**found, "refresh_token": Secret(refresh)} if refresh else found

    def _token(
        self, base: str, app: Mapping[str, Secret], asked: Mapping[str, str], path: str = "accessToken"
    ) -> Answer:
        ours = {name: app[name].reveal() for name in ("client_id", "client_secret")}
        return self.wire.call("POST", f"{self._pages(base)}/oauth/v2/{path}", form={**asked, **ours})
