"""An identity provider made by hand, on a real socket: it keeps to the protocol, and signs whatever a test wants."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from campaigns.providers import Provider

CLIENT, SECRET = "samklang-client", "client-secret-4f2a"
RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa"})

Change = Callable[[dict[str, object]], object]


class IdentityProvider:
    """The provider. `change` alters the claims of the next tokens, `sign` makes them."""

    def __init__(self, now: Callable[[], datetime], folder: Path) -> None:
        self.now = now
        self.folder = folder
        self.change: Change = lambda claims: None
        self.sign: Callable[[dict[str, object]], str] = signed
        self.description: dict[str, object] = {}
        self.asked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self.keys = [RSA.as_dict(private=False), EC.as_dict(private=False)]
        own = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                own.asked.append(self.path)
                self._give(own.keys_given() if self.path == "/keys" else own.described())

            def do_POST(self) -> None:
                own.asked.append(self.path)
                length = int(self.headers["content-length"])
                form = {name: one[0] for name, one in parse_qs(self.rfile.read(length).decode()).items()}
                token = own.trade(form)
                self._give(
                    {"id_token": token} if token else {"error": "invalid_grant"}, 200 if token else 400
                )

            def _give(self, content: object, status: int = 200) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def listing(self, key: str = "idp", **more: object) -> Provider:
        """Return this provider as an operator lists it."""
        path = self.folder / "client.secret"
        path.write_text(SECRET)
        listed = {
            "key": key, "title": "Kommunen", "issuer": self.address, "client_id": CLIENT, "client_secret_file": path,
            **more,
        }  # fmt: skip
        return Provider.model_validate(listed)

    def described(self) -> dict[str, object]:
        """Return what it says of itself."""
        return {
            "issuer": self.address, "authorization_endpoint": f"{self.address}/authorise",
            "token_endpoint": f"{self.address}/token", "jwks_uri": f"{self.address}/keys", **self.description,
        }  # fmt: skip

    def keys_given(self) -> dict[str, object]:
        """Return its public keys."""
        return {"keys": self.keys}

    def let_in(self, address: str) -> dict[str, str]:
        """Return what a person brings back whom this address led here, and who typed the right password."""
        query = {name: one[0] for name, one in parse_qs(urlsplit(address).query).items()}
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return {"code": code, "state": query["state"]}

    def trade(self, form: Mapping[str, str]) -> str | None:
        """Return a token for a code that its own browser brings, once."""
        query = self._codes.pop(form["code"], None)
        if query is None or form["client_secret"] != SECRET or form["redirect_uri"] != query["redirect_uri"]:
            return None
        proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
        if proof.decode().rstrip("=") != query["code_challenge"]:
            return None
        at = int(self.now().timestamp())
        claims: dict[str, object] = {
            "iss": self.address, "sub": "sub-of-marta", "aud": CLIENT, "iat": at, "exp": at + 300,
            "nonce": query["nonce"], "auth_time": at, "amr": ["pwd", "mfa"], "name": "Marta Lien",
        }  # fmt: skip
        self.change(claims)
        return self.sign(claims)


@contextmanager
def identity_provider(now: Callable[[], datetime], folder: Path) -> Iterator[IdentityProvider]:
    """Give a provider that listens."""
    made = IdentityProvider(now, folder)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join()


def signed(claims: Mapping[str, object], algorithm: str = "RS256", key: RSAKey | ECKey = RSA, **header: str) -> str:  # fmt: skip
    """Return a token as a provider signs it."""
    head = {"alg": algorithm, "kid": "ec" if algorithm.startswith("ES") else "rsa", **header}
    payload = json.dumps(claims).encode()
    return jws.serialize_compact(head, payload, key, algorithms=[algorithm])


def unsigned(claims: Mapping[str, object]) -> str:
    """Return a token that says it needs no signature."""
    parts = ({"alg": "none", "kid": "rsa"}, claims)
    return ".".join(_encoded(json.dumps(one).encode()) for one in parts) + "."


def shared_secret(claims: Mapping[str, object]) -> str:
    """Return a token signed with the public key as if it were a shared secret."""
    parts = ({"alg": "HS256", "kid": "rsa"}, claims)
    head = ".".join(_encoded(json.dumps(one).encode()) for one in parts)
    made = hmac.new(RSA.as_pem(private=False), head.encode(), hashlib.sha256)
    return f"{head}.{_encoded(made.digest())}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
