import asyncio
import base64
import hmac
import json
import sys

import pytest

from onevec.errors import AuthenticationError, ConfigurationError, ProviderConnectionError
from onevec.gateway.access.entra import EntraTokens, Trust
from onevec.gateway.access.jwks import FRESH, PAUSE, RETRY, KeySet, read_keys
from onevec.gateway.settings.config import Entra
from onevec.transport import HttpSettings, HttpTransport


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
async def tokens(issuer):
    async with HttpTransport(HttpSettings(timeout=5, proxy="")) as transport:
        trust = Trust([issuer.issuer], "api://onevec", issuer.jwks_url)
        yield EntraTokens(trust, KeySet(issuer.jwks_url, transport))


@pytest.fixture
async def clocked(issuer):
    async with HttpTransport(HttpSettings(timeout=5, proxy="")) as transport:
        clock = Clock()
        trust = Trust([issuer.issuer], "api://onevec", issuer.jwks_url)
        yield EntraTokens(trust, KeySet(issuer.jwks_url, transport, clock)), clock


async def refusal(tokens, token):
    with pytest.raises(AuthenticationError) as caught:
        await tokens.subject(token)
    error = caught.value
    assert error.status == 401
    for part in token.split("."):
        assert not part or part not in error.message
    return error.message


async def test_a_good_token_says_who_sent_it(tokens, issuer):
    assert await tokens.subject(issuer.token()) == "someone"


@pytest.mark.parametrize(
    ("claims", "subject"),
    [
        ({"oid": None, "azp": "app-1"}, "app-1"),
        ({"oid": None, "appid": "app-2"}, "app-2"),
        ({"oid": None, "sub": "pair"}, "pair"),
        ({"oid": "x" * 500}, "x" * 128),
        ({"aud": ["other", "api://onevec"]}, "someone"),
    ],
)
async def test_the_steadiest_claim_names_the_caller(tokens, issuer, claims, subject):
    assert await tokens.subject(issuer.token(**claims)) == subject


PAST, FUTURE = 1_600_000_000, 4_000_000_000

REFUSED = {
    "expired": ({"exp": PAST}, "expired"),
    "not yet valid": ({"nbf": FUTURE}, "not valid yet"),
    "issued tomorrow": ({"iat": FUTURE}, "not valid yet"),
    "wrong audience": ({"aud": "api://other"}, "somebody else"),
    "wrong issuer": ({"iss": "https://evil.example"}, "somebody else issued"),
    "issuer that only begins right": ({"iss": "http://127.0.0.1"}, "somebody else issued"),
    "no expiry": ({"exp": None}, "claim is missing"),
    "no audience": ({"aud": None}, "claim is missing"),
    "no issuer": ({"iss": None}, "claim is missing"),
    "nobody": ({"oid": None}, "who sent it"),
    "a subject that breaks a log line": ({"oid": "a\nb"}, "who sent it"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_claims_that_are_not_right_are_refused(tokens, issuer, name):
    claims, reason = REFUSED[name]
    assert reason in await refusal(tokens, issuer.token(**claims))


def unsigned(header, claims):
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims))
    return ".".join(parts) + "."


def hmac_signed(header, claims, secret):
    """By hand, because PyJWT refuses to make one."""
    body = unsigned(header, claims).rstrip(".")
    signature = hmac.digest(secret, body.encode(), "sha256")
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


async def test_algorithms_other_than_rs256_are_refused(tokens, issuer):
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = issuer.keys["first"].public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    wrong = [
        unsigned({"alg": "none", "kid": "first"}, issuer.claims()),
        unsigned({"alg": "None", "kid": "first"}, issuer.claims()),
        unsigned({"kid": "first"}, issuer.claims()),
        # The classic confusion: the public key, which everybody knows, taken for a shared secret.
        hmac_signed({"alg": "HS256", "kid": "first"}, issuer.claims(), public),
        issuer.token(alg="RS512"),
        issuer.token(alg="PS256"),
        issuer.token(alg="ES256", key=ec.generate_private_key(ec.SECP256R1())),
    ]
    for token in wrong:
        await refusal(tokens, token)


async def test_a_token_without_its_signature_is_refused(tokens, issuer):
    body, _, _ = issuer.token().rpartition(".")
    assert "signature" in await refusal(tokens, body + ".")
    assert "signature" in await refusal(tokens, body + ".AAAA")


async def test_a_changed_claim_breaks_the_signature(tokens, issuer):
    header, _, signature = issuer.token().split(".")
    forged = unsigned({}, issuer.claims(oid="admin")).split(".")[1]
    assert "signature" in await refusal(tokens, f"{header}.{forged}.{signature}")


async def test_a_key_of_somebody_else_under_our_id_is_refused(tokens, issuer):
    assert "signature" in await refusal(tokens, issuer.token(kid="first", key=issuer.keys["second"]))


async def test_a_key_that_the_token_brings_itself_is_not_used(tokens, issuer):
    jwk = json.loads(issuer.jwt.algorithms.RSAAlgorithm.to_jwk(issuer.keys["second"].public_key()))
    header = {"jwk": jwk, "jku": issuer.jwks_url}
    await refusal(tokens, issuer.token(kid="first", key=issuer.keys["second"], header=header))


@pytest.mark.parametrize("kid", [None, "", "unknown"])
async def test_a_token_without_a_known_key_id_is_refused(tokens, issuer, kid):
    token = issuer.token(kid=None, key=issuer.keys["first"], header={"kid": kid} if kid is not None else {})
    assert "key" in await refusal(tokens, token)


@pytest.mark.parametrize("token", ["a.b.c", "..", "ééé.b.c", "e30.e30.", "x" * 20_000 + ".a.b"])
async def test_rubbish_is_refused(tokens, token):
    with pytest.raises(AuthenticationError):
        await tokens.subject(token)


async def test_roles_that_are_asked_for_must_be_granted(issuer):
    async with HttpTransport(HttpSettings(timeout=5, proxy="")) as transport:
        trust = Trust([issuer.issuer], "api://onevec", issuer.jwks_url, frozenset({"Embed"}))
        tokens = EntraTokens(trust, KeySet(issuer.jwks_url, transport))
        assert await tokens.subject(issuer.token(roles=["Other", "Embed"])) == "someone"
        assert await tokens.subject(issuer.token(scp="read Embed")) == "someone"
        for claims in ({}, {"roles": ["embed"]}, {"roles": "Embedder"}, {"scp": 7}):
            with pytest.raises(AuthenticationError) as caught:
                await tokens.subject(issuer.token(**claims))
            assert caught.value.status == 403


async def test_keys_are_fetched_once_and_again_for_a_new_one(clocked, issuer):
    tokens, clock = clocked
    for _ in range(3):
        await tokens.subject(issuer.token())
    assert issuer.asked == 1
    issuer.published = ["first", "second"]
    clock.now += PAUSE + 1
    assert await tokens.subject(issuer.token("second")) == "someone"
    assert issuer.asked == 2


async def test_invented_key_ids_do_not_make_us_hammer_the_issuer(clocked, issuer):
    tokens, clock = clocked
    for n in range(20):
        await refusal(tokens, issuer.token(kid=None, key=issuer.keys["first"], header={"kid": f"invented-{n}"}))
    assert issuer.asked == 1
    clock.now += PAUSE + 1
    await refusal(tokens, issuer.token(kid=None, key=issuer.keys["first"], header={"kid": "invented"}))
    assert issuer.asked == 2


async def test_a_key_that_the_issuer_withdraws_stops_counting_within_a_day(clocked, issuer):
    tokens, clock = clocked
    await tokens.subject(issuer.token())
    issuer.published = ["second"]
    clock.now += FRESH + 1
    assert "does not have the key" in await refusal(tokens, issuer.token())


async def test_known_keys_go_on_to_count_while_the_issuer_is_down(clocked, issuer):
    tokens, clock = clocked
    await tokens.subject(issuer.token())
    issuer.status = 500
    clock.now += FRESH + 1
    assert await tokens.subject(issuer.token()) == "someone"
    assert issuer.asked == 2


async def test_nobody_with_a_known_key_waits_while_another_fetches_keys_anew(clocked, issuer):
    tokens, clock = clocked
    token = issuer.token()
    await tokens.subject(token)
    clock.now += FRESH + 1
    issuer.go.clear()
    fetching = asyncio.create_task(tokens.subject(token))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(tokens.subject(token), 4) == "someone"
    assert not fetching.done()
    issuer.go.set()
    assert await fetching == "someone"
    assert issuer.asked == 2


@pytest.mark.parametrize(("status", "body"), [(500, None), (200, b"<html>"), (200, b"{}"), (200, b'{"keys": 1}')])
async def test_without_the_issuers_keys_nobody_can_be_checked(clocked, issuer, status, body):
    tokens, clock = clocked
    issuer.status, issuer.body = status, body
    for _ in range(3):
        with pytest.raises(ProviderConnectionError) as caught:
            await tokens.subject(issuer.token())
        assert caught.value.status == 503
        assert caught.value.retry_after == RETRY
    assert issuer.asked == 1
    issuer.status, issuer.body = 200, None
    clock.now += RETRY + 1
    assert await tokens.subject(issuer.token()) == "someone"


async def test_many_callers_at_once_fetch_the_keys_once(tokens, issuer):
    token = issuer.token()
    assert set(await asyncio.gather(*(tokens.subject(token) for _ in range(20)))) == {"someone"}
    assert issuer.asked == 1


def test_only_public_rsa_keys_of_enough_bits_for_signatures_are_taken(issuer):
    from cryptography.hazmat.primitives.asymmetric import rsa

    from onevec.exchange import HttpReply

    to_jwk = issuer.jwt.algorithms.RSAAlgorithm.to_jwk
    good = json.loads(to_jwk(issuer.keys["first"].public_key()))
    private = json.loads(to_jwk(issuer.keys["first"]))
    small = json.loads(to_jwk(rsa.generate_private_key(65537, 1024).public_key()))
    rows = [
        good | {"kid": "good"},
        good,
        good | {"kid": 7},
        good | {"kid": "encrypts", "use": "enc"},
        good | {"kid": "other-alg", "alg": "RS512"},
        private | {"kid": "private"},
        small | {"kid": "small"},
        {"kty": "RSA", "kid": "broken", "n": "!", "e": "AQAB"},
        {"kty": "RSA", "kid": "empty"},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
    ]
    assert set(read_keys(HttpReply(200, {}, json.dumps({"keys": rows}).encode()))) == {"good"}


def test_a_directory_has_two_issuers_and_one_key_set():
    trust = Trust.of(Entra(audience="a", tenant="t-1"))
    assert list(trust.issuers) == ["https://login.microsoftonline.com/t-1/v2.0", "https://sts.windows.net/t-1/"]
    own = Trust.of(Entra(audience="a", tenant="t-1", issuer="https://i", jwks_url="https://k"))
    assert (list(own.issuers), own.jwks_url) == (["https://i"], "https://k")


def test_without_pyjwt_the_extra_is_named(monkeypatch):
    from onevec.gateway.access.jwks import load_pyjwt

    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(ConfigurationError, match=r"onevec\[entra\]"):
        load_pyjwt()
