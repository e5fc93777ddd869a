"""How X is asked, what its refusals mean, and its own page on which a person lets us in.

Facts: X's documentation and recorded refusals, read 2026-11. An access token lives two hours; each refresh token is spent
once and comes with the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from connectors import oauth
from connectors.addresses import base_address
from connectors.answers import Answer, count, line, mapping, moment, read_json
from connectors.base import App, Authorisation, Connected, Connector, Login
from connectors.endings import failure
from connectors.errors import LoginLost, NotSent, OutOfCredit, RateLimited, Refused
from connectors.secret import Secret
from connectors.wire import Files

_SCOPE = "tweet.read tweet.write users.read media.write offline.access"
_AHEAD = timedelta(minutes=15)
_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")
_LOST = frozenset({"user-suspended", "client-forbidden", "oauth1-permissions", "client-not-enrolled",
                   "unsupported-authentication"})  # fmt: skip
_CAPPED = "usage-capped"


class XCalls(Connector):
    """The part of the connector that makes the calls and keeps the login alive."""

    asks_consent: ClassVar[bool] = True
    applied_for: ClassVar[bool] = True

    def register(self, base: str, redirect: str) -> App:
        """Return the operator's application; nobody can be registered by software.

        Raises: Refused where none is set.
        """
        del base, redirect
        if not self.chosen["client_id"]:
            raise Refused("connector.no_application", platform=self.title)
        return {name: Secret(self.chosen[name]) for name in ("client_id", "client_secret")}

    def authorise(self, base: str, redirect: str, app: App, state: Secret) -> Authorisation:
        """Return X's page that asks for a yes."""
        verifier = oauth.new_verifier()
        address = oauth.consent_address(
            f"{self._pages(base)}/i/oauth2/authorize",
            app=app["client_id"].reveal(),
            redirect=redirect,
            scope=_SCOPE,
            state=state,
            verifier=verifier,
        )
        return Authorisation(address, {"verifier": verifier})

    def exchange(
        self, base: str, redirect: str, app: App, kept: Mapping[str, Secret], code: Secret
    ) -> list[Connected]:
        """Trade a code, which lives thirty seconds, for a login."""
        asked = {
            "grant_type": "authorization_code",
            "code": code.reveal().strip(),
            "redirect_uri": redirect,
            "code_verifier": kept["verifier"].reveal(),
        }
        answer = self._token(base, app, asked)
        if not answer.ok:
            raise oauth.refusal(answer, self.title)
        granted = answer.object().get("scope")
        if isinstance(granted, str) and not oauth.covers(granted, _SCOPE):
            raise Refused(
                "connector.scope_refused", diagnostic=f"{answer.host}: too little", platform=self.title
            )
        secrets = self._secrets(answer, app)
        return [Connected(self.whoami(Login(base, "", secrets)), secrets)]

    def revoke(self, login: Login) -> bool:
        """Make a login worthless that our application got."""
        if "client_id" not in login.secrets:
            return False
        token = login.secrets.get("refresh_token") or login.secrets["access_token"]
        answer = self._token(login.base, login.secrets, {"token": token.reveal()}, path="oauth2/revoke")
        if not answer.ok:
            raise failure(answer, self.title)
        return True

    def renewal_due(self, login: Login, now: datetime) -> bool:
        """Return whether the access token ends within a quarter of an hour; a pasted one cannot be renewed."""
        if "refresh_token" not in login.secrets:
            return False
        ends = moment(login.secrets["ends_at"].reveal()) if "ends_at" in login.secrets else None
        return ends is None or now >= ends - _AHEAD

    def renew(self, login: Login, now: datetime) -> Mapping[str, Secret] | None:
        """Return the next access token and the next refresh token; the old one is spent by this.

        Raises: LoginLost where it was spent or revoked; NotSent.
        """
        if not self.renewal_due(login, now):
            return None
        asked = {"grant_type": "refresh_token", "refresh_token": login.secrets["refresh_token"].reveal()}
        answer = self._token(login.base, login.secrets, asked)
        if answer.status in (400, 401):
            raise LoginLost(
                diagnostic=f"{answer.host}: not renewed, status {answer.status}", platform=self.title
            )
        if not answer.ok:
            raise failure(answer, self.title)
        return self._secrets(answer, login.secrets)

    def _secrets(self, answer: Answer, app: Mapping[str, Secret]) -> dict[str, Secret]:
        told = answer.object()
        access, refresh = line(told.get("access_token"), 4000), line(told.get("refresh_token"), 4000)
        seconds = count(told.get("expires_in"))
        if not access or not refresh or seconds is None:
            raise answer.unclear("connector.bad_answer", diagnostic="no tokens")
        ends = answer.at + timedelta(seconds=min(seconds, 86_400))
        return {
            "access_token": Secret(access),
            "refresh_token": Secret(refresh),
            "ends_at": Secret(ends.astimezone(UTC).isoformat()),
            **{name: app[name] for name in ("client_id", "client_secret")},
        }

    def _token(
        self, base: str, app: Mapping[str, Secret], asked: Mapping[str, str], path: str = "oauth2/token"
    ) -> Answer:
        """Ask the token endpoint as our application: with its secret where it has one, else by its id alone."""
        secret = app["client_secret"]
        form = {**asked, "client_id": app["client_id"].reveal()}
        if not secret.reveal():
            return self.wire.call("POST", f"{base}/2/{path}", form=form)
        return self.wire.call("POST", f"{base}/2/{path}", form=form, login=secret, user=app["client_id"])

    def _base(self, typed: str) -> str:
        return base_address(typed.strip() or self.chosen["url"], allow_private=self.wire.allow_private)

    def _ask(
        self,
        login: Login,
        method: str,
        path: str,
        *,
        json: Mapping[str, object] | None = None,
        form: Mapping[str, str] | None = None,
        files: Files | None = None,
        irreversible: bool = False,
    ) -> Answer:
        answer = self.wire.call(
            method,
            f"{login.base}/2/{path}",
            login=login.secrets["access_token"],
            json=json,
            form=form,
            files=files,
            irreversible=irreversible,
        )
        if answer.status == 401 and "refresh_token" in login.secrets:
            note = f"{answer.host}: status 401"
            raise NotSent("connector.session_expired", diagnostic=note, platform=self.title)
        return answer

    def _good(self, answer: Answer) -> Answer:
        """Return the answer if it is a success.

        Raises: what it stands for otherwise.
        """
        if answer.ok:
            return answer
        kind = _kind(answer)
        note = f"{answer.host}: status {answer.status} {kind}".rstrip()
        if answer.status == 402:
            # the account of the application is empty: nothing was posted, and nothing will be for anybody
            raise OutOfCredit(scope="app", diagnostic=note, platform=self.title)
        if answer.status == 429 and kind == _CAPPED:
            raise OutOfCredit("connector.capped", scope="app", diagnostic=note, platform=self.title)
        if answer.status == 429:
            raise RateLimited(wait=_wait(answer), diagnostic=note, platform=self.title)
        if answer.status == 403 and kind in _LOST:
            raise LoginLost("connector.not_permitted", diagnostic=note, platform=self.title)
        if answer.status == 403 and "json" in answer.headers.get("content-type", ""):
            raise Refused(diagnostic=note, platform=self.title)
        raise failure(answer, self.title)

    @staticmethod
    def _told(answer: Answer) -> str:
        try:
            return line(mapping(read_json(answer.body)).get("detail"), 500)
        except ValueError:
            return ""

    def _pages(self, base: str) -> str:
        """Return where people see posts: the platform's own pages, or those of a stand-in on this machine."""
        return base if base.startswith("http://") else self.chosen["pages_url"]


def _kind(answer: Answer) -> str:
    """Return the last part of a problem's type; hosts differ, and many have none."""
    try:
        told = line(mapping(read_json(answer.body)).get("type"), 200)
    except ValueError:
        return ""
    kind = told.rstrip("/").rpartition("/")[2]
    return kind if kind.replace("-", "").isalnum() and kind.isascii() else ""


def _wait(answer: Answer) -> timedelta | None:
    """Return how long until the last of the used-up allowances begins anew."""
    headers = {name.lower(): value.strip() for name, value in answer.headers.items()}
    waits = []
    for name in _LIMITS:
        left, until = headers.get(f"{name}-remaining", ""), headers.get(f"{name}-reset", "")
        if left == "0" and until.isascii() and until.isdigit() and len(until) < 12:
            waits.append(datetime.fromtimestamp(int(until), UTC) - answer.at)
    usual = answer.wait()
    usable = [one for one in waits if timedelta() <= one <= timedelta(days=1, minutes=5)]
    return max(usable, default=usual)
