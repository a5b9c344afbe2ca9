"""An OpenID Connect provider on this machine: discovery, keys, tokens, and a page where everybody is let in."""

import base64
import hashlib
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLAIMS = {"aud": "aftersales", "sub": "u-17", "preferred_username": "wang", "role": "advisor", "sites": ["SH01"]}


class Issuer:
    """An OpenID Connect provider: a discovery document, published keys, signed tokens."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.published: list[dict[str, Any]] = []
        self.codes: dict[str, str] = {}  # code → the challenge that its verifier has to meet
        self.rotate("first")

    def rotate(self, kid: str) -> None:
        """From now on signs with a new key, and publishes that one alone."""
        self.kid, self.key = kid, rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        self.published = [{**jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True), "kid": kid}]

    def public_key(self) -> bytes:
        """The key that everybody may know, in PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def sign(self, **claims: Any) -> str:
        """A token; a claim that is None is left out."""
        whole = {"iss": self.url, "exp": int(time.time()) + 600, **CLAIMS, **claims}
        kept = {name: value for name, value in whole.items() if value is not None}
        return jwt.encode(kept, self.key, algorithm="RS256", headers={"kid": self.kid})

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """What a GET is answered."""
        place, query = urlsplit(path).path, {name: found[0] for name, found in parse_qs(urlsplit(path).query).items()}
        if place == "/authorize":
            code = secrets.token_urlsafe(8)
            self.codes[code] = query["code_challenge"]
            back = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
            return 303, {"Location": back}, b""
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        discovery = {"issuer": self.url, **{name: f"{self.url}/{place}" for name, place in places.items()}}
        return 200, {}, orjson.dumps({"keys": self.published} if place == "/keys" else discovery)

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """A token for a code, once, and only with the verifier of its challenge."""
        challenge = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if self.codes.pop(form.get("code", ""), None) != base64.urlsafe_b64encode(challenge).decode().rstrip("="):
            return 400, {}, orjson.dumps({"error": "invalid_grant"})
        found = {"id_token": self.sign(aud=form["client_id"]), "access_token": "x", "token_type": "Bearer"}
        return 200, {}, orjson.dumps(found)

    def _handler(issuer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - its handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(*issuer.answer(self.path))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._send(*issuer.exchange({name: found[0] for name, found in parse_qs(body).items()}))

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                sent = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
                for name, value in sent.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        return Handler
