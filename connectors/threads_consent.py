"""Threads' own page on which a person lets us in.

Facts: Meta's documentation of the Threads API, read 2026-11. The application's number and secret are not those of other
platforms of Meta's. Which rights a person left ticked cannot be asked, and nothing can be taken back by us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from connectors import graph_token
from connectors.answers import line
from connectors.base import App, Authorisation, Connected, Login
from connectors.errors import Refused
from connectors.graph_platform import ContainerPlatform
from connectors.secret import Secret

RIGHTS = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_insights",
    "threads_read_replies",
    "threads_delete",
)


class ThreadsConsent(ContainerPlatform):
    """The part of the connector that connects on the platform's page."""

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
        """Return the page that asks for a yes."""
        asked = {
            "client_id": app["client_id"].reveal(),
            "redirect_uri": redirect,
            "scope": ",".join(RIGHTS),
            "response_type": "code",
            "state": state.reveal(),
        }
        return Authorisation(f"{self._pages(base)}/oauth/authorize?{urlencode(asked)}", {})

    def exchange(
        self, base: str, redirect: str, app: App, kept: Mapping[str, Secret], code: Secret
    ) -> list[Connected]:
        """Trade a code for a token of an hour, and that for one of sixty days, which renews itself."""
        del kept
        given = {
            "client_id": app["client_id"].reveal(),
            "client_secret": app["client_secret"].reveal(),
            "grant_type": "authorization_code",
            "redirect_uri": redirect,
            "code": code.reveal().strip().removesuffix("#_"),  # the page hangs that on
        }
        answer = self.wire.call("POST", f"{base}/oauth/access_token", form=given)
        if 400 <= answer.status < 500 and answer.status != 429:
            note = f"{answer.host}: status {answer.status}"
            raise Refused("connector.code_refused", diagnostic=note, platform=self.title)
        short = Secret(line(self._good(answer).object().get("access_token"), 4000))
        # the one call that the documentation knows with the secret in the address alone; it goes nowhere but there
        asked = {"grant_type": "th_exchange_token", "client_secret": app["client_secret"].reveal()}
        long = self._good(self.wire.call("GET", f"{base}/access_token", login=short, params=asked))
        secrets = graph_token.renewed(long, short, self.title)
        if secrets["access_token"].reveal() == short.reveal():
            raise long.unclear("connector.bad_answer", diagnostic="no token of sixty days")
        return [Connected(self.whoami(Login(base, "", secrets)), secrets)]

    def revoke(self, login: Login) -> bool:
        """Return that it lies not in our hands: a person removes the application in her settings."""
        del login
        return False
