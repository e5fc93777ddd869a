"""Meta's own page on which a person lets us in, and the Pages that her consent reaches.

Facts: Meta's documentation of the login dialog, read 2026-11. She may untick rights; what is missing is named before anything
is kept. A Page's token that comes from a long-lived one of a person has no end of its own.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import urlencode

from connectors.answers import items, line
from connectors.base import App, Authorisation, Connected, Login
from connectors.errors import Refused
from connectors.graph_pages import ID, may_post, token_of
from connectors.graph_platform import GraphPlatform
from connectors.secret import Secret


class GraphConsent(GraphPlatform):
    """The part of a connector that connects on Meta's page; with the settings `client_id`, `client_secret`, `consent_url`."""

    asks_consent: ClassVar[bool] = True
    applied_for: ClassVar[bool] = True
    rights: ClassVar[tuple[str, ...]]
    """What we ask for, no more than publishing, counting and removing need."""
    page_fields: ClassVar[str]

    @abstractmethod
    def _reached(self, login: Login, page: Mapping[str, object]) -> Connected | None:
        """Return what hangs on a Page, as whom we would publish; `None` where nothing does."""

    def register(self, base: str, redirect: str) -> App:
        """Return the operator's application; nobody can be registered by software.

        Raises: Refused where none is set.
        """
        del base, redirect
        if not self.chosen["client_id"] or not self.chosen["client_secret"]:
            raise Refused("connector.no_application", platform=self.title)
        return {name: Secret(self.chosen[name]) for name in ("client_id", "client_secret")}

    def authorise(self, base: str, redirect: str, app: App, state: Secret) -> Authorisation:
        """Return Meta's page that asks for a yes, and which Pages are meant."""
        dialog = base if base.startswith("http://") else self.chosen["consent_url"]
        asked = {
            "client_id": app["client_id"].reveal(),
            "redirect_uri": redirect,
            "state": state.reveal(),
            "scope": ",".join(self.rights),
            "response_type": "code",
        }
        return Authorisation(f"{dialog}/{self.chosen['version']}/dialog/oauth?{urlencode(asked)}", {})

    def exchange(
        self, base: str, redirect: str, app: App, kept: Mapping[str, Secret], code: Secret
    ) -> list[Connected]:
        """Trade a code for a person's token, that for a long-lived one, and that for those of her Pages.

        Raises: Refused naming the rights that are missing, or where no Page is reached.
        """
        del kept
        ours = {name: app[name].reveal() for name in ("client_id", "client_secret")}
        short = self._token(base, {**ours, "redirect_uri": redirect, "code": code.reveal().strip()})
        long = self._token(
            base, {**ours, "grant_type": "fb_exchange_token", "fb_exchange_token": short.reveal()}
        )
        person = Login(base, "", {"access_token": long})
        self._must_be_granted(person)
        params = {"fields": f"{self.page_fields},access_token,tasks", "limit": "100"}
        answer = self._good(self._ask(person, "GET", "me/accounts", params=params))
        found = []
        for page in items(answer.object().get("data")):
            if ID.match(line(page.get("id"))) and may_post(page):
                own = Login(base, line(page.get("id")), {"access_token": token_of(page)})
                found.append(self._reached(own, page))
        reached = [one for one in found if one is not None]
        if not reached:
            raise Refused("connector.no_page", pages="", platform=self.title)
        return reached

    def revoke(self, login: Login) -> bool:
        """Return that it lies not in our hands: a Page's token cannot end itself, a person removes the application."""
        del login
        return False

    def _token(self, base: str, form: Mapping[str, str]) -> Secret:
        # in a form: in the address, code and secret would stand in logs
        answer = self.wire.call("POST", f"{base}/{self.chosen['version']}/oauth/access_token", form=form)
        if 400 <= answer.status < 500 and answer.status != 429:
            note = f"{answer.host}: status {answer.status}"
            raise Refused("connector.code_refused", diagnostic=note, platform=self.title)
        token = line(self._good(answer).object().get("access_token"), 2000)
        if not token:
            raise answer.unclear("connector.bad_answer", diagnostic="no token")
        return Secret(token)

    def _must_be_granted(self, person: Login) -> None:
        answer = self._good(self._ask(person, "GET", "me/permissions"))
        told = items(answer.object().get("data"))
        granted = {line(one.get("permission")) for one in told if one.get("status") == "granted"}
        missing = [one for one in self.rights if one not in granted]
        if missing:
            raise Refused("connector.rights_missing", rights=", ".join(missing), platform=self.title)
