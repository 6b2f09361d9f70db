"""An OpenID provider over real HTTP that says whatever a test has it say. The browser's tests have another one."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "goodfences", "a-secret-of-the-agency"


class OpenId:
    """`claims` go into its ID token over what belongs there; `info` is what it says besides, with the token."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.signs_with: Any = self.key
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.info: dict[str, Any] = {}
        self.tokens = 0
        self.issuer = ""
        self.redirects = False
        self.nested: set[str] = set()  # the paths that are answered with JSON which nothing reads
        self._asked: dict[str, dict[str, str]] = {}

    def grant(self, location: str) -> dict[str, str]:
        """The answer to whoever was sent to `location`: what the browser brings back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
        code = f"code-{len(self._asked)}"
        self._asked[code] = asked
        return {"code": code, "state": asked["state"]}

    def token(self, form: dict[str, str], basic: str) -> dict[str, str] | None:
        """None where the program that asks isn't the one that was sent here (PKCE), or has no secret."""
        asked = self._asked.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = (
            asked is not None and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        )
        if asked is None or not proven or basic != base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode():
            return None
        self.tokens += 1
        now = int(time.time())
        usual = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims = {one: value for one, value in {**usual, **self.claims}.items() if value is not None}
        signed = jwt.encode(claims, self.signs_with, self.algorithm, headers={"kid": "1"})
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": signed}

    def answer(self, path: str) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            ways = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
            known = {name: f"{self.issuer}/{way}" for name, way in ways.items()}
            return {"issuer": self.issuer, "userinfo_endpoint": f"{self.issuer}/info", **known}
        if path == "/keys":
            key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return {"keys": [{**key, "kid": "1", "use": "sig", "alg": "RS256"}]}
        return self.info if path == "/info" else None


@contextmanager
def serving() -> Iterator[OpenId]:
    """Runs until the end of the block."""
    provider = OpenId()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._send(provider.answer(urlsplit(self.path).path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(provider.token(form, self.headers.get("Authorization", "").removeprefix("Basic ")))

        def _send(self, content: dict[str, Any] | None) -> None:
            moved = provider.redirects
            self.send_response(302 if moved else 200 if content is not None else 400)
            if moved:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            nested = self.path in provider.nested
            self.wfile.write(b"[" * 200_000 if nested else json.dumps(content or {"error": "invalid_grant"}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
