"""How one gets into the Mastodon stand-in: applications, a page that asks for a yes, codes, tokens, and giving them back.

The page believes whoever types a handle, since nobody but this machine reaches it. What may be asked and what proves
what is in `sandbox.mastodon_oauth`.
"""

from __future__ import annotations

import html
import secrets
from urllib.parse import urlencode

from sandbox import mastodon_oauth as oauth
from sandbox import pages
from sandbox.exchange import Doc, Refusal, Request, Response, answer
from sandbox.mastodon_server import MastodonServer
from sandbox.standin import Claim, Route

_ASKED = (
    *("response_type", "client_id", "redirect_uri", "scope", "state"),
    *("code_challenge", "code_challenge_method"),
)


class MastodonLogin(MastodonServer):
    """The addresses of OAuth."""

    def login_routes(self) -> list[Route]:
        """Return the paths by which an application gets a token."""
        return [
            ("GET", "/.well-known/oauth-authorization-server", self.show_metadata),
            ("POST", "/api/v1/apps", self.take_app),
            ("GET", "/oauth/authorize", self.ask_page),
            ("POST", "/oauth/authorize", self.take_yes),
            ("GET", "/oauth/authorize/native", self.code_page),
            ("POST", "/oauth/token", self.give_token),
            ("POST", "/oauth/revoke", self.take_back),
        ]

    def show_metadata(self, request: Request) -> Response:
        """Return where everything is, as servers from 4.3 on do."""
        if self.modes["discovery"] == "none" or not self.is_mastodon:
            return self.unknown(request)
        return answer(oauth.document(self.address))

    def take_app(self, request: Request) -> Response:
        """Register an application."""
        params = request.params()
        given = params.get("redirect_uris") or ""
        redirects = [str(one) for one in given] if isinstance(given, list) else str(given).split()
        name, scopes = str(params.get("client_name") or ""), str(params.get("scopes") or "read")
        if not name or not redirects:
            raise self._refusal(422, "Validation failed: Name can't be blank, Redirect URI can't be blank")
        if not oauth.known(scopes):
            raise self._refusal(422, "Validation failed: Scopes doesn't match configured on the server.")
        client_id, client_secret = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        app = {"secret": client_secret, "name": name, "redirects": redirects, "scopes": scopes}
        self.store.keep("app", client_id, app)
        return answer(
            {
                "id": client_id[:8],
                "name": name,
                "website": params.get("website"),
                "scopes": scopes.split(),
                "redirect_uri": "\n".join(redirects),
                "redirect_uris": redirects,
                "client_id": client_id,
                "client_secret": client_secret,
                "client_secret_expires_at": 0,
            }
        )

    # The page

    def ask_page(self, request: Request) -> Response:
        """Return the page that asks whether an application is to be let in, and as whom."""
        asked = {name: request.asked(name) for name in _ASKED}
        app = self._asking(asked)
        return _question(self, app["name"], asked)

    def take_yes(self, request: Request) -> Response:
        """Give out a code for the handle that was typed, or say that the person said no."""
        params = request.params()
        asked = {name: str(params.get(name) or "") for name in _ASKED}
        self._asking(asked)
        handle = self.plain_handle(str(params.get("account") or "").strip())
        if not params.get("allow") or not handle:
            return self._back(asked, {"error": "access_denied"})
        code = secrets.token_urlsafe(32)
        self.welcome(Claim(handle))
        self.store.keep("code", code, {**asked, "handle": handle, "at": self.clock()})
        return self._back(asked, {"code": code})

    def code_page(self, request: Request) -> Response:
        """Show the code to be typed over."""
        shown = html.escape(request.asked("code") or request.asked("error"))
        return pages.page(self, "Copy this code to the application", "", [f"<p><code>{shown}</code></p>"])

    def _asking(self, asked: dict[str, str]) -> Doc:
        """Return the application that asks.

        Raises: Refusal, as a page, for what must not be sent back to anybody.
        """
        app = self.store.kept("app", asked["client_id"])
        if app is None:
            raise Refusal(_trouble(self, 401, "Client authentication failed due to unknown client."))
        if asked["redirect_uri"] not in app["redirects"]:
            raise Refusal(_trouble(self, 400, "The redirect URI included is not valid."))
        if asked["response_type"] != "code":
            raise Refusal(_trouble(self, 400, "The authorization server does not support this."))
        asked["scope"] = asked["scope"] or "read"
        if not oauth.known(asked["scope"]) or not oauth.within(asked["scope"], app["scopes"]):
            raise Refusal(_trouble(self, 400, "The requested scope is invalid, unknown, or malformed."))
        if asked["code_challenge"] and asked["code_challenge_method"] != "S256":
            raise Refusal(_trouble(self, 400, "The code challenge method must be S256."))
        return app

    def _back(self, asked: dict[str, str], told: dict[str, str]) -> Response:
        """Send the person back to where she came from, or on to the page that shows the code."""
        if asked["redirect_uri"] == oauth.OUT_OF_BAND:
            return Response(
                302, b"", {"Location": f"{self.address}/oauth/authorize/native?{urlencode(told)}"}
            )
        state = {"state": asked["state"]} if asked["state"] else {}
        return Response(302, b"", {"Location": f"{asked['redirect_uri']}?{urlencode({**told, **state})}"})

    # Tokens

    def give_token(self, request: Request) -> Response:
        """Give a token for a code, or one of the application's own."""
        params = {name: str(value) for name, value in request.params().items()}
        client_id = params.get("client_id", "")
        app = self.store.kept("app", client_id)
        if app is None or app["secret"] != params.get("client_secret"):
            return _oauth_error(401, "invalid_client")
        if params.get("grant_type") == "client_credentials":
            return self._token(client_id, "", params.get("scope") or "read")
        if params.get("grant_type") != "authorization_code":
            return _oauth_error(400, "unsupported_grant_type")
        with self.store.writing():
            code = self.store.kept("code", params.get("code", ""))
            self.store.drop("code", params.get("code", ""))
        if (
            code is None
            or code["client_id"] != client_id
            or code["redirect_uri"] != params.get("redirect_uri")
            or self.clock() > code["at"] + oauth.CODE_LIFE
            or not oauth.proves(params.get("code_verifier", ""), code["code_challenge"])
        ):
            return _oauth_error(400, "invalid_grant")
        return self._token(client_id, code["handle"], code["scope"])

    def _token(self, client_id: str, handle: str, scopes: str) -> Response:
        """Return a token; the same application, person and scopes get the one they have (`reuse_access_token`)."""
        holder = {"client_id": client_id, "handle": handle, "scopes": scopes}
        with self.store.writing():
            there = [token for token, given in self.store.all_kept("token").items() if given == holder]
            token = there[0] if there else secrets.token_urlsafe(32)
            self.store.keep("token", token, holder)
        given = {
            "access_token": token,
            "token_type": "Bearer",
            "scope": scopes,
            "created_at": int(self.clock()),
        }
        return answer(given)

    def take_back(self, request: Request) -> Response:
        """Make a token worthless; again, and for one that never was, it is the same."""
        params = request.params()
        client_id, token = str(params.get("client_id")), str(params.get("token"))
        app, given = self.store.kept("app", client_id), self.store.kept("token", token)
        authentic = app is not None and app["secret"] == params.get("client_secret")
        if not authentic or (given is not None and given["client_id"] != client_id):
            return _oauth_error(403, "unauthorized_client")
        self.store.drop("token", token)
        return answer({})


def _oauth_error(status: int, word: str) -> Response:
    return answer({"error": word, "error_description": f"{word.replace('_', ' ').capitalize()}."}, status)


def _question(standin: MastodonLogin, name: str, asked: dict[str, str]) -> Response:
    """Return the page that says what an application wants, with the form that answers it."""
    rights = "".join(f"<li>{html.escape(one)}</li>" for one in asked["scope"].split())
    kept = "".join(
        f'<input type="hidden" name="{field}" value="{html.escape(value)}">' for field, value in asked.items()
    )
    parts = [
        f"<p>It asks for:</p><ul>{rights}</ul>",
        f'<form method="post" action="/oauth/authorize">{kept}<p><label>As which account? '
        '<input name="account" required autocomplete="off"></label></p>'
        '<p><button name="allow" value="1">Let it in</button> <button formnovalidate>Do not</button></p></form>',
    ]
    return pages.page(standin, f"{name} wants to use your account", "", parts, has_form=True)


def _trouble(standin: MastodonLogin, status: int, why: str) -> Response:
    return pages.page(standin, "This cannot go on", "", [f"<p>{html.escape(why)}</p>"], status)
