"""An API key of IBM's becomes tokens: one for many calls, a new one in time, and never shown."""

import asyncio
import logging

import pytest

from onevec.client import AsyncClient, Client
from onevec.credentials.ibm import GRANT, MARGIN, IamTokens
from onevec.embedders import Embedders
from onevec.errors import (
    AuthenticationError,
    InvalidResponseError,
    ProviderConnectionError,
    RateLimitError,
    UpstreamProviderError,
)
from onevec.exchange import HttpReply, HttpRequest
from onevec.testing import FakeProvider

from .conftest import as_json

KEY = "an-api-key-of-ibms"
ARGUMENTS = {"project_id": "p"}
REQUEST = HttpRequest("POST", "https://h/x", {"accept": "application/json"}, b"{}")


def client_of(desk, kind=Client):
    environ = {"WATSONX_API_KEY": KEY, "WATSONX_IAM_URL": f"{desk.url}/identity/token", "WATSONX_URL": desk.url}
    return kind(client_args={"proxy": ""}, embedders=Embedders(environ))


def test_many_calls_take_one_token(desk):
    watsonx = desk("watsonx")
    with client_of(watsonx) as client:
        for _ in range(3):
            assert client.embedding("watsonx:m", ["a", "b"], **ARGUMENTS).vectors.shape == (2, 16)
    assert watsonx.proofs == ["Bearer token-1"] * 3
    assert watsonx.forms == [{"grant_type": GRANT, "apikey": KEY}]
    assert not any(KEY in value for call in watsonx.calls for value in call.values())


def test_a_call_of_many_parts_waits_for_one_token(desk):
    watsonx = desk("watsonx")
    with client_of(watsonx) as client:
        client.embedding("watsonx:m", ["a"] * 8, client_args={"max_items": 1}, **ARGUMENTS)
    assert watsonx.given == 1
    assert watsonx.proofs == ["Bearer token-1"] * 8


async def test_the_event_loop_goes_on_while_a_token_is_fetched(desk):
    watsonx = desk("watsonx")
    watsonx.gate.clear()
    async with client_of(watsonx, AsyncClient) as client:
        call = asyncio.create_task(client.aembedding("watsonx:m", ["a"] * 4, client_args={"max_items": 1}, **ARGUMENTS))
        # This coroutine runs on while the token is kept back; were it fetched on the loop, it never would.
        await asyncio.to_thread(watsonx.waiting.wait, 30)
        assert not call.done()
        watsonx.gate.set()
        assert (await call).vectors.shape == (4, 16)
    assert watsonx.given == 1


@pytest.mark.parametrize("lifetime", [3600, 60])
def test_a_token_is_renewed_before_it_ends(desk, lifetime):
    clock = [0.0]
    watsonx = desk("watsonx")
    watsonx.lifetime = lifetime
    tokens = signer(watsonx, now=lambda: clock[0])
    assert tokens.stale
    tokens.renew()
    tokens.renew()
    assert (tokens.stale, watsonx.given) == (False, 1)
    clock[0] = lifetime - min(MARGIN, lifetime / 5) - 0.1
    assert not tokens.stale
    clock[0] += 0.2
    assert tokens.stale
    tokens.renew()
    assert tokens.sign(REQUEST).headers == {"accept": "application/json", "authorization": "Bearer token-2"}


def test_a_token_that_is_refused_is_renewed_once(desk):
    watsonx = desk("watsonx")
    with client_of(watsonx) as client:
        client.embedding("watsonx:m", "a", **ARGUMENTS)
        watsonx.accepted = {"token-2"}
        client.embedding("watsonx:m", "a", **ARGUMENTS)
        assert watsonx.proofs == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
        watsonx.accepted = set()
        with pytest.raises(AuthenticationError) as caught:
            client.embedding("watsonx:m", "a", **ARGUMENTS)
    assert watsonx.given == 3
    assert "[redacted]" in caught.value.message
    assert "token-3" not in caught.value.message


def test_each_retry_carries_a_token_that_holds(desk):
    watsonx = desk("watsonx")
    watsonx.faults, watsonx.lifetime = [503], 0
    with client_of(watsonx) as client:
        client.embedding("watsonx:m", "a", **ARGUMENTS)
    assert watsonx.proofs == ["Bearer token-1", "Bearer token-2"]


def signer(desk, **more):
    return IamTokens(KEY, "https://iam.example/identity/token", Rerouted(desk), "watsonx", **more)


class Rerouted:
    """A transport that hands requests to a desk without a socket."""

    def __init__(self, desk):
        self.send = desk.answer
        self.asend = self.close = None


NO_SUCH_KEY = {"errorCode": "BXNIM0415E", "errorMessage": f"Provided API key could not be found: {KEY}"}


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (as_json(NO_SUCH_KEY, status=400), AuthenticationError, r"\(400\): Provided API key could not be found: \[red"),
        (HttpReply(401, {}, b"<html>"), AuthenticationError, "did not say why"),
        (HttpReply(501, {}, b""), UpstreamProviderError, r"\(501\)"),
        (as_json({"token": "x"}), InvalidResponseError, "without a token"),
    ],
)
def test_a_token_that_is_not_given(desk, reply, kind, words):
    watsonx = desk("watsonx")
    watsonx.refusals = [reply]
    with client_of(watsonx) as client, pytest.raises(kind, match=words) as caught:
        client.embedding("watsonx:m", "a", **ARGUMENTS)
    assert KEY not in str(caught.value)
    assert caught.value.provider == "watsonx"
    assert caught.value.code == (NO_SUCH_KEY["errorCode"] if b"BXNIM" in reply.body else caught.value.default_code)
    assert watsonx.calls == []


def test_iam_is_asked_again_and_may_be_busy_for_good(desk):
    watsonx = desk("watsonx")
    watsonx.refusals = [HttpReply(503, {"retry-after": "0.01"}, b"")]
    tokens = signer(watsonx)
    tokens.renew()
    assert tokens.secrets == (KEY, "token-2")
    watsonx.refusals = [HttpReply(429, {"retry-after-ms": "1"}, b"")] * 4
    tokens.close()
    with pytest.raises(RateLimitError):
        tokens.renew()


def test_closed_credentials_sign_nothing(desk):
    tokens = signer(desk("watsonx"))
    with pytest.raises(ProviderConnectionError):
        tokens.sign(REQUEST)


def test_nobody_shows_the_key_or_the_token(desk, caplog):
    caplog.set_level(logging.DEBUG)
    tokens = signer(desk("watsonx"))
    tokens.renew()
    assert "token-1" in tokens.secrets
    shown = repr(tokens) + str(vars(tokens)["_token"]) + caplog.text
    assert "token-1" not in shown
    assert KEY not in shown


def test_a_stand_in_for_the_transport_gives_out_tokens_too():
    granted = as_json({"access_token": "t-0", "expires_in": 3600})
    fake = FakeProvider("watsonx", faults=[granted])
    with Client(api_key=KEY, client_args={"transport": fake}, embedders=Embedders({})) as client:
        for _ in range(2):
            client.embedding("watsonx:m", "a", **ARGUMENTS)
    assert [request.headers.get("authorization") for request in fake.requests] == [None, "Bearer t-0", "Bearer t-0"]
