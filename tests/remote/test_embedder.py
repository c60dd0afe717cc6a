"""A remote model, from a request to its vectors, against fake providers of every row."""

import asyncio
import json
import random
import signal
import threading
import time
from dataclasses import replace
from urllib.parse import urlsplit

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onevec.encodings import encode
from onevec.errors import (
    AuthenticationError,
    ContextLengthExceededError,
    InvalidRequestError,
    InvalidResponseError,
    ModelNotFoundError,
    ProviderConnectionError,
    RateLimitError,
    UnsupportedParameterError,
    UpstreamProviderError,
)
from onevec.exchange import HttpReply, RetryPolicy
from onevec.providers import PROVIDERS, Credential, resolve_base, resolve_key
from onevec.remote import RemoteEmbedder, RemoteOptions
from onevec.spaces import VectorSpace
from onevec.testing import FakeEmbedder, FakeProvider, error_reply
from onevec.types import EmbedRequest, Encoding, InputType, Overflow, Usage
from onevec.wires import WIRES

REMOTE = [row for row in PROVIDERS.values() if row.wire]
KEY = "sk-a-long-secret"

each_row = pytest.mark.parametrize("row", REMOTE, ids=lambda row: row.name)


class Words:
    """A tokenizer whose tokens are words."""

    def count(self, texts):
        return [len(text.split()) for text in texts]

    def truncate(self, text, limit):
        return " ".join(text.split()[:limit])


def model(provider="openai", fake=None, name="m", **options):
    row = PROVIDERS[provider]
    environ = {} if row.api_base else {row.env_api_base: "https://mine.example"}
    token = {row.env_token[0]: KEY} if row.iam_url else {}
    base, key = resolve_base(row, None, environ), resolve_key(row, None if token else KEY, token)
    return RemoteEmbedder(row, name, base, key, RemoteOptions(**options), fake or FakeProvider(row.wire))


def read(row, sent):
    """What a provider's server reads of a request."""
    wire = WIRES[row.wire]
    return wire.decode_request(sent.body, sent.headers, wire.model_of(sent.url))


SILENT = {"ollama_old", "sagemaker"}
"""Wires whose replies tell no usage."""

OF_ONE = {"vertexai"}
"""Wires that tell it by text, which a server of ours knows of one text alone."""


def usage(row, tokens, texts=1):
    return Usage() if row.wire in SILENT or (row.wire in OF_ONE and texts > 1) else Usage(tokens, tokens)


def ask(*texts, **fields):
    return EmbedRequest("m", texts or ("a", "b"), **fields)


def expected(request):
    return FakeEmbedder().embed(request).vectors


def space(row, dimensions):
    """The space of a model that is in no table: a vendor's own, or of the one server that was asked."""
    name = f"{row.name}:m"
    if not (row.api_base or "").startswith("https://"):
        name = f"{row.name}://{urlsplit(row.api_base or 'https://mine.example').netloc}/m"
    return VectorSpace(name, dimensions)


# --- the contract of every row


@each_row
def test_a_call_goes_to_the_provider_with_its_key_and_comes_back(row):
    fake = FakeProvider(row.wire)
    result = model(row.name, fake).embed(ask("a"))
    np.testing.assert_array_equal(result.vectors, expected(ask("a")))
    assert result.usage == usage(row, 1)
    assert result.space == space(row, 16)
    (sent,) = fake.requests
    assert sent.url.startswith(row.api_base or "https://mine.example")
    assert sent.url.partition("?")[0].endswith(WIRES[row.wire].path.replace("{model}", "m"))
    assert [name for name, value in sent.headers.items() if KEY in value] == {
        "bearer": ["authorization"], "api-key": ["api-key"], "both": ["authorization", "api-key"],
        "x-goog-api-key": ["x-goog-api-key"],
    }[row.auth]  # fmt: skip
    assert KEY not in sent.url + sent.body.decode()
    assert read(row, sent).inputs == ("a",)
    assert (read(row, sent).encoding is Encoding.BASE64) == ("base64" in row.parameters)


@each_row
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (404, ModelNotFoundError), (429, RateLimitError), (500, UpstreamProviderError)],
)
async def test_a_refusal_is_the_typed_error_of_its_provider(row, status, kind):
    refusal = error_reply(status, wire=row.wire, headers={"x-request-id": "7"})
    for embed in (embedded, aembedded):
        with pytest.raises(kind, match=f"{row.name} answered {status}") as caught:
            await embed(model(row.name, FakeProvider(row.wire, faults=[refusal]), max_retries=0), ask())
        assert (caught.value.provider, caught.value.request_id, caught.value.status) == (row.name, "7", status)


async def embedded(embedder, request):
    return embedder.embed(request)


async def aembedded(embedder, request):
    return await embedder.aembed(request)


@each_row
def test_dimensions_are_understood_or_refused(row):
    fake = FakeProvider(row.wire)
    embedder = model(row.name, fake)
    if "dimensions" not in row.parameters:
        with pytest.raises(UnsupportedParameterError, match=f"{row.name} has no parameter dimensions"):
            embedder.embed(ask(dimensions=8))
        assert fake.requests == []
        return
    assert embedder.embed(ask(dimensions=8)).space == space(row, 8)
    assert read(row, fake.requests[0]).dimensions == 8


@each_row
@pytest.mark.parametrize("input_type", [InputType.QUERY, InputType.DOCUMENT])
def test_an_input_type_is_understood_or_refused(row, input_type):
    fake = FakeProvider(row.wire)
    # At Amazon's only Cohere's models tell queries from documents.
    embedder = model(row.name, fake, "cohere.m" if row.wire == "bedrock" else "m")
    assert (input_type in embedder.capabilities.input_types) == ("input_type" in row.parameters)
    if "input_type" not in row.parameters:
        with pytest.raises(UnsupportedParameterError, match=f"{row.name} has no parameter input_type"):
            embedder.embed(ask(input_type=input_type))
        assert fake.requests == []
        return
    embedder.embed(ask(input_type=input_type))
    assert fake.embedder.requests[0].input_type is input_type


@each_row
def test_text_is_what_everybody_embeds(row):
    assert model(row.name).embed(ask(input_type=InputType.TEXT)).vectors.shape == (2, 16)


@each_row
def test_a_list_longer_than_the_limit_is_split(row):
    fake = FakeProvider(row.wire)
    texts = tuple(f"text {i}" for i in range(row.max_items + 1))
    result = model(row.name, fake).embed(ask(*texts))
    assert sorted(len(read(row, sent).inputs) for sent in fake.requests) == [1, row.max_items]
    np.testing.assert_array_equal(result.vectors, expected(ask(*texts)))
    assert result.usage == usage(row, 2 * len(texts), len(texts))


@each_row
def test_cutting_long_texts_is_left_to_who_does_it_or_refused(row):
    fake = FakeProvider(row.wire)
    embedder = model(row.name, fake)
    if "truncate" not in row.parameters:
        with pytest.raises(UnsupportedParameterError, match="tokenizer"):
            embedder.embed(ask("a", overflow=Overflow.TRUNCATE))
        assert fake.requests == []
        return
    for overflow in (Overflow.TRUNCATE, Overflow.ERROR):
        embedder.embed(ask("a", overflow=overflow))
        assert read(row, fake.requests[-1]).overflow is overflow


@each_row
@pytest.mark.parametrize("encoding", [Encoding.BASE64, Encoding.FLOAT])
def test_the_encodings_that_hold_every_digit_lose_none(row, encoding):
    np.testing.assert_array_equal(model(row.name).embed(ask(encoding=encoding)).vectors, expected(ask()))


# --- order and index


def shuffled(reply):
    if reply.status != 200:
        return reply
    body = json.loads(reply.body)
    random.Random(len(reply.body)).shuffle(body["data"])
    return replace(reply, body=json.dumps(body).encode())


faults = st.sampled_from(
    [
        shuffled,
        error_reply(429, headers={"retry-after-ms": "0.01"}),
        error_reply(500, headers={"retry-after-ms": "0.01"}),
        ProviderConnectionError("dropped"),
    ]
)


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(st.text("abcdef ", min_size=1, max_size=12), min_size=1, max_size=40),
    script=st.lists(faults, max_size=30),
    max_items=st.integers(1, 9),
    max_tokens=st.none() | st.integers(1, 30),
    concurrency=st.integers(1, 6),
    wire=st.sampled_from(["openai", "azure"]),
    is_async=st.booleans(),
)
def test_order_is_exact_under_any_split_limit_concurrency_and_retry(
    texts, script, max_items, max_tokens, concurrency, wire, is_async
):
    fake = FakeProvider(wire, faults=[*script, *[shuffled] * 1000])
    options = RemoteOptions(
        max_items=max_items, max_tokens=max_tokens, concurrency=concurrency, tokenizer=Words(), transport=fake
    )
    quick = RetryPolicy(retries=40, base=1e-4)
    embedder = RemoteEmbedder(PROVIDERS[wire], "m", "https://h", Credential(KEY), options, policy=quick)
    request = ask(*texts)
    result = asyncio.run(embedder.aembed(request)) if is_async else embedder.embed(request)
    np.testing.assert_array_equal(result.vectors, expected(request))
    tokens = sum(len(text.split()) for text in texts)
    assert result.usage == Usage(tokens, tokens)
    sizes = [json.loads(sent.body)["input"] for sent in fake.requests]
    assert all(len(size) <= max_items for size in sizes)


# --- failures of parts


@pytest.mark.parametrize("embed", [embedded, aembedded])
async def test_the_first_part_that_fails_ends_the_call(embed):
    fake = FakeProvider(faults=[None, error_reply(401), *[None] * 100])
    with pytest.raises(AuthenticationError):
        await embed(model(fake=fake, max_items=1, concurrency=1), ask(*"abcdefghij"))
    assert len(fake.requests) == 2


@pytest.mark.parametrize("embed", [embedded, aembedded])
async def test_a_lost_connection_names_the_provider(embed):
    fake = FakeProvider(faults=[ProviderConnectionError("lost")])
    with pytest.raises(ProviderConnectionError) as caught:
        await embed(model("mistral", fake, max_retries=0), ask())
    assert caught.value.provider == "mistral"


@pytest.mark.parametrize("embed", [embedded, aembedded])
async def test_parts_with_vectors_of_different_lengths_are_a_bad_reply(embed):
    other = HttpReply(200, {}, b'{"data": [{"index": 0, "embedding": [1, 2]}]}')
    with pytest.raises(InvalidResponseError, match="lengths"):
        await embed(model(fake=FakeProvider(faults=[None, other]), max_items=1, concurrency=1), ask())


def test_a_usage_that_one_part_does_not_tell_is_not_known():
    untold = HttpReply(200, {}, json.dumps({"data": [{"index": 0, "embedding": [1.0] * 16}]}).encode())
    fake = FakeProvider(faults=[None, untold])
    assert model(fake=fake, max_items=1, concurrency=1).embed(ask()).usage == Usage(None, None)


async def test_a_blocking_call_works_inside_a_running_loop():
    assert model(max_items=1).embed(ask()).vectors.shape == (2, 16)


# --- what is known


def test_the_space_is_known_after_the_first_full_reply():
    embedder = model()
    assert embedder.space is None
    embedder.embed(ask(dimensions=4))
    assert embedder.space is None
    embedder.embed(ask())
    assert embedder.space == VectorSpace("openai:m", 16)
    assert embedder.capabilities.dimensions == 16


def test_what_it_can_do_is_worked_out_once_and_again_when_a_reply_has_told_the_length():
    embedder = model(fake=FakeProvider(embedder=FakeEmbedder(8)))
    before = embedder.capabilities
    assert (embedder.capabilities is before, before.dimensions) == (True, None)
    embedder.embed(ask("a"))
    after = embedder.capabilities
    assert after == replace(before, dimensions=8)
    embedder.embed(ask("b"))
    assert embedder.capabilities is after


def test_vectors_of_one_length_share_one_space():
    embedder = model(fake=FakeProvider(embedder=FakeEmbedder(8)))
    whole, short, again = (embedder.embed(ask("a", dimensions=length)).space for length in (None, 4, None))
    assert (again is whole, short.dimensions) == (True, 4)


def test_the_base64_of_a_reply_comes_with_its_vectors_and_not_with_those_of_several():
    one, several = (model(max_items=items).embed(ask("a", "b")) for items in (2, 1))
    assert one.base64 == encode(one.vectors, Encoding.BASE64)
    assert several.base64 is None


def test_the_embedders_model_wins_over_the_requests():
    fake = FakeProvider()
    model(fake=fake).embed(EmbedRequest("a deployment", ("a",)))
    assert json.loads(fake.requests[0].body)["model"] == "m"


def test_extras_and_headers_are_sent_as_they_are():
    fake = FakeProvider()
    model(fake=fake, headers={"x-team": "blue"}).embed(ask(extra={"user": "me"}))
    assert json.loads(fake.requests[0].body)["user"] == "me"
    assert fake.requests[0].headers["x-team"] == "blue"


def test_a_dated_version_of_azure_openai_is_another_route():
    fake = FakeProvider()
    model("azureopenai", fake, api_version="2024-10-21").embed(ask())
    assert fake.requests[0].url == "https://mine.example/openai/deployments/m/embeddings?api-version=2024-10-21"


def test_token_ids_are_sent_as_they_are():
    fake = FakeProvider()
    assert model(fake=fake).embed(ask((1, 2), (3,))).vectors.shape == (2, 16)
    assert json.loads(fake.requests[0].body)["input"] == [[1, 2], [3]]


def test_without_a_tokenizer_tokens_are_bounded_by_bytes():
    fake = FakeProvider()
    model(fake=fake, max_tokens=20).embed(ask("x" * 20, "y" * 20, "z" * 20))
    assert len(fake.requests) == 3


def test_codes_without_a_scale_are_refused_before_the_call():
    fake = FakeProvider("azure")
    with pytest.raises(UnsupportedParameterError, match="int8 scale"):
        model("azure", fake).embed(ask(encoding=Encoding.INT8))
    assert fake.requests == []
    assert model("azure", fake, int8_scale=1.0).embed(ask(encoding=Encoding.INT8)).vectors.shape == (2, 16)


def test_closing_closes_only_what_is_its_own():
    class Closed(FakeProvider):
        closed = 0

        def close(self):
            self.closed += 1

    shared = Closed()
    model(fake=shared).close()
    assert shared.closed == 0
    row = PROVIDERS["openai"]
    own = RemoteEmbedder(row, "m", "https://h", Credential("a-key"))
    own.close()
    own.close()


# --- texts longer than the model


LONG = "one two three four five six seven eight nine"
FITTED = {"tokenizer": Words(), "max_input_tokens": 4}


@pytest.mark.parametrize("overflow", [Overflow.TRUNCATE, Overflow.CHUNK])
@pytest.mark.parametrize("known", [{}, {"tokenizer": Words()}, {"max_input_tokens": 4}])
def test_overflow_needs_a_tokenizer_and_a_limit(overflow, known):
    with pytest.raises(UnsupportedParameterError, match="tokenizer") as caught:
        model(**known).embed(ask(LONG, overflow=overflow))
    assert caught.value.param == "overflow"


def test_a_text_too_long_is_an_error_before_the_call():
    fake = FakeProvider()
    with pytest.raises(ContextLengthExceededError, match=r"inputs\[1\] has 9 tokens and the model reads 4"):
        model(fake=fake, **FITTED).embed(ask("short", LONG))
    assert fake.requests == []


def test_truncate_sends_the_beginning():
    fake = FakeProvider()
    model(fake=fake, **FITTED).embed(ask("short", LONG, overflow=Overflow.TRUNCATE))
    assert json.loads(fake.requests[0].body)["input"] == ["short", "one two three four"]


@pytest.mark.parametrize("max_items", [1, 2, 100])
def test_chunk_sends_all_of_it_and_averages(max_items):
    fake = FakeProvider()
    result = model(fake=fake, max_items=max_items, concurrency=1, **FITTED).embed(
        ask("short", LONG, "end", overflow=Overflow.CHUNK)
    )
    sent = [text for request in fake.requests for text in json.loads(request.body)["input"]]
    assert (sent[0], sent[-1]) == ("short", "end")
    assert " ".join(sent[1:-1]).split() == LONG.split()
    assert result.vectors.shape == (3, 16)
    np.testing.assert_array_equal(result.vectors[[0, 2]], expected(ask("short", "end")))
    chunks = sent[1:-1]
    weights = np.array([len(chunk.split()) for chunk in chunks], dtype=np.float32)
    mean = (expected(ask(*chunks)) * weights[:, None]).sum(axis=0) / weights.sum()
    np.testing.assert_allclose(result.vectors[1], mean / np.linalg.norm(mean), atol=1e-6)


@pytest.mark.parametrize(
    ("overflow", "sent"), [(Overflow.TRUNCATE, [[1, 2, 3, 4]]), (Overflow.CHUNK, [[1, 2, 3, 4], [5, 6]])]
)
def test_token_ids_are_cut_too(overflow, sent):
    fake = FakeProvider()
    assert model(fake=fake, **FITTED).embed(ask(tuple(range(1, 7)), overflow=overflow)).vectors.shape == (1, 16)
    assert json.loads(fake.requests[0].body)["input"] == sent
    with pytest.raises(ContextLengthExceededError, match=r"inputs\[0\] has 6 tokens"):
        model(**FITTED).embed(ask(tuple(range(1, 7))))


def test_what_json_cannot_hold_is_no_failure_of_the_provider():
    with pytest.raises(InvalidRequestError, match="JSON"):
        model().embed(ask(extra={"x": {1, 2}}))


@pytest.mark.parametrize("options", [{}, {"tokenizer": Words(), "max_input_tokens": 9}])
def test_a_request_s_prompt_goes_before_every_text(options):
    provider = FakeProvider()
    result = model(fake=provider, **options).embed(ask("a", "b", prompt="query: "))

    assert json.loads(provider.requests[0].body)["input"] == ["query: a", "query: b"]
    np.testing.assert_array_equal(result.vectors, expected(ask("query: a", "query: b")))


def test_a_prompt_goes_before_every_chunk():
    provider = FakeProvider()
    embedder = model(fake=provider, tokenizer=Words(), max_input_tokens=3)
    embedder.embed(ask("one two three four", prompt="query: ", overflow=Overflow.CHUNK))

    assert json.loads(provider.requests[0].body)["input"] == ["query: one two", "query: three four"]


def test_two_servers_of_one_kind_share_no_space_by_a_model_s_name():
    def at(base):
        row = PROVIDERS["openai"]
        embedder = RemoteEmbedder(row, "text-embedding-3-small", base, Credential(KEY), transport=FakeProvider())
        return embedder.embed(ask("a")).space

    vendors, proxy, other = (at(f"https://{host}/v1") for host in ("api.openai.com", "one.example", "two.example"))
    assert vendors.model == "openai:text-embedding-3-small"
    assert len({vendors, proxy, other}) == 3
    assert proxy.model == "openai://one.example/text-embedding-3-small"


class Waiting:
    """A transport whose requests wait until it is closed; at the third there is an interrupt."""

    def __init__(self):
        self.sent, self._closed = [], threading.Event()

    def send(self, request):
        self.sent.append(request)
        if len(self.sent) == 3:
            time.sleep(
                0.3
            )  # until the main thread waits: in a callback, as of a thread's start, Python drops interrupts
            signal.raise_signal(signal.SIGINT)
        assert self._closed.wait(20)
        raise ProviderConnectionError("closed")

    async def asend(self, request):
        raise NotImplementedError

    def close(self):
        self._closed.set()


def test_what_was_interrupted_is_not_sent_once_more():
    waiting = Waiting()
    with pytest.raises(KeyboardInterrupt):
        model(fake=waiting, max_items=1, concurrency=3).embed(EmbedRequest("m", tuple("abcdef")))
    for thread in threading.enumerate():
        if thread.name.startswith("onevec-part"):
            thread.join(20)
    assert len(waiting.sent) == 3
