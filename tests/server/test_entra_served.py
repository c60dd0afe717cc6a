"""Tokens of an issuer on loopback, as the vendor's own client sends them."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

CONFIG = """
[server]
port = 0
[auth.entra]
issuer = "{url}"
jwks_url = "{url}/keys"
audience = "api://onevec"
[deployments.fake]
model = "local:fake"
"""


@pytest.fixture(scope="module")
def issuer():
    """The address of an issuer, and a function that makes its tokens."""
    jwt = pytest.importorskip("jwt")
    rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
    key = rsa.generate_private_key(65537, 2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": "one", "use": "sig"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps({"keys": [public]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"

    def token(**changed):
        now = int(time.time())
        claims = {"iss": url, "aud": "api://onevec", "oid": "someone", "iat": now, "nbf": now, "exp": now + 300}
        return jwt.encode(claims | changed, key, "RS256", {"kid": "one"})

    yield url, token
    server.shutdown()
    server.server_close()


def test_a_token_credential(witness, serve, issuer):
    witness("azure.ai.inference")
    from azure.ai.inference import EmbeddingsClient
    from azure.core.credentials import AccessToken
    from azure.core.exceptions import ClientAuthenticationError

    url, token = issuer

    class Credential:
        def __init__(self, **claims):
            self._claims = claims

        def get_token(self, *scopes, **kwargs):
            return AccessToken(token(**self._claims), int(time.time()) + 300)

    with serve(CONFIG.format(url=url)) as server:

        def ask(**claims):
            client = EmbeddingsClient(server.url, Credential(**claims), retry_total=0)
            with client:
                return client.embed(input=["a"], enforce_https=False)

        assert ask().data
        for wrong in (
            {"exp": 1},
            {"aud": "api://other"},
            {"iss": "https://elsewhere"},
            {"nbf": int(time.time()) + 900},
        ):
            with pytest.raises(ClientAuthenticationError) as caught:
                ask(**wrong)
            assert caught.value.status_code == 401
    log = server.log.getvalue().decode()
    assert '"caller":"someone"' in log
    assert token().split(".")[0] not in log
