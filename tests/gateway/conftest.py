"""A token issuer on a loopback port: real RSA keys, a real key set over HTTP, tokens that it signs."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Issuer:
    """`published` says which of its keys the key set shows, `status` what it is answered with, and `go` when."""

    def __init__(self, jwt):
        from cryptography.hazmat.primitives.asymmetric import rsa

        self.jwt = jwt
        self.keys = {kid: rsa.generate_private_key(65537, 2048) for kid in ("first", "second")}
        self.published = ["first"]
        self.more = []
        self.status = 200
        self.body = None
        self.asked = 0
        self.go = threading.Event()
        self.go.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.jwks_url = f"{self.issuer}/keys"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def key_set(self):
        algorithm = self.jwt.algorithms.RSAAlgorithm
        public = [
            json.loads(algorithm.to_jwk(self.keys[kid].public_key())) | {"kid": kid, "use": "sig"}
            for kid in self.published
        ]
        return json.dumps({"keys": public + self.more}).encode()

    def claims(self, **changed):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": "api://onevec", "oid": "someone", "iat": now, "nbf": now, "exp": now + 300}
        return {name: value for name, value in (claims | changed).items() if value is not None}

    def token(self, kid="first", alg="RS256", key=None, header=None, **changed):
        headers = {"kid": kid} if kid else {}
        return self.jwt.encode(self.claims(**changed), key or self.keys[kid or "first"], alg, headers | (header or {}))

    def _handler(issuer):  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                issuer.go.wait(30)
                body = issuer.key_set() if issuer.body is None else issuer.body
                self.send_response(issuer.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        return Handler


@pytest.fixture(scope="session")
def _issuer():
    """Made once: RSA keys take a while."""
    import jwt

    made = Issuer(jwt)
    yield made
    made.close()


@pytest.fixture
def issuer(witness, request):
    witness("jwt")
    witness("cryptography")
    made = request.getfixturevalue("_issuer")
    made.published, made.more, made.status, made.body, made.asked = ["first"], [], 200, None, 0
    return made
