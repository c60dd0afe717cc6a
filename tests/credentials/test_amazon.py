"""Amazon's own chain, as botocore goes through it: profiles, processes, and the roles of machines."""

import json
import sys

import pytest

from onevec.client import AsyncClient, Client
from onevec.credentials.amazon import AwsChain, KeySigner
from onevec.embedders import Embedders, Endpoint
from onevec.errors import AuthenticationError, MissingApiKeyError, ProviderConnectionError
from onevec.exchange import HttpRequest
from onevec.signing import AwsKeys

TITAN = "bedrock:amazon.titan-embed-text-v2:0"
REQUEST = HttpRequest("POST", "https://bedrock-runtime.eu-west-3.amazonaws.com/model/m/invoke", {}, b"{}")


@pytest.fixture
def chain(witness, bare, tmp_path):
    """Writes what `aws configure` writes."""
    witness("botocore")

    def write(config, credentials=""):
        (tmp_path / "config").write_text(config)
        (tmp_path / "credentials").write_text(credentials)
        return bare

    return write


@pytest.fixture
def role(chain, desk):
    """The role of a container, whose keys a real server gives out."""
    bedrock = desk("bedrock")
    chain("[default]\nregion = eu-west-3\n").setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{bedrock.url}/keys")
    return bedrock


def client_of(desk, kind=Client):
    return kind(api_base=desk.url, client_args={"proxy": ""}, embedders=Embedders({}))


def test_a_profile(chain, desk):
    bedrock = desk("bedrock")
    chain(
        "[profile mine]\nregion = eu-west-3\n", "[mine]\naws_access_key_id = AKIDMINE\naws_secret_access_key = s\n"
    ).setenv("AWS_PROFILE", "mine")
    with client_of(bedrock) as client:
        assert client.embedding(TITAN, "a").vectors.shape == (1, 16)
    (proof,) = bedrock.proofs
    assert "Credential=AKIDMINE/" in proof
    assert "/eu-west-3/bedrock/aws4_request" in proof


def test_the_region_of_the_address_is_the_profiles(chain):
    chain("[default]\nregion = ap-south-1\n")
    assert AwsChain("bedrock", "bedrock").settings() == {"AWS_REGION": "ap-south-1"}
    assert Embedders({}).find(TITAN, Endpoint())[0]._target.host == "bedrock-runtime.ap-south-1.amazonaws.com"


def test_a_role_is_asked_once(role):
    with client_of(role) as client:
        client.embedding(TITAN, ["a"] * 8)
        client.embedding(TITAN, "a")
    assert role.given == 1
    assert len(role.calls) == 9
    assert {call["x-amz-security-token"] for call in role.calls} == {"session-1"}


async def test_a_role_off_the_event_loop(role):
    async with client_of(role, AsyncClient) as client:
        assert (await client.aembedding(TITAN, ["a"] * 4)).vectors.shape == (4, 16)
    assert role.given == 1


def test_each_retry_is_signed_with_keys_that_hold(role):
    # Of keys that hold for five minutes more, botocore fetches others whenever they are asked for.
    role.lifetime, role.faults = 300, [503]
    with client_of(role) as client:
        client.embedding(TITAN, "a")
    first, second = (call["x-amz-security-token"] for call in role.calls)
    assert first != second == f"session-{role.given}"


def test_keys_that_are_refused_are_renewed_once(role):
    with client_of(role) as client:
        client.embedding(TITAN, "a")
        role.accepted = {"AKID2"}
        client.embedding(TITAN, "a")
        assert [proof.partition("/")[0][-1] for proof in role.proofs] == ["1", "1", "2"]
        role.accepted = set()
        with pytest.raises(AuthenticationError) as caught:
            client.embedding(TITAN, "a")
    assert role.given == 3
    assert "secret-3" not in str(caught.value)


def test_a_process(chain, tmp_path):
    keys = {"Version": 1, "AccessKeyId": "AKIDPROC", "SecretAccessKey": "s"}
    program = tmp_path / "keys.py"
    program.write_text(f"print({json.dumps(json.dumps(keys))})")
    chain(f"[default]\ncredential_process = {sys.executable} {program}\n")
    found = AwsChain("bedrock", "bedrock")
    found.renew()
    assert "Credential=AKIDPROC/" in found.sign(REQUEST).headers["authorization"]
    assert (found.stale, found.secrets) == (False, ("s",))


def test_a_process_that_fails_shows_none_of_its_words(chain, tmp_path):
    program = tmp_path / "keys.py"
    program.write_text("import sys; sys.exit('hunter2')")
    chain(f"[default]\ncredential_process = {sys.executable} {program}\n")
    with pytest.raises(AuthenticationError, match="CredentialRetrievalError; `aws sts") as caught:
        AwsChain("bedrock", "bedrock").renew()
    assert "hunter2" not in str(caught.value)


def test_a_profile_that_is_not_there_is_named(chain):
    chain("[default]\n").setenv("AWS_PROFILE", "absent")
    with pytest.raises(AuthenticationError, match=r"ProfileNotFound.*absent"):
        AwsChain("bedrock", "bedrock").renew()


def test_nothing_found_says_what_to_do(chain, desk):
    chain("[default]\nregion = eu-west-3\n")
    with client_of(desk("bedrock")) as client, pytest.raises(MissingApiKeyError, match="AWS_PROFILE") as caught:
        client.embedding(TITAN, "a")
    assert caught.value.provider == "bedrock"


def test_a_closed_chain_signs_nothing(role):
    found = AwsChain("bedrock", "bedrock")
    found.renew()
    found.close()
    assert (found.secrets, found.stale) == ((), True)
    with pytest.raises(ProviderConnectionError):
        found.sign(REQUEST)
    assert "AKID" not in repr(found)


def test_fixed_keys_follow_the_region_of_the_host():
    keys = AwsKeys("AKID", "secret-1", "token-2")
    signer = KeySigner(keys, "bedrock")
    signer.renew()
    assert "/eu-west-3/bedrock/" in signer.sign(REQUEST).headers["authorization"]
    assert (signer.stale, signer.refused(REQUEST), signer.secrets) == (False, False, ("secret-1", "token-2"))
    assert "secret-1" not in repr(signer)
