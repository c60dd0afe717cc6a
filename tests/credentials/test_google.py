"""Google's Application Default Credentials, as google-auth finds and renews them."""

import asyncio
import json

import pytest

from onevec.client import AsyncClient, Client
from onevec.credentials.google import GoogleDefault
from onevec.embedders import Embedders, Endpoint
from onevec.errors import AuthenticationError, MissingApiKeyError, ProviderConnectionError
from onevec.exchange import HttpReply, HttpRequest
from onevec.transport import HttpSettings, HttpTransport

from .conftest import as_json

MODEL = "vertexai:text-embedding-005"
REQUEST = HttpRequest("POST", "https://h/x", {"accept": "application/json"}, b"{}")


@pytest.fixture
def google(witness, bare):
    witness("google.auth")
    bare.setenv("NO_GCE_CHECK", "true")
    return bare


@pytest.fixture(scope="module")
def private_key(witness):
    rsa = witness("cryptography.hazmat.primitives.asymmetric.rsa")
    serialization = witness("cryptography.hazmat.primitives.serialization")
    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()  # fmt: skip


@pytest.fixture
def account(google, private_key, desk, tmp_path):
    """A service account's file, whose tokens a real server gives out."""
    vertex = desk("vertexai")
    written = {
        "type": "service_account", "project_id": "mine", "private_key_id": "1", "private_key": private_key,
        "client_email": "robot@mine.iam.gserviceaccount.com", "token_uri": f"{vertex.url}/token",
    }  # fmt: skip
    google.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "account.json"))
    (tmp_path / "account.json").write_text(json.dumps(written))
    return vertex


def client_of(desk, kind=Client):
    return kind(api_base=f"{desk.url}/v1/projects/p/locations/l", client_args={"proxy": ""}, embedders=Embedders({}))


def test_a_service_account(account):
    with client_of(account) as client:
        for _ in range(2):
            assert client.embedding(MODEL, "a").vectors.shape == (1, 16)
    assert account.proofs == ["Bearer token-1"] * 2
    (form,) = account.forms
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_the_project_of_the_address_is_the_accounts(account):
    embedder, _ = Embedders({"GOOGLE_CLOUD_LOCATION": "global"}).find(MODEL, Endpoint())
    assert embedder._target.base == "https://aiplatform.googleapis.com/v1/projects/mine/locations/global"
    assert account.given == 0


async def test_the_event_loop_goes_on_while_a_token_is_fetched(account):
    account.gate.clear()
    async with client_of(account, AsyncClient) as client:
        calls = [asyncio.create_task(client.aembedding(MODEL, "a")) for _ in range(3)]
        await asyncio.to_thread(account.waiting.wait, 30)
        assert not any(call.done() for call in calls)
        account.gate.set()
        await asyncio.gather(*calls)
    assert account.given == 1


def test_each_retry_carries_a_token_that_holds(account):
    account.faults, account.lifetime = [503], 1
    with client_of(account) as client:
        client.embedding(MODEL, "a")
    assert account.proofs == ["Bearer token-1", "Bearer token-2"]


def test_a_token_that_is_refused_is_renewed_once(account):
    account.accepted = {"token-2"}
    with client_of(account) as client:
        client.embedding(MODEL, "a")
        assert account.proofs == ["Bearer token-1", "Bearer token-2"]
        account.accepted = set()
        with pytest.raises(AuthenticationError) as caught:
            client.embedding(MODEL, "a")
    assert account.given == 3
    assert "token-3" not in str(caught.value)


def test_a_workload_identity(google, desk, tmp_path):
    vertex = desk("vertexai")
    (tmp_path / "oidc").write_text("a-token-of-the-cluster")
    written = {
        "type": "external_account", "audience": "//iam.googleapis.com/projects/1/locations/global/pool",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "token_url": f"{vertex.url}/token",
        "credential_source": {"file": str(tmp_path / "oidc")}, "quota_project_id": "who-pays",
    }  # fmt: skip
    (tmp_path / "identity.json").write_text(json.dumps(written))
    google.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "identity.json"))
    google.setenv("GOOGLE_CLOUD_PROJECT", "mine")
    with client_of(vertex) as client:
        client.embedding(MODEL, "a")
    (form,), (call,) = vertex.forms, vertex.calls
    assert form["subject_token"] == "a-token-of-the-cluster"
    assert (call["authorization"], call["x-goog-user-project"]) == ("Bearer token-1", "who-pays")


def test_the_metadata_server(google, desk):
    vertex = desk("vertexai")
    google.delenv("NO_GCE_CHECK")
    google.setenv("GCE_METADATA_HOST", vertex.host)
    google.setenv("GCE_METADATA_IP", vertex.host)
    transport = HttpTransport(HttpSettings(proxy=""))
    found = GoogleDefault(transport, "vertexai")
    found.renew()
    assert found.sign(REQUEST).headers["authorization"] == "Bearer token-1"
    assert (found.stale, found.secrets) == (False, ("token-1",))
    assert found.settings() == {"GOOGLE_CLOUD_PROJECT": "project-of-the-machine"}
    assert "token-1" not in repr(found)
    found.close()
    assert (found.stale, found.secrets) == (True, ())
    with pytest.raises(ProviderConnectionError):
        found.sign(REQUEST)
    transport.close()


def test_nothing_found_says_what_to_do(google, desk):
    with client_of(desk("vertexai")) as client, pytest.raises(MissingApiKeyError, match="gcloud auth") as caught:
        client.embedding(MODEL, "a")
    assert caught.value.provider == "vertexai"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (as_json({"error": "invalid_grant", "error_description": "Bad Request"}, status=400),
         AuthenticationError, "invalid_grant: Bad Request"),
        (HttpReply(403, {}, b"no"), AuthenticationError, "Google gave no token"),
    ],
)  # fmt: skip
def test_a_token_that_is_not_given(account, reply, kind, words):
    account.refusals = [reply]
    with client_of(account) as client, pytest.raises(kind, match=words):
        client.embedding(MODEL, "a")
    assert account.calls == []


def test_whoever_gives_out_tokens_may_be_out_of_reach(account):
    class Broken:
        def send(self, request):
            raise ProviderConnectionError("h could not be reached")

    with pytest.raises(ProviderConnectionError, match=r"token could not be fetched: h could not be reached"):
        GoogleDefault(Broken(), "vertexai").renew()
